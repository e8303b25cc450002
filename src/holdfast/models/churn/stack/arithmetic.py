"""Arithmetic features: which sums, differences, products and ratios of two numbers tell more than the numbers alone."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from holdfast.models.churn.stack.columns import Pair
from holdfast.models.encoding import Floats, Singles

_STRONGEST = 10  # numbers that are combined: 45 pairs, 225 candidates
_KEEP = 40
_TOO_ALIKE = 0.95  # |Spearman| with one of the numbers from which on a candidate says nothing new
_ROWS_TO_COMPARE = 4_000
_ROWS_TO_CHOOSE = 8_000
_LEAST_KNOWN = 50
_PROBE = {"learning_rate": 0.1, "num_leaves": 31, "max_bin": 63, "feature_fraction": 0.5}
_PROBE_ROUNDS = 60


def arithmetic(base: Singles, numbers: NDArray[np.int64], left: NDArray[np.bool_], seed: int) -> list[Pair]:
    """The pairs worth having, by what their splits gain in a small booster.

    Args:
        base: (n, width) training rows of one fold.
        numbers: columns of `base` that are numbers, not levels.
        left: (n,) whether each customer left.
        seed: of the rows that are compared.
    """
    from holdfast.models.churn.stack.members import boosted

    random = np.random.default_rng(seed)
    compared = random.permutation(len(left))[:_ROWS_TO_COMPARE]
    ranks = {int(column): _ranks(base[compared, column]) for column in numbers}
    outcome = _standard(left[compared].astype(np.float64))
    strength = {column: abs(float(rank @ outcome)) for column, rank in ranks.items()}
    strongest = sorted(ranks, key=lambda column: (-strength[column], column))[:_STRONGEST]
    alone = np.array([ranks[column] for column in strongest])
    candidates = [
        pair
        for first, second in combinations(strongest, 2)
        for pair in (*(Pair(first, second, operation) for operation in "+-*/"), Pair(second, first, "/"))
        if np.abs(alone @ _ranks(pair.of(base[compared]))).max(initial=0.0) <= _TOO_ALIKE
    ]
    if not candidates:
        return []
    chosen = random.permutation(len(left))[:_ROWS_TO_CHOOSE]
    matrix = np.column_stack([base[chosen], *(pair.of(base[chosen]) for pair in candidates)])
    booster = boosted(matrix, left[chosen], _PROBE, _PROBE_ROUNDS, seed=seed)
    gains = np.asarray(booster.feature_importance("gain"))[base.shape[1] :]
    best = np.argsort(-gains, kind="stable")[:_KEEP]
    return [candidates[index] for index in best if gains[index] > 0]


def _ranks(values: Singles) -> Floats:
    """(n,) standardised ranks, missing lowest; zero where nearly nothing is known."""
    if np.isfinite(values).sum() < min(_LEAST_KNOWN, len(values)):
        return np.zeros(len(values))
    from scipy.stats import rankdata

    return _standard(rankdata(np.where(np.isnan(values), -np.inf, values)))


def _standard(values: Floats) -> Floats:
    centred = values - values.mean()
    length = float(np.sqrt(centred @ centred))
    return np.asarray(centred / length if length > 0 else centred)
