"""A new version of a store on its way: files are written beside the old ones, and seen once it is finished."""

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
from holdfast.store.locks import held

MOST_FILES = 8  # of a table in a partition; with more they are rewritten as one
INDEX = "index"
SPILLED = ".spill"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")


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
        """The version as it would be seen now."""
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

    def declare(self, table: str, kind: str, columns: Mapping[str, str], *, anew: bool = False) -> None:
        """Say which columns a table has; those that it had stay, unless it is described anew.

        Raises:
            HoldfastError: a name that is no file name.
        """
        if not _NAME.match(table.removeprefix(f"{RAW}/")) or table == INDEX:
            raise HoldfastError(
                f"A table cannot be called {table!r}.",
                fix=f"Use letters, digits, _ . - and another name than {INDEX}.",
            )
        with self._lock:
            there = self._tables.get(table, StoredTable(kind))
            earlier = {} if anew else there.columns
            self._tables[table] = replace(there, kind=kind, columns={**earlier, **columns})

    def drop(self, table: str) -> None:
        """Leave a table out."""
        with self._lock:
            self._tables.pop(table, None)

    def add(self, partition: int, table: str, rows: Coded) -> None:
        """One more file of rows for a partition; a partition of too many files becomes one."""
        stored = self._tables[table]
        files = stored.files.get(partition, ())
        if len(files) >= MOST_FILES:
            every = [read_rows(self.folder, file) for file in files]
            together = pl.concat([*every, decoded(rows)], how="diagonal_relaxed")
            self.replace(partition, table, Coded(together, {}) if stored.kind == RAW else in_order(together))
            return
        self._keep(partition, table, (*files, self._write(table, partition, rows)))

    def replace(self, partition: int, table: str, rows: Coded) -> None:
        """These rows instead of all that the partition held."""
        files = (self._write(table, partition, rows),) if rows.frame.height else ()
        self._keep(partition, table, files)

    def touch(self, partition: int, changes: list[pl.DataFrame]) -> int:
        """Write down whose rows changed and how far back that reaches, as `reach` tells it; how many customers.

        Once for each partition.
        """
        if not any(one.height for one in changes):
            return 0
        index = index_with(read_index(self.folder, self.before.index.get(partition)), changes, self.version)
        file = write_rows(self.folder, self._path(INDEX, partition), Coded(index, {}), self.version)
        with self._lock:
            self._index[partition] = file
        return int((index["version"] == self.version).sum())

    def came_from(self, content_hash: str, about: Mapping[str, Any]) -> None:
        """Remember a source, so that it is never added twice."""
        with self._lock:
            self._sources[content_hash] = {"version": self.version, **about}

    def note(self, **notes: Any) -> None:
        """Keep something with this version and those after it."""
        with self._lock:
            self._notes |= notes

    def finish(self) -> Manifest:
        """Let readers see it."""
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
    """A commit for the block to fill and finish; one writer at a time, what broken ones left is cleared away."""
    with held(folder / ".lock", f"{folder}: another process is adding to this store"):
        manifest = read_manifest(folder)
        _clear(folder, manifest)
        yield Commit(folder, manifest)


def read_index(folder: Path, file: StoredFile | None) -> pl.DataFrame:
    """The index of a partition, see `reach`; empty where there is none."""
    if file is None:
        return pl.DataFrame(schema=INDEX_SCHEMA)
    found = read_rows(folder, file)
    return found if "since" in found.columns else found.with_columns(since=pl.lit(None, TIME))  # of an older program


def decoded(rows: Coded) -> pl.DataFrame:
    """The rows with every text spelt out."""
    return rows.frame.with_columns(words.gather(rows.frame[name]).alias(name) for name, words in rows.words.items())


def _clear(folder: Path, manifest: Manifest) -> None:
    """Take away files that neither this version nor the one before names: a reader may still be at the latter."""
    named = {file.path for file in manifest.every_file()}
    before = folder / MANIFESTS / f"{manifest.version - 1:06d}.json"
    if before.is_file():
        content = read_json(before)
        named |= {file["path"] for table in content["tables"].values() for p in table["files"].values() for file in p}
        named |= {file["path"] for file in content["index"].values()}
    for file in folder.glob("data/**/*"):
        if file.is_file() and file.relative_to(folder).as_posix() not in named:
            file.unlink()
    for old in folder.glob(f"{MANIFESTS}/*"):
        if old.name not in {before.name, f"{manifest.version:06d}.json"}:
            old.unlink()
