"""Events of the calendar: measured on last year where it was seen, refused where it was not, and part of forecasts."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from holdfast.calendar_settings import CalendarEvent
from holdfast.errors import HoldfastError
from holdfast.models.clv.coming_events import refuse_unseen, stated_effect, with_calendar
from holdfast.models.clv.continuation import Curves
from holdfast.models.clv.level import Level
from holdfast.models.clv.mixture import Mixture, Span
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.season import Season
from holdfast.models.clv.stay_spend import PURCHASES, without_history

CUTOFF = datetime(2025, 10, 1, tzinfo=UTC)
SALE = date(2025, 11, 24)


def event(multiplier: float | str = "as last year", **changed: object) -> CalendarEvent:
    values = {"name": "sale", "kind": "promotion", "starts": SALE, "ends": SALE + timedelta(days=6)}
    return CalendarEvent.model_validate({**values, "multiplier": multiplier, **changed})


def purchases(last_sale: float) -> Purchases:
    return Purchases.of(rows_of(last_sale))


def rows_of(last_sale: float) -> pl.DataFrame:
    """Ten a day each day, for more during last year's sale."""
    begins, ends = SALE - timedelta(days=364), SALE - timedelta(days=358)
    days = [CUTOFF - timedelta(days=day) for day in range(1, 366)]
    amounts = [10.0 * (last_sale if begins <= day.date() <= ends else 1.0) for day in days]
    frame = pl.DataFrame({"happened_at": days, "amount": amounts})
    return frame.with_columns(known_at="happened_at", customer_id=pl.lit("a"))


def test_as_last_year_is_measured_on_last_years_days() -> None:
    season = with_calendar(None, [event()], purchases(2.5), CUTOFF)
    assert season is not None
    assert season.events[0].multiplier == pytest.approx(2.5)
    assert not season.is_measured
    assert season.factor(datetime(2025, 11, 24, tzinfo=UTC), 7) == pytest.approx(2.5)
    assert season.factor(datetime(2025, 11, 24, tzinfo=UTC), 14) == pytest.approx((7 * 2.5 + 7) / 14)
    assert Season.of(season.to_record()) == season


def test_a_known_season_is_not_counted_twice() -> None:
    november = Season((1.0,) * 10 + (2.0, 1.0))
    rows = rows_of(1.0).with_columns(amount=pl.when(pl.col("happened_at").dt.month() == 11).then(20.0).otherwise(10.0))
    season = with_calendar(november, [event()], Purchases.of(rows), CUTOFF)
    assert season is not None
    assert season.events[0].multiplier == pytest.approx(1.0, rel=0.02)


def test_what_comes_after_the_cutoff_measures_nothing() -> None:
    later = rows_of(2.5).with_columns(happened_at=pl.col("happened_at") + timedelta(days=365), amount=pl.lit(1e6))
    both = pl.concat([rows_of(2.5), later.with_columns(known_at="happened_at")])
    assert with_calendar(None, [event()], Purchases.of(both), CUTOFF) == with_calendar(
        None, [event()], purchases(2.5), CUTOFF
    )


def test_a_last_year_that_was_not_seen_is_refused_with_what_to_type() -> None:
    recent = Purchases.of(rows_of(2.5).filter(pl.col("happened_at") > CUTOFF - timedelta(days=200)))
    until = CUTOFF + timedelta(days=90)
    with pytest.raises(HoldfastError, match="do not show 28 October 2024 to 30 December 2024") as error:
        refuse_unseen([event()], recent, CUTOFF, until)
    assert "multiplier: 1.3" in error.value.fix
    refuse_unseen([event(1.3)], recent, CUTOFF, until)
    refuse_unseen([event()], recent, CUTOFF, CUTOFF + timedelta(days=30))  # it lies beyond the forecast
    assert with_calendar(None, [event()], recent, CUTOFF) is None


def test_an_event_multiplies_the_forecast_of_its_days_and_widens_the_range() -> None:
    base = np.array([100.0, 40.0])
    plain = Mixture(
        without_history(leaving_is_silence=True), PURCHASES, Curves.unseen(leaving_is_silence=True),
        Level.unknown(), None, 90.0, 90.0,
    )  # fmt: skip
    whole = event(1.5, kind="price_change", starts=date(2025, 1, 1), ends=None)
    changed = Mixture(
        plain.base, plain.chosen, plain.curves, plain.level,
        with_calendar(None, [whole], purchases(1.0), CUTOFF), 90.0, 90.0,
    )  # fmt: skip
    span, p = Span(CUTOFF, 90.0), np.array([0.1, 0.1])
    before, after = (mixture.by_outcome_of(base, base, p, span)[0] for mixture in (plain, changed))
    assert after == pytest.approx(1.5 * before)
    assert stated_effect([whole, event()], CUTOFF, 90) == pytest.approx(np.log(1.5))
    level = Level.unknown()
    wider = level.widened(0.2)
    assert wider.low < level.low < 1 < level.high < wider.high
    assert level.widened(0.0).high == pytest.approx(level.high)


@pytest.mark.parametrize(
    "changed", [{"ends": None}, {"ends": SALE - timedelta(days=1)}, {"multiplier": 0}, {"multiplier": "as usual"}]
)
def test_an_event_that_makes_no_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        event(**{"multiplier": 1.2, **changed})  # type: ignore[arg-type]
