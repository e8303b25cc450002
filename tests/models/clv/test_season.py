"""The season: measured where two years show it, and nothing where they do not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.season import Season, fit_season

START = datetime(2022, 1, 1, tzinfo=UTC)
DECEMBER = 11


def log(days: int, *, christmas: float, growth: float = 0.0) -> pl.DataFrame:
    """Fifty purchases a day, dearer in December and by `growth` a year."""
    moments = [START + timedelta(days=day) for day in range(days)]
    amounts = [(christmas if at.month == 12 else 1.0) * np.exp(growth * (at - START).days / 365) for at in moments]
    frame = pl.DataFrame({"happened_at": moments, "amount": amounts}).with_columns(known_at="happened_at")
    return frame.select(pl.all().repeat_by(5).explode()).with_columns(customer_id=pl.lit("a"))


def test_a_christmas_of_two_years_is_found_beside_growth() -> None:
    season = fit_season(Purchases.of(log(730, christmas=1.6, growth=0.3)), START + timedelta(days=730))
    assert season is not None
    assert np.mean(season.months) == pytest.approx(1.0)
    ordinary = np.mean(season.months[:DECEMBER])
    assert season.months[DECEMBER] / ordinary == pytest.approx(1.6, rel=0.1)
    assert np.ptp(season.months[:DECEMBER]) < 0.1
    assert season.factor(datetime(2024, 12, 1, tzinfo=UTC), 31) == pytest.approx(season.months[DECEMBER])


@pytest.mark.parametrize("days", [60, 365, 700])
def test_less_than_two_years_tell_no_season(days: int) -> None:
    assert fit_season(Purchases.of(log(days, christmas=1.6)), START + timedelta(days=days)) is None


def test_what_comes_after_the_cutoff_moves_no_season() -> None:
    cutoff = START + timedelta(days=740)
    whole = log(900, christmas=1.6)
    before = whole.filter(pl.col("happened_at") < cutoff)
    assert fit_season(Purchases.of(whole), cutoff) == fit_season(Purchases.of(before), cutoff)


def test_a_window_over_two_months_has_their_mean() -> None:
    season = Season((1.0,) * 11 + (2.0,))
    assert season.factor(datetime(2023, 11, 16, tzinfo=UTC), 30) == pytest.approx((15 * 1.0 + 15 * 2.0) / 30)


def test_a_young_business_that_grows_ever_slower_does_not_bend_its_season() -> None:
    frame = log(730, christmas=1.4)
    age = (pl.col("happened_at") - START).dt.total_days() / 365
    grown = frame.with_columns(amount=pl.col("amount") * (1.5 * (age + 0.3).log()).exp())
    season = fit_season(Purchases.of(grown), START + timedelta(days=730))
    assert season is not None
    first, second = np.mean(season.months[:6]), np.mean(season.months[6:DECEMBER])
    assert first / second == pytest.approx(1.0, abs=0.12)
    assert season.months[DECEMBER] / np.mean(season.months[:DECEMBER]) == pytest.approx(1.4, rel=0.12)
