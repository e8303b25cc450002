"""BG/NBD against the numbers of its paper, and against its own formula in other clothes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from holdfast.models.clv.purchases.bg_nbd import BgNbd, fit_bg_nbd
from holdfast.models.clv.rfm_summary import summarise_purchases

# Fader, Hardie & Lee (2005), table 2, to the four digits their public spreadsheet carries.
CDNOW = BgNbd(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)


def test_expected_purchases_of_the_papers_sample_customer():
    assert CDNOW.expected_purchases(39, [2], [30.43], [38.86]) == pytest.approx([1.226], abs=1e-3)


@pytest.mark.parametrize(("weeks", "published"), [(1, 0.0532), (3, 0.1506), (32, 1.0437), (78, 1.8576)])
def test_a_new_customer_buys_as_published(weeks, published):
    assert CDNOW.expected_purchases(weeks, [0], [0], [0]) == pytest.approx([published], abs=5e-4)


def test_weeks_and_days_say_the_same():
    in_days = BgNbd(CDNOW.r, CDNOW.alpha * 7, CDNOW.a, CDNOW.b)
    weeks = CDNOW.expected_purchases(39, [0, 2, 9], [0, 30, 20], [38, 38, 38])
    days = in_days.expected_purchases(273, [0, 2, 9], [0, 210, 140], [266, 266, 266])
    assert days == pytest.approx(weeks, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(0.1, 5), alpha=st.floats(2, 100), a=st.floats(0.05, 8), b=st.floats(0.5, 20),
    x=st.integers(0, 100), extra=st.integers(0, 700), ahead=st.sampled_from([7, 30, 90, 365]),
)  # fmt: skip
@example(r=5.0, alpha=2.0, a=0.5, b=1.0, x=0, extra=0, ahead=365)  # 900 purchases, if nobody left: a steep integrand
def test_the_quadrature_is_the_papers_hypergeometric_function(r, alpha, a, b, x, extra, ahead):
    if abs(a - 1) < 1e-3 or abs(a + b + x - 1) < 1e-3:
        return  # the paper's form has a hole here; ours has none
    model, T = BgNbd(r, alpha, a, b), float(x + extra)
    z = ahead / (alpha + T + ahead)
    # Equation 10 after Euler's transformation, which keeps the function finite for many purchases.
    series = 1 - (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    published = (a + b + x - 1) / (a - 1) * series * model.probability_alive([x], [T], [T])[0]
    assert model.expected_purchases(ahead, [x], [T], [T])[0] == pytest.approx(published, rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(0, 500), st.integers(0, 500), st.integers(1, 400))
def test_answers_are_always_possible(x, gap, silent, ahead):
    t_x = 0 if x == 0 else x + gap
    T = t_x + silent
    alive = CDNOW.probability_alive([x], [t_x], [T])[0]
    buys = CDNOW.probability_of_purchase(ahead, [x], [t_x], [T])[0]
    expected = CDNOW.expected_purchases(ahead, [x], [t_x], [T])[0]
    assert 0 <= alive <= 1
    assert 0 <= buys <= alive
    assert buys <= expected + 1e-12
    assert expected <= (CDNOW.r + x) / (CDNOW.alpha + T) * ahead * (1 + 1e-9)


def test_answers_agree_with_played_futures():
    n = 200_000
    x, t_x, T = np.full(n, 3.0), np.full(n, 20.0), np.full(n, 38.0)
    made = CDNOW.simulate_purchases(40, x, t_x, T, seed=1)
    assert made.mean() == pytest.approx(CDNOW.expected_purchases(40, [3], [20], [38])[0], rel=0.02)
    assert (made > 0).mean() == pytest.approx(CDNOW.probability_of_purchase(40, [3], [20], [38])[0], abs=0.005)


def test_the_next_purchase_is_as_likely_made_as_not_by_its_date():
    time = CDNOW.time_to_next([5, 0, 5], [36, 0, 5], [38, 38, 38])
    assert CDNOW.probability_of_purchase(time[0], [5], [36], [38]) == pytest.approx([0.5])
    assert np.isinf(time[2]), "long silent after many purchases: likelier gone"


def test_known_parameters_are_found_again():
    dice = np.random.default_rng(11)
    n = 30_000
    T = dice.integers(100, 700, n).astype(float)
    rate, chance = dice.gamma(0.8, 1 / 40, n), dice.beta(1.2, 4.0, n)
    x, t_x = np.zeros(n), np.zeros(n)
    clock, alive = np.zeros(n), np.ones(n, dtype=bool)
    while alive.any():
        clock = clock + np.where(alive, dice.exponential(1 / rate), 0)
        alive &= clock < T
        x, t_x = x + alive, np.where(alive, clock, t_x)
        alive &= dice.random(n) > chance
    found = fit_bg_nbd(x, t_x, T)
    assert (found.r, found.alpha) == pytest.approx((0.8, 40), rel=0.08)
    assert found.a / (found.a + found.b) == pytest.approx(1.2 / 5.2, rel=0.08)


@pytest.mark.data
def test_the_papers_estimates_from_the_papers_summary(data_folder: Path):
    rows = pl.read_csv(data_folder / "cdnow" / "cdnow_customers_summary.csv")
    history = rows["frequency"], rows["recency"], rows["T"]
    found = fit_bg_nbd(*history)
    # Table 2 of the paper: three digits, and the log-likelihood to one.
    assert (found.r, found.a) == pytest.approx((0.243, 0.793), abs=5e-4)
    assert (found.alpha, found.b) == pytest.approx((4.414, 2.426), abs=1e-3)
    assert found.log_likelihood(*history) == pytest.approx(-9582.4, abs=0.05)


@pytest.mark.data
def test_the_papers_estimates_from_the_purchases_themselves(data_folder: Path):
    lines = (data_folder / "cdnow" / "CDNOW_sample.txt").read_text().split("\n")
    fields = [line.split() for line in lines if line.strip()]
    purchases = pl.DataFrame(
        {
            "customer_id": [field[1] for field in fields],
            "happened_at": [datetime.strptime(field[2], "%Y%m%d").replace(tzinfo=UTC) for field in fields],
            "amount": [float(field[4]) for field in fields],
        }
    )
    summary = summarise_purchases(purchases, datetime(1997, 10, 1, tzinfo=UTC))
    assert summary.height == 2357
    assert (summary["frequency"] > 0).sum() == 946
    found = fit_bg_nbd(summary["frequency"], summary["recency_days"], summary["age_days"])
    assert (found.r, found.a, found.b) == pytest.approx((0.243, 0.793, 2.426), abs=1e-3)
    assert found.alpha / 7 == pytest.approx(4.414, abs=1e-3)
