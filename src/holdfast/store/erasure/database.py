"""Takes customers out of a results database: every table that knows them, of every run of a tenant.

A table with a column customer_id loses their rows; other tables with texts or JSON lose the ids in them.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from holdfast.store.erasure.runs import Removed
from holdfast.store.erasure.texts import MARK, Names, filtered
from holdfast.store.results.engine import results_errors
from holdfast.store.results.publish import content_hash
from holdfast.store.results.schema import METADATA, RESULTS, RUNS, TENANTS
from holdfast.store.results.sql_types import LongText
from holdfast.store.runs import Runs, is_run

WHERE = "results database"
_IDS_AT_A_TIME = 500


def erase_from_database(
    engine: sa.Engine, home: Path, tenant: str, ids: Sequence[str], now: datetime, removed: Removed
) -> None:
    """Take customers out of the rows of a tenant; nothing happens where there is no such tenant.

    Args:
        engine: of the database, at the tables of this version.
        home: the project's folder: a run that is published again must be known again.
        tenant: whose customers.
        ids: of the customers.
        now: from when on every run of the tenant is another one for whoever holds some of it in memory.
        removed: is added to.
    """
    with results_errors(engine):
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.execute(sa.text("PRAGMA secure_delete = ON"))
            tenant_id = connection.scalar(sa.select(TENANTS.c.id).where(TENANTS.c.name == tenant))
            if tenant_id is None:
                return
            for table in reversed(METADATA.sorted_tables):
                removed.add(f"{WHERE}: {table.name}", _delete(connection, table, tenant_id, ids))
                removed.add(f"{WHERE}: {table.name}", _rewrite(connection, table, tenant_id, Names(ids)))
            connection.execute(sa.update(RUNS).where(RUNS.c.tenant_id == tenant_id).values(changed_at=now))
            _know_runs_again(connection, home, tenant_id)
        _give_space_back(engine)


def rows_in_database(engine: sa.Engine, tenant: str, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Every row of some customers of a tenant, by table, with the name of its run or list.

    Args:
        engine: of the database.
        tenant: whose customers.
        ids: of the customers.
    """
    names = {"run_id": RUNS, "list_id": METADATA.tables.get("lists")}
    rows_by_table = {}
    with results_errors(engine), engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if "customer_id" not in table.c or "tenant_id" not in table.c:
                continue
            joined: Any = table.join(TENANTS, table.c.tenant_id == TENANTS.c.id)
            columns: list[Any] = [
                column for column in table.c if not column.name.endswith("_id") or column.name == "customer_id"
            ]
            for key, other in names.items():
                if key in table.c and other is not None:
                    joined = joined.join(other, table.c[key] == other.c.id)
                    columns.insert(0, other.c.name.label(key.removesuffix("_id")))
            query = sa.select(*columns).select_from(joined)
            rows = connection.execute(query.where(TENANTS.c.name == tenant, table.c.customer_id.in_(ids))).all()
            if rows:
                rows_by_table[table.name] = [dict(row._mapping) for row in rows]
    return rows_by_table


def _delete(connection: sa.Connection, table: sa.Table, tenant_id: int, ids: Sequence[str]) -> int:
    if "customer_id" not in table.c or "tenant_id" not in table.c:
        return 0
    rows = 0
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        theirs = table.c.customer_id.in_(ids[start : start + _IDS_AT_A_TIME])
        rows += connection.execute(sa.delete(table).where(table.c.tenant_id == tenant_id, theirs)).rowcount
    return rows


def _rewrite(connection: sa.Connection, table: sa.Table, tenant_id: int, names: Names) -> int:
    """Take the ids out of texts and JSON of tables that hold no rows of customers; these are small."""
    if table in {result for _, result in RESULTS.values()} or "tenant_id" not in table.c:
        return 0
    texts = [column for column in table.c if isinstance(column.type, sa.JSON | sa.Text | sa.LargeBinary | LongText)]
    if not texts:
        return 0
    rows = 0
    keys = list(table.primary_key.columns)
    for row in connection.execute(sa.select(*keys, *texts).where(table.c.tenant_id == tenant_id)).all():
        changed = dict(_changes(row, texts, names))
        if changed:
            is_this = sa.and_(*(key == row._mapping[key.name] for key in keys))
            connection.execute(sa.update(table).where(is_this).values(**changed))
            rows += 1
    return rows


def _changes(row: sa.Row[Any], columns: Sequence[sa.Column[Any]], names: Names) -> Iterable[tuple[str, Any]]:
    for column in columns:
        value = row._mapping[column.name]
        if value is None:
            continue
        if isinstance(value, bytes):
            if names.occur_in(value):
                yield (
                    column.name,
                    _text(value.decode("utf-8", "surrogateescape"), names).encode("utf-8", "surrogateescape"),
                )
        elif isinstance(value, str):
            if (text := _text(value, names)) != value:
                yield column.name, text
        elif (content := filtered(value, names)) != value:
            yield column.name, content


def _text(value: str, names: Names) -> str:
    try:
        content = json.loads(value)
    except ValueError:
        pattern = names.pattern(value)
        return value if pattern is None else pattern.sub(MARK, value)
    remaining = filtered(content, names)
    return value if remaining == content else json.dumps(remaining, ensure_ascii=False)


def _know_runs_again(connection: sa.Connection, home: Path, tenant_id: int) -> None:
    """Write the hashes of the runs' files as they are now: else publishing one again would be refused as another."""
    folder = Runs(home).folder
    for run in (path for path in folder.iterdir() if is_run(path)) if folder.is_dir() else ():
        is_this = (RUNS.c.tenant_id == tenant_id) & (RUNS.c.name == run.name) & RUNS.c.is_complete
        if connection.scalar(sa.select(RUNS.c.id).where(is_this)) is not None:
            connection.execute(sa.update(RUNS).where(is_this).values(content_sha256=content_hash(run)))


def _give_space_back(engine: sa.Engine) -> None:
    """Let the database write over what was deleted, so that its files hold no byte of it."""
    statements = {"sqlite": ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"), "postgresql": ("VACUUM",)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements.get(engine.dialect.name, ()):
            connection.execute(sa.text(statement))
