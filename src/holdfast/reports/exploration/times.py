"""Patterns in time by month, weekday and hour, from events before the cutoff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import polars as pl

from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.cutoffs.money import OF_AMOUNTS, revenue_by_month, revenue_rows, revenue_tables
from holdfast.cutoffs.subscribers import running_periods
from holdfast.quality.records import CleanedRecords
from holdfast.settings import Settings
from holdfast.stats.sums import from_steps, shares_to_the_cent

NO_MONTHS = pl.Schema({"month": pl.Date(), "active_customers": pl.UInt32(), "events": pl.UInt32()})
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def event_tables(records: CleanedRecords) -> list[str]:
    """The tables that hold events."""
    return [
        name
        for name, schema in records.tables.items()
        if {"customer_id", "happened_at"} <= set(schema) and records.height(name)
    ]


def tables_of_money(records: CleanedRecords, settings: Settings) -> list[str]:
    """The tables that say what customers paid, as `revenue_rows` reads them; none where no table has an amount."""
    with_amounts = [name for name, schema in records.tables.items() if "amount" in schema and records.height(name)]
    return revenue_tables(with_amounts, settings)


def monthly(records: CleanedRecords, settings: Settings, cutoff: datetime | None = None) -> pl.DataFrame:
    """One row a month: month (first day), active_customers, new_customers, events; and orders, revenue where known.

    Args:
        records: the cleaned tables, which are read a range of customers at a time.
        settings: for the time zone and which table holds money.
        cutoff: events from then on are left out.

    Returns:
        Active is who has an event in the month; of subscriptions, who subscribes at its end, or at the cutoff.
        `is_complete` is False for months that the records begin or end in; empty where there are no events.
    """
    zone, names = settings.time_zone, tables_of_money(records, settings)
    if not event_tables(records):
        return pl.DataFrame(schema=NO_MONTHS)
    columns = columns_of_activity_and_money(records.tables, settings)
    counted = _MonthCounts.of_all(
        _MonthCounts.of(tables, event_tables(records), names, settings, cutoff) for tables in records.in_turn(columns)
    )
    months = _subscribing(counted.months, counted.subscribers)
    if counted.money is not None:
        amounts = pl.col("revenue").map_batches(_to_the_cent, return_dtype=pl.Float64)
        paid = counted.money.sort("month").with_columns(from_steps("revenue")).with_columns(amounts)
        months = months.join(paid, on="month", how="left")
    begin, end = _local(counted.first, zone), _local(cutoff or counted.last, zone)
    starts = pl.col("month").cast(pl.Datetime("us"))
    return (
        months.with_columns(pl.col("^(new_customers|orders)$").fill_null(0), pl.col("^revenue$").fill_null(0.0))
        .with_columns(is_complete=(starts.dt.offset_by("1d") > begin) & (starts.dt.offset_by("1mo") <= end))
        .sort("month")
    )


@dataclass(frozen=True)
class _MonthCounts:
    """What is counted by month of some customers; adds up over customers."""

    months: pl.DataFrame  # month, active_customers, events, new_customers
    subscribers: pl.DataFrame | None  # month, active_customers; None: nobody subscribes
    money: pl.DataFrame | None  # month, orders, revenue (in steps); None: no table has an amount
    first: datetime | None
    last: datetime | None

    @classmethod
    def of(
        cls,
        tables: Mapping[str, pl.DataFrame],
        with_events: Sequence[str],
        with_money: Sequence[str],
        settings: Settings,
        cutoff: datetime | None,
    ) -> Self:
        """Of the customers of these tables, all of whose records they hold."""
        zone = settings.time_zone
        events = pl.concat(_activity(tables[name], zone, cutoff) for name in with_events)
        counted = events.group_by("month").agg(
            pl.col("customer_id").n_unique().alias("active_customers"), pl.len().alias("events")
        )
        first = events.group_by("customer_id").agg(pl.col("month").min()).group_by("month")
        running = running_periods(tables, settings, cutoff, "1mo")
        subscribers = None
        if running is not None:
            subscribers = running.group_by(pl.col("period").alias("month")).agg(pl.len().alias("active_customers"))
        paid = revenue_rows(tables, settings, with_money, (*OF_AMOUNTS, "order")) if with_money else None
        return cls(
            counted.join(first.agg(pl.len().alias("new_customers")), on="month", how="left"),
            subscribers,
            None if paid is None else revenue_by_month(paid, zone, cutoff),
            *events.select(first=pl.col("happened_at").min(), last=pl.col("happened_at").max()).row(0),
        )

    @classmethod
    def of_all(cls, ranges: Iterable[Self]) -> Self:
        """Of all customers; at least one range."""
        several = list(ranges)
        moments = [moment for each in several for moment in (each.first, each.last) if moment is not None]
        return cls(
            _summed(each.months for each in several),
            _summed(each.subscribers for each in several),
            _summed(each.money for each in several),
            min(moments, default=None),
            max(moments, default=None),
        )


def _summed(counts: Iterable[pl.DataFrame | None]) -> Any:
    """Counts by month of several parts, added up; None where no part has any."""
    frames = [frame for frame in counts if frame is not None]
    if not frames:
        return None
    return pl.concat(frames).group_by("month").agg(pl.all().sum()).select(frames[0].columns)


def _subscribing(months: pl.DataFrame, subscribers: pl.DataFrame | None) -> pl.DataFrame:
    """The months with those active whose subscription runs at the end; as they are where nobody subscribes."""
    if subscribers is None:
        return months
    both = months.drop("active_customers").join(subscribers, on="month", how="full", coalesce=True)
    counts = pl.col("active_customers", "events").fill_null(0)
    return both.with_columns(counts).select(months.columns)


def _local(moment: Any, zone: str) -> pl.Expr:
    stamp = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    return stamp.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def _activity(table: pl.DataFrame, zone: str, cutoff: datetime | None) -> pl.DataFrame:
    dated = table.select("customer_id", "happened_at").drop_nulls()
    if cutoff is not None:
        dated = dated.filter(pl.col("happened_at") < cutoff)
    return dated.with_columns(
        pl.col("happened_at").dt.convert_time_zone(zone).dt.date().dt.month_start().alias("month")
    )


def _to_the_cent(amounts: pl.Series) -> pl.Series:
    """Amounts in whole cents that add up to their rounded total."""
    return pl.Series(shares_to_the_cent(amounts.to_list()), dtype=pl.Float64)


def rhythms(
    records: CleanedRecords, settings: Settings, cutoff: datetime | None
) -> dict[str, dict[str, dict[str, int] | list[int] | None]]:
    """Events of each table by weekday (7 counts, Monday first) and by hour (24 counts), in the business's time zone."""
    names = event_tables(records)
    counted: dict[str, list[pl.DataFrame]] = {name: [] for name in names}
    for tables in records.in_turn(dict.fromkeys(names, ("happened_at",))) if names else ():
        for name, table in tables.items():
            counted[name].append(_by_hour(table, settings.time_zone, cutoff))
    return {name: _rhythm(pl.concat(parts)) for name, parts in counted.items()}


