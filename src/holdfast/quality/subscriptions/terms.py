"""What a row of a table of subscriptions says of its price and of its state, whatever the table's rows are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH, billing_interval, interval_months
from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.meanings import Meaning
from holdfast.settings import FILE_NAME
from holdfast.table_settings import BEGIN_TO_END, LISTED, THE_TERM, SubscriptionSettings, TableSettings

_SHORT_OF_A_MONTH = 0.12  # of a month: 27 to 31 days are a month
_A_CENT = 0.0051
_NEARLY = 0.99  # of an interval: weeks and days are parts of a month


@dataclass(frozen=True)
class Terms:
    """Rows with `months` and `interval_days` of a term and `monthly`, what a month costs."""

    rows: pl.DataFrame
    unknown_intervals: int  # rows whose interval cannot be read


def with_terms(rows: pl.DataFrame, rule: SubscriptionSettings, name: str) -> Terms:
    """Rows with the length of their term and what a month costs.

    Args:
        rows: read by the contract `subscriptions`; price, quantity, interval and interval_count are used.
        rule: `interval` names a column or a fixed interval; rows by month have a month's term.
        name: the table's name, for errors.

    Raises:
        HoldfastError: a setting names neither a column nor an interval, or prices stand for no known time.
    """
    column = _interval_column(rows, rule)
    rows = _with_price_of_one(rows, rule)
    rows = _with_price_of_interval(rows.with_columns(_months(rows, rule, column, name)), rule, name)
    is_given = pl.col(column).is_not_null() if column else pl.lit(value=bool(rule.interval))
    if rule.interval == LISTED and not column:  # what costs nothing needs no term
        is_given = (pl.col("price") > 0).fill_null(value=False) if "price" in rows.columns else pl.lit(value=False)
    unknown = int(rows.select((is_given & pl.col("months").is_null()).sum()).item())
    units = pl.col("quantity").fill_null(1.0) if "quantity" in rows.columns else pl.lit(1.0)
    price = pl.col("price") if "price" in rows.columns else pl.lit(None, pl.Float64)
    is_of_term = rule.price_per in {"", THE_TERM}
    per = None if is_of_term else billing_interval(rule.price_per)
    if not is_of_term and per is None:
        raise HoldfastError(
            f'{name}: "{rule.price_per}" names no length of time.',
            fix=f"In {FILE_NAME}: tables.{name}.subscriptions.price_per: month (or year, 7 days, term)",
        )
    paid_for = pl.lit(per.months) if per is not None else pl.col("months")
    plan = pl.col("plan") if "plan" in rows.columns else pl.lit(None, pl.String)
    columns = (
        (pl.col("months") * DAYS_A_MONTH).alias("interval_days"),
        (price * units / paid_for).alias("monthly"),
        plan.alias("plan"),
    )
    return Terms(rows.with_columns(columns), unknown)


def _with_price_of_interval(rows: pl.DataFrame, rule: SubscriptionSettings, name: str) -> pl.DataFrame:
    """Rows with the price that is paid for their own interval, where the settings name several columns of prices.

    Raises:
        HoldfastError: the settings name a length of time or a column that is none.
    """
    lengths = {column: billing_interval(interval) for interval, column in rule.prices.items()}
    for column, interval in lengths.items():
        if interval is None or column not in rows.columns or "price" not in rows.columns:
            raise HoldfastError(
                f'{name}: in subscriptions.prices "{column}" is no column, or stands beside no length of time.',
                fix=f"In {FILE_NAME}: tables.{name}.subscriptions.prices: {{month: price, year: price_of_a_year}}",
            )
    is_of_term = rule.price_per in {"", THE_TERM}
    months, paid = pl.col("months"), []
    for column, interval in sorted(lengths.items(), key=lambda each: -each[1].months if each[1] is not None else 0.0):
        if interval is not None:
            # What is paid for another time than the interval, a month of it for one, is not multiplied.
            times = months / interval.months if is_of_term else pl.lit(1.0)
            paid.append(pl.when(months >= interval.months * _NEARLY).then(pl.col(column) * times))
    return rows.with_columns(pl.coalesce(*paid, "price").alias("price")) if paid else rows


def _with_price_of_one(rows: pl.DataFrame, rule: SubscriptionSettings) -> pl.DataFrame:
    if rule.price_of == "each" or not {"price", "quantity"} <= set(rows.columns):
        return rows
    prices = {"price", *rule.prices.values()} & set(rows.columns)
    return rows.with_columns(
        pl.when(pl.col("quantity") > 0).then(pl.col(price) / pl.col("quantity")).otherwise(price).alias(price)
        for price in sorted(prices)
    )


def measured_months(rows: pl.DataFrame) -> pl.Expr:
    """How many months each row's own term has, from its begin to `paid_until` or `ended_at`; null where none is."""
    ends = [pl.col(name) for name in ("paid_until", "ended_at") if name in rows.columns]
    end = pl.coalesce(ends) if ends else pl.lit(None, TIME)
    length = (end - pl.col("happened_at")).dt.total_seconds() / (DAYS_A_MONTH * 86_400)
    is_whole = ((length - length.round()).abs() < _SHORT_OF_A_MONTH) & (length.round() >= 1)
    return pl.when(length > 0).then(pl.when(is_whole).then(length.round()).otherwise(length))


def _interval_column(rows: pl.DataFrame, rule: SubscriptionSettings) -> str:
    if rule.rows == "months":
        return ""
    if rule.interval in rows.columns:
        return rule.interval
    return "interval" if not rule.interval and "interval" in rows.columns else ""


