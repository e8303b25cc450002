"""A project's records into its store of events: file by file, cleaned by the same code as a run, in bounded memory.

Docs: docs/guides/larger-than-memory.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.ingest.cleaning import PartCleaner, Tallies, refuse_where_no_time_was_read
from holdfast.ingest.reading import (
    Arrived,
    NewFile,
    Seen,
    ids_must_be_placed_again,
    read_new,
    refuse_ids_of_two_types,
    rows_expected,
    seen_of,
    seen_record,
)
from holdfast.ingest.report import report_of
from holdfast.pipeline.collect import side_tables
from holdfast.pipeline.future_rows import far_future_words
from holdfast.progress import SILENT, Progress
from holdfast.settings import FILE_NAME, Settings, Shape
from holdfast.sources.locate import find_sources
from holdfast.sources.match_table import table_for
from holdfast.sources.read import read_table
from holdfast.store.artifacts import sha256, write_json
from holdfast.store.events.commit import SPILLED, Commit, committing
from holdfast.store.events.manifest import CLEANED_ANEW, POINTER, RAW, Manifest, Source, refuse_again
from holdfast.store.events.spill import Spill
from holdfast.store.events.store import EventStore, partitions_for
from holdfast.store.events.upsert import raw_name
from holdfast.store.runs import key_of

FOLDER = "events"
REPORT = "ingest-report.json"
_WORKERS = 2  # partitions cleaned at a time, where memory allows
_BYTES_A_ROW = 800  # while a partition is cleaned and written; measured, with room


@dataclass(frozen=True)
class Ingested:
    """What became of the new files."""

    folder: Path
    report: dict[str, Any]

    @property
    def sentence(self) -> str:
        new = self.report
        if not new["files"] and not new["cleaned_anew"]:
            return f"Nothing new: all files of the project are in the store (version {new['version']})."
        return (
            f"{plural(new['rows_in'], 'row')} of {plural(len(new['files']), 'new file')} in = {new['rows_kept']:,} "
            f"kept + {new['rows_set_aside']:,} set aside; new or changed rows of "
            f"{plural(new['touched_customers'], 'customer')}; the store is at version {new['version']}"
            + ("; all rows were cleaned anew, as settings or spellings changed" if new["cleaned_anew"] else "")
        )


def ingest(
    settings: Settings,
    folder: Path,
    files: Sequence[Path] = (),
    *,
    progress: Progress = SILENT,
    now: datetime | None = None,
) -> Ingested:
    """Add the project's files that its store does not hold yet.

    Args:
        settings: the project's.
        folder: the project's folder; the store is made in its folder `events` where there is none.
        files: new files in the layout of one of the project's tables each; empty: those that holdfast.yaml names.
        progress: hears what is being done, how many rows of how many.
        now: rows that lie after it are told of; nothing else is computed from it.

    Returns:
        Counts by table: rows in = rows kept + rows set aside; the whole is in events/ingest-report.json.

    Raises:
        HoldfastError: a table whose customers are found through another one, a file that fits no table or was added
            before, records that cannot be read.
    """
    _refuse_what_has_no_partition(settings, folder)
    found = [*_named(settings, files)] if files else [*_listed(settings, folder)]
    store = folder / FOLDER
    if not (store / POINTER).exists():
        EventStore.create(store, partitions_for(rows_expected(found)))
    with committing(store) as commit:
        new = _not_yet(commit.before, found, is_asked=bool(files))
        lookups = {
            name: read_table(name, table, folder).rows
            for name, table in settings.tables.items()
            if table.holds == "lookup"
        }
        lookups |= {name: read_table(name, table, folder).rows for name, table in side_tables(settings).items()}
        key = _settings_key(settings, folder)
        is_anew = commit.before.version > 0 and commit.before.notes.get("settings") != key
        if not new and not is_anew:
            return Ingested(store, report_of(commit.before.version, [], Tallies(), Arrived({}, {}, 0), is_anew=False))
        work = _Work(commit, settings, lookups, progress, now)
        return work.done(new, key, is_anew=is_anew)


@dataclass
class _Work:
    """One ingest under way."""

    commit: Commit
    settings: Settings
    lookups: dict[str, pl.DataFrame]
    progress: Progress
    now: datetime | None

    def done(self, new: list[NewFile], key: str, *, is_anew: bool) -> Ingested:
        commit = self.commit
        spill = Spill(commit.folder / SPILLED, commit.before.partitions)
        try:
            arrived, spill = self._read(new, spill)
            earlier = seen_of(commit.before.notes.get("spelling", {}))
            respelt = any(
                arrived.seen[table][name].changes(before)
                for table, columns in earlier.items()
                for name, before in columns.items()
                if name in arrived.seen.get(table, {})
            )
            is_anew = is_anew or respelt
            tallies = self._clean(spill, arrived, is_anew=is_anew)
        finally:
            spill.close()
        refuse_where_no_time_was_read(tallies, self.settings)
        for file in new:
            commit.came_from(file.sha256, {"name": file.path.name, "table": file.table})
        commit.note(settings=key, spelling=seen_record(arrived.seen), last_row=arrived.last_row)
        if is_anew:
            commit.note(**{CLEANED_ANEW: commit.version})
        commit.finish()
        report = report_of(commit.version, new, tallies, arrived, is_anew=is_anew)
        store = EventStore.open(commit.folder)
        far = tallies.days.far_future(self.now, is_all=is_anew or not commit.before.version)
        report["notes"] = [*arrived.notes, *tallies.unreadable_words()]
        report["notes"] += [f"{name}: {far_future_words(found)}" for name, found in far.items()]
        report["notes"] += [store.outgrown] if store.outgrown else []
        report["far_future"] = far
        write_json(commit.folder / REPORT, report)
        return Ingested(commit.folder, report)

    def _read(self, new: list[NewFile], spill: Spill) -> tuple[Arrived, Spill]:
        earlier = seen_of(self.commit.before.notes.get("spelling", {}))
        seen = {table: dict(columns) for table, columns in earlier.items()}
        arrived = self._read_into(spill, new, seen)
        refuse_ids_of_two_types(self.settings, arrived)
        for table, columns in earlier.items():
            if "customer_id" in columns and columns["customer_id"].changes(arrived.seen[table]["customer_id"]):
                raise HoldfastError(
                    f"{table}: ids that the store holds were written as 17850.0 and read as 17850; now there are "
                    "ids that are no whole numbers, so they can no longer be read so.",
                    fix=f"Write the ids alike in all files; or move {self.commit.folder} away and ingest anew.",
                )
        if not ids_must_be_placed_again(arrived):
            return arrived, spill
        spill.close()
        spill = Spill(self.commit.folder / SPILLED, self.commit.before.partitions)
        return self._read_into(spill, new, arrived.seen), spill

    def _read_into(self, spill: Spill, new: list[NewFile], seen: Seen) -> Arrived:
        arrived = Arrived(seen, dict(self.commit.before.notes.get("last_row", {})), self.commit.version)
        done, expected = 0, rows_expected(new)

        def told(rows: int) -> None:
            nonlocal done
            done += rows
            self.progress.update("reading", done, max(done, expected))

        read_new(self.settings, new, spill, arrived, told)
        return arrived

    def _clean(self, spill: Spill, arrived: Arrived, *, is_anew: bool) -> Tallies:
        commit = self.commit
        for table, types in arrived.schemas.items():
            earlier = commit.before.tables.get(raw_name(table))
            old = pl.DataFrame(schema=earlier.schema) if earlier else types
            together = pl.concat([old, types], how="diagonal_relaxed").schema
            columns = {name: str(dtype) for name, dtype in together.items()}
            commit.declare(raw_name(table), RAW, columns, anew=True)
        spellings = {
            table: {name: one.decided() for name, one in columns.items()} for table, columns in arrived.seen.items()
        }
        last_row = commit.before.notes.get("last_row", {})
        cleaner = PartCleaner(commit, spill, self.settings, self.lookups, spellings, is_anew)
        waiting = _rows_to_clean(commit.before, spill, is_anew=is_anew)
        tallies, done, every = Tallies(), 0, sum(waiting.values())
        heaviest = max(_with_stored(commit.before, waiting).values(), default=0) * _BYTES_A_ROW
        workers = _WORKERS if _WORKERS * heaviest < self.settings.memory_limit_gb * 2**30 / 2 else 1
        with ThreadPoolExecutor(workers) as pool:
            for rows, part in zip(waiting.values(), pool.map(cleaner.clean, waiting), strict=True):
                tallies.add(part, last_row)
                done += rows
                self.progress.update("cleaning and writing", done, every)
        cleaner.leave_out_others()
        return tallies


def _rows_to_clean(before: Manifest, spill: Spill, *, is_anew: bool) -> dict[int, int]:
    waiting = {place: sum(counts[place] for counts in spill.rows.values()) for place in range(before.partitions)}
    if is_anew:
        waiting = _with_stored(before, waiting)
    return {place: rows for place, rows in waiting.items() if rows}


def _with_stored(before: Manifest, rows: Mapping[int, int]) -> dict[int, int]:
    """The rows of partitions, and those that were kept there as they came."""
    raw = [table for table in before.tables.values() if table.kind == RAW]
    return {
        place: count + sum(file.rows for table in raw for file in table.files.get(place, ()))
        for place, count in rows.items()
    }


def _refuse_what_has_no_partition(settings: Settings, folder: Path) -> None:
    if settings.shape is Shape.SNAPSHOT:
        raise HoldfastError(
            f"{folder}: a labelled snapshot has one row a customer and no events to store.",
            fix=f"holdfast run {folder}",
        )
    for setting, value in (("identities", settings.identities), ("roll_up", settings.roll_up)):
        if value is not None:
            raise HoldfastError(
                f"{setting}: who counts as whom is known only after all ids are read: no rows for a store.",
                fix=f"holdfast run {folder} reads the tables whole; or write the final ids into the files.",
            )
    for name, table in settings.tables.items():
        if table.through is not None:
            raise HoldfastError(
                f"{name}: its customers are found through {table.through.table}, so its rows can be put with no "
                "customer before all of both tables is read.",
                fix=f"holdfast run {folder} reads the tables whole; or write customer_id into the files of {name}.",
            )
        column = table.columns.get("customer_id")
        if column is not None and column.kind not in {Kind.TEXT, Kind.NUMBER} and table.holds != "lookup":
            raise HoldfastError(
                f"{name}: customer_id is said to be of kind {column.kind.value}.",
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


def _not_yet(before: Manifest, found: Sequence[NewFile], *, is_asked: bool) -> list[NewFile]:
    """The files whose content was not added before; each content once."""
    if is_asked:
        refuse_again(before, [Source(file.path.name, file.sha256) for file in found])
    new: dict[str, NewFile] = {}
    for file in found:
        if file.sha256 not in before.sources:
            new.setdefault(file.sha256, file)
    return list(new.values())


def _settings_key(settings: Settings, folder: Path) -> str:
    """Changes when rows that are stored would be cleaned to something else."""
    tables = {name: table.model_dump(mode="json", exclude={"files"}) for name, table in settings.tables.items()}
    looked_up = {
        name: [sha256(path) for path in find_sources(name, table.files, folder)]
        for name, table in (settings.tables | side_tables(settings)).items()
        if table.holds == "lookup"
    }
    quality, currencies = (part.model_dump(mode="json") for part in (settings.quality, settings.currencies))
    days = str(settings.cutoff), str(settings.exported_on)
    return key_of(tables, looked_up, quality, currencies, settings.currency, settings.time_zone, *days)
