"""The files of measured features in a folder, and the manifest that lists them.

manifest.json                        replaced last and whole, so a result is complete or not visible
layers/000001/rows-00000.parquet     customer_id, cutoff, one column a feature; by partition, customer, cutoff
layers/000002/touched-00000.parquet  customers whose rows in older layers are stale, from some cutoff on
scores/000002/c000.parquet           ranks among all rows of a cutoff: by partition, then customer
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import read_json, write_json
from holdfast.store.dtypes import TYPES

FORMAT, READS = 2, (1, 2)  # 1: no file holds rows of several partitions
MANIFEST = "manifest.json"
KEYS = ("customer_id", "cutoff")


@dataclass(frozen=True)
class File:
    """Rows of a partition in a Parquet file, which never changes once the manifest names it."""

    path: str  # in the result's folder
    partition: int
    rows: int
    bytes: int  # of the Parquet file
    sha256: str
    first: str = ""  # customer ids: the least and the greatest
    last: str = ""
    begin: int | None = None  # the first of the rows, where the Parquet file holds other rows too
    after: str = ""  # of touched customers: only rows of later cutoffs are stale; empty: of all


@dataclass(frozen=True)
class Layer:
    """What one run measured. Its rows replace those that older layers have of the customers it touched."""

    cutoffs: tuple[str, ...]  # of the rows that count
    blocks: tuple[File, ...]  # by partition, then customer
    touched: tuple[File, ...] = ()
    holds_others: bool = False  # the blocks have rows of cutoffs that are not requested any more too

    @property
    def rows(self) -> int:
        return sum(block.rows for block in self.blocks)


@dataclass(frozen=True)
class Scores:
    """The ranks of one cutoff, in the order of the rows they belong to."""

    cutoff: str
    file: File
    rows: tuple[int, ...]  # by partition


@dataclass(frozen=True)
class Measurement:
    """What a result was computed from: equal ones give equal numbers."""

    features: tuple[Mapping[str, Any], ...]  # the records, in their order
    facts: Mapping[str, Any]  # what the features were chosen by
    settings: str  # hash of the settings and the code that chose the features and the customers of a cutoff
    cutoffs: tuple[str, ...]  # ISO 8601, UTC, ascending
    store_version: int
    partitions: int
    chosen_before: str = ""  # the moment (ISO 8601) before which everything that chose the features was known
    window: Mapping[str, Any] = field(default_factory=dict)  # `cutoffs.active_window`: of which customers


@dataclass(frozen=True)
class Manifest:
    """One complete result."""

    made_of: Measurement
    stored: Mapping[str, str]  # columns of the blocks -> type; also what scores are made of
    scored: Mapping[str, str]  # columns of the scores -> type
    rows: tuple[int, ...]  # by cutoff: those that a reader sees
    layers: tuple[Layer, ...] = ()  # oldest first
    scores: tuple[Scores, ...] = ()
    store_mark: str = ""  # of the version of the store that it was measured from

    @property
    def cutoffs(self) -> tuple[datetime, ...]:
        return tuple(datetime.fromisoformat(cutoff) for cutoff in self.made_of.cutoffs)

    @property
    def names(self) -> list[str]:
        """The features, in their order."""
        return [record["name"] for record in self.made_of.features]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """All columns that can be read, and their types."""
        return {name: TYPES[dtype] for name, dtype in {**self.stored, **self.scored}.items()}

    def files(self) -> Iterator[File]:
        """All files of the result; a Parquet file that partitions share comes once for each of them."""
        for layer in self.layers:
            yield from layer.blocks
            yield from layer.touched
        for scores in self.scores:
            yield scores.file

    def to_record(self) -> dict[str, Any]:
        """The manifest as JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Manifest":
        """The manifest that `to_record` wrote, in any format that is still read."""
        made_of = record["made_of"]
        layers = (
            Layer(tuple(layer["cutoffs"]), _files(layer["blocks"]), _files(layer["touched"]), layer["holds_others"])
            for layer in record["layers"]
        )
        scores = (
            Scores(scores["cutoff"], File(**scores["file"]), tuple(scores["rows"])) for scores in record["scores"]
        )
        return cls(
            made_of=Measurement(
                **{**made_of, "features": tuple(made_of["features"]), "cutoffs": tuple(made_of["cutoffs"])}
            ),
            stored=record["stored"],
            scored=record["scored"],
            rows=tuple(record["rows"]),
            layers=tuple(layers),
            scores=tuple(scores),
            store_mark=record.get("store_mark", ""),
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result.

    Raises:
        HoldfastError: no result, one of a later version of the product, or a damaged manifest.
    """
    file = folder / MANIFEST
    if not file.is_file():
        raise HoldfastError(f"{folder}: no features have been measured yet.", fix=f"holdfast features {folder.parent}")
    try:
        content = read_json(file, fix=f"holdfast features {folder.parent} --rebuild")
        if content["format"] not in READS:
            raise HoldfastError(
                f"{file}: written in format {content['format']}; this version of Holdfast reads formats up to "
                f"{FORMAT}.",
                fix=f"holdfast features {folder.parent} --rebuild",
            )
        return Manifest.from_record(content)
    except (ValueError, KeyError, TypeError) as error:
        raise HoldfastError(
            f"{file}: the manifest cannot be read ({error}).", fix=f"holdfast features {folder.parent} --rebuild"
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest: from then on a reader sees the new result, before it the old one."""
    write_json(folder / MANIFEST, manifest.to_record())


def _files(records: list[Any]) -> tuple[File, ...]:
    return tuple(File(**record) for record in records)
