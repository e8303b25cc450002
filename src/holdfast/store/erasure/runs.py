"""Takes customers out of everything that a project's runs left: snapshots of what was read, tables, pages, logs.

Afterwards the hashes that stages recorded are those of the files as they are now, so that every file still proves.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.settings import Settings
from holdfast.sources.snapshot import PARTIAL, keep_snapshot, load_snapshot
from holdfast.store import artifacts
from holdfast.store.erasure.files import FileEraser
from holdfast.store.erasure.rows import ERASED, without_erased
from holdfast.store.erasure.texts import Names
from holdfast.store.erasure.tombstones import Tombstones
from holdfast.store.runs import Runs, is_run, stage_records, write_stage_record_file

RAW = "raw"  # beside runs/: see pipeline.collect
_SET_ASIDE = "set_aside.parquet"
_MARK = "erased.json"  # in a run: what left it since


@dataclass
class Removed:
    """Rows that left, by place; a place is a folder or a kind of file, never a person."""

    rows: dict[str, int] = field(default_factory=dict)

    def add(self, where: str, rows: int) -> None:
        """Count rows that left a place."""
        if rows:
            self.rows[where] = self.rows.get(where, 0) + rows


def erase_from_runs(home: Path, settings: Settings, tombstones: Tombstones, names: Names, removed: Removed) -> None:
    """Take the erased out of every run and every snapshot.

    Args:
        home: the project's folder, locked against runs.
        settings: of the project.
        tombstones: who was erased, these customers among them.
        names: of the customers.
        removed: is added to.
    """
    runs = Runs(home)
    for left in sorted(runs.folder.glob(".*")):  # what stopped runs had finished, for the next one to use
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
            removed.add("unfinished runs", 1)
    moved = _erase_from_snapshots(home / RAW, settings, tombstones, removed)
    eraser = FileEraser(names)
    for run in sorted(path for path in runs.folder.iterdir() if is_run(path)) if runs.folder.is_dir() else []:
        _erase_from_run(home, run, moved, eraser, removed)
    for old in moved:
        shutil.rmtree(home / RAW / old)


def _erase_from_snapshots(
    folder: Path, settings: Settings, tombstones: Tombstones, removed: Removed
) -> dict[str, tuple[str, dict[str, int]]]:
    """Old folder -> the new snapshot's hash, and how many rows of each table were set aside in it."""
    moved = {}
    for left in folder.glob(f"{PARTIAL}*"):
        shutil.rmtree(left)
    for old in sorted(folder.iterdir()) if folder.is_dir() else []:
        tables = load_snapshot(old)
        remaining = without_erased(tables, settings, tombstones)
        before = sum(table.rows.height for table in tables.values())
        rows = before - sum(table.rows.height for table in remaining.values())
        if not rows and all(remaining[name].rows.equals(table.rows) for name, table in tables.items()):
            continue
        snapshot = keep_snapshot(remaining, folder)
        moved[old.name] = (snapshot.content_hash, {name: table.set_aside.height for name, table in remaining.items()})
        removed.add(RAW, rows or 1)
    return moved


def _erase_from_run(
    home: Path, run: Path, moved: Mapping[str, tuple[str, dict[str, int]]], eraser: FileEraser, removed: Removed
) -> None:
    changed = dict(_point_to_snapshot(run, moved))
    aside = _blank_set_aside(home, run, eraser.names)
    if aside:
        changed[_SET_ASIDE] = aside
    for file in artifacts.files_in(run):
        path = file.relative_to(run).as_posix()
        if path == _SET_ASIDE or file.is_symlink() or path.startswith("stages/"):
            continue
        rows = eraser.erase(file)
        if rows:
            changed[path] = rows
    if not changed:
        return
    _record_hashes(run, changed)
    earlier = artifacts.read_json(run / _MARK) if (run / _MARK).is_file() else {}
    artifacts.write_json(
        run / _MARK, {path: earlier.get(path, 0) + changed.get(path, 0) for path in {**earlier, **changed}}
    )
    for path, rows in changed.items():
        removed.add(f"runs/{path}", rows)


def _point_to_snapshot(run: Path, moved: Mapping[str, tuple[str, dict[str, int]]]) -> Iterator[tuple[str, int]]:
    """Lead a run to the snapshot that took the place of the one it read."""
    file = run / "raw.json"
    if not file.is_file():
        return
    raw = artifacts.read_json(file)
    if raw.get("folder") not in moved:
        return
    content_hash, aside = moved[raw["folder"]]
    for name, counts in raw["tables"].items():
        counts["rows_set_aside"] = aside[name]
        counts["rows_kept"] = counts["rows_read"] - aside[name]
    artifacts.write_json(file, raw | {"snapshot": content_hash, "folder": content_hash[:12]})
    yield "raw.json", 1


def _blank_set_aside(home: Path, run: Path, names: Names) -> int:
    """Empty the contents of rows that cleaning set aside and that belong to the erased; their counts stay."""
    file, raw = run / _SET_ASIDE, run / "raw.json"
    if not file.is_file() or not raw.is_file():
        return 0
    table = pl.read_parquet(file)
    snapshot = pl.read_parquet(home / RAW / artifacts.read_json(raw)["folder"] / "set_aside.parquet")
    numbers = snapshot.filter(pl.col("reason") == ERASED).select("table", "row").with_columns(is_theirs=True)
    flags = table.select("table", "row").join(numbers, on=["table", "row"], how="left", maintain_order="left")
    is_named = pl.Series([names.stand_in(each) for each in table["content"].to_list()], dtype=pl.Boolean)
    is_theirs = (flags["is_theirs"].fill_null(value=False) | is_named) & (table["content"] != "")
    if not is_theirs.any():
        return 0
    artifacts.write_table(file, table.with_columns(content=table["content"].set(is_theirs, "")))
    return int(is_theirs.sum())


def _record_hashes(run: Path, changed: Mapping[str, int]) -> None:
    """Write the hashes of the files as they are now into the manifests of models, the stages and the run."""
    for model in {(run / path).parent for path in changed if path.startswith("models/")}:
        listed = artifacts.read_json(model / "manifest.json")
        artifacts.write_json(model / "manifest.json", {name: artifacts.sha256(model / name) for name in listed})
    outputs: dict[str, dict[str, str]] = {}
    for record in stage_records(run):
        now = {path: artifacts.sha256(run / path) for path in record.outputs if (run / path).exists()}
        outputs[record.name] = record.outputs | now
        if now != record.outputs:
            write_stage_record_file(run, record, outputs[record.name])
    for file in (run / "manifest.json", run / "reports" / "pipeline.json"):
        if file.is_file():
            manifest: dict[str, Any] = artifacts.read_json(file)
            for stage in manifest.get("stages", ()):
                stage["outputs"] = outputs.get(stage["name"], stage["outputs"])
            artifacts.write_json(file, manifest)
