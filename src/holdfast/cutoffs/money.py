"""Money received: what customers paid, less what they got back. Every sum of money of the past is a sum of these rows.

money_received(tables, settings) -> pl.DataFrame | None     columns of MONEY_RECEIVED
was_paid(rows) -> pl.Expr                                   whether each payment went through
not_received_yet(tables, settings, before) -> pl.Series | None   what of the revenue is still owed
revenue_by_month(rows, zone, before) -> pl.DataFrame        orders and revenue of each month
orders_sold(), buyers()                                     how many orders brought money, and customers paid
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from holdfast.column_types import TIME
from holdfast.meanings import Meaning
from holdfast.settings import Settings
from holdfast.stats.sums import from_steps, sum_in_steps

# Statuses of a payment that did not go through, in this order the likeliest word for it.
_NOT_PAID = ("failed", "declined", "rejected", "unpaid", "error", "overdue")
FAILED_WORDS = (*_NOT_PAID, "cancelled", "canceled", "void", "voided")
OF_PURCHASES = ("transactions", "payments")
OF_REVENUE = (*OF_PURCHASES, "subscriptions")
MONEY_RECEIVED: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "happened_at": TIME,
    "known_at": TIME,
    "amount": pl.Float64(),  # negative for money given back; null where the table has no amounts
    "order": pl.String(),  # rows of one order share it
    "bought": pl.Boolean(),  # not a return
}
OF_AMOUNTS = ("customer_id", "happened_at", "amount")  # without orders, whose names take most of the time


def revenue_rows(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    names: Sequence[str] | None = None,
    columns: Collection[str] = tuple(MONEY_RECEIVED),
) -> pl.DataFrame | None:
    """The rows of `money_received` whose amount is known, for every figure that is called revenue.

    Charges and invoices of subscriptions count where there are neither transactions nor payments with amounts; None
    where no table has an amount.

    Args:
        tables: the cleaned tables.
        settings: say which tables hold what.
        names: of `revenue_tables`, where `tables` are the rows of some customers; None: they are all.
        columns: those of MONEY_RECEIVED that are wanted, the amount among them.
    """
    if names is None:
        names = [name for name, table in tables.items() if "amount" in table.columns and table.height]
    received = money_received({name: tables[name] for name in names}, settings, OF_REVENUE, columns)
    return None if received is None else received.filter(pl.col("amount").is_not_null())


def revenue_tables(with_amounts: Sequence[str], settings: Settings) -> list[str]:
    """The tables that `revenue_rows` reads, of those that have rows and a column of amounts."""
    return money_tables(with_amounts, settings, OF_REVENUE)


def revenue_by_customer(
    tables: Mapping[str, pl.DataFrame], settings: Settings, before: datetime, names: Sequence[str] | None = None
) -> pl.DataFrame | None:
    """customer_id, revenue: money received before a moment; None where no table has an amount; `names` as above."""
    rows = revenue_rows(tables, settings, names, OF_AMOUNTS)
    return None if rows is None else amounts_by_customer(rows.filter(pl.col("happened_at") < before))


def amounts_by_customer(rows: pl.DataFrame) -> pl.DataFrame:
    """customer_id, revenue: what the amounts of each customer come to, the same whatever the order of the rows."""
    sums = rows.group_by("customer_id").agg(sum_in_steps("amount").alias("revenue"))
    return sums.with_columns(from_steps("revenue")).sort("customer_id")


def not_received_yet(tables: Mapping[str, pl.DataFrame], settings: Settings, before: datetime) -> pl.Series | None:
    """Each amount of the revenue before a moment that has not arrived, by a status that says pending; None: none does.

    Such sales count from the day of the order, for whoever orders is a customer; this says how much is still owed.
    """
    waiting: list[pl.Series] = []
    for name in money_tables(tables, settings, OF_REVENUE):
        rows = tables[name]
        for status in settings.tables[name].statuses:
            texts = [text for text, meaning in status.meaning_of().items() if meaning is Meaning.PENDING]
            if texts and {status.column, "amount"} <= set(rows.columns):
                is_pending = pl.col(status.column).cast(pl.String).str.strip_chars().str.to_lowercase().is_in(texts)
                earlier = rows.filter(is_pending, pl.col("happened_at") < before, pl.col("amount").is_not_null())
                waiting.append(earlier.select(owed(earlier.columns)).to_series())
    return pl.concat(waiting) if waiting else None


def owed(columns: Collection[str]) -> pl.Expr:
    """What of a pending sale has not arrived: what the export says is outstanding, all of it where it does not say."""
    if "outstanding_amount" not in columns:
        return pl.col("amount")
    outstanding = pl.min_horizontal("outstanding_amount", "amount")
    return pl.when(pl.col("outstanding_amount").is_null()).then("amount").otherwise(outstanding).alias("amount")


def orders_sold() -> pl.Expr:
    """How many orders brought money, of rows of `revenue_rows`; the lines of one order count once.

    Texts are counted by hashes of 64 bits, in a third of the time: wrong once in 10^7 tables of a million rows.
    """
    return pl.col("order").filter(pl.col("amount") > 0).hash(1).n_unique()


def buyers() -> pl.Expr:
    """How many customers paid something, of rows of `revenue_rows`."""
    return pl.col("customer_id").filter(pl.col("amount") > 0).n_unique()


def revenue_by_month(
    rows: pl.DataFrame, zone: str, before: datetime | None = None, *, with_orders: bool = True
) -> pl.DataFrame:
    """Rows of `revenue_rows` -> month (first day, in a time zone), orders, revenue (in steps), before a moment.

    They add up over customers. To count orders takes most of the time.
    """
    counted = rows if before is None else rows.filter(pl.col("happened_at") < before)
    month = pl.col("happened_at").dt.convert_time_zone(zone).dt.date().dt.month_start().alias("month")
    orders = [orders_sold().alias("orders")] if with_orders else []
    return counted.group_by(month).agg(*orders, sum_in_steps("amount").alias("revenue"))


def was_paid(rows: pl.DataFrame) -> pl.Expr:
    """Whether each payment went through; payments that say nothing did."""
    paid = pl.lit(True)
    if rows.schema.get("failed") == pl.Boolean():
        paid = paid & ~pl.col("failed").fill_null(False)
    elif rows.schema.get("status") == pl.String():
        paid = paid & ~pl.col("status").str.to_lowercase().is_in(list(FAILED_WORDS)).fill_null(False)
    return paid


def money_received(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    kinds: Sequence[str] = OF_PURCHASES,
    columns: Collection[str] = tuple(MONEY_RECEIVED),
) -> pl.DataFrame | None:
    """Every row that brought or took money: of the tables of transactions, else of payments; None without either.

    Failed payments are left out, returns are negative, rows without an amount bring nothing.

    Args:
        tables: the cleaned tables.
        settings: say which tables hold what.
        kinds: what tables hold, the first that there is; subscriptions hold amounts in some rows alone.
        columns: those of MONEY_RECEIVED that are wanted.
    """
    frames = [
        _received(_with_amounts(tables[name], settings.tables[name].holds), name, columns)
        for name in money_tables(tables, settings, kinds)
    ]
    return pl.concat(frames) if frames else None


def money_tables(tables: Collection[str], settings: Settings, kinds: Sequence[str] = OF_PURCHASES) -> list[str]:
    """The tables that `money_received` reads: all that hold the first of the kinds that there is."""
    for holds in kinds:
        names = [name for name, table in settings.tables.items() if table.holds == holds and name in tables]
        if names:
            return names
    return []


def _with_amounts(rows: pl.DataFrame, holds: str) -> pl.DataFrame:
    """The rows of subscriptions that move money: the others are starts, ends and changes of price."""
    return rows.filter(pl.col("amount").is_not_null()) if holds == "subscriptions" else rows


def _received(rows: pl.DataFrame, name: str, columns: Collection[str]) -> pl.DataFrame:
    back = pl.col("is_return").fill_null(False) if "is_return" in rows.columns else pl.lit(False)
    amount = pl.col("amount").fill_nan(None).fill_null(0.0) if "amount" in rows.columns else pl.lit(None, pl.Float64)
    known_at = pl.coalesce("known_at", "happened_at") if "known_at" in rows.columns else pl.col("happened_at")
    computed = {
        "customer_id": pl.col("customer_id"),
        "happened_at": pl.col("happened_at"),
        "known_at": known_at,
        "amount": pl.when(back).then(-amount.abs()).otherwise(amount),
        "order": _order(rows, name),
        "bought": ~back & (amount.is_null() | (amount >= 0)),
    }
    wanted = [
        computed[column].cast(dtype).alias(column) for column, dtype in MONEY_RECEIVED.items() if column in columns
    ]
    return rows.lazy().filter(was_paid(rows)).select(wanted).collect()


def _order(rows: pl.DataFrame, name: str) -> pl.Expr:
    """The name of the order that each row belongs to; a row without one is an order of its own."""
    if "order_id" not in rows.columns:
        return pl.format("{}:{}", pl.lit(name), pl.int_range(pl.len()))
    named = pl.format("{}:{}", pl.lit(name), pl.col("order_id"))
    if not rows["order_id"].null_count():
        return named
    return pl.coalesce(named, pl.format("{}:{}", pl.lit(name), pl.int_range(pl.len())))
