"""Numbers of one table that name rows of another, shown by dates: what they join happened at the same time."""

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.joins.link import Link
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys, containment

_CONTAINED = 0.9  # share of different values that must be there
_FEWEST = 30  # different values, and days, that it is measured on
_DAYS = 3  # around the usual delay
_AGREE = 0.8  # share of the rows that come so soon
_SPAN_DAYS = 60  # within fewer days all is near to all
_TIMES_THE_SHUFFLED = 3  # so many times as many as rows that are joined wrongly


def links_by_dates(table: TableProfile, other: TableProfile) -> list[Link]:
    """The columns of a table whose values name rows of another that are dated alike.

    Running numbers stand in each other by chance; that they join days of the same week is none.

    Args:
        table: a dated table that names no customer.
        other: a dated table that may lead to one.
    """
    named = [
        column
        for column in other.columns.values()
        if column.share_distinct >= 0.99 and column.source not in other.times and _is_number_of_things(column)
    ]
    naming = [
        column
        for column in table.columns.values()
        if column.source not in table.times and column.filled >= 0.5 * table.rows and _is_number_of_things(column)
    ]
    links = []
    for theirs in named:
        for ours in naming:
            share = containment(ours, theirs)
            proof = _proof(table, ours, other, theirs) if share >= _CONTAINED else ""
            if proof:
                links.append(Link(table.name, ours.source, other.name, theirs.source, share, proof))
    return links


def _is_number_of_things(column: Profile) -> bool:
    return column.could_name_things and (column.is_whole or column.is_code) and column.distinct >= _FEWEST


def _proof(table: TableProfile, ours: Profile, other: TableProfile, theirs: Profile) -> str:
    """In words, how near in time the joined rows lie; empty where they lie as far apart as any."""
    for when in table.times:
        for then in other.times:
            mine = pl.DataFrame({"key": as_keys(ours), "when": table.timestamps(when)}).drop_nulls()
            named = pl.DataFrame({"key": as_keys(theirs), "then": other.timestamps(then)}).drop_nulls().unique("key")
            both = mine.join(named, on="key").sort("key", "when")
            if both.height < _FEWEST or both["then"].dt.date().n_unique() < _FEWEST:
                continue
            if (both["then"].max() - both["then"].min()).days < _SPAN_DAYS:  # type: ignore[operator, union-attr]
                continue
            near = _near(both["when"], both["then"])
            if near >= _AGREE and near >= _TIMES_THE_SHUFFLED * _near(both["when"], both["then"].shuffle(seed=0)):
                return f"{percent(near, 0)} of the rows that it joins lie within {_DAYS} days of {other.name}.{then}"
    return ""


def _near(when: pl.Series, then: pl.Series) -> float:
    """The share of rows that come with nearly the usual delay."""
    delay = (when.dt.date() - then.dt.date()).dt.total_days()
    usual = delay.median()
    return share_of((delay - usual).abs() <= _DAYS)
