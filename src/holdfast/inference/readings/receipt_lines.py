"""Receipts whose total, tax, cash and change stand in rows below the lines: only the lines are sold.

lines_alone(table, amount) -> the column that only the lines fill, and what shows it | None
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import ColumnGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_FEWEST = 20  # receipts
_NEARLY_ALL = 0.95
_LEAST, _MOST = 0.2, 0.9  # share of the rows that are lines
_CENT = 0.011


@dataclass(frozen=True)
class LinesAlone:
    """Which rows of a log count: those that fill a column, where that tells lines from their totals."""

    only: dict[str, tuple[str, ...]] = field(default_factory=dict)  # our name of the column -> any text
    shown: str = ""

    def notes(self, table: str) -> tuple[str, ...]:
        """What is done with the other rows, and why; empty where all count."""
        return (f"{table}: {self.shown}.",) if self.only else ()


def lines_alone(table: TableProfile, columns: Sequence[ColumnGuess]) -> LinesAlone:
    """The column of units that only lines fill, where another row of each receipt is the sum of its lines.

    Args:
        table: a log of sales.
        columns: as guessed, its amount among them.
    """
    amount = next((each.source for each in columns if each.role == "amount"), None)
    names = {each.source: each.name for each in columns}
    if amount is None:
        return LinesAlone()
    money = table.columns[amount].all_numbers
    for units in (name for name in _units(table, amount, money) if name in names):
        is_line = table.columns[units].series.is_not_null()
        for name, column in table.columns.items():
            if name in {units, amount, *table.times} or not column.could_name_things or column.is_unique:
                continue
            rows = pl.DataFrame({"key": as_keys(column), "amount": money, "line": is_line}).drop_nulls()
            receipts = rows.group_by("key").agg(
                pl.col("amount").filter("line").sum().alias("lines"),
                pl.col("amount").filter(~pl.col("line")).alias("others"),
            )
            if receipts.height < _FEWEST:
                continue
            is_there = (
                receipts.explode("others")
                .group_by("key")
                .agg(((pl.col("others") - pl.col("lines")).abs() <= _CENT).any().alias("is_there"))
            )
            agrees = share_of(is_there["is_there"].fill_null(value=False))
            if agrees >= _NEARLY_ALL:
                shown = (
                    f"rows without {units} are no lines: one of them is the sum of the lines of each {name} in "
                    f"{percent(agrees)} of them, so only rows with {units} count"
                )
                return LinesAlone({names[units]: ("*",)}, shown)
    return LinesAlone()


def _units(table: TableProfile, amount: str, money: pl.Series) -> Iterator[str]:
    """The columns that some rows lack, which times another one that the same rows lack are the amount."""
    partly = {
        name: column
        for name, column in table.columns.items()
        if name != amount and column.is_number and name not in table.times and _LEAST <= column.share_filled <= _MOST
    }
    for name, column in partly.items():
        if column.is_written_whole and any(
            _comes_to(column, price, money) for other, price in partly.items() if other != name
        ):
            yield name


def _comes_to(units: Profile, price: Profile, money: pl.Series) -> bool:
    rows = pl.DataFrame({"units": units.all_numbers, "price": price.all_numbers, "amount": money})
    same = share_of(rows["units"].is_null() == rows["price"].is_null())
    lines = rows.drop_nulls()
    product = share_of((lines["units"] * lines["price"] - lines["amount"]).abs() <= _CENT)
    return lines.height >= _FEWEST and same >= _NEARLY_ALL and product >= _NEARLY_ALL
