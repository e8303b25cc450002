"""Exploration as one record: the content of eda.json.

explore_rows(rows, records, settings) -> dict           of the training rows
explore_times(months, tables, settings, cutoff) -> dict of the months of all records
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from holdfast.quality.records import CleanedRecords
from holdfast.reports.exploration.columns import describe_numbers, describe_texts, meanings, numbers_of
from holdfast.reports.exploration.groups import grouping_columns, leaving_by
from holdfast.reports.exploration.pairs import close_pairs, correlations, with_outcome
from holdfast.reports.exploration.times import time_patterns
from holdfast.settings import Settings
from holdfast.stats.intervals import wilson

AT_MOST_ROWS = 30_000
CLOSE = 0.8
_NOT_FEATURES = frozenset({"customer_id", "cutoff", "left"})
_HEATMAP = 25


def explore_times(
    months: pl.DataFrame, tables: CleanedRecords, settings: Settings, cutoff: datetime | None
) -> dict[str, Any]:
    """The patterns in time alone, as plain numbers.

    Args:
        months: of `monthly`.
        tables: the cleaned tables; those with `happened_at` give the patterns in time.
        settings: for the time zone.
        cutoff: events from then on are not counted.
    """
    return {"times": _rounded(time_patterns(months, tables, settings, cutoff))}


def explore_rows(rows: pl.DataFrame, records: Sequence[Mapping[str, Any]], settings: Settings) -> dict[str, Any]:
    """Counts, distributions, correlations and groups of the training rows, as plain numbers.

    Args:
        rows: customer_id, cutoff, left (flag; unknown ones are left out) and one column a feature.
        records: the feature records (name, meaning, unit, table, is_category).
        settings: for the seed of the row sample.

    Returns:
        rows, balance, features (one record each), correlations (with_leaving, close_pairs, heatmap), groups.
        Beyond 30,000 rows, distributions and correlations use a random sample of that size; counts use all rows.
    """
    labelled = rows.filter(pl.col("left").is_not_null()).with_columns(pl.col("left").cast(pl.Boolean))
    definitions = meanings(records)
    features = [name for name in labelled.columns if name not in _NOT_FEATURES]
    sample = _sample(labelled, settings.training.seed)
    left = sample["left"].to_numpy().astype(bool)
    names, matrix = numbers_of(sample, features)
    described = {**describe_numbers(names, matrix, left), **describe_texts(sample, features)}
    correlated = correlations(np.column_stack([matrix, left.astype(np.float64)]))
    targets = with_outcome(names, correlated)
    pairs = close_pairs(names, correlated[:-1, :-1], CLOSE)
    strongest = [names.index(record["feature"]) for record in targets[:_HEATMAP] if record["correlation"] is not None]
    attributes = [name for name in features if definitions.get(name, {}).get("table") == "customers"]
    return {
        "rows": {
            "all": rows.height,
            "labelled": labelled.height,
            "explored": sample.height,
            "customers": labelled["customer_id"].n_unique(),
            "cutoffs": [moment.date().isoformat() for moment in sorted(labelled["cutoff"].drop_nulls().unique())],
        },
        "balance": _balance(labelled["left"]),
        "features": [
            {
                "name": name,
                "meaning": definitions.get(name, {}).get("meaning", ""),
                "unit": definitions.get(name, {}).get("unit", ""),
                "kind": "number" if name in names else "category",
                **_rounded(described.get(name, {})),
            }
            for name in features
        ],
        "correlations": {
            "method": "Pearson, on the rows that know both",
            "with_leaving": _rounded(targets),
            "close_from": CLOSE,
            "close_pairs_found": len(pairs),
            "close_pairs": _rounded(pairs[:500]),
            "heatmap": {
                "features": [names[position] for position in strongest],
                "values": _rounded(correlated[np.ix_(strongest, strongest)].tolist()),
            },
        },
        "groups": [
            {"column": name, "meaning": definitions.get(name, {}).get("meaning", ""), "values": _rounded(groups)}
            for name in grouping_columns(labelled, features, attributes)
            if len(groups := leaving_by(labelled.select(name, "left"), name)) > 1
        ],
    }


def _sample(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    # Rows are sorted by customer and cutoff: every k-th row could always have the same cutoff.
    return rows if rows.height <= AT_MOST_ROWS else rows.sample(AT_MOST_ROWS, seed=seed)


def _balance(left: pl.Series) -> dict[str, Any]:
    leavers, rows = int(left.sum()), len(left)
    low, high = wilson([leavers], [rows])
    return {
        "left": leavers,
        "stayed": rows - leavers,
        "share_left": leavers / rows if rows else None,
        "low": float(low[0]),
        "high": float(high[0]),
        "stayed_per_left": (rows - leavers) / leavers if leavers else None,
    }


def _rounded(node: Any) -> Any:
    """The record with six significant digits: it is for people and pages, not for further sums."""
    if isinstance(node, dict):
        return {key: _rounded(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_rounded(value) for value in node]
    if isinstance(node, float):
        return float(f"{node:.6g}") if np.isfinite(node) else None
    return node
