"""What the results database answers: a tenant's questions in, records of plain values out.

`open_results(project)` opens the database of a project; every answer comes from one whole run.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from holdfast.errors import NotFoundError
from holdfast.reports.key_figures.definitions import DEFINITIONS
from holdfast.reports.spreadsheets import spreadsheet_safe, whole_numbers_plain
from holdfast.service.pages.columns_cache import ColumnsCache
from holdfast.settings import ResultsSettings
from holdfast.sources.database.connect import location
from holdfast.store.pseudonyms import Pseudonyms
from holdfast.store.results import read
from holdfast.store.results.api_keys import SCOPES, ApiKey, create_key, find_key, has_keys, list_keys, revoke_key
from holdfast.store.results.columns import RunColumns, load_columns
from holdfast.store.results.documents import read_document
from holdfast.store.results.engine import results_engine, results_errors
from holdfast.store.results.jobs import jobs_by_state
from holdfast.store.results.migrate import migrate
from holdfast.store.results.read import PublishedRun
from holdfast.store.results.sessions import SESSION_HOURS, close_session, key_of_session, open_session
from holdfast.tables.contracts import LONGEST_KEY
from holdfast.tables.known_customers import KNOWN_CUSTOMERS
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.output_contract import OutputContract
from holdfast.tables.outputs import KPIS, NO_PROMISE, PLAN, PREDICTIONS, SEGMENTS

__all__ = ["LONGEST_KEY", "NO_PROMISE", "SCOPES", "SESSION_HOURS", "ApiKey", "PublishedResults", "PublishedRun"]

MOST_ROWS = 1_000  # of a page
_ORDER_OF_KPIS = {kpi.name: rank for rank, kpi in enumerate(DEFINITIONS)}
_IN_ORDER: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "kpis": lambda row: _ORDER_OF_KPIS.get(row["name"], len(_ORDER_OF_KPIS)),
    "segments": lambda row: -(row["revenue"] if row["revenue"] is not None else row["customers"]),
}
CONTRACTS: Mapping[str, OutputContract] = {
    "customers": PREDICTIONS,
    "plan": PLAN,
    "segments": SEGMENTS,
    "kpis": KPIS,
    "lapsed": LAPSED,
    "known_customers": KNOWN_CUSTOMERS,
}


@dataclass(frozen=True)
class PublishedResults:
    """The results database, asked for one tenant at a time."""

    engine: sa.Engine
    home: Path | None = None  # the project's folder, whose runs hold the events behind the numbers
    home_tenant: str = ""  # whose runs lie there
    columns_cache: ColumnsCache = field(default_factory=ColumnsCache, repr=False, compare=False)
    pseudonyms: Callable[[str], Pseudonyms | None] = field(default=lambda _: None, repr=False, compare=False)

    def written_as(self, tenant: str, ids: Sequence[str]) -> list[str]:
        """How a tenant's results write customers: by their ids, or by pseudonyms that true ids are looked up by too."""
        pseudonyms = self.pseudonyms(tenant)
        return list(ids) if pseudonyms is None else [pseudonyms.of(each) for each in ids]

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for reading; what the database refuses is a HoldfastError."""
        with results_errors(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection with a transaction, written at the end."""
        with results_errors(self.engine), self.engine.begin() as connection:
            yield connection

    def run(self, tenant: str, name: str | None = None) -> PublishedRun:
        """A published run of a tenant; None: the current one.

        Raises:
            NotFoundError: nothing is published for this tenant, or no run of that name.
        """
        with self.reading() as connection:
            return _current(connection, tenant) if name is None else _run_of(connection, tenant, name)

    def previous_run(self, tenant: str, run: PublishedRun) -> PublishedRun | None:
        """The run that was published before a run; None: it was the first."""
        return next((other for other in self.runs(tenant) if other.name < run.name), None)

    def columns(self, tenant: str, run: PublishedRun) -> RunColumns:
        """The columns of a run that lists are filtered and counted by."""

        def load() -> RunColumns:
            previous = self.previous_run(tenant, run)
            with self.reading() as connection:
                return load_columns(connection, run, previous)

        return self.columns_cache.of(run, load)

    def document(self, run: PublishedRun, name: str) -> Any:
        """A report of a run by its name (`store.results.run_documents`); None where it left none."""
        with self.reading() as connection:
            return read_document(connection, run.tenant_id, run.run_id, name)

    def run_folder(self, tenant: str, run: PublishedRun) -> Path | None:
        """Where the files of a run lie; None: not on this machine, or not this tenant's."""
        if self.home is None or tenant != self.home_tenant:
            return None
        folder = self.home / "runs" / run.name
        return folder if folder.is_dir() else None

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def is_reachable(self) -> bool:
        """Whether the database answers now."""
        try:
            with self.engine.connect() as connection:
                return bool(connection.scalar(sa.text("SELECT 1")) == 1)
        except sa.exc.DBAPIError:
            return False

    def current_run(self, tenant: str) -> PublishedRun:
        """The run that a tenant's answers come from.

        Raises:
            NotFoundError: nothing is published for this tenant.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            return _current(connection, tenant)

    def state(self, tenant: str) -> str:
        """What a tenant's answers follow from: another text once a run is published, or rows are taken out of one."""
        with self.reading() as connection:
            return hashlib.sha256(repr(read.changes(connection, tenant)).encode()).hexdigest()

    def jobs_by_state(self) -> dict[str, int]:
        """How many jobs of all tenants are in each state."""
        with self.reading() as connection:
            return jobs_by_state(connection)

    def current_runs_published_at(self) -> list[datetime]:
        """When the current run of each tenant was published."""
        with self.reading() as connection:
            return read.current_runs_published_at(connection)

    def runs(self, tenant: str) -> list[PublishedRun]:
        """All published runs of a tenant, newest first."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return read.published_runs(connection, tenant)

    def customer(self, tenant: str, customer_id: str) -> dict[str, Any]:
        """What the current run expects of one customer: the columns of predictions.

        Raises:
            NotFoundError: nothing is published, or the run holds nobody of that id.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            (written,) = self.written_as(tenant, [customer_id])
            row = read.find_customer(connection, _current(connection, tenant), written)
        if row is None:
            raise no_such_customer(customer_id)
        return row

    def customers_of(self, tenant: str, ids: Sequence[str]) -> tuple[PublishedRun, dict[str, dict[str, Any]]]:
        """The current run, and what it expects of some customers, by id; nothing of those it does not hold.

        Raises:
            NotFoundError: nothing is published.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            run = _current(connection, tenant)
        return run, self.customers_in(tenant, run, ids)

    def customers_in(self, tenant: str, run: PublishedRun, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What a run expects of some customers, by id as given, where the caller knows the run already."""
        written = self.written_as(tenant, ids)
        with self.reading() as connection:
            rows = read.rows_by_key(connection, run, PREDICTIONS.path, written)
        return {requested: rows[each] for requested, each in zip(ids, written, strict=True) if each in rows}

    def history(self, tenant: str, customer_id: str) -> list[dict[str, Any]]:
        """What each published run expected of one customer, oldest first.

        Raises:
            NotFoundError: no published run holds anybody of that id.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            (written,) = self.written_as(tenant, [customer_id])
            rows = read.score_history(connection, _current(connection, tenant), written)
        if not rows:  # the records may hold the customer, as one who lapsed
            raise NotFoundError(
                f"No published run has a prediction of {customer_id!r}.",
                fix="GET /api/v1/customers lists the customers.",
            )
        return rows

    def table(self, tenant: str, name: str) -> list[dict[str, Any]]:
        """All rows of the current run's `plan`, `segments` or `kpis`, in the order of the run's own files.

        A gain by offers that nobody has set is null: it is promised nowhere.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            run = _current(connection, tenant)
            rows = read.rows_of(connection, run, CONTRACTS[name].path)
            plan = read_document(connection, run.tenant_id, run.run_id, "plan") if name == "plan" else None
        if plan is not None and plan.get("placeholders"):
            rows = [row | {"expected_gain": None} for row in rows]
        return sorted(rows, key=_IN_ORDER[name]) if name in _IN_ORDER else rows

    def kpi_history(self, tenant: str) -> list[dict[str, Any]]:
        """The key figures of each published run, oldest first."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return read.kpi_history(connection, _current(connection, tenant))

    def key_of(self, text: str, now: datetime) -> ApiKey | None:
        """The valid API key of this text; None: it opens nothing."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return find_key(connection, text, now)

    def open_session(self, text: str, now: datetime) -> tuple[ApiKey, str] | None:
        """A browser's session for the API key of this text: the key, and the session's text; None: it opens nothing."""
        with results_errors(self.engine), self.engine.begin() as connection:
            key = find_key(connection, text, now)
            return None if key is None else (key, open_session(connection, key, now))

    def key_of_session(self, text: str, now: datetime) -> ApiKey | None:
        """The valid API key that a browser's session was opened with; None: it opens nothing any more."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return key_of_session(connection, text, now)

    def close_session(self, text: str) -> None:
        """Let a browser's session open nothing from now on."""
        with results_errors(self.engine), self.engine.begin() as connection:
            close_session(connection, text)

    def has_keys(self) -> bool:
        """Whether there is any API key: from then on nobody asks without one."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return has_keys(connection)

    def api_keys(self, tenant: str | None = None) -> list[ApiKey]:
        """Every API key, or those of one tenant, without their secrets."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return list_keys(connection, tenant)

    def create_key(
        self, tenant: str, scopes: tuple[str, ...], *, note: str, days: int | None, now: datetime
    ) -> tuple[ApiKey, str]:
        """A new API key, and its text, which nothing can show again.

        Raises:
            HoldfastError: an unknown scope, or none.
        """
        with results_errors(self.engine), self.engine.begin() as connection:
            return create_key(connection, tenant, scopes, note=note, days=days, now=now)

    def revoke_key(self, name: str, now: datetime) -> None:
        """Make an API key open nothing from now on.

        Raises:
            HoldfastError: there is no key of that name.
        """
        with results_errors(self.engine), self.engine.begin() as connection:
            revoke_key(connection, name, now)

    @property
    def database(self) -> str:
        """Where the database is, without its password."""
        return location(self.engine)


