"""For how long prices are paid, measured from dates: the spans of terms, and the gaps between payments."""

from datetime import timedelta

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH

# Days of a term -> its name, and how far the calendar moves it.
TERMS: tuple[tuple[str, float, float], ...] = (
    ("day", 1.0, 0.2),
    ("week", 7.0, 1.2),
    ("14 days", 14.0, 1.6),
    ("28 days", 28.0, 0.4),
    ("month", DAYS_A_MONTH, 3.6),
    ("quarter", 3 * DAYS_A_MONTH, 6.0),
    ("6 months", 6 * DAYS_A_MONTH, 8.0),
    ("year", 12 * DAYS_A_MONTH, 12.0),
)
MEASURED: dict[str, pl.DataType] = {
    "plan": pl.String(),
    "price": pl.Float64(),
    "term": pl.String(),  # of TERMS; null where the dates show none
    "days": pl.Float64(),  # of that term
    "measured": pl.Int64(),  # spans or gaps that it is measured on
}
YEAR_FOR_MONTH = (8.0, 12.5)  # what a year costs, in prices of a month: up to four months are free
_NEAR = timedelta(days=1.5)  # an end on the last day of a term, or on the first after it
_WHOLE = 0.9  # share of spans that are whole months, from which on their length is a number of terms
_NEARLY_ALL = 0.95
_SPANS, _GAPS = 5, 3  # fewest that show the term of a price
_FIXED, _REGULAR = 0.8, 0.7  # share of spans, of gaps, that are one term
_LONG = ((12, "year"), (6, "6 months"), (3, "quarter"))


def usual_term(days: pl.Series) -> tuple[str, float]:
    """The term in which most gaps come, and the share of the gaps that are one; ("", 0) where there are none."""
    gaps = days.drop_nulls().cast(pl.Float64)
    gaps = gaps.filter(gaps > 0)
    if gaps.is_empty():
        return "", 0.0
    shares = {name: float(((gaps - length).abs() <= slack).sum()) / len(gaps) for name, length, slack in TERMS}
    best = max(shares, key=lambda name: shares[name])
    return (best, shares[best]) if shares[best] > 0 else ("", 0.0)


def days_of(term: str) -> float:
    """How many days a usual term has; a month's where it is none."""
    return next((length for name, length, _ in TERMS if name == term), DAYS_A_MONTH)


def is_some_term(days: pl.Series) -> pl.Series:
    """(rows,) whether a length is that of a usual term; null where it is not known."""
    frame = pl.DataFrame({"days": days.cast(pl.Float64)})
    near = [(pl.col("days") - length).abs() <= slack for _, length, slack in TERMS]
    return frame.select(pl.any_horizontal(near).alias("is_term")).to_series()


def terms_of_spans(rows: pl.DataFrame) -> pl.DataFrame:
    """The term of each price, where nearly all of its spans are whole numbers of it.

    Args:
        rows: plan, price, time, end; the end of a term, of several of them, or null.

    Returns:
        Columns of MEASURED, one row a plan and price.
    """
    spans = rows.filter(pl.col("end") > pl.col("time") + _NEAR)
    days = (pl.col("end") - pl.col("time")).dt.total_seconds() / 86_400
    spans = spans.with_columns(days=days).with_columns(
        number=(pl.col("days") / DAYS_A_MONTH).round().clip(1).cast(pl.Int64)
    )
    after = pl.col("time").dt.offset_by(pl.format("{}mo", "number"))
    is_whole = (after - pl.col("end")).abs() <= _NEAR
    by_price = spans.with_columns(is_whole=is_whole).group_by("plan", "price", maintain_order=True).agg(
        pl.len().alias("measured"),
        pl.col("is_whole").mean(),
        *((pl.col("is_whole") & (pl.col("number") % months == 0)).mean().alias(name) for months, name in _LONG),
        pl.col("days"),
    )  # fmt: skip
    terms = []
    for row in by_price.iter_rows(named=True):
        term = None
        if row["measured"] >= _SPANS and row["is_whole"] >= _WHOLE:
            term = next((name for _, name in _LONG if row[name] >= _NEARLY_ALL), "month")
        elif row["measured"] >= _SPANS:
            usual, share = usual_term(pl.Series(row["days"]))
            term = usual if share >= _FIXED else None
        terms.append(term)
    return _as_measured(by_price, terms)


def terms_of_gaps(rows: pl.DataFrame) -> pl.DataFrame:
    """The term of each price, where most payments of it come one term after the one before.

    Args:
        rows: unit, plan, price, time of payments.

    Returns:
        Columns of MEASURED, one row a plan and price.
    """
    of_price = ["unit", "plan", "price"]
    gaps = rows.sort("unit", "time").with_columns(
        gap=(pl.col("time").diff().over(of_price).dt.total_seconds() / 86_400)
    ).filter(pl.col("gap") > 0)  # fmt: skip
    # All prices at once: most logs of purchases have nearly as many prices as rows.
    near = {name: (pl.col("gap") - length).abs() <= slack for name, length, slack in TERMS}
    by_price = gaps.group_by("plan", "price", maintain_order=True).agg(
        pl.len().alias("measured"), *(is_near.mean().alias(name) for name, is_near in near.items())
    )
    share = pl.max_horizontal(*near)
    usual = pl.coalesce(pl.when(pl.col(name) == share).then(pl.lit(name)) for name in near)
    is_shown = (pl.col("measured") >= _GAPS) & (share >= _REGULAR)
    return _as_measured(by_price, by_price.select(pl.when(is_shown).then(usual)).to_series().to_list())


def _as_measured(by_price: pl.DataFrame, terms: list[str | None]) -> pl.DataFrame:
    days = {name: length for name, length, _ in TERMS}
    measured = by_price.with_columns(pl.Series("term", terms, dtype=pl.String))
    measured = measured.with_columns(
        pl.col("term").replace_strict(days, default=None, return_dtype=pl.Float64).alias("days")
    )
    return measured.select(pl.col(name).cast(dtype) for name, dtype in MEASURED.items())
