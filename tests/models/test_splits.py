"""No customer on two sides, and the test strictly later."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.models.splits import folds_by_customer, folds_without_copies, split_rows

TIME = pl.Datetime("us", "UTC")
START = datetime(2024, 1, 1, tzinfo=UTC)


def _many(customers: int, cutoffs: int, step: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    days = [START + timedelta(days=step * place) for place in range(cutoffs)]
    rows = pl.DataFrame(
        {
            "customer_id": [f"c{customer}" for customer in range(customers) for _ in days],
            "cutoff": pl.Series(days * customers, dtype=TIME),
        }
    )
    return rows, np.random.default_rng(seed).random(rows.height) < 0.4


def _snapshot(customers: int) -> tuple[pl.DataFrame, np.ndarray]:
    rows = pl.DataFrame({"customer_id": [f"c{place}" for place in range(customers)]})
    return rows.with_columns(cutoff=pl.lit(None, dtype=TIME)), np.arange(customers) % 4 == 0


@given(
    customers=st.integers(150, 300),
    cutoffs=st.integers(2, 8),
    step=st.integers(5, 60),
    horizon=st.integers(5, 60),
    seed=st.integers(0, 5),
)
@settings(max_examples=30, deadline=None)
def test_no_customer_is_trained_on_and_chosen_on_and_the_test_is_later(customers, cutoffs, step, horizon, seed):
    rows, left = _many(customers, cutoffs, step, seed)
    split = split_rows(rows, left, horizon_days=horizon, seed=seed)
    train, validation, test = rows[split.train], rows[split.validation], rows[split.test]
    assert not set(train["customer_id"]) & set(validation["customer_id"])
    if split.method == "time-ordered":
        for earlier in (train, validation):
            assert earlier["cutoff"].max() + timedelta(days=horizon) <= test["cutoff"].min()
        assert test["cutoff"].n_unique() == validation["cutoff"].n_unique() == 1
        assert test.height == customers
        assert validation["cutoff"].max() == train["cutoff"].max()
    else:
        assert not set(test["customer_id"]) & (set(train["customer_id"]) | set(validation["customer_id"]))
        assert split.warnings


def test_a_snapshot_is_split_70_15_15_with_the_same_share_of_leavers():
    rows, left = _snapshot(2000)
    split = split_rows(rows, left, horizon_days=30, seed=1)
    assert split.method == "stratified"
    assert [len(split.train), len(split.validation), len(split.test)] == [1400, 300, 300]
    for places in (split.train, split.validation, split.test):
        assert left[places].mean() == pytest.approx(0.25, abs=0.01)
    assert sorted([*split.train, *split.validation, *split.test]) == list(range(2000))


def test_the_order_of_rows_changes_nobodys_side():
    rows, left = _snapshot(400)
    order = np.random.default_rng(1).permutation(400)
    first = split_rows(rows, left, horizon_days=30, seed=1)
    second = split_rows(rows[order], left[order], horizon_days=30, seed=1)
    assert set(rows[first.test]["customer_id"]) == set(rows[order][second.test]["customer_id"])


def test_another_seed_draws_other_customers():
    rows, left = _snapshot(400)
    sides = [set(split_rows(rows, left, horizon_days=30, seed=seed).test.tolist()) for seed in (1, 2)]
    assert sides[0] != sides[1]


def test_one_cutoff_is_split_by_customer_and_says_so():
    rows, left = _many(300, 1, 30)
    split = split_rows(rows, left, horizon_days=30, seed=1)
    assert split.method == "by customer"
    assert "one cutoff" in split.warnings[0]


def test_counts_and_dates_are_reported():
    rows, left = _many(200, 4, 30)
    told = split_rows(rows, left, horizon_days=30, seed=1).record(rows, left)
    assert told["method"] == "time-ordered"
    assert told["test"] == {
        "rows": 200,
        "customers": 200,
        "leavers": int(left[3::4].sum()),
        "cutoffs": ["2024-03-31"],
    }
    assert told["train"]["cutoffs"] == ["2024-01-01", "2024-01-31", "2024-03-01"]


@pytest.mark.parametrize("leavers", [0, 5, 19])
def test_too_few_leavers_are_refused(leavers):
    rows, _ = _snapshot(500)
    with pytest.raises(HoldfastError, match="at least 20"):
        split_rows(rows, np.arange(500) < leavers, horizon_days=30, seed=1)


def test_everyone_leaving_is_refused():
    rows, _ = _snapshot(500)
    with pytest.raises(HoldfastError, match="only 0 stayed"):
        split_rows(rows, np.ones(500, dtype=bool), horizon_days=30, seed=1)


def test_where_nobody_of_few_left_at_the_newest_cutoff_older_ones_choose_too():
    rows, left = _many(120, 4, 90)
    chosen = rows[split_rows(rows, left, horizon_days=30, seed=1).validation]["customer_id"]
    newest, older = START + timedelta(days=180), START + timedelta(days=90)
    left = left & ~((rows["cutoff"] == newest) & rows["customer_id"].is_in(chosen.implode())).to_numpy()
    split = split_rows(rows, left, horizon_days=30, seed=1)
    validation = rows[split.validation]
    assert set(validation["customer_id"]) == set(chosen)
    assert validation["cutoff"].unique().sort().to_list() == [older, newest]
    assert left[split.validation].any()
    assert not set(validation["customer_id"]) & set(rows[split.train]["customer_id"])


def test_a_side_with_one_outcome_is_refused():
    rows, _ = _many(100, 2, 90)
    left = (rows["cutoff"] == START).to_numpy()  # all on the first day, nobody on the second
    with pytest.raises(HoldfastError, match="train rows"):
        split_rows(rows, left, horizon_days=30, seed=1)


def test_folds_keep_a_customer_together_and_spread_the_leavers():
    rows, left = _many(500, 4, 30)
    fold = folds_by_customer(rows["customer_id"], left, folds=5, seed=1)
    told = rows.with_columns(fold=fold)
    assert told.group_by("customer_id").agg(pl.col("fold").n_unique())["fold"].max() == 1
    assert told["fold"].value_counts()["count"].to_list() == pytest.approx([400] * 5, abs=16)


def test_a_newest_cutoff_with_one_outcome_is_no_test_and_that_is_said():
    rows, left = _many(200, 6, 30)
    newest = (rows["cutoff"] == rows["cutoff"].max()).to_numpy()
    split = split_rows(rows, left | newest, horizon_days=30, seed=1)
    (warning,) = split.warnings
    assert "All 200 customers of the newest cutoff" in warning
    assert "left" in warning
    assert rows[split.test]["cutoff"].unique().to_list() == [sorted(rows["cutoff"].unique())[-2]]


def test_a_customer_and_a_near_copy_stand_in_one_fold():
    random = np.random.default_rng(5)
    spend = np.exp(random.normal(5, 1, 600))
    rows = pl.DataFrame({"spend": np.concatenate([spend, spend[:60] * 1.00001]), "visits": [3.0] * 660})
    base = rows.to_numpy().astype(np.float32)
    ids = pl.Series([f"c{position}" for position in range(660)])
    fold = folds_without_copies(ids, base, random.random(660) < 0.3, folds=5, seed=1)
    assert (fold[:60] == fold[600:]).mean() > 0.95  # two that round to different digits may part
    assert np.bincount(fold, minlength=5).min() > 100


def test_a_profile_that_many_share_is_no_copy():
    rows = pl.DataFrame({"visits": [0.0] * 500 + list(np.arange(100.0))})
    base = rows.to_numpy().astype(np.float32)
    left = np.arange(600) % 3 == 0
    fold = folds_without_copies(pl.Series([f"c{position}" for position in range(600)]), base, left, folds=5, seed=1)
    assert np.bincount(fold[:500], minlength=5).min() > 80
