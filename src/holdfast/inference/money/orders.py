"""Orders and their lines: what names the order of each, by name or by what is alike on its lines; what one is worth.

    order_of(table) -> source column | None
    lines_of_one(table) -> source column and what shows it | None
    line_total(measured, quantity, unit) -> the amount of a line: units times price, less its discount | None
    total_of_orders(table, names, order) -> the column to which the lines of each order come, with its charges | None

On the lines of one order its day, its sum and its buyer are the same, while articles and their prices differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.money.amounts import (
    ADDED,
    OFFERED,
    TAKEN_OFF,
    MoneyChoice,
    can_be_the_amount,
    refund_columns,
    word_of,
)
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ORDER_ID, QUANTITY, UNIT_PRICE

_FEWEST = 20  # orders of several lines
_NEARLY_ALL = 0.98
_SEVERAL, _MANY = 0.15, 0.95  # shares of different values among the lines of orders
_DIFFERS = 0.3  # share of the orders of several lines on which what is of a line differs
_FEWEST_LESS = 20  # lines on which something is taken off
_CENT = 0.011
_WHOLE = 100.0
_MOST_ORDERS, _MOST_CHARGES = 5_000, 5
_COMES_OUT = 0.95  # share of the orders to whose total their lines must come
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
    proven: list[tuple[float, LineTotal]] = []
    for name, column in measured.items():
        if name in {quantity, unit}:
            continue
        total = column.all_numbers
        for words, expected, is_less in _less_discounts(measured, {quantity, unit, name}, product):
            agrees = share_of((total - expected).abs() <= _CENT)
            if agrees >= _NEARLY_ALL and is_less.sum() >= _FEWEST_LESS:
                shown = f"{quantity} x {unit} {words} in {percent(agrees)} of the rows"
                proven.append((float(total.sum()), LineTotal(name, shown)))
    # What is left and what is taken off are each the product less the other; what is left is the greater one.
    return max(proven, key=lambda each: each[0])[1] if proven else None


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


def total_of_orders(table: TableProfile, names: Sequence[str], order: str | None) -> MoneyChoice | None:
    """The amount of a whole order that stands on each of its lines, by the sum of these; None where no sum comes out.

    Args:
        table: lines of orders.
        names: source columns that could be the money of a sale.
        order: the source column that names the order.
    """
    if order is None or table.columns[order].distinct == table.columns[order].filled or len(names) < 1:
        return None
    numbers = {
        name: column
        for name, column in table.columns.items()
        if column.is_number and name != order and name not in table.times
    }
    orders = _orders_of_several_lines(table, order, list(numbers))
    if orders.height < _FEWEST:
        return None
    alike = {name for name in numbers if share_of(orders[f"different {name}"] <= 1) >= _NEARLY_ALL}
    totals = [name for name in names if name in alike and can_be_the_amount(name, numbers[name])]
    lines = [name for name in numbers if name not in alike and word_of(name) in OFFERED]
    proven = [
        (float(orders[f"first {total}"].sum()), total, proof)
        for total in totals
        for line in (*lines, _PRODUCT)
        if (proof := _sum_of_lines(orders, total, line, alike, list(numbers)))
    ]
    if not proven:
        return None
    _, total, proof = max(proven)
    choices = (total, *(name for name in names if name != total))
    evidence = f"{proof}; it stands on each line of {order}, so it counts once for each"
    return MoneyChoice(total, 0.95, evidence, choices, refund_columns(table), order)


_PRODUCT = "units times price"


def _orders_of_several_lines(table: TableProfile, order: str, names: Sequence[str]) -> pl.DataFrame:
    """One row an order: of each column its first value, its sum, and how many different values it has."""
    rows = pl.DataFrame([table.columns[name].all_numbers.alias(name) for name in names])
    units = [rows[name] for name in names if says(name, QUANTITY)]
    prices = [rows[name] for name in names if says(name, UNIT_PRICE)]
    product = units[0] * prices[0] if len(units) == len(prices) == 1 else pl.lit(None, pl.Float64)
    rows = rows.with_columns(as_keys(table.columns[order]).alias("order"), product.alias(_PRODUCT)).drop_nulls("order")
    several = rows.filter(pl.len().over("order") > 1)
    first = several["order"].unique(maintain_order=True).head(_MOST_ORDERS)
    every = [*names, _PRODUCT]
    return (
        several.filter(pl.col("order").is_in(first.implode()))
        .group_by("order")
        .agg(
            *(pl.col(name).drop_nulls().first().alias(f"first {name}") for name in every),
            *(pl.col(name).sum().alias(f"sum {name}") for name in every),
            *(pl.col(name).drop_nulls().n_unique().alias(f"different {name}") for name in every),
        )
    )


def _sum_of_lines(orders: pl.DataFrame, total: str, line: str, alike: set[str], names: Sequence[str]) -> str:
    """In words, that an order's total is the sum of its lines with charges; empty where it is not."""
    charges = [
        (name, 1.0 if word_of(name) in ADDED else -1.0,
         orders[f"{'first' if name in alike else 'sum'} {name}"].fill_null(0.0))
        for name in names
        if name not in {total, line} and word_of(name) in {*ADDED, *TAKEN_OFF}
    ]  # fmt: skip
    charges = [each for each in charges if bool((each[2] != 0).any())][:_MOST_CHARGES]
    for size in range(len(charges) + 1):
        for chosen in combinations(charges, size):
            summed = orders[f"sum {line}"]
            for _, sign, charge in chosen:
                summed = summed + sign * charge.abs()
            agrees = share_of((orders[f"first {total}"] - summed).abs() <= _CENT)
            if agrees >= _COMES_OUT:
                terms = "".join(f" {'+' if sign > 0 else '-'} {name}" for name, sign, _ in chosen)
                return f"{total} = the sum of {line} of an order's lines{terms} in {percent(agrees)} of the orders"
    return ""
