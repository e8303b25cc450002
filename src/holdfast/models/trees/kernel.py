"""The walks of `walks`, compiled. Imported when needed only: numba takes time to load."""

from typing import Any

from numba import njit
from numba.extending import register_jitable

from holdfast.models.trees import walks

# Within compiled functions its machine code is called, elsewhere the function itself.
register_jitable(walks.step)


def _means(feature: Any, lower: Any, upper: Any, weight: Any, value: Any) -> None:
    """Each inner node gets the mean of its children, weighted by rows; a child stands after its parent."""
    for node in range(len(feature) - 1, -1, -1):
        if feature[node] >= 0:
            low, high = lower[node], upper[node]
            both = weight[low] + weight[high]
            value[node] = (value[low] * weight[low] + value[high] * weight[high]) / both if both > 0 else value[low]


means = njit(nogil=True, cache=True)(_means)
shared_contributions = njit(nogil=True, cache=True)(walks.shared_contributions)
contributions = njit(nogil=True, cache=True)(walks.contributions)
scores = njit(nogil=True, cache=True)(walks.scores)
