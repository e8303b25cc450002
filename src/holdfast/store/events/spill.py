"""Rows set down by partition while they are read, in files that are taken away with the block."""

import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from holdfast.features.placing import placed
from holdfast.store.artifacts import writable
from holdfast.store.events.ordering import Coded, picked

MOST_WORDS = 65_536  # different texts of a column that stand as places in a list
_LOOK, _FEW = 50_000, 12_500  # as many different texts among the first rows speak of few in all


class _Words:
    """The different texts of one column, as far as they were met."""

    def __init__(self, first: pl.Series) -> None:
        self.known: Any = pa.array([], pa.large_string())
        self._many = first.head(_LOOK).n_unique() > _FEW

    def places(self, column: pl.Series) -> pl.Series | None:
        """The place of each text among the known; None where there are too many different ones."""
        if self._many:
            return None
        texts = column.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        places = pc.index_in(texts, value_set=self.known, skip_nulls=True)
        if places.null_count > texts.null_count:
            new = pc.unique(texts.filter(pc.and_(pc.is_null(places), pc.is_valid(texts))))
            self._many = len(new) + len(self.known) > MOST_WORDS
            if self._many:
                return None
            self.known = pa.concat_arrays([self.known, new])
            places = pc.index_in(texts, value_set=self.known, skip_nulls=True)
        return pl.Series(column.name, places, dtype=pl.Int32)


@dataclass(frozen=True)
class _Batch:
    path: Path
    blocks: tuple[int, ...]  # of the file, by partition; -1: none
    coded: frozenset[str]  # columns of texts that stand as places


class Spill:
    """Frames in, rows of one partition out; what is held in memory is one frame and one partition."""

    def __init__(self, folder: Path, partitions: int) -> None:
        self._folder, self._partitions = folder, partitions
        self._batches: dict[str, list[_Batch]] = defaultdict(list)
        self._words: dict[tuple[str, str], _Words] = {}
        self.rows: dict[str, list[int]] = defaultdict(lambda: [0] * partitions)
        shutil.rmtree(folder, ignore_errors=True)
        with writable(folder):
            folder.mkdir(parents=True)

    def add(self, table: str, frame: pl.DataFrame, ids: pl.Series) -> None:
        """Set rows down by the partitions of `ids`, one for each row."""
        place = placed(ids, self._partitions)
        short, coded = self._coded(table, frame)
        rows = picked(short, place.order)
        path = self._folder / f"{sum(map(len, self._batches.values())):06d}.arrow"
        blocks, filled = [-1] * self._partitions, 0
        with writable(path), pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
            for partition in range(self._partitions):
                begin, end = int(place.starts[partition]), int(place.starts[partition + 1])
                if begin == end:
                    continue
                out.write_batch(rows.slice(begin, end - begin))
                blocks[partition], filled = filled, filled + 1
                self.rows[table][partition] += end - begin
        self._batches[table].append(_Batch(path, tuple(blocks), coded))

    def take(self, table: str, partition: int) -> Coded | None:
        """The rows of one partition in the order that they came; None where there are none."""
        batches = [batch for batch in self._batches[table] if batch.blocks[partition] >= 0]
        if not batches:
            return None
        every = frozenset.intersection(*(batch.coded for batch in batches))
        words = {name: self._known(table, name) for name in every}
        parts = []
        for batch in batches:
            with pa.OSFile(str(batch.path), "rb") as source:
                part = pl.DataFrame(pa.ipc.open_file(source).get_batch(batch.blocks[partition]))
            # Columns that turned out half-way to hold too many different texts.
            texts = [self._known(table, name).gather(part[name]).alias(name) for name in batch.coded - every]
            parts.append(part.with_columns(texts))
        return Coded(pl.concat(parts, how="diagonal_relaxed", rechunk=True), words)

    def close(self) -> None:
        """Take the files away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _known(self, table: str, name: str) -> pl.Series:
        return pl.Series(name, self._words[table, name].known, dtype=pl.String)

    def _coded(self, table: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str]]:
        coded = []
        for name, dtype in frame.schema.items():
            if dtype != pl.String() or name == "customer_id":
                continue
            words = self._words.setdefault((table, name), _Words(frame[name]))
            places = words.places(frame[name])
            if places is not None:
                coded.append(places)
        return frame.with_columns(coded), frozenset(places.name for places in coded)
