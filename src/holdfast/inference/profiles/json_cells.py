"""Finds columns whose cells hold JSON, and gives their values columns of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.guesses import Sample, TableGuess
from holdfast.inference.profiles.tables import TableProfile
from holdfast.notation.json_cells import column_of, looks_like_json, paths_in, with_paths_as_columns

_LOOKED_AT = 20_000  # cells in which paths are looked for; money stands on few events
_FIRST = 200
_MOST_PATHS = 60  # of one column; the most frequent ones, for a file may hold hundreds
_FEWEST = 2  # cells that hold a path before it is a column

Paths = Mapping[str, tuple[str, ...]]


def with_paths(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, Paths]]:
    """The samples, each value within their cells of JSON in a column of its own; and the paths of each sample."""
    result, paths = [], {}
    for sample in samples:
        of_sample = _paths(sample.frame) if sample.headed else {}
        if not of_sample:
            result.append(sample)
            continue
        result.append(replace(sample, frame=with_paths_as_columns(sample.frame, of_sample)))
        paths[sample.name] = of_sample
    return result, paths


def names_of(paths: Paths | None) -> frozenset[str]:
    """The columns that stand for paths."""
    return frozenset(column_of(source, path) for source, several in (paths or {}).items() for path in several)


def without_objects(tables: Sequence[TableProfile], paths: Mapping[str, Paths]) -> list[TableProfile]:
    """The tables without their columns of objects: the values are columns of their own, and the texts name nothing.

    Args:
        tables: all.
        paths: by table name, those of its columns of objects.
    """
    result = []
    for table in tables:
        objects = paths.get(table.name, {})
        columns = {name: column for name, column in table.columns.items() if name not in objects}
        times = {name: time for name, time in table.times.items() if name not in objects}
        result.append(replace(table, columns=columns, times=times) if objects else table)
    return result


def with_used_paths(table: TableGuess, paths: Paths | None) -> TableGuess:
    """The table with the paths that its columns are read from; all others are in nobody's way."""
    if not paths:
        return table
    used = {
        source for column in table.columns for source in (column.source, *column.otherwise, *column.plus, *column.minus)
    }
    used |= {choice for column in table.columns for choice in column.choices}
    unpack = {
        source: tuple(path for path in several if column_of(source, path) in used) for source, several in paths.items()
    }
    ignore = {name: reason for name, reason in table.ignore.items() if name not in names_of(paths)}
    objects = set(unpack) - {column.source for column in table.columns if column.role}
    ignore |= dict.fromkeys(objects, "an object, whose values are columns of their own")
    return replace(
        table,
        columns=tuple(column for column in table.columns if column.source not in objects),
        unpack={source: several for source, several in unpack.items() if several},
        ignore=ignore,
    )


def _paths(frame: pl.DataFrame) -> Paths:
    result = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype != pl.String or not looks_like_json(column.head(_FIRST)) or not looks_like_json(column):
            continue
        texts = column.filter(column.str.strip_chars() != "")
        counts = paths_in(texts.gather_every(max(1, len(texts) // _LOOKED_AT)))
        frequent = sorted(counts, key=lambda path: (-counts[path], path))
        several = tuple(path for path in frequent if counts[path] >= min(_FEWEST, len(texts)))[:_MOST_PATHS]
        if several:
            result[name] = several
    return result
