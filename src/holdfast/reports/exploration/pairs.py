"""Two at a time: correlations of features with leaving and with each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def correlations(matrix: Floats) -> Floats:
    """(k, k) Pearson correlations of the columns, each pair on the rows where both are known, to about 1e-5.

    NaN where a column does not vary or fewer than three rows know both.
    """
    rows, columns = matrix.shape
    known = np.zeros((rows, columns), dtype=np.float32, order="F")
    scaled = np.zeros((rows, columns), dtype=np.float32, order="F")
    varies = np.zeros(columns, dtype=bool)
    for place in range(columns):
        there = ~np.isnan(matrix[:, place])
        values = matrix[there, place]
        away = values - values.mean() if len(values) else values
        spread = float(np.sqrt((away @ away) / max(len(away), 1)))
        # Rounding alone gives a constant column a tiny spread; it must not pass for variation.
        varies[place] = len(values) > 2 and spread > 1e-12 * float(np.abs(values).max())
        if varies[place]:
            known[there, place] = 1.0
            scaled[there, place] = away / spread
    found = _pairwise(scaled, known) if (known[:, varies] == 0).any() else _together(scaled)
    found[~varies, :] = np.nan
    found[:, ~varies] = np.nan
    return np.clip(found, -1.0, 1.0)


def _together(scaled: NDArray[np.float32]) -> Floats:
    return (scaled.T @ scaled).astype(np.float64) / max(len(scaled), 1)


def _pairwise(scaled: NDArray[np.float32], known: NDArray[np.float32]) -> Floats:
    both = (known.T @ known).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = (scaled.T @ known) / both
        squares = ((scaled * scaled).T @ known) / both
        products = (scaled.T @ scaled) / both
        variance = squares - sums**2
        # A column may be constant on the rows it shares with another.
        variance[~(variance > 1e-5)] = np.nan
        found: Floats = (products - sums * sums.T) / np.sqrt(variance * variance.T)
    found[both < 3] = np.nan
    return found


def close_pairs(names: Sequence[str], found: Floats, least: float) -> list[dict[str, Any]]:
    """Pairs of columns with |correlation| >= least, the closest first."""
    upper = np.triu(np.abs(np.nan_to_num(found)), k=1)
    first, second = np.nonzero(upper >= least)
    order = np.argsort(-upper[first, second], kind="stable")
    return [
        {"first": names[a], "second": names[b], "correlation": float(found[a, b])}
        for a, b in zip(first[order], second[order], strict=True)
    ]


def with_outcome(names: Sequence[str], found: Floats) -> list[dict[str, Any]]:
    """Correlation of each column with the outcome (last in `found`), the strongest first, unknown ones last."""
    records = [
        {"feature": name, "correlation": float(r) if np.isfinite(r) else None}
        for name, r in zip(names, found[:-1, -1], strict=True)
    ]
    return sorted(records, key=lambda record: -abs(record["correlation"] or 0.0))
