"""Ids of customers that lost their leading zeros in a program."""

from collections.abc import Mapping, Sequence

from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_STRIPPED = 0.8  # share of the ids that must stand in another table once its zeros are taken off


def stripped_zeros(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> tuple[str, ...]:
    """In words, which columns of customers are those of another table but for their leading zeros."""
    ids = [
        (
            f"{table.name}.{keys[table.name].source}",
            as_keys(table.columns[keys[table.name].source]).drop_nulls().unique(),
        )
        for table in tables
        if table.name in keys
    ]
    notes = []
    for name, values in ids:
        for other, full in ids:
            if name == other or not bool(full.str.contains(r"^0\d").any()) or values.str.contains(r"^0\d").any():
                continue
            is_known = values.is_in(full.implode())
            is_bare = values.is_in(full.str.strip_chars_start("0").implode())
            if values.is_empty() or share_of(is_bare) < _STRIPPED or share_of(is_known) >= share_of(is_bare):
                continue
            stripped, table = int((is_bare & ~is_known).sum()), name.partition(".")[0]
            notes.append(
                f"{name}: {stripped:,} of {len(values):,} ids stand in {other} with leading zeros only: a program "
                f"stripped them. Bring {table} again with its ids as text, or none of these customers is found."
            )
    return tuple(notes)
