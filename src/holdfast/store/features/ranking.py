"""Computes the scores that rank a customer among all of a cutoff, from the few columns that they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from holdfast.column_types import TIME
from holdfast.features.build import add_scores, columns_for_scores
from holdfast.features.requests import Selection
from holdfast.features.spec import Feature
from holdfast.store.features.files import Chunk, write_file
from holdfast.store.features.layout import KEYS, Scores
from holdfast.store.features.reading import MeasuredFeatures, Query
from holdfast.store.features.writing import SCORES, next_number

_A_ROW, _A_COLUMN = 64, 40  # bytes in memory of a row that is ranked, with room for the ranking


@dataclass(frozen=True)
class RankedScores:
    """The scores of a result, the types of their columns, and the rows of each cutoff."""

    scores: tuple[Scores, ...]
    types: Mapping[str, str]
    rows: tuple[int, ...]


def rank(
    result: MeasuredFeatures,
    features: Sequence[Feature],
    memory_bytes: int,
    unchanged: Mapping[datetime, Scores] | None = None,
) -> RankedScores:
    """Rank the customers of each cutoff and write their scores.

    Args:
        result: all its layers are on disk; its manifest need not be.
        features: records.
        memory_bytes: what the ranking may use; at least one cutoff is ranked at a time.
        unchanged: scores that are still right, by cutoff.
    """
    unchanged = unchanged or {}
    needed = columns_for_scores(features)
    names = [feature.name for feature in features if feature.name not in result.manifest.stored]
    if not needed or not names:
        return _without_scores(result)
    folder = f"{SCORES}/{next_number(result.folder, SCORES):06d}"
    columns = tuple(name for name in needed if name not in KEYS)
    by_cutoff: dict[datetime, Scores] = dict(unchanged)
    types: Mapping[str, str] = result.manifest.scored
    changed = [cutoff for cutoff in result.cutoffs if cutoff not in unchanged]
    for cutoffs in _groups(result, changed, len(columns), memory_bytes):
        frames, rows = _read(result, columns, cutoffs)
        for cutoff in cutoffs:
            frame = pl.concat(frames.pop(cutoff)) if any(rows[cutoff]) else None
            if frame is None:
                continue
            scores = add_scores(frame.with_columns(customer_id=pl.lit("")), features).select(names)
            types = {name: str(dtype) for name, dtype in scores.schema.items()}
            path = f"{folder}/c{result.cutoffs.index(cutoff):03d}.parquet"
            [file] = write_file(result.folder, path, Chunk(scores))
            by_cutoff[cutoff] = Scores(cutoff.isoformat(), file, tuple(rows[cutoff]))
    ordered = tuple(by_cutoff[cutoff] for cutoff in result.cutoffs if cutoff in by_cutoff)
    counts = tuple(sum(by_cutoff[cutoff].rows) if cutoff in by_cutoff else 0 for cutoff in result.cutoffs)
    return RankedScores(ordered, types, counts)


def _groups(
    result: MeasuredFeatures, cutoffs: Sequence[datetime], columns: int, memory_bytes: int
) -> list[list[datetime]]:
    """The cutoffs in groups of as many as memory allows: each group reads all blocks once."""
    stored = sum(layer.rows for layer in result.manifest.layers)
    bytes_per_cutoff = max(1, stored // max(len(result.cutoffs), 1)) * (_A_ROW + _A_COLUMN * columns)
    size = max(1, memory_bytes // bytes_per_cutoff)
    return [list(cutoffs[begin : begin + size]) for begin in range(0, len(cutoffs), size)]


def _read(
    result: MeasuredFeatures, columns: tuple[str, ...], cutoffs: Sequence[datetime]
) -> tuple[dict[datetime, list[pl.DataFrame]], dict[datetime, list[int]]]:
    """The columns to rank by, by cutoff, and the rows of each partition; ids are not needed to rank."""
    frames: dict[datetime, list[pl.DataFrame]] = {cutoff: [] for cutoff in cutoffs}
    rows = {cutoff: [0] * result.manifest.made_of.partitions for cutoff in cutoffs}
    for partition, block in result.collect_blocks(Query(columns, tuple(cutoffs))):
        for cutoff in cutoffs:
            rows_at_cutoff = block.filter(pl.col("cutoff") == cutoff) if len(cutoffs) > 1 else block
            frames[cutoff].append(rows_at_cutoff.select("cutoff", *columns))
            rows[cutoff][partition] += rows_at_cutoff.height
    return frames, rows


def _without_scores(result: MeasuredFeatures) -> RankedScores:
    counts = dict.fromkeys(result.cutoffs, 0)
    for _, block in result.partition_blocks(Query()):
        for cutoff, rows in block["cutoff"].value_counts().iter_rows():
            counts[cutoff] += rows
    return RankedScores((), {}, tuple(counts.values()))


def unchanged_scores(
    before: MeasuredFeatures, after: MeasuredFeatures, selection: Selection, features: Sequence[Feature]
) -> dict[datetime, Scores]:
    """The scores of cutoffs at which no customer came, went, or has another number to be ranked by.

    Args:
        before: the older result.
        after: the newer one; its last layer holds what was measured again.
        selection: who was measured again.
        features: records.
    """
    columns = tuple(name for name in columns_for_scores(features) if name not in KEYS)
    earlier = {datetime.fromisoformat(scores.cutoff): scores for scores in before.manifest.scores}
    alike = [cutoff for cutoff in selection.refreshed_cutoffs if cutoff in earlier] if columns else []
    latest = MeasuredFeatures(after.folder, replace(after.manifest, layers=after.manifest.layers[-1:]))
    # Most often the first partition shows that all cutoffs it reaches have changed, and little more is read.
    for partition, touched in selection.changed.items():
        reached = [cutoff for cutoff in alike if touched.select(_sees_changes(cutoff).any()).item()]
        if not reached:
            continue
        query = Query(columns, tuple(reached), touched["customer_id"])
        was, now = (_rows(result, partition, query, touched) for result in (before, latest))
        changed = [cutoff for cutoff in reached if not _at(was, cutoff).equals(_at(now, cutoff))]
        alike = [cutoff for cutoff in alike if cutoff not in changed]
    return {cutoff: earlier[cutoff] for cutoff in alike}


def _rows(result: MeasuredFeatures, partition: int, query: Query, touched: pl.DataFrame) -> pl.DataFrame:
    """The columns of a partition's touched customers, at the cutoffs that see a change of them."""
    blocks = [block for _, block in result.partition_blocks(replace(query, partitions=(partition,)))]
    if not blocks:
        return pl.DataFrame(schema={"cutoff": TIME})
    is_visible = (pl.col("since") < pl.col("cutoff")).fill_null(value=True)
    return pl.concat(blocks).join(touched, on="customer_id").filter(is_visible).sort(KEYS)


def _at(rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    return rows.filter(pl.col("cutoff") == cutoff)


def _sees_changes(cutoff: datetime) -> pl.Expr:
    return (pl.col("since") < cutoff).fill_null(value=True)
