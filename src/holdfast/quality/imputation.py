"""Filling of unknown values: learnt from training rows, then applied to any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

UNKNOWN = "not known"


@dataclass(frozen=True)
class Fills:
    """For each column the value that stands in where none is known."""

    values: Mapping[str, float | str | bool]

    def apply(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with unknown (and not a number) values filled; known values stay."""
        there = {name: value for name, value in self.values.items() if name in rows.columns}
        filled = []
        for name, value in there.items():
            column = pl.col(name).fill_nan(None) if rows.schema[name].is_float() else pl.col(name)
            filled.append(column.fill_null(pl.lit(value)))
        return rows.with_columns(filled)


def fit_fills(rows: pl.DataFrame, columns: Sequence[str] | None = None) -> Fills:
    """Learn what stands in for unknown values: the median of numbers, "not known" for words, the mode of flags.

    Args:
        rows: training rows only.
        columns: which columns; None: all numbers, words and flags.

    Returns:
        One value a column; 0 for a number and False for a flag that no training row knows.
    """
    values: dict[str, float | str | bool] = {}
    for name in columns if columns is not None else rows.columns:
        column = rows[name]
        if column.dtype == pl.Boolean:
            yes, count = int(column.sum()), int(column.count())
            values[name] = 2 * yes > count
        elif column.dtype.is_numeric():
            middle = column.cast(pl.Float64).fill_nan(None).median()
            values[name] = float(middle) if isinstance(middle, float) else 0.0
        elif column.dtype in {pl.String, pl.Categorical, pl.Enum}:
            values[name] = UNKNOWN
    return Fills(values)
