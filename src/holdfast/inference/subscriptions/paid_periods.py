"""What the dates of periods say before any name: how long a term is, and which terms a customer has at once."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH, interval_months
from holdfast.inference.profiles.columns import Profile, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import Terms, prices_of
from holdfast.inference.subscriptions.dates.period_dates import PeriodDates, begins_of, ends_of
from holdfast.measured_terms import is_some_term

_FEWEST = 20  # rows that it is measured on
_STATED, _COUNTED = 0.97, 0.85  # share of the periods that are as long as said
_MOSTLY_PAID = 0.5  # share of the documents without a price of a term that are paid
_LONGEST_COUNT, _MOST_COUNTS = 366, 12  # units of a term, and different numbers of them
_SLACK_DAYS, _SLACK = 1.5, 0.04  # by which the calendar moves a term
_MOST_VALUES = 50
_FEW = 0.02  # share of the terms of a customer that overlap, up to which they follow each other
_LONGEST_TO_PAY = 92  # days; contracts of years may come once and cost what they cost
_NEXT_DAYS = (-1, 2)  # from the end of a term to the begin of the next
_SAME_PRICE = 0.011
_MOST_ALIKE = 0.3  # share of documents that another follows so, or that has the same amount
_REMAINING = 0.2  # of the overlaps, those that may remain


def begin_of_period(table: TableProfile, dates: PeriodDates) -> str:
    """The source of the begin of the period that is paid up to `paid_until`; empty where no time is a term before."""
    if not dates.paid_until:
        return ""
    due = table.timestamps(dates.paid_until)
    shares = {}
    for name in table.times:
        days = (due - table.timestamps(name)).dt.total_days() if name != dates.paid_until else None
        if days is not None and len(days.drop_nulls()) >= _FEWEST:
            shares[name] = share_of(is_some_term(days.filter(days != 0)))
    best = max(shares, key=lambda name: (shares[name], name != dates.begin), default="")
    return best if best and shares[best] >= _COUNTED else ""


def with_paid_periods(table: TableProfile, dates: PeriodDates, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms, where the dates of what is paid speak against the interval that is stated, or where none is.

    A column of numbers of which each row's period has as many units counts them. Without one the interval is left open,
    so that the dates decide by price.

    Args:
        table: the table.
        dates: its dates.
        terms: price and interval by their names.
        taken: source columns with another role.
    """
    begin = begin_of_period(table, dates)
    is_stated = terms.interval == "interval" and "interval_count" not in terms.sources
    if not begin or "price" not in terms.sources or not (is_stated or terms.lacks_interval):
        return terms
    due = table.timestamps(dates.paid_until)
    if dates.trial_until:  # the period of a trial is none that is paid
        due = due.set((due == table.timestamps(dates.trial_until)).fill_null(value=False), None)
    days = (due - table.timestamps(begin)).dt.total_days().cast(pl.Float64)
    unit = pl.repeat(1.0, table.rows, dtype=pl.Float64, eager=True)
    if is_stated:
        unit = interval_months(table.columns[terms.sources["interval"]].series.cast(pl.String), None).cast(pl.Float64)
        if _agrees(days, unit) >= _STATED or not _contradict(days, unit):
            return terms
    used = {*taken, *terms.sources.values(), *table.times}
    for name, column in table.columns.items():
        if name not in used and _may_count(column) and _agrees(days, unit * column.all_numbers) >= _COUNTED:
            words = f"{name} counts them: {begin} and {dates.paid_until} lie as far apart"
            sources = {**terms.sources, "interval_count": name}
            return replace(
                terms, sources=sources, interval=terms.interval or "month", evidence=(*terms.evidence, words)
            )
    if not is_stated:
        return terms
    interval = terms.sources["interval"]
    words = f"{begin} and {dates.paid_until} lie further apart than {interval} says"
    sources = {ours: source for ours, source in terms.sources.items() if ours != "interval"}
    return replace(terms, sources=sources, interval="", evidence=(words,))


