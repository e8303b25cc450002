"""Publishes a finished run: its folder in, rows of the results database out, and readers see all of them or none.

Rows are written under the run's own key while readers are still led to the run before; the pointer of the tenant is
moved in the last transaction. Publishing the same run again changes nothing.
"""

import hashlib
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.progress import SILENT, Progress
from holdfast.sources.database.connect import location
from holdfast.store.artifacts import read_json, sha256
from holdfast.store.erasure.tombstones import load_tombstones
from holdfast.store.results.bulk import ROWS_A_BATCH, count_values, write_rows
from holdfast.store.results.documents import has_documents, write_documents
from holdfast.store.results.engine import results_errors
from holdfast.store.results.migrate import migrate
from holdfast.store.results.run_documents import activity_by_period, run_documents
from holdfast.store.results.run_rows import RunTable, run_tables, without_erased
from holdfast.store.results.schema import CURRENT_RUNS, KNOWN_CUSTOMER_ROWS, RESULTS, RUNS, TENANTS
from holdfast.store.results.tenants import tenant_number
from holdfast.tables.contracts import LONGEST_KEY
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, SEGMENTS

WRITERS = 2  # of one table at once, where the database takes several
_SECONDS_A_LOOK = 0.2  # at what the writers have written
_SUMMARY = "reports/summary.json"
_CONTENT = (PREDICTIONS.path, PLAN.path, SEGMENTS.path, KPIS.path)  # what makes two runs of one name the same


@dataclass(frozen=True)
class Published:
    """What a database holds of a run now."""

    database: str  # of the database, without its password
    tenant: str
    run: str
    rows: dict[str, int]  # table -> rows of this run
    is_new: bool  # False: the database held this run already
    removed_runs: tuple[str, ...]  # older runs whose rows were removed
    erased_customers: int = 0  # whose rows were left out


@dataclass(frozen=True)
class _Target:
    tenant_id: int
    run_id: int
    published_at: datetime | None = None  # as the run's row says it; another once somebody else writes this run
    is_read: bool = False  # readers may be led to it already: what it lacks comes whole or not at all


def publish_run(
    engine: sa.Engine,
    run: Path,
    *,
    tenant: str,
    now: datetime,
    keep_runs: int,
    progress: Progress = SILENT,
) -> Published:
    """Write what a run left into the results database, and lead readers to it.

    Args:
        engine: of the database; its tables are created or brought up to date.
        run: the folder of a complete run.
        tenant: whose it is.
        now: when it is published.
        keep_runs: how many runs of the tenant keep their rows; the oldest lose theirs, their key figures stay.
        progress: hears how many rows are written.

    Raises:
        HoldfastError: the run is not complete or was changed, or the database refuses.
    """
    if len(tenant) > LONGEST_KEY or not tenant.strip():
        raise HoldfastError(
            f"A tenant's name has 1 to {LONGEST_KEY} letters; this one has {len(tenant)}.", fix="Use a shorter name."
        )
    manifest = run / "manifest.json"
    if not manifest.is_file() or not read_json(manifest).get("complete"):
        raise HoldfastError(f"{run}: this run is not complete.", fix=f"holdfast run {run.parents[1]}")
    content = content_hash(run)
    with results_errors(engine):
        earlier = _published_before(engine, run, tenant, content)
    if earlier is not None:
        return earlier
    periods = activity_by_period(run)
    tables, erased = without_erased(run_tables(run, periods), load_tombstones(run.parents[1]))
    documents = run_documents(run, periods)
    migrate(engine)
    with results_errors(engine):
        target, is_written = _announce(engine, run, tenant, content, now)
        if not is_written:
            _write(engine, target, tables, progress)
            with engine.begin() as connection:
                write_documents(connection, target.tenant_id, target.run_id, documents)
        _move_pointer(engine, target, run)
        removed = _remove_oldest(engine, target, keep_runs)
    rows = {each.table.name: each.height for each in tables}
    return Published(location(engine), tenant, run.name, rows, not is_written, removed, erased)


