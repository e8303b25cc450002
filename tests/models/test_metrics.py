"""Metrics against closed forms, the papers and independent code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.models.bootstrap import Draws, interval, replicates, with_intervals
from holdfast.models.metrics import (
    METRICS,
    average_precision,
    best_threshold,
    brier,
    calibration_bins,
    calibration_error,
    expected_maximum_profit,
    gain_curve,
    lift,
    log_loss,
    precision_recall_f1,
    roc_auc,
    roc_curve,
)

LEFT = np.array([True, False, True, True, False, False, False, False])
CHANCE = np.array([0.9, 0.8, 0.7, 0.4, 0.4, 0.3, 0.2, 0.1])


def test_ranking_metrics_of_a_list_reckoned_by_hand():
    # Pairs: 0.9 beats 5; 0.7 beats 4; 0.4 beats 3 and ties 1: 12.5 of 15.
    assert roc_auc(LEFT, CHANCE) == pytest.approx(12.5 / 15)
    # Precision at the leavers: 1/1, 2/3, and 3/5 where two are tied.
    assert average_precision(LEFT, CHANCE) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert lift(LEFT, CHANCE, 0.25) == pytest.approx((1 / 3) / 0.25)
    assert precision_recall_f1(LEFT, CHANCE, 0.7) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_distances_of_a_list_reckoned_by_hand():
    assert log_loss(np.array([True, False]), np.array([0.8, 0.4])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert brier(np.array([True, False]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)
    assert calibration_error(np.array([False, True, True, True]), np.array([0.1, 0.3, 0.8, 0.6]), 2) == pytest.approx(
        (abs(0.2 - 0.5) + abs(0.7 - 1.0)) / 2
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=4, max_size=60))
@settings(max_examples=25, deadline=None)
def test_metrics_agree_with_scikit_learn(rows):
    from sklearn import metrics

    left, chance = np.array([row[0] for row in rows]), np.array([row[1] / 20 for row in rows])
    if left.all() or not left.any():
        assert np.isnan(roc_auc(left, chance))
        return
    assert roc_auc(left, chance) == pytest.approx(metrics.roc_auc_score(left, chance))
    assert average_precision(left, chance) == pytest.approx(metrics.average_precision_score(left, chance))
    threshold = best_threshold(left, chance)
    best = max(metrics.f1_score(left, chance >= at, zero_division=0) for at in np.unique(chance))
    assert precision_recall_f1(left, chance, threshold)[2] == pytest.approx(best)


def _telco_like() -> np.ndarray:
    left = np.zeros(7043, dtype=bool)
    left[:1869] = True
    return left


def test_profit_of_knowing_everything():
    # Closed form: base rate x E[190 x accepts - 1]+, about base rate x (190 x 0.3 - 1).
    assert expected_maximum_profit(_telco_like(), _telco_like().astype(float)) == pytest.approx(14.86, abs=0.005)


def test_profit_of_knowing_nothing():
    from scipy.integrate import quad
    from scipy.stats import beta

    # Treat all or none: max(0, rate x (190 x accepts - 1) - (1 - rate) x 11), over accepts ~ Beta(6, 14).
    left = _telco_like()
    rate = left.mean()
    worth, _ = quad(
        lambda accepts: max(0.0, rate * (190 * accepts - 1) - (1 - rate) * 11) * beta.pdf(accepts, 6, 14),
        0,
        1,
        limit=200,
    )
    assert expected_maximum_profit(left, np.full(len(left), 0.3)) == pytest.approx(worth, abs=1e-4)
    # 6.96 (random scores, whose chance ranking earns a little) is the design's measured figure.
    assert worth == pytest.approx(6.96, abs=0.1)


def test_profit_when_everyone_leaves():
    from scipy.integrate import quad
    from scipy.stats import beta

    worth, _ = quad(lambda accepts: max(0.0, 190 * accepts - 1) * beta.pdf(accepts, 6, 14), 0, 1)
    everyone = np.ones(50, dtype=bool)
    assert expected_maximum_profit(everyone, np.linspace(0.1, 0.9, 50)) == pytest.approx(worth, abs=1e-6)


def test_better_ranking_never_earns_less():
    random = np.random.default_rng(2)
    left = random.random(2000) < 0.3
    profits = [
        expected_maximum_profit(left, left * strength + random.normal(size=2000))
        for strength in (0.0, 0.5, 1.0, 2.0, 4.0)
    ]
    assert profits == sorted(profits)


def test_intervals_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(5)
    held = 0
    for world in range(60):
        left = random.random(400) < 0.3
        chance = 1 / (1 + np.exp(-(left * 1.0 + random.normal(size=400))))
        drawn = replicates(left, {"model": chance}, {"model": 0.5}, Draws(np.arange(400), world, times=200))
        low, high = interval(drawn["model"]["roc_auc"])
        held += low <= 0.7602 <= high  # Phi(1 / sqrt 2): normal scores one apart
    assert 50 <= held <= 60


def test_replicates_centre_on_the_metric():
    random = np.random.default_rng(1)
    chance = random.beta(2, 5, 5000)
    left = random.random(5000) < chance
    drawn = replicates(left, {"model": chance}, {"model": 0.4}, Draws(np.arange(5000), 3))["model"]
    for name, metric in METRICS.items():
        if name != "calibration_error":  # noise only adds to it
            assert drawn[name].mean() == pytest.approx(metric(left, chance), rel=0.02), name
    said = with_intervals(left, chance, 0.4, drawn)
    assert all(metric["low"] <= metric["value"] <= metric["high"] for metric in said.values())
    precision, recall, f1 = precision_recall_f1(left, chance, 0.4)
    assert drawn["precision"].mean() == pytest.approx(precision, rel=0.02)
    assert drawn["recall"].mean() == pytest.approx(recall, rel=0.02)
    assert drawn["f1"].mean() == pytest.approx(f1, rel=0.02)


def test_customers_who_stand_on_many_rows_widen_the_interval():
    random = np.random.default_rng(1)
    chance = np.repeat(random.beta(2, 3, 200), 10)
    left = np.repeat(random.random(200) < chance[::10], 10)
    widths = []
    for customers in (np.arange(2000), np.repeat(np.arange(200), 10)):
        drawn = replicates(left, {"model": chance}, {"model": 0.5}, Draws(customers, 0, times=200))
        low, high = interval(drawn["model"]["log_loss"])
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_curves_begin_and_end_where_they_must():
    roc, gain = roc_curve(LEFT, CHANCE), gain_curve(LEFT, CHANCE)
    assert (roc[0], roc[-1]) == (
        {"share_of_stayers": 0, "share_of_leavers": 0},
        {"share_of_stayers": 1, "share_of_leavers": 1},
    )
    assert gain[0] == {"share_contacted": 0, "share_of_leavers": 0}
    assert gain[-1] == {"share_contacted": 1, "share_of_leavers": 1}
    bins = calibration_bins(LEFT, CHANCE, 4)
    assert sum(one["rows"] for one in bins) == 8
    assert bins[-1] == {"predicted": pytest.approx(0.85), "observed": 0.5, "rows": 2}
