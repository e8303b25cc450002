"""Reads measured features: all, or some cutoffs, customers and columns; at most a block at a time.

MeasuredFeatures.open(folder).frame(cutoff=..., customers=..., columns=...)   -> pl.DataFrame
MeasuredFeatures.open(folder).blocks()                                        -> frames, one below the other
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.store.artifacts import atomic_file, clear_unfinished
from holdfast.store.features import files
from holdfast.store.features.layout import KEYS, File, Layer, Manifest, read_manifest

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Query:
    """Which columns, cutoffs, customers and partitions to read; all by default."""

    columns: tuple[str, ...] = ()  # beside customer_id and cutoff
    cutoffs: tuple[datetime, ...] | None = None
    customers: pl.Series | None = None
    partitions: tuple[int, ...] | None = None


@dataclass(frozen=True)
class MeasuredFeatures:
    """The features in a folder: a result that is complete."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path | str) -> "MeasuredFeatures":
        """The result in a folder.

        Raises:
            HoldfastError: there is none, or it cannot be read.
        """
        return cls(Path(folder), read_manifest(Path(folder)))

    @property
    def names(self) -> list[str]:
        """The features, in their order."""
        return self.manifest.names

    @property
    def cutoffs(self) -> tuple[datetime, ...]:
        """Ascending, UTC."""
        return self.manifest.cutoffs

    @property
    def rows(self) -> int:
        """How many there are, over all cutoffs."""
        return sum(self.manifest.rows)

    def frame(
        self,
        cutoff: datetime | None = None,
        customers: pl.Series | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows in memory.

        Args:
            cutoff: only this one.
            customers: only these ids.
            columns: only these features; all by default.

        Returns:
            customer_id, cutoff and the features; by cutoff, then customer.

        Raises:
            HoldfastError: no such cutoff or feature, or a damaged file.
        """
        cutoffs = None if cutoff is None else (cutoff,)
        query = Query(tuple(columns if columns is not None else self.names), cutoffs, customers)
        blocks = [block for _, block in self.partition_blocks(query)]
        schema = {"customer_id": pl.String(), "cutoff": TIME, **{name: self._type(name) for name in query.columns}}
        return pl.concat([pl.DataFrame(schema=schema), *blocks]).sort("cutoff", "customer_id")

    def blocks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows, block by block: by partition, then customer, then cutoff."""
        for _, block in self.partition_blocks(Query(tuple(columns if columns is not None else self.names))):
            yield block

    def partition_blocks(self, query: Query) -> Iterator[tuple[int, pl.DataFrame]]:
        """The partition and the rows of each block that has any, from files whose hash is verified first.

        Raises:
            HoldfastError: no such cutoff or feature, or a damaged file.
        """
        unknown = [name for name in query.columns if name not in self.manifest.schema]
        missing = sorted(set(query.cutoffs or ()) - set(self.cutoffs))
        if unknown or missing:
            problem = f"no feature {', '.join(unknown)}" if unknown else f"no cutoff {missing[0]:%Y-%m-%d %H:%M}"
            available = self.names[:8] if unknown else [f"{cutoff:%Y-%m-%d}" for cutoff in self.cutoffs]
            raise HoldfastError(
                f"{self.folder}: {problem}; there are {', '.join(available)}.", fix="Name one of those."
            )
        cutoffs = self.cutoffs if query.cutoffs is None else query.cutoffs
        partitions = range(self.manifest.made_of.partitions)
        for partition in partitions if query.partitions is None else query.partitions:
            self._verify(partition)
            before: dict[datetime, int] = {}
            for plan in self._plans(partition, query, cutoffs):
                rows = self._with_scores(partition, plan.collect(), query, before)
                if query.customers is not None:
                    rows = rows.filter(pl.col("customer_id").is_in(query.customers.implode()))
                if rows.height:
                    yield partition, rows.select(*KEYS, *query.columns)

    def collect_blocks(self, query: Query) -> list[tuple[int, pl.DataFrame]]:
        """As `partition_blocks`, read in parallel: for few columns of few cutoffs, without scores or chosen customers.

        Only the sizes of the files are checked: to hash all of them would double the time of a refresh. What is
        written from them is verified with them when it is read.
        """
        cutoffs = self.cutoffs if query.cutoffs is None else query.cutoffs
        partitions = range(self.manifest.made_of.partitions)
        plans = [(partition, plan) for partition in partitions for plan in self._plans(partition, query, cutoffs)]
        try:
            blocks = pl.collect_all([plan for _, plan in plans])
        except pl.exceptions.PolarsError:
            self.verify()  # names the damaged file
            raise
        return [(partition, block) for (partition, _), block in zip(plans, blocks, strict=True) if block.height]

    def verify(self) -> None:
        """Compare every file with the hash of what was written.

        Raises:
            HoldfastError: a damaged file.
        """
        for file in {file.path: file for file in self.manifest.files()}.values():
            files.verify(self.folder, file)

    def _verify(self, partition: int) -> None:
        files_of_layers = [file for layer in self.manifest.layers for file in (*layer.blocks, *layer.touched)]
        for file in files_of_layers:
            if file.partition == partition:
                files.verify(self.folder, file)
        for scores in self.manifest.scores:
            files.verify(self.folder, scores.file)

    def _type(self, name: str) -> pl.DataType:
        if name not in self.manifest.schema:
            raise HoldfastError(
                f"{self.folder}: no feature {name}; there are {', '.join(self.names[:8])}.",
                fix="Name one of those.",
            )
        return self.manifest.schema[name]

    def _plans(self, partition: int, query: Query, cutoffs: Sequence[datetime]) -> Iterator[pl.LazyFrame]:
        """How to read each block: stored columns of the rows that no newer layer replaces."""
        live = {cutoff.isoformat() for cutoff in cutoffs}
        columns = [*KEYS, *(name for name in query.columns if name in self.manifest.stored)]
        layers = [
            (layer, filters) for layer, filters in self._shadowed(partition, cutoffs) if live & set(layer.cutoffs)
        ]
        blocks_of_layers = [[block for block in layer.blocks if block.partition == partition] for layer, _ in layers]
        for after, until in _ranges(blocks_of_layers):
            scans = []
            for (layer, filters), blocks in zip(layers, blocks_of_layers, strict=True):
                for block in blocks:
                    if not _overlaps(block, after, until):
                        continue
                    rows = files.scan_file(self.folder, block).filter(*_within(block, after, until))
                    if layer.holds_others or not set(layer.cutoffs) <= live:
                        of_layer = [cutoff for cutoff in cutoffs if cutoff.isoformat() in layer.cutoffs]
                        rows = rows.filter(pl.col("cutoff").is_in(pl.Series(of_layer, dtype=TIME).implode()))
                    rows = rows.filter(*filters)
                    scans.append(rows.select(columns))
            if scans:
                by = KEYS if len(cutoffs) > 1 else KEYS[:1]  # one column of texts is sorted in a third of the time
                yield pl.concat(scans).sort(by) if len(scans) > 1 else scans[0]

    def _shadowed(self, partition: int, cutoffs: Sequence[datetime]) -> list[tuple[Layer, list[pl.Expr]]]:
        """Each layer, with the filters that leave the rows that no newer layer replaces."""
        filters: list[pl.Expr] = []
        shadowed = []
        for layer in reversed(self.manifest.layers):
            shadowed.append((layer, filters))
            for file in layer.touched:
                until = datetime.fromisoformat(file.after) if file.after else None
                if file.partition == partition and (until is None or until < max(cutoffs)):
                    ids = files.read_file(self.folder, file, ["customer_id"])["customer_id"]
                    stays = ~pl.col("customer_id").is_in(ids.implode())
                    if until is not None:
                        stays |= pl.col("cutoff") <= until
                    filters = [*filters, stays]
        return shadowed[::-1]

    def _with_scores(
        self, partition: int, block: pl.DataFrame, query: Query, before: dict[datetime, int]
    ) -> pl.DataFrame:
        """The block with its scores; `before` counts the partition's rows of each cutoff that earlier blocks had."""
        names = [name for name in query.columns if name in self.manifest.scored]
        if not names or not block.height:
            return block
        ordered = block.with_row_index("_row").sort("cutoff", "_row")
        counts = dict(ordered.group_by("cutoff", maintain_order=True).len().iter_rows())
        frames = []
        by_cutoff = {datetime.fromisoformat(scores.cutoff): scores for scores in self.manifest.scores}
        for cutoff, rows in counts.items():
            scores = by_cutoff[cutoff]
            begin = sum(scores.rows[:partition]) + before.get(cutoff, 0)
            before[cutoff] = before.get(cutoff, 0) + rows
            frames.append(files.scan_file(self.folder, scores.file).select(names).slice(begin, rows).collect())
        return ordered.hstack(pl.concat(frames)).sort("_row").drop("_row")


def _ranges(layers: Sequence[Sequence[File]]) -> list[tuple[str | None, str | None]]:
    """Ranges of customer ids, (after, until], as the layer with most rows is cut; None: no limit."""
    largest = max(layers, key=lambda blocks: sum(block.rows for block in blocks), default=())
    edges = [block.last for block in largest]
    return list(pairwise([None, *edges[:-1], None]))


def _overlaps(block: File, after: str | None, until: str | None) -> bool:
    return (after is None or block.last > after) and (until is None or block.first <= until)


def _within(block: File, after: str | None, until: str | None) -> list[pl.Expr]:
    inside = []
    if after is not None and block.first <= after:
        inside.append(pl.col("customer_id") > after)
    if until is not None and block.last > until:
        inside.append(pl.col("customer_id") <= until)
    return inside


def export(result: MeasuredFeatures, target: Path, written_as: Callable[[pl.Series], pl.Series] | None = None) -> int:
    """Write customer_id, cutoff and the features, in the order of `result.blocks()`; the number of rows written.

    Args:
        result: finished.
        target: a .parquet file.
        written_as: what stands for the ids of customers; None: the ids.
    """
    import pyarrow.parquet as pq

    rows = 0
    with atomic_file(target) as unfinished, pq.ParquetWriter(unfinished, _schema(result), compression="zstd") as out:
        clear_unfinished(beside=unfinished)
        for block in result.blocks():
            if written_as is not None:
                block = block.with_columns(written_as(block["customer_id"]).alias("customer_id"))  # noqa: PLW2901
            out.write_table(_arrow(block).cast(_schema(result)))
            rows += block.height
    return rows


def _schema(result: MeasuredFeatures) -> "pa.Schema":
    types = {name: result.manifest.schema[name] for name in result.names}
    return _arrow(pl.DataFrame(schema={"customer_id": pl.String(), "cutoff": TIME, **types})).schema


def _arrow(frame: pl.DataFrame) -> "pa.Table":
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
