"""Records of one customer as plain values, checked strictly, as the tables that a project's files would have given."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.settings import Settings
from holdfast.tables.mapping import ROW

Records = Mapping[str, Sequence[Mapping[str, Any]]]  # table -> its rows: column of the file -> value
Kinds = frozenset[tuple[str, str, str]]  # table, column, what it holds
MOST_RECORDS = 20_000  # of one customer
_LARGEST = 2**63
_SHOWN = 8
TEXTS = "texts"  # or nothing at all
_TYPES_OF_TEXTS = {str, type(None)}
_KINDS = ((str, TEXTS), (bool, "yes or no"), (int, "numbers"), (float, "numbers"))  # a bool is an int, too


@dataclass(frozen=True)
class RecordLayout:
    """The columns of each table of a project's files, and what is read beside them."""

    columns: Mapping[str, tuple[str, ...]]  # of the tables that hold customers or their events
    needed: Mapping[str, tuple[str, ...]]  # columns that every row must fill: whose it is, and when
    empty: Mapping[str, pl.DataFrame]  # the same tables without rows
    beside: Mapping[str, pl.DataFrame]  # lookups, rates, old and new ids: the same for every customer

    @classmethod
    def of(cls, raw: Mapping[str, pl.DataFrame], settings: Settings) -> "RecordLayout":
        """The layout of the raw tables of a run."""
        holding = {name: table.holds for name, table in settings.tables.items()}
        own = [name for name in raw if holding.get(name, "lookup") != "lookup"]
        needed = {
            name: tuple(
                column.source
                for ours, column in settings.tables[name].columns.items()
                if ours in {"customer_id", "happened_at"} and not settings.tables[name].through
            )
            for name in own
        }
        columns = {name: tuple(column for column in raw[name].columns if column != ROW) for name in own}
        empty = {name: raw[name].clear() for name in own}
        return cls(columns, needed, empty, {name: raw[name] for name in raw if name not in own})

    def in_columns(self, records: Records) -> "RecordColumns":
        """A customer's records, checked, as the columns of each table.

        Raises:
            HoldfastError: a table or column that the files do not have, a value of the wrong type, too many rows.
        """
        unknown = [name for name in records if name not in self.columns]
        if unknown:
            raise HoldfastError(
                f"records: no table {unknown[0]!r} in this project.", fix=f"Use {', '.join(self.columns)}."
            )
        heights = {name: len(rows) for name, rows in records.items() if rows}
        rows = sum(heights.values())
        if not rows:
            raise HoldfastError("records: no row.", fix=f"Send rows of {', '.join(self.columns)}.")
        if rows > MOST_RECORDS:
            raise HoldfastError(
                f"records: {plural(rows, 'row')} of one customer; {MOST_RECORDS:,} may be sent.",
                fix="Score them from a file: holdfast score DIR --data FILE --out FILE.",
            )
        values = {name: self._values(name, records[name]) for name in heights}
        kinds = frozenset(
            (table, name, kind)
            for table, columns in values.items()
            if not {*map(type, chain.from_iterable(columns.values()))} <= _TYPES_OF_TEXTS
            for name, column in columns.items()
            if (kind := _kind(table, name, column)) != TEXTS
        )
        return RecordColumns(heights, values, kinds)

    def frames(self, several: Sequence["RecordColumns"]) -> dict[str, pl.DataFrame]:
        """The tables of the records of customers, one customer after the other; columns as the files have them.

        Args:
            several: records of the same kinds.

        Returns:
            Of the tables that anybody has rows of.
        """
        return {
            table: self._frame(table, present)
            for table in self.columns
            if (present := [records for records in several if table in records.heights])
        }

    def _values(self, table: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
        """Column -> its values, of the columns that any row has."""
        are_dicts = {*map(type, rows)} == {dict}  # as nearly all are
        for index, row in enumerate(rows if not are_dicts else ()):
            if not isinstance(row, Mapping):
                where = f"records.{table}[{index}]"
                raise HoldfastError(f"{where}: no object.", fix='Send each row as {"column": value, ...}.')
        names, columns = [*rows[0]], dict[str, Sequence[Any]]()
        if all(map(names.__eq__, map(list, rows))):  # as rows of one file are written
            columns = dict(zip(names, zip(*(row.values() for row in rows), strict=True), strict=True)) if names else {}
        else:
            names = [*dict.fromkeys(name for row in rows for name in row)]
            columns = {name: [row.get(name) for row in rows] for name in names}
        of_file = self.columns[table]
        for name in names if not self._names[table].issuperset(names) else ():
            if name not in of_file:
                index = next(index for index, row in enumerate(rows) if name in row)
                raise _unknown_column(f"records.{table}[{index}]", name, of_file)
        for name in self.needed[table]:
            values = columns.get(name, (None,) * len(rows))
            if None in values or "" in values:
                index = next(index for index, value in enumerate(values) if value is None or value == "")
                raise HoldfastError(
                    f"records.{table}[{index}]: {name} is empty.", fix=f"Every row of {table} needs {name}."
                )
        return columns

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        return {table: frozenset(columns) for table, columns in self.columns.items()}

    def _frame(self, table: str, several: Sequence["RecordColumns"]) -> pl.DataFrame:
        height = sum(records.heights[table] for records in several)
        typed = {name for records in several for kind_of, name, _ in records.kinds if kind_of == table}
        numbers = pl.int_range(1, height + 1, dtype=pl.UInt32, eager=True).alias(ROW)
        return pl.DataFrame([numbers, *(_column(table, name, several, typed) for name in self.columns[table])])


@dataclass(frozen=True)
class RecordColumns:
    """The records of one customer as columns."""

    heights: Mapping[str, int]  # table -> rows; of tables with any
    values: Mapping[str, Mapping[str, Sequence[Any]]]  # table -> column -> its values; of columns that any row has
    kinds: Kinds  # of the columns that hold no texts

    def of(self, table: str, column: str) -> Sequence[Any]:
        """(rows,) the values of a column; None where no row has it."""
        return self.values[table].get(column) or (None,) * self.heights[table]


def _unknown_column(where: str, name: str, columns: Sequence[str]) -> HoldfastError:
    near = get_close_matches(name, columns, n=1)
    shown = near[0] if near else ", ".join(columns[:_SHOWN]) + (" ..." if len(columns) > _SHOWN else "")
    return HoldfastError(f"{where}: the project's file has no column {name!r}.", fix=f"Use {shown}.")


def _kind(table: str, name: str, values: Sequence[Any]) -> str:
    """What a column holds: texts (or nothing), numbers, or yes and no."""
    types = set(map(type, values))
    if types <= _TYPES_OF_TEXTS:
        return TEXTS
    for index, value in enumerate(values):
        where = f"records.{table}[{index}].{name}"
        if isinstance(value, float) and not math.isfinite(value):
            raise HoldfastError(f"{where}: {value} is no number.", fix="Send null for what is not known.")
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise HoldfastError(f"{where}: {value} is too great for a number.", fix="Send it as a text.")
        if value is not None and not isinstance(value, str | int | float | bool):
            raise HoldfastError(f"{where}: a list or an object.", fix="Send a text, a number, true, false or null.")
    kinds = sorted({_word_for(each) for each in types if each is not type(None)})
    if len(kinds) > 1:
        raise HoldfastError(
            f"records.{table}: {name} holds {' and '.join(kinds)}.", fix=f"Send {name} in one type in all rows."
        )
    # Whole numbers stay whole where all are; beside others they are rounded to what a float holds.
    return "whole numbers" if kinds == ["numbers"] and not any(issubclass(each, float) for each in types) else kinds[0]


def _word_for(kind: type) -> str:
    return next(word for base, word in _KINDS if issubclass(kind, base))


def _column(table: str, name: str, several: Sequence[RecordColumns], typed: Collection[str]) -> pl.Series:
    """A column as texts, or typed where the values are."""
    values = [*chain.from_iterable(records.of(table, name) for records in several)]
    return pl.Series(name, values, strict=False) if name in typed else pl.Series(name, values, dtype=pl.String)
