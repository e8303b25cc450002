"""The stage `collect`: the files of every table in, an immutable snapshot of their rows out."""

from pathlib import Path
from typing import Any

import polars as pl

from holdfast.formatting import plural
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.snapshot import keep_snapshot, load_snapshot
from holdfast.store.artifacts import sha256

SNAPSHOTS = "raw"  # beside runs/: what was read, one folder a content hash, never changed


def files_read(settings: Settings, home: Path) -> Any:
    """Names and hashes of the files that a project reads, by table."""
    return {
        name: [(path.name, sha256(path)) for path in find_sources(name, table.files, home)]
        for name, table in settings.tables.items()
    }


def collect(workspace: Workspace) -> str:
    """Read every table's files into an immutable snapshot."""
    read = {}
    for done, (name, settings) in enumerate(workspace.settings.tables.items()):
        workspace.progress.update(name, done, len(workspace.settings.tables))
        read[name] = read_table(name, settings, workspace.home)
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
    return f"{plural(rows, 'row')} of {plural(len(read), 'table')} read, {aside:,} set aside{note}"


def raw_tables(home: Path, raw: dict[str, Any]) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables of a stored snapshot as they were read, and the rows that reading set aside."""
    tables = load_snapshot(home / SNAPSHOTS / raw["folder"])
    return {name: table.rows for name, table in tables.items()}, pl.concat([t.set_aside for t in tables.values()])
