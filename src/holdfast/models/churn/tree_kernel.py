"""Compiled walks down many trees: scores and contributions. Imported when needed only: numba takes time to load."""

from typing import Any

import numpy as np
from numba import njit

_ROWS_AT_ONCE = 256


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


def _shared_contributions(matrix: Any, trees: Any, first: Any, second: Any, contributed: Any) -> None:
    """As `_contributions`, each move credited in halves to the two columns that a feature was computed from."""
    roots, feature, value = trees[0], trees[1], trees[6]
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        for root in roots:
            for row in range(start, min(start + _ROWS_AT_ONCE, matrix.shape[0])):
                node = root
                while feature[node] >= 0:
                    following = step(matrix[row], node, trees)
                    half = 0.5 * (value[following] - value[node])
                    contributed[row, first[feature[node]]] += half
                    contributed[row, second[feature[node]]] += half
                    node = following


def _scores(matrix: Any, trees: Any, summed: Any) -> None:
    roots, feature, value = trees[0], trees[1], trees[6]
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):  # so that a tree stays in the cache for many rows
        for root in roots:
            for row in range(start, min(start + _ROWS_AT_ONCE, matrix.shape[0])):
                node = root
                while feature[node] >= 0:
                    node = step(matrix[row], node, trees)
                summed[row] += value[node]


def _means(feature: Any, lower: Any, upper: Any, weight: Any, value: Any) -> None:
    """Each inner node gets the mean of its children, weighted by rows; a child stands after its parent."""
    for node in range(len(feature) - 1, -1, -1):
        if feature[node] >= 0:
            low, high = lower[node], upper[node]
            both = weight[low] + weight[high]
            value[node] = (value[low] * weight[low] + value[high] * weight[high]) / both if both > 0 else value[low]


means = njit(nogil=True, cache=True)(_means)
shared_contributions = njit(nogil=True, cache=True)(_shared_contributions)
contributions = njit(nogil=True, cache=True)(_contributions)
scores = njit(nogil=True, cache=True)(_scores)
