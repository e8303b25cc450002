"""Patterns in time by month, weekday and hour, from events before the cutoff."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from holdfast.cutoffs.money import revenue_rows
from holdfast.cutoffs.subscribers import running_periods
from holdfast.settings import Settings
from holdfast.stats.sums import shares_to_the_cent, steady_sum

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def event_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables that hold events."""
    return {
        name: table
        for name, table in tables.items()
        if {"customer_id", "happened_at"} <= set(table.columns) and table.height
    }


def money_table(tables: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame | None:
    """What customers paid: customer_id, happened_at, amount, order_id; of all tables that hold transactions.

    Payments are used where there are no transactions, and the charges and invoices of subscriptions where there are
    neither; None where no table has an amount.
    """
    rows = revenue_rows(tables, settings)
    return (
        None if rows is None else rows.select("customer_id", "happened_at", "amount", pl.col("order").alias("order_id"))
    )


def monthly(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None = None) -> pl.DataFrame:
    """One row a month: month (first day), active_customers, new_customers, events; and orders, revenue where known.

    Args:
        tables: the cleaned tables.
        settings: for the time zone and which table holds money.
        cutoff: events from then on are left out.

    Returns:
        Active is who has an event in the month; of subscriptions, who subscribes at its end, or at the cutoff.
        `is_complete` is False for months that the records begin or end in; empty where there are no events.
    """
    zone = settings.time_zone
    activity = [_activity(table, zone, cutoff) for table in event_tables(tables).values()]
    if not activity:
        return pl.DataFrame(schema={"month": pl.Date(), "active_customers": pl.UInt32(), "events": pl.UInt32()})
    events = pl.concat(activity)
    counted = events.group_by("month").agg(
        pl.col("customer_id").n_unique().alias("active_customers"), pl.len().alias("events")
    )
    first = events.group_by("customer_id").agg(pl.col("month").min()).group_by("month")
    months = counted.join(first.agg(pl.len().alias("new_customers")), on="month", how="left")
    months = _subscribing(months, running_periods(tables, settings, cutoff, "1mo"))
    paid = money_table(tables, settings)
    if paid is not None:
        months = months.join(_revenue(paid, zone, cutoff), on="month", how="left")
    begin, end = _local(events["happened_at"].min(), zone), _local(cutoff or events["happened_at"].max(), zone)
    starts = pl.col("month").cast(pl.Datetime("us"))
    return (
        months.with_columns(pl.col("^(new_customers|orders)$").fill_null(0), pl.col("^revenue$").fill_null(0.0))
        .with_columns(is_complete=(starts.dt.offset_by("1d") > begin) & (starts.dt.offset_by("1mo") <= end))
        .sort("month")
    )


def _subscribing(months: pl.DataFrame, running: pl.DataFrame | None) -> pl.DataFrame:
    """The months with those active whose subscription runs at the end; as they are where nobody subscribes."""
    if running is None:
        return months
    subscribers = running.group_by(pl.col("period").alias("month")).agg(pl.len().alias("active_customers"))
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


def _revenue(paid: pl.DataFrame, zone: str, cutoff: datetime | None) -> pl.DataFrame:
    counted = paid if cutoff is None else paid.filter(pl.col("happened_at") < cutoff)
    bought = pl.col("amount") > 0
    # Lines of one order count once; without order ids each purchase row is an order.
    orders = pl.col("order_id").filter(bought).drop_nulls().n_unique() + (
        bought & pl.col("order_id").is_null()
    ).sum().cast(pl.UInt32)
    return (
        counted.with_columns(pl.col("happened_at").dt.convert_time_zone(zone).dt.date().dt.month_start().alias("month"))
        .group_by("month")
        .agg(orders.alias("orders"), steady_sum("amount").alias("revenue"))
        .sort("month")
        .with_columns(pl.col("revenue").map_batches(_to_the_cent, return_dtype=pl.Float64))
    )


def _to_the_cent(amounts: pl.Series) -> pl.Series:
    """Amounts in whole cents that add up to their rounded total."""
    return pl.Series(shares_to_the_cent(amounts.to_list()), dtype=pl.Float64)


def rhythm(table: pl.DataFrame, zone: str, cutoff: datetime | None) -> dict[str, Any]:
    """Events by weekday (7 counts, Monday first) and by hour (24 counts), in the business's time zone."""
    dated = table.select("happened_at").drop_nulls()
    if cutoff is not None:
        dated = dated.filter(pl.col("happened_at") < cutoff)
    local = dated.select(pl.col("happened_at").dt.convert_time_zone(zone))
    days = dict(local.group_by(pl.col("happened_at").dt.weekday().alias("day")).len().iter_rows())
    hours = dict(local.group_by(pl.col("happened_at").dt.hour().alias("hour")).len().iter_rows())
    by_hour = [hours.get(hour, 0) for hour in range(24)]
    only_dates = len(hours) <= 1
    return {
        "weekdays": {name: days.get(number, 0) for number, name in enumerate(WEEKDAYS, start=1)},
        "hours": None if only_dates else by_hour,
    }


def time_patterns(
    tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None = None
) -> dict[str, Any]:
    """Months of all events together; weekdays and hours of each event table."""
    months = monthly(tables, settings, cutoff)
    return {
        "time_zone": settings.time_zone,
        "cutoff": cutoff.isoformat() if cutoff else None,
        "months": months.with_columns(pl.col("month").cast(pl.String)).to_dicts(),
        "tables": {name: rhythm(table, settings.time_zone, cutoff) for name, table in event_tables(tables).items()},
    }
