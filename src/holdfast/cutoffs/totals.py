"""When customers bought first and last, from one row each with totals, and who of them has lapsed.

purchase_dates(customers, cutoff) -> pl.DataFrame   customer_id, first_at, last_at, purchases
has_lapsed(cutoff, within_days), never_bought()     who is outside of the population, as expressions of those
"""

from datetime import datetime, timedelta

import polars as pl

from holdfast.column_types import TIME

_COLUMNS: dict[str, pl.DataType] = {
    "first_purchase_at": TIME,
    "last_purchase_at": TIME,
    "signed_up_at": TIME,
    "days_since_purchase": pl.Float64(),
    "days_since_first_purchase": pl.Float64(),
    "purchases": pl.Float64(),
}


def purchase_dates(customers: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The days of the first and of the last purchase of every customer, and how many there were.

    Args:
        customers: customer_id and any of first_purchase_at, last_purchase_at, purchases. Without dates,
            days_since_purchase and days_since_first_purchase; without a first purchase the sign-up.
        cutoff: the day as of which the totals were taken.

    Returns:
        customer_id, first_at, last_at (UTC days), purchases; in the order of the customers; null where not known.
    """
    last_day = pl.lit(cutoff - timedelta(microseconds=1), TIME).dt.truncate("1d")
    absent = (pl.lit(None, dtype).alias(name) for name, dtype in _COLUMNS.items() if name not in customers.columns)
    ago = {name: last_day - pl.duration(days=pl.col(name).floor()) for name in _COLUMNS if name.startswith("days_")}
    first = pl.coalesce("first_purchase_at", ago["days_since_first_purchase"], "signed_up_at")
    last = pl.coalesce("last_purchase_at", ago["days_since_purchase"])
    return customers.with_columns(*absent).select(
        "customer_id",
        pl.when(first.is_not_null()).then(pl.min_horizontal(first, last)).dt.truncate("1d").alias("first_at"),
        last.dt.truncate("1d").alias("last_at"),
        pl.col("purchases").cast(pl.Float64),
    )


def repeats() -> pl.Expr:
    """Purchases after the first; reads first_at, last_at and purchases.

    Two different days are two purchases at least, and one day is one occasion.
    """
    apart = (pl.col("last_at") - pl.col("first_at")).dt.total_days().cast(pl.Float64)
    counted = pl.min_horizontal(pl.col("purchases").fill_null(2.0) - 1, apart)
    return counted.clip(pl.min_horizontal(apart, 1.0)).floor()


def mean_gap() -> pl.Expr:
    """Days between two purchases on average; null for whoever bought once."""
    apart = (pl.col("last_at") - pl.col("first_at")).dt.total_days().cast(pl.Float64)
    return pl.when(repeats() > 0).then(apart / repeats())


def has_lapsed(cutoff: datetime, within_days: int) -> pl.Expr:
    """Whether the last purchase lies before the window; reads last_at; false where its day is not known."""
    return (pl.col("last_at") < cutoff - timedelta(days=within_days)).fill_null(value=False)


def never_bought() -> pl.Expr:
    """Whether nothing shows a purchase: no day of a last one and no count of any; reads last_at and purchases."""
    return pl.col("last_at").is_null() & (pl.col("purchases").fill_null(0.0) < 1)
