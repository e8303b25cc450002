"""Recognises a table that stands in several exports which hold some of its rows twice."""

from itertools import accumulate

import polars as pl

from holdfast.inference.profiles.tables import TableProfile, as_keys

_ONCE = 0.99  # share of different values from which a column names the rows of one file


def overlapping(table: TableProfile, source: str) -> bool:
    """Whether rows of one file stand in another again, by the column that names them; the last export counts then.

    Args:
        table: of one file or several.
        source: the column that names a row, or an order of several rows.
    """
    sizes = table.sample.files
    if len(sizes) < 2 or sum(sizes) != table.rows:
        return False
    ends = list(accumulate(sizes))
    number = pl.concat([pl.Series([index], dtype=pl.Int32).new_from_index(0, size) for index, size in enumerate(sizes)])
    rows = pl.DataFrame({"id": as_keys(table.columns[source]), "file": number}).drop_nulls()
    in_files = rows.unique()
    shared = in_files.height - in_files["id"].n_unique()
    names_rows = in_files.height >= _ONCE * rows.height
    # An order whose lines are cut by the end of a file stands in two files without being exported twice.
    return shared > 0 if names_rows else shared >= len(ends)
