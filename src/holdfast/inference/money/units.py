"""In which unit amounts are written: cents, thousands; by the names of their columns, or by a column that says it."""

# ruff: noqa: E501
from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, TableGuess
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import plain, says, whole_words
from holdfast.table_settings import MoneySettings

_CENTS = r"cents?|minor(?: units?| currency)?|pence|pennies|centimes?|centavos?|centimos?|centesimi|groszy?|grosze|kopeks?|kopecks?|paise"
_UNITS: tuple[tuple[float, str, str], ...] = (
    (0.01, "hundredths", _CENTS),
    (1_000.0, "thousands", r"thousands?|tsd|tausend|teur|t eur|tusd|tgbp|tchf|k ?eur|k ?usd|keuros?|milliers|miles de|migliaia|duizenden|tys"),
    (1_000_000.0, "millions", r"millions?|mio|mln|millionen|millones|milioni|miljoen"),
)  # fmt: skip
_PATTERNS = tuple((factor, shown, whole_words(words)) for factor, shown, words in _UNITS)
_EXPONENT_NAME = whole_words(r"exponent|decimals|decimal places|minor units?")
_BY_EXPONENT = {"2": (0.01, "hundredths"), "3": (0.001, "thousandths")}  # 0 is the currency's own unit
_UNIT_NAME = whole_words(r"units?|einheit|unite|unidad|unita")
_MAIN = ("amount", "price", "unit_price")


def with_units(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables, with the factor by which their amounts are written in another unit than the currency's own.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    return tuple(_with_unit(table, profiles[table.sample].columns) for table in tables)


def _with_unit(table: TableGuess, columns: Mapping[str, Profile]) -> TableGuess:
    main = next((column for name in _MAIN if (column := table.column(name)) is not None), None)
    if main is None or table.recipe or table.left_out:
        return table
    unit = _unit_of(main.source, columns)
    if unit is None:
        return table
    factor, shown = unit
    money = (table.money or MoneySettings()).model_copy(update={"scale": factor})
    evidence = f"{main.evidence}; written in {shown}, so multiplied by {factor:g}"
    return replace(
        table,
        money=money,
        columns=tuple(
            replace(column, evidence=evidence) if column is main else _unscaled(column, factor, columns)
            for column in table.columns
        ),
    )


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
    return _unit_by_exponent(source, columns) if column.is_written_whole else None


def _unit_by_exponent(source: str, columns: Mapping[str, Profile]) -> tuple[float, str] | None:
    """The unit that a column of the currency's decimals says, the same in all rows; None where none says one."""
    for name, other in columns.items():
        if name != source and says(name, _EXPONENT_NAME) and other.distinct == 1 and other.filled == other.rows:
            unit = _BY_EXPONENT.get(other.values[0].removesuffix(".0"))
            if unit is not None:
                return unit[0], f"{unit[1]} ({name} is {other.values[0]})"
    return None
