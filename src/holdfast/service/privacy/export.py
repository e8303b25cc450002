"""The right to see everything: an id in, every row that a project keeps about the person out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.errors import NotFoundError
from holdfast.features.partitioning import partition_of
from holdfast.formatting import plural
from holdfast.ingest.ingest import FOLDER as EVENTS
from holdfast.service.privacy.erase import with_other_names
from holdfast.service.results import Result, plain_values
from holdfast.sources.snapshot import MANIFEST, load_snapshot
from holdfast.store import artifacts
from holdfast.store.erasure.rows import rows_of_customers
from holdfast.store.erasure.runs import RAW
from holdfast.store.erasure.tombstones import canonical
from holdfast.store.events.manifest import POINTER
from holdfast.store.events.store import EventStore
from holdfast.store.runs import Runs

if TYPE_CHECKING:
    import sqlalchemy as sa

    from holdfast.service.project import Project

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PersonalRecords(Result):
    """Everything that a project keeps about one customer."""

    customer_id: str
    """whom it is about"""
    ids: Sequence[str]
    """every id that the person is known under"""
    at: str
    """when it was put together, UTC"""
    records: Mapping[str, Mapping[str, Rows]]
    """snapshot of the files that were read -> table -> rows as the files wrote them"""
    sources: Mapping[str, Rows]
    """snapshot -> the files it was read from: path, SHA-256, rows"""
    events: Mapping[str, Rows]
    """table of the event store -> rows"""
    runs: Mapping[str, Mapping[str, Rows]]
    """run -> file -> rows: predictions with reasons, plan, features, segment and everything else"""
    database: Mapping[str, Rows]
    """table of the results database -> rows: what was published, and the lists the person stands in"""

    @property
    def rows(self) -> int:
        """How many rows all of it has."""
        tables = [*self.records.values(), self.events, *self.runs.values(), self.database]
        return sum(len(rows) for each in tables for rows in each.values())

    @property
    def sentence(self) -> str:
        return f"{plural(self.rows, 'row')} about {self.customer_id}."


def export(
    project: "Project", customer_id: str, *, now: datetime, engine: "sa.Engine | None" = None
) -> PersonalRecords:
    """Everything that a project keeps about one customer.

    Args:
        project: of the customer.
        customer_id: as in the records or in the outputs.
        now: written into the record.
        engine: of the results database; None: the project's own.

    Raises:
        NotFoundError: nothing here is about that id.
    """
    ids = with_other_names(project, [canonical(customer_id)])
    records, sources = _of_snapshots(project, ids)
    collected = PersonalRecords(
        canonical(customer_id),
        tuple(ids),
        f"{now:%Y-%m-%dT%H:%M:%S%z}",
        records,
        sources,
        dict(_of_events(project.folder / EVENTS, ids)),
        {run.name: tables for run in Runs(project.folder).finished() if (tables := dict(_of_run(run, ids)))},
        _of_database(project, ids, engine),
    )
    if not collected.rows:
        raise NotFoundError(
            f"Nothing in {project.folder} is about {customer_id!r}.",
            fix=f"holdfast show {project.folder} lists customers with their ids.",
        )
    return collected


def _of_snapshots(project: "Project", ids: Sequence[str]) -> tuple[dict[str, dict[str, Rows]], dict[str, Rows]]:
    """Rows by snapshot and table; of snapshots that hold the same rows of the person the newest alone."""
    records: dict[str, dict[str, Rows]] = {}
    sources = {}
    listed: list[dict[str, Rows]] = []
    folders = [folder for folder in (project.folder / RAW).glob("*") if (folder / MANIFEST).is_file()]
    for folder in sorted(folders, key=lambda each: each.stat().st_mtime, reverse=True):
        tables = rows_of_customers(load_snapshot(folder), project.settings, ids)
        rows = {name: plain(table.drop("_row")) for name, table in tables.items()}
        if not rows or rows in listed:
            continue
        listed.append(rows)
        records[folder.name] = rows
        described = artifacts.read_json(folder / MANIFEST)["tables"]
        sources[folder.name] = [
            {"table": name, "file": file["path"], "sha256": file["sha256"], "rows": file["rows_read"]}
            for name in rows
            for file in described[name]["files"]
        ]
    return records, sources


def _of_events(folder: Path, ids: Sequence[str]) -> Iterator[tuple[str, Rows]]:
    if not (folder / POINTER).is_file():
        return
    store = EventStore.open(folder)
    customers = pl.Series("customer_id", ids, dtype=pl.String)
    where = partition_of(customers, store.partitions)
    collected: dict[str, Rows] = {}
    for partition in where.unique().sort().to_list():
        wanted = {name: schema.names() for name, schema in store.tables.items()}
        for name, table in store.load(partition, wanted, customers).items():
            collected.setdefault(name, []).extend(plain(table))
    yield from ((name, rows) for name, rows in collected.items() if rows)


def _of_run(run: Path, ids: Sequence[str]) -> Iterator[tuple[str, Rows]]:
    customers = pl.Series("customer_id", ids, dtype=pl.String).implode()
    for file in sorted(run.rglob("*.parquet")):
        if "customer_id" in pl.read_parquet_schema(file):
            rows = pl.scan_parquet(file, hive_partitioning=False).filter(pl.col("customer_id").is_in(customers))
            table = rows.collect()
            if table.height:
                yield file.relative_to(run).as_posix(), plain(table)


def _of_database(project: "Project", ids: Sequence[str], served: "sa.Engine | None") -> dict[str, Rows]:
    if served is None and not project.has_results:
        return {}
    from holdfast.store.erasure.database import rows_in_database
    from holdfast.store.results.engine import results_engine
    from holdfast.store.results.migrate import migrate

    engine = served if served is not None else results_engine(project.settings.results.url, project.results_folder)
    try:
        migrate(engine)
        collected = rows_in_database(engine, project.tenant, ids)
    finally:
        if served is None:
            engine.dispose()
    return {name: [plain_values(row) for row in rows] for name, rows in collected.items()}


def plain(table: pl.DataFrame) -> Rows:
    """Rows as JSON can write them."""
    numbers = table.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))  # JSON knows no NaN
    return [plain_values(row) for row in numbers.to_dicts()]
