"""The season of a business: purchases of two years or more in; how much above or below usual each day of a year is.

`fit_season(purchases, cutoff) -> Season | None`. None where fewer than two years are known: one Christmas does not
tell a season from growth. `clv.coming_events` adds the events of the settings' calendar.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.purchase_log import Purchases

Floats = NDArray[np.float64]

_MONTHS = 12
_LEAST_DAYS = 726  # two years, a few quiet days at the ends apart
_USUAL_SPREAD = 0.25  # of the log of a month's money around its trend, before anything is seen: retail's is about so
_BEND_SPREAD = 0.3  # of the bend and the turn of the trend, over the whole of the history


@dataclass(frozen=True)
class DatedEvent:
    """Days on which money is multiplied."""

    name: str
    starts: date
    ends: date | None  # its last day; None: it stays
    multiplier: float

    def is_on(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True)
class Season:
    """What each calendar month brings a day, as a factor on the usual; their mean over a year is 1."""

    months: tuple[float, ...]  # January first
    events: tuple[DatedEvent, ...] = ()
    is_measured: bool = True  # False: the months are not known and all are 1

    @classmethod
    def unknown(cls, events: tuple[DatedEvent, ...]) -> Self:
        """Events of the calendar, where the records show no season."""
        return cls((1.0,) * _MONTHS, events, is_measured=False)

    def factor(self, start: datetime, days: float) -> float:
        """The mean factor over the days of a window.

        Args:
            start: first day of the window, UTC.
            days: its length; at least one day is looked at.
        """
        return _mean_factor(self, start, days)

    def by_events(self, start: datetime, days: float) -> float:
        """By how much the events change the factor over the days of a window; 1 without any."""
        return self.factor(start, days) / replace(self, events=()).factor(start, days)

    def of_day(self, moment: datetime) -> float:
        factor = self.months[moment.month - 1]
        for event in self.events:
            if event.is_on(moment.date()):
                factor *= event.multiplier
        return factor

    def to_record(self) -> dict[str, Any]:
        record = asdict(self)
        dates = ("starts", "ends")
        record["events"] = [
            event | {name: event[name].isoformat() for name in dates if event[name]} for event in record["events"]
        ]
        return record

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        events = tuple(
            DatedEvent(
                event["name"],
                date.fromisoformat(event["starts"]),
                date.fromisoformat(event["ends"]) if event["ends"] else None,
                event["multiplier"],
            )
            for event in record["events"]
        )
        return cls(tuple(record["months"]), events, record["is_measured"])


@lru_cache(maxsize=256)  # the windows after a cutoff are the same for every customer
def _mean_factor(season: Season, start: datetime, days: float) -> float:
    return float(np.mean([season.of_day(start + timedelta(days=day)) for day in range(max(1, round(days)))]))


def fit_season(purchases: Purchases, cutoff: datetime) -> Season | None:
    """The season that the money of all customers together followed before a cutoff.

    Money a day of each month, in logs, is a smooth trend (a straight line, with a bend and a turn that are shrunk: a
    young business grows fast, then slowly) plus one effect a calendar month, shrunk towards none by how much the
    months scatter around them.

    Args:
        purchases: of all customers.
        cutoff: nothing that happened or became known from it on is read.

    Returns:
        The season, or None: under two years, or a month without money.
    """
    money_by_day = purchases.by_day(cutoff)
    first, days = money_by_day.first, money_by_day.days
    if first is None or (cutoff - first).days < _LEAST_DAYS:
        return None
    whole = pl.DataFrame({"day": pl.datetime_range(first, cutoff, "1d", closed="left", eager=True).dt.truncate("1d")})
    monthly = (
        whole.join(days.with_columns(pl.col("day").cast(whole["day"].dtype)), on="day", how="left")
        .group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(pl.col("money").sum(), pl.len().alias("days"))
        .filter(pl.col("days") >= 7)
        .sort("month")
    )
    money, length = monthly["money"].to_numpy().astype(float), monthly["days"].to_numpy().astype(float)
    month = monthly["month"].dt.month().to_numpy() - 1
    if (money <= 0).any() or np.unique(month).size < _MONTHS:
        return None
    effects = _shrunken_effects(np.log(money / length), month, length / length.max())
    factors = np.exp(effects)
    return Season(tuple(map(float, factors / factors.mean())))


def _shrunken_effects(level: Floats, month: NDArray[np.int64], weight: Floats) -> Floats:
    """(12,) log effect of each calendar month beside a trend; months weigh by the days that are known."""
    time = np.linspace(-1.0, 1.0, level.size)
    trend = np.column_stack([time**power for power in range(4)])
    spreads = np.array([np.inf, np.inf, _BEND_SPREAD, _BEND_SPREAD, *np.full(_MONTHS, _USUAL_SPREAD)])
    design = np.column_stack([trend, np.eye(_MONTHS)[month]])
    noise = _USUAL_SPREAD**2 / 4
    for _ in range(20):
        weighted = design * weight[:, None]
        solved = np.linalg.solve(design.T @ weighted + np.diag(noise / spreads**2), weighted.T @ level)
        freedom = max(level.size - _MONTHS - 2, 1)
        noise = max(float(weight @ (level - design @ solved) ** 2) / freedom, 1e-6)
    effects: Floats = solved[4:] - solved[4:].mean()
    return effects
