"""Our k-means beside scikit-learn's: centres as good, the same silhouettes."""

import numpy as np
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from holdfast.models.segments.kmeans import _fit, _silhouette, _squared_distances, fit_kmeans


def points(seed: int) -> np.ndarray:
    """Customers in clumps of different sizes and spreads, and some anywhere."""
    dice = np.random.default_rng(seed)
    clumps = [
        dice.normal(dice.normal(0, 3, 3), dice.gamma(1, 0.6) + 0.1, (int(dice.integers(50, 900)), 3)) for _ in range(6)
    ]
    return np.vstack([*clumps, dice.normal(0, 3, (300, 3))])


@pytest.mark.parametrize("seed", range(4))
def test_the_groups_are_as_tight_as_those_of_the_library(seed: int) -> None:
    rows = points(seed)
    for k in range(2, 9):
        centres, inertia = _fit(rows, k, np.random.default_rng(seed))
        theirs = KMeans(k, n_init=4, max_iter=100, random_state=seed).fit(rows)
        assert inertia <= 1.05 * theirs.inertia_
        group = np.argmin(_squared_distances(rows, centres), axis=1)
        apart = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(axis=2))
        assert _silhouette(apart, group) == pytest.approx(silhouette_score(rows, group), abs=1e-9)


def test_a_silhouette_of_one_group_or_of_groups_of_one_is_nothing() -> None:
    apart = np.ones((4, 4)) - np.eye(4)
    assert _silhouette(apart, np.zeros(4, dtype=np.int64)) == 0.0
    assert _silhouette(apart, np.arange(4)) == 0.0


def test_the_same_customers_in_any_order_of_columns_give_the_same_bytes_again() -> None:
    rows = pl.DataFrame(points(5), schema=["recency_days", "purchases", "spent"])
    rows = rows.with_columns(pl.Series("customer_id", [f"c{n}" for n in range(rows.height)]))
    columns = ("recency_days", "purchases", "spent")
    first, again = (fit_kmeans(frame, columns, seed=42) for frame in (rows, rows.select(reversed(rows.columns))))
    assert first.to_files() == again.to_files()
