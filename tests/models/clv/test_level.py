"""The level of the newest closed cutoff: carried on as far as it is no accident, wider where no season is known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv.continuation import Curves, PastSpend, Window
from holdfast.models.clv.level import Level, fit_level

NEWEST = datetime(2024, 4, 1, tzinfo=UTC)


def level(rows: int, came: float, *, season_is_known: bool) -> Level:
    """Half of the rows at the newest cutoff, where stayers spent `came` times what was expected."""
    random = np.random.default_rng(2)
    base = np.full(rows, 100.0)
    newest = np.arange(rows) % 2 == 0
    spend = base * np.where(newest, came, 1.0) * random.gamma(4, 1 / 4, rows)
    past = PastSpend(
        probability=np.full(rows, 0.1),
        base=base,
        returns=base,
        left=np.zeros(rows, dtype=bool),
        windows=[Window(np.ones(rows, dtype=bool), spend, 90.0)],
        customers=rows,
        leaving_is_silence=True,
    )
    cutoffs = pl.Series([NEWEST if each else NEWEST - timedelta(days=90) for each in newest])
    return fit_level(past, Curves.unseen(leaving_is_silence=True), cutoffs, season_is_known=season_is_known)


@pytest.mark.parametrize("came", [0.8, 1.25])
def test_a_level_of_many_customers_is_carried_on_nearly_whole_where_the_season_is_known(came: float) -> None:
    fitted = level(20_000, came, season_is_known=True)
    assert fitted.factor == pytest.approx(came, rel=0.04)
    assert fitted.observed / fitted.expected == pytest.approx(came, rel=0.02)
    assert fitted.cutoff == "2024-04-01"


def test_without_a_known_season_less_is_carried_on_and_the_range_is_wider() -> None:
    with_season, without = (level(20_000, 1.25, season_is_known=known) for known in (True, False))
    assert 1 < without.factor < with_season.factor
    assert without.low < with_season.low < 1 < with_season.high < without.high
    assert "season is not known" in without.words("EUR")
    assert "season is not known" not in with_season.words("EUR")
    assert "The level comes from 1 April 2024" in with_season.words("EUR")
    assert "both without the season, which the amounts above contain" in with_season.words("EUR")


def test_little_of_the_level_of_few_customers_is_carried_on() -> None:
    few, many = (level(rows, 1.25, season_is_known=True) for rows in (40, 20_000))
    assert abs(few.factor - 1) < abs(many.factor - 1)


def test_it_comes_back_from_its_record() -> None:
    fitted = level(200, 1.1, season_is_known=False)
    assert Level.of(fitted.to_record()) == fitted


def test_the_range_of_many_horizons_is_wider_than_that_of_one_and_the_forecast_is_the_same() -> None:
    level = Level(1.02, 0.91, 1.10)
    assert level.over(1) == level.over(0.5)
    assert (level.over(1).low, level.over(1).high) == pytest.approx((level.low, level.high))
    two, four = level.over(2), level.over(4)
    assert four.low < two.low < level.low
    assert four.high > two.high > level.high
    assert two.factor == four.factor == level.factor
    # A random walk of steps of 15 %: the mean of four has 1.875 times the variance of one.
    beyond = 1.2815515655446004 * 0.15 * 0.875**0.5
    assert np.log(four.high) == pytest.approx(np.hypot(np.log(1.10), beyond))
