"""Continuation curves: measured where past cutoffs show a window, continued where they do not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from holdfast.models.clv.continuation import Curves, PastSpend, Window, fit_curves
from holdfast.models.clv.level import Level
from holdfast.models.clv.mixture import Mixture, Span
from holdfast.models.clv.stay_spend import PURCHASES, without_history

ROWS = 20_000


def fades(risk: np.ndarray) -> np.ndarray:
    """What is left of a stayer's spend a window later."""
    odds = np.log(risk / (1 - risk))
    return np.exp(-0.6 - 0.2 * np.clip(odds, -3, 3))


def past(*, silence: bool = False, seed: int = 3) -> PastSpend:
    """Stayers fade by a fifth a window, faster the riskier; leavers bring a third of the first window, and are gone."""
    dice = np.random.default_rng(seed)
    risk = dice.beta(2, 6, ROWS)
    base = dice.gamma(2, 50, ROWS)
    left = dice.random(ROWS) < risk
    windows = []
    for number in range(3):
        of_leavers = 0.0 if number or silence else 1 / 3
        mean = base * np.where(left, of_leavers, fades(risk) ** number)
        windows.append(Window(np.ones(ROWS, bool), mean * dice.gamma(1, 1, ROWS), 90.0))
    return PastSpend(risk, base, base * 0.3, left, windows, ROWS, silence)


def test_what_stayers_spent_later_is_found_by_risk() -> None:
    curves = fit_curves(past())
    risk, base = np.array([0.1, 0.3, 0.5]), np.full(3, 100.0)
    for number in range(3):
        assert curves.ratio(number, risk, base, left=False) == pytest.approx(fades(risk) ** number, rel=0.12)


def test_totals_are_kept_of_stayers_and_of_leavers() -> None:
    shown = past()
    curves = fit_curves(shown)
    for number, window in enumerate(shown.windows):
        for outcome, relative_to in ((False, shown.base), (True, shown.returns)):
            rows = shown.left == outcome
            expected = relative_to * curves.ratio(number, shown.probability, shown.base, left=outcome)
            assert expected[rows].sum() == pytest.approx(window.spend[rows].sum(), rel=0.02, abs=1e-9)


def test_what_small_leavers_bring_does_not_grow_on_up_to_sizes_at_which_nobody_left() -> None:
    shown = past()
    of_size = replace(shown.windows[1], spend=np.where(shown.left, 0.2 * shown.base * shown.base / 100, 0.0))
    big = ~shown.left & (np.arange(ROWS) < 500)
    base = np.where(big, 100 * shown.base, shown.base)
    curves = fit_curves(replace(shown, base=base, windows=[shown.windows[0], of_size]))
    sizes = np.array([50.0, 200.0, base[shown.left].max(), base.max()])
    small, middle, largest, beyond = curves.ratio(1, np.full(4, 0.2), sizes, left=True)
    assert small < middle < largest == beyond
    assert Curves.of(json.loads(json.dumps(curves.to_record()))) == curves
    later = Curves.of(curves.to_record() | {"of_leavers": None}).ratio(1, np.full(1, 0.2), sizes[3:], left=True)
    assert later > 1.5 * beyond, "as models of earlier versions, which hold no such range, are read"


def test_a_window_that_was_not_seen_goes_on_as_the_last_step_did_and_never_grows() -> None:
    curves = fit_curves(past())
    risk, base = np.array([0.1, 0.4]), np.full(2, 100.0)
    ratios = [curves.ratio(number, risk, base, left=False) for number in range(1, 6)]
    steps = [later / earlier for earlier, later in pairwise(ratios)]
    assert (steps[0] < 1).all()
    assert steps[2] == pytest.approx(steps[0])
    assert (curves.ratio(9, risk, base, left=True) == 0).all(), "nobody who left came back"


