"""In which unit amounts are written: cents, thousands; by the names of their columns, or by a column that says it."""

# ruff: noqa: E501
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, TableGuess
from holdfast.inference.joins.pieces import lines_of
from holdfast.inference.money.hundredths import (
    HUNDREDTHS,
    Written,
    hundredfold_of,
    is_hundredfold_of_lines,
    question_of_cents,
    unit_by_other_amounts,
)
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import plain, says, whole_words
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_UNITS: tuple[tuple[float, str, str], ...] = (
    (0.01, "hundredths", HUNDREDTHS),
    (1_000.0, "thousands", r"thousands?|tsd|tausend|teur|t eur|tusd|tgbp|tchf|k ?eur|k ?usd|keuros?|milliers|miles de|migliaia|duizenden|tys"),
    (1_000_000.0, "millions", r"millions?|mio|mln|millionen|millones|milioni|miljoen"),
)  # fmt: skip
_PATTERNS = tuple((factor, shown, whole_words(words)) for factor, shown, words in _UNITS)
_EXPONENT_NAME = whole_words(r"exponent|decimals|decimal places|minor units?")
_BY_EXPONENT = {"2": (0.01, "hundredths"), "3": (0.001, "thousandths")}  # 0 is the currency's own unit
_UNIT_NAME = whole_words(r"units?|einheit|unite|unidad|unita")
_WITHIN = re.compile(r"\w\.\w")  # plan.amount: a field within a record, as programs exchange them
_OF_MONEY = frozenset({"transactions", "payments", "subscriptions"})
_MAIN = ("amount", "price", "unit_price")


def with_units(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables, with the factor by which their amounts are written in another unit than the currency's own.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    return tuple(_with_unit(table, tables, profiles) for table in tables)


def _with_unit(table: TableGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> TableGuess:
    main = next((column for name in _MAIN if (column := table.column(name)) is not None), None)
    columns = profiles[table.sample].columns
    if main is None or table.recipe or table.left_out or main.source not in columns:
        return table
    unit = _unit_of(main.source, columns) or _unit_by_lines(table, main, tables, profiles)
    unit = unit or _unit_by_other_tables(table, main, tables, profiles)
    if unit is None:
        return _with_question(table, main, columns)
    if unit[0] == 1.0:
        return table
    factor, shown = unit
    money = (table.money or MoneySettings()).model_copy(update={"scale": factor})
    evidence = f"{main.evidence}; written in {shown}, so multiplied by {factor:g}"
    return replace(
        table,
        money=money,
        subscriptions=_with_scaled_terms(table.subscriptions, factor),
        statuses=tuple(status.scaled(factor) for status in table.statuses),
        columns=tuple(
            replace(column, evidence=evidence) if column is main else _unscaled(column, factor, columns)
            for column in table.columns
        ),
    )


def _with_scaled_terms(rule: SubscriptionSettings | None, factor: float) -> SubscriptionSettings | None:
    """The settings of subscriptions; prices by which terms are listed are those that are compared, in whole units."""
    if rule is None or not rule.terms:
        return rule
    terms = tuple(
        term.model_copy(
            update={"when": {**term.when, "price": tuple(f"{float(each) * factor:.2f}" for each in term.when["price"])}}
        )
        if "price" in term.when
        else term
        for term in rule.terms
    )
    return rule.model_copy(update={"terms": terms})


def _with_question(table: TableGuess, main: ColumnGuess, columns: Mapping[str, Profile]) -> TableGuess:
    """The table with a question about its unit, where its amounts look like hundredths and its currency has them."""
    column = table.column(table.money.currency) if table.money is not None and table.money.currency else None
    is_said = any(says(name, _EXPONENT_NAME) for name in columns)
    if column is main or is_said or table.holds.value not in _OF_MONEY or main.source not in columns:
        return table
    most = ""
    if column is not None:
        codes = columns[column.source].series.cast(pl.String).drop_nulls().str.to_uppercase()
        most = str(codes.mode().sort().first()) if len(codes) else ""
    recurs = table.holds.value == "subscriptions"
    written = Written(most, is_within=bool(_WITHIN.search(main.source)), recurs=recurs)
    question = question_of_cents(f"{table.name}.money.scale", columns[main.source], written)
    if question is None:
        return table
    money = table.money or MoneySettings()
    return replace(table, money=money, settings_guesses=(*table.settings_guesses, question))


def _unit_by_other_tables(
    table: TableGuess, main: ColumnGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[float, str] | None:
    """Hundredths, or whole units, where the amounts are those of another table that are written with decimals."""
    others = [
        (other.name, profiles[other.sample].columns[column.source])
        for other in tables
        for column in other.columns
        if other is not table and not other.left_out and column.name in _MAIN
        and column.source in profiles[other.sample].columns and profiles[other.sample].columns[column.source].is_number
    ]  # fmt: skip
    for name, column in others:
        factor = unit_by_other_amounts(profiles[table.sample].columns[main.source], column)
        if factor is not None:
            return factor, f"hundredths ({column.source} in {name} holds a hundredth of them)"
    return None


def _unit_by_lines(
    table: TableGuess, main: ColumnGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[float, str] | None:
    """Hundredths, where the amounts are a hundred times the sums of their lines in another table."""
    for other in tables:
        link = other.parts_of
        order = None if link is None or link.table != table.name else table.column(link.their or link.on)
        lines = None if order is None else lines_of(other, profiles[other.sample])
        if order is None or lines is None or order.source not in profiles[table.sample].columns:
            continue
        if is_hundredfold_of_lines(profiles[table.sample], order.source, main.source, lines):
            return 0.01, f"hundredths (the lines in {other.name} come to a hundredth of them)"
    return None


def _unscaled(column: ColumnGuess, factor: float, columns: Mapping[str, Profile]) -> ColumnGuess:
    """A column of money in another unit as a plain number, which is not multiplied."""
    if column.kind is not Kind.MONEY or column.role:
        return column
    unit = _unit_of(column.source, columns)
    return column if unit is not None and unit[0] == factor else replace(column, kind=Kind.NUMBER)


def _unit_of(source: str, columns: Mapping[str, Profile]) -> tuple[float, str] | None:
    """The factor of a column's unit, and the unit in words; None where it is the currency's own or not known."""
    column = columns.get(source)
    if column is None:
        return None
    for factor, shown, pattern in _PATTERNS:
        if says(source, pattern) and (factor >= 1 or column.is_written_whole):
            return factor, shown
    stem = source.rpartition(".")[0]
    for name, other in columns.items():
        beside = (stem and name.startswith(f"{stem}.")) or name.startswith(source)
        if beside and name != source and says(name, _UNIT_NAME) and other.distinct == 1 and other.is_text_typed:
            text = plain(other.values[0])
            readings = ((factor, shown) for factor, shown, pattern in _PATTERNS if says(text, pattern))
            return next(readings, None) if column.is_written_whole else None
    beside_it = hundredfold_of(columns, source)
    if beside_it:
        return 0.01, f"hundredths ({beside_it} is a hundredth of it in each row)"
    return _unit_by_exponent(source, columns) if column.is_written_whole else None


def _unit_by_exponent(source: str, columns: Mapping[str, Profile]) -> tuple[float, str] | None:
    """The unit that a column of the currency's decimals says, the same in all rows; None where none says one."""
    for name, other in columns.items():
        if name != source and says(name, _EXPONENT_NAME) and other.distinct == 1 and other.filled == other.rows:
            unit = _BY_EXPONENT.get(other.values[0].removesuffix(".0"))
            if unit is not None:
                return unit[0], f"{unit[1]} ({name} is {other.values[0]})"
    return None
