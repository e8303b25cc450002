"""The level of probabilities is put right where it was off, and the ranking stays."""

import numpy as np
import pytest

from holdfast.models.calibration import Calibrator
from holdfast.models.level import Level, level_of, level_shift, recalibrated

TOTAL = {"predicted": 100.0, "observed": 200.0, "low": 80.0, "high": 120.0}


def _rows(rows: int, shift: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes, and probabilities whose log-odds are too low by `shift`."""
    random = np.random.default_rng(seed)
    score = random.normal(-2, 1, rows)
    return random.random(rows) < 1 / (1 + np.exp(-score - shift)), 1 / (1 + np.exp(-score))


def test_the_shift_brings_the_total_to_what_was_observed():
    left, probabilities = _rows(5000, 0.7)
    shift = level_shift(left, probabilities)
    assert shift == pytest.approx(0.7, abs=0.12)
    moved = Calibrator("identity").at_level(shift).apply(probabilities)
    assert moved.sum() == pytest.approx(left.sum(), abs=1e-6)
    assert (np.argsort(moved) == np.argsort(probabilities)).all()


def test_a_level_that_was_off_is_moved_and_the_log_loss_falls():
    left, probabilities = _rows(3000, 0.7)
    level, calibrator = recalibrated(level_of(TOTAL, "2024-03-31"), Calibrator("identity"), left, probabilities)
    assert calibrator.kind == "level"
    assert level.log_loss_after < level.log_loss_before
    assert "recalibrated to the level of 31 March 2024" in level.sentence
    assert "ranking holds" in level.sentence
    assert Calibrator.of(calibrator.record()) == calibrator


def test_a_level_within_luck_is_left_alone():
    left, probabilities = _rows(3000, 0.7)
    inside = {**TOTAL, "observed": 110.0}
    level, calibrator = recalibrated(level_of(inside, "2024-03-31"), Calibrator("identity"), left, probabilities)
    assert calibrator == Calibrator("identity")
    assert (level.shift, level.sentence) == (0.0, "")


def test_a_model_that_already_stands_at_the_new_level_is_not_moved_for_the_worse():
    for seed in range(20):
        left, probabilities = _rows(400, 0.0, seed)
        level, calibrator = recalibrated(level_of(TOTAL, "2024-03-31"), Calibrator("identity"), left, probabilities)
        if level.shift:
            assert level.log_loss_after < level.log_loss_before
        else:
            assert calibrator == Calibrator("identity")
            assert "Trust the ranking more" in level.sentence


def test_a_snapshot_has_no_later_day_to_recalibrate_to():
    level, calibrator = recalibrated(
        level_of(TOTAL, None), Calibrator("platt", 0.1, 0.9, 0.9), np.zeros(0, dtype=np.bool_), np.zeros(0)
    )
    assert calibrator == Calibrator("platt", 0.1, 0.9, 0.9)
    assert level.sentence.startswith("More customers left on the test rows than expected (200 against 100")
    assert isinstance(level, Level)
    assert level.record()["is_off"] is True