def test_without_a_known_season_no_window_is_above_the_one_before_it() -> None:
    """A Christmas in the third window of every row is no growth that goes on."""
    shown = past()
    christmas = replace(shown.windows[2], spend=3 * shown.windows[2].spend)
    shown = replace(shown, windows=[*shown.windows[:2], christmas])
    risk, base = np.array([0.02, 0.1, 0.4, 0.8]), np.full(4, 100.0)
    freely = fit_curves(shown)
    assert (freely.ratio(2, risk, base, left=False) > freely.ratio(1, risk, base, left=False)).all()
    curves = fit_curves(shown, may_grow=False)
    for number in range(1, 6):
        earlier, later = (curves.ratio(each, risk, base, left=False) for each in (number - 1, number))
        assert (later <= earlier).all()
    assert Curves.of(json.loads(json.dumps(curves.to_record()))) == curves


def test_without_a_known_season_nobody_is_expected_to_bring_more_in_a_later_window() -> None:
    """Leavers who come back at a Christmas of the past would lift the mixture above that of the first window."""
    shown = past(silence=True)
    returning = np.where(shown.left, 0.8 * shown.base, 1.5 * shown.base)
    shown = replace(shown, windows=[shown.windows[0], replace(shown.windows[1], spend=returning)])
    risk, base = np.array([0.05, 0.3, 0.6, 0.95]), np.full(4, 100.0)

    def by_window(*, may_grow: bool) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        curves = fit_curves(shown, may_grow=may_grow, may_return=True)
        level = Level(1.0, 1.0, 1.0)
        mixture = Mixture(without_history(leaving_is_silence=True), PURCHASES, curves, level, None, 90.0, 90.0)
        start = datetime(2024, 1, 1, tzinfo=UTC)
        until = [mixture.by_outcome_of(base, base * 0.3, risk, Span(start, 90.0 * n)) for n in range(5)]
        several = []
        for (stay_before, leave_before), (stay_after, leave_after) in pairwise(until):
            stay, leave = stay_after - stay_before, leave_after - leave_before
            several.append((stay, leave, risk * leave + (1 - risk) * stay))
        return several

    free, bound = by_window(may_grow=True), by_window(may_grow=False)
    assert (free[1][2] > free[0][2]).any()
    for (*_, before), (stay, leave, expected) in pairwise(bound):
        assert (expected <= before * (1 + 1e-9)).all()
        assert (leave <= stay).all()
    assert np.allclose(bound[0][2], free[0][2])


def test_where_only_the_churn_horizon_was_seen_the_hazard_of_leaving_goes_on() -> None:
    curves = Curves.unseen(leaving_is_silence=True)
    risk, base = np.array([0.0, 0.5]), np.full(2, 100.0)
    assert curves.ratio(2, risk, base, left=False) == pytest.approx([1.0, 0.25])
    assert (curves.ratio(0, risk, base, left=True) == 0).all()
    assert curves.ratio(2, risk, base, left=True) == pytest.approx([1.0, 0.5]), "silence ends for some"


def test_while_no_cutoff_shows_what_follows_a_silence_leavers_bring_what_is_expected_of_their_returns() -> None:
    """Leavers spend nothing in the only window that was seen, because that is what leaving means here."""
    shown = past(silence=True)
    shown = replace(shown, windows=shown.windows[:1])
    risk, base = np.array([0.1, 0.6]), np.full(2, 100.0)
    curves = fit_curves(shown, may_return=True)
    assert (curves.ratio(0, risk, base, left=True) == 0).all()
    assert curves.ratio(1, risk, base, left=True) == pytest.approx([1.0, 1.0])
    assert (curves.ratio(2, risk, base, left=True) < 1).all()
    ended = fit_curves(shown)
    assert (ended.ratio(1, risk, base, left=True) == 0).all(), "who ended a contract is gone"
    seen = fit_curves(past(silence=True), may_return=True)
    assert (seen.ratio(1, risk, base, left=True) == 0).all(), "two cutoffs showed that nobody came back"


def test_curves_come_back_from_their_record() -> None:
    curves = fit_curves(past(silence=True))
    assert Curves.of(curves.to_record()) == curves
