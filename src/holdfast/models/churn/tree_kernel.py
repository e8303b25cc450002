"""Compiled walks down many trees: scores and contributions. Imported when needed only: numba takes time to load."""

from typing import Any

import numpy as np
from numba import njit


def _step(numbers: Any, node: Any, trees: Any) -> Any:
    """The node below `node` for one row; where a number is missing, each node knows which way to go."""
    _, feature, threshold, lower, upper, missing_lower, _ = trees
    number = numbers[feature[node]]
    below = missing_lower[node] if np.isnan(number) else number <= threshold[node]
    return lower[node] if below else upper[node]


step = njit(nogil=True, cache=True)(_step)


def _contributions(matrix: Any, trees: Any, contributed: Any) -> None:
    roots, feature, value = trees[0], trees[1], trees[6]
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                following = step(matrix[row], node, trees)
                contributed[row, feature[node]] += value[following] - value[node]
                node = following


def _scores(matrix: Any, trees: Any, summed: Any) -> None:
    roots, feature, value = trees[0], trees[1], trees[6]
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = step(matrix[row], node, trees)
            summed[row] += value[node]


contributions = njit(nogil=True, cache=True)(_contributions)
scores = njit(nogil=True, cache=True)(_scores)
