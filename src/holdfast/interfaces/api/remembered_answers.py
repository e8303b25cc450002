"""What is published of each customer who is asked for, as JSON in memory, for as long as it is true.

What is remembered is compared with the database four times a second, and believed for no more than `_MOST_SECONDS`: a
run that is published, a customer who is erased and a key that is revoked, by any process, are seen within one second.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from holdfast.interfaces.api import schemas
from holdfast.service.results_database import PublishedResults, PublishedRun

MOST_REMEMBERED = 100_000  # answers of a tenant in memory
_LOOK_SECONDS = 0.25  # between two looks at what was published or erased
_MOST_SECONDS = 0.9  # so old may be what is known of it
_MOST_TENANTS = 64


@dataclass
class _OfTenant:
    """What one tenant's answers follow from, and the answers."""

    state: str
    run: PublishedRun
    looked_at: float
    answers: dict[str, bytes] = field(default_factory=dict)
    is_being_looked_at: bool = False


class RememberedAnswers:
    """Answers for known customers as JSON, for as long as nothing is published or taken out of what is."""

    def __init__(self, results: PublishedResults, now: Callable[[], float] = time.monotonic) -> None:
        self._results, self._now = results, now
        self._tenants: dict[str, _OfTenant] = {}

    def get(self, tenant: str, customer_id: str) -> bytes | None:
        """The answer, where it is in memory and was valid a moment ago; no database is asked."""
        entry = self._tenants.get(tenant)
        if entry is None or self._now() - entry.looked_at > _MOST_SECONDS:
            return None
        return entry.answers.get(customer_id)

    def read(self, tenant: str, ids: Sequence[str]) -> dict[str, bytes]:
        """The answers from memory, or else from the database, which is asked once; it may block.

        Args:
            tenant: whose customers.
            ids: of the customers; an id that the current run does not hold gets no answer.

        Raises:
            NotFoundError: nothing is published.
        """
        entry = self._tenants.get(tenant)
        if entry is None or self._now() - entry.looked_at > _LOOK_SECONDS:
            entry = self.look(tenant)
        unknown = [customer_id for customer_id in ids if customer_id not in entry.answers]
        rows = self._results.customers_in(tenant, entry.run, unknown) if unknown else {}
        if len(entry.answers) + len(rows) > MOST_REMEMBERED:
            entry.answers.clear()
        for customer_id, row in rows.items():
            entry.answers[customer_id] = schemas.Customer.model_validate(row).model_dump_json().encode()
        return {customer_id: entry.answers[customer_id] for customer_id in ids if customer_id in entry.answers}

    def begin_look(self, tenant: str) -> bool:
        """Whether it is time to `look`, and nobody else has begun to."""
        entry = self._tenants.get(tenant)
        if entry is None or entry.is_being_looked_at or self._now() - entry.looked_at <= _LOOK_SECONDS:
            return False
        entry.is_being_looked_at = True
        return True

    def look(self, tenant: str) -> _OfTenant:
        """Ask the database what a tenant's answers follow from; forget them where that has changed.

        Raises:
            NotFoundError: nothing is published.
        """
        before, now = self._tenants.get(tenant), self._now()
        try:
            state = self._results.state(tenant)
            if before is not None and before.state == state:
                before.looked_at = now
                return before
            entry = _OfTenant(state, self._results.current_run(tenant), now)
        finally:
            if before is not None:
                before.is_being_looked_at = False
        while len(self._tenants) >= _MOST_TENANTS:
            self._tenants.pop(next(iter(self._tenants)))
        self._tenants[tenant] = entry
        return entry

    def forget(self, tenant: str) -> None:
        """Remember nothing of a tenant: something was taken out just now."""
        self._tenants.pop(tenant, None)