def _months(rows: pl.DataFrame, rule: SubscriptionSettings, column: str, name: str) -> pl.Series:
    counts = rows["interval_count"] if "interval_count" in rows.columns else None
    if column:
        return interval_months(rows[column].cast(pl.String), counts)
    if rule.rows == "months":
        return pl.Series("months", [1.0]).new_from_index(0, rows.height)
    if rule.interval and billing_interval(rule.interval) is not None:
        return interval_months(pl.Series([rule.interval]).new_from_index(0, rows.height), counts)
    if rule.interval == BEGIN_TO_END:
        return rows.select(measured_months(rows).alias("months")).to_series()
    if rule.interval == LISTED:
        return _listed_months(rows, rule, name)
    setting = f"In {FILE_NAME}: tables.{name}.subscriptions.interval: month (or year, 7 days, or a column that says it)"
    if rule.interval:
        raise HoldfastError(
            f'{name}: "{rule.interval}" is neither a column of the table nor a billing interval.', fix=setting
        )
    if (
        "price" in rows.columns and rule.rows != "invoices" and rule.price_per in {"", THE_TERM}
    ):  # an invoice may say it by its own period
        raise HoldfastError(
            f"{name}: nothing says for how long a price is paid, so there is no monthly revenue.", fix=setting
        )
    return pl.Series("months", [None], dtype=pl.Float64).new_from_index(0, rows.height)


def _listed_months(rows: pl.DataFrame, rule: SubscriptionSettings, name: str) -> pl.Series:
    """(rows,) the months of the first entry of `terms` that fits; null where none does.

    Raises:
        HoldfastError: nothing is listed, or an entry names no interval or no column of the table.
    """
    months: list[pl.Expr] = []
    for number, term in enumerate(rule.terms):
        interval = billing_interval(term.interval)
        lacking = [column for column in term.when if column not in rows.columns]
        if interval is None or lacking:
            says = f'"{term.interval}" names no length of time' if interval is None else f"no column {lacking[0]}"
            raise HoldfastError(
                f"{name}: in subscriptions.terms {says}.",
                fix=f"In {FILE_NAME}: tables.{name}.subscriptions.terms, entry {number + 1}: "
                '{interval: year, when: {plan: ["Pro yearly"]}}',
            )
        fits = [_has_one_of(rows, column, values) for column, values in term.when.items()]
        months.append(pl.when(pl.all_horizontal(fits)).then(interval.months))
    if not months:
        raise HoldfastError(
            f"{name}: subscriptions.interval is {LISTED}, and no term is listed.",
            fix=f"In {FILE_NAME}: tables.{name}.subscriptions: interval: month (or year, 7 days), or terms: "
            '[{interval: year, when: {plan: ["Pro yearly"]}}]',
        )
    return rows.select(pl.coalesce(months).cast(pl.Float64).alias("months")).to_series()


def _has_one_of(rows: pl.DataFrame, column: str, values: Sequence[str]) -> pl.Expr:
    """Whether each row's value is one of those listed; numbers to the cent, texts whatever their case."""
    if rows.schema[column].is_numeric():
        numbers = pl.Series(values).str.replace_all(",", "").cast(pl.Float64, strict=False).drop_nulls()
        return pl.any_horizontal([(pl.col(column) - number).abs() < _A_CENT for number in numbers] or [pl.lit(False)])
    texts = [text.strip().lower() for text in values]
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase().is_in(texts).fill_null(value=False)


def meanings_of_rows(rows: pl.DataFrame, table: TableSettings) -> Mapping[str, pl.Series]:
    """Status column -> the meaning of each row's value, as text; null where the settings give it none."""
    meanings_by_column = {}
    for status in table.statuses:
        if status.column in rows.columns:
            texts = rows[status.column].cast(pl.String).str.strip_chars().str.to_lowercase()
            meanings = {text: meaning.value for text, meaning in status.meaning_of().items()}
            meanings_by_column[status.column] = texts.replace_strict(meanings, default=None, return_dtype=pl.String)
    return meanings_by_column


def first_meaning(rows: pl.DataFrame, table: TableSettings, meanings: frozenset[Meaning]) -> pl.Series:
    """The first of the row's meanings that is one of `meanings`; null where none is."""
    wanted = [meaning.value for meaning in meanings]
    columns = [
        values.alias(f"meaning_{position}") for position, values in enumerate(meanings_of_rows(rows, table).values())
    ]
    if not columns:
        return pl.Series("meaning", [None], dtype=pl.String).new_from_index(0, rows.height)
    frame = pl.DataFrame(columns)
    picked = [pl.when(pl.col(name).is_in(wanted)).then(name) for name in frame.columns]
    return frame.select(pl.coalesce(picked).alias("meaning")).to_series()


def next_renewal(begin: pl.Expr, moment: pl.Expr) -> pl.Expr:
    """The first day at or after a moment on which a term that began at `begin` ends.

    Reads the column `months`, the length of a term; null where it is not known.
    """
    months = pl.col("months")
    terms = ((moment - begin).dt.total_seconds() / (months * DAYS_A_MONTH * 86_400)).floor()
    # A calendar month may be longer or shorter than the mean one, by which the terms were counted.
    candidates = [term_after(begin, (terms + further) * months) for further in (0, 1, 2)]
    return pl.coalesce([pl.when(candidate >= moment).then(candidate) for candidate in candidates])


def term_after(begin: pl.Expr, months: pl.Expr) -> pl.Expr:
    """The moment so many months after another: of the calendar where they are whole, else in days."""
    whole = pl.when(months.is_not_null()).then(pl.format("{}mo", months.round().cast(pl.Int64)))
    in_days = begin + pl.duration(seconds=(months * DAYS_A_MONTH * 86_400).round().cast(pl.Int64))
    return pl.when((months - months.round()).abs() < 1e-9).then(begin.dt.offset_by(whole)).otherwise(in_days)
