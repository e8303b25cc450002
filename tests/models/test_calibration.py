"""Calibrators and the test of calibration, on probabilities whose truth is known."""

import numpy as np
import pytest

from holdfast.models.calibration import (
    Calibrator,
    calibration_test,
    choose_calibrator,
    expected_total,
    fit_calibrator,
)
from holdfast.models.metrics import log_loss
from holdfast.stats.ranking import roc_auc


def _world(rows: int = 6000, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    chance = random.beta(2, 5, rows)
    return random.random(rows) < chance, chance, np.arange(rows) % 5


def _odds(chance: np.ndarray) -> np.ndarray:
    return np.log(chance) - np.log1p(-chance)


def test_what_is_calibrated_is_left_alone():
    left, chance, folds = _world()
    assert choose_calibrator(left, chance, folds).kind == "identity"


def test_over_confidence_is_undone():
    left, chance, folds = _world()
    bold = 1 / (1 + np.exp(-(2.5 * _odds(chance) + 0.7)))
    chosen = choose_calibrator(left, bold, folds)
    assert chosen.kind in {"platt", "beta"}
    assert chosen.rise == pytest.approx(1 / 2.5, abs=0.05)
    assert log_loss(left, chosen.apply(bold)) < log_loss(left, bold) - 0.05
    assert calibration_test(left, chosen.apply(bold), seed=1)["p_value"] > 0.05


def test_calibrating_keeps_the_ranking():
    left, chance, _ = _world()
    for kind in ("platt", "beta"):
        applied = fit_calibrator(kind, left, chance**2).apply(chance**2)
        assert roc_auc(left, applied) == roc_auc(left, chance)


def test_a_ranking_turned_round_is_not_turned_back():
    left, chance, _ = _world()
    assert fit_calibrator("platt", left, 1 - chance).kind == "identity"
    assert fit_calibrator("beta", left, 1 - chance).kind == "identity"


def test_a_calibrator_comes_back_from_its_record():
    left, chance, _ = _world()
    fitted = fit_calibrator("beta", left, chance**2)
    assert Calibrator.of(fitted.record()) == fitted


def test_edges_stay_probabilities():
    left, chance, _ = _world()
    answered = fit_calibrator("platt", left, chance).apply(np.array([0.0, 1e-12, 1.0]))
    assert ((answered > 0) & (answered < 1)).all()


# Design notes on Telco: a perfectly calibrated model with mean 0.2654 shows 0.024 (0.006) at 1,409 rows and ten bins.
def test_a_perfect_model_shows_an_error_too():
    random = np.random.default_rng(8)
    chance = random.beta(0.8, 2.2, 1409)
    found = calibration_test(random.random(1409) < chance, chance, seed=1)
    assert found["expected_ece_if_perfect"] == pytest.approx(0.024, abs=0.006)


def test_the_calibration_test_is_right_about_perfect_models():
    random = np.random.default_rng(4)
    refused = 0
    for world in range(60):
        chance = random.beta(2, 5, 500)
        refused += calibration_test(random.random(500) < chance, chance, seed=world)["p_value"] < 0.05
    assert refused <= 8


def test_a_shifted_model_is_found_out():
    left, chance, _ = _world()
    assert calibration_test(left, np.clip(chance + 0.05, 0, 1), seed=1)["p_value"] < 0.01


def test_the_total_lies_in_its_range_when_calibrated():
    left, chance, _ = _world()
    total = expected_total(left, chance)
    assert total["low"] <= total["observed"] <= total["high"]
    shifted = expected_total(left, np.clip(chance + 0.05, 0, 1))
    assert shifted["observed"] < shifted["low"]
