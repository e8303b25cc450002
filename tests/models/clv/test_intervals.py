"""Intervals of one customer's money: a moved level is told from a wrong width."""

import numpy as np
import pytest

from holdfast.models.clv.contract import contract_interval, contract_value
from holdfast.models.clv.intervals import (
    Floats,
    Forecasts,
    coverage,
    coverage_at_its_total,
    fit_risk_intervals,
    is_inside,
    with_mean_inside,
)


def customers(number: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Expected and observed money and the risk of customers whose money scatters alike around what is expected."""
    random = np.random.default_rng(seed)
    expected, risk = random.gamma(2, 50, number), random.random(number)
    return expected, expected * random.lognormal(-0.125, 0.5, number), risk


def certain(expected: Floats, risk: Floats) -> Forecasts:
    """Forecasts that are the same by staying and by leaving, so that no end is moved."""
    return Forecasts(risk, expected, expected)


def test_an_expected_value_lies_inside_its_interval_unless_it_is_certain() -> None:
    stay, leave = np.array([624.0, 1_394.0, 500.0, 224.0]), np.array([5.0, 0.0, 5.0, 224.0])
    probability = np.array([0.885, 0.05, 0.5, 1.0])
    expected = probability * leave + (1 - probability) * stay
    raw_low, raw_high = np.array([0.0, 1_394.0, 10.0, 224.0]), np.array([60.0, 1_394.0, 400.0, 224.0])
    low, high = with_mean_inside(raw_low, raw_high, expected=expected, stay=stay, leave=leave)
    assert low.tolist() == pytest.approx([0.0, expected[1] - (1_394.0 - expected[1]), 10.0, 224.0])
    assert high.tolist() == pytest.approx([2 * expected[0], 1_394.0, 400.0, 224.0])
    assert ((low < expected) & (expected < high)).tolist() == [True, True, True, False]


def test_the_surer_an_outcome_the_narrower_its_interval() -> None:
    probability = np.array([0.0005, 0.001, 0.005, 0.01, 0.02])
    terms = (90, 365, 0.0)
    stay, leave = contract_value(np.full(5, 100.0), probability, *terms)
    expected = probability * leave + (1 - probability) * stay
    ends = contract_interval(np.full(5, 100.0), probability, *terms)
    low, high = with_mean_inside(*ends, expected=expected, stay=stay, leave=leave)
    assert ((low < expected) & (expected < high)).all()
    assert (np.diff(high - low) > 0).all()
    assert high[0] - low[0] < 5
    leaving = 1 - probability  # as sure that they leave
    expected = leaving * leave + (1 - leaving) * stay
    low, high = with_mean_inside(leave * 0.98, leave, expected=expected, stay=stay, leave=leave)
    assert ((low < expected) & (expected < high)).all()
    assert (np.diff(high - low) > 0).all()
    assert (high < stay).all()


@pytest.mark.parametrize("moved", [0.6, 1.0, 1.6])
def test_intervals_of_the_right_width_hold_80_percent_at_the_total_that_came_wherever_the_level_went(
    moved: float,
) -> None:
    expected, observed, risk = customers(9_000, 1)
    intervals = fit_risk_intervals(expected, observed, risk)
    later, came, risk = customers(9_000, 2)
    as_forecast = coverage(intervals, certain(later, risk), came * moved)
    at_its_total = coverage_at_its_total(intervals, certain(later, risk), came * moved)
    assert at_its_total == pytest.approx(0.8, abs=0.02)
    assert as_forecast[1:] == pytest.approx([as_forecast[0]] * 3, abs=0.04)
    assert (abs(as_forecast[0] - 0.8) < 0.02) == (moved == 1.0)


def test_a_wrong_width_stays_wrong_at_the_total_that_came() -> None:
    expected, observed, risk = customers(9_000, 1)
    intervals = fit_risk_intervals(expected, observed, risk)
    later, came, risk = customers(9_000, 2)
    scattered = came**2 / (came**2).sum() * came.sum()
    at_its_total = coverage_at_its_total(intervals, certain(later, risk), scattered)
    assert at_its_total is not None
    assert at_its_total < 0.7


def test_where_nothing_came_no_total_is_right() -> None:
    expected, observed, risk = customers(600, 3)
    intervals = fit_risk_intervals(expected, observed, risk)
    assert coverage_at_its_total(intervals, certain(expected, risk), np.zeros(600)) is None
    assert is_inside(intervals, certain(expected, risk), np.zeros(600)).size == 600


def test_coverage_is_counted_on_the_intervals_that_are_shown() -> None:
    """Of who is likely to leave most bring nothing: shown, the interval reaches beyond the mean of the few others."""
    random = np.random.default_rng(4)
    risk = random.uniform(0.81, 0.9, 6_000)
    forecasts = Forecasts(risk, np.full(6_000, 20.0), np.zeros(6_000))
    observed = np.where(random.random(6_000) < risk, 0.0, random.exponential(20.0, 6_000))
    intervals = fit_risk_intervals(forecasts.expected, observed, risk)
    low, high = intervals.shown(forecasts)
    inside = (low <= observed) & (observed <= high)
    assert ((low < forecasts.expected) & (forecasts.expected < high)).all()
    narrow = (observed <= intervals.around(forecasts.expected, risk)[1]).mean()
    assert narrow < inside.mean() - 0.01
    shares = coverage(intervals, forecasts, observed)
    assert shares[0] == pytest.approx(inside.mean())
    assert is_inside(intervals, forecasts, observed).tolist() == inside.tolist()
