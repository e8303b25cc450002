"""Columns that add up another one from row to row: what a customer spent so far, a balance of points.

running_totals(table, numbers, whose) -> the columns that are the row before plus what another column says
"""

from collections.abc import Iterable, Mapping

import polars as pl

from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_MOST_ROWS = 5_000  # of whole histories that are looked at, from the first row on
_MOST_COLUMNS = 12
_FEWEST = 30  # rows that have one before them
_HOLDS = 0.97
_CENT = 0.011


def running_totals(table: TableProfile, numbers: Mapping[str, Profile], whose: Iterable[str]) -> frozenset[str]:
    """The columns that are, in nearly every row, what stood in the customer's row before plus another column.

    Args:
        table: a log.
        numbers: its columns of numbers that could be money, by source.
        whose: the source columns that name the customer; the whole file is looked at as well.
    """
    names = [name for name, column in numbers.items() if column.distinct > 2][:_MOST_COLUMNS]
    if len(names) < 2:
        return frozenset()
    rows = pl.DataFrame({str(n): table.columns[name].all_numbers.cast(pl.Float64) for n, name in enumerate(names)})
    keys = [as_keys(table.columns[name]) for name in whose]
    when = next(iter(table.times), None)
    day = pl.Series([0] * table.rows) if when is None else table.timestamps(when)
    adding = set[str]()
    for key in [*keys, pl.Series(["all"] * table.rows)]:
        ordered = (
            rows.with_columns(key.alias("key"), day.alias("day")).head(_MOST_ROWS).sort("day", maintain_order=True)
        )
        before = ordered.select(pl.exclude("key", "day").shift(1).over("key"))
        for total in range(len(names)):
            if names[total] in adding:
                continue
            moved = ordered[str(total)] - before[str(total)]
            moving = moved.is_not_null() & (ordered[str(total)] != 0)
            if int(moving.sum()) < _FEWEST or int((moved.abs() > _CENT).sum()) < _FEWEST:
                continue
            pieces = (ordered[str(other)].filter(moving) for other in range(len(names)) if other != total)
            if any(share_of((moved.filter(moving) - piece).abs() <= _CENT) >= _HOLDS for piece in pieces):
                adding.add(names[total])
    return frozenset(adding)
