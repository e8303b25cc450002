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
from holdfast.sources.results import ReadTable
from holdfast.sources.snapshot import keep_snapshot, load_snapshot
from holdfast.store.artifacts import sha256
from holdfast.store.erasure.rows import erased_rows, without_erased
from holdfast.store.erasure.tombstones import load_tombstones
from holdfast.table_settings import TableSettings

SNAPSHOTS = "raw"  # beside runs/: what was read, one folder a content hash, never changed


def files_read(settings: Settings, home: Path) -> Any:
    """Names and hashes of the files that a project reads, by table; and who was erased, whose rows are not kept."""
    files = {
        name: [(path.name, sha256(path)) for path in find_sources(name, table.files, home)]
        for name, table in (settings.tables | side_tables(settings)).items()
    }
    mark = load_tombstones(home).mark
    return {**files, "(erased)": mark} if mark else files  # no table is called so


def side_tables(settings: Settings) -> dict[str, TableSettings]:
    """Files that are no tables of customers or events: dated rates of currencies, old and new ids."""
    tables = {}
    if settings.currencies.rates:
        tables[RATES] = TableSettings(files=(settings.currencies.rates,), holds="lookup", columns={})
    if settings.identities is not None:
        tables[IDENTITIES] = TableSettings(files=settings.identities.files, holds="lookup", columns={})
    return tables


def collect(workspace: Workspace) -> str:
    """Read every table's files into an immutable snapshot."""
    read = {}
    tables = workspace.settings.tables | side_tables(workspace.settings)
    for done, (name, settings) in enumerate(tables.items()):
        workspace.progress.update(name, done, len(tables))
        read[name] = read_table(name, settings, workspace.home)
        _refuse_changed(read[name], workspace.inputs[name])
    read = without_erased(read, workspace.settings, load_tombstones(workspace.home))
    snapshot = keep_snapshot(read, workspace.home / SNAPSHOTS)
    rows, aside = (
        sum(counts) for counts in zip(*((t.rows_read, t.set_aside.height) for t in read.values()), strict=True)
    )
    workspace.rows.read, workspace.rows.written = rows, rows - aside
    workspace.keep_json(
        "raw.json",
        {
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
        },
    )
    notes = [note for table in read.values() for note in table.notes]
    more = f" ({len(notes) - 1:,} more such notes in raw.json)" if len(notes) > 1 else ""
    note = f"; {notes[0]}{more}" if notes else ""
    erased = sum(erased_rows(table) for table in read.values())
    note += f"; {erased_words(erased)}" if erased else ""
    return f"{plural(rows, 'row')} of {plural(len(read), 'table')} read, {aside:,} set aside{note}"


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
    tables, keep = load_snapshot(home / SNAPSHOTS / raw["folder"]), keep or {}
    rows = {name: table.rows.filter(keep[name]) if name in keep else table.rows for name, table in tables.items()}
    return rows, pl.concat([t.set_aside for t in tables.values()])
