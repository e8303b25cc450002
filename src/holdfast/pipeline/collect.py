"""The stage `collect`: the files of every table in, an immutable snapshot of their rows out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.formatting import plural
from holdfast.pipeline.workspace import Workspace
from holdfast.quality.identities import IDENTITIES, RATES
from holdfast.settings import Settings
from holdfast.sources.file_type import changed_while_read
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.results import SET_ASIDE_SCHEMA, ReadTable
from holdfast.sources.snapshot import Snapshot, keep_snapshot, load_snapshot
from holdfast.store.artifacts import sha256
from holdfast.store.erasure.rows import erased_rows, without_erased
from holdfast.store.erasure.tombstones import load_tombstones
from holdfast.store.events.records_of_runs import (
    StoredRecords,
    open_unchanged,
    store_to_run_from,
    stored_tables,
    unreadable_rows,
)
from holdfast.table_settings import TableSettings

_STORE = "(store)"  # no table is called so
SNAPSHOTS = "raw"  # beside runs/: what was read, one folder a content hash, never changed


def files_read(settings: Settings, home: Path) -> Any:
    """Names and hashes of the files that a project reads, by table; and who was erased, whose rows are not kept.

    Where the records are in the project's store of events, its mark stands for their files.
    """
    store = store_to_run_from(settings, home)
    tables = _read_whole(settings) if store else settings.tables | side_tables(settings)
    files: dict[str, Any] = {
        name: [(path.name, sha256(path)) for path in find_sources(name, table.files, home)]
        for name, table in tables.items()
    }
    if store is not None:
        return {**files, _STORE: store.mark}
    mark = load_tombstones(home).mark
    return {**files, "(erased)": mark} if mark else files  # no table is called so


def _read_whole(settings: Settings) -> dict[str, TableSettings]:
    """Tables that no store holds."""
    stored = stored_tables(settings)
    return {name: table for name, table in settings.tables.items() if name not in stored} | side_tables(settings)


def side_tables(settings: Settings) -> dict[str, TableSettings]:
    """Files that are no tables of customers or events: dated rates of currencies, old and new ids."""
    tables = {}
    if settings.currencies.rates:
        tables[RATES] = TableSettings(files=(settings.currencies.rates,), holds="lookup", columns={})
    if settings.identities is not None:
        tables[IDENTITIES] = TableSettings(files=settings.identities.files, holds="lookup", columns={})
    return tables


def collect(workspace: Workspace) -> str:
    """Read every table's files into an immutable snapshot; those that the store of events holds stay there."""
    if _STORE in workspace.inputs:
        return _collect_from_store(workspace)
    read = _read(workspace, workspace.settings.tables | side_tables(workspace.settings))
    snapshot = keep_snapshot(read, workspace.home / SNAPSHOTS)
    rows, aside = (
        sum(counts) for counts in zip(*((t.rows_read, t.set_aside.height) for t in _each_file_once(read)), strict=True)
    )
    workspace.rows.read, workspace.rows.written = rows, rows - aside
    workspace.keep_json("raw.json", _record(snapshot, read))
    notes = [note for table in read.values() for note in table.notes]
    more = f" ({len(notes) - 1:,} more such notes in raw.json)" if len(notes) > 1 else ""
    note = f"; {notes[0]}{more}" if notes else ""
    erased = sum(erased_rows(table) for table in read.values())
    note += f"; {erased_words(erased)}" if erased else ""
    return f"{plural(rows, 'row')} of {plural(len(read), 'table')} read, {aside:,} set aside{note}"


def _read(workspace: Workspace, tables: Mapping[str, TableSettings]) -> dict[str, ReadTable]:
    read = {}
    for done, (name, settings) in enumerate(tables.items()):
        workspace.progress.update(name, done, len(tables))
        read[name] = read_table(name, settings, workspace.home)
        _refuse_changed(read[name], workspace.inputs[name])
    return without_erased(read, workspace.settings, load_tombstones(workspace.home))


