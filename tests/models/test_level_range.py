"""The range of leavers holds in a business whose level moves, and is luck alone where nothing moves."""

import numpy as np
import pytest

from holdfast.models.level_range import USUAL_DRIFT, Z_80, fit_drift, leavers_between, moved_at


def _business(origins: int, drift: float, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outcomes and probabilities of cutoffs between which the log-odds of everybody move."""
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(origins):
        score = random.normal(-1.5, 1, 1500)
        left = random.random(1500) < 1 / (1 + np.exp(-score - random.normal(0, drift)))
        drawn.append((left, 1 / (1 + np.exp(-score))))
    return drawn


@pytest.mark.parametrize("drift", [0.3, 0.6])
def test_eighty_of_a_hundred_totals_lie_inside_where_the_level_moves(drift: float) -> None:
    inside = []
    for seed in range(150):
        *earlier, (left, p) = _business(7, drift, seed)
        low, high = leavers_between(p, fit_drift([move for each in earlier if (move := moved_at(*each))]), Z_80)
        inside.append(low <= left.sum() <= high)
    assert 0.67 <= np.mean(inside) <= 0.92


def test_luck_alone_does_not_hold_there() -> None:
    last = [_business(1, 0.6, seed)[0] for seed in range(60)]
    inside = [low <= left.sum() <= high for left, p in last for low, high in [leavers_between(p, 0.0, Z_80)]]
    assert np.mean(inside) < 0.4


def test_without_evidence_the_usual_drift_is_taken_and_calm_cutoffs_lower_it() -> None:
    assert fit_drift([]) == pytest.approx(USUAL_DRIFT)
    calm = [move for each in _business(6, 0.0, 1) if (move := moved_at(*each))]
    assert fit_drift(calm) < 0.6 * USUAL_DRIFT


def test_the_expected_number_lies_inside_and_certain_customers_move_nothing() -> None:
    p = np.array([0.0, 1.0, 0.2, 0.5, 0.9])
    low, high = leavers_between(p, 0.3, Z_80)
    assert low < p.sum() < high
    assert leavers_between(np.array([0.0, 1.0, 1.0]), 0.3, Z_80) == (2.0, 2.0)
    assert moved_at(np.zeros(5, dtype=bool), p) is None
