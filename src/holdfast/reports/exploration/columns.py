"""One feature at a time: statistics, distribution by outcome, and share of leavers by fifth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.stats.intervals import wilson

Floats = NDArray[np.float64]
_BINS = 20
_FIFTHS = 5
_QUANTILES = {"p1": 0.01, "p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}


def numbers_of(rows: pl.DataFrame, features: Sequence[str]) -> tuple[list[str], Floats]:
    """Names and an (n, k) matrix of the features that are numbers or flags; unknown and infinite are NaN."""
    schema = rows.schema
    names = [name for name in features if schema[name].is_numeric() or schema[name] == pl.Boolean]
    matrix = np.empty((rows.height, len(names)), order="F")
    for position, name in enumerate(names):
        values = rows[name].cast(pl.Float64).to_numpy()
        # A finite number beyond 1e150 would overflow when squared.
        matrix[:, position] = np.where(np.abs(values) < 1e150, values, np.nan)
    return names, matrix


def describe_numbers(names: Sequence[str], matrix: Floats, left: NDArray[np.bool_]) -> dict[str, dict[str, Any]]:
    """Statistics, histogram by outcome and share of leavers by fifth of each column.

    Args:
        names: (k,) names of the columns.
        matrix: (n, k) values; NaN where not known.
        left: (n,) whether the customer left.

    Returns:
        name -> record; the tails beyond the 1st and 99th percentile are counted in the outer bins.
    """
    return {name: _describe(matrix[:, position], left) for position, name in enumerate(names)}


def _describe(values: Floats, left: NDArray[np.bool_]) -> dict[str, Any]:
    has_value = ~np.isnan(values)
    order = np.argsort(values[has_value], kind="stable")
    ordered, left_ordered = values[has_value][order], left[has_value][order]
    record: dict[str, Any] = {"missing": int(len(values) - len(ordered)), "rows": len(values)}
    if not len(ordered):
        return {**record, "histogram": None, "fifths": []}
    quantiles = {name: float(_quantile(ordered, at)) for name, at in _QUANTILES.items()}
    record |= {
        "mean": float(ordered.mean()),
        "std": float(ordered.std(ddof=1)) if len(ordered) > 1 else None,
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
        **quantiles,
        "zeros": int(np.searchsorted(ordered, 0.0, "right") - np.searchsorted(ordered, 0.0, "left")),
        "distinct": int(1 + np.count_nonzero(np.diff(ordered))),
        "mean_left": float(ordered[left_ordered].mean()) if left_ordered.any() else None,
        "mean_stayed": float(ordered[~left_ordered].mean()) if not left_ordered.all() else None,
    }
    record["skew"] = _skew(ordered, record["mean"], record["std"])
    leavers = np.concatenate([[0], np.cumsum(left_ordered)])
    record["histogram"] = _histogram(ordered, leavers, quantiles["p1"], quantiles["p99"])
    record["fifths"] = _fifths(ordered, leavers)
    return record


def _quantile(ordered: Floats, at: float) -> float:
    return float(ordered[min(int(at * len(ordered)), len(ordered) - 1)])


def _skew(ordered: Floats, mean: float, std: float | None) -> float | None:
    if not std or std < 1e-12 * max(abs(mean), 1e-300):
        return None
    return float((((ordered - mean) / std) ** 3).mean())


def _histogram(ordered: Floats, leavers: NDArray[np.int64], low: float, high: float) -> dict[str, Any]:
    if high <= low:
        low, high = float(ordered[0]), float(ordered[-1])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    inner = np.searchsorted(ordered, edges[1:-1], "left")
    ends = np.concatenate([[0], inner, [len(ordered)]])
    left = np.diff(leavers[ends])
    return {"edges": edges.tolist(), "left": left.tolist(), "stayed": (np.diff(ends) - left).tolist()}


def _fifths(ordered: Floats, leavers: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Fifths of the rows by value; equal values are never split, so there may be fewer than five."""
    cuts = [_quantile(ordered, at / _FIFTHS) for at in range(1, _FIFTHS)]
    ends = sorted({0, *(int(np.searchsorted(ordered, cut, "left")) for cut in cuts), len(ordered)})
    starts, stops = np.array(ends[:-1]), np.array(ends[1:])
    hits, rows = leavers[stops] - leavers[starts], stops - starts
    low, high = wilson(hits, rows)
    return [
        {
            "from": float(ordered[start]),
            "to": float(ordered[stop - 1]),
            "rows": int(of),
            "left": int(hit),
            "rate": float(hit / of),
            "low": float(lower),
            "high": float(upper),
        }
        for start, stop, of, hit, lower, upper in zip(starts, stops, rows, hits, low, high, strict=True)
    ]


def describe_texts(rows: pl.DataFrame, features: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Counts of the levels of each feature that is a category."""
    described: dict[str, dict[str, Any]] = {}
    for name in features:
        if rows.schema[name] not in (pl.String, pl.Categorical, pl.Enum):
            continue
        column = rows[name].cast(pl.String)
        levels = column.drop_nulls().value_counts(sort=True).head(30)
        described[name] = {
            "rows": rows.height,
            "missing": column.null_count(),
            "distinct": column.drop_nulls().n_unique(),
            "levels": [{"level": level, "rows": of} for level, of in levels.iter_rows()],
        }
    return described


def meanings(records: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Feature records by name."""
    return {str(record["name"]): record for record in records}
