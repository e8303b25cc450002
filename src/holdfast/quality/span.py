"""From when to when the records reach, a few mistyped years aside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

LONE_SHARE = 0.005  # of all events; never less than one
ENOUGH_EVENTS = 20  # fewer have no bulk to stand apart from
LONE_GAP = timedelta(days=30)
_TIMES_USUAL = 3  # and that many times the longest pause among the other events
FAR_SHARE = 0.05  # of all events; so many are still a wrong century, where nothing happens for years before or after
FAR_GAP = timedelta(days=5 * 365)
_SHARES = (LONE_SHARE, FAR_SHARE)


@dataclass(frozen=True)
class Span:
    """First and last moment of the bulk of events, and how many lie outside of it."""

    first: datetime
    last: datetime
    before: int = 0
    after: int = 0


def event_span(tables: Mapping[str, pl.DataFrame]) -> Span | None:
    """The span of all events of all tables; None where there are none.

    A few rows that stand apart from all others by more than 30 days, and by more than three times the
    longest pause among the others, are mistyped years: they move neither end. So are up to one in twenty
    that stand apart by more than five years, as 1900 and 2099 do.

    Args:
        tables: the cleaned tables; those with `happened_at` are looked at.
    """
    times = [table["happened_at"].drop_nulls() for table in tables.values() if "happened_at" in table.columns]
    if not sum(len(moments) for moments in times):
        return None
    moments = pl.concat(times).rename("moment")
    days = moments.dt.truncate("1d").value_counts(name="rows").sort("moment")
    few, far = (max(1, int(share * len(moments))) if len(moments) >= ENOUGH_EVENTS else 0 for share in _SHARES)
    ends = [_bulk(days, few, LONE_GAP), _bulk(days, far, FAR_GAP)]
    start, end = max(first for first, _ in ends), min(last for _, last in ends)
    counts = days["rows"]
    first, last = days["moment"][start], days["moment"][end] + timedelta(days=1)
    within = moments.filter(moments.is_between(first, last, closed="left")).to_frame()
    lowest, highest = within.select(pl.col("moment").min(), pl.col("moment").max().alias("last")).row(0)
    return Span(lowest, highest, int(counts.head(start).sum()), int(counts.tail(days.height - 1 - end).sum()))


def _bulk(days: pl.DataFrame, few: int, gap: timedelta) -> tuple[int, int]:
    """The places of the first and last day of the bulk, where at most `few` events lie beyond each end."""
    counts = days["rows"]
    early, late = int((counts.cum_sum() <= few).sum()), int((counts.cum_sum(reverse=True) <= few).sum())
    pauses = days["moment"].diff().slice(1)  # one fewer than the days
    usual = pauses.slice(early, max(0, days.height - 1 - early - late)).max()
    reach = max(gap, _TIMES_USUAL * usual) if isinstance(usual, timedelta) else gap
    broken = (pauses > reach).arg_true()
    start = max((place + 1 for place in broken if place < early), default=0)
    return start, min((place for place in broken if place >= days.height - 1 - late), default=days.height - 1)
