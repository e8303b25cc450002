"""What a contract of a table that a run leaves is: its columns with types, units and meanings, and its check."""

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.column_types import TIME

TEXT, NUMBER, WHOLE, FLAG, DAY = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean(), pl.Date()
_TYPE_NAMES = {
    TEXT: "text",
    NUMBER: "number",
    WHOLE: "whole number",
    FLAG: "true or false",
    DAY: "day",
    TIME: "time, UTC",
}
_FEW = 64  # rows that are gone through sooner than Polars begins
SHARE, MONEY = "share", "currency"


@dataclass(frozen=True)
class OutputColumn:
    """One column of a table that a run leaves."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False
    optional: bool = False  # left out where the records hold no such thing
    values: tuple[str, ...] = ()  # the only ones there are; empty: any
    least: float | None = None
    greatest: float | None = None

    def problem(self, column: pl.Series) -> str | None:
        """What breaks the contract, in words; None where nothing does."""
        if column.dtype != self.dtype:
            return f"is {column.dtype}, not {self.dtype}"
        if len(column) <= _FEW and self._holds(column.to_list()):
            return None
        if not self.nullable and column.null_count():
            return f"has {column.null_count():,} nulls"
        if self.values and (unknown := _different(column) - {*self.values, None}):
            return f"holds {min(unknown)!r}"
        # A sum is finite only if all that it adds up is, and costs less than to look at each.
        if column.dtype == NUMBER and not math.isfinite(column.sum()) and not column.is_finite().all():
            return "holds a number that is not finite"
        if self.least is not None and (column < self.least).any():
            return f"lies below {self.least:g}"
        if self.greatest is not None and (column > self.greatest).any():
            return f"lies above {self.greatest:g}"
        return None

    def _holds(self, values: list[Any]) -> bool:
        """Whether values keep the contract."""
        filled = [value for value in values if value is not None]
        return (
            (self.nullable or len(filled) == len(values))
            and (not self.values or {*filled} <= {*self.values})
            and (self.dtype != NUMBER or all(map(math.isfinite, filled)))
            and (self.least is None or all(value >= self.least for value in filled))
            and (self.greatest is None or all(value <= self.greatest for value in filled))
        )


@dataclass(frozen=True)
class OutputContract:
    """A table that a run leaves: where, what one row is, and its columns in their order."""

    path: str  # in the run's folder
    row: str  # what one row is, and the order of the rows
    columns: tuple[OutputColumn, ...]
    key: str = "customer_id"  # no two rows share its value; empty: no single column names a row

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column -> type."""
        return {column.name: column.dtype for column in self.columns}

    def names_for(self, table: pl.DataFrame) -> list[str]:
        """The columns in their order, optional ones only where the table has them."""
        return [column.name for column in self.columns if not column.optional or column.name in table.columns]

    def check(self, table: pl.DataFrame) -> None:
        """See that a table is what this contract says.

        Raises:
            ValueError: a column is absent, unknown, out of order, of another type or out of range; or a key repeats.
        """
        expected = self.names_for(table)
        if table.columns != expected:
            different = sorted(set(table.columns) ^ set(expected)) or table.columns
            raise ValueError(f"{self.path}: columns that are not those of its contract: {', '.join(different)}")
        for column in self.columns:
            problem = column.problem(table[column.name]) if column.name in table.columns else None
            if problem:
                raise ValueError(f"{self.path}: {column.name} {problem}")
        if self.key and table[self.key].n_unique() != table.height:
            raise ValueError(f"{self.path}: two rows share a {self.key}")


def _different(column: pl.Series) -> set[Any]:
    return set((column if len(column) <= _FEW else column.unique()).to_list())


ID = OutputColumn("customer_id", TEXT, "The customer, as in the records.")


def type_name(dtype: pl.DataType) -> str:
    """A type in words."""
    return _TYPE_NAMES.get(dtype, "number" if dtype.is_numeric() else "text")


def described(column: OutputColumn) -> str:
    text = column.meaning
    if column.values:
        text = f"{', '.join(f'`{value}`' for value in column.values[:-1])} or `{column.values[-1]}`. {text}"
    empty = "yes" if column.nullable else "no"
    name = f"`{column.name}`" + (" (optional)" if column.optional else "")
    return f"| {name} | {type_name(column.dtype)} | {column.unit} | {empty} | {text} |"
