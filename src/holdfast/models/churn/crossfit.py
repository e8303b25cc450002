"""Probabilities by models that did not see the customer: for calibrating, and for scoring labelled snapshots."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.base import ChurnData, ChurnModel
from holdfast.models.encoding import Floats
from holdfast.models.splits import Places, folds_by_customer
from holdfast.models.threads import side_by_side

_LEAST_LEAVERS = 400  # that a draw should hold, or stayers if they are rarer
_CERTAIN = 20  # of the rarer outcome that any draw holds


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
    """About `most` rows, drawn evenly, in their order; see `drawn`."""
    return data if len(data.left) <= most else data.at(drawn(np.arange(len(data.left)), data.left, most, seed))


def drawn(places: Places, left: NDArray[np.bool_], most: int, seed: int) -> Places:
    """About `most` of the places, drawn evenly, in their order; up to four times as many where leavers are rare.

    Args:
        places: to draw from. left: (places,) outcomes there. most: how many. seed: of the draw.
    """
    rarer = min(float(left.mean()), 1 - float(left.mean()))
    wanted = max(most, min(4 * most, int(_LEAST_LEAVERS / max(rarer, 1e-9))))
    if len(places) <= wanted:
        return places
    order = np.random.default_rng(seed).permutation(len(places))
    # A few of the rarer outcome come first: without any there is nothing to learn from.
    rare = order[left[order] == (left.mean() < 0.5)][:_CERTAIN]
    rest = order[~np.isin(order, rare)][: wanted - len(rare)]
    kept: Places = places[np.sort(np.concatenate([rare, rest]))]
    return kept


def by_customer_and_cutoff(rows: pl.DataFrame) -> Places:
    """(n,) the order that makes the order the rows came in change nothing."""
    order = rows.select(pl.arg_sort_by("customer_id", "cutoff")).to_series()
    return order.to_numpy().astype(np.int64)
