"""Does one column alone tell the outcome? One measure, and every limit that is put to it.

`init` asks it of raw columns, `check` of the customers' columns, the leakage audit of features at the test cutoff, and
training of features on test rows.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.stats.ranking import roc_auc

# Limits of `separation`, an ROC-AUC. The best honest column of the public and simulated records reaches 0.83.
HINT = 0.60  # `init` mentions it beside another reason; below, it is no evidence
TOO_GOOD_BY_NAME = 0.75  # `init` leaves a column out whose name says that it was asked or computed at the exit
TOO_GOOD = 0.90  # `check` warns; the audit reports, where the lower bound of its interval reaches it
TOO_GOOD_TO_USE = 0.97  # `init` leaves the column out; `run` stops until `accept` names the feature
CERTAIN = 0.99  # the audit calls it severe, by the lower bound
SAME = 0.9999  # the label in another form, whatever the column is called
MODEL_TOO_GOOD = 0.98  # of all features together; no model of leak-free churn data has reached it
FEWEST = 20  # leavers, and stayers, below which `init` and the audit take nothing for evidence

_FOLDS = 5
_BINS = 20
_MOST_VALUES = 200  # more are an identifier, not a category


def separation(values: pl.Series, left: NDArray[np.bool_]) -> float:
    """How well one column alone separates leavers from stayers, 0.5 to 1: by order or by groups, the better of both.

    A group's rate of leavers is estimated on other rows than those it is tested on, so that rare values cannot seem to
    know. Of numbers and times the groups are 20 of equal count; "unknown" is a group of its own.

    Args:
        values: (n,) of any type; NaN is unknown.
        left: (n,) whether each customer left.
    """
    if not 0 < left.sum() < len(left):
        return 0.5
    if values.dtype.is_temporal():
        values = values.to_physical()
    best = 0.5
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64).fill_nan(None)
        is_known = numbers.is_not_null().to_numpy()
        if 0 < left[is_known].sum() < is_known.sum():
            # Of the known only: what is unknown is tested in the groups.
            share = is_known[left].mean() * is_known[~left].mean()
            by_order = roc_auc(left[is_known], numbers.drop_nulls().to_numpy())
            best = 0.5 + share * (max(by_order, 1 - by_order) - 0.5)
    return max(best, roc_auc(left, _cross_fitted(_groups(values), left)))


def _groups(values: pl.Series) -> NDArray[np.int64]:
    """(n,) the group of each row; of identifiers, known and unknown."""
    if values.dtype.is_numeric() and values.n_unique() > _BINS:
        ranks = values.cast(pl.Float64).fill_nan(None).rank("average")
        bins = (ranks / (len(values) - values.null_count() + 1) * _BINS).floor().cast(pl.Int64)
        return bins.fill_null(-1).to_numpy()
    codes = values.cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    return codes if len(np.unique(codes)) <= _MOST_VALUES else np.minimum(codes, 1)


def _cross_fitted(groups: NDArray[np.int64], left: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) share of leavers among the rows of other folds in the same group, drawn a little to the mean of all."""
    folds = np.random.default_rng(0).permutation(len(left)) % _FOLDS
    _, codes = np.unique(groups, return_inverse=True)
    size = int(codes.max()) + 1
    rows = np.bincount(codes * _FOLDS + folds, minlength=size * _FOLDS).reshape(size, _FOLDS)
    leavers = np.bincount(codes * _FOLDS + folds, weights=left, minlength=size * _FOLDS).reshape(size, _FOLDS)
    other_rows, other_leavers = rows.sum(1, keepdims=True) - rows, leavers.sum(1, keepdims=True) - leavers
    mean = (leavers.sum() - leavers.sum(0)) / (rows.sum() - rows.sum(0))
    rates: NDArray[np.float64] = (other_leavers + mean) / (other_rows + 1)
    return rates[codes, folds]