def open_results(folder: Path, settings: ResultsSettings) -> PublishedResults:
    """The results database of a project; its tables are created or brought up to date.

    Raises:
        HoldfastError: it cannot be reached, or was written by a newer version.
    """
    engine = results_engine(settings.url, folder)
    migrate(engine)
    return PublishedResults(engine, folder, settings.tenant)


def csv_text(rows: list[dict[str, Any]], name: str) -> str:
    """Rows of one of `CONTRACTS` as CSV that no spreadsheet runs as a formula."""
    contract = CONTRACTS[name]
    table = pl.DataFrame(rows, schema={column: contract.schema[column] for column in contract.names})
    safe = spreadsheet_safe(table)
    return (whole_numbers_plain(safe, "value") if name == "kpis" else safe).write_csv()


def _current(connection: sa.Connection, tenant: str) -> PublishedRun:
    run = read.current_run(connection, tenant)
    if run is None:
        raise NotFoundError(
            "There is no run yet: nothing is published.",
            fix="Add files in the web app (or POST /api/v1/uploads, /setup, /runs); or holdfast run DIR and serve it.",
        )
    return run


def _run_of(connection: sa.Connection, tenant: str, name: str) -> PublishedRun:
    for run in read.published_runs(connection, tenant):
        if run.name == name:
            return run
    raise NotFoundError(f"No run {name!r} is published.", fix="GET /api/v1/runs lists the runs.")


def no_such_customer(customer_id: str) -> NotFoundError:
    return NotFoundError(
        f"No customer {customer_id!r} in the published run.", fix="GET /api/v1/customers lists the customers."
    )
