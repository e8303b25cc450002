"""A scorer that stays warm beside a server: loaded when it is first asked, and again once another run is the latest."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from holdfast.service.scores.layout import Records

MOST_WARM = 8  # tenants whose models stay loaded

if TYPE_CHECKING:
    from holdfast.service.project import Project
    from holdfast.service.scores.scorer import CustomerPrediction, Scorer


class WarmScorer:
    """Scores one customer after the other in a thread of its own; always by the latest run of the tenant."""

    def __init__(self, project_of: "Callable[[str], Project]") -> None:
        """Args: project_of: the project of a tenant."""
        self._project_of = project_of
        self._scorers: OrderedDict[str, Scorer] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scorer")

    def predict(
        self, tenant: str, records: Records, *, cutoff: datetime | None = None, with_reasons: bool = True
    ) -> "Future[CustomerPrediction]":
        """Predict one customer from records, as `Scorer.predict`; at once returns what will hold the answer."""
        return self._thread.submit(
            lambda: self._scorer(tenant).predict(records, cutoff=cutoff, with_reasons=with_reasons)
        )

    def close(self) -> None:
        """Let the thread end after what it is working on."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _scorer(self, tenant: str) -> "Scorer":
        scorer = self._scorers.get(tenant)
        if scorer is None or scorer.run != scorer.project.latest:
            scorer = self._scorers[tenant] = self._project_of(tenant).scorer()
            if len(self._scorers) > MOST_WARM:
                self._scorers.popitem(last=False)
        return scorer
