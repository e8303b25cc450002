"""Values that own features ask for and no record has: such a feature counts nothing, whoever is asked about.

never_met(project, parts) -> one sentence for each such condition
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.features.custom.parse import MeasureEntry, read_entries
from holdfast.features.spec import slug
from holdfast.settings import Settings

_LOOKED_THROUGH = 1_000  # commonest values of a column that are held, whatever the number of records
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
    """The columns whose values own features name, by table."""
    found: dict[str, dict[str, None]] = {}
    for one in _conditions(settings):
        found.setdefault(one.table, {}).update(dict.fromkeys(column for column, _ in one.where))
    return {table: [*columns] for table, columns in found.items()}


def unmet_conditions(settings: Settings, parts: Iterable[Mapping[str, pl.DataFrame]]) -> tuple[str, ...]:
    """What own features ask for and not one row has, each in a sentence with the likeliest values instead.

    Args:
        settings: its `features.own`; they can be measured, as `own_features` says.
        parts: the project's tables, whole or part by part; as many are looked at as it takes.
    """
    waiting = _conditions(settings)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for tables in parts if waiting else ():
        waiting = [one for one in waiting if one.table not in tables or not one.is_met(tables[one.table])]
        if not waiting:
            return ()
        for table, column in {(one.table, one.where[0][0]) for one in waiting if len(one.where) == 1}:
            if table in tables:
                known = counts.setdefault((table, column), Counter()) + _counted(tables[table][column])
                counts[table, column] = Counter(dict(known.most_common(_LOOKED_THROUGH)))
    alone = {(one.table, one.where[0]) for one in waiting if len(one.where) == 1}
    # Where one value is met nowhere, that it is not met together with another says nothing more.
    told = [one for one in waiting if len(one.where) == 1 or not any((one.table, pair) in alone for pair in one.where)]
    return tuple(_sentence(one, counts.get((one.table, one.where[0][0]), Counter())) for one in told)


def _conditions(settings: Settings) -> list[_Condition]:
    """Each value by itself, and the values that must be met together."""
    found: dict[tuple[str, Where], _Condition] = {}
    for entry in read_entries(settings.features.own):
        if not isinstance(entry, MeasureEntry):
            continue
        table, where = entry.aggregate.table, entry.aggregate.where
        for each in dict.fromkeys([*((pair,) for pair in where), *([where] if where else [])]):
            found.setdefault((table, each), _Condition(table, each)).features.append(entry.name)
    return list(found.values())


def _counted(values: pl.Series) -> Counter[str]:
    commonest = values.cast(pl.String).drop_nulls().rename("value").value_counts(sort=True, name="rows")
    return Counter(dict(commonest.head(_LOOKED_THROUGH).rows()))


def _sentence(one: _Condition, counts: Counter[str]) -> str:
    more = len(one.features) - 1
    who = one.features[0] + (f" (and {more:,} more of your own)" if more else "")
    asked = " and ".join(f"{column} {value!r}" for column, value in one.where)
    if len(one.where) > 1:
        return f"{who}: no row of {one.table} has {asked} at once, so nothing is ever counted."
    return f"{who}: no row of {one.table} has {asked}, so nothing is ever counted. {_instead(one.where[0][1], counts)}"


def _instead(value: str, counts: Counter[str]) -> str:
    """The values that may have been meant: alike but for capitals and signs, then nearly so, else the commonest."""
    if not counts:
        return "The column is empty."
    commonest = [found for found, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
    alike = [found for found in commonest if slug(found) == slug(value)]
    folded: dict[str, str] = {}
    for found in commonest:
        folded.setdefault(found.casefold(), found)
    close = [folded[name] for name in difflib.get_close_matches(value.casefold(), folded, n=_SHOWN)]
    near = [*dict.fromkeys([*alike, *close])][:_SHOWN]
    if near:
        return f"Nearest of the values that occur: {_quoted(near)}."
    return f"The commonest values are {_quoted(commonest[:_SHOWN])}."


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(repr(value) for value in values)
