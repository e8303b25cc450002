"""Plans with a price of a month and one of a year: each subscription costs the one of the interval that it is paid by.

with_prices_by_interval(table, terms, taken) -> terms, with the columns of the other prices by the interval of each

Which column is which is arithmetic: in nearly every row one is eight to twelve and a half times the other.
"""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from holdfast.billing_intervals import interval_months
from holdfast.formatting import percent
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import ENOUGH, Terms, says_monthly
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says

_FEWEST = 10  # rows with both prices
_FEW = 3  # rows that are paid by an interval
_MOST_COLUMNS = 8
_LEAST, _MOST = 0.65, 1.04  # of as many prices of a month: what a longer interval costs
_PER_MONTH = (0.5, 0.999)  # of the price of a month: what a month costs whoever pays by the year
_CENT = 0.011
# Interval -> its months.
_LONGER = {"quarter": 3, "6 months": 6, "year": 12}


def with_prices_by_interval(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms with a price for each interval, where a column says by which one each row is paid.

    Args:
        table: periods or events of subscriptions.
        terms: as their names say.
        taken: source columns with another role.
    """
    interval = terms.sources.get(terms.interval, "")
    if not interval or "price" not in terms.sources or "interval_count" in terms.sources:
        return terms
    months = interval_months(table.columns[interval].series.cast(pl.String), None)
    numbers = _prices(table, terms, taken)
    for base in _bases(numbers):
        others = {
            name: longer
            for name, length in _LONGER.items()
            if int((months == length).sum()) >= _FEW and (longer := _price_of(numbers, base, length))
        }
        if others and int((months == 1).sum()) >= _FEW:
            return _with_prices(numbers, terms, months, base, others)
    per_month = _price_a_month(numbers, terms, months)
    if per_month:
        shown = f"{per_month} is what a month costs whoever pays by the year"
        return replace(terms, prices={"year": per_month}, price_per="month", evidence=(*terms.evidence, shown))
    return terms


def _prices(table: TableProfile, terms: Terms, taken: Collection[str]) -> dict[str, pl.Series]:
    """The numbers that may be prices, by source; that of the price first."""
    used = {*taken, *(source for name, source in terms.sources.items() if name != "price")} - {terms.sources["price"]}
    chosen = terms.choices.get("price", ())
    names = [terms.sources["price"], *table.columns]
    return {
        name: column.all_numbers.cast(pl.Float64)
        for name in list(dict.fromkeys(names))
        if name not in used and name not in table.times
        and (column := table.columns[name]).is_number and column.flag is None
        and (name in chosen or _may_be_a_price(name))
    }  # fmt: skip


def _may_be_a_price(name: str) -> bool:
    is_price = says_monthly(name) or says(name, words.ARR) or says(name, words.PRICE)
    return is_price and not says(name, words.NOT_PRICE) and not says(name, words.REVENUE_A_MONTH)


def _bases(numbers: dict[str, pl.Series]) -> list[str]:
    """The columns that may be the price of a month, the one that is called so first."""
    return sorted(list(numbers)[:_MOST_COLUMNS], key=lambda name: not says_monthly(name))


def _price_of(numbers: dict[str, pl.Series], base: str, months: int) -> str:
    """The column of which nearly each row is as much as so many months cost, or less; empty where there is none."""
    for name in list(numbers)[:_MOST_COLUMNS]:
        ratios = _ratios(numbers, base, name) if name != base else pl.Series(dtype=pl.Float64)
        is_multiple = ratios.is_between(_LEAST * months, _MOST * months)
        if len(ratios) >= _FEWEST and share_of(is_multiple) >= ENOUGH:
            return name
    return ""


def _ratios(numbers: dict[str, pl.Series], low: str, high: str) -> pl.Series:
    rows = pl.DataFrame({"low": numbers[low], "high": numbers[high]}).drop_nulls()
    rows = rows.filter(pl.col("low") > 0, pl.col("high") > 0)
    return rows["high"] / rows["low"]


def _with_prices(
    numbers: dict[str, pl.Series], terms: Terms, months: pl.Series, base: str, others: dict[str, str]
) -> Terms:
    """The terms with these prices; with the one column that is the price of each row's own interval, where one is."""
    by_months = {1: base, **{_LONGER[name]: source for name, source in others.items()}}
    of_row = pl.DataFrame({"months of a term": months, **{each: numbers[each] for each in by_months.values()}})
    own = pl.coalesce([pl.when(pl.col("months of a term") == length).then(each) for length, each in by_months.items()])
    paid = of_row.select(own.alias("own")).to_series()
    for name, values in numbers.items():
        is_same = ((values - paid).abs() <= _CENT).drop_nulls()
        if name not in by_months.values() and len(is_same) >= _FEWEST and share_of(is_same) >= ENOUGH:
            shown = f"{name} is {' or '.join(by_months.values())}, whichever is of the interval of the row"
            return replace(
                terms, sources={**terms.sources, "price": name}, price_per="", choices=_but_price(terms),
                evidence=(*terms.evidence, shown),
            )  # fmt: skip
    shown = "; ".join(f"{source} is paid by the {name}" for name, source in others.items())
    share = share_of(months != 1)
    return replace(
        terms,
        sources={**terms.sources, "price": base},
        prices={"month": base, **others},
        price_per="",
        choices=_but_price(terms),
        evidence=(
            *terms.evidence,
            f"{base} is paid by the month, {shown}: {percent(share)} of the rows pay longer ones",
        ),
    )


def _but_price(terms: Terms) -> dict[str, tuple[str, ...]]:
    return {name: several for name, several in terms.choices.items() if name != "price"}


def _price_a_month(numbers: dict[str, pl.Series], terms: Terms, months: pl.Series) -> str:
    """The column of what a month costs whoever pays by the year, beside that of a month; empty where there is none."""
    base = terms.sources["price"]
    if int((months == 12).sum()) < _FEW or int((months == 1).sum()) < _FEW:
        return ""
    for name in list(numbers)[:_MOST_COLUMNS]:
        ratios = _ratios(numbers, base, name) if name != base and _is_of_a_year(name) else pl.Series(dtype=pl.Float64)
        if len(ratios) >= _FEWEST and share_of(ratios.is_between(*_PER_MONTH)) >= ENOUGH:
            return name
    return ""


def _is_of_a_year(name: str) -> bool:
    return says(name, words.ARR) or says(name, words.OF_A_YEAR)
