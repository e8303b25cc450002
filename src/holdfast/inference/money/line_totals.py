"""The amount of a line by arithmetic: units times price, less a discount in percent or in money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of

_NEARLY_ALL = 0.98
_FEWEST = 20  # lines on which something is taken off
_CENT = 0.011
_WHOLE = 100.0


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
            if agrees >= _NEARLY_ALL and is_less.sum() >= _FEWEST:
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
