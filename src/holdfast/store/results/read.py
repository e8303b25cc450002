"""Questions to the results database: a tenant's current run and what to look for in, rows out.

Every answer comes from one complete run; pages are cut by key, so a page costs the same wherever it lies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.store.results.schema import CURRENT_RUNS, PREDICTION_ROWS, RESULTS, RUNS, TENANTS
from holdfast.tables.outputs import KPIS

# What a list may be ordered by, and whether the greatest comes first; what is not known comes last.
SORTS: dict[str, bool] = {
    "priority": False,
    "customer_id": False,
    "churn_probability": True,
    "revenue_at_risk": True,
    "expected_value": True,
}
_LAST_LETTER = chr(0x10FFFF)


@dataclass(frozen=True)
class PublishedRun:
    """A run that the database holds whole."""

    tenant_id: int
    run_id: int
    name: str
    project: str
    cutoff: datetime | None
    currency: str
    simulated: bool
    published_at: datetime
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class CustomerQuery:
    """Which customers, in which order, from where on; every condition must hold."""

    segment: str | None = None
    risk_band: str | None = None
    least_probability: float | None = None
    least_at_risk: float | None = None
    action_owner: str | None = None
    in_plan: bool | None = None
    id_begins_with: str = ""
    sort: str = "priority"
    after: tuple[float | int | str | None, str] | None = None  # of the last row seen: value of the sort column, id
    limit: int = 50


def current_run(connection: sa.Connection, tenant: str) -> PublishedRun | None:
    """The run that readers of a tenant are led to; None: nothing is published."""
    query = _run_query().join(CURRENT_RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id).where(TENANTS.c.name == tenant)
    row = connection.execute(query).first()
    return PublishedRun(*row) if row else None


def published_runs(connection: sa.Connection, tenant: str) -> list[PublishedRun]:
    """All complete runs of a tenant, newest first."""
    query = _run_query().where(TENANTS.c.name == tenant, RUNS.c.is_complete).order_by(RUNS.c.name.desc())
    return [PublishedRun(*row) for row in connection.execute(query)]


def _run_query() -> sa.Select[Any]:
    columns = (RUNS.c.tenant_id, RUNS.c.id, RUNS.c.name, RUNS.c.project, RUNS.c.cutoff, RUNS.c.currency)
    more = (RUNS.c.simulated, RUNS.c.published_at, RUNS.c.summary)
    return sa.select(*columns, *more).join_from(RUNS, TENANTS, RUNS.c.tenant_id == TENANTS.c.id)


def find_customers(connection: sa.Connection, run: PublishedRun, query: CustomerQuery) -> list[dict[str, Any]]:
    """At most `query.limit` rows of predictions, in the order of `query.sort`, then of the id.

    Args:
        connection: to the database.
        run: whose customers.
        query: its `sort` is one of `SORTS`.
    """
    column, descending = PREDICTION_ROWS.c[query.sort], SORTS[query.sort]
    key = PREDICTION_ROWS.c.customer_id
    order = [key.desc() if descending else key.asc()]
    if query.sort != "customer_id":
        order.insert(0, column.desc() if descending else column.asc())
    wanted = _answer_columns().where(*_conditions(run, query)).limit(query.limit)
    value, last_id = query.after or (None, "")
    rows: list[dict[str, Any]] = []
    if query.after is None or value is not None:
        with_value = wanted.where(column.is_not(None)).order_by(*order)
        if query.after is not None:
            pair, last = sa.tuple_(column, key), sa.tuple_(sa.literal(value, column.type), sa.literal(last_id))
            with_value = with_value.where(pair < last if descending else pair > last)
        rows = [dict(row._mapping) for row in connection.execute(with_value)]
    if len(rows) < query.limit and column.nullable:
        without_value = wanted.where(column.is_(None)).order_by(order[-1]).limit(query.limit - len(rows))
        if query.after is not None and value is None:
            without_value = without_value.where(key < last_id if descending else key > last_id)
        rows += [dict(row._mapping) for row in connection.execute(without_value)]
    return rows


def count_customers(connection: sa.Connection, run: PublishedRun, query: CustomerQuery) -> int:
    """How many customers meet the conditions of a query, on all pages together."""
    counted = sa.select(sa.func.count()).select_from(PREDICTION_ROWS).where(*_conditions(run, query))
    return int(connection.scalar(counted) or 0)


def find_customer(connection: sa.Connection, run: PublishedRun, customer_id: str) -> dict[str, Any] | None:
    """One customer's row of predictions; None: the run holds nobody of that id."""
    query = _answer_columns().where(*_of_run(run), PREDICTION_ROWS.c.customer_id == customer_id)
    row = connection.execute(query).first()
    return dict(row._mapping) if row else None


