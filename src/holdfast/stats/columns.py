"""Whole columns at once: numbers, flags and words as arrays, and frames with columns replaced.

Of many rows this takes as long as an expression does. Of one customer it takes a tenth: Polars plans every expression
before it works on it, and a call on a column that is there already needs no plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isnan

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME, microseconds

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
_FEW = 64  # rows that are gone through one by one sooner than Polars begins
_WITHOUT_PARAMETERS = frozenset({pl.String, pl.Float64, pl.Int64, pl.Boolean, pl.Date})
_FEW_CELLS = 100_000  # that are copied column by column sooner than threads wake up


def numbers(column: pl.Series) -> Floats:
    """(n,) a column as numbers; NaN where nothing is known."""
    return column.cast(pl.Float64).to_numpy()


def column_of(name: str, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
    """Values as a column of a type; of moments, microseconds since 1970, UTC."""
    if dtype == TIME:
        return pl.Series(name, values, dtype=pl.Int64).cast(TIME)
    return pl.Series(name, values, dtype=_quick(dtype))


def _quick(dtype: pl.DataType) -> pl.DataType | type[pl.DataType]:
    """The class of a type without parameters: Polars recognises it in half the time of an instance."""
    kind = type(dtype)
    return kind if kind in _WITHOUT_PARAMETERS else dtype


def from_numbers(name: str, values: Floats) -> pl.Series:
    """Numbers as a column; null where they are NaN."""
    if len(values) > _FEW:
        return pl.Series(name, values, nan_to_null=True)
    return pl.Series(name, [None if isnan(value) else value for value in values.tolist()], dtype=pl.Float64)


def flags(column: pl.Series) -> Flags:
    """(n,) a column of flags; false where nothing is known."""
    if not column.null_count():
        return column.to_numpy()
    are_set: Flags = column.cast(pl.Float32).to_numpy() == 1.0  # NaN, which null is there, equals nothing
    return are_set


def is_null(column: pl.Series) -> Flags:
    """(n,) whether nothing is known."""
    nulls = column.null_count()
    if nulls in {0, len(column)}:
        return np.full(len(column), nulls > 0)
    return column.is_null().to_numpy()


def distinct(hashes: pl.Series) -> int:
    """How many different whole numbers a column without null holds: sorting tells in half the time of a look-up."""
    ordered = np.sort(hashes.to_numpy())
    return min(len(ordered), 1) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def words(name: str, among: Sequence[str | None], positions: NDArray[np.integer]) -> pl.Series:
    """A column of texts by the position of each among some."""
    if len(positions) <= _FEW:
        return pl.Series(name, [among[position] for position in positions.tolist()], dtype=pl.String)
    return pl.Series(name, among, dtype=pl.String).gather(positions)


def times(name: str, moments: Sequence[datetime | None]) -> pl.Series:
    """Moments, UTC, as a column; by their numbers, since Polars looks up the zone of each that it is handed."""
    counted = [None if moment is None else microseconds(moment) for moment in moments]
    return column_of(name, counted, TIME)


def all_alike(name: str, value: object, dtype: pl.DataType, rows: int) -> pl.Series:
    """A column that holds one value in all rows."""
    return pl.Series(name, [value], dtype=_quick(dtype)).new_from_index(0, rows)


def nothing_known(schema: Mapping[str, pl.DataType], rows: int) -> list[pl.Series]:
    """Columns of null."""
    return [all_alike(name, None, dtype, rows) for name, dtype in schema.items()]


def with_columns(frame: pl.DataFrame, columns: Iterable[pl.Series]) -> pl.DataFrame:
    """A frame with columns in place of those of the same name, and with the others after them."""
    changed, names, others = frame.clone(), set(frame.columns), []
    for column in columns:
        if column.name in names:
            changed.replace_column(changed.get_column_index(column.name), column)
        else:
            others.append(column)
    return changed.hstack(others) if others else changed


def rows_at(frame: pl.DataFrame, positions: pl.Series | Integers) -> pl.DataFrame:
    """The rows of a frame at positions, in their order; a position of null gives a row of null."""
    index = positions if isinstance(positions, pl.Series) else pl.Series(positions.astype(np.uint32))
    if frame.width * len(index) > _FEW_CELLS:
        return frame[index]
    return pl.DataFrame([column[index] for column in frame])


def rows_where(frame: pl.DataFrame, mask: Flags) -> pl.DataFrame:
    """The rows of a frame of which a flag is true."""
    if frame.width * frame.height > _FEW_CELLS:
        return frame.filter(mask)
    chosen = pl.Series(mask)
    return pl.DataFrame([column.filter(chosen) for column in frame])


def sorted_by_id(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of customer_id, which is looked at first: most frames come in it."""
    ids = frame["customer_id"]
    return frame if ids.is_sorted() else rows_at(frame, ids.arg_sort())


def highest_first(keys: Sequence[Floats], ids: pl.Series) -> Integers:
    """(n,) positions by the keys, none of them NaN, the highest first; what ties in all of them goes by id."""
    by_id = np.arange(len(ids)) if ids.is_sorted() else ids.arg_sort().to_numpy().astype(np.int64)
    order: Integers = by_id[np.lexsort([-key[by_id] for key in reversed(keys)])]
    return order


def are_among(values: pl.Series, some: pl.Series) -> Flags:
    """(n,) whether each text is one of some."""
    if len(values) + len(some) > _FEW_CELLS // 10:
        return flags(values.is_in(some.implode()))
    wanted = {*some.to_list()} - {None}
    return np.array([value in wanted for value in values.to_list()], dtype=np.bool_)


def day_after(moments: pl.Series, days: pl.Series) -> pl.Series:
    """The UTC day so many whole days after a moment; null where either is not known.

    Args:
        moments: (n,) times, UTC. days: (n,) whole numbers.
    """
    return (moments.cast(pl.Date).cast(pl.Int64) + days).cast(pl.Int32).cast(pl.Date)
