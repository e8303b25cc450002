"""How tables hang together: whose rows they are, what they refer to, what else dates them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.tables.inference.keys import Key
from holdfast.tables.inference.names import says, words
from holdfast.tables.inference.profile import Profile
from holdfast.tables.inference.study import Study, as_keys, containment
from holdfast.tables.inference.vocabulary import BARE_ID

_MOST = 0.9  # share of values that must be found for columns of different names
_HALF = 0.5  # the same for columns of one name


@dataclass(frozen=True)
class Link:
    """A column of one table whose values name rows of another."""

    table: str
    source: str
    other: str
    other_source: str
    share: float  # of the different values of `source` that are found there

    @property
    def words(self) -> str:
        there = f"{self.other}.{self.other_source}"
        return f"{self.share:.0%} of the different values of {self.table}.{self.source} stand in {there}"


def ways_to_customers(tables: Sequence[Study], keys: Mapping[str, Key]) -> dict[str, Link]:
    """For tables without a customer column: the column by which another table names the customer."""
    found: dict[str, Link] = {}
    for table in tables:
        if table.name in keys or not table.times:
            continue
        links = [
            link
            for other in tables
            if other.name in keys
            for link in _links(table, other)
            if _one_customer_each(other, link.other_source, keys[other.name].source)
        ]
        if links:
            found[table.name] = max(links, key=lambda link: (link.share, link.other))
    return found


def _one_customer_each(table: Study, source: str, key: str) -> bool:
    """Whether a value of a column belongs to one customer, nearly always."""
    if source == key:
        return False
    pairs = pl.DataFrame({"value": as_keys(table.columns[source]), "customer": as_keys(table.columns[key])})
    pairs = pairs.drop_nulls().unique()
    return pairs.height <= 1.01 * pairs["value"].n_unique()


def lookups(tables: Sequence[Study], keys: Mapping[str, Key]) -> dict[str, tuple[Link, ...]]:
    """For tables without a customer column: the columns of other tables that name their rows."""
    found: dict[str, tuple[Link, ...]] = {}
    for table in tables:
        if table.name in keys:
            continue
        links = tuple(
            link
            for other in tables
            if other.name in keys
            for link in _links(other, table)
            if link.source != keys[other.name].source and table.columns[link.other_source].is_unique
        )
        if links:
            best = max(links, key=lambda link: (link.share, link.source))
            found[table.name] = tuple(link for link in links if link.other_source == best.other_source)
    return found


def _links(table: Study, other: Study) -> list[Link]:
    return [
        Link(table.name, ours.source, other.name, theirs.source, share)
        for ours in table.columns.values()
        for theirs in other.columns.values()
        if (share := _share(ours, theirs, table, other)) > 0
    ]


def _share(ours: Profile, theirs: Profile, table: Study, other: Study) -> float:
    if ours.source in table.times or theirs.source in other.times:
        return 0.0
    if not ours.could_name_things or not (theirs.could_name_things or theirs.distinct == 2):
        return 0.0
    same_name = words(ours.source) == words(theirs.source) and not says(ours.source, BARE_ID)
    if not same_name and (ours.is_number or theirs.is_number or not theirs.is_unique):
        return 0.0  # small numbers stand in each other by chance
    share = containment(ours, theirs)
    return share if share >= (_HALF if same_name else _MOST) else 0.0
