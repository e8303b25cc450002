"""A scorer that stays warm beside a server: loaded when it is first asked, and again once another run is the latest.

What is asked while it works waits, and is then answered together: many customers take little longer than one. Who asks
again as soon as the last answer is there comes within moments of others who do, so the next pass waits for as many as
asked before it; whoever asks alone never waits.
"""

import gc
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

from holdfast.errors import HoldfastError
from holdfast.service.scores.layout import Records

MOST_WARM = 8  # tenants whose models stay loaded
MOST_TOGETHER = 128  # customers; more would let the first of them wait without being any quicker
WAITS_FOR_OTHERS = 0.25  # of the time that the last pass took, at most
_MOMENT = 0.04  # of the same; when nobody has come for two of them, nobody is waited for
MOST_ROWS_TOGETHER = 20_000

Answer = TypeVar("Answer")

if TYPE_CHECKING:
    from holdfast.service.project import Project
    from holdfast.service.scores.scorer import CustomerPrediction, Scorer


@dataclass(frozen=True)
class _Waiting:
    """A customer who was asked about."""

    tenant: str
    records: Records
    cutoff: datetime | None
    with_reasons: bool
    answer: "Future[CustomerPrediction]" = field(default_factory=Future)

    @property
    def rows(self) -> int:
        return sum(map(len, self.records.values()))

    def goes_with(self, other: "_Waiting") -> bool:
        """Whether both can be answered in one pass."""
        return (self.tenant, self.cutoff, self.with_reasons) == (other.tenant, other.cutoff, other.with_reasons)


class WarmScorer:
    """Scores customers in a thread of its own, those who wait together; always by the latest run of the tenant."""

    def __init__(self, project_of: "Callable[[str], Project]") -> None:
        """Args: project_of: the project of a tenant."""
        self._project_of = project_of
        self._scorers: OrderedDict[str, Scorer] = OrderedDict()
        self._waiting: deque[_Waiting] = deque()
        self._last = (1, 0.0)  # how many asked at the end of the last pass, answered or not, and its seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scorer")

    def predict(
        self, tenant: str, records: Records, *, cutoff: datetime | None = None, with_reasons: bool = True
    ) -> "Future[CustomerPrediction]":
        """Predict one customer from records, as `Scorer.predict`; at once returns what will hold the answer."""
        waiting = _Waiting(tenant, records, cutoff, with_reasons)
        self._waiting.append(waiting)
        self._thread.submit(self._answer_those_waiting)
        return waiting.answer

    def answer(self, tenant: str, question: "Callable[[Scorer], Answer]") -> "Future[Answer]":
        """Ask the scorer of a tenant anything else, in its turn; at once returns what will hold the answer."""
        return self._thread.submit(lambda: question(self._scorer(tenant)))

    def loaded(self, tenant: str) -> "Scorer | None":
        """The scorer that answers about a tenant's customers now; None: another one has to be loaded first."""
        scorer = self._scorers.get(tenant)
        try:
            return scorer if scorer is not None and scorer.run == scorer.project.latest else None
        except HoldfastError:  # its runs were removed
            return None

    def close(self) -> None:
        """Let the thread end after what it is working on."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        while self._waiting:
            self._waiting.popleft().answer.cancel()

    def _answer_those_waiting(self) -> None:
        """Answer whoever has waited longest, with those who came after and can be answered in one pass."""
        self._wait_for_others()
        together = self._next_together()
        if not together:  # answered with an earlier one
            return
        first, began = together[0], monotonic()
        try:
            scorer = self._scorer(first.tenant)
            answered = scorer.predict_each(
                [each.records for each in together], cutoff=first.cutoff, with_reasons=first.with_reasons
            )
        except BaseException as error:
            _give(together, [error] * len(together))
            raise
        self._last = (len(together) + len(self._waiting), monotonic() - began)
        _give(together, answered)

    def _wait_for_others(self) -> None:
        """Wait for as many as asked last, if they keep coming."""
        expected, took = self._last
        until, quiet = monotonic() + WAITS_FOR_OTHERS * took, 0
        while self._waiting and len(self._waiting) < expected and quiet < 2 and monotonic() < until:
            before = len(self._waiting)
            sleep(_MOMENT * took)
            quiet = 0 if len(self._waiting) > before else quiet + 1

    def _next_together(self) -> list[_Waiting]:
        together: list[_Waiting] = []
        rows = 0
        while self._waiting and len(together) < MOST_TOGETHER:
            following = self._waiting[0]
            rows += following.rows
            if together and (rows > MOST_ROWS_TOGETHER or not following.goes_with(together[0])):
                break
            self._waiting.popleft()
            if following.answer.set_running_or_notify_cancel():
                together.append(following)
        return together

    def _scorer(self, tenant: str) -> "Scorer":
        scorer = self._scorers.get(tenant)
        if scorer is None or scorer.run != scorer.project.latest:
            scorer = self._scorers[tenant] = self._project_of(tenant).scorer()
            if len(self._scorers) > MOST_WARM:
                self._scorers.popitem(last=False)
            spare_what_stays()
        return scorer


def _give(together: "Sequence[_Waiting]", answered: "Sequence[CustomerPrediction | BaseException]") -> None:
    for each, answer in zip(together, answered, strict=True):
        if isinstance(answer, BaseException):
            each.answer.set_exception(answer)
        else:
            each.answer.set_result(answer)


def spare_what_stays() -> None:
    """Let the garbage collector look no more at what is loaded: that took a fifth of the time of every pass."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
