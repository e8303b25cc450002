"""Conditions of custom features that no record meets: such a feature counts nothing for any customer.

unmet_conditions(settings, pieces) -> one sentence for each such condition
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.features.custom.parse import MeasureEntry, read_entries
from holdfast.features.spec import slug
from holdfast.settings import Settings

_MAX_VALUES = 1_000  # most frequent values of a column that are kept in memory, whatever the number of records
_SHOWN = 3

Where = tuple[tuple[str, str], ...]  # columns and the values they must have, all at once


@dataclass
class _Condition:
    table: str
    where: Where
    features: list[str] = field(default_factory=list)  # that count nothing without it

    def is_met(self, rows: pl.DataFrame) -> bool:
        met = [pl.col(column).cast(pl.String) == value for column, value in self.where]
        return bool(rows.select(pl.all_horizontal(met).any()).item())


def condition_columns(settings: Settings) -> dict[str, list[str]]:
    """The columns whose values custom features name, by table."""
    by_table: dict[str, dict[str, None]] = {}
    for condition in _conditions(settings):
        by_table.setdefault(condition.table, {}).update(dict.fromkeys(column for column, _ in condition.where))
    return {table: [*columns] for table, columns in by_table.items()}


def unmet_conditions(settings: Settings, pieces: Iterable[Mapping[str, pl.DataFrame]]) -> tuple[str, ...]:
    """The conditions of custom features that not one row meets, each in a sentence with the closest values.

    Args:
        settings: its `features.own`, which `custom_features` has accepted.
        pieces: the project's tables, whole or part by part; as many are looked at as it takes.
    """
    unmet = _conditions(settings)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for tables in pieces if unmet else ():
        unmet = [
            condition
            for condition in unmet
            if condition.table not in tables or not condition.is_met(tables[condition.table])
        ]
        if not unmet:
            return ()
        for table, column in {
            (condition.table, condition.where[0][0]) for condition in unmet if len(condition.where) == 1
        }:
            if table in tables:
                total = counts.setdefault((table, column), Counter()) + _value_counts(tables[table][column])
                counts[table, column] = Counter(dict(total.most_common(_MAX_VALUES)))
    unmet_alone = {(condition.table, condition.where[0]) for condition in unmet if len(condition.where) == 1}
    # Where one value occurs nowhere, that it does not occur together with another says nothing more.
    reported = [
        condition
        for condition in unmet
        if len(condition.where) == 1 or not any((condition.table, pair) in unmet_alone for pair in condition.where)
    ]
    return tuple(
        _sentence(condition, counts.get((condition.table, condition.where[0][0]), Counter())) for condition in reported
    )


def _conditions(settings: Settings) -> list[_Condition]:
    """Each value by itself, and the values that must be met together."""
    conditions: dict[tuple[str, Where], _Condition] = {}
    for entry in read_entries(settings.features.own):
        if not isinstance(entry, MeasureEntry):
            continue
        table, where = entry.aggregate.table, entry.aggregate.where
        for pairs in dict.fromkeys([*((pair,) for pair in where), *([where] if where else [])]):
            conditions.setdefault((table, pairs), _Condition(table, pairs)).features.append(entry.name)
    return list(conditions.values())


def _value_counts(values: pl.Series) -> Counter[str]:
    commonest = values.cast(pl.String).drop_nulls().rename("value").value_counts(sort=True, name="rows")
    return Counter(dict(commonest.head(_MAX_VALUES).rows()))


def _sentence(condition: _Condition, counts: Counter[str]) -> str:
    others = len(condition.features) - 1
    feature = condition.features[0] + (f" (and {others:,} more of your own)" if others else "")
    values = " and ".join(f"{column} {value!r}" for column, value in condition.where)
    if len(condition.where) > 1:
        return f"{feature}: no row of {condition.table} has {values} at once, so nothing is ever counted."
    instead = _instead(condition.where[0][1], counts)
    return f"{feature}: no row of {condition.table} has {values}, so nothing is ever counted. {instead}"


def _instead(value: str, counts: Counter[str]) -> str:
    """The values that may have been meant: equal but for capitals and signs, then close, else the most frequent."""
    if not counts:
        return "The column is empty."
    frequent = [candidate for candidate, _ in sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))]
    equal = [candidate for candidate in frequent if slug(candidate) == slug(value)]
    folded: dict[str, str] = {}
    for candidate in frequent:
        folded.setdefault(candidate.casefold(), candidate)
    close = [folded[name] for name in difflib.get_close_matches(value.casefold(), folded, n=_SHOWN)]
    suggestions = [*dict.fromkeys([*equal, *close])][:_SHOWN]
    if suggestions:
        return f"Nearest of the values that occur: {_quoted(suggestions)}."
    return f"The commonest values are {_quoted(frequent[:_SHOWN])}."


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(repr(value) for value in values)
