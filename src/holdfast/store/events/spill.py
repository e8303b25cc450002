"""Rows set down by partition while they are read, in files that are taken away with the block."""

import shutil
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from holdfast.features.partitioning import PartitionedRows, rows_by_partition
from holdfast.store.artifacts import writable
from holdfast.store.events.ordering import Coded, coded_customers, single_batch, taken

MOST_WORDS = 65_536  # different texts of a column that stand as places in a list
_LOOK, _FEW = 50_000, 12_500  # as many different texts among the first rows speak of few in all


class _Words:
    """The different texts of one column, as far as they were met."""

    def __init__(self, first: Any) -> None:
        self.known: Any = pa.array([], pa.large_string())
        self._many = len(pc.unique(first.slice(0, _LOOK))) > _FEW

    def places(self, texts: Any) -> Any | None:
        """The place of each text among the known; None where there are too many different ones."""
        if self._many:
            return None
        places = pc.index_in(texts, value_set=self.known, skip_nulls=True)
        if places.null_count > texts.null_count:
            new = pc.unique(texts.filter(pc.and_(pc.is_null(places), pc.is_valid(texts))))
            self._many = len(new) + len(self.known) > MOST_WORDS
            if self._many:
                return None
            self.known = pa.concat_arrays([self.known, new])
            places = pc.index_in(texts, value_set=self.known, skip_nulls=True)
        return places


@dataclass(frozen=True)
class _Batch:
    path: Path
    by: str  # the column of customers
    blocks: tuple[int, ...]  # of the file, by partition; -1: none
    coded: frozenset[str]  # columns of texts that stand as places


class Spill:
    """Frames in, rows of one partition out; what is held in memory is two frames at most and one partition."""

    def __init__(self, folder: Path, partitions: int) -> None:
        self._folder, self._partitions = folder, partitions
        self._batches: dict[str, list[_Batch]] = defaultdict(list)
        self._words: dict[tuple[str, str], _Words] = {}
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self.rows: dict[str, list[int]] = defaultdict(lambda: [0] * partitions)
        shutil.rmtree(folder, ignore_errors=True)
        with writable(folder):
            folder.mkdir(parents=True)

    def add(self, table: str, frame: pl.DataFrame, by: str) -> None:
        """Set rows down by the partitions of the customers in the column `by`; the last frame is written meanwhile."""
        rows, coded = self._coded(table, single_batch(frame), by)
        place = rows_by_partition(rows.column(by), self._partitions)
        held = np.diff(place.starts)
        blocks = np.where(held > 0, np.cumsum(held > 0) - 1, -1)
        path = self._folder / f"{sum(map(len, self._batches.values())):06d}.arrow"
        self._finish()
        self._batches[table].append(_Batch(path, by, tuple(blocks.tolist()), coded))
        self.rows[table] = [before + new for before, new in zip(self.rows[table], held.tolist(), strict=True)]
        self._writing = self._writer.submit(_write, path, rows, place)

    def take(self, table: str, partition: int) -> Coded | None:
        """The rows of one partition in the order that they came; None where there are none.

        The column of customers comes coded, as places in its sorted ids.
        """
        self._finish()
        batches = [batch for batch in self._batches[table] if batch.blocks[partition] >= 0]
        if not batches:
            return None
        every = frozenset.intersection(*(batch.coded for batch in batches))
        words = {name: self._known(table, name) for name in every}
        parts, ids = [], []
        for batch in batches:
            with pa.memory_map(str(batch.path)) as source:
                rows = pa.ipc.open_file(source).get_batch(batch.blocks[partition])
            ids.append(rows.column(batch.by))
            rows = rows.drop_columns([batch.by])
            part = pl.DataFrame(rows)
            # Columns that turned out half-way to hold too many different texts.
            texts = [self._known(table, name).gather(part[name]).alias(name) for name in batch.coded - every]
            parts.append(part.with_columns(texts))
        frame = pl.concat(parts, how="diagonal_relaxed", rechunk=True)
        by = batches[0].by
        places, words[by] = coded_customers(pa.concat_arrays(ids))
        return Coded(frame.insert_column(0, places.alias(by)), words)

    def close(self) -> None:
        """Take the files away."""
        self._writer.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _finish(self) -> None:
        """Wait for the file that is being written, and hear what went wrong with it."""
        if self._writing is not None:
            self._writing.result()

    def _known(self, table: str, name: str) -> pl.Series:
        return pl.Series(name, self._words[table, name].known, dtype=pl.String)

    def _coded(self, table: str, rows: Any, by: str) -> tuple[Any, frozenset[str]]:
        coded = set()
        for place, field in enumerate(rows.schema):
            if field.type != pa.large_string() or field.name == by:
                continue
            texts = rows.column(place)
            if (table, field.name) not in self._words:  # what is made looks through the texts
                self._words[table, field.name] = _Words(texts)
            places = self._words[table, field.name].places(texts)
            if places is not None:
                rows = rows.set_column(place, field.name, places)
                coded.add(field.name)
        return rows, frozenset(coded)


def _write(path: Path, rows: Any, place: PartitionedRows) -> None:
    rows = taken(rows, place.order)
    with writable(path), pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
        for begin, end in zip(place.starts[:-1].tolist(), place.starts[1:].tolist(), strict=True):
            if end > begin:
                out.write_batch(rows.slice(begin, end - begin))
