"""Snapshots: immutable copies of what was read, named by their own hash, so that a result's inputs can be shown."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psutil

from holdfast.errors import HoldfastError
from holdfast.hashing import file_sha256
from holdfast.sources.results import SET_ASIDE_SCHEMA, ReadTable, SourceFile

MANIFEST = "manifest.json"
SET_ASIDE = "set_aside"
FORMAT = 1
TABLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
PARTIAL = ".partial-"
ROWS_IN_GROUP = 262_144


@dataclass(frozen=True)
class Snapshot:
    """A kept snapshot: its folder, the hash of its content, and whether it stood there already."""

    folder: Path
    content_hash: str
    tables: tuple[str, ...]
    is_reused: bool


def keep_snapshot(tables: Mapping[str, ReadTable], folder: Path) -> Snapshot:
    """Write tables into `folder/<first 12 of the content hash>`, whole or not at all.

    Raises:
        HoldfastError: no tables, a name that is no file name, a disk that cannot take it, or an equal snapshot
            that was changed after it was kept.
    """
    for name in tables:
        if name == SET_ASIDE or not TABLE_NAME.match(name):
            raise HoldfastError(
                f"A table cannot be called {name!r}.",
                fix="Use letters, digits, _ . - in holdfast.yaml, and another name than set_aside.",
            )
    if not tables:
        raise HoldfastError("There is no table to keep.", fix="Name at least one under tables in holdfast.yaml.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_partials(folder)
        partial = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{os.getpid()}-", dir=folder))
        try:
            return _write_snapshot(partial, folder, tables)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise HoldfastError(
            f"{folder}: the snapshot could not be written: {error}.",
            fix="Free some space there or make the folder writable; nothing half-written was left.",
        ) from error


def load_snapshot(folder: Path) -> dict[str, ReadTable]:
    """The tables of a snapshot, after its files were compared with their hashes.

    Raises:
        HoldfastError: no snapshot, or one that was changed after it was kept.
    """
    manifest = _verified(folder)
    set_aside = pl.read_parquet(folder / f"{SET_ASIDE}.parquet")
    return {
        name: ReadTable(
            name=name,
            rows=pl.read_parquet(folder / f"{name}.parquet"),
            set_aside=set_aside.filter(pl.col("table") == name),
            files=tuple(SourceFile.from_record(entry) for entry in described["files"]),
            rows_read=described["rows_read"],
        )
        for name, described in manifest["tables"].items()
    }


def _write_snapshot(partial: Path, folder: Path, tables: Mapping[str, ReadTable]) -> Snapshot:
    for name, table in sorted(tables.items()):
        _write(table.rows, partial / f"{name}.parquet")
    aside = [tables[name].set_aside.with_columns(table=pl.lit(name)) for name in sorted(tables)]
    _write(pl.concat([pl.DataFrame(schema=SET_ASIDE_SCHEMA), *aside]), partial / f"{SET_ASIDE}.parquet")
    manifest = _manifest(partial, tables)
    _write_text(partial / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False))
    _sync(partial)
    target = folder / manifest["content_hash"][:12]
    is_reused = target.exists()
    if not is_reused:
        try:
            partial.rename(target)
        except OSError:
            if not target.exists():
                raise
            is_reused = True  # another process kept the same content a moment ago
        _sync(folder)
    if is_reused:
        _verified(target)
    return Snapshot(target, manifest["content_hash"], tuple(sorted(tables)), is_reused)


def _write(rows: pl.DataFrame, file: Path) -> None:
    rows.rechunk().write_parquet(file, compression="zstd", row_group_size=ROWS_IN_GROUP)
    _sync(file)
    file.chmod(0o444)


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    _sync(file)
    file.chmod(0o444)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _manifest(partial: Path, tables: Mapping[str, ReadTable]) -> dict[str, Any]:
    described = {
        name: {
            "rows_read": table.rows_read,
            "rows_kept": table.rows.height,
            "rows_set_aside": table.set_aside.height,
            "columns": {column: str(dtype) for column, dtype in table.rows.schema.items()},
            "files": [file.to_record() for file in table.files],
        }
        for name, table in sorted(tables.items())
    }
    written = {
        file.name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)} for file in sorted(partial.iterdir())
    }
    # What was read and from which bytes names the snapshot; where the files lay does not.
    identity = {
        "written": {name: entry["sha256"] for name, entry in written.items()},
        "sources": {name: [file.sha256 for file in tables[name].files] for name in sorted(tables)},
    }
    content_hash = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return {"format": FORMAT, "content_hash": content_hash, "tables": described, "written": written}


def _verified(folder: Path) -> dict[str, Any]:
    file = folder / MANIFEST
    if not file.is_file():
        raise HoldfastError(f"{folder}: there is no snapshot here (no {MANIFEST}).", fix="Run the collection again.")
    try:
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        written, content_hash = manifest["written"], manifest["content_hash"]
    except (ValueError, KeyError, TypeError) as error:
        raise _changed(folder, f"{MANIFEST} is not readable") from error
    for name, entry in written.items():
        if not (folder / name).is_file():
            raise _changed(folder, f"{name} is missing")
        if file_sha256(folder / name) != entry["sha256"]:
            raise _changed(folder, f"{name} is not what was written ({entry['bytes']:,} bytes then)")
    if not str(content_hash).startswith(folder.name):
        raise _changed(folder, f"its manifest belongs to {str(content_hash)[:12]}")
    return manifest


def _changed(folder: Path, what: str) -> HoldfastError:
    return HoldfastError(
        f"{folder}: the snapshot was changed after it was kept: {what}.",
        fix=f"Take it away (rm -r '{folder}') and run the collection again from the source files.",
    )


def _clear_partials(folder: Path) -> None:
    """Take away what killed runs left behind; a living run's folder carries its process number."""
    for left in folder.glob(f"{PARTIAL}*"):
        number = left.name.removeprefix(PARTIAL).split("-")[0]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            shutil.rmtree(left, ignore_errors=True)
