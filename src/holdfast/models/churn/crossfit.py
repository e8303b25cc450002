"""Probabilities by models that did not see the customer: for calibrating, and for scoring labelled snapshots."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.base import ChurnModel
from holdfast.models.churn.data import ChurnData
from holdfast.models.encoding import Floats
from holdfast.models.splits import Places, folds_by_customer
from holdfast.models.threads import side_by_side


def cross_fitted(
    recipe: ChurnModel, data: ChurnData, *, folds: int = 5, seed: int, threads: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Out-of-fold probabilities: each row answered by a fit on the other customers.

    Args:
        recipe: what is fitted once a fold.
        data: labelled rows; all rows of a customer share a fold.
        folds: how many. seed: of the folds and the fits. threads: folds fitted at a time.

    Returns:
        (n,) probabilities, and (n,) the fold of each row.
    """
    fold = folds_by_customer(data.rows.get_column("customer_id"), data.left, folds=folds, seed=seed)
    features = data.rows.select(data.features)
    chance = np.full(len(data.left), float(data.left.mean()))

    def answered(held_out: int) -> tuple[Places, Floats] | None:
        asked, learnt = np.flatnonzero(fold == held_out), np.flatnonzero(fold != held_out)
        if not len(asked) or data.left[learnt].all() or not data.left[learnt].any():
            return None
        fitted = recipe.fit(features[learnt], data.left[learnt], seed=seed, threads=1)
        return asked, fitted.predict(features[asked])

    for answer in side_by_side(answered, range(folds), threads):
        if answer:
            chance[answer[0]] = answer[1]
    return chance, fold


def sampled(data: ChurnData, most: int, seed: int) -> ChurnData:
    """At most `most` rows, drawn evenly, in their order."""
    return data if len(data.left) <= most else data.at(drawn(np.arange(len(data.left)), most, seed))


def drawn(places: Places, most: int, seed: int) -> Places:
    """At most `most` of the places, drawn evenly, in their order."""
    if len(places) <= most:
        return places
    return places[np.sort(np.random.default_rng(seed).choice(len(places), most, replace=False))]


def by_customer_and_cutoff(rows: pl.DataFrame) -> Places:
    """(n,) the order that makes the order the rows came in change nothing."""
    order = rows.select(pl.arg_sort_by("customer_id", "cutoff")).to_series()
    return order.to_numpy().astype(np.int64)
