"""Payments of subscriptions that another table holds: when each paid term began, and what was left unpaid at an end."""

from datetime import timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.meanings import Meaning
from holdfast.quality.money import means
from holdfast.quality.subscriptions.terms import term_after
from holdfast.quality.table_state import TableState

_A_DAY = timedelta(days=1)  # days and moments of one booking may differ by so much
_RAN_OUT = timedelta(days=7)  # so long after what was paid ran out, it is not known why nothing more was paid
_A_TERM = 0.5  # of the price: less pays for the days until the day of payment, more may be less a discount
_SAME = 0.005
_BILLS: dict[str, pl.DataType] = {
    "customer_id": pl.String(), "happened_at": TIME, "known_at": TIME, "amount": pl.Float64(), "is_paid": pl.Boolean(),
}  # fmt: skip
_LISTS = ("paid_days", "paid_known", "unpaid_days")


def unpaid_bills(state: TableState) -> pl.DataFrame:
    """customer_id and happened_at of the rows of money whose status says that they failed or are open.

    Args:
        state: a table of money as read: such rows are set aside later.
    """
    unpaid = means(state, Meaning.FAILED, Meaning.OPEN, Meaning.PAST_DUE)
    if unpaid is None or not {"customer_id", "happened_at"} <= set(state.table.columns):
        return pl.DataFrame(schema=_BILLS)
    return state.table.filter(unpaid.fill_null(value=False)).select("customer_id", "happened_at")


def bills_of(unpaid: pl.DataFrame, state: TableState) -> pl.DataFrame:
    """What was paid and what was not: customer_id, happened_at, known_at, amount, is_paid.

    Args:
        unpaid: of `unpaid_bills`.
        state: the same table when it is cleaned; each row is money received.
    """
    paid = state.table.filter(pl.col("amount") > 0) if "amount" in state.table.columns else state.table.clear()
    rows = pl.concat(
        [paid.with_columns(is_paid=pl.lit(value=True)), unpaid.with_columns(is_paid=pl.lit(value=False))],
        how="diagonal_relaxed",
    )
    rows = rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in _BILLS.items()
    )
    known_at = pl.max_horizontal("known_at", "happened_at")
    return rows.drop_nulls(["customer_id", "happened_at"]).with_columns(known_at=known_at)


def with_bills(periods: pl.DataFrame, bills: pl.DataFrame | None) -> pl.DataFrame:
    """The periods with `paid_days` and `paid_known`, when terms were paid, `unpaid_days` and `anchor`.

    A payment is of the period that runs on its day; where several do, of the one with that price; else of none.

    Args:
        periods: with `begins`, `ended_at`, `announced`, `trial_ends`.
        bills: of `bills_of`; None where no table holds them, and then no day of payment is known.

    Returns:
        `anchor` is the day from which terms are counted, as it was known when the notice was given.
    """
    periods = periods.with_row_index("period").with_columns(is_billed=pl.lit(bills is not None))
    days = pl.List(TIME)
    if bills is None:
        periods = periods.with_columns(pl.lit(None, days).alias(name) for name in _LISTS)
    else:
        by_period = _by_period(_matched(periods, bills))
        periods = periods.join(by_period, on="period", how="left", maintain_order="left")
    paid = periods.select("period", "announced", "paid_days").explode("paid_days")
    paid = paid.filter(pl.col("paid_days") <= pl.col("announced")).group_by("period").agg(pl.col("paid_days").max())
    periods = periods.join(paid.rename({"paid_days": "anchor"}), on="period", how="left", maintain_order="left")
    return periods.with_columns(anchor=pl.coalesce("anchor", "trial_ends", "begins")).drop("period")


def _matched(periods: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """Columns of the bills with `period`, each at most once."""
    price = pl.col("price") if "price" in periods.columns else pl.lit(None, pl.Float64)
    own = periods.select("period", "customer_id", "begins", pl.col("ended_at").alias("over"), price.alias("price"))
    day = pl.col("happened_at")
    both = bills.with_row_index("bill").join(own, on="customer_id", how="inner")
    runs = (day >= pl.col("begins") - _A_DAY) & (pl.col("over").is_null() | (day <= pl.col("over") + _A_DAY))
    pays = ~pl.col("is_paid") | (pl.col("amount") >= _A_TERM * pl.col("price")).fill_null(value=True)
    same = ((pl.col("amount") / pl.col("price") - 1).abs() <= _SAME).fill_null(value=False)
    within = (day >= pl.col("begins")) & (pl.col("over").is_null() | (day < pl.col("over")))
    both = both.filter(runs, pays).with_columns(rank=same.cast(pl.Int8) * 2 + within.cast(pl.Int8))
    best = both.filter(pl.col("rank") == pl.col("rank").max().over("bill"))
    return best.filter(pl.len().over("bill") == 1)


def _by_period(matched: pl.DataFrame) -> pl.DataFrame:
    ordered = matched.sort("period", "happened_at", "known_at")
    return ordered.group_by("period", maintain_order=True).agg(
        pl.col("happened_at").filter("is_paid").alias("paid_days"),
        pl.col("known_at").filter("is_paid").alias("paid_known"),
        pl.col("happened_at").filter(~pl.col("is_paid")).alias("unpaid_days"),
    )


def first_paid() -> pl.Expr:
    """When the first term of a period was paid."""
    return pl.col("paid_days").list.min()


def ended_unpaid() -> pl.Expr:
    """Whether the last bill of a period was not paid, and no notice came before it."""
    unpaid, paid = pl.col("unpaid_days").list.max(), pl.col("paid_days").list.max()
    is_last = unpaid.is_not_null() & (paid.is_null() | (unpaid >= paid))
    return (is_last & (pl.col("announced").is_null() | (pl.col("announced") >= unpaid))).fill_null(value=False)


def ran_out() -> pl.Expr:
    """Whether nothing was paid any more long before the notice: its day then does not tell what the customer wanted."""
    until = term_after(pl.col("paid_days").list.max(), pl.col("months"))
    return (pl.col("announced") > until + _RAN_OUT).fill_null(value=False)


def payments_of_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of periods once for each payment after the one that they began with, as `paid_at` and `paid_known_at`.

    Args:
        rows: with `starts`, the begin of the first term that is paid, and `ends`.
    """
    each = rows.filter(pl.col("paid_days").list.len() > 0).explode("paid_days", "paid_known")
    each = each.rename({"paid_days": "paid_at", "paid_known": "paid_known_at"})
    paid_at, ends = pl.col("paid_at"), pl.col("ends")
    return each.filter(paid_at > pl.col("starts") + _A_DAY, ends.is_null() | (paid_at < ends))
