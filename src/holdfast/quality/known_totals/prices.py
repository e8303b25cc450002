"""The changes that other readings of what subscriptions cost are made of: of one or all, by month or term, a column."""

from collections.abc import Iterator, Mapping

import polars as pl

from holdfast.inference.subscriptions.prices.readings import (
    EACH,
    OF_INTERVALS,
    OF_TERMS,
    OF_UNITS,
    PriceReading,
    could_count,
)
from holdfast.quality.known_totals.readings import Change, Plain, set_value
from holdfast.settings import Settings
from holdfast.table_settings import THE_TERM, SubscriptionSettings, TableSettings
from holdfast.tables.mapping import ROW

_MOST_COLUMNS = 6  # of numbers that may count what a price is of, or be it


def changes_of_prices(raw: Mapping[str, pl.DataFrame], settings: Settings) -> list[Change]:
    """Every other reading of what the tables of subscriptions cost, the likeliest first.

    Args:
        raw: every table as the source wrote it.
        settings: with tables of subscriptions.
    """
    return [
        change
        for name, table in settings.tables.items()
        if table.subscriptions is not None and name in raw
        for change in _of_table(name, table, table.subscriptions, raw[name], settings)
    ]


def _of_table(
    name: str, table: TableSettings, rule: SubscriptionSettings, rows: pl.DataFrame, settings: Settings
) -> Iterator[Change]:
    numbers = _free_numbers(table, rows)
    counts = [source for source, values in numbers.items() if could_count(values)][:_MOST_COLUMNS]
    price = _price(table, settings)
    if not price:
        return
    if "quantity" in table.columns:
        yield from _settings(name, rule, OF_UNITS, price)
    for source in counts if "quantity" not in table.columns else ():
        yield _of_each(name, price, source)
    if "interval_count" in table.columns:
        yield from _settings(name, rule, OF_TERMS, price)
    for source in counts if "interval_count" not in table.columns else ():
        yield _of_term(name, price, source)
    if rule.interval in {each.value for each in OF_INTERVALS} and "interval_count" not in table.columns:
        yield from _settings(name, rule, OF_INTERVALS, price)
    for source in [each for each in numbers if each not in counts][:_MOST_COLUMNS] if "price" in table.columns else ():
        path = ("tables", name, "columns", "price")
        apply = set_value(*path, value={"from": source, "kind": "money"})
        yield Change((name, "price"), f"{source} as the price", apply, paths=(path,))


def _price(table: TableSettings, settings: Settings) -> str:
    """The column of the price, of the table or of one that it looks up; empty where none is known."""
    lookups = [other for other in settings.tables.values() if other.holds == "lookup"]
    own = next((each.columns["price"] for each in (table, *lookups) if "price" in each.columns), None)
    return own.source if own is not None else ""


def _free_numbers(table: TableSettings, rows: pl.DataFrame) -> dict[str, pl.Series]:
    """The columns of numbers that have no role yet."""
    used = {column.source for column in table.columns.values()}
    numbers = {}
    for source in rows.columns:
        if source in used or source == ROW or rows.schema[source].is_temporal() or rows.schema[source].is_nested():
            continue
        values = rows[source].cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        if values.null_count() == rows[source].null_count() and values.n_unique() > 1:
            numbers[source] = values
    return numbers


def _settings(
    name: str, rule: SubscriptionSettings, readings: tuple[PriceReading, ...], price: str
) -> Iterator[Change]:
    for reading in readings:
        present = getattr(rule, reading.setting)
        if reading.value != (present or THE_TERM):
            path = ("tables", name, "subscriptions", reading.setting)
            apply = set_value(*path, value=reading.value)
            yield Change((name, reading.setting), f"with {price} {reading.words}", apply, paths=(path,))


def _of_each(name: str, price: str, source: str) -> Change:
    """The price times a column of units."""
    column, each = ("tables", name, "columns", "quantity"), ("tables", name, "subscriptions", "price_of")

    def apply(plain: Plain) -> None:
        set_value(*column, value={"from": source, "kind": "number"})(plain)
        set_value(*each, value=EACH)(plain)

    return Change((name, "price_of"), f"with {price} x {source}", apply, paths=(column, each))


def _of_term(name: str, price: str, source: str) -> Change:
    """The price over a column of months."""
    column = ("tables", name, "columns", "interval_count")
    interval, per = (("tables", name, "subscriptions", setting) for setting in ("interval", "price_per"))

    def apply(plain: Plain) -> None:
        set_value(*column, value={"from": source, "kind": "number"})(plain)
        set_value(*interval, value="month")(plain)
        set_value(*per, value=THE_TERM)(plain)

    return Change((name, "price_per"), f"with {price} for the months of {source}", apply, paths=(column, interval, per))
