"""POST /predict of a known customer, from memory: asked again and again, it costs no look-up, no model and no route.

    RememberedAnswers       what is published of each customer asked for, as JSON, while that is true
    KnownCustomerRequests   ASGI middleware that answers from it; whatever it does not know goes on to the route

What is remembered is compared with the database four times a second, and believed for no more than `_MOST_SECONDS`: a
run that is published, a customer who is erased and a key that is revoked, by any process, are seen within one second.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import HoldfastError
from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.access import Access
from holdfast.interfaces.api.idempotency import received_again
from holdfast.service.results_database import PublishedResults, PublishedRun

PATH = "/api/v1/predict"
MOST_REMEMBERED = 100_000  # answers of a tenant in memory
_LOOK_SECONDS = 0.25  # between two looks at what was published or erased
_MOST_SECONDS = 0.9  # so old may be what is known of it
_MOST_TENANTS = 64
_LONGEST_BODY = 2_000  # bytes; an id is shorter


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


class KnownCustomerRequests:
    """ASGI middleware: answers for known customers, to callers known for a moment; everything else goes on."""

    def __init__(self, app: ASGIApp, *, state: Any) -> None:
        self._app, self._state = app, state
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, dict[str, asyncio.Future[bytes | None]]] = {}  # tenant -> id -> its answer
        self._reading: set[str] = set()  # tenants
        self._counted = state.metrics.predictions.labels("published")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on as it came."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        first = await receive()
        content = await self._answer(scope, first)
        if content is None:
            await self._app(scope, received_again(first, receive), send)
            return
        scope["answered_by"] = PATH
        self._counted.inc()
        length = str(len(content)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, first: Message) -> bytes | None:
        customer_id = _customer_id(first)
        if customer_id is None:
            return None
        access: Access = self._state.access
        authorization, origin = _credentials(scope["headers"])
        caller = access.remembered(authorization, origin)
        if caller is None or not caller.may("score"):
            return None
        if access.begin_renewal(authorization):
            self._begin(access.renew(authorization))
        answers: RememberedAnswers = self._state.remembered
        if answers.begin_look(caller.tenant):
            self._begin(_look(answers, caller.tenant))
        content = answers.get(caller.tenant, customer_id)
        if content is None:
            content = await self._read(answers, caller.tenant, customer_id)
        return content if content is not None and await access.count(caller, scope["client"]) else None

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, answers: RememberedAnswers, tenant: str, customer_id: str) -> bytes | None:
        """The answer from the database, together with those that others wait for; None: the route says why."""
        waiting = self._waiting.setdefault(tenant, {})
        if customer_id not in waiting:
            waiting[customer_id] = asyncio.get_running_loop().create_future()
        answer = waiting[customer_id]
        if tenant not in self._reading:
            self._reading.add(tenant)
            self._begin(self._read_waiting(answers, tenant))
        return await asyncio.shield(answer)

    async def _read_waiting(self, answers: RememberedAnswers, tenant: str) -> None:
        try:
            while waiting := self._waiting.pop(tenant, None):
                contents: dict[str, bytes] = {}
                try:
                    contents = await run_in_threadpool(answers.read, tenant, list(waiting))
                except HoldfastError:
                    answers.forget(tenant)
                finally:
                    for customer_id, answer in waiting.items():
                        answer.set_result(contents.get(customer_id))
        finally:
            self._reading.discard(tenant)


async def _look(answers: RememberedAnswers, tenant: str) -> None:
    try:
        await run_in_threadpool(answers.look, tenant)
    except HoldfastError:
        answers.forget(tenant)  # the next request asks the database itself, and says what it answers


def _customer_id(message: Message) -> str | None:
    """The id in a body that names a customer and nothing else; None: some other body."""
    body = message.get("body", b"")
    if message["type"] != "http.request" or message.get("more_body") or len(body) > _LONGEST_BODY:
        return None
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict) or len(request) != 1:
        return None
    customer_id = request.get("customer_id")
    return customer_id if isinstance(customer_id, str) else None


def _credentials(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str | None]:
    """The headers Authorization and Origin of a request; empty, None: not sent."""
    authorization, origin = "", None
    for name, value in headers:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
    return authorization, origin
