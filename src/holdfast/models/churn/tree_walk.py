"""Walks down many trees, compiled. Imported only when a model walks, since numba takes a moment to load."""

from typing import Any

import numpy as np
from numba import njit


def _contributions(matrix: Any, trees: Any, given: Any) -> None:
    roots, feature, threshold, lower, upper, missing_lower, value = trees
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                number = matrix[row, feature[node]]
                below = missing_lower[node] if np.isnan(number) else number <= threshold[node]
                following = lower[node] if below else upper[node]
                given[row, feature[node]] += value[following] - value[node]
                node = following


def _scores(matrix: Any, trees: Any, summed: Any) -> None:
    roots, feature, threshold, lower, upper, missing_lower, value = trees
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                number = matrix[row, feature[node]]
                below = missing_lower[node] if np.isnan(number) else number <= threshold[node]
                node = lower[node] if below else upper[node]
            summed[row] += value[node]


contributions = njit(nogil=True, cache=True)(_contributions)
scores = njit(nogil=True, cache=True)(_scores)
