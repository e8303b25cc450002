"""Outcomes and numbers in; how well the numbers rank leavers above stayers out: one ROC-AUC for every caller."""

import numpy as np
from numpy.typing import NDArray


def roc_auc(left: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Probability that a leaver has the greater value than one who stays; ties count half; NaN with one class only.

    Args:
        left: (n,) whether each customer left.
        values: (n,) without NaN.
    """
    leavers = int(left.sum())
    stayers = len(left) - leavers
    if not leavers or not stayers:
        return float("nan")
    _, positions, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[positions][left].sum() - leavers * (leavers + 1) / 2) / (leavers * stayers))
