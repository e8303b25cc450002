"""Customers whose numbers are spelt in several ways: 123-456-78-90, PL 1234567890 and 1234567890."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.inference.guesses import ColumnGuess, TableGuess
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile

_OTHERWISE = "spelt in several ways, so only its letters and digits count"


def with_one_spelling(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables; where one of them spells customers in several ways, all are read by their letters and digits.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    several = [
        column.spelling
        for table in tables
        if not table.recipe and not table.left_out
        for column in [_customers(table, profiles)]
        if column is not None and column.spelling is not None
    ]
    if not several:
        return tuple(tables)
    prefixes = tuple(sorted({prefix for each in several for prefix in each}))
    return tuple(
        replace(table, columns=tuple(_spelt(column, prefixes) for column in table.columns)) for table in tables
    )


def _customers(table: TableGuess, profiles: Mapping[str, TableProfile]) -> Profile | None:
    column = table.column("customer_id")
    return None if column is None else profiles[table.sample].columns.get(column.source)


def _spelt(column: ColumnGuess, prefixes: tuple[str, ...]) -> ColumnGuess:
    if column.name != "customer_id":
        return column
    country = f", without {', '.join(prefixes)} in front" if prefixes else ""
    evidence = f"{column.evidence}; {_OTHERWISE}{country}"
    return replace(column, letters_and_digits=True, without_prefix=prefixes, evidence=evidence)
