"""Questions to the results database: a tenant's run in, rows out; every answer comes from one complete run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.store.results.schema import CURRENT_RUNS, PREDICTION_ROWS, RESULTS, RUNS, TENANTS
from holdfast.tables.outputs import KPIS, PLAN


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
    changed_at: datetime | None
    content_sha256: str


def current_run(connection: sa.Connection, tenant: str) -> PublishedRun | None:
    """The run that readers of a tenant are led to; None: nothing is published."""
    query = _run_query().join(CURRENT_RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id).where(TENANTS.c.name == tenant)
    row = connection.execute(query).first()
    return PublishedRun(*row) if row else None


def published_runs(connection: sa.Connection, tenant: str) -> list[PublishedRun]:
    """All complete runs of a tenant, newest first."""
    query = _run_query().where(TENANTS.c.name == tenant, RUNS.c.is_complete).order_by(RUNS.c.name.desc())
    return [PublishedRun(*row) for row in connection.execute(query)]


def changes(connection: sa.Connection, tenant: str) -> list[tuple[Any, ...]]:
    """What a tenant's answers follow from, small: each complete run's content and last change, and which is current."""
    columns = (RUNS.c.id, RUNS.c.content_sha256, RUNS.c.changed_at, CURRENT_RUNS.c.run_id)
    query = (
        sa.select(*columns)
        .join_from(RUNS, TENANTS, RUNS.c.tenant_id == TENANTS.c.id)
        .outerjoin(CURRENT_RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id)
        .where(TENANTS.c.name == tenant, RUNS.c.is_complete)
    )
    return [tuple(row) for row in connection.execute(query.order_by(RUNS.c.id))]


def current_runs_published_at(connection: sa.Connection) -> list[datetime]:
    """When the current run of each tenant was published."""
    query = sa.select(RUNS.c.published_at).join(CURRENT_RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id)
    return list(connection.scalars(query))


def _run_query() -> sa.Select[Any]:
    columns = (RUNS.c.tenant_id, RUNS.c.id, RUNS.c.name, RUNS.c.project, RUNS.c.cutoff, RUNS.c.currency)
    more = (RUNS.c.simulated, RUNS.c.published_at, RUNS.c.summary, RUNS.c.changed_at, RUNS.c.content_sha256)
    return sa.select(*columns, *more).join_from(RUNS, TENANTS, RUNS.c.tenant_id == TENANTS.c.id)


def rows_by_key(
    connection: sa.Connection, run: PublishedRun, path: str, keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The rows of one of a run's tables that have these keys, by key; a key without a row is left out."""
    contract, table = RESULTS[path]
    key = table.c[contract.key]
    columns = [table.c[name] for name in contract.names]
    query = sa.select(*columns).where(table.c.tenant_id == run.tenant_id, table.c.run_id == run.run_id, key.in_(keys))
    return {str(row._mapping[key]): dict(row._mapping) for row in connection.execute(query)}


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
    """All rows of one of a run's tables, in the order of their key; those of the plan as the list has them."""
    contract, table = RESULTS[path]
    of_run = (table.c.tenant_id == run.tenant_id, table.c.run_id == run.run_id)
    query = sa.select(*(table.c[name] for name in contract.names)).where(*of_run)
    if path == PLAN.path:
        predicted = PREDICTION_ROWS.c
        is_same = sa.and_(*(predicted[name] == table.c[name] for name in ("tenant_id", "run_id", "customer_id")))
        query = query.join_from(table, PREDICTION_ROWS, is_same).order_by(predicted.priority)
    else:
        query = query.order_by(table.c[contract.key])
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
