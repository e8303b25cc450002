"""Recognises the table that says which customer ids were replaced by which, as a change of system leaves one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import IdChanges
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, whole_words

_OLD = whole_words(
    r"old|previous|former|legacy|prior|merged|duplicate|dup|replaced|from|source|retired",
    r"alte?[rsn]?|bisherige?[rsn]?|fruhere?[rsn]?|ancien(?:ne)?|precedente?|antigu[oa]|viej[oa]|antig[oa]|velh[oa]",
    r"vecchi[oa]|oude?|vorige?|stary|stare|poprzedni[ae]?|gammal|gammel|gamla|gamle",
)
_NEW = whole_words(
    r"new|current|master|surviving|survivor|canonical|into|to|target|primary|kept|merged into",
    r"neue?[rsn]?|aktuelle?[rsn]?|nouveau|nouvelle|actuel(?:le)?|nuev[oa]|nov[oa]|nuov[oa]|attuale|nieuwe?|huidige?|nowy|nowe|ny|nya|nye",
)
_ONCE = 0.99  # share of different values from which the column of old ids names the rows
_MOST_COLUMNS = 5
_FEWEST = 5  # rows
_SHARED = 0.3  # least share of the old ids, and of the new ones, that stand among the customers of another table


def id_changes(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> IdChanges | None:
    """The table of old and new ids among the tables, and its columns; None where none is.

    Its old ids name its rows, its words tell old from new, the new ones are no old ids themselves, and both stand in
    the customer columns of other tables.

    Args:
        tables: of the project.
        keys: table -> the column that names its customers.
    """
    customers = {
        table.name: as_keys(table.columns[keys[table.name].source]).drop_nulls().unique()
        for table in tables
        if table.name in keys and keys[table.name].source in table.columns
    }
    for table in tables:
        others = [ids for name, ids in customers.items() if name != table.name]
        if change := next(_changes(table, others), None):
            return change
    return None


def _changes(table: TableProfile, customers: Sequence[pl.Series]) -> Iterator[IdChanges]:
    if len(table.columns) > _MOST_COLUMNS or table.rows < _FEWEST or not table.sample.headed:
        return
    ids = [name for name, column in table.columns.items() if name not in table.times and _may_be_id(column)]
    for old, new in permutations(ids, 2):
        is_named = (says(old, _OLD) and not says(new, _OLD)) or (says(new, _NEW) and not says(old, _NEW))
        if not is_named or table.columns[old].share_distinct < _ONCE:
            continue
        before, after = (as_keys(table.columns[name]).drop_nulls().unique() for name in (old, new))
        shared_before, shared_after = _most(before, customers), _most(after, customers)
        if min(shared_before, shared_after) >= _SHARED and share_of(after.is_in(before.implode())) <= 1 - _ONCE:
            evidence = (
                f"{percent(shared_before, 0)} of {old} and {percent(shared_after, 0)} of {new} stand among the "
                "customers of the other tables, and each old id has one new"
            )
            yield IdChanges(table.name, old, new, evidence)


def _may_be_id(column: Profile) -> bool:
    return column.filled > 0 and column.flag is None and (not column.is_number or column.is_whole)


def _most(ids: pl.Series, customers: Sequence[pl.Series]) -> float:
    """The largest share of the ids that the customers of one table hold."""
    return max((share_of(ids.is_in(others.implode())) for others in customers), default=0.0)
