"""Columns of one table that name rows of another: by name and values together, never by the range of numbers."""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.joins.by_dates import links_by_dates
from holdfast.inference.joins.link import Link
from holdfast.inference.joins.sums import links_by_sums
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile, as_keys, containment
from holdfast.inference.words.entities import is_of_customers, is_row_id, refers_to, same_reference
from holdfast.inference.words.names import says, spaced, words
from holdfast.inference.words.vocabulary import BARE_ID, ID_ENDING

_MOST = 0.9  # share of values that must be found for columns of different names
_HALF = 0.5  # the same for columns of one name
_FEWEST = 10  # different values below which numbers stand in each other by chance
_NAMES_ITS_ROWS = 0.99  # share of different values from which a column names the rows of its table


def ways_to_customers(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, Link]:
    """For tables without a customer column: the column by which another table leads to the customer.

    The other table may itself be led on by a third: payments, their orders, the account of these, its customer. One
    without times of its own is such a step only for a table that no other way leads on: refunds, payments, orders.
    """
    dated = [table for table in tables if table.times]
    best = _led_on(dated, tables, keys, {})
    lost = [table for table in dated if table.name not in keys and table.name not in best]
    if not lost:
        return best
    steps = _led_on([table for table in tables if not table.times], tables, keys, best)
    over = _led_on(lost, tables, keys, steps)
    used = {over[table.name].other for table in lost if table.name in over}
    while further := {steps[name].other for name in used if name in steps} - used:
        used |= further
    return {name: link for name, link in over.items() if name in best or name not in steps or name in used}


def _led_on(
    wanted: Sequence[TableProfile],
    tables: Sequence[TableProfile],
    keys: Mapping[str, Key],
    best: Mapping[str, Link],
) -> dict[str, Link]:
    """The ways that are known, with those of the wanted tables that lead over them or straight to a customer."""
    ways = dict(best)
    while True:
        further: dict[str, Link] = {}
        for table in wanted:
            if table.name in keys or table.name in ways:
                continue
            links = [
                link
                for other in tables
                if other is not table and (other.name in keys or other.name in ways)
                for link in _links(table, other)
                or (links_by_dates(table, other) if table.times and other.times else ())
                if _one_customer_each(other, link.other_source, keys.get(other.name), ways.get(other.name))
            ]
            if links:
                further[table.name] = max(links, key=lambda link: (link.share, link.other))
        if not further:
            return ways
        ways |= further


def without_detours(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, Key]:
    """The keys without columns whose values lead to the customers by another table only.

    Orders of an account, where a table of accounts names the customer of each, belong to these customers: taken by
    themselves, accounts and customers would count as two sets of people.
    """
    hubs = [table for table in tables if table.name in keys and table.columns[keys[table.name].source].is_unique]
    hubs = [table for table in hubs if is_of_customers(table.name)]
    if len(hubs) != 1:
        return dict(keys)
    hub = hubs[0].columns[keys[hubs[0].name].source]
    inside = {
        table.name: containment(table.columns[keys[table.name].source], hub) for table in tables if table.name in keys
    }

    def leads_away(table: TableProfile) -> bool:
        source = keys[table.name].source
        return inside[table.name] < _HALF and any(
            link.source == source and _one_customer_each(other, link.other_source, keys[other.name], None)
            for other in tables
            if other is not table and inside.get(other.name, 0.0) >= _MOST
            for link in _links(table, other)
        )

    away = {table.name for table in tables if table.name in keys and leads_away(table)}
    return {name: key for name, key in keys.items() if name not in away}


def _one_customer_each(table: TableProfile, source: str, key: Key | None, link: Link | None) -> bool:
    """Whether a value of a column belongs to one customer, nearly always."""
    leads_on = key.source if key is not None else link.source if link is not None else source
    if source == leads_on:
        return False
    pairs = pl.DataFrame({"value": as_keys(table.columns[source]), "customer": as_keys(table.columns[leads_on])})
    pairs = pairs.drop_nulls().unique()
    return pairs.height <= 1.01 * pairs["value"].n_unique()


