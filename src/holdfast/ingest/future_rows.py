"""Rows dated after today, or far after all others: counted and reported, since their year may be mistyped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.span import count_days, span_of
from holdfast.formatting import day, day_of, plural

_OTHER_ZONES = timedelta(days=1)  # a time written without its zone may lie that far ahead of the clock
_BOOKED_AHEAD = timedelta(days=3 * 366)  # how far ahead the end of a term may be booked


@dataclass
class Days:
    """Rows of each table by day, and whose the newest is; can be added up over chunks of the records."""

    counts: dict[str, pl.DataFrame] = field(default_factory=dict)  # table -> as `count_days` says
    newest: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> "Days":
        """Count the rows of the tables that have happened_at."""
        events = {name: table for name, table in tables.items() if "happened_at" in table.columns and table.height}
        rows = {name: table.row(table["happened_at"].arg_max() or 0, named=True) for name, table in events.items()}
        return cls(
            {name: count_days(table) for name, table in events.items()},
            {name: (row["happened_at"], row["customer_id"]) for name, row in rows.items()},
        )

    def add(self, other: "Days") -> None:
        """Count the rows of another chunk too."""
        for name, counted in other.counts.items():
            together = pl.concat([self.counts.get(name, counted.clear()), counted]).group_by("day")
            self.counts[name] = together.agg(pl.col("rows").sum(), pl.col("lowest").min(), pl.col("highest").max())
            self.newest[name] = max(self.newest.get(name, other.newest[name]), other.newest[name])

    def far_future(self, now: datetime | None, *, is_all: bool) -> dict[str, dict[str, Any]]:
        """The rows dated too late, by table; tables without such rows are left out.

        Args:
            now: rows after it, a day for time zones aside, are too late; None: not compared with today.
            is_all: whether all records were counted. The pauses of some customers do not tell what stands apart.
        """
        span = span_of([*self.counts.values()]) if is_all else None
        today = now + _OTHER_ZONES if now is not None else None
        apart = span.last if span is not None and span.after else None
        edge = min((moment for moment in (apart, today) if moment is not None), default=None)
        late_rows = {}
        for name, days in self.counts.items():
            # To the day: what shares the day of the edge is no mistyped year.
            rows = int(days.filter(pl.col("day") > edge)["rows"].sum()) if edge is not None else 0
            if rows:
                moment, customer = self.newest[name]
                late_rows[name] = {
                    "rows": rows,
                    "after": f"{edge if edge == apart else now:%Y-%m-%d}",
                    "is_after_today": edge != apart,
                    "newest": {"customer_id": customer, "happened_at": moment.isoformat()},
                }
        return late_rows


def far_future_words(late: Mapping[str, Any]) -> str:
    """One table's entry of `Days.far_future` in a sentence."""
    lie, them = ("lies", "it") if late["rows"] == 1 else ("lie", "them")
    where = "after today," if late["is_after_today"] else "far after all the others, which end on"
    newest = f"the newest on {day_of(late['newest']['happened_at'])}, of customer {late['newest']['customer_id']}"
    return (
        f"{plural(late['rows'], 'row')} {lie} {where} {day_of(late['after'])} ({newest}): a wrong year? Kept; features "
        f"at earlier cutoffs do not see {them}."
    )


def rows_after_today(run: Path, now: datetime) -> tuple[str, ...]:
    """Which cleaned tables of a run hold rows that lie after now, in a sentence each.

    Args:
        run: its folder; "tables/" is read.
        now: a day for time zones is left.
    """
    sentences = []
    for file in sorted((run / "tables").glob("*.parquet")):
        table = pl.scan_parquet(file)
        columns = table.collect_schema().names()
        if "happened_at" not in columns:
            continue
        is_late = pl.col("happened_at") > now + _OTHER_ZONES
        if "running_change" in columns:  # an end that was booked is no slip: yearly terms end a year ahead
            is_late &= (pl.col("known_at") > now + _OTHER_ZONES) | (pl.col("happened_at") > now + _BOOKED_AHEAD)
        late = table.filter(is_late).select("customer_id", "happened_at").collect()
        if late.height:
            rows = int(table.select(pl.len()).collect().item())
            newest, customer = late.select(pl.all().sort_by("happened_at")).select("happened_at", "customer_id").row(-1)
            lie = "lies" if late.height == 1 else "lie"
            sentences.append(
                f"{file.stem}: {late.height:,} of {plural(rows, 'row')} {lie} after today, {day(now)} (the "
                f"newest on {day(newest)}, of customer {customer}): wrong years, or the wrong format?"
            )
    return tuple(sentences)
