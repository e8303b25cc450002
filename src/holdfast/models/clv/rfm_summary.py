"""Purchase summaries: transactions in; frequency, recency, age and value of each customer out.

`summarise_purchases(transactions, cutoff) -> frame`, `from_totals(customers, cutoff) -> frame` and
`spend_between(transactions, start, horizon_days) -> frame`.
One purchase occasion is one UTC day; money given back is netted per customer and is never an occasion.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.totals import purchase_dates, repeats

UNITS_OF_MONEY = 10_000  # in one of the currency: whole numbers add up the same in any order, floats do not
_MOST = 1e14  # of those; keeps sums of many rows inside 64 bits

SUMMARY_SCHEMA: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "frequency": pl.Int64(),
    "recency_days": pl.Float64(),
    "age_days": pl.Float64(),
    "mean_repeat_value": pl.Float64(),
    "mean_value": pl.Float64(),
    "total_value": pl.Float64(),
    "first_at": TIME,
    "last_at": TIME,
}


def summarise_purchases(transactions: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """One row a customer who bought before the cutoff, as known at the cutoff; sorted by customer.

    Args:
        transactions: columns customer_id, happened_at, amount; known_at and is_return where there are any.
        cutoff: events with `happened_at < cutoff` and `known_at < cutoff` are read, nothing else.

    Returns:
        customer_id;
        frequency: repeat occasions, that is days with a purchase after the first one (the papers' x);
        recency_days: days from the first to the last occasion (t_x);
        age_days: whole days after the first occasion that were observed in full (T), so `recency_days <= age_days`;
        mean_repeat_value: mean value of the repeat occasions, null for one-time buyers (z bar);
        mean_value, total_value: over all occasions; first_at, last_at: the days.
        All money is net of returns: each occasion keeps the share of the customer's money that was not given back.

    Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), section 3 (x, t_x, T in days here).
    """
    last_day = cutoff - timedelta(microseconds=1)
    rows = with_money(transactions, cutoff).filter(pl.col("happened_at") < cutoff)
    days = (
        rows.filter(~pl.col("given_back"))
        .group_by("customer_id", pl.col("happened_at").dt.truncate("1d").alias("day"))
        .agg(pl.col("money").sum())
    )
    first = pl.col("day").min()
    repeats = pl.col("money").filter(pl.col("day") > first)
    once = pl.len() == 1
    summary = days.group_by("customer_id").agg(
        (pl.len() - 1).cast(pl.Int64).alias("frequency"),
        (pl.col("day").max() - first).dt.total_days().cast(pl.Float64).alias("recency_days"),
        (pl.lit(last_day, TIME).dt.truncate("1d") - first).dt.total_days().cast(pl.Float64).alias("age_days"),
        pl.when(~once).then(repeats.sum() / (pl.len() - 1)).alias("mean_repeat_value"),
        (pl.col("money").sum() / pl.len()).alias("mean_value"),
        pl.col("money").sum().cast(pl.Float64).alias("total_value"),
        first.alias("first_at"),
        pl.col("day").max().alias("last_at"),
    )
    money = ("mean_repeat_value", "mean_value", "total_value")
    summary = _in_units(summary, money)
    refunds = rows.filter("given_back").group_by("customer_id").agg(pl.col("money").sum().alias("refund"))
    refunds = _in_units(refunds, ("refund",))
    share = pl.when(pl.col("total_value") > 0).then(
        ((pl.col("total_value") + pl.col("refund").fill_null(0.0)) / pl.col("total_value")).clip(0.0, 1.0)
    )
    return (
        summary.join(refunds, on="customer_id", how="left")
        .with_columns((pl.col(name) * share.otherwise(1.0)).alias(name) for name in money)
        .select(pl.col(name).cast(dtype) for name, dtype in SUMMARY_SCHEMA.items())
        .sort("customer_id")
    )


def _in_units(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Columns of money as units of it.

    NumPy divides; Polars multiplies by the reciprocal where there are several rows and divides where there is one, so
    that a customer alone would differ from the same one among others.
    """
    amounts = (frame[name].cast(pl.Float64).to_numpy() / UNITS_OF_MONEY for name in names)
    return frame.with_columns(
        pl.Series(name, values, nan_to_null=True) for name, values in zip(names, amounts, strict=True)
    )


