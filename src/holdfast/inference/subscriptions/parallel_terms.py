"""What tells terms apart that a customer has at once: a column under whose values they follow each other."""

from collections.abc import Collection, Sequence

import polars as pl

from holdfast.inference.guesses import Guess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.period_dates import PeriodDates, begins_of, ends_of
from holdfast.table_settings import SubscriptionSettings

_MOST_VALUES = 50
_FEW = 0.02  # share of the terms of a customer that overlap, up to which they follow each other
_REMAINING = 0.2  # of the overlaps, those that may remain


def column_of_parallel_terms(
    table: TableProfile, dates: PeriodDates, customer: pl.Series, taken: Collection[str]
) -> str:
    """The source column whose values tell apart the terms that a customer has at once; empty where there is none.

    Args:
        table: each row is a term.
        dates: its dates.
        customer: (rows,) whose each row is.
        taken: source columns with another role.
    """
    rows = pl.DataFrame({"customer": customer, "begin": begins_of(table, dates), "end": ends_of(table, dates)})
    whole = _overlapping(rows, ["customer"])
    if whole <= _FEW:
        return ""
    remaining = {}
    for name, column in table.columns.items():
        is_kind = column.is_text_typed and not column.is_number and 2 <= column.distinct <= _MOST_VALUES
        if is_kind and name not in taken and name not in table.times and column.filled == column.rows:
            values = rows.with_columns(column.series.alias("value"))
            remaining[name] = _overlapping(values, ["customer", "value"])
    best = min(remaining, key=lambda name: remaining[name], default="")
    if best and remaining[best] <= _REMAINING * whole:
        return best
    return next((name for name, column in table.columns.items() if column.is_unique and name not in taken), "")


def with_grace(
    rule: SubscriptionSettings, guesses: Sequence[Guess], unit: str, days: int
) -> tuple[SubscriptionSettings, tuple[Guess, ...]]:
    """The settings with the days of grace of what a customer has at once, by the column that tells it apart.

    Where that is the number of each term, a term runs to its last day and no further: its renewal has another number,
    and both would count for the days of grace.
    """
    about = "subscriptions.grace_days"
    evidence = f"customers have several terms at once, which {unit} tells apart; {days} days without another are an end"
    shown = Guess(about, str(days), 0.75, evidence, about)
    others = tuple(shown if guess.about == about else guess for guess in guesses)
    return rule.model_copy(update={"grace_days": days}), others


def _overlapping(rows: pl.DataFrame, unit: list[str]) -> float:
    """The share of the rows that begin before the one before them has ended."""
    ordered = rows.drop_nulls().sort(*unit, "begin", "end")
    before = pl.col("end").shift(1).over(unit)
    return share_of(ordered.select((pl.col("begin") < before).fill_null(value=False).alias("over"))["over"])
