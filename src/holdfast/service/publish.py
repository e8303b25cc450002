"""Publishing a run: the latest one in, its rows in the results database out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdfast.formatting import plural
from holdfast.progress import SILENT, Progress
from holdfast.service.results import Result
from holdfast.settings import ResultsSettings


@dataclass(frozen=True)
class Publication(Result):
    """What the results database holds of a run now."""

    database: str
    """where it is, without its password"""
    tenant: str
    """whose results these are"""
    run: str
    """the name of the run; readers are led to it"""
    rows: Mapping[str, int]
    """table -> rows of this run"""
    is_new: bool
    """whether rows were written; false: the database held this run already"""
    removed_runs: tuple[str, ...]
    """older runs whose customers' rows were removed"""
    erased_customers: int = 0
    """customers of the run who were erased since, and whose rows were left out"""

    @property
    def sentence(self) -> str:
        customers = plural(self.rows["predictions"], "customer")
        says = "Published" if self.is_new else "Already published"
        erased = f" ({plural(self.erased_customers, 'erased customer')} left out)" if self.erased_customers else ""
        return f"{says}: run {self.run} of {self.tenant}, {customers}{erased}, in {self.database}."


@dataclass(frozen=True)
class Server(Result):
    """A server that has begun to listen."""

    address: str
    """where it listens"""
    database: str
    """what it answers from, without its password"""
    tenant: str
    """whose results callers without a key see"""

    @property
    def sentence(self) -> str:
        return f"Listening at {self.address}  (report: {self.address}/report.html, API: {self.address}/docs)."


def publish(
    folder: Path, run: Path, settings: ResultsSettings, *, now: datetime, progress: Progress = SILENT
) -> Publication:
    """Write a finished run into the results database, and lead readers to it.

    Args:
        folder: of the project.
        run: the folder of the run.
        settings: which database, whose results, how many runs stay.
        now: when it is published.
        progress: hears how many rows are written.

    Raises:
        HoldfastError: the run is not complete or was changed, or the database cannot be reached or refuses.
    """
    from holdfast.store.results.engine import results_engine
    from holdfast.store.results.publish import publish_run
    from holdfast.store.results.schema import RESULTS
    from holdfast.store.runs import prove

    prove(run, "reports/summary.json", *RESULTS)
    engine = results_engine(settings.url, folder)
    try:
        published = publish_run(
            engine, run, tenant=settings.tenant, now=now, keep_runs=settings.keep_runs, progress=progress
        )
    finally:
        engine.dispose()
    return Publication(
        database=published.database,
        tenant=published.tenant,
        run=published.run,
        rows=published.rows,
        is_new=published.is_new,
        removed_runs=published.removed_runs,
        erased_customers=published.erased_customers,
    )
