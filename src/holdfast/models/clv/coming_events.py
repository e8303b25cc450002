"""Events of the calendar, with what they do to money a day: settings and purchases in; a season with events out.

with_calendar(season, calendar, purchases, cutoff) -> Season | None      for forecasts from a cutoff on
refuse_unseen(calendar, purchases, cutoff, until)                        where "as last year" has no last year
stated_effect(calendar, start, days) -> float                               of what the settings state as numbers
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from holdfast.calendar_settings import AS_LAST_YEAR, CalendarEvent
from holdfast.errors import HoldfastError
from holdfast.formatting import day
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.season import DatedEvent, Season
from holdfast.settings import FILE_NAME

_YEAR = timedelta(days=364)  # the same weekdays
_BESIDE = timedelta(days=28)  # before and after last year's days, for what is usual
_MOST = 10.0  # of a measured multiplier, and one over it the least


def with_calendar(
    season: Season | None, calendar: Sequence[CalendarEvent], purchases: Purchases, cutoff: datetime
) -> Season | None:
    """The season with the events of the calendar; None where there is neither.

    Args:
        season: measured before the cutoff, or None.
        calendar: of the settings. An event "as last year" counts where the records before the cutoff show last year.
        purchases: of all customers. cutoff: nothing from it on is read.
    """
    events = []
    for event in calendar:
        multiplier = event.multiplier
        if isinstance(multiplier, str):
            measured = _of_last_year(event, season, purchases, cutoff)
            if measured is None:
                continue
            multiplier = measured
        events.append(DatedEvent(event.name, event.starts, event.ends, multiplier))
    if not events:
        return season
    if season is None:
        return Season.unknown(tuple(events))
    return Season(season.months, tuple(events), season.is_measured)


def refuse_unseen(calendar: Sequence[CalendarEvent], purchases: Purchases, cutoff: datetime, until: datetime) -> None:
    """Stop where an event of the forecast is "as last year" and the records do not show last year.

    Raises:
        HoldfastError: naming the event, the days that are missing, and what to type.
    """
    for event in calendar:
        is_ahead = _midnight(event.starts) < until and (event.ends is None or _midnight(event.ends) >= cutoff)
        if event.multiplier != AS_LAST_YEAR or not is_ahead:
            continue
        if _of_last_year(event, None, purchases, cutoff) is None:
            before, after = _days_last_year(event)
            raise HoldfastError(
                f'calendar: "{event.name}" is to be as last year, but the records do not show '
                f"{day(before - _BESIDE)} to {day(after + _BESIDE)} before the cutoff {day(cutoff)}.",
                fix=f"In {FILE_NAME}, give that event a number, as multiplier: 1.3 (money a day over the usual).",
            )


def stated_effect(calendar: Sequence[CalendarEvent], start: datetime, days: float) -> float:
    """The log of what events stated as numbers do to money over a window; 0 without any."""
    events = tuple(
        DatedEvent(event.name, event.starts, event.ends, event.multiplier)
        for event in calendar
        if not isinstance(event.multiplier, str)
    )
    return float(np.log(Season.unknown(events).factor(start, days)))


def _of_last_year(event: CalendarEvent, season: Season | None, purchases: Purchases, cutoff: datetime) -> float | None:
    """Money a day on the event's days a year before, over that of the weeks beside; None where it is not seen."""
    begins, ends = _days_last_year(event)
    money_by_day = purchases.by_day(cutoff)
    first, money = money_by_day.first, money_by_day.days
    if first is None or first > begins - _BESIDE or ends + _BESIDE > cutoff:
        return None
    on, around = (
        _money(money, begins, ends, season),
        _money(money, begins - _BESIDE, ends + _BESIDE, season),
    )
    days = (ends - begins).days
    usual = (around - on) / (2 * _BESIDE.days)
    if usual <= 0 or on <= 0:
        return None
    return float(np.clip(on / days / usual, 1 / _MOST, _MOST))


def _days_last_year(event: CalendarEvent) -> tuple[datetime, datetime]:
    ends = event.ends or event.starts + _BESIDE  # of a change that stays: its first four weeks
    return _midnight(event.starts) - _YEAR, _midnight(ends) - _YEAR + timedelta(days=1)


def _money(days: pl.DataFrame, begins: datetime, ends: datetime, season: Season | None) -> float:
    """What came in between, the season of the months taken out."""
    own = days.filter(pl.col("day") >= begins, pl.col("day") < ends)
    if season is None:
        return float(own["money"].sum())
    by_month = own.group_by(pl.col("day").dt.month().alias("month")).agg(pl.col("money").sum()).sort("month")
    return float(sum(money / season.months[month - 1] for month, money in by_month.iter_rows()))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
