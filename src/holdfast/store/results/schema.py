"""The tables of the results database, drawn from the contracts of what a run leaves.

    METADATA                        every table, for SQLAlchemy and for Alembic
    TENANTS, RUNS, CURRENT_RUNS     who published what, and which run readers see
    API_KEYS                        who may ask for what
    SESSIONS                        browsers that exchanged a key for a cookie
    JOBS                            work that is done apart from a request: waiting, at work, finished
    ANSWERED_REQUESTS               answers to requests with an Idempotency-Key, to give again
    RESULTS                         contract path -> table: a contract's columns under (tenant_id, run_id, key)
    DOCUMENTS                       the reports of a run, as JSON by name
    AUDIT                           who changed or took out what, and when
    LISTS, LIST_ENTRIES             customers that people gathered, and what came of each

Readers join `current_runs`, or ask the views `current_*`, so they never see a run that is being written.
"""

from typing import Any

import polars as pl
import sqlalchemy as sa

from holdfast.column_types import TIME
from holdfast.store.results.sql_types import KeyText, LongText, UtcTime
from holdfast.tables.known_customers import KNOWN_CUSTOMERS
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.output_contract import OutputColumn, OutputContract
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, SEGMENTS

_NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
METADATA = sa.MetaData(naming_convention=_NAMING)


_TYPES: dict[pl.DataType, Any] = {
    pl.String(): LongText,
    pl.Float64(): sa.Double,
    pl.Int64(): sa.BigInteger,
    pl.Boolean(): sa.Boolean,
    pl.Date(): sa.Date,
    TIME: UtcTime,
}

TENANTS = sa.Table(
    "tenants",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", KeyText(), nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
)

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("name", KeyText(), nullable=False),  # the name of its folder: when it began
    sa.Column("project", LongText(), nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),  # of everything that was published
    sa.Column("is_complete", sa.Boolean, nullable=False),  # False while its rows are being written
    sa.Column("cutoff", UtcTime),  # null: a labelled snapshot
    sa.Column("currency", sa.String(20), nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("published_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime),  # when rows were taken out of it since, as by erasing a customer
    sa.Column("summary", sa.JSON, nullable=False),  # reports/summary.json
    sa.UniqueConstraint("tenant_id", "name"),
)

CURRENT_RUNS = sa.Table(
    "current_runs",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.ForeignKey(RUNS.c.id), nullable=False),
)


API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("name", sa.String(12), nullable=False, unique=True),  # the public half
    sa.Column("sha256", sa.String(64), nullable=False),  # of the whole
    sa.Column("scopes", sa.String(100), nullable=False),
    sa.Column("note", LongText(), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("sha256", sa.String(64), primary_key=True),  # of the session's text
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("key_id", sa.ForeignKey(API_KEYS.c.id), nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),  # the order in which they are taken
    sa.Column("name", sa.String(32), nullable=False, unique=True),  # what callers know it by
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("input", sa.JSON, nullable=False),
    sa.Column("requested_by", LongText(), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # queued, running, done, failed, cancelled
    sa.Column("is_cancelled", sa.Boolean, nullable=False),  # somebody wants it to stop
    sa.Column("doing", LongText(), nullable=False),  # in words
    sa.Column("fraction", sa.Double),  # of the work that is done; null: not known
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("problem", LongText()),
    sa.Column("fix", LongText()),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease_owner", sa.String(200)),  # the worker
    sa.Column("lease_token", sa.String(32)),  # one claim; whoever changes the job must hold it
    sa.Column("lease_until", UtcTime),
    sa.Column("wait_until", UtcTime),  # nobody takes it before
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),  # by its first claim
    sa.Column("finished_at", UtcTime),
    sa.Index("ix_jobs_by_state", "state", "id"),
    sa.Index("ix_jobs_by_tenant", "tenant_id", "id"),
)

