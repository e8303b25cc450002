"""The readings that the price of a subscription may have: `init` asks about them, known totals are sought by them."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.inference.profiles.columns import greatest_of, least_of
from holdfast.table_settings import THE_TERM

EACH, ALL = "each", "all"
_MOST = 100_000
_YEARS_OF_DATES = (1900, 2100)


@dataclass(frozen=True)
class PriceReading:
    """What a price is of, or for what time: one setting of a table of subscriptions, its value and its meaning."""

    setting: str
    value: str
    words: str


OF_UNITS = (PriceReading("price_of", EACH, "of one"), PriceReading("price_of", ALL, "of all of them"))
OF_TERMS = (
    PriceReading("price_per", "month", "for a month"),
    PriceReading("price_per", "year", "for a year"),
    PriceReading("price_per", THE_TERM, "for the whole term"),
)
OF_INTERVALS = tuple(
    PriceReading("interval", interval, f"paid by the {interval}") for interval in ("month", "quarter", "year")
)


def in_order(readings: Sequence[PriceReading], values: Sequence[str]) -> list[PriceReading]:
    """The readings with these values, in their order."""
    by_value = {each.value: each for each in readings}
    return [by_value[value] for value in values]


def could_count(numbers: pl.Series) -> bool:
    """Whether numbers may count what a price is of: whole, at least one, not always the same, no years.

    Args:
        numbers: of all rows, null where there is none.
    """
    filled = numbers.drop_nulls()
    if filled.n_unique() < 2 or least_of(filled) < 1 or greatest_of(filled) > _MOST:
        return False
    are_years = _YEARS_OF_DATES[0] <= least_of(filled) and greatest_of(filled) <= _YEARS_OF_DATES[1]
    return not are_years and bool((filled == filled.round()).all())
