"""Probabilities by models that did not see the customer: for calibrating, and for scoring labelled snapshots."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.base import ChurnModel
from holdfast.models.churn.data import ChurnData
from holdfast.models.encoding import Floats
from holdfast.models.splits import folds_by_customer
from holdfast.models.threads import threads_for


def cross_fitted(
    recipe: ChurnModel, data: ChurnData, *, folds: int = 5, seed: int, threads: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Out-of-fold probabilities: each row answered by a fit on the other customers.

    Args:
        recipe: what is fitted once a fold.
        data: labelled rows; all rows of a customer share a fold.
        folds: how many. seed: of the folds and the fits. threads: to use.

    Returns:
        (n,) probabilities, and (n,) the fold of each row.
    """
    fold = folds_by_customer(data.rows.get_column("customer_id"), data.left, folds=folds, seed=seed)
    features = data.rows.select(data.features)
    threads = threads_for(len(data.left) * features.width, threads)
    chance = np.full(len(data.left), float(data.left.mean()))
    for held_out in range(folds):
        asked, learnt = np.flatnonzero(fold == held_out), np.flatnonzero(fold != held_out)
        if len(asked) and data.left[learnt].any() and not data.left[learnt].all():
            fitted = recipe.fit(features[learnt], data.left[learnt], seed=seed, threads=threads)
            chance[asked] = fitted.predict(features[asked])
    return chance, fold


def sampled(data: ChurnData, most: int, seed: int) -> ChurnData:
    """At most `most` rows, drawn evenly, in their order."""
    if len(data.left) <= most:
        return data
    return data.at(np.sort(np.random.default_rng(seed).choice(len(data.left), most, replace=False)))


def in_order(data: ChurnData) -> ChurnData:
    """Rows by customer and cutoff, so that the order they came in changes nothing."""
    order = data.rows.select(pl.arg_sort_by("customer_id", "cutoff")).to_series().to_numpy()
    return data.at(order.astype(np.int64))
