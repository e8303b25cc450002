"""The walks of `walks`, compiled. Imported when needed only: numba takes time to load."""

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from holdfast.models.trees import walks

_ROWS_AT_ONCE = 256
_MOST_LEVELS = 16  # that all rows go down together; who is not at a leaf then goes on alone

# Within compiled functions its machine code is called, elsewhere the function itself.
register_jitable(walks.step)


def _means(feature: Any, lower: Any, upper: Any, weight: Any, value: Any) -> None:
    """Each inner node gets the mean of its children, weighted by rows; a child stands after its parent."""
    for node in range(len(feature) - 1, -1, -1):
        if feature[node] >= 0:
            low, high = lower[node], upper[node]
            both = weight[low] + weight[high]
            value[node] = (value[low] * weight[low] + value[high] * weight[high]) / both if both > 0 else value[low]


def _levels(feature: Any, lower: Any, upper: Any) -> Any:
    """(nodes,) how many steps it takes from each node to the farthest leaf below it."""
    below = np.zeros(len(feature), dtype=np.int32)
    changes = True
    while changes:  # once or twice: most nodes stand before those below them
        changes = False
        for node in range(len(feature) - 1, -1, -1):
            if feature[node] >= 0:
                steps = max(below[lower[node]], below[upper[node]]) + 1
                changes |= steps != below[node]
                below[node] = steps
    return below


_levels = njit(nogil=True, cache=True)(_levels)


def _ways(feature: Any, lower: Any, upper: Any) -> Any:
    """(nodes,) the column that each node looks at; (nodes, 2) the nodes above and below; (nodes,) `_levels`.

    A leaf leads to itself, whatever it looks at.
    """
    following = np.empty((len(feature), 2), dtype=np.int32)
    for node in range(len(feature)):
        is_leaf = feature[node] < 0
        following[node, 0] = node if is_leaf else upper[node]
        following[node, 1] = node if is_leaf else lower[node]
    return np.maximum(feature, 0), following, _levels(feature, lower, upper)


def _scores(matrix: Any, trees: Any, tables: Any, summed: Any) -> None:
    """As `walks.scores`: many rows go down a tree level by level, which no row waits for another's step in.

    A processor guesses which way a step goes before it has compared, and half of all guesses are wrong. Here no step
    is a guess: both ways are read from the tables that `ways` gives of the trees, and a leaf leads to itself.
    """
    roots, feature, threshold, _, _, missing_lower, value = trees
    column, following, levels = tables
    at = np.empty(_ROWS_AT_ONCE, dtype=np.int32)
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, matrix.shape[0] - start)
        for root in roots:
            at[:rows] = root
            for _ in range(min(levels[root], _MOST_LEVELS)):
                for row in range(rows):
                    node = at[row]
                    number = matrix[start + row, column[node]]
                    # Not `and`, not `or`: those are guesses again.
                    below = (number <= threshold[node]) | (np.isnan(number) & missing_lower[node])
                    at[row] = following[node, np.int64(below)]
            for row in range(rows):
                node = at[row]
                while feature[node] >= 0:
                    node = walks.step(matrix[start + row], node, trees)
                summed[start + row] += value[node]


def _contributions(matrix: Any, trees: Any, tables: Any, contributed: Any) -> None:
    """As `walks.contributions`: level by level as in `_scores`; a leaf leads to itself, which moves nothing."""
    roots, feature, threshold, _, _, missing_lower, value = trees
    column, following, levels = tables
    at = np.empty(_ROWS_AT_ONCE, dtype=np.int32)
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, matrix.shape[0] - start)
        for root in roots:
            at[:rows] = root
            for _ in range(min(levels[root], _MOST_LEVELS)):
                for row in range(rows):
                    node = at[row]
                    number = matrix[start + row, column[node]]
                    below = (number <= threshold[node]) | (np.isnan(number) & missing_lower[node])
                    child = following[node, np.int64(below)]
                    contributed[start + row, column[node]] += value[child] - value[node]
                    at[row] = child
            for row in range(rows):
                node = at[row]
                while feature[node] >= 0:
                    child = walks.step(matrix[start + row], node, trees)
                    contributed[start + row, feature[node]] += value[child] - value[node]
                    node = child


means = njit(nogil=True, cache=True)(_means)
shared_contributions = njit(nogil=True, cache=True)(walks.shared_contributions)
contributions = njit(nogil=True, cache=True)(_contributions)
ways = njit(nogil=True, cache=True)(_ways)
scores = njit(nogil=True, cache=True)(_scores)
