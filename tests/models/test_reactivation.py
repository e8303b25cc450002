"""Who of the lapsed returns: a simulated truth is found again, and little evidence becomes one rate."""

import tracemalloc

import numpy as np
import polars as pl
import pytest

from holdfast.models.reactivation import ENOUGH_OF_EACH, backtest, fit_reactivation, in_words


def lapsed(count: int, seed: int, level: float = -1.0) -> pl.DataFrame:
    """Customers who return with a probability that falls with silence and rises with activity; known: `truth`."""
    random = np.random.default_rng(seed)
    ratio, days = 1 + random.gamma(1.5, 1.0, count), random.integers(1, 30, count)
    truth = 1 / (1 + np.exp(-(level - 1.2 * np.log(ratio) + 0.6 * np.log1p(days))))
    returned = random.random(count) < truth
    orders = days + random.integers(0, 3, count)
    spend = orders * random.gamma(4, 12, count)
    return pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(count)],
            "silence_ratio": ratio,
            "active_days": days,
            "usual_gap_days": random.gamma(2, 20, count),
            "purchases": orders,
            "spend": spend,
            "returned": returned,
            "later_spend": np.where(returned, 2.0 * spend / orders, 0.0),
            "truth": truth,
        }
    )


def test_the_simulated_probabilities_and_totals_are_found_again() -> None:
    past, newest = [lapsed(4_000, seed) for seed in (1, 2, 3)], lapsed(4_000, 4)
    predicted = fit_reactivation(past, None).predict(newest)
    off = (predicted["return_probability"] - newest["truth"]).abs()
    assert off.mean() < 0.02
    evaluated = backtest(past, newest, None)
    assert evaluated["predicted"] == pytest.approx(evaluated["returned"], rel=0.08)
    assert evaluated["predicted_spend"] == pytest.approx(evaluated["spend"], rel=0.15)
    assert evaluated["roc_auc"] > 0.65
    assert evaluated["calibration_error"] < 0.03
    assert "4,000 lapsed customers" in in_words(evaluated, 90)
    assert evaluated["low"] < evaluated["predicted"] < evaluated["high"]
    assert evaluated["low"] < evaluated["returned"] < evaluated["high"]
    low, high = (f"{float(f'{evaluated[end]:.3g}'):,.0f}" for end in ("low", "high"))
    assert f"({low} to {high}) were expected to return" in in_words(evaluated, 90)


def test_the_rows_of_all_cutoffs_are_in_memory_once_more_at_most() -> None:
    past = [lapsed(20_000, seed) for seed in (5, 6, 7)]
    rows, columns = sum(frame.height for frame in past), 4
    fit_reactivation([lapsed(500, 8)], None)  # what is imported late is not counted
    tracemalloc.start()
    fit_reactivation(past, None)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.8 * 8 * columns * rows


def test_the_newest_cutoff_says_how_many_and_all_say_who() -> None:
    cutoffs = [lapsed(4_000, 1, level=-2.0), lapsed(4_000, 2), lapsed(4_000, 3)]
    predicted = fit_reactivation(cutoffs, None).predict(lapsed(4_000, 4, level=-2.0))
    assert predicted["return_probability"].sum() == pytest.approx(predicted["truth"].sum(), rel=0.08)


@pytest.mark.parametrize("returned", [0, 5, ENOUGH_OF_EACH - 1])
def test_few_returns_give_one_rate(returned: int) -> None:
    rows = lapsed(200, 5).with_columns(returned=pl.int_range(pl.len()) < returned, later_spend=pl.lit(0.0))
    predicted = fit_reactivation([rows], None).predict(rows)
    assert predicted["return_probability"].unique().to_list() == [pytest.approx((returned + 0.5) / 201)]


def test_without_any_past_the_rate_behind_the_window_stands_and_money_is_not_known() -> None:
    rows = lapsed(10, 6)
    predicted = fit_reactivation([], 0.07).predict(rows)
    assert predicted["return_probability"].to_list() == [0.07] * 10
    assert predicted["value_if_returns"].null_count() == 10
    assert fit_reactivation([], None).predict(rows)["return_probability"].null_count() == 10
    assert backtest([], rows, None) == {"customers": 10}
    assert in_words(backtest([], rows, None), 90) == ""


def test_records_without_money_have_a_probability_and_no_value() -> None:
    rows = lapsed(2_000, 7).with_columns(
        pl.lit(None, pl.Int64).alias("purchases"),
        pl.lit(None, pl.Float64).alias(
            "spend",
        ),
        later_spend=pl.lit(None, pl.Float64),
    )
    predicted = fit_reactivation([rows], None).predict(rows)
    assert predicted["return_probability"].n_unique() > 100
    assert predicted["value_if_returns"].null_count() == 2_000


def test_refunds_and_negative_totals_bring_no_negative_value() -> None:
    rows = lapsed(500, 8).with_columns(spend=pl.lit(-50.0), later_spend=pl.lit(-5.0))
    predicted = fit_reactivation([rows], None).predict(rows)
    values = predicted["value_if_returns"].drop_nulls()
    assert (values >= 0).all()
    assert predicted["return_probability"].is_finite().all()
