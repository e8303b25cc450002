"""Pareto/NBD against the published numbers, and against futures played by its own rules."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from holdfast.models.clv.purchases.pareto_nbd import ParetoNbd, fit_pareto_nbd

# Fader, Hardie & Lee (2005), Marketing Science 24(2), table 2, in weeks.
CDNOW = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)


@pytest.mark.data
def test_the_published_estimates(data_folder: Path):
    rows = pl.read_csv(data_folder / "cdnow" / "cdnow_customers_summary.csv")
    history = rows["frequency"], rows["recency"], rows["T"]
    found = fit_pareto_nbd(*history)
    assert (found.r, found.s) == pytest.approx((0.553, 0.606), abs=5e-4)
    assert (found.alpha, found.beta) == pytest.approx((10.578, 11.669), abs=1e-3)
    assert found.log_likelihood(*history) == pytest.approx(-9595.0, abs=0.05)


@settings(max_examples=40, deadline=None)
@given(
    r=st.floats(0.1, 5), alpha=st.floats(0.5, 100), s=st.floats(0.1, 5), beta=st.floats(0.5, 100),
    x=st.integers(0, 60), gap=st.integers(0, 100), silent=st.integers(1, 300),
)  # fmt: skip
def test_being_alive_is_the_integral_over_the_moment_of_leaving(r, alpha, s, beta, x, gap, silent):
    t_x = 0 if x == 0 else x + gap
    T = t_x + silent
    level = (r + x) * np.log(alpha + T) + s * np.log(beta + T)

    def gone(t: float) -> float:
        return float(s * np.exp(level - (r + x) * np.log(alpha + t) - (s + 1) * np.log(beta + t)))

    # In the logarithm of the distance, where the integrand is tame enough for an adaptive rule.
    whole, _ = quad(lambda w: gone(t_x + np.expm1(w)) * np.exp(w), 0, np.log1p(silent), limit=200, epsrel=1e-9)
    answer = ParetoNbd(r, alpha, s, beta).probability_alive([x], [t_x], [T])[0]
    assert answer == pytest.approx(1 / (1 + whole), rel=1e-6)


def test_answers_agree_with_played_futures():
    n = 200_000
    x, t_x, T = np.full(n, 3.0), np.full(n, 20.0), np.full(n, 38.0)
    made = CDNOW.simulate_purchases(40, x, t_x, T, seed=1)
    assert made.mean() == pytest.approx(CDNOW.expected_purchases(40, [3], [20], [38])[0], rel=0.02)
    assert (made > 0).mean() == pytest.approx(CDNOW.probability_of_purchase(40, [3], [20], [38])[0], abs=0.005)


def test_the_next_purchase_is_as_likely_made_as_not_by_its_date():
    time = CDNOW.time_to_next([5, 0], [36, 0], [38, 38])
    assert CDNOW.probability_of_purchase(time[0], [5], [36], [38]) == pytest.approx([0.5], abs=1e-5)
    assert np.isinf(time[1])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3_000), st.integers(0, 500), st.integers(0, 500), st.integers(1, 400))
def test_answers_are_always_possible(x, gap, silent, ahead):
    t_x = 0 if x == 0 else x + gap
    T = t_x + silent
    alive = CDNOW.probability_alive([x], [t_x], [T])[0]
    buys = CDNOW.probability_of_purchase(ahead, [x], [t_x], [T])[0]
    expected = CDNOW.expected_purchases(ahead, [x], [t_x], [T])[0]
    assert 0 <= buys <= alive + 1e-12 <= 1 + 1e-12
    assert buys <= expected * (1 + 1e-9) + 1e-12
