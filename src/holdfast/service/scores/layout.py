"""Records of one customer as plain values, checked strictly, as the tables that a project's files would have given."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
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
_TEXTS = {str, type(None)}
_KINDS = ((str, "texts"), (bool, "yes or no"), (int, "numbers"), (float, "numbers"))  # a bool is an int, too


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

    def kinds_of(self, records: Records) -> Kinds:
        """The columns of a customer's records that hold no texts, with what they hold: numbers, or yes and no.

        Raises:
            HoldfastError: a table or column that the files do not have, a value of the wrong type, too many rows.
        """
        unknown = [name for name in records if name not in self.columns]
        if unknown:
            raise HoldfastError(
                f"records: no table {unknown[0]!r} in this project.", fix=f"Use {', '.join(self.columns)}."
            )
        rows = sum(len(records[name]) for name in records)
        if not rows:
            raise HoldfastError("records: no row.", fix=f"Send rows of {', '.join(self.columns)}.")
        if rows > MOST_RECORDS:
            raise HoldfastError(
                f"records: {plural(rows, 'row')} of one customer; {MOST_RECORDS:,} may be sent.",
                fix="Score them from a file: holdfast score DIR --data FILE --out FILE.",
            )
        return frozenset(kind for name, rows in records.items() for kind in self._kinds(name, rows))

    def frames(self, several: Sequence[Records]) -> dict[str, pl.DataFrame]:
        """The tables of the records of customers, one customer after the other; columns as the files have them.

        Args:
            several: records of the same kinds, by `kinds_of`.

        Returns:
            Of the tables that anybody has rows of.
        """
        tables = {name: [row for records in several for row in records.get(name, ())] for name in self.columns}
        return {name: self._frame(name, rows) for name, rows in tables.items() if rows}

    def _kinds(self, table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
        columns = self.columns[table]
        names = set(columns)
        types: set[type] = set()
        for index, row in enumerate(rows):
            where = f"records.{table}[{index}]"
            if not isinstance(row, Mapping):
                raise HoldfastError(f"{where}: no object.", fix='Send each row as {"column": value, ...}.')
            if not names.issuperset(row):
                raise _unknown_column(where, next(name for name in row if name not in names), columns)
            for name in self.needed[table]:
                if row.get(name) is None or row[name] == "":
                    raise HoldfastError(f"{where}: {name} is empty.", fix=f"Every row of {table} needs {name}.")
            types.update(map(type, row.values()))
        for name in columns if not types <= _TEXTS else ():
            kind = _kind(table, name, [row.get(name) for row in rows])
            if kind != "texts":
                yield table, name, kind

    def _frame(self, table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        numbers = pl.int_range(1, len(rows) + 1, dtype=pl.UInt32, eager=True).alias(ROW)
        return pl.DataFrame(
            [numbers, *(_column(name, [row.get(name) for row in rows]) for name in self.columns[table])]
        )


def _unknown_column(where: str, name: str, columns: Sequence[str]) -> HoldfastError:
    near = get_close_matches(name, columns, n=1)
    shown = near[0] if near else ", ".join(columns[:_SHOWN]) + (" ..." if len(columns) > _SHOWN else "")
    return HoldfastError(f"{where}: the project's file has no column {name!r}.", fix=f"Use {shown}.")


def _kind(table: str, name: str, values: list[Any]) -> str:
    """What a column holds: texts (or nothing), numbers, or yes and no."""
    types = set(map(type, values))
    if types <= _TEXTS:
        return "texts"
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


def _column(name: str, values: list[Any]) -> pl.Series:
    """A column as texts, or typed where the values are."""
    has_texts = set(map(type, values)) <= _TEXTS
    return pl.Series(name, values, dtype=pl.String() if has_texts else None, strict=False)