def from_totals(customers: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The same summary from one row a customer with totals; sorted by customer.

    Args:
        customers: customer_id, first_purchase_at, last_purchase_at, purchases, total_amount; a column may be missing.
            Without dates, days_since_purchase and days_since_first_purchase; without a first purchase the sign-up;
            without a total, mean_amount of each purchase.
        cutoff: the day as of which the totals were taken.

    Returns:
        As `summarise_purchases`, of the customers with a purchase whose dates are known. Several purchases of one day
        cannot be told from those of several days: each counts as an occasion, but never more than there were days.
        A repeat purchase is taken for worth what the average one was.
    """
    last_day = pl.lit(cutoff - timedelta(microseconds=1), TIME).dt.truncate("1d")
    amounts = [
        pl.col(name).cast(pl.Float64) if name in customers.columns else pl.lit(None, pl.Float64).alias(name)
        for name in ("total_amount", "mean_amount")
    ]
    total = pl.col("total_amount").fill_null(pl.col("mean_amount") * pl.col("purchases"))
    days = purchase_dates(customers, cutoff).with_columns(*customers.select(amounts)).with_columns(total_value=total)
    days = days.filter(
        pl.col("last_at") < cutoff, pl.col("first_at").is_not_null(), pl.col("purchases").fill_null(1.0) >= 1
    )
    recency = (pl.col("last_at") - pl.col("first_at")).dt.total_days().cast(pl.Float64)
    mean = pl.col("total_value") / (pl.col("frequency") + 1)
    return (
        days.with_columns(
            repeats().cast(pl.Int64).alias("frequency"),
            recency.alias("recency_days"),
            (last_day - pl.col("first_at")).dt.total_days().cast(pl.Float64).alias("age_days"),
        )
        .with_columns(mean.alias("mean_value"), pl.when(pl.col("frequency") > 0).then(mean).alias("mean_repeat_value"))
        .select(pl.col(name).cast(dtype) for name, dtype in SUMMARY_SCHEMA.items())
        .sort("customer_id")
    )


def spend_between(transactions: pl.DataFrame, start: datetime, horizon_days: int) -> pl.DataFrame:
    """What each customer spent in `[start, start + horizon)`, net of money given back, never below zero.

    Returns:
        customer_id, spend (currency), purchases (occasions); only customers with a row in the window.
    """
    end = start + timedelta(days=horizon_days)
    window = _with_money(transactions).filter(pl.col("happened_at") >= start, pl.col("happened_at") < end)
    bought = ~pl.col("given_back")
    return (
        window.group_by("customer_id")
        .agg(
            (pl.col("money").sum().clip(0) / UNITS_OF_MONEY).alias("spend"),
            pl.col("happened_at").dt.truncate("1d").filter(bought).n_unique().cast(pl.Int64).alias("purchases"),
        )
        .sort("customer_id")
    )


def _with_money(transactions: pl.DataFrame) -> pl.DataFrame:
    amount = pl.col("amount").cast(pl.Float64).fill_nan(None).fill_null(0.0)
    returned = amount < 0
    if "is_return" in transactions.columns:
        returned = returned | pl.col("is_return").fill_null(value=False)
    signed = pl.when(returned).then(-amount.abs()).otherwise(amount)
    return transactions.with_columns(
        returned.alias("given_back"),
        (signed * UNITS_OF_MONEY).round().clip(-_MOST, _MOST).cast(pl.Int64).alias("money"),
    )


def with_money(transactions: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The rows known at a cutoff, with money (whole ten-thousandths, negative where given back) and given_back."""
    if "known_at" in transactions.columns:
        transactions = transactions.filter(pl.coalesce("known_at", "happened_at") < cutoff)
    return _with_money(transactions)
