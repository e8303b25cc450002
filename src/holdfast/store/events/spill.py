"""Rows by partition on disk while files are read; the files are removed on close."""

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

MOST_WORDS = 65_536  # distinct texts of a column that is coded
_SAMPLE, _FEW = 50_000, 12_500  # so many distinct texts among the first rows mean few in all


class _Words:
    """The distinct texts of one column, so far."""

    def __init__(self, first: Any) -> None:
        self.texts: Any = pa.array([], pa.large_string())
        self._many = len(pc.unique(first.slice(0, _SAMPLE))) > _FEW

    def codes(self, texts: Any) -> Any | None:
        """The code of each text, its index in `texts`; None where there are too many distinct ones."""
        if self._many:
            return None
        codes = pc.index_in(texts, value_set=self.texts, skip_nulls=True)
        if codes.null_count > texts.null_count:
            new = pc.unique(texts.filter(pc.and_(pc.is_null(codes), pc.is_valid(texts))))
            self._many = len(new) + len(self.texts) > MOST_WORDS
            if self._many:
                return None
            self.texts = pa.concat_arrays([self.texts, new])
            codes = pc.index_in(texts, value_set=self.texts, skip_nulls=True)
        return codes


@dataclass(frozen=True)
class _Batch:
    path: Path
    by: str  # the column of customers
    blocks: tuple[int, ...]  # of the file, by partition; -1: none
    coded: frozenset[str]  # text columns that hold codes


class Spill:
    """Frames in, rows of one partition out; in memory are at most two frames and one partition."""

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
        """Write rows by partition of the customers in the column `by`, in the background."""
        rows, coded = self._coded(table, single_batch(frame), by)
        partitioned = rows_by_partition(rows.column(by), self._partitions)
        rows_in = np.diff(partitioned.starts)
        blocks = np.where(rows_in > 0, np.cumsum(rows_in > 0) - 1, -1)
        path = self._folder / f"{sum(map(len, self._batches.values())):06d}.arrow"
        self._finish()
        self._batches[table].append(_Batch(path, by, tuple(blocks.tolist()), coded))
        self.rows[table] = [before + new for before, new in zip(self.rows[table], rows_in.tolist(), strict=True)]
        self._writing = self._writer.submit(_write, path, rows, partitioned)

    def take(self, table: str, partition: int) -> Coded | None:
        """The rows of one partition in the order that they came; None where there are none.

        The column of customers is coded by its sorted ids.
        """
        self._finish()
        batches = [batch for batch in self._batches[table] if batch.blocks[partition] >= 0]
        if not batches:
            return None
        always_coded = frozenset.intersection(*(batch.coded for batch in batches))
        words = {name: self._texts(table, name) for name in always_coded}
        frames, ids = [], []
        for batch in batches:
            with pa.memory_map(str(batch.path)) as source:
                rows = pa.ipc.open_file(source).get_batch(batch.blocks[partition])
            ids.append(rows.column(batch.by))
            rows = rows.drop_columns([batch.by])
            frame = pl.DataFrame(rows)
            # Columns that turned out half-way to have too many distinct texts.
            texts = [self._texts(table, name).gather(frame[name]).alias(name) for name in batch.coded - always_coded]
            frames.append(frame.with_columns(texts))
        frame = pl.concat(frames, how="diagonal_relaxed", rechunk=True)
        by = batches[0].by
        codes, words[by] = coded_customers(pa.concat_arrays(ids))
        return Coded(frame.insert_column(0, codes.alias(by)), words)

    def close(self) -> None:
        """Remove the files."""
        self._writer.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _finish(self) -> None:
        """Wait for the file that is being written; raises what went wrong."""
        if self._writing is not None:
            self._writing.result()

    def _texts(self, table: str, name: str) -> pl.Series:
        return pl.Series(name, self._words[table, name].texts, dtype=pl.String)

    def _coded(self, table: str, rows: Any, by: str) -> tuple[Any, frozenset[str]]:
        coded = set()
        for index, field in enumerate(rows.schema):
            if field.type != pa.large_string() or field.name == by:
                continue
            texts = rows.column(index)
            if (table, field.name) not in self._words:  # the constructor counts texts
                self._words[table, field.name] = _Words(texts)
            codes = self._words[table, field.name].codes(texts)
            if codes is not None:
                rows = rows.set_column(index, field.name, codes)
                coded.add(field.name)
        return rows, frozenset(coded)


def _write(path: Path, rows: Any, partitioned: PartitionedRows) -> None:
    rows = taken(rows, partitioned.order)
    with writable(path), pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
        for begin, end in zip(partitioned.starts[:-1].tolist(), partitioned.starts[1:].tolist(), strict=True):
            if end > begin:
                out.write_batch(rows.slice(begin, end - begin))
