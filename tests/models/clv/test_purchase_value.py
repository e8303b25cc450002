"""Purchase summaries, money per purchase, and logs that say next to nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.models.clv.purchases.gamma_gamma import GammaGamma, fit_gamma_gamma
from holdfast.models.clv.purchases.purchase_models import FittedPurchases, fit_purchases
from holdfast.models.clv.purchases.purchase_value import PurchaseValue, fit_purchase_value
from holdfast.models.clv.rfm_summary import SUMMARY_SCHEMA, spend_between, summarise_purchases

CUTOFF = datetime(2024, 7, 1, tzinfo=UTC)
LOG_SCHEMA = {
    "customer_id": pl.String,
    "happened_at": pl.Datetime("us", "UTC"),
    "known_at": pl.Datetime("us", "UTC"),
    "amount": pl.Float64,
}


def log(*rows: tuple[str, float, float], learnt_after: float = 0.0) -> pl.DataFrame:
    """customer, days before the cutoff, amount."""
    times = [CUTOFF - timedelta(days=ago) for _, ago, _ in rows]
    return pl.DataFrame(
        {
            "customer_id": [who for who, _, _ in rows],
            "happened_at": times,
            "known_at": [time + timedelta(days=learnt_after) for time in times],
            "amount": [amount for *_, amount in rows],
        },
        schema=LOG_SCHEMA,
    )


def test_one_day_is_one_occasion_and_time_is_counted_in_whole_days():
    summary = summarise_purchases(log(("a", 10, 5.0), ("a", 9.9, 7.0), ("a", 4, 6.0), ("b", 1, 3.0)), CUTOFF)
    first, second = summary.rows(named=True)
    assert (first["frequency"], first["recency_days"], first["age_days"]) == (1, 6.0, 9.0)
    assert (first["mean_repeat_value"], first["mean_value"], first["total_value"]) == (6.0, 9.0, 18.0)
    assert (second["frequency"], second["recency_days"], second["age_days"]) == (0, 0.0, 0.0)
    assert second["mean_repeat_value"] is None


def test_money_given_back_lowers_the_value_and_is_no_occasion():
    summary = summarise_purchases(log(("a", 20, 60.0), ("a", 10, 40.0), ("a", 5, -50.0)), CUTOFF)
    assert summary.select("frequency", "total_value", "mean_repeat_value").row(0) == (1, 50.0, 20.0)


def test_a_return_marked_as_such_counts_against_the_customer_whatever_its_sign():
    marked = log(("a", 20, 60.0), ("a", 10, 15.0)).with_columns(is_return=pl.Series([False, True]))
    summary = summarise_purchases(marked, CUTOFF)
    assert summary.select("frequency", "total_value").row(0) == (0, 45.0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-30, 60), st.integers(-5, 50)), min_size=1))
def test_what_comes_or_becomes_known_after_the_cutoff_changes_nothing(rows):
    late = log(*[(who, max(ago, 0.5), 9.0) for who, ago, _ in rows], learnt_after=90)
    known = log(*rows)
    before = known.filter(pl.col("happened_at") < CUTOFF)
    assert summarise_purchases(pl.concat([known, late]), CUTOFF).equals(summarise_purchases(before, CUTOFF))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(-500, 5000)), min_size=1), st.data())
def test_rows_in_any_order_and_customers_alone_give_the_same_to_the_last_bit(rows, data):
    purchases = log(*[(who, ago + 0.5, cents / 100) for who, ago, cents in rows])
    summary = summarise_purchases(purchases, CUTOFF)
    shuffled = purchases[data.draw(st.permutations(range(len(rows))))]
    assert summarise_purchases(shuffled, CUTOFF).equals(summary)
    alone = [summarise_purchases(purchases.filter(customer_id=who), CUTOFF) for who in "abc"]
    assert pl.concat(alone).equals(summary)


def test_an_empty_log_gives_an_empty_summary():
    summary = summarise_purchases(log(), CUTOFF)
    assert summary.schema == pl.Schema(SUMMARY_SCHEMA)
    assert summary.height == 0


def test_spend_is_counted_in_the_window_only_and_never_below_zero():
    rows = log(("a", 1, 9.0), ("a", 0, 5.0), ("a", -29.9, 7.0), ("a", -30, 11.0), ("b", -3, -4.0))
    spent = spend_between(rows, CUTOFF, 30)
    assert spent.rows() == [("a", 12.0, 2), ("b", 0.0, 0)]


# Fader & Hardie (2013), p 6.25, q 3.74, v 15.44: the population mean pv / (q - 1) is 35.2 dollars.
PAPER = GammaGamma(6.25, 3.74, 15.44)


def test_money_of_an_unknown_customer_is_the_mean_and_of_a_known_one_goes_to_the_own():
    assert PAPER.population_mean == pytest.approx(35.2, abs=0.05)
    answers = PAPER.expected_value([0, 1, 5, 1000], [np.nan, 100.0, 100.0, 100.0])
    assert answers[0] == PAPER.population_mean
    assert answers[0] < answers[1] < answers[2] < answers[3] == pytest.approx(100, rel=0.01)


def test_money_parameters_are_found_again():
    dice = np.random.default_rng(2)
    n = 40_000
    x = dice.integers(1, 12, n)
    nu = dice.gamma(4.0, 1 / 20, n)
    found = fit_gamma_gamma(x, dice.gamma(6.0 * x) / nu / x)
    assert (found.p, found.q, found.scale) == pytest.approx((6.0, 4.0, 20.0), rel=0.08)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [5.0], [5.0] * 50, [1e-9, 1e12], [float("nan"), 3.0]], ids=str)
def test_money_is_finite_whatever_was_spent(values):
    found = fit_gamma_gamma(np.ones(len(values)), values)
    answers = found.expected_value([0, 1, 100], [0.0, 5.0, 5.0])
    assert np.isfinite(answers).all()
    assert (answers >= 0).all()


@pytest.mark.data
def test_the_published_money_parameters(data_folder: Path):
    rows = pl.read_csv(data_folder / "cdnow" / "cdnow_customers_summary_with_transactions.csv")
    found = fit_gamma_gamma(rows["x"], rows["zbar"])
    assert (found.p, found.q) == pytest.approx((6.25, 3.74), abs=0.005)
    assert found.scale == pytest.approx(15.44, abs=0.02)


def world(n: int, repeats: int, each: float = 10.0) -> pl.DataFrame:
    return log(*[(f"c{who}", 5 + 3 * time + who % 50, each) for who in range(n) for time in range(repeats + 1)])


@pytest.mark.parametrize(
    ("rows", "rung"),
    [
        (log(("a", 3, 5.0)), "population_mean"),
        (log(("a", 0.5, 5.0)), "population_mean"),
        (world(200, 0), "shrunken_rates"),
        (world(10, 4), "shrunken_rates"),
        (log(*[(f"c{who}", 0.5, 5.0) for who in range(100)]), "shrunken_rates"),
        (world(300, 2), None),
        (log(*[(f"c{who}", ago, 5.0) for who in range(40) for ago in (300, 200, 100, 1)]), None),
        (log(*[(f"c{who}", ago, 5.0) for who in range(30) for ago in range(1, 400)]), None),
    ],
    ids=["one", "one today", "one-time", "few", "all today", "alike", "all the same", "every day"],
)
def test_a_log_that_says_little_still_gets_a_finite_answer_that_names_its_rung(rows, rung):
    summary = summarise_purchases(rows, CUTOFF)
    model = fit_purchase_value(summary)
    if rung:
        assert model.purchases.rung == rung
    assert model.purchases.words
    spend = model.spend(summary, 365)
    for answer in (spend, model.spend_after_silence(summary, 90, 365), model.value_of_a_purchase(summary)):
        assert np.isfinite(answer).all()
        assert (answer >= 0).all()
    assert (model.spend_after_silence(summary, 90, 365) <= spend * (1 + 1e-9)).all()
    assert not np.isnan(model.days_to_next(summary)).any()
    assert spend.max() < 50 * max(summary["total_value"].max(), 1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=60))
def test_no_histories_make_the_fit_fail(histories):
    rows = pl.DataFrame(
        {
            "frequency": [x for x, _, _ in histories],
            "recency_days": [float(gap if x else 0) for x, gap, _ in histories],
            "age_days": [float(gap + silent) for _, gap, silent in histories],
        }
    )
    fitted = fit_purchases(rows)
    columns = rows["frequency"].to_numpy(), rows["recency_days"].to_numpy(), rows["age_days"].to_numpy()
    assert np.isfinite(fitted.model.expected_purchases(365, *columns)).all()
    assert FittedPurchases.from_dict(fitted.to_dict()) == fitted


def test_a_stored_model_is_the_model():
    model = fit_purchase_value(summarise_purchases(world(300, 3), CUTOFF))
    assert PurchaseValue.from_dict(model.to_dict()) == model
