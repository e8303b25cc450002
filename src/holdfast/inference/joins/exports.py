"""Recognises a table that stands in several exports which hold some of its rows twice."""

from collections.abc import Sequence

import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_ONCE = 0.99  # share of different values from which a column names the rows of one file
_LINES = 0.95  # share of different values below which a column names orders of several rows
_ENOUGH = 10  # rows that stand in two files; fewer may be alike by chance


def overlapping(table: TableProfile, source: str) -> bool:
    """Whether rows of one file stand in another again, by the column that names them; the last export counts then.

    Args:
        table: of one file or several.
        source: the column that names a row, or an order of several rows.
    """
    number = _file_numbers(table)
    if number is None:
        return False
    rows = pl.DataFrame({"id": as_keys(table.columns[source]), "file": number}).drop_nulls()
    in_files = rows.unique()
    shared = in_files.height - in_files["id"].n_unique()
    names_rows = _share_named(rows) >= _ONCE
    # An order whose lines are cut by the end of a file stands in two files without being exported twice.
    return shared > 0 if names_rows else shared >= len(table.sample.files)


def names_exported_rows(table: TableProfile, source: str, same: Sequence[pl.Series]) -> bool:
    """Whether a column, whatever its name, is by which rows of one file stand in another again.

    It names the rows of each file once, and what stands under one name in two files agrees in customer and time: a
    number that each file counts from 1 does not.

    Args:
        table: of one file or several.
        source: the column.
        same: of all rows, what stays the same when a row is exported again.
    """
    number = _file_numbers(table)
    if number is None:
        return False
    rows = pl.DataFrame({"id": as_keys(table.columns[source]), "file": number, "same": pl.struct(*same, eager=True)})
    rows = rows.drop_nulls("id")
    if _share_named(rows) < _ONCE:
        return False
    again = rows.group_by("id").agg(pl.col("same").n_unique(), pl.len().alias("files")).filter(pl.col("files") > 1)
    return again.height >= _ENOUGH and share_of(again["same"] == 1) >= _ONCE


def share_named(table: TableProfile, source: str) -> float:
    """The share of the rows of a file that have a value of their own: of an id, 1 where no other row there has it."""
    # Each column of money asks it of the same order.
    return table.once(f"share named by {source}", lambda same: _share_in_files(same, source))


def has_lines(table: TableProfile, order: str) -> bool:
    """Whether the orders that a column names stand on several rows of a file."""
    return share_named(table, order) < _LINES


def _share_in_files(table: TableProfile, source: str) -> float:
    number = _file_numbers(table)
    if number is None:
        return table.columns[source].share_distinct
    return _share_named(pl.DataFrame({"id": as_keys(table.columns[source]), "file": number}).drop_nulls())


def _share_named(rows: pl.DataFrame) -> float:
    return rows.select("id", "file").n_unique() / max(rows.height, 1)


def _file_numbers(table: TableProfile) -> pl.Series | None:
    """(rows,) the file of each row; None where all are of one, or only some were read."""
    sizes = table.sample.files
    if len(sizes) < 2 or sum(sizes) != table.rows:
        return None
    return pl.concat([pl.Series([index], dtype=pl.Int32).new_from_index(0, size) for index, size in enumerate(sizes)])
