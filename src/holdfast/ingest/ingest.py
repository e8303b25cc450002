"""Adds a project's new files to its store of events, cleaned by the code of a run, in bounded memory.

Docs: docs/guides/larger-than-memory.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.ingest.future_rows import far_future_words
from holdfast.ingest.partition_cleaner import CleaningCounts, PartitionCleaner, refuse_unreadable_times
from holdfast.ingest.reading import (
    NewFile,
    NewRecords,
    SpellingByTable,
    needs_another_reading,
    read_new,
    refuse_ids_of_two_types,
    rows_expected,
    spelling_from_record,
    spelling_to_record,
)
from holdfast.ingest.report import IngestResult, ingest_report
from holdfast.pipeline.collect import side_tables
from holdfast.progress import SILENT, Progress
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import load_settings
from holdfast.sources.locate import find_sources
from holdfast.sources.match_table import table_for
from holdfast.sources.read import read_table
from holdfast.store.artifacts import sha256, write_json
from holdfast.store.erasure.tombstones import load_tombstones
from holdfast.store.events.commit import BUSY, SPILLED, Commit, committing
from holdfast.store.events.manifest import CLEANED_AGAIN, POINTER, RAW, Manifest, Source, refuse_added_sources
from holdfast.store.events.records_of_runs import store_to_run_from, unreadable_rows
from holdfast.store.events.spill import Spill
from holdfast.store.events.store import EventStore, partitions_for
from holdfast.store.events.upsert import raw_name
from holdfast.store.locks import exclusive_lock
from holdfast.store.memory import memory_limit_gb
from holdfast.store.runs import key_of

FOLDER = "events"
REPORT = "ingest-report.json"
_WORKERS = 2  # partitions cleaned at a time, where memory allows
_BYTES_A_ROW = 800  # while a partition is cleaned and written; measured, with room


def ingest(
    settings: Settings,
    folder: Path,
    files: Sequence[Path] = (),
    *,
    progress: Progress = SILENT,
    now: datetime | None = None,
) -> IngestResult:
    """Add the project's files that its store does not hold yet.

    Args:
        settings: the project's.
        folder: the project's folder; the store is its folder `events`, which is created where it is missing.
        files: new files in the layout of one of the project's tables each; empty: those that holdfast.yaml names.
        progress: hears what is being done, how many rows of how many.
        now: rows dated after it are reported; nothing else is computed from it.

    Returns:
        Counts by table: rows in = rows kept + rows set aside; the full report is events/ingest-report.json.

    Raises:
        HoldfastError: a table whose customers are found through another one, a file that fits no table or was added
            before, records that cannot be read.
    """
    _refuse_rows_without_customer(settings, folder)
    candidates = [*_named(settings, files)] if files else [*_listed(settings, folder)]
    store = folder / FOLDER
    if not (store / POINTER).exists():
        # Of two processes that both find no store, one creates it; the other is asked to wait.
        with exclusive_lock(store / ".lock", BUSY.format(folder=store)):
            if not (store / POINTER).exists():
                EventStore.create(store, partitions_for(rows_expected(candidates)))
    with committing(store) as commit:
        new = _not_added(commit.before, candidates, is_named=bool(files))
        lookups = {
            name: read_table(name, table, folder).rows
            for name, table in settings.tables.items()
            if table.holds == "lookup"
        }
        lookups |= {name: read_table(name, table, folder).rows for name, table in side_tables(settings).items()}
        key = _settings_key(settings, folder)
        has_new_settings = commit.before.version > 0 and commit.before.notes.get("settings") != key
        if not new and not has_new_settings:
            nothing = NewRecords({}, {}, 0), CleaningCounts()
            return IngestResult(store, ingest_report(commit.before.version, [], *nothing, cleaned_again=False))
        return _Ingest(commit, settings, lookups, progress, now).run(new, key, cleans_all=has_new_settings)


def take_in_new_files(settings: Settings, folder: Path, progress: Progress, now: datetime) -> tuple[str, ...]:
    """Add the project's new files to its store before a run, where the run is made from it; what was added.

    Args:
        settings: of the run; its cutoff decides nothing about what is stored.
        folder: the project's folder.
        progress: hears how many rows are done.
        now: rows dated after it are reported.

    Raises:
        HoldfastError: as `ingest`.
    """
    if store_to_run_from(settings, folder) is None:
        return ()
    result = ingest(load_settings(folder / FILE_NAME), folder, progress=progress, now=now)
    return (result.sentence, *result.report["notes"]) if result.report["files"] else ()


@dataclass
class _Ingest:
    """One ingest, from new files to a new version of the store."""

    commit: Commit
    settings: Settings
    lookups: dict[str, pl.DataFrame]
    progress: Progress
    now: datetime | None

    def run(self, new: list[NewFile], key: str, *, cleans_all: bool) -> IngestResult:
        commit = self.commit
        spill = Spill(commit.folder / SPILLED, commit.before.partitions)
        try:
            records, spill = self._read(new, spill)
            cleans_all = cleans_all or self._changes_spelling(records)
            counts = self._clean(spill, records, cleans_all=cleans_all)
        finally:
            spill.close()
        refuse_unreadable_times(counts, self.settings)
        for file in new:
            commit.add_source(file.sha256, {"name": file.path.name, "table": file.table})
        commit.note(settings=key, spelling=spelling_to_record(records.spelling), last_row=records.last_row)
        commit.note(unreadable=dict(Counter(unreadable_rows(commit.before)) + records.unreadable))
        if cleans_all:
            commit.note(**{CLEANED_AGAIN: commit.version})
        commit.finish()
        report = ingest_report(commit.version, new, records, counts, cleaned_again=cleans_all)
        size_warning = EventStore.open(commit.folder).size_warning
        far_future = counts.days.far_future(self.now, is_all=cleans_all or not commit.before.version)
        report["notes"] = [*records.notes, *counts.unreadable_notes()]
        report["notes"] += [f"{name}: {far_future_words(rows)}" for name, rows in far_future.items()]
        report["notes"] += [size_warning] if size_warning else []
        report["far_future"] = far_future
        write_json(commit.folder / REPORT, report)
        return IngestResult(commit.folder, report)

    def _changes_spelling(self, records: NewRecords) -> bool:
        """Whether stored values are spelt another way with the new ones."""
        earlier = spelling_from_record(self.commit.before.notes.get("spelling", {}))
        return any(
            records.spelling[table][name].changes(counts)
            for table, columns in earlier.items()
            for name, counts in columns.items()
            if name in records.spelling.get(table, {})
        )

    def _read(self, new: list[NewFile], spill: Spill) -> tuple[NewRecords, Spill]:
        earlier = spelling_from_record(self.commit.before.notes.get("spelling", {}))
        records = self._read_into(spill, new, {table: dict(columns) for table, columns in earlier.items()})
        refuse_ids_of_two_types(self.settings, records)
        for table, columns in earlier.items():
            if "customer_id" in columns and columns["customer_id"].changes(records.spelling[table]["customer_id"]):
                raise HoldfastError(
                    f"{table}: ids that the store holds were written as 17850.0 and read as 17850; now there are "
                    "ids that are no whole numbers, so they can no longer be read so.",
                    fix=f"Write the ids alike in all files; or move {self.commit.folder} away and ingest again.",
                )
        if not needs_another_reading(records):
            return records, spill
        spill.close()
        spill = Spill(self.commit.folder / SPILLED, self.commit.before.partitions)
        return self._read_into(spill, new, records.spelling), spill

    def _read_into(self, spill: Spill, new: list[NewFile], spelling: SpellingByTable) -> NewRecords:
        records = NewRecords(spelling, dict(self.commit.before.notes.get("last_row", {})), self.commit.version)
        tombstones = load_tombstones(self.commit.folder.parent)
        read_new(self.settings, new, spill, records, self.progress, tombstones)
        return records

    def _clean(self, spill: Spill, records: NewRecords, *, cleans_all: bool) -> CleaningCounts:
        commit = self.commit
        for table, types in records.schemas.items():
            earlier = commit.before.tables.get(raw_name(table))
            old = pl.DataFrame(schema=earlier.schema) if earlier else types
            together = pl.concat([old, types], how="diagonal_relaxed").schema
            columns = {name: str(dtype) for name, dtype in together.items()}
            commit.declare(raw_name(table), RAW, columns, replace_columns=True)
        spellings = {
            table: {name: counts.decided() for name, counts in columns.items()}
            for table, columns in records.spelling.items()
        }
        last_row = commit.before.notes.get("last_row", {})
        cleaner = PartitionCleaner(commit, spill, self.settings, self.lookups, spellings, cleans_all)
        waiting = _rows_to_clean(commit.before, spill, cleans_all=cleans_all)
        counts, done, total = CleaningCounts(), 0, sum(waiting.values())
        heaviest = max(_with_stored(commit.before, waiting).values(), default=0) * _BYTES_A_ROW
        workers = _WORKERS if _WORKERS * heaviest < memory_limit_gb(self.settings) * 2**30 / 2 else 1
        with ThreadPoolExecutor(workers) as pool:
            for rows, cleaned in zip(waiting.values(), pool.map(cleaner.clean, waiting), strict=True):
                counts.add(cleaned, last_row)
                done += rows
                self.progress.update("cleaning and writing", done, total)
        cleaner.drop_other_tables()
        return counts


def _rows_to_clean(before: Manifest, spill: Spill, *, cleans_all: bool) -> dict[int, int]:
    rows = {
        partition: sum(counts[partition] for counts in spill.rows.values()) for partition in range(before.partitions)
    }
    if cleans_all:
        rows = _with_stored(before, rows)
    return {partition: count for partition, count in rows.items() if count}


def _with_stored(before: Manifest, rows: Mapping[int, int]) -> dict[int, int]:
    """The rows of partitions and the raw rows that are stored there."""
    raw = [table for table in before.tables.values() if table.kind == RAW]
    return {
        partition: count + sum(file.rows for table in raw for file in table.files.get(partition, ()))
        for partition, count in rows.items()
    }


def _refuse_rows_without_customer(settings: Settings, folder: Path) -> None:
    if settings.has_no_events:
        raise HoldfastError(
            f"{folder}: one row a customer holds no events to store.",
            fix=f"holdfast run {folder}",
        )
    for setting, value in (("identities", settings.identities), ("roll_up", settings.roll_up)):
        if value is not None:
            raise HoldfastError(
                f"{setting}: who counts as whom is known only after all ids are read: no rows for a store.",
                fix=f"holdfast run {folder} reads the tables whole; or write the final ids into the files.",
            )
    for name, table in settings.tables.items():
        if table.parts_of is not None:
            raise HoldfastError(
                f"{name}: its rows are parts of {table.parts_of.table}, and carry no customer to be stored by.",
                fix=f"holdfast run {folder} reads the tables whole.",
            )
        if table.through is not None:
            raise HoldfastError(
                f"{name}: its customers are found through {table.through.table}, so its rows belong to no "
                "customer before both tables are read completely.",
                fix=f"holdfast run {folder} reads whole tables; or write customer_id into the files of {name}.",
            )
        column = table.columns.get("customer_id")
        if column is not None and column.kind not in {Kind.TEXT, Kind.NUMBER} and table.holds != "lookup":
            raise HoldfastError(
                f"{name}: customer_id has the kind {column.kind.value}.",
                fix=f"In {FILE_NAME}: tables.{name}.columns.customer_id.kind: text",
            )


def _named(settings: Settings, files: Sequence[Path]) -> Iterator[NewFile]:
    for file in files:
        yield NewFile(table_for(settings, file), file, sha256(file))


def _listed(settings: Settings, folder: Path) -> Iterator[NewFile]:
    for name, table in settings.tables.items():
        if table.holds != "lookup":
            for path in find_sources(name, table.files, folder):
                yield NewFile(name, path, sha256(path))


def _not_added(before: Manifest, candidates: Sequence[NewFile], *, is_named: bool) -> list[NewFile]:
    """The files whose content was not added before; each content once."""
    if is_named:
        refuse_added_sources(before, [Source(file.path.name, file.sha256) for file in candidates])
    new: dict[str, NewFile] = {}
    for file in candidates:
        if file.sha256 not in before.sources:
            new.setdefault(file.sha256, file)
    return list(new.values())


def _settings_key(settings: Settings, folder: Path) -> str:
    """A hash that changes when stored rows would be cleaned to something else."""
    tables = {name: table.model_dump(mode="json", exclude={"files"}) for name, table in settings.tables.items()}
    lookups = {
        name: [sha256(path) for path in find_sources(name, table.files, folder)]
        for name, table in (settings.tables | side_tables(settings)).items()
        if table.holds == "lookup"
    }
    quality, currencies = (section.model_dump(mode="json") for section in (settings.quality, settings.currencies))
    days = str(settings.cutoff), str(settings.exported_on)
    return key_of(tables, lookups, quality, currencies, settings.currency, settings.time_zone, *days)
