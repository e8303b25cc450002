"""How well numbers tell leavers from those who stay: one ROC-AUC for reading, cleaning, auditing and judging."""

import numpy as np
from numpy.typing import NDArray


def roc_auc(left: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Chance that a leaver has the greater value than one who stays; ties count half; NaN with one class only.

    Args:
        left: (n,) whether each customer left.
        values: (n,) without NaN.
    """
    leavers = int(left.sum())
    stayers = len(left) - leavers
    if not leavers or not stayers:
        return float("nan")
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[places][left].sum() - leavers * (leavers + 1) / 2) / (leavers * stayers))
