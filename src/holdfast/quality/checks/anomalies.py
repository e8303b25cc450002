"""Rules about anomalies: outliers, times far away, units that change, stale tables."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View, count_filled, failing
from holdfast.quality.parsing.texts import FIRST_ROWS, MOST_WORDS

_FAR = 10  # interquartile ranges beyond the quartiles
_ENOUGH_ROWS = 20
_NAMES = {"customer_id", "order_id", "returned_order", "product"}
_STALE = timedelta(days=45)
_ROWS_A_MONTH = 30
_JUMP = 20.0  # cents for euros is 100, thousands for units 1,000; a season is 3
_BURST = 20


def _far_values(view: View) -> Iterator[RuleCount]:
    if view.height < _ENOUGH_ROWS:
        return
    for name in view.of_type(pl.Float64()):
        values = view.column(name)
        low, high = values.quantile(0.25), values.quantile(0.75)
        if low is None or high is None or high <= low:
            continue
        reach = _FAR * (high - low)
        far = ~pl.col(name).is_between(low - reach, high + reach)
        yield RuleCount(failing(far), count_filled(name), name)


def _constant(view: View) -> Iterator[RuleCount]:
    if view.height < _ENOUGH_ROWS or view.is_events:
        return
    for name in view.schema.names():
        if not name.startswith("_"):
            value = pl.col(name)
            yield RuleCount((value.drop_nulls().n_unique() == 1) & (value.null_count() == 0), 1, name)


def _words_alike(view: View) -> Iterator[RuleCount]:
    names = [name for name in view.of_type(pl.String()) if name not in _NAMES]
    # The first rows show that a column holds identifiers, which need no count.
    first = view.collect(view.table.select(names).head(FIRST_ROWS)) if names else pl.DataFrame()
    for name in names:
        if first[name].drop_nulls().n_unique() > MOST_WORDS:
            continue
        words = view.collect(view.table.select(name).drop_nulls().unique()).to_series()
        if len(words) <= MOST_WORDS:
            alike = words.str.to_lowercase().str.replace_all(r"[\s_-]+", " ").n_unique()
            yield RuleCount(len(words) - alike, len(words), name)


def _far_future(view: View) -> Iterator[RuleCount]:
    if view.is_events and view.span:
        recorded = pl.min_horizontal("happened_at", "known_at") if "known_at" in view.schema else pl.col("happened_at")
        is_due = pl.col("is_due") if view.schema.get("is_due") == pl.Boolean else pl.lit(value=False)
        yield RuleCount(failing((recorded > view.span.last) & ~is_due), column="happened_at")


def _far_past(view: View) -> Iterator[RuleCount]:
    if view.is_events and view.span:
        yield RuleCount(failing(pl.col("happened_at") < view.span.first), column="happened_at")


def _stale(view: View) -> Iterator[RuleCount]:
    if view.is_events and view.height and view.span:
        silent = pl.lit(view.span.last) - pl.col("happened_at").max() > _STALE
        yield RuleCount(silent.cast(pl.Int64), 1, "happened_at")


def _sudden_units(view: View) -> Iterator[RuleCount]:
    sizes = [name for name in ("amount", "unit_price", "quantity", "duration") if view.schema.get(name) == pl.Float64]
    if not view.is_events or view.height < _ENOUGH_ROWS or not sizes:
        return
    month = pl.col("happened_at").dt.truncate("1mo").alias("month")
    for name in sizes:  # one at a time, for medians need all values
        size = pl.col(name).abs().replace(0.0, None).median().alias("size")
        months = view.collect(view.table.group_by(month).agg(pl.len().alias("rows"), size).sort("month"))
        medians = months.filter(pl.col("rows") >= _ROWS_A_MONTH)["size"].drop_nulls()
        jump = medians / medians.shift()
        yield RuleCount(int(((jump > _JUMP) | (jump < 1 / _JUMP)).sum()), len(medians), name)


def _burst(view: View) -> Iterator[RuleCount]:
    if not view.is_events or view.height < _ENOUGH_ROWS:
        return
    days = view.table.group_by(pl.col("happened_at").dt.date().alias("day")).agg(pl.len().alias("rows"))
    rows = pl.col("rows")
    bursts, count = view.collect(
        days.select(failing((rows > _BURST * rows.median()) & (rows > 100)), pl.len().alias("days"))
    ).row(0)
    yield RuleCount(bursts, count, "happened_at")


ANOMALY_RULES: tuple[Rule, ...] = (
    Rule(
        "values not far off",
        Category.ANOMALIES,
        f"{{column}} lies within {_FAR} interquartile ranges of its middle half.",
        "Look at the greatest values of {table}.{column}; quality.cap_outliers caps them on training rows.",
        _far_values,
        Severity.NOTE,
    ),
    Rule(
        "columns vary",
        Category.ANOMALIES,
        "{column} holds more than one value.",
        "A constant tells nothing: move it to tables.{table}.ignore.",
        _constant,
        Severity.NOTE,
    ),
    Rule(
        "one spelling a word",
        Category.ANOMALIES,
        "No two values of {column} differ only in case, blanks, dashes or underscores.",
        "Write each value of {table}.{column} one way in the source.",
        _words_alike,
    ),
    Rule(
        "no far future",
        Category.FUTURE_ROWS,
        "No event lies far after all the others.",
        "A wrong year? Correct these rows, or set `cutoff: YYYY-MM-DD` in holdfast.yaml; they move no cutoff.",
        _far_future,
    ),
    Rule(
        "no far past",
        Category.ANOMALIES,
        "No event lies far before all the others.",
        "Dates such as 1900-01-01 often stand for not known: list them under tables.{table}.read.missing.",
        _far_past,
    ),
    Rule(
        "no burst of rows",
        Category.ANOMALIES,
        f"No day holds more than {_BURST} times the rows of a usual day.",
        "Find out whether the rows were loaded, rather than happened, on that day; known_at should say so.",
        _burst,
    ),
    Rule(
        "tables reach as far",
        Category.FRESHNESS,
        f"The table reaches to within {_STALE.days} days of the newest event of all tables.",
        "Fetch newer files of {table}; else its silence looks like leaving.",
        _stale,
    ),
    Rule(
        "units stay the same",
        Category.UNITS,
        f"The monthly median of {{column}} never jumps by more than a factor of {_JUMP:.0f}.",
        "Find out whether the unit of {table}.{column} changed (cents for euros, seconds for minutes).",
        _sudden_units,
        Severity.SEVERE,
    ),
)
