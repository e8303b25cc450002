"""Correlations of features with leaving and with each other."""

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
    present = np.zeros((rows, columns), dtype=np.float32, order="F")
    scaled = np.zeros((rows, columns), dtype=np.float32, order="F")
    varies = np.zeros(columns, dtype=bool)
    for column in range(columns):
        has_value = ~np.isnan(matrix[:, column])
        values = matrix[has_value, column]
        centred = values - values.mean() if len(values) else values
        spread = float(np.sqrt((centred @ centred) / max(len(centred), 1)))
        # Rounding alone gives a constant column a tiny spread; that is no variation.
        varies[column] = len(values) > 2 and spread > 1e-12 * float(np.abs(values).max())
        if varies[column]:
            present[has_value, column] = 1.0
            scaled[has_value, column] = centred / spread
    result = _pairwise(scaled, present) if (present[:, varies] == 0).any() else _complete(scaled)
    result[~varies, :] = np.nan
    result[:, ~varies] = np.nan
    return np.clip(result, -1.0, 1.0)


def _complete(scaled: NDArray[np.float32]) -> Floats:
    return (scaled.T @ scaled).astype(np.float64) / max(len(scaled), 1)


def _pairwise(scaled: NDArray[np.float32], present: NDArray[np.float32]) -> Floats:
    both = (present.T @ present).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = (scaled.T @ present) / both
        squares = ((scaled * scaled).T @ present) / both
        products = (scaled.T @ scaled) / both
        variance = squares - sums**2
        # A column may be constant on the rows it shares with another.
        variance[~(variance > 1e-5)] = np.nan
        result: Floats = (products - sums * sums.T) / np.sqrt(variance * variance.T)
    result[both < 3] = np.nan
    return result


def close_pairs(names: Sequence[str], correlated: Floats, least: float) -> list[dict[str, Any]]:
    """Pairs of columns with |correlation| >= least, the closest first."""
    upper = np.triu(np.abs(np.nan_to_num(correlated)), k=1)
    first, second = np.nonzero(upper >= least)
    order = np.argsort(-upper[first, second], kind="stable")
    return [
        {"first": names[a], "second": names[b], "correlation": float(correlated[a, b])}
        for a, b in zip(first[order], second[order], strict=True)
    ]


def with_outcome(names: Sequence[str], correlated: Floats) -> list[dict[str, Any]]:
    """Correlation of each column with the outcome (the last column), the strongest first, unknown ones last."""
    records = [
        {"feature": name, "correlation": float(r) if np.isfinite(r) else None}
        for name, r in zip(names, correlated[:-1, -1], strict=True)
    ]
    return sorted(records, key=lambda record: -abs(record["correlation"] or 0.0))