def _published_before(engine: sa.Engine, run: Path, tenant: str, content: str) -> Published | None:
    """What the database holds where it leads readers to this very run already, else None; nothing of it is read."""
    if not sa.inspect(engine).has_table(RUNS.name):
        return None
    migrate(engine)
    with engine.connect() as connection:
        current = connection.execute(
            sa.select(RUNS.c.tenant_id, RUNS.c.id)
            .join(TENANTS, RUNS.c.tenant_id == TENANTS.c.id)
            .join(CURRENT_RUNS, CURRENT_RUNS.c.run_id == RUNS.c.id)
            .where(TENANTS.c.name == tenant, RUNS.c.name == run.name)
            .where(RUNS.c.content_sha256 == content, RUNS.c.is_complete)
        ).first()
        if current is None or not has_documents(connection, current.tenant_id, current.id):
            return None
    target = _Target(current.tenant_id, current.id)
    rows = {table.name: _count(engine, table, target) for _, table in RESULTS.values()}
    if not rows[KNOWN_CUSTOMER_ROWS.name]:
        return None  # an earlier version published less of it
    return Published(location(engine), tenant, run.name, rows, is_new=False, removed_runs=())


def content_hash(run: Path) -> str:
    """The hash of what makes two runs of one name the same."""
    digest = hashlib.sha256()
    for path in (*_CONTENT, _SUMMARY):
        digest.update(f"{path}:{sha256(run / path)}\n".encode())
    return digest.hexdigest()


def _announce(engine: sa.Engine, run: Path, tenant: str, content: str, now: datetime) -> tuple[_Target, bool]:
    """The keys of tenant and run, created where they are new; and whether all rows of this content stand there."""
    manifest, summary = read_json(run / "manifest.json"), read_json(run / _SUMMARY)
    cutoff = summary["cutoff"]
    values = {
        "project": summary["project"],
        "content_sha256": content,
        "is_complete": False,
        "cutoff": datetime.fromisoformat(cutoff).replace(tzinfo=UTC) if cutoff else None,
        "currency": manifest["settings"]["currency"],
        "simulated": manifest["simulated"],
        "published_at": now,
        "summary": summary,
    }
    with engine.begin() as connection:
        tenant_id = tenant_number(connection, tenant, now)
        is_run = (RUNS.c.tenant_id == tenant_id) & (RUNS.c.name == run.name)
        before = connection.execute(
            sa.select(RUNS.c.id, RUNS.c.content_sha256, RUNS.c.is_complete, RUNS.c.published_at).where(is_run)
        ).first()
        if before is not None and before.is_complete and before.content_sha256 == content:
            # What an earlier version published of the same run is completed.
            target = _Target(tenant_id, before.id, before.published_at, is_read=True)
            return target, has_documents(connection, tenant_id, before.id)
        if before is None:
            run_id = _inserted(connection, RUNS, {"tenant_id": tenant_id, "name": run.name, **values})
            return _Target(tenant_id, run_id, now), False
        if before.is_complete:
            raise _other_contents(run)
        # Only while it is unfinished: whoever completed it meanwhile has led readers to these rows.
        if not connection.execute(sa.update(RUNS).where(is_run, ~RUNS.c.is_complete).values(**values)).rowcount:
            raise _published_by_another(run)
    target = _Target(tenant_id, before.id, now)
    for _, table in RESULTS.values():
        _delete(engine, table, target)
    return target, False


def _other_contents(run: Path) -> HoldfastError:
    """A run never changes once it was published: readers may be in the middle of it."""
    return HoldfastError(
        f"{run}: the database holds a run of this name with other contents.",
        fix=f"Make a new run and publish that: holdfast run {run.parents[1]}.",
    )


def _published_by_another(run: Path) -> HoldfastError:
    return HoldfastError(
        f"{run}: somebody else is publishing this run at this moment.",
        fix=f"Wait until that is done, then: holdfast publish {run.parents[1]}.",
    )


