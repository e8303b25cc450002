"""Which arrays some aggregates read of a table, whoever's rows it holds."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from holdfast.features.engine.memo import remembered
from holdfast.features.operators import OF_ONE_EVENT, OF_TIMES, Operator
from holdfast.features.spec import Aggregate

_KEYS = {"customer_id", "happened_at", "known_at"}
Types = tuple[tuple[str, bool], ...]  # each column of a table, and whether it holds texts


@dataclass(frozen=True)
class Needed:
    """What some aggregates read of a table."""

    reads: dict[Aggregate, str]  # of those of a column: the arrays that each reads: numbers, values or counted
    numbers: list[str]
    values: list[str]  # columns that are coded by one dictionary for all customers
    counted: list[str]  # coded for each customer from 0, so that values can be told apart but not named
    keys: list[str]  # tied rows with the same ones are one event
    tie_breakers: list[str]


@dataclass(frozen=True, eq=False)
class Layout:
    """In which row of which array each column and condition is."""

    reads: dict[Aggregate, str]
    numbers: dict[str, int]
    values: dict[str, int]
    counted: dict[str, int]
    masks: dict[Aggregate, int]  # of aggregates with a condition
    conditions: list[tuple[tuple[tuple[str, str], ...], str]]  # and the column that each is reordered with, or ""
    pairs: list[tuple[str, str]]  # column and value of all conditions


def types_of(table: pl.DataFrame) -> Types:
    """The columns of a table, and whether each holds texts."""
    texts = (pl.String, pl.Categorical, pl.Enum)
    return tuple((name, isinstance(dtype, texts)) for name, dtype in table.schema.items())


@remembered(64)
def needed_of(aggregates: Iterable[Aggregate], types: Types) -> Needed:
    """What the aggregates need of a table with these columns."""
    requested, is_text = tuple(aggregates), dict(types)
    reads = {a: _reads(a, is_text[a.column]) for a in requested if a.column and a.operator not in OF_TIMES}
    numbers, values, counted = (
        sorted({a.column for a, kind in reads.items() if kind == array}) for array in ("numbers", "values", "counted")
    )
    conditioned = [*dict.fromkeys(column for where in sorted({a.where for a in requested}) for column, _ in where)]
    keys = [requested[0].per, *conditioned] if requested[0].per else []
    others = sorted(set(is_text) - _KEYS) if keys and not {*keys} >= {*values, *counted} else []
    return Needed(reads, numbers, values, counted, keys, [*dict.fromkeys([*keys, *others])])


@remembered(64)
def layout_of(aggregates: Iterable[Aggregate], types: Types, moved: tuple[str, ...]) -> Layout:
    """Where the arrays of the aggregates are.

    Args:
        aggregates: as in `needed_of`, as `types`.
        moved: columns whose tied rows are reordered; a condition is reordered with the column that it is on.
    """
    needed = needed_of(aggregates, types)
    moves = {a: a.column if kind != "counted" and a.column in moved else "" for a, kind in needed.reads.items()}
    masked = {a: (a.where, moves.get(a, "")) for a in aggregates if a.where}
    conditions = sorted(set(masked.values()))
    return Layout(
        reads=needed.reads,
        numbers={name: index for index, name in enumerate(needed.numbers)},
        values={name: index for index, name in enumerate(needed.values)},
        counted={name: index for index, name in enumerate(needed.counted, len(needed.values))},
        masks={a: conditions.index(condition) for a, condition in masked.items()},
        conditions=conditions,
        pairs=[*dict.fromkeys(pair for where, _ in conditions for pair in where)],
    )


def _reads(aggregate: Aggregate, is_text: bool) -> str:
    """Which arrays an aggregate of a column reads."""
    if aggregate.operator is Operator.DISTINCT:
        return "counted"
    if not is_text:
        return "numbers"
    return "values" if aggregate.operator in OF_ONE_EVENT else "counted"
