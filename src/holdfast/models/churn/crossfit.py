"""Out-of-fold probabilities: labelled rows in; for each row a probability by a fit on other customers out."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.base import ChurnData, ChurnModel
from holdfast.models.encoding import Floats
from holdfast.models.splits import Positions, folds_by_customer
from holdfast.models.threads import side_by_side

_LEAST_LEAVERS = 400  # that a draw should hold, or stayers if they are rarer
_CERTAIN = 20  # of the rarer outcome that any draw holds


def cross_fitted(
    model: ChurnModel, data: ChurnData, *, folds: int = 5, seed: int, threads: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Out-of-fold probabilities: each row predicted by a fit on the other customers.

    Args:
        model: what is fitted once a fold.
        data: labelled rows; all rows of a customer share a fold.
        folds: how many. seed: of the folds and the fits. threads: folds fitted at a time.

    Returns:
        (n,) probabilities, and (n,) the fold of each row.
    """
    fold = folds_by_customer(data.rows.get_column("customer_id"), data.left, folds=folds, seed=seed)
    features = data.rows.select(data.features)
    probabilities = np.full(len(data.left), float(data.left.mean()))

    def predict_fold(fold_number: int) -> tuple[Positions, Floats] | None:
        rows, others = np.flatnonzero(fold == fold_number), np.flatnonzero(fold != fold_number)
        if not len(rows) or data.left[others].all() or not data.left[others].any():
            return None
        fitted = model.fit(features[others], data.left[others], seed=seed, threads=1)
        return rows, fitted.predict(features[rows])

    for result in side_by_side(predict_fold, range(folds), threads):
        if result:
            probabilities[result[0]] = result[1]
    return probabilities, fold


def sampled(data: ChurnData, most: int, seed: int) -> ChurnData:
    """About `most` rows, drawn evenly, in their order; see `drawn`."""
    return data if len(data.left) <= most else data.at(drawn(np.arange(len(data.left)), data.left, most, seed))


def drawn(positions: Positions, left: NDArray[np.bool_], most: int, seed: int) -> Positions:
    """About `most` of the positions, drawn evenly, in their order; up to four times as many where leavers are rare.

    Args:
        positions: to draw from. left: (positions,) outcomes there. most: how many. seed: of the draw.
    """
    rarer = min(float(left.mean()), 1 - float(left.mean()))
    wanted = max(most, min(4 * most, int(_LEAST_LEAVERS / max(rarer, 1e-9))))
    if len(positions) <= wanted:
        return positions
    order = np.random.default_rng(seed).permutation(len(positions))
    # A few of the rarer outcome come first: without any there is nothing to train on.
    rare = order[left[order] == (left.mean() < 0.5)][:_CERTAIN]
    rest = order[~np.isin(order, rare)][: wanted - len(rare)]
    chosen: Positions = positions[np.sort(np.concatenate([rare, rest]))]
    return chosen


def by_customer_and_cutoff(rows: pl.DataFrame) -> Positions:
    """(n,) the order that makes the order the rows came in change nothing."""
    order = rows.select(pl.arg_sort_by("customer_id", "cutoff")).to_series()
    return order.to_numpy().astype(np.int64)