def _inserted(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> int:
    key = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def _write(engine: sa.Engine, target: _Target, tables: list[RunTable], progress: Progress) -> None:
    total = sum(each.height for each in tables)
    written = 0
    # SQLite has one writer at a time. Elsewhere the shares of a table are committed apart from each other, which nobody
    # sees while no pointer leads to the run.
    is_alone = engine.dialect.name == "sqlite" or target.is_read
    for each in tables:
        if _count(engine, each.table, target) == each.height:
            continue  # an earlier version published this one already
        with _Writers(engine, target, each.shares(1 if is_alone else WRITERS)) as writers:
            for rows in writers.written():
                progress.update(f"publishing {each.table.name}", written + rows, total)
        written += each.height
        with engine.begin() as connection:
            count_values(connection, each.table)


class _Writers:
    """The shares of one table on their way into the database at once, each in a transaction of its own."""

    def __init__(self, engine: sa.Engine, target: _Target, shares: list[RunTable]) -> None:
        self._engine, self._shares = engine, shares
        numbers = {"tenant_id": target.tenant_id, "run_id": target.run_id}
        self._keys = [pl.lit(number, pl.Int64).alias(name) for name, number in numbers.items()]
        self._pool = ThreadPoolExecutor(len(shares))
        self._batches = queue.SimpleQueue[int]()
        self._is_left = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left.set()
        self._pool.shutdown()

    def written(self) -> Iterator[int]:
        """How many rows are written, again and again until all are; what stopped one writer is raised."""
        pending = {self._pool.submit(self._write, share) for share in self._shares}
        rows = 0
        while pending:
            done, pending = wait(pending, timeout=_SECONDS_A_LOOK, return_when=FIRST_COMPLETED)
            while not self._batches.empty():
                rows += self._batches.get()
            yield rows
            for each in done:
                each.result()

    def _write(self, share: RunTable) -> None:
        with self._engine.begin() as connection, _one_ahead(share.parts()) as pieces:
            for piece in pieces:
                filled = {*piece.columns, "tenant_id", "run_id"}
                columns = [column.name for column in share.table.columns if column.name in filled]
                for batch in piece.with_columns(self._keys).select(columns).iter_slices(ROWS_A_BATCH):
                    if self._is_left.is_set():
                        raise CancelledError
                    write_rows(connection, share.table, batch)
                    self._batches.put(batch.height)


@contextmanager
def _one_ahead(pieces: Iterator[pl.DataFrame]) -> Iterator[Iterator[pl.DataFrame]]:
    """The pieces, each read while the one before it is written."""
    with ThreadPoolExecutor(1) as reader:

        def read() -> Iterator[pl.DataFrame]:
            coming = reader.submit(next, pieces, None)
            while (rows := coming.result()) is not None:
                coming = reader.submit(next, pieces, None)
                yield rows

        yield read()


def _count(engine: sa.Engine, table: sa.Table, target: _Target) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(_of(table, target))) or 0


def _move_pointer(engine: sa.Engine, target: _Target, run: Path) -> None:
    """In one transaction: call the run complete where nobody else began to write it since, lead readers to it."""
    with engine.begin() as connection:
        is_ours = (RUNS.c.id == target.run_id) & (RUNS.c.published_at == target.published_at)
        if not connection.execute(sa.update(RUNS).where(is_ours).values(is_complete=True)).rowcount:
            raise _published_by_another(run)
        moved = connection.execute(
            sa.update(CURRENT_RUNS).where(CURRENT_RUNS.c.tenant_id == target.tenant_id).values(run_id=target.run_id)
        )
        if not moved.rowcount:
            current = connection.scalar(
                sa.select(CURRENT_RUNS.c.run_id).where(CURRENT_RUNS.c.tenant_id == target.tenant_id)
            )
            if current is None:  # MySQL counts no row where the value is already that
                connection.execute(sa.insert(CURRENT_RUNS).values(tenant_id=target.tenant_id, run_id=target.run_id))


def _of(table: sa.Table, target: _Target) -> sa.ColumnElement[bool]:
    return (table.c.tenant_id == target.tenant_id) & (table.c.run_id == target.run_id)


def _remove_oldest(engine: sa.Engine, target: _Target, keep_runs: int) -> tuple[str, ...]:
    """Remove the customers' rows of the tenant's oldest runs; key figures, and what a run was, stay."""
    with engine.begin() as connection:
        query = sa.select(RUNS.c.id, RUNS.c.name).where(RUNS.c.tenant_id == target.tenant_id, RUNS.c.is_complete)
        runs = connection.execute(query.order_by(RUNS.c.name.desc())).all()
    old = [run for run in runs[keep_runs:] if run.id != target.run_id]
    removed = []
    for run in old:
        deleted = [
            _delete(engine, table, _Target(target.tenant_id, run.id))
            for contract, table in RESULTS.values()
            if contract.key == "customer_id"
        ]
        if sum(deleted):
            removed.append(run.name)
    return tuple(removed)


def _delete(engine: sa.Engine, table: sa.Table, target: _Target) -> int:
    """Delete the rows of one run, a part at a time, so that no transaction grows with the business."""
    key = table.primary_key.columns.values()[-1]
    deleted = 0
    while True:
        with engine.begin() as connection:
            next_batch = sa.select(key).where(_of(table, target)).order_by(key).offset(ROWS_A_BATCH).limit(1)
            end = connection.scalar(next_batch)
            condition = _of(table, target) if end is None else _of(table, target) & (key < end)
            deleted += connection.execute(sa.delete(table).where(condition)).rowcount
        if end is None:
            return deleted
