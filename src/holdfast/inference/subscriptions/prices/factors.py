"""Whole numbers beside a price that it may be multiplied by or contain: seats, licences, months of a term.

with_factors(table, terms, taken) -> terms with what the numbers are, and the questions that rows do not settle

No such number is passed over in silence: prices that take few values once they are divided by it contain it, prices
that stay the same whatever it is are of one; where neither shows, the readings are asked about.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import mul

import polars as pl

from holdfast.inference.guesses import Guess
from holdfast.inference.profiles.columns import greatest_of, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import ENOUGH, Terms, plan_of
from holdfast.inference.subscriptions.prices.readings import ALL, EACH, OF_UNITS, could_count, in_order
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.table_settings import THE_TERM

_FEWEST = 30  # rows whose prices are compared
_ALIKE = 3  # rows of one price from which on it is a price of a list
_FEWER = 0.6  # of the prices, as many as remain once they are divided by what they contain
_MOST_TRIED = 6  # columns that are divided by, one or two at a time
_GOES_WITH, _GOES_ITS_OWN_WAY = 0.8, 0.3  # correlation of prices and numbers within a plan
_OF_SEVERAL = 4  # different numbers from which on a column of an unknown name may count what is paid for
_OF_ONE = 0.05  # share of the rows that have one of it
# Months that contracts are for.
_LENGTHS = (
    1.0,
    2.0,
    3.0,
    4.0,
    6.0,
    9.0,
    12.0,
    18.0,
    24.0,
    30.0,
    36.0,
    48.0,
    60.0,
    72.0,
    84.0,
    96.0,
    120.0,
)


@dataclass(frozen=True)
class _Factor:
    """A whole number beside a price."""

    source: str
    unit: str = ""  # "month" or "year" where it is the length of a term
    is_named: bool = False  # its name says what it counts

    @property
    def column(self) -> str:
        """Its column among the rows, where a source column may be called as another one of them is."""
        return f"counted {self.source}"


def with_factors(table: TableProfile, terms: Terms, taken: Collection[str]) -> tuple[Terms, tuple[Guess, ...]]:
    """The terms with what the whole numbers beside the price are, and what remains to be asked of them.

    Args:
        table: periods of subscriptions.
        terms: as their names say.
        taken: source columns with another role.
    """
    price = terms.sources.get("price", "")
    if not price or terms.choices.get("price") or says(price, words.REVENUE_A_MONTH):
        return terms, ()
    factors = _factors(table, {*taken, *terms.sources.values()})
    rows = _rows(table, terms, price, factors)
    if not factors or rows.height < _FEWEST:
        return terms, ()
    within = _within(rows, factors)
    bare = rows.with_columns(price=pl.col("price") / _product("units", *(each.column for each in within)))
    for factor in within:
        terms = _containing(terms, price, factor)
    others = [factor for factor in factors if factor not in within]
    length = next((each for each in others if each.unit and each.is_named), None)
    if length is not None and terms.lacks_interval and _stays(bare, length):
        terms = _of_length(terms, length)
    if "quantity" in terms.sources:
        return terms, ()
    return _of_units(terms, price, bare, [factor for factor in others if not factor.unit])


def _factors(table: TableProfile, taken: Collection[str]) -> list[_Factor]:
    """The columns that may count what a price is of, those that say so first."""
    named, others = [], []
    for name, column in table.columns.items():
        is_free = name not in taken and name not in table.times and column.flag is None
        if not is_free or not column.is_written_whole or column.has_leading_zeros or column.is_unique:
            continue
        if column.share_filled < ENOUGH or not could_count(column.all_numbers):
            continue
        unit = _unit_of(name, column.numbers)
        if unit or says(name, words.SEATS):
            named.append(_Factor(name, unit, is_named=True))
        elif not says(name, words.NO_UNITS):
            others.append(_Factor(name))
    return [*named, *others][:_MOST_TRIED]


def _unit_of(name: str, numbers: pl.Series) -> str:
    """The unit of the length of a term, by its name and its values; empty where a column is none."""
    if says(name, words.YEARS) and greatest_of(numbers) <= 10:  # longer ones are ages
        return "year"
    is_length = says(name, words.TERM_MONTHS) or says(name, words.TERM_ALONE) or says(name, words.MONTHS)
    return "month" if is_length and bool(numbers.is_in(_LENGTHS).all()) else ""


def _rows(table: TableProfile, terms: Terms, price: str, factors: Sequence[_Factor]) -> pl.DataFrame:
    """plan, price, units, and each factor: of rows that cost something."""
    interval = terms.sources.get("interval", "")
    every = table.columns[interval].series.cast(pl.String) if interval else plan_of(table, terms)
    quantity = terms.sources.get("quantity", "")
    is_in_all = bool(quantity) and terms.covers_all
    units = table.columns[quantity].all_numbers if is_in_all else pl.repeat(1.0, table.rows, eager=True)
    frame = pl.DataFrame(
        {
            "plan": plan_of(table, terms).fill_null(""),
            "interval": every.fill_null(""),
            "price": table.columns[price].all_numbers,
            "units": units.cast(pl.Float64).fill_null(1.0),
            **{each.column: table.columns[each.source].all_numbers.cast(pl.Float64) for each in factors},
        }
    )
    return (
        frame.with_columns(plan=pl.concat_str("plan", "interval", separator="\x1f"))
        .drop("interval")
        .drop_nulls()
        .filter(pl.col("price") > 0, pl.col("units") > 0)
    )


def _listed(rows: pl.DataFrame, price: pl.Expr) -> int:
    """How many prices a plan has, by another reading of them; 0 where they are no prices of a list."""
    prices = rows.select("plan", price.round(2).alias("price")).group_by("plan", "price").len()
    usual = prices.filter(pl.col("len") >= _ALIKE)
    return usual.height if int(usual["len"].sum()) >= ENOUGH * rows.height else 0


def _within(rows: pl.DataFrame, factors: Sequence[_Factor]) -> tuple[_Factor, ...]:
    """The factors by which prices are divided to become those of a list; none where they are that already."""
    present = rows.select("plan", "price").n_unique()
    best: tuple[int, tuple[_Factor, ...]] = (int(_FEWER * present) + 1, ())
    for number in (1, 2):
        for several in combinations(factors, number):
            by = _product(*(each.column for each in several))
            listed = _listed(rows, pl.col("price") / by)
            if listed and (listed < best[0] if number == 1 else listed <= _FEWER * best[0]):
                best = (listed, several)
    return best[1]


def _product(*names: str) -> pl.Expr:
    return reduce(mul, map(pl.col, names))


def _stays(rows: pl.DataFrame, factor: _Factor) -> bool:
    """Whether prices stay the same whatever the factor is."""
    return _listed(rows, pl.col("price")) > 0 and _varies(rows, factor)


def _varies(rows: pl.DataFrame, factor: _Factor) -> bool:
    """Whether one price of one plan stands beside several numbers; else the number is one of the plan."""
    several = rows.group_by("plan", pl.col("price").round(2)).agg(
        pl.len(), pl.col(factor.column).n_unique().alias("numbers")
    )
    of_some = several.filter(pl.col("len") >= _ALIKE)
    return share_of(of_some["numbers"] > 1) > 1 / 2


def _containing(terms: Terms, price: str, factor: _Factor) -> Terms:
    """The terms with a factor that the price contains."""
    if factor.unit:
        shown = f"{price} is of all {factor.unit}s of {factor.source}: divided by them it takes few values"
        return replace(_of_length(terms, factor), price_per=THE_TERM, evidence=(*terms.evidence, shown))
    shown = f"{price} is of all {factor.source}: divided by them it takes few values"
    terms = replace(terms, evidence=(*terms.evidence, shown))
    if terms.interval or "quantity" in terms.sources:
        return terms
    return replace(terms, sources={**terms.sources, "quantity": factor.source}, covers_all=True)


def _of_length(terms: Terms, factor: _Factor) -> Terms:
    """The terms, each as long as the factor says."""
    sources = {name: source for name, source in terms.sources.items() if name != "interval"}
    return replace(terms, sources={**sources, "interval_count": factor.source}, interval=factor.unit)


def _of_units(
    terms: Terms, price: str, rows: pl.DataFrame, factors: Sequence[_Factor]
) -> tuple[Terms, tuple[Guess, ...]]:
    """The terms with how many the price is of, and whether it is of one or of all where rows do not settle it."""
    is_said = says(price, words.PRICE_OF_ONE)
    for factor in factors:
        stays, goes_with = _stays(rows, factor), _correlation(rows, factor)
        if goes_with >= _GOES_WITH or not (factor.is_named or (stays and _may_count(rows, factor))):
            continue
        if not _varies(rows, factor) and (stays or not factor.is_named):
            continue
        counted = replace(terms, sources={**terms.sources, "quantity": factor.source})
        if factor.is_named and (stays or is_said):
            why = "its name says so" if is_said else "it does not grow with them"
            shown = f"{price} is of one of {factor.source}: {why}"
            return replace(counted, evidence=(*terms.evidence, shown)), ()
        order = (EACH, ALL) if abs(goes_with) <= _GOES_ITS_OWN_WAY else (ALL, EACH)
        return replace(counted, covers_all=order[0] == ALL), (_question(price, factor, rows, order),)
    return terms, ()


def _may_count(rows: pl.DataFrame, factor: _Factor) -> bool:
    """Whether numbers under an unknown name are spread as those of what is paid for: many have one of it, few many."""
    numbers = rows[factor.column]
    is_skewed = middle_of(numbers) <= float(numbers.sum()) / max(1, len(numbers))
    return numbers.n_unique() >= _OF_SEVERAL and share_of(numbers == 1) >= _OF_ONE and is_skewed


def _correlation(rows: pl.DataFrame, factor: _Factor) -> float:
    """How prices go with a factor within the plans, from -1 to 1."""
    ranks = rows.select(
        price=pl.col("price").rank().over("plan") / pl.len().over("plan"),
        number=pl.col(factor.column).rank().over("plan") / pl.len().over("plan"),
    )
    correlation = ranks.select(pl.corr("price", "number")).item()
    return 0.0 if correlation is None or math.isnan(correlation) else float(correlation)


def _question(price: str, factor: _Factor, rows: pl.DataFrame, order: tuple[str, ...]) -> Guess:
    """Whether a price is of one or of all, with what each comes to."""
    sums = {ALL: float(rows["price"].sum()), EACH: float((rows["price"] * rows[factor.column]).sum())}
    shown = ", ".join(f"{each.words} ({each.value}): {sums[each.value]:,.2f}" for each in in_order(OF_UNITS, order))
    about = "subscriptions.price_of"
    evidence = (
        f"{factor.source} may count what {price} is of, and the rows do not settle whether {price} grows with it; all "
        f"rows together if {price} is {shown}"
    )
    return Guess(about, order[0], 0.5, evidence, about, order)
