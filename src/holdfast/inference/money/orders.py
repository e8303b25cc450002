"""Orders and their lines: what names the order of each, by name or by what is alike on its lines; what one is worth.

    order_of(table) -> source column | None
    lines_of_one(table) -> source column and what shows it | None
    line_total(measured, quantity, unit) -> the amount of a line: units times price, less its discount | None

On the lines of one order its day, its sum and its buyer are the same, while articles and their prices differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ORDER_ID

_FEWEST = 20  # orders of several lines
_NEARLY_ALL = 0.98
_SEVERAL, _MANY = 0.15, 0.95  # shares of different values among the lines of orders
_DIFFERS = 0.3  # share of the orders of several lines on which what is of a line differs
_FEWEST_LESS = 20  # lines on which something is taken off
_CENT = 0.011
_WHOLE = 100.0
_FEWEST_ALIKE, _FEWEST_DIFFERENT = 3, 2  # columns


def order_of(table: TableProfile) -> str | None:
    """The source column that names the order of a row; None where no column does."""
    named = next((name for name in table.columns if says(name, ORDER_ID)), None)
    if named is not None:
        return named
    by_lines = lines_of_one(table)
    return None if by_lines is None else by_lines[0]


def lines_of_one(table: TableProfile) -> tuple[str, str] | None:
    """The column whose values stand on the lines of one order each, and what shows it; None where none does."""
    for name, column in table.columns.items():
        if name in table.times or not _may_number_orders(column):
            continue
        alike, different = _columns_by_order(table, name)
        is_dated = any(each in table.times for each in alike)
        is_worth = any(table.columns[each].is_number and each not in table.times for each in alike)
        if is_dated and is_worth and len(alike) >= _FEWEST_ALIKE and len(different) >= _FEWEST_DIFFERENT:
            shown = f"{', '.join(alike[:3])} are the same on all lines of one, {', '.join(different[:2])} differ"
            return name, f"{column.distinct:,} different ones over {column.filled:,} rows; {shown}"
    return None


def _may_number_orders(column: Profile) -> bool:
    is_code = column.is_whole or column.is_code
    is_of_several = _SEVERAL <= column.share_distinct <= _MANY
    if not (column.could_name_things and is_code and is_of_several and column.share_filled >= _NEARLY_ALL):
        return False
    runs = column.series.rle_id().n_unique()  # the lines of an order stand together
    return column.distinct >= _NEARLY_ALL * runs


def _columns_by_order(table: TableProfile, name: str) -> tuple[list[str], list[str]]:
    """The columns that hold one value on all lines of each order, and those that differ on them."""
    keys = as_keys(table.columns[name])
    others = [each for each, column in table.columns.items() if each != name and column.distinct > 1]
    rows = table.sample.frame.select(others).with_columns(keys.alias("_order")).drop_nulls("_order")
    counts = rows.group_by("_order").agg(pl.len().alias("_lines"), pl.col(others).n_unique())
    several = counts.filter(pl.col("_lines") > 1)
    if several.height < _FEWEST:
        return [], []
    alike = [each for each in others if share_of(several[each] == 1) >= _NEARLY_ALL]
    different = [each for each in others if share_of(several[each] > 1) >= _DIFFERS]
    return alike, different


@dataclass(frozen=True)
class LineTotal:
    """The column of what a line comes to."""

    source: str
    evidence: str


def line_total(measured: Mapping[str, Profile], quantity: str, unit: str) -> LineTotal | None:
    """The column that is units times price less a discount in nearly every row; None where there is none.

    Args:
        measured: its columns of measures, by source.
        quantity: the source column of the units.
        unit: that of the price of one.
    """
    product = measured[quantity].all_numbers * measured[unit].all_numbers
    for name, column in measured.items():
        if name in {quantity, unit}:
            continue
        total = column.all_numbers
        for words, expected, is_less in _less_discounts(measured, {quantity, unit, name}, product):
            agrees = share_of((total - expected).abs() <= _CENT)
            if agrees >= _NEARLY_ALL and is_less.sum() >= _FEWEST_LESS:
                return LineTotal(name, f"{quantity} x {unit} {words} in {percent(agrees)} of the rows")
    return None


def _less_discounts(
    measured: Mapping[str, Profile], taken: set[str], product: pl.Series
) -> Iterator[tuple[str, pl.Series, pl.Series]]:
    """What a line comes to by each column that could be its discount, in words and numbers; and where it is less."""
    for name, column in measured.items():
        if name in taken or least_of(column.numbers) < 0:
            continue
        off = column.all_numbers.fill_null(0.0)
        if greatest_of(column.numbers) <= _WHOLE:
            yield f"less {name} percent of it", product * (1 - off / _WHOLE), off > 0
        yield f"less {name}", product - off, off > 0
