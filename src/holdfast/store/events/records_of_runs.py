"""The records of a run in the project's store of events: raw rows a partition of customers at a time.

store_to_run_from(settings, home) -> EventStore | None     None: the run reads its files whole
StoredRecords.of_run(home, raw).partitions()               the rows that the run read, however much was added since
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import load_settings
from holdfast.store.events.files import read_rows
from holdfast.store.events.manifest import POINTER, Manifest
from holdfast.store.events.store import EventStore
from holdfast.store.events.upsert import VERSION, as_read, raw_name

EVENTS = "events"  # the folder of the store, in the project's


def store_to_run_from(settings: Settings, home: Path) -> EventStore | None:
    """The project's store, where there is one and a run can be made of it.

    Subscriptions are not: what the report says of their states is counted over whole tables. Nor is a run with other
    tables than the project's own settings: the store holds those.
    """
    if not (home / EVENTS / POINTER).is_file():
        return None
    if settings.has_no_events or any(table.subscriptions is not None for table in settings.tables.values()):
        return None
    own = home / FILE_NAME
    if not own.is_file() or load_settings(own).tables != settings.tables:
        return None
    store = EventStore.open(home / EVENTS)
    return store if store.version else None


def open_unchanged(home: Path, mark: str) -> EventStore:
    """The project's store in the version with that mark.

    Raises:
        HoldfastError: another process changed it meanwhile.
    """
    store = EventStore.open(home / EVENTS)
    if store.mark != mark:
        raise HoldfastError(
            f"{store.folder}: the store was changed while the run was at work (it is at version {store.version} now).",
            fix=f"Run again: holdfast run {home}",
        )
    return store


def stored_tables(settings: Settings) -> list[str]:
    """The tables whose rows a store holds; the others are read whole."""
    return [name for name, table in settings.tables.items() if table.holds != "lookup"]


def unreadable_rows(manifest: Manifest) -> dict[str, int]:
    """How many rows of each table could not be read; an older store did not count them: all not stored."""
    counted: dict[str, int] | None = manifest.notes.get("unreadable")
    if counted is not None:
        return dict(counted)
    rows_read: dict[str, int] = manifest.notes.get("last_row", {})
    return {name: rows - manifest.tables[raw_name(name)].rows for name, rows in rows_read.items()}


@dataclass(frozen=True)
class StoredRecords:
    """The raw rows of one version of a store."""

    store: EventStore
    version: int
    newest_first: Mapping[str, bool]  # table -> whether the newest file's row of a customer counts

    @classmethod
    def now(cls, store: EventStore, settings: Settings) -> Self:
        """All rows that the store holds."""
        holds = {name: settings.tables[name].holds == "customers" for name in stored_tables(settings)}
        return cls(store, store.version, holds)

    @classmethod
    def of_run(cls, home: Path, record: Mapping[str, Any]) -> Self:
        """The rows that a run read, from `store` of its raw.json.

        Raises:
            HoldfastError: the store is another one than the run's.
        """
        store = EventStore.open(home / EVENTS)
        if not store.was_version(record["version"], record["mark"]):
            raise HoldfastError(
                f"{store.folder}: this is not the store that the run was made of (version {record['version']}, "
                f"{record['mark']}).",
                fix=f"Restore {store.folder} from a backup; or run again: holdfast run {home}",
            )
        return cls(store, record["version"], record["newest_first"])

    def to_record(self) -> dict[str, Any]:
        """As raw.json keeps it."""
        return {"version": self.version, "mark": self.store.mark, "newest_first": dict(self.newest_first)}

    def partitions(self) -> Iterator[dict[str, pl.DataFrame]]:
        """The raw tables of each partition that has rows, as reading its files gave them; one, if none has any."""
        is_empty = True
        for partition in range(self.store.partitions):
            tables = self._tables(partition)
            if any(table.height for table in tables.values()):
                is_empty = False
                yield tables
        if is_empty:
            yield self._tables(0)

    def whole(self, keep: Mapping[str, pl.Expr] | None = None) -> dict[str, pl.DataFrame]:
        """All partitions together, in the order of the files; of tables in `keep` only the rows that meet it."""
        keep = keep or {}
        parts = [
            {name: table.filter(keep[name]) if name in keep else table for name, table in tables.items()}
            for tables in self.partitions()
        ]
        # A customer is in one partition, so which of its rows comes first stays as it was.
        return {name: pl.concat([tables[name] for tables in parts]).sort("_row") for name in self.newest_first}

    def rows(self) -> dict[str, int]:
        """How many rows of each table are stored."""
        return {name: self.store.manifest.tables[raw_name(name)].rows for name in self.newest_first}

    def schemas(self) -> dict[str, pl.DataFrame]:
        """Each table without its rows."""
        return {name: as_read([self._types(name)], newest_first=False) for name in self.newest_first}

    def spelling(self) -> dict[str, dict[str, SpellingCounts]]:
        """How whole columns of ids and words are spelt, by table; columns without either are left out."""
        noted = self.store.manifest.notes.get("spelling", {})
        counted = {
            table: {name: SpellingCounts.from_record(counts) for name, counts in columns.items()}
            for table, columns in noted.items()
        }
        return {
            table: {name: counts for name, counts in columns.items() if counts != SpellingCounts()}
            for table, columns in counted.items()
        }

    def _types(self, name: str) -> pl.DataFrame:
        table = self.store.manifest.tables.get(raw_name(name))
        if table is None:
            raise HoldfastError(
                f"{name}: none of its files is in {self.store.folder}.",
                fix=f"Name its files in holdfast.yaml; then holdfast ingest {self.store.folder.parent}",
            )
        return pl.DataFrame(schema=table.schema)

    def _tables(self, partition: int) -> dict[str, pl.DataFrame]:
        tables = {}
        for name, newest_first in self.newest_first.items():
            files = self.store.manifest.tables[raw_name(name)].files.get(partition, ()) if self._has(name) else ()
            frames = [read_rows(self.store.folder, file) for file in files]
            older = [frame.filter(pl.col(VERSION) <= self.version) for frame in frames]
            tables[name] = as_read([self._types(name), *older], newest_first=newest_first)
        return tables

    def _has(self, name: str) -> bool:
        return raw_name(name) in self.store.manifest.tables
