"""Read measured features: all, or some cutoffs, customers and columns; never more than a block at a time.

MeasuredFeatures.open(folder).frame(cutoff=..., customers=..., columns=...)   -> pl.DataFrame
MeasuredFeatures.open(folder).blocks()                                        -> frames, one below the other
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.store.artifacts import clear_unfinished, whole_file
from holdfast.store.features import files
from holdfast.store.features.layout import KEYS, File, Layer, Manifest, read_manifest

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Wanted:
    """Which part of a result; all of it by default."""

    columns: tuple[str, ...] = ()  # beside customer_id and cutoff
    cutoffs: tuple[datetime, ...] | None = None
    customers: pl.Series | None = None
    partitions: tuple[int, ...] | None = None


@dataclass(frozen=True)
class MeasuredFeatures:
    """A finished result."""

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
            HoldfastError: no such cutoff or feature, or a file was harmed.
        """
        moments = None if cutoff is None else (cutoff,)
        wanted = Wanted(tuple(columns if columns is not None else self.names), moments, customers)
        found = [block for _, block in self.parts(wanted)]
        schema = {"customer_id": pl.String(), "cutoff": TIME, **{name: self._type(name) for name in wanted.columns}}
        return pl.concat([pl.DataFrame(schema=schema), *found]).sort("cutoff", "customer_id")

    def blocks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows, block by block: by partition, then customer, then cutoff."""
        for _, block in self.parts(Wanted(tuple(columns if columns is not None else self.names))):
            yield block

    def parts(self, wanted: Wanted) -> Iterator[tuple[int, pl.DataFrame]]:
        """The partition and the rows of each block, empty ones left out; from files whose hash is what was written.

        Raises:
            HoldfastError: no such cutoff or feature, or a file was harmed.
        """
        unknown = [name for name in wanted.columns if name not in self.manifest.schema]
        missing = sorted(set(wanted.cutoffs or ()) - set(self.cutoffs))
        if unknown or missing:
            said = f"no feature {', '.join(unknown)}" if unknown else f"no cutoff {missing[0]:%Y-%m-%d %H:%M}"
            there = self.names[:8] if unknown else [f"{cutoff:%Y-%m-%d}" for cutoff in self.cutoffs]
            raise HoldfastError(f"{self.folder}: {said}; there are {', '.join(there)}.", fix="Ask for one of those.")
        moments = self.cutoffs if wanted.cutoffs is None else wanted.cutoffs
        every = range(self.manifest.made_of.partitions)
        for partition in every if wanted.partitions is None else wanted.partitions:
            self._prove(partition)
            before: dict[datetime, int] = {}
            for plan in self._plans(partition, wanted, moments):
                rows = self._with_scores(partition, plan.collect(), wanted, before)
                if wanted.customers is not None:
                    rows = rows.filter(pl.col("customer_id").is_in(wanted.customers.implode()))
                if rows.height:
                    yield partition, rows.select(*KEYS, *wanted.columns)

    def at_once(self, wanted: Wanted) -> list[tuple[int, pl.DataFrame]]:
        """As `parts`, read side by side: for few columns of few cutoffs, without scores or a choice of customers.

        Of the files only the size is looked at: to hash all of them would double the time of a refresh. What is
        written from them is proved with them when it is read.
        """
        moments = self.cutoffs if wanted.cutoffs is None else wanted.cutoffs
        every = range(self.manifest.made_of.partitions)
        plans = [(one, plan) for one in every for plan in self._plans(one, wanted, moments)]
        try:
            found = pl.collect_all([plan for _, plan in plans])
        except pl.exceptions.PolarsError:
            self.prove()  # tells which file was harmed
            raise
        return [(partition, block) for (partition, _), block in zip(plans, found, strict=True) if block.height]

    def prove(self) -> None:
        """Compare every file with the hash of what was written.

        Raises:
            HoldfastError: a file was harmed.
        """
        for file in {file.path: file for file in self.manifest.files()}.values():
            files.prove(self.folder, file)

    def _prove(self, partition: int) -> None:
        mine = [file for layer in self.manifest.layers for file in (*layer.blocks, *layer.touched)]
        for file in mine:
            if file.partition == partition:
                files.prove(self.folder, file)
        for scores in self.manifest.scores:
            files.prove(self.folder, scores.file)

    def _type(self, name: str) -> pl.DataType:
        if name not in self.manifest.schema:
            raise HoldfastError(
                f"{self.folder}: no feature {name}; there are {', '.join(self.names[:8])}.",
                fix="Ask for one of those.",
            )
        return self.manifest.schema[name]

    def _plans(self, partition: int, wanted: Wanted, moments: Sequence[datetime]) -> Iterator[pl.LazyFrame]:
        """How to read each block: stored columns of the rows that no newer layer takes the place of."""
        live = {moment.isoformat() for moment in moments}
        columns = [*KEYS, *(name for name in wanted.columns if name in self.manifest.stored)]
        layers = [(layer, gone) for layer, gone in self._shadowed(partition, moments) if live & set(layer.cutoffs)]
        held = [[block for block in layer.blocks if block.partition == partition] for layer, _ in layers]
        for after, until in _ranges(held):
            found = []
            for (layer, gone), blocks in zip(layers, held, strict=True):
                for block in blocks:
                    if not _overlaps(block, after, until):
                        continue
                    rows = files.scan_file(self.folder, block).filter(*_within(block, after, until))
                    if layer.holds_others or not set(layer.cutoffs) <= live:
                        of_layer = [moment for moment in moments if moment.isoformat() in layer.cutoffs]
                        rows = rows.filter(pl.col("cutoff").is_in(pl.Series(of_layer, dtype=TIME).implode()))
                    rows = rows.filter(*gone)
                    found.append(rows.select(columns))
            if found:
                by = KEYS if len(moments) > 1 else KEYS[:1]  # one column of texts is sorted in a third of the time
                yield pl.concat(found).sort(by) if len(found) > 1 else found[0]

    def _shadowed(self, partition: int, moments: Sequence[datetime]) -> list[tuple[Layer, list[pl.Expr]]]:
        """Each layer, and what holds of rows that no newer layer takes the place of."""
        gone: list[pl.Expr] = []
        shadowed = []
        for layer in reversed(self.manifest.layers):
            shadowed.append((layer, gone))
            for file in layer.touched:
                until = datetime.fromisoformat(file.after) if file.after else None
                if file.partition == partition and (until is None or until < max(moments)):
                    ids = files.read_file(self.folder, file, ["customer_id"])["customer_id"]
                    stays = ~pl.col("customer_id").is_in(ids.implode())
                    if until is not None:
                        stays |= pl.col("cutoff") <= until
                    gone = [*gone, stays]
        return shadowed[::-1]

    def _with_scores(
        self, partition: int, block: pl.DataFrame, wanted: Wanted, before: dict[datetime, int]
    ) -> pl.DataFrame:
        """Put scores beside the rows they belong to; `before` counts the rows of the partition given so far."""
        names = [name for name in wanted.columns if name in self.manifest.scored]
        if not names or not block.height:
            return block
        ordered = block.with_row_index("_row").sort("cutoff", "_row")
        counts = dict(ordered.group_by("cutoff", maintain_order=True).len().iter_rows())
        parts = []
        by_cutoff = {datetime.fromisoformat(one.cutoff): one for one in self.manifest.scores}
        for cutoff, rows in counts.items():
            scores = by_cutoff[cutoff]
            begin = sum(scores.rows[:partition]) + before.get(cutoff, 0)
            before[cutoff] = before.get(cutoff, 0) + rows
            parts.append(files.scan_file(self.folder, scores.file).select(names).slice(begin, rows).collect())
        return ordered.hstack(pl.concat(parts)).sort("_row").drop("_row")


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


def export(result: MeasuredFeatures, target: Path) -> int:
    """Write customer_id, cutoff and the features, in the order of `result.blocks()`; the number of rows written.

    Args:
        result: finished.
        target: a .parquet file.
    """
    import pyarrow.parquet as pq

    rows = 0
    with whole_file(target) as unfinished, pq.ParquetWriter(unfinished, _schema(result), compression="zstd") as out:
        clear_unfinished(beside=unfinished)
        for block in result.blocks():
            out.write_table(_arrow(block).cast(_schema(result)))
            rows += block.height
    return rows


def _schema(result: MeasuredFeatures) -> "pa.Schema":
    types = {name: result.manifest.schema[name] for name in result.names}
    return _arrow(pl.DataFrame(schema={"customer_id": pl.String(), "cutoff": TIME, **types})).schema


def _arrow(frame: pl.DataFrame) -> "pa.Table":
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