def _may_count(column: Profile) -> bool:
    is_count = column.is_number and column.is_whole and 2 <= column.distinct <= _MOST_COUNTS
    return is_count and bool(column.numbers.is_between(1, _LONGEST_COUNT).all())


def _contradict(days: pl.Series, months: pl.Series) -> bool:
    """Whether the periods that are not as long as said are terms all the same; days of anything are no evidence."""
    rows = pl.DataFrame({"days": days, "said": months * DAYS_A_MONTH}).drop_nulls().filter(pl.col("days") > 0)
    others = rows.filter((pl.col("days") - pl.col("said")).abs() > _SLACK_DAYS + _SLACK * pl.col("said"))
    return share_of(is_some_term(others["days"])) >= _COUNTED


def _agrees(days: pl.Series, months: pl.Series) -> float:
    """The share of the periods that are as long as said; 0 where there are few."""
    rows = pl.DataFrame({"days": days, "said": months * DAYS_A_MONTH}).drop_nulls().filter(pl.col("days") > 0)
    if rows.height < _FEWEST:
        return 0.0
    near = (pl.col("days") - pl.col("said")).abs() <= _SLACK_DAYS + _SLACK * pl.col("said")
    return share_of(rows.select(near.alias("near"))["near"])


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


def are_documents(table: TableProfile, dates: PeriodDates, terms: Terms, customer: pl.Series) -> bool:
    """Whether rows are documents with a day by which they are due or on which they were paid, and no terms of anything.

    Of terms, most are followed by another one of the customer that begins where they end, or that costs the same.

    Args:
        table: the table.
        dates: its dates.
        terms: with the price.
        customer: (rows,) whose each row is.
    """
    ends = ends_of(table, dates)
    price = prices_of(table, terms) if "price" in terms.sources else _greatest_amount(table)
    if price is None or share_of(ends.is_not_null()) < (_COUNTED if "price" in terms.sources else _MOSTLY_PAID):
        return False
    rows = pl.DataFrame({"customer": customer, "begin": begins_of(table, dates), "end": ends, "price": price})
    rows = rows.drop_nulls()
    if middle_of((rows["end"] - rows["begin"]).dt.total_days().cast(pl.Float64)) > _LONGEST_TO_PAY:
        return False
    own = rows.with_row_index("row")
    pairs = own.join(own, on="customer", suffix="_next").filter(pl.col("row") != pl.col("row_next"))
    pairs = pairs.filter(pl.col("begin_next") > pl.col("begin"))  # what another one follows
    gap = (pl.col("begin_next") - pl.col("end")).dt.total_days()
    followed = pairs.group_by("row", "customer").agg(
        gap.is_between(*_NEXT_DAYS).any().alias("next"),
        ((pl.col("price_next") - pl.col("price")).abs() <= _SAME_PRICE).any().alias("alike"),
    )
    if followed["customer"].n_unique() < _FEWEST:
        return False
    return share_of(followed["next"]) < _MOST_ALIKE and share_of(followed["alike"]) < _MOST_ALIKE


def _greatest_amount(table: TableProfile) -> pl.Series | None:
    """(rows,) the numbers with cents that come to most, of a table in which no column is called a price."""
    amounts = [
        column.all_numbers
        for name, column in table.columns.items()
        if column.is_number and not column.is_whole and name not in table.times
    ]
    return max(amounts, key=lambda each: float(each.abs().sum()), default=None)


def _overlapping(rows: pl.DataFrame, unit: list[str]) -> float:
    """The share of the rows that begin before the one before them has ended."""
    ordered = rows.drop_nulls().sort(*unit, "begin", "end")
    before = pl.col("end").shift(1).over(unit)
    return share_of(ordered.select((pl.col("begin") < before).fill_null(value=False).alias("over"))["over"])
