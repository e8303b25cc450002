"""Scores rank a customer among all of a cutoff: made once all rows are there, of the few columns that they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from holdfast.column_types import TIME
from holdfast.features.build import add_scores, columns_for_scores
from holdfast.features.requests import Selection
from holdfast.features.spec import Feature
from holdfast.store.features.files import Part, write_file
from holdfast.store.features.layout import KEYS, Scores
from holdfast.store.features.reading import MeasuredFeatures, Wanted
from holdfast.store.features.writing import SCORES, next_number

_A_ROW, _A_COLUMN = 64, 40  # bytes in memory of a row that is ranked, with room for the ranking


@dataclass(frozen=True)
class Ranked:
    """The scores of a result, their types, and the rows of each cutoff."""

    scores: tuple[Scores, ...]
    types: Mapping[str, str]
    rows: tuple[int, ...]


def rank(
    result: MeasuredFeatures,
    features: Sequence[Feature],
    memory_bytes: int,
    unchanged: Mapping[datetime, Scores] | None = None,
) -> Ranked:
    """Rank the customers of each cutoff and write the scores beside the rows.

    Args:
        result: all its layers are on disk; it need not be finished.
        features: records.
        memory_bytes: how much the ranking may hold; at least one cutoff is ranked at a time.
        unchanged: scores that still hold, by cutoff.
    """
    unchanged = unchanged or {}
    needed = columns_for_scores(features)
    names = [feature.name for feature in features if feature.name not in result.manifest.stored]
    if not needed or not names:
        return _counted(result)
    place = f"{SCORES}/{next_number(result.folder, SCORES):06d}"
    columns = tuple(name for name in needed if name not in KEYS)
    found: dict[datetime, Scores] = dict(unchanged)
    types: Mapping[str, str] = result.manifest.scored
    for cutoffs in _groups(result, [one for one in result.cutoffs if one not in unchanged], len(columns), memory_bytes):
        parts, rows = _read(result, columns, cutoffs)
        for cutoff in cutoffs:
            frame = pl.concat(parts.pop(cutoff)) if any(rows[cutoff]) else None
            if frame is None:
                continue
            scores = add_scores(frame.with_columns(customer_id=pl.lit("")), features).select(names)
            types = {name: str(dtype) for name, dtype in scores.schema.items()}
            path = f"{place}/c{result.cutoffs.index(cutoff):03d}.parquet"
            [file] = write_file(result.folder, path, Part(scores))
            found[cutoff] = Scores(cutoff.isoformat(), file, tuple(rows[cutoff]))
    ordered = tuple(found[cutoff] for cutoff in result.cutoffs if cutoff in found)
    counts = tuple(sum(found[cutoff].rows) if cutoff in found else 0 for cutoff in result.cutoffs)
    return Ranked(ordered, types, counts)


def _groups(
    result: MeasuredFeatures, cutoffs: Sequence[datetime], columns: int, memory_bytes: int
) -> list[list[datetime]]:
    """The cutoffs, as many together as memory allows: each group is one reading of all blocks."""
    stored = sum(layer.rows for layer in result.manifest.layers)
    one = max(1, stored // max(len(result.cutoffs), 1)) * (_A_ROW + _A_COLUMN * columns)
    together = max(1, memory_bytes // one)
    return [list(cutoffs[begin : begin + together]) for begin in range(0, len(cutoffs), together)]


def _read(
    result: MeasuredFeatures, columns: tuple[str, ...], cutoffs: Sequence[datetime]
) -> tuple[dict[datetime, list[pl.DataFrame]], dict[datetime, list[int]]]:
    """What scores are made of, by cutoff, and how many rows of each partition; ids are not needed to rank."""
    parts: dict[datetime, list[pl.DataFrame]] = {cutoff: [] for cutoff in cutoffs}
    rows = {cutoff: [0] * result.manifest.made_of.partitions for cutoff in cutoffs}
    for partition, block in result.at_once(Wanted(columns, tuple(cutoffs))):
        for cutoff in cutoffs:
            mine = block.filter(pl.col("cutoff") == cutoff) if len(cutoffs) > 1 else block
            parts[cutoff].append(mine.select("cutoff", *columns))
            rows[cutoff][partition] += mine.height
    return parts, rows


def _counted(result: MeasuredFeatures) -> Ranked:
    counts = dict.fromkeys(result.cutoffs, 0)
    for _, block in result.parts(Wanted()):
        for cutoff, rows in block["cutoff"].value_counts().iter_rows():
            counts[cutoff] += rows
    return Ranked((), {}, tuple(counts.values()))


def still_hold(
    before: MeasuredFeatures, after: MeasuredFeatures, asked: Selection, features: Sequence[Feature]
) -> dict[datetime, Scores]:
    """The scores of cutoffs at which no customer came, went, or has another number to be ranked by.

    Args:
        before: the older result.
        after: the newer one; its last layer holds what was measured again.
        asked: who was measured again.
        features: records.
    """
    columns = tuple(name for name in columns_for_scores(features) if name not in KEYS)
    known = {datetime.fromisoformat(one.cutoff): one for one in before.manifest.scores}
    alike = [cutoff for cutoff in asked.refreshed_cutoffs if cutoff in known] if columns else []
    latest = MeasuredFeatures(after.folder, replace(after.manifest, layers=after.manifest.layers[-1:]))
    # Most often the first partition tells of each cutoff it reaches that it changed, and little more is read.
    for partition, touched in asked.changed.items():
        reached = [cutoff for cutoff in alike if touched.select(_reaches(cutoff).any()).item()]
        if not reached:
            continue
        wanted = Wanted(columns, tuple(reached), touched["customer_id"])
        was, now = (_rows(result, partition, wanted, touched) for result in (before, latest))
        changed = [one for one in reached if not _at(was, one).equals(_at(now, one))]
        alike = [cutoff for cutoff in alike if cutoff not in changed]
    return {cutoff: known[cutoff] for cutoff in alike}


def _rows(result: MeasuredFeatures, partition: int, wanted: Wanted, touched: pl.DataFrame) -> pl.DataFrame:
    """What is wanted of a partition's touched customers, at the cutoffs that see a change of them."""
    found = [block for _, block in result.parts(replace(wanted, partitions=(partition,)))]
    if not found:
        return pl.DataFrame(schema={"cutoff": TIME})
    seen = (pl.col("since") < pl.col("cutoff")).fill_null(value=True)
    return pl.concat(found).join(touched, on="customer_id").filter(seen).sort(KEYS)


def _at(rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    return rows.filter(pl.col("cutoff") == cutoff)


def _reaches(cutoff: datetime) -> pl.Expr:
    return (pl.col("since") < cutoff).fill_null(value=True)
