"""Cutoffs: every label window closes before the day that is asked about."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.cutoffs.schedule import Grid, Schedule, schedule

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
days = st.integers(400, 3000).map(lambda n: FIRST + timedelta(days=n))


def planned(scoring: datetime, aligned_days: int, refit_days: int = 1) -> Schedule:
    grid = Grid(aligned_days, refit_days)
    return schedule(FIRST, scoring, horizon_days=90, step_days=30, at_most=6, history_days=60, grid=grid)


@given(days, st.integers(1, 40))
def test_nothing_trained_on_lies_in_the_future_of_what_is_asked(scoring: datetime, aligned_days: int) -> None:
    found = planned(scoring, aligned_days)
    assert found.test + found.horizon <= scoring
    assert all(cutoff + found.horizon <= found.test for cutoff in found.training)


@given(days, st.integers(1, 40))
def test_an_aligned_test_is_less_than_one_step_of_the_grid_older_than_it_could_be(
    scoring: datetime, aligned_days: int
) -> None:
    late, early = planned(scoring, 1).test, planned(scoring, aligned_days).test
    assert timedelta() <= late - early < timedelta(days=aligned_days)


@given(days)
def test_on_a_weekly_grid_the_past_is_asked_at_the_same_days_for_a_week(scoring: datetime) -> None:
    week = [planned(scoring + timedelta(days=n), 7) for n in range(7)]
    pasts = {(one.test, one.training) for one in week}
    assert len(pasts) <= 2  # the grid is stepped over at most once in seven days
    assert {one.scoring for one in week} == {scoring + timedelta(days=n) for n in range(7)}


@given(days, st.integers(1, 31))
def test_a_fit_is_less_than_its_period_old_and_the_same_until_the_next(scoring: datetime, refit_days: int) -> None:
    now = planned(scoring, 1, refit_days)
    assert now.test + now.horizon == now.fitted <= scoring < now.next_fit
    period = [planned(now.fitted + timedelta(days=day), 1, refit_days).at_fit() for day in range(refit_days)]
    assert set(period) == {now.at_fit()}
    assert planned(now.next_fit, 1, refit_days).fitted == now.next_fit
