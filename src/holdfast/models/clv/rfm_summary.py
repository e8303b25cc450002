"""Purchase summaries: transactions in; frequency, recency, age and value of each customer out.

`summarise_purchases(transactions, cutoff) -> frame`, `from_totals(customers, cutoff) -> frame` and
`spend_between(transactions, start, horizon_days) -> frame`.
One purchase occasion is one UTC day; money given back is netted per customer and is never an occasion.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME, microseconds
from holdfast.cutoffs.totals import purchase_dates, repeats
from holdfast.stats.runs import Integers, customer_indexes, starts_of_runs

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

UNITS_OF_MONEY = 10_000  # in one of the currency: whole numbers add up the same in any order, floats do not
_MOST = 1e14  # of those; keeps sums of many rows inside 64 bits
_DAY = 86_400_000_000  # microseconds
_NEVER = np.iinfo(np.int64).max

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
    return PurchaseRows.of(transactions).summary(cutoff)


@dataclass(frozen=True)
class PurchaseRows:
    """Purchases as arrays in order of customer and time: what any number of summaries and sums are computed from."""

    ids: pl.Series  # sorted, each once
    customer: Integers  # (n,) index of each row's among them
    happened: Integers  # (n,) microseconds since 1970; the greatest number where it is not known
    known_at: Integers  # (n,) the same of when it was known
    money: Integers  # (n,) whole ten-thousandths, negative where given back
    given_back: Flags

    @classmethod
    def of(cls, transactions: pl.DataFrame) -> Self:
        """The rows of `summarise_purchases`, in any order."""
        ids, customer = customer_indexes(transactions["customer_id"])
        happened, known_at = _times(transactions)
        money, given_back = money_of(transactions)
        same, later = np.diff(customer) == 0, np.diff(happened) >= 0
        if ((np.diff(customer) > 0) | (same & later)).all():
            return cls(ids, customer, happened, known_at, money, given_back)
        order = np.lexsort((happened, customer))
        return cls(ids, customer[order], happened[order], known_at[order], money[order], given_back[order])

    def summary(self, cutoff: datetime, chosen: Flags | None = None) -> pl.DataFrame:
        """As `summarise_purchases`, of all customers or those of `ids` that are chosen."""
        before = microseconds(cutoff)
        is_known = (self.happened < before) & (self.known_at < before)
        if chosen is not None:
            is_known &= chosen[self.customer]
        bought = np.flatnonzero(is_known & ~self.given_back)
        returned = np.flatnonzero(is_known & self.given_back)
        if not bought.size:
            return pl.DataFrame(schema=SUMMARY_SCHEMA)
        of_row, day_of_row = self.customer[bought], self.happened[bought] // _DAY
        days = starts_of_runs(of_row, day_of_row)
        paid, of_day, day = np.add.reduceat(self.money[bought], days), of_row[days], day_of_row[days]
        first = starts_of_runs(of_day)
        last, who = np.append(first[1:], len(of_day)) - 1, of_day[first]
        occasions, total = last - first + 1, np.add.reduceat(paid, first)
        refund = np.zeros(len(self.ids), dtype=np.int64)
        np.add.at(refund, self.customer[returned], self.money[returned])
        total_value, refunded = total / UNITS_OF_MONEY, refund[who] / UNITS_OF_MONEY
        with np.errstate(divide="ignore", invalid="ignore"):
            remaining = np.where(total_value > 0, np.clip((total_value + refunded) / total_value, 0.0, 1.0), 1.0)
            repeat_value = (total - paid[first]) / (occasions - 1) / UNITS_OF_MONEY
        last_day = microseconds(cutoff - timedelta(microseconds=1)) // _DAY
        numbers = {
            "recency_days": (day[last] - day[first]).astype(np.float64),
            "age_days": (last_day - day[first]).astype(np.float64),
            "mean_repeat_value": np.where(occasions > 1, repeat_value, np.nan) * remaining,
            "mean_value": total / occasions / UNITS_OF_MONEY * remaining,
            "total_value": total_value * remaining,
        }
        return pl.DataFrame(
            [
                self.ids if len(who) == len(self.ids) else self.ids.gather(who),
                pl.Series("frequency", occasions - 1),
                *(pl.Series(name, values, nan_to_null=True) for name, values in numbers.items()),
                *(pl.Series(name, day[at] * _DAY).cast(TIME) for name, at in (("first_at", first), ("last_at", last))),
            ]
        )

    def spend_between(self, customers: Integers, edges: Integers) -> Floats:
        """(n, edges - 1) what each customer spent from one edge to the next, net of money given back, never below zero.

        Args:
            customers: (n,) indexes among `ids`.
            edges: (n, edges) microseconds since 1970, ascending; a purchase at an edge is behind it.
        """
        starts = np.searchsorted(self.customer, np.arange(len(self.ids) + 1))
        low = np.repeat(starts[customers][:, None], edges.shape[1], axis=1)
        high = np.repeat(starts[customers + 1][:, None], edges.shape[1], axis=1)
        while (low < high).any():  # each customer's purchases halved, all customers at once
            middle = (low + high) // 2
            is_before = (low < high) & (self.happened[np.minimum(middle, len(self.happened) - 1)] < edges)
            low, high = np.where(is_before, middle + 1, low), np.where(is_before, high, middle)
        until = np.concatenate([[0], np.cumsum(self.money)])[low]
        return np.asarray(np.maximum(np.diff(until, axis=1), 0) / UNITS_OF_MONEY)


def _times(transactions: pl.DataFrame) -> tuple[Integers, Integers]:
    """(n,) microseconds since 1970 at which each row happened, and was known."""
    happened = transactions["happened_at"]
    known_at = transactions["known_at"] if "known_at" in transactions.columns else happened
    known_at = known_at.fill_null(happened) if known_at.null_count() else known_at
    times, known_times = (
        (numbers.fill_null(_NEVER) if numbers.null_count() else numbers).to_numpy()
        for numbers in (happened.cast(pl.Int64), known_at.cast(pl.Int64))
    )
    return times, known_times


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


def money_of(transactions: pl.DataFrame) -> tuple[Integers, Flags]:
    """(n,) money of each row in whole ten-thousandths, negative where given back; and (n,) whether it was."""
    amount = transactions["amount"].cast(pl.Float64).to_numpy()
    amount = np.where(np.isnan(amount), 0.0, amount)
    given_back = amount < 0
    if "is_return" in transactions.columns:
        marked = transactions["is_return"]
        given_back = given_back | (marked.fill_null(value=False) if marked.null_count() else marked).to_numpy()
    signed = np.where(given_back, -np.abs(amount), amount)
    return np.clip(np.rint(signed * UNITS_OF_MONEY), -_MOST, _MOST).astype(np.int64), given_back


def with_money(transactions: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The rows known at a cutoff, with money (whole ten-thousandths, negative where given back) and given_back."""
    if "known_at" in transactions.columns:
        transactions = transactions.filter(pl.coalesce("known_at", "happened_at") < cutoff)
    return _with_money(transactions)


def _with_money(transactions: pl.DataFrame) -> pl.DataFrame:
    money, given_back = money_of(transactions)
    return transactions.with_columns(pl.Series("given_back", given_back), pl.Series("money", money))
