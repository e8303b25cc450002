"""The first and last event of the records, leaving out a few with mistyped years."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import polars as pl

LONE_SHARE = 0.005  # of all events; never less than one
ENOUGH_EVENTS = 20  # fewer have no bulk to stand apart from
LONE_GAP = timedelta(days=30)
_TIMES_USUAL = 3  # and that many times the longest pause among the other events
FAR_SHARE = 0.05  # of all events; so many are still a wrong century, where nothing happens for years before or after
FAR_GAP = timedelta(days=5 * 365)
_SHARES = (LONE_SHARE, FAR_SHARE)
OF_DAYS = ("happened_at", "known_at", "is_due")  # the columns that `count_days` looks at


class InTurn(Protocol):
    """Tables that are read a range of customers at a time."""

    @property
    def tables(self) -> Mapping[str, pl.Schema]:
        """Each table with its columns."""
        ...

    def in_turn(self, columns: Mapping[str, Sequence[str]] | None = None) -> Iterator[dict[str, pl.DataFrame]]:
        """The named columns of the tables of each range."""
        ...


@dataclass(frozen=True)
class Span:
    """The first and last event of the bulk, and how many events lie outside of it."""

    first: datetime
    last: datetime
    before: int = 0
    after: int = 0

    def to_record(self) -> dict[str, Any]:
        """First and last event as plain values, for timeline.json."""
        return {"first_event": self.first.isoformat(), "last_event": self.last.isoformat()}


def event_span(tables: Mapping[str, pl.DataFrame]) -> Span | None:
    """The span of all events of all tables; None where there are none.

    A few rows that stand apart from all others by more than 30 days, and by more than three times the
    longest pause among the others, are mistyped years: they move neither end. So are up to one in twenty
    that stand apart by more than five years, as 1900 and 2099 do.

    Args:
        tables: the cleaned tables; those with `happened_at` are looked at.
    """
    return span_of([count_days(table) for table in tables.values() if "happened_at" in table.columns])


def count_days(table: pl.DataFrame) -> pl.DataFrame:
    """(days, 4) day, rows, and the first and last time of each day with an event.

    A booking proves the day on which it was known, not the day that it is for; what follows from a term that runs out
    (`is_due`) proves nothing.

    Args:
        table: all of a table or some of its rows; `happened_at`, `known_at` and `is_due` are looked at.
    """
    timestamp = pl.col("happened_at")
    rows = table.lazy()
    if table.schema.get("is_due") == pl.Boolean:
        rows = rows.filter(~pl.col("is_due").fill_null(value=False))
    if "known_at" in table.columns:
        rows = rows.with_columns(pl.when(timestamp.is_not_null()).then(pl.min_horizontal(timestamp, "known_at")))
    return (
        rows.select(timestamp.drop_nulls())
        .group_by(timestamp.dt.truncate("1d").alias("day"))
        .agg(pl.len().cast(pl.Int64).alias("rows"), timestamp.min().alias("lowest"), timestamp.max().alias("highest"))
        .collect()
    )


def days_of_tables(records: InTurn) -> dict[str, pl.DataFrame]:
    """Table of events -> its `count_days`, counted a range of customers at a time: a day may be in several rows."""
    columns = {name: OF_DAYS for name, schema in records.tables.items() if "happened_at" in schema}
    counted: dict[str, list[pl.DataFrame]] = {name: [] for name in columns}
    for tables in records.in_turn(columns) if columns else ():
        for name, table in tables.items():
            counted[name].append(count_days(table))
    return {name: pl.concat(days) for name, days in counted.items()}


def span_of(day_counts: Sequence[pl.DataFrame]) -> Span | None:
    """The span of all events, as `event_span` defines it, from the frames of `count_days` of several tables."""
    if not any(days.height for days in day_counts):
        return None
    days = (
        pl.concat(day_counts)
        .group_by("day")
        .agg(pl.col("rows").sum(), pl.col("lowest").min(), pl.col("highest").max())
        .sort("day")
    )
    counts, events = days["rows"], int(days["rows"].sum())
    few, far = (max(1, int(share * events)) if events >= ENOUGH_EVENTS else 0 for share in _SHARES)
    ends = [_bulk(days, few, LONE_GAP), _bulk(days, far, FAR_GAP)]
    start, end = max(first for first, _ in ends), min(last for _, last in ends)
    before, after = int(counts.head(start).sum()), int(counts.tail(days.height - 1 - end).sum())
    return Span(days["lowest"][start], days["highest"][end], before, after)


def _bulk(days: pl.DataFrame, few: int, gap: timedelta) -> tuple[int, int]:
    """The positions of the first and last day of the bulk, where at most `few` events lie beyond each end."""
    counts = days["rows"]
    early, late = int((counts.cum_sum() <= few).sum()), int((counts.cum_sum(reverse=True) <= few).sum())
    pauses = days["day"].diff().slice(1)  # one fewer than the days
    usual = pauses.slice(early, max(0, days.height - 1 - early - late)).max()
    reach = max(gap, _TIMES_USUAL * usual) if isinstance(usual, timedelta) else gap
    broken = (pauses > reach).arg_true()
    start = max((position + 1 for position in broken if position < early), default=0)
    end = min((position for position in broken if position >= days.height - 1 - late), default=days.height - 1)
    return start, end