ANSWERED_REQUESTS = sa.Table(
    "answered_requests",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("caller", sa.String(64), primary_key=True),
    sa.Column("key_sha256", sa.String(64), primary_key=True),  # of the Idempotency-Key
    sa.Column("request_sha256", sa.String(64), nullable=False),  # of method, path, query and body
    sa.Column("token", sa.String(32), nullable=False),  # of the request that is being answered
    sa.Column("status", sa.Integer),  # null: not answered yet
    sa.Column("media_type", sa.String(200)),
    sa.Column("body", LongText()),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Index("ix_answered_requests_begun_at", "begun_at"),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", LongText(), nullable=False),  # the name of a key, or who typed a command
    sa.Column("action", LongText(), nullable=False),  # method and route, or the command; never whom it was about
    sa.Column("is_refused", sa.Boolean, nullable=False),
    sa.Index("ix_audit_by_tenant", "tenant_id", "id"),
)


def _column(column: OutputColumn) -> sa.Column[Any]:
    result: sa.Column[Any] = sa.Column(column.name, _TYPES[column.dtype](), nullable=column.nullable or column.optional)
    return result


def _result_table(name: str, contract: OutputContract) -> sa.Table:
    rest = [_column(column) for column in contract.columns if column.name != contract.key]
    # Without foreign keys and further indexes: a million rows are checked and sorted in no time that a reader would
    # gain, and rows are written under a run that stands there already. Lists are ordered in memory (columns.py).
    return sa.Table(
        name,
        METADATA,
        sa.Column("tenant_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(contract.key, KeyText(), primary_key=True),
        *rest,
        sqlite_with_rowid=False,  # rows stand in the order of their key, once
    )


RESULTS: dict[str, tuple[OutputContract, sa.Table]] = {
    contract.path: (contract, _result_table(name, contract))
    for name, contract in (
        ("predictions", PREDICTIONS),
        ("plan", PLAN),
        ("segments", SEGMENTS),
        ("kpis", KPIS),
        ("lapsed", LAPSED),
        ("known_customers", KNOWN_CUSTOMERS),
    )
}
PREDICTION_ROWS = RESULTS[PREDICTIONS.path][1]
KNOWN_CUSTOMER_ROWS = RESULTS[KNOWN_CUSTOMERS.path][1]
DOCUMENTS = sa.Table(
    "documents",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.ForeignKey(RUNS.c.id), primary_key=True, autoincrement=False),
    sa.Column("name", KeyText(), primary_key=True),
    sa.Column("content", LongText(), nullable=False),  # JSON
)

LISTS = sa.Table(
    "lists",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), nullable=False),
    sa.Column("name", KeyText(), nullable=False),
    sa.Column("note", LongText(), nullable=False),
    sa.Column("owner", LongText(), nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("rule", LongText()),  # JSON of a customer query: its members are who meets it now; null: a fixed list
    sa.Column("version", sa.Integer, nullable=False),  # goes up with each change
    sa.Column("created_by", LongText(), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.UniqueConstraint("tenant_id", "name"),
)

LIST_ENTRIES = sa.Table(
    "list_entries",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey(TENANTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("list_id", sa.ForeignKey(LISTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("customer_id", KeyText(), primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("note", LongText(), nullable=False),
    sa.Column("owner", LongText(), nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
)
sa.Index("ix_list_entries_by_customer", LIST_ENTRIES.c.tenant_id, LIST_ENTRIES.c.customer_id)


def current_view(table: sa.Table) -> str:
    """The SELECT of a view: the rows of each tenant's current run, with the names of tenant and run."""
    columns = [column for column in table.columns if column.name not in {"tenant_id", "run_id"}]
    query = (
        sa.select(TENANTS.c.name.label("tenant"), RUNS.c.name.label("run"), *columns)
        .join_from(CURRENT_RUNS, TENANTS, CURRENT_RUNS.c.tenant_id == TENANTS.c.id)
        .join(RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id)
        .join(table, (table.c.tenant_id == CURRENT_RUNS.c.tenant_id) & (table.c.run_id == CURRENT_RUNS.c.run_id))
    )
    return str(query)