def score_history(connection: sa.Connection, run: PublishedRun, customer_id: str) -> list[dict[str, Any]]:
    """What each complete run of the tenant expected of a customer, oldest first."""
    table = PREDICTION_ROWS
    columns = ("churn_probability", "risk_band", "expected_value", "revenue_at_risk", "segment")
    query = (
        sa.select(RUNS.c.name.label("run"), RUNS.c.cutoff, *(table.c[name] for name in columns))
        .join_from(table, RUNS, table.c.run_id == RUNS.c.id)
        .where(table.c.tenant_id == run.tenant_id, table.c.customer_id == customer_id, RUNS.c.is_complete)
        .order_by(RUNS.c.name)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def rows_of(connection: sa.Connection, run: PublishedRun, path: str) -> list[dict[str, Any]]:
    """All rows of one of a run's tables, in the order of their key."""
    contract, table = RESULTS[path]
    columns = [table.c[name] for name in contract.names]
    of_run = (table.c.tenant_id == run.tenant_id, table.c.run_id == run.run_id)
    query = sa.select(*columns).where(*of_run).order_by(table.c[contract.key])
    return [dict(row._mapping) for row in connection.execute(query)]


def kpi_history(connection: sa.Connection, run: PublishedRun) -> list[dict[str, Any]]:
    """The key figures of each complete run of the tenant, oldest run first."""
    table = RESULTS[KPIS.path][1]
    query = (
        sa.select(RUNS.c.name.label("run"), RUNS.c.cutoff, table.c.name, table.c.value, table.c.unit)
        .join_from(table, RUNS, table.c.run_id == RUNS.c.id)
        .where(table.c.tenant_id == run.tenant_id, RUNS.c.is_complete)
        .order_by(RUNS.c.name, table.c.name)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def _answer_columns() -> sa.Select[Any]:
    hidden = {"tenant_id", "run_id"}
    return sa.select(*(column for column in PREDICTION_ROWS.columns if column.name not in hidden))


def _of_run(run: PublishedRun) -> tuple[sa.ColumnElement[bool], ...]:
    return (PREDICTION_ROWS.c.tenant_id == run.tenant_id, PREDICTION_ROWS.c.run_id == run.run_id)


def _conditions(run: PublishedRun, query: CustomerQuery) -> list[sa.ColumnElement[bool]]:
    columns = PREDICTION_ROWS.c
    conditions = list(_of_run(run))
    for name in ("segment", "risk_band", "action_owner"):
        value = getattr(query, name)
        if value is not None:
            conditions.append(columns[name] == value)
    if query.least_probability is not None:
        conditions.append(columns.churn_probability >= query.least_probability)
    if query.least_at_risk is not None:
        conditions.append(columns.revenue_at_risk >= query.least_at_risk)
    if query.in_plan is not None:
        conditions.append(columns.offer.is_not(None) if query.in_plan else columns.offer.is_(None))
    if query.id_begins_with:
        # A range finds its rows by the key; LIKE would read them all.
        first = query.id_begins_with
        conditions.append(columns.customer_id.between(first, first + _LAST_LETTER))
    return conditions
