"""What the results database answers: a tenant's questions in, records of plain values out.

`open_results(project)` opens the database of a project; every answer comes from one whole run.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.settings import ResultsSettings
from holdfast.sources.database.connect import location
from holdfast.store.results import read
from holdfast.store.results.api_keys import SCOPES, ApiKey, create_key, find_key, has_keys, list_keys, revoke_key
from holdfast.store.results.engine import results_engine, results_errors
from holdfast.store.results.migrate import migrate
from holdfast.store.results.read import SORTS, CustomerQuery, PublishedRun
from holdfast.store.results.sql_types import LONGEST_KEY
from holdfast.tables.output_contract import OutputContract
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, SEGMENTS

__all__ = ["LONGEST_KEY", "SCOPES", "SORTS", "ApiKey", "CustomerQuery", "PublishedResults", "PublishedRun"]

MOST_ROWS = 1_000  # of a page
CONTRACTS: Mapping[str, OutputContract] = {
    "customers": PREDICTIONS,
    "plan": PLAN,
    "segments": SEGMENTS,
    "kpis": KPIS,
}


@dataclass(frozen=True)
class CustomerPage:
    """Some customers of a list, and where the next begin."""

    run: PublishedRun
    rows: list[dict[str, Any]]
    total: int  # customers that meet the conditions, on all pages
    next_cursor: str | None  # None: this was the last page


@dataclass(frozen=True)
class PublishedResults:
    """The results database, asked for one tenant at a time."""

    engine: sa.Engine

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

    def runs(self, tenant: str) -> list[PublishedRun]:
        """All published runs of a tenant, newest first."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return read.published_runs(connection, tenant)

    def customers(self, tenant: str, query: CustomerQuery, cursor: str | None = None) -> CustomerPage:
        """A page of customers.

        Args:
            tenant: whose.
            query: conditions, order and length of the page.
            cursor: `next_cursor` of the page before; its run and order go on, also where a newer run was published.

        Raises:
            NotFoundError: nothing is published.
            HoldfastError: a cursor that no page gave, or an order that there is not.
        """
        if query.sort not in SORTS:
            raise HoldfastError(
                f"Customers cannot be ordered by {query.sort!r}.", fix=f"Use one of {', '.join(SORTS)}."
            )
        query = replace(query, limit=min(max(query.limit, 1), MOST_ROWS))
        with results_errors(self.engine), self.engine.connect() as connection:
            run = _current(connection, tenant)
            if cursor is not None:
                position = _Position.from_text(cursor)
                run = _run_of(connection, tenant, position.run)
                query = replace(query, sort=position.sort, after=(position.value, position.customer_id))
            rows = read.find_customers(connection, run, query)
            total = read.count_customers(connection, run, query)
        if len(rows) < query.limit:
            return CustomerPage(run, rows, total, None)
        last = rows[-1]
        position = _Position(run.name, query.sort, last[query.sort], last["customer_id"])
        return CustomerPage(run, rows, total, position.to_text())

    def customer(self, tenant: str, customer_id: str) -> dict[str, Any]:
        """What the current run expects of one customer: the columns of predictions.

        Raises:
            NotFoundError: nothing is published, or the run holds nobody of that id.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            row = read.find_customer(connection, _current(connection, tenant), customer_id)
        if row is None:
            raise _no_such_customer(customer_id)
        return row

    def history(self, tenant: str, customer_id: str) -> list[dict[str, Any]]:
        """What each published run expected of one customer, oldest first.

        Raises:
            NotFoundError: no published run holds anybody of that id.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            rows = read.score_history(connection, _current(connection, tenant), customer_id)
        if not rows:
            raise _no_such_customer(customer_id)
        return rows

    def table(self, tenant: str, name: str) -> list[dict[str, Any]]:
        """All rows of the current run's `plan`, `segments` or `kpis`."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return read.rows_of(connection, _current(connection, tenant), CONTRACTS[name].path)

    def kpi_history(self, tenant: str) -> list[dict[str, Any]]:
        """The key figures of each published run, oldest first."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return read.kpi_history(connection, _current(connection, tenant))

    def key_of(self, text: str, now: datetime) -> ApiKey | None:
        """The valid API key of this text; None: it opens nothing."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return find_key(connection, text, now)

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
    return PublishedResults(engine)


def csv_text(rows: list[dict[str, Any]], name: str) -> str:
    """Rows of one of `CONTRACTS` as CSV that no spreadsheet runs as a formula."""
    contract = CONTRACTS[name]
    table = pl.DataFrame(rows, schema={column: contract.schema[column] for column in contract.names})
    return spreadsheet_safe(table).write_csv()


def _current(connection: sa.Connection, tenant: str) -> PublishedRun:
    run = read.current_run(connection, tenant)
    if run is None:
        raise NotFoundError(
            f"Nothing is published for {tenant} yet.", fix="holdfast publish DIR (or holdfast run DIR with results.url)"
        )
    return run


def _run_of(connection: sa.Connection, tenant: str, name: str) -> PublishedRun:
    for run in read.published_runs(connection, tenant):
        if run.name == name:
            return run
    raise _broken_cursor()


def _no_such_customer(customer_id: str) -> NotFoundError:
    return NotFoundError(
        f"No customer {customer_id!r} in the published run.", fix="GET /api/v1/customers lists the customers."
    )


def _broken_cursor() -> HoldfastError:
    return HoldfastError("This cursor is none that a page gave.", fix="Begin again, without a cursor.")


@dataclass(frozen=True)
class _Position:
    """Where a page ended, as the text that callers hand back."""

    run: str
    sort: str
    value: float | int | str | None
    customer_id: str

    def to_text(self) -> str:
        content = json.dumps([self.run, self.sort, self.value, self.customer_id], ensure_ascii=False)
        return base64.urlsafe_b64encode(content.encode()).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        try:
            run, sort, value, customer_id = json.loads(base64.urlsafe_b64decode(text.encode()))
        except (ValueError, TypeError) as error:
            raise _broken_cursor() from error
        is_text = isinstance(run, str) and isinstance(customer_id, str)
        expected = str if sort == "customer_id" else (int, float, type(None))
        if not is_text or sort not in SORTS or not isinstance(value, expected) or isinstance(value, bool):
            raise _broken_cursor()
        return cls(run, sort, value, customer_id)