def _by_hour(table: pl.DataFrame, zone: str, cutoff: datetime | None) -> pl.DataFrame:
    """day (1: Monday), hour, events."""
    dated = table.select("happened_at").drop_nulls()
    if cutoff is not None:
        dated = dated.filter(pl.col("happened_at") < cutoff)
    local = dated.select(pl.col("happened_at").dt.convert_time_zone(zone))
    moment = pl.col("happened_at").dt
    return local.group_by(moment.weekday().alias("day"), moment.hour().alias("hour")).agg(pl.len().alias("events"))


def _rhythm(counted: pl.DataFrame) -> dict[str, dict[str, int] | list[int] | None]:
    days, hours = (dict(counted.group_by(name).agg(pl.col("events").sum()).iter_rows()) for name in ("day", "hour"))
    only_dates = len(hours) <= 1
    return {
        "weekdays": {name: days.get(number, 0) for number, name in enumerate(WEEKDAYS, start=1)},
        "hours": None if only_dates else [hours.get(hour, 0) for hour in range(24)],
    }


def time_patterns(
    months: pl.DataFrame, records: CleanedRecords, settings: Settings, cutoff: datetime | None = None
) -> dict[str, Any]:
    """The months of all events together, as `monthly` counts them; weekdays and hours of each event table."""
    return {
        "time_zone": settings.time_zone,
        "cutoff": cutoff.isoformat() if cutoff else None,
        "months": months.with_columns(pl.col("month").cast(pl.String)).to_dicts(),
        "tables": rhythms(records, settings, cutoff),
    }