def wholes(
    tables: Sequence[TableProfile], keys: Mapping[str, Key], ways: Mapping[str, Link]
) -> dict[str, tuple[Link, ...]]:
    """For tables without a customer column: the tables whose rows their rows are parts of, the surest first.

    Dated ones come before those that are parts of a dated one themselves, as payments of orders are.
    """
    links_by_table: dict[str, tuple[Link, ...]] = {}
    for table in tables:
        if table.name in keys:
            continue
        links = [
            link
            for other in tables
            if other is not table
            and (other.name in keys or other.name in ways if other.times else other.name not in keys)
            for link in (*_links(table, other), *links_by_sums(table, other))
            if other.columns[link.other_source].share_distinct >= _NAMES_ITS_ROWS
            and (is_row_id(link.other_source, other.name) or link.is_proved or (_is_shared(link) and not table.times))
        ]
        if links:
            dated = {other.name for other in tables if other.times}
            order = sorted(links, key=lambda link: (link.other not in dated, -link.share, link.other))
            links_by_table[table.name] = tuple(order)
    return links_by_table


def _is_shared(link: Link) -> bool:
    """Whether both tables call the column the same, and by more than "number"."""
    return words(link.source) == words(link.other_source) and not says(link.source, BARE_ID)


def lookups(tables: Sequence[TableProfile], keys: Mapping[str, Key]) -> dict[str, tuple[Link, ...]]:
    """For tables without a customer column: the columns of other tables that name their rows."""
    best_links: dict[str, tuple[Link, ...]] = {}
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
            best_links[table.name] = tuple(link for link in links if link.other_source == best.other_source)
    return best_links


def unproved(tables: Sequence[TableProfile], keys: Mapping[str, Key], names: Collection[str]) -> dict[str, Key]:
    """A question for each of the named tables whose values could name customers, though nothing but values says so.

    Args:
        tables: all.
        keys: the customer's column of each table that has one.
        names: tables that are led to no customer by name and values together.
    """
    customers = [(table, table.columns[keys[table.name].source]) for table in tables if table.name in keys]
    questions = {}
    for table in tables:
        if table.name not in names:
            continue
        others = [other.name for other in tables if other is not table]
        shares = {
            name: max(((containment(column, theirs), f"{of.name}.{theirs.source}") for of, theirs in customers))
            for name, column in table.columns.items()
            if customers and _could_refer(column, table, others)
        }
        could = sorted((name for name in shares if shares[name][0] >= _MOST), key=lambda name: -shares[name][0])
        if could:
            share, target = shares[could[0]]
            evidence = (
                f"{percent(share, 0)} of the different values of {could[0]} stand in {target}, but no name says that "
                "they are customers; if the rows belong to no customer, take the table away"
            )
            questions[table.name] = Key(could[0], 0.4, evidence, tuple(could))
    return questions


def _could_refer(column: Profile, table: TableProfile, others: Sequence[str]) -> bool:
    """Whether a column looks like the number of something that has no table of its own here."""
    if not column.could_name_things or column.distinct < _FEWEST or column.source in table.times:
        return False
    if is_row_id(column.source, table.name):
        return False
    named = ID_ENDING.search(spaced(column.source)) is not None or says(column.source, BARE_ID) or column.is_code
    return named and not any(refers_to(column.source, other) for other in others)


def _links(table: TableProfile, other: TableProfile) -> list[Link]:
    return [
        Link(table.name, ours.source, other.name, theirs.source, share)
        for ours in table.columns.values()
        for theirs in other.columns.values()
        if (share := _share(ours, theirs, table, other)) > 0
    ]


def _share(ours: Profile, theirs: Profile, table: TableProfile, other: TableProfile) -> float:
    if ours.source in table.times or theirs.source in other.times:
        return 0.0
    if not ours.could_name_things or not (theirs.could_name_things or theirs.distinct == 2):
        return 0.0
    same_name = words(ours.source) == words(theirs.source) and not says(ours.source, BARE_ID)
    names_its_rows = theirs.share_distinct >= _NAMES_ITS_ROWS and (
        (refers_to(ours.source, other.name) and is_row_id(theirs.source, other.name))
        or same_reference(ours.source, theirs.source)
    )
    by_name = same_name or names_its_rows
    if not by_name and (ours.is_number or theirs.is_number or not theirs.is_unique):
        return 0.0  # small numbers stand in each other by chance
    share = containment(ours, theirs)
    return share if share >= (_HALF if by_name else _MOST) else 0.0
