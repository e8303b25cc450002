"""The manifest of a store of events: its tables, their files with hashes, and the sources that were added."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.partitioning import HASH
from holdfast.formatting import plural
from holdfast.store.artifacts import read_json, sha256, write_json
from holdfast.store.dtypes import TYPES

FORMAT, READS = 2, (1, 2)  # 1: no `since` in the index, and every customer once
POINTER = "current.json"
MANIFESTS = "manifests"
CUSTOMERS = "customers"
CLEANED_AGAIN = "cleaned_again"  # a note: the version at which all rows were last cleaned again
EVENTS, RAW = "events", "raw"  # beside CUSTOMERS, the kinds of table


@dataclass(frozen=True)
class Source:
    """A file that rows come from."""

    name: str
    sha256: str


@dataclass(frozen=True)
class StoredFile:
    """A file of one partition; it never changes."""

    path: str  # in the store's folder
    rows: int
    bytes: int
    sha256: str
    version: int  # of the store that added it
    first: int | None = None  # happened_at, microseconds since 1970 UTC
    last: int | None = None
    lacks_known_at: bool = False  # the column is left out, as it is happened_at in every row

    def to_record(self) -> dict[str, Any]:
        """The file as JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "StoredFile":
        """The file that `to_record` wrote."""
        return cls(**record)


@dataclass(frozen=True)
class StoredTable:
    """A table's columns and its files by partition."""

    kind: str
    columns: Mapping[str, str] = field(default_factory=dict)  # name -> type
    files: Mapping[int, tuple[StoredFile, ...]] = field(default_factory=dict)

    @property
    def schema(self) -> pl.Schema:
        return pl.Schema({name: TYPES[dtype] for name, dtype in self.columns.items()})

    @property
    def rows(self) -> int:
        return sum(file.rows for files in self.files.values() for file in files)

    def to_record(self) -> dict[str, Any]:
        """The table as JSON."""
        files = {str(partition): [file.to_record() for file in files] for partition, files in self.files.items()}
        return {"kind": self.kind, "columns": dict(self.columns), "files": files}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "StoredTable":
        """The table that `to_record` wrote."""
        files = {
            int(partition): tuple(StoredFile.from_record(file) for file in files)
            for partition, files in record["files"].items()
        }
        return cls(record["kind"], record["columns"], files)


@dataclass(frozen=True)
class Manifest:
    """One complete version of a store."""

    partitions: int
    version: int = 0
    tables: Mapping[str, StoredTable] = field(default_factory=dict)
    index: Mapping[int, StoredFile] = field(default_factory=dict)  # partition -> its customers and when each changed
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # content hash -> name, version, rows
    notes: Mapping[str, Any] = field(default_factory=dict)  # what the writer keeps with the version
    marks: Mapping[int, str] = field(default_factory=dict)  # earlier version -> its mark

    def every_file(self) -> Iterator[StoredFile]:
        for table in self.tables.values():
            for files in table.files.values():
                yield from files
        yield from self.index.values()

    @property
    def mark(self) -> str:
        """A hash of the version's files: another store, or one from an older backup, has other marks."""
        files = sorted(f"{file.path} {file.sha256}" for file in self.every_file())
        return hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]

    def to_record(self) -> dict[str, Any]:
        """The version as JSON; `rows` by table is for people, who read it too."""
        return {
            "format": FORMAT,
            "hash": HASH,
            "partitions": self.partitions,
            "version": self.version,
            "tables": {name: table.to_record() for name, table in self.tables.items()},
            "index": {str(partition): file.to_record() for partition, file in self.index.items()},
            "sources": dict(self.sources),
            "notes": dict(self.notes),
            "marks": {str(version): mark for version, mark in self.marks.items()},
            "rows": {name: table.rows for name, table in self.tables.items()},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Manifest":
        """The version that `to_record` wrote, in this format or an older one of `READS`."""
        return cls(
            partitions=record["partitions"],
            version=record["version"],
            tables={name: StoredTable.from_record(table) for name, table in record["tables"].items()},
            index={int(partition): StoredFile.from_record(file) for partition, file in record["index"].items()},
            sources=record["sources"],
            notes=record.get("notes", {}),
            marks={int(version): mark for version, mark in record.get("marks", {}).items()},
        )


def refuse_added_sources(manifest: Manifest, sources: Sequence[Source]) -> None:
    """Refuse files whose content was added before.

    Raises:
        HoldfastError: with their names and when they came.
    """
    again = [source for source in sources if source.sha256 in manifest.sources]
    if again:
        first = manifest.sources[again[0].sha256]
        raise HoldfastError(
            f"{again[0].name}: its content was added before, as {first['name']} with version {first['version']}"
            + (f"; and {plural(len(again) - 1, 'more such file')}." if len(again) > 1 else "."),
            fix=f"Leave out {', '.join(source.name for source in again[:8])}: nothing of it is missing.",
        )


def is_storable(dtype: pl.DataType) -> bool:
    """Whether a store can hold a column of that type."""
    return str(dtype) in TYPES


def read_manifest(folder: Path) -> Manifest:
    """The current manifest.

    Raises:
        HoldfastError: no store, one of a later version of the product, or a damaged one.
    """
    pointer = folder / POINTER
    refuse_lost_pointer(folder)
    if not pointer.is_file():
        raise HoldfastError(f"{folder}: there is no store of events.", fix=f"holdfast ingest {folder.parent}")
    try:
        current = read_json(pointer)
        file = folder / MANIFESTS / current["manifest"]
        actual = sha256(file) if file.is_file() else "no file"
        content = read_json(file) if actual == current["sha256"] else None
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(pointer, "it cannot be read") from error
    if content is None:
        raise _damaged(file, f"its SHA-256 should be {current['sha256'][:12]}..., found {actual[:12]}")
    if content["format"] not in READS or content["hash"] != HASH:
        raise HoldfastError(
            f"{folder}: the store has format {content['format']} with hash {content['hash']}; this version of "
            f"Holdfast reads formats up to {FORMAT} with {HASH}.",
            fix=f"Move {folder} away and ingest again: holdfast ingest {folder.parent}",
        )
    return Manifest.from_record(content)


def refuse_lost_pointer(folder: Path) -> None:
    """Refuse a store that lost the file which names the current manifest: a new store would forget its records."""
    written = sorted(path.name for path in (folder / MANIFESTS).glob("*.json"))
    if not (folder / POINTER).is_file() and written and written[-1] > f"{0:06d}.json":
        raise HoldfastError(
            f"{folder / POINTER}: the file is gone, but records were stored here ({written[-1]} is the last list of "
            "them). A new store in its place would forget what came by --data.",
            fix=f"Restore {POINTER} from a backup; or move {folder} away, run holdfast ingest {folder.parent}, and "
            "add with --data again what the settings do not name.",
        )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest beside the older ones, then point to it: readers see the new version, or still the old one."""
    name = f"{manifest.version:06d}.json"
    write_json(folder / MANIFESTS / name, manifest.to_record())
    write_json(folder / POINTER, {"manifest": name, "sha256": sha256(folder / MANIFESTS / name)})


def with_files(table: StoredTable, partition: int, files: tuple[StoredFile, ...]) -> StoredTable:
    """The table with other files for one partition."""
    return replace(table, files={**table.files, partition: files})


def _damaged(file: Path, what: str) -> HoldfastError:
    return HoldfastError(
        f"{file}: the store's manifest is damaged: {what}.",
        fix=f"Restore {file.name} from a backup, or move the store away and run holdfast ingest again.",
    )
