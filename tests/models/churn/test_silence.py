"""The level of today beside what the purchase model expects: part of the way, never the ranking."""

import numpy as np
import pytest

from holdfast.models.churn.silence import SilenceLevel, silence_level
from holdfast.models.encoding import Floats
from holdfast.models.level_range import USUAL_DRIFT
from holdfast.models.metrics import Flags


def customers(rows: int, seed: int) -> tuple[Flags, Floats]:
    """Who leaves, and the true probabilities."""
    dice = np.random.default_rng(seed)
    risk = dice.beta(2, 3, rows)
    return dice.random(rows) < risk, risk


def moved_by(probabilities: Floats, shift: float) -> Floats:
    odds = np.log(probabilities) - np.log1p(-probabilities) + shift
    return np.asarray(1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize("off", [-0.6, 0.4])
def test_a_level_that_is_off_is_moved_half_of_the_way_where_the_purchase_model_was_right(off: float) -> None:
    _, risk = customers(4_000, 1)
    level = silence_level(customers(3_000, 2), (moved_by(risk, off), risk), drift=0.6)
    assert level.share == 0.5
    assert level.shift == pytest.approx(-off / 2, abs=0.01)
    assert level.moved_to == pytest.approx((level.by_churn_model + level.by_purchases) / 2, rel=0.01)
    assert "all probabilities were moved 50 % of the way between them" in level.sentence


def test_the_way_is_short_where_the_purchase_model_was_far_off_at_the_test_cutoff() -> None:
    left, risk = customers(3_000, 3)
    today = moved_by(risk, -0.5), risk
    right, wrong = (silence_level((left, moved_by(risk, off)), today, drift=USUAL_DRIFT) for off in (0.0, 1.2))
    assert 0 < wrong.shift < right.shift / 2
    assert wrong.share < 0.2 < right.share <= 0.5


def test_two_models_that_agree_leave_the_level_and_say_nothing() -> None:
    _, risk = customers(2_000, 4)
    level = silence_level(customers(2_000, 5), (risk, risk), drift=0.3)
    assert level.shift == pytest.approx(0.0, abs=1e-9)
    assert level.sentence == ""


def test_few_customers_or_one_outcome_move_nothing() -> None:
    left, risk = customers(2_000, 6)
    today = moved_by(risk, 0.5), risk
    assert silence_level((left[:50], risk[:50]), today, drift=0.3) == SilenceLevel()
    assert silence_level((left, risk), (today[0][:50], risk[:50]), drift=0.3) == SilenceLevel()
    assert silence_level((np.ones(2_000, dtype=bool), risk), today, drift=0.3) == SilenceLevel()


def test_it_comes_back_from_its_files_and_a_run_without_any_is_not_moved() -> None:
    _, risk = customers(500, 7)
    level = silence_level(customers(500, 8), (moved_by(risk, 0.3), risk), drift=0.3)
    assert SilenceLevel.from_files(level.to_files()) == level
    assert SilenceLevel.from_files({}) == SilenceLevel()