def _each_file_once(read: Mapping[str, ReadTable]) -> list[ReadTable]:
    """The tables without those that are made of the same files as an earlier one: events beside their purchases."""
    tables: dict[object, ReadTable] = {}
    for table in read.values():
        tables.setdefault(tuple((file.path, file.sheet) for file in table.files), table)
    return [*tables.values()]


def _record(snapshot: Snapshot, read: Mapping[str, ReadTable]) -> dict[str, Any]:
    return {
        "snapshot": snapshot.content_hash,
        "folder": snapshot.folder.name,
        "tables": {
            name: {
                "rows_read": table.rows_read,
                "rows_kept": table.rows.height,
                "rows_set_aside": table.set_aside.height,
                "notes": list(table.notes),
            }
            for name, table in read.items()
        },
    }


def _collect_from_store(workspace: Workspace) -> str:
    """Note which version of the store the run is made of; lookup tables are read into a snapshot."""
    store = open_unchanged(workspace.home, workspace.inputs[_STORE])
    records = StoredRecords.now(store, workspace.settings)
    empty = {
        name: ReadTable(name, rows, pl.DataFrame(schema=SET_ASIDE_SCHEMA), (), 0)
        for name, rows in records.schemas().items()
    }
    read = empty | _read(workspace, _read_whole(workspace.settings))
    record = _record(keep_snapshot(read, workspace.home / SNAPSHOTS), read)
    rows_read = records.rows() | store.manifest.notes["last_row"]
    for name, rows in records.rows().items():
        counts = {"rows_read": rows_read[name], "rows_kept": rows, "rows_set_aside": rows_read[name] - rows}
        record["tables"][name] |= counts
    workspace.rows.read = workspace.rows.written = sum(records.rows().values())
    not_kept = sum(rows_read[name] - rows for name, rows in records.rows().items())
    # What is not stored and was readable is of erased customers: then, or when they were erased.
    unreadable = min(sum(unreadable_rows(store.manifest).values()), not_kept)
    of_reading = {"unreadable": unreadable, "erased": not_kept - unreadable}
    workspace.keep_json("raw.json", record | {"store": records.to_record() | of_reading})
    remaining = sum(table["rows_kept"] for table in record["tables"].values())
    where = f"{plural(len(store.manifest.sources), 'file')} in the store of events (version {store.version})"
    unreadable += sum(table.set_aside.height for table in read.values())
    erased = f"; {erased_words(of_reading['erased'])}" if of_reading["erased"] else ""
    return f"{plural(remaining, 'row')} of {where}, {unreadable:,} could not be read{erased}"


def _refuse_changed(read: ReadTable, expected: Sequence[tuple[str, str]]) -> None:
    """Refuse a file that is another one than when the stage's key was taken: its rows would be kept under that key."""
    hashes = dict.fromkeys((file.path, file.sha256) for file in read.files)
    for (path, now), (_, before) in zip(hashes, expected, strict=True):
        if now != before:
            raise changed_while_read(path)


def erased_words(rows: int) -> str:
    """What became of rows of erased customers, for people."""
    return f"{plural(rows, 'row')} of erased customers set aside"


def raw_tables(
    home: Path, raw: dict[str, Any], keep: Mapping[str, pl.Expr] | None = None
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables of a stored snapshot as they were read, and the rows that reading set aside.

    Args:
        home: of the project.
        raw: of the run (`raw.json`).
        keep: table -> which of its rows are needed; of other tables, and with None, all are.
    """
    rows, set_aside = tables_read_whole(home, raw, keep)
    if "store" in raw:
        rows |= StoredRecords.of_run(home, raw["store"]).whole(keep)
    return rows, set_aside


def tables_read_whole(
    home: Path, raw: dict[str, Any], keep: Mapping[str, pl.Expr] | None = None
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The same without the rows that the store of events holds."""
    tables, keep = load_snapshot(home / SNAPSHOTS / raw["folder"]), keep or {}
    rows = {name: table.rows.filter(keep[name]) if name in keep else table.rows for name, table in tables.items()}
    return rows, pl.concat([t.set_aside for t in tables.values()])
