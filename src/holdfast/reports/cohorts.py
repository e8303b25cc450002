"""Cohorts: customers by the month or week of their first purchase, and in which later ones they were active.

Active is who bought, or had any event where nothing is bought; of subscriptions, who subscribes at the period's end.
Cohorts begin with the first event where nothing is bought or the project is about subscriptions. Who gave back or got
something free before buying anything is of no cohort yet: that money stands in rows without one.

customer_periods(tables, settings, cutoff, period)   one row a customer and period with events
cohort_counts(rows)                                  what is counted of them, which adds up over customers
cohort_triangle(counts, cutoff, zone, period)        the retention triangle
periods_by_customer(rows)                            cohort of each customer, and the ages with activity as bits
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import polars as pl

from holdfast.cutoffs.money import OF_AMOUNTS, revenue_rows
from holdfast.cutoffs.subscribers import running_periods
from holdfast.settings import Settings
from holdfast.stats.sums import from_steps, sum_in_steps

Period = Literal["month", "week"]
PERIODS: tuple[Period, ...] = ("month", "week")
GREATEST_AGE = 62  # of a bit in a whole number of 64: five years of months, more than one of weeks
_EVERY = {"month": "1mo", "week": "1w"}
_ROWS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "cohort": pl.Date(),
    "period": pl.Date(),
    "age": pl.Int32(),
    "is_active": pl.Boolean(),
    "revenue": pl.Int128(),
}
_TRIANGLE: dict[str, pl.DataType] = {
    "cohort": pl.Date(),
    "period": pl.Date(),
    "age": pl.Int32(),
    "customers": pl.UInt32(),
    "active": pl.UInt32(),
    "retention": pl.Float64(),
    "revenue": pl.Float64(),
    "is_complete": pl.Boolean(),
}


def customer_periods(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    cutoff: datetime | None,
    period: Period,
    names: Sequence[str] | None = None,
) -> pl.DataFrame:
    """What each customer did in each month or week: purchases where there are any, else all events.

    Args:
        tables: the cleaned tables.
        settings: for the time zone and which table holds money.
        cutoff: events from then on are not counted.
        period: how long a cohort is; weeks begin on Monday.
        names: the tables of money, where `tables` hold some customers; None: they hold all.

    Returns:
        customer_id, cohort and period (first days), age (periods since the cohort's; both null before the customer
        bought anything), is_active (bought, or had any event; of subscriptions: one runs at the period's end), revenue
        (in steps; null without money).
    """
    paid = revenue_rows(tables, settings, names, OF_AMOUNTS) if names is None or names else None
    events = paid if paid is not None else _all_events(tables)
    if events is None:
        return pl.DataFrame(schema=_ROWS)
    dated = events.drop_nulls("happened_at")
    dated = dated if cutoff is None else dated.filter(pl.col("happened_at") < cutoff)
    local = pl.col("happened_at").dt.convert_time_zone(settings.time_zone).dt.date()
    dated = dated.with_columns(local.dt.truncate(_EVERY[period]).alias("period"))
    counted = dated.group_by("customer_id", "period").agg(
        ((pl.col("amount") > 0).any() if paid is not None else pl.lit(value=True)).alias("is_active"),
        (sum_in_steps("amount") if paid is not None else pl.lit(None, pl.Int128)).alias("revenue"),
    )
    running = running_periods(tables, settings, cutoff, _EVERY[period])
    if running is not None:
        counted = _subscribing(counted, running)
    begins = pl.col("period") if running is not None else pl.col("period").filter("is_active")
    counted = counted.with_columns(begins.min().over("customer_id").alias("cohort"))
    counted = counted.with_columns(pl.when(pl.col("period") >= pl.col("cohort")).then("cohort"))
    return counted.with_columns(age=_age(period)).select(pl.col(name).cast(dtype) for name, dtype in _ROWS.items())


def _subscribing(counted: pl.DataFrame, running: pl.DataFrame) -> pl.DataFrame:
    """The periods with events and those with a subscription that runs at their end: these alone are active."""
    keys = ("customer_id", "period")
    active = running.with_columns(pl.col("customer_id").cast(counted.schema["customer_id"]), runs=pl.lit(value=True))
    both = counted.join(active, on=keys, how="full", coalesce=True)
    revenue = pl.col("revenue").fill_null(0) if counted["revenue"].count() else pl.col("revenue")
    return both.select(*keys, pl.col("runs").fill_null(value=False).alias("is_active"), revenue)


def _age(period: Period) -> pl.Expr:
    if period == "week":
        return (pl.col("period") - pl.col("cohort")).dt.total_days() // 7
    years = pl.col("period").dt.year() - pl.col("cohort").dt.year()
    return years * 12 + pl.col("period").dt.month() - pl.col("cohort").dt.month()


def cohort_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """cohort, period, active, customers (whose first period it is), revenue (in steps): they add up over customers.

    Without a cohort, `customers` are those who never bought.

    Args:
        rows: of `customer_periods`, of some customers or all.
    """
    has_money = rows["revenue"].null_count() < rows.height
    never = pl.col("cohort").is_null().all().over("customer_id")
    begins = pl.when(never).then(pl.col("period").min().over("customer_id")).otherwise("cohort")
    rows = rows.with_columns(is_first=(pl.col("period") == begins) & (never | pl.col("cohort").is_not_null()))
    return rows.group_by("cohort", "period").agg(
        pl.col("is_active").sum().alias("active"),
        pl.col("is_first").sum().alias("customers"),
        (pl.col("revenue").sum() if has_money else pl.lit(None, pl.Int128)).alias("revenue"),
    )


def cohort_triangle(counts: Iterable[pl.DataFrame], cutoff: datetime | None, zone: str, period: Period) -> pl.DataFrame:
    """The retention triangle: the customers of each cohort, and how many are active in later periods.

    Args:
        counts: of `cohort_counts`; no customer is in two.
        cutoff: where the records end; None: with the newest period.
        zone: of the business.
        period: of the rows.

    Returns:
        cohort, period (first days), age, customers (size of the cohort), active, retention (active / customers),
        revenue (null without money), is_complete (False for the period of the cutoff). Revenue over all rows is the
        revenue of all events; a period without events has active 0 and revenue 0. The last rows have no cohort, age or
        retention: refunds and free items of customers who had not bought yet, and how many never did.
    """
    together = pl.concat(counts)
    if together.is_empty():
        return pl.DataFrame(schema=_TRIANGLE)
    has_money = together["revenue"].null_count() < together.height
    counted = together.group_by("cohort", "period").agg(pl.col("active", "customers", "revenue").sum())
    counted = counted.with_columns(from_steps("revenue").round(2))
    sizes = counted.group_by("cohort").agg(pl.col("customers").sum())
    every, last = _EVERY[period], counted["period"].max()
    grid = sizes.drop_nulls().with_columns(pl.date_ranges("cohort", pl.lit(last), every).alias("period"))
    outside = counted.filter(pl.col("cohort").is_null()).select("cohort", "period")
    grid = pl.concat([grid.explode("period"), outside.join(sizes, on="cohort", nulls_equal=True)], how="diagonal")
    end = pl.col("period").cast(pl.Datetime("us")).dt.offset_by(every)
    limit = pl.lit(cutoff).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    is_complete = end <= limit if cutoff is not None else pl.col("period") < last
    return (
        grid.join(counted.drop("customers"), on=["cohort", "period"], how="left", nulls_equal=True)
        .with_columns(pl.col("active").fill_null(0), age=_age(period), is_complete=is_complete)
        .with_columns(
            retention=pl.when(pl.col("cohort").is_not_null()).then(pl.col("active") / pl.col("customers")),
            revenue=pl.col("revenue").fill_null(0.0) if has_money else pl.lit(None, pl.Float64),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _TRIANGLE.items())
        .sort("cohort", "period", nulls_last=True)
    )


def periods_by_customer(rows: pl.DataFrame) -> pl.DataFrame:
    """customer_id, cohort (null: never bought), active_ages: bit k is 1 where active k periods after the cohort's.

    Args:
        rows: of `customer_periods`; ages beyond `GREATEST_AGE` have no bit.
    """
    bit = pl.when(pl.col("is_active") & (pl.col("age") <= GREATEST_AGE)).then(
        pl.lit(2.0).pow(pl.col("age")).cast(pl.Int64)
    )
    return (
        rows.group_by("customer_id")
        .agg(pl.col("cohort").min(), bit.fill_null(0).sum().alias("active_ages"))
        .sort("customer_id")
    )


def _all_events(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    events = [
        table.select("customer_id", "happened_at")
        for table in tables.values()
        if {"customer_id", "happened_at"} <= set(table.columns)
    ]
    return pl.concat(events) if events else None
