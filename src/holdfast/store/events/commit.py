"""Writes a new version of a store: files are added beside the old ones, and visible once it is finished."""

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.store.artifacts import read_json
from holdfast.store.events.changes import INDEX_SCHEMA, index_with
from holdfast.store.events.files import read_rows, write_rows
from holdfast.store.events.manifest import (
    MANIFESTS,
    RAW,
    Manifest,
    StoredFile,
    StoredTable,
    read_manifest,
    with_files,
    write_manifest,
)
from holdfast.store.events.ordering import Coded, in_order
from holdfast.store.locks import exclusive_lock

MOST_FILES = 8  # of a table in a partition; with more they are rewritten as one
INDEX = "index"
SPILLED = ".spill"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")
BUSY = "{folder}: another process is adding to this store"  # the problem of whoever comes second


class Commit:
    """Changes to a store, partition by partition; several threads may work on different partitions."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.before = folder, manifest
        self.version = manifest.version + 1
        self._tables = dict(manifest.tables)
        self._index = dict(manifest.index)
        self._sources = dict(manifest.sources)
        self._notes = dict(manifest.notes)
        self._marks = {**manifest.marks, manifest.version: manifest.mark}
        self._lock = threading.Lock()
        self._written = 0

    @property
    def manifest(self) -> Manifest:
        """The version as readers would see it now."""
        with self._lock:
            return Manifest(
                self.before.partitions,
                self.version,
                dict(self._tables),
                dict(self._index),
                dict(self._sources),
                dict(self._notes),
                self._marks,
            )

    def declare(self, table: str, kind: str, columns: Mapping[str, str], *, replace_columns: bool = False) -> None:
        """Set the columns of a table; those that it had are kept, unless they are to be replaced.

        Raises:
            HoldfastError: a name that is no file name.
        """
        if not _NAME.match(table.removeprefix(f"{RAW}/")) or table == INDEX:
            raise HoldfastError(
                f"A table cannot be called {table!r}.",
                fix=f"Use letters, digits, _ . - and another name than {INDEX}.",
            )
        with self._lock:
            stored = self._tables.get(table, StoredTable(kind))
            earlier = {} if replace_columns else stored.columns
            self._tables[table] = replace(stored, kind=kind, columns={**earlier, **columns})

    def drop(self, table: str) -> None:
        """Remove a table from this version."""
        with self._lock:
            self._tables.pop(table, None)

    def add(self, partition: int, table: str, rows: Coded) -> None:
        """Add a file of rows to a partition; too many files are rewritten as one."""
        stored = self._tables[table]
        files = stored.files.get(partition, ())
        if len(files) >= MOST_FILES:
            every = [read_rows(self.folder, file) for file in files]
            together = pl.concat([*every, decoded(rows)], how="diagonal_relaxed")
            self.replace(partition, table, Coded(together, {}) if stored.kind == RAW else in_order(together))
            return
        self._keep(partition, table, (*files, self._write(table, partition, rows)))

    def replace(self, partition: int, table: str, rows: Coded) -> None:
        """Replace all rows of the partition."""
        files = (self._write(table, partition, rows),) if rows.frame.height else ()
        self._keep(partition, table, files)

    def touch(self, partition: int, changes: list[pl.DataFrame]) -> int:
        """Record which customers changed and since when; returns how many. Call it once for each partition.

        Args:
            partition: of these customers.
            changes: as `changes` makes them.
        """
        if not any(frame.height for frame in changes):
            return 0
        index = index_with(read_index(self.folder, self.before.index.get(partition)), changes, self.version)
        file = write_rows(self.folder, self._path(INDEX, partition), Coded(index, {}), self.version)
        with self._lock:
            self._index[partition] = file
        return int((index["version"] == self.version).sum())

    def forget(self, partition: int, customers: pl.Series) -> None:
        """Take customers out of the index of a partition: nothing says any more that they were here."""
        index = read_index(self.folder, self.before.index.get(partition))
        remaining = index.filter(~pl.col("customer_id").is_in(customers.implode()))
        file = write_rows(self.folder, self._path(INDEX, partition), Coded(remaining, {}), self.version)
        with self._lock:
            self._index[partition] = file

    def add_source(self, content_hash: str, about: Mapping[str, Any]) -> None:
        """Remember a source, so that it is never added twice."""
        with self._lock:
            self._sources[content_hash] = {"version": self.version, **about}

    def note(self, **notes: Any) -> None:
        """Keep values with this version and those after it."""
        with self._lock:
            self._notes |= notes

    def finish(self) -> Manifest:
        """Make the version visible to readers."""
        manifest = self.manifest
        write_manifest(self.folder, manifest)
        return manifest

    def _write(self, table: str, partition: int, rows: Coded) -> StoredFile:
        return write_rows(self.folder, self._path(table, partition), rows, self.version)

    def _path(self, table: str, partition: int) -> str:
        with self._lock:
            self._written += 1
            return f"data/{table}/{partition:04d}-{self.version:06d}-{self._written}.parquet"

    def _keep(self, partition: int, table: str, files: tuple[StoredFile, ...]) -> None:
        with self._lock:
            self._tables[table] = with_files(self._tables[table], partition, files)


@contextlib.contextmanager
def committing(folder: Path) -> Iterator[Commit]:
    """A commit for the block to fill and finish; one writer at a time, files that interrupted ones left are removed."""
    with exclusive_lock(folder / ".lock", BUSY.format(folder=folder)):
        manifest = read_manifest(folder)
        _clear(folder, manifest)
        yield Commit(folder, manifest)


def read_index(folder: Path, file: StoredFile | None) -> pl.DataFrame:
    """The index of a partition, see `changes`; empty where there is none."""
    if file is None:
        return pl.DataFrame(schema=INDEX_SCHEMA)
    index = read_rows(folder, file)
    return index if "since" in index.columns else index.with_columns(since=pl.lit(None, TIME))  # format 1


def decoded(rows: Coded) -> pl.DataFrame:
    """The rows with texts instead of codes."""
    return rows.frame.with_columns(words.gather(rows.frame[name]).alias(name) for name, words in rows.words.items())


def clear_older_versions(folder: Path) -> None:
    """Remove every file that the current version does not name; who still reads the version before is interrupted."""
    _clear(folder, read_manifest(folder), with_version_before=False)


def _clear(folder: Path, manifest: Manifest, *, with_version_before: bool = True) -> None:
    """Remove files that neither this version nor the one before names: a reader may still use the latter."""
    named = {file.path for file in manifest.every_file()}
    before = folder / MANIFESTS / f"{manifest.version - 1:06d}.json"
    if not with_version_before:
        before = folder / MANIFESTS / f"{manifest.version:06d}.json"
    elif before.is_file():
        content = read_json(before)
        named |= {file["path"] for table in content["tables"].values() for p in table["files"].values() for file in p}
        named |= {file["path"] for file in content["index"].values()}
    for file in folder.glob("data/**/*"):
        if file.is_file() and file.relative_to(folder).as_posix() not in named:
            file.unlink()
    for old in folder.glob(f"{MANIFESTS}/*"):
        if old.name not in {before.name, f"{manifest.version:06d}.json"}:
            old.unlink()
