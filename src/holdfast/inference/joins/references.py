"""Guesses lookup tables: plans, products, zip codes, campaigns that other tables refer to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from holdfast.column_types import Kind
from holdfast.inference.event_time import happened_at
from holdfast.inference.free_columns import constant_reason, names_rows, own_column
from holdfast.inference.guesses import ColumnGuess, Guess, TableGuess
from holdfast.inference.joins.link import Link
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import own_name


@dataclass(frozen=True)
class LookedUp:
    """The look-up tables, and the tables that refer to them with the shared column under one name."""

    tables: tuple[TableGuess, ...]
    referring: tuple[TableGuess, ...]


def lookup_tables(
    tables: Sequence[TableProfile],
    references: Mapping[str, tuple[Link, ...]],
    referring: Sequence[TableGuess],
) -> LookedUp:
    """Guess the look-up tables.

    Args:
        tables: those that are referred to.
        references: the columns that refer to each, by sample name.
        referring: the tables of customers and events, as guessed.
    """
    current = list(referring)
    lookups: list[TableGuess] = []
    for table in tables:
        links = [link for link in references[table.name] if any(each.sample == link.table for each in current)]
        if not links:
            continue
        shared = _shared_name(links, current)
        for link in links:
            current = [
                _under_name(each, link.source, shared) if each.sample == link.table else each for each in current
            ]
        used = {column.name for other in (*current, *lookups) for column in other.columns}
        undated = any(
            each.column("happened_at") is None and each.holds.value != "customers"
            for link in links
            for each in current
            if each.sample == link.table
        )
        lookups.append(_lookup(table, links, shared, used, dates=undated))
    return LookedUp(tuple(lookups), tuple(current))


def leading_table(table: TableProfile, key: Key, row: str) -> TableGuess:
    """A table without times of its own that leads rows of another to their customers: the contacts of companies.

    Args:
        table: the table.
        key: its column that names the customer.
        row: its column that names its rows.
    """
    holds = Guess(f"{table.name}.holds", "lookup", 0.85, f"leads to the customers by {row}: one {key.source} each")
    columns = (
        ColumnGuess(
            key.source, "customer_id", Kind.TEXT, key.confidence, key.evidence, "customer_id", choices=key.choices
        ),
        ColumnGuess(row, own_name(row, {"customer_id"}), Kind.TEXT, 0.9, "rows of other tables name it"),
    )
    others = [name for name in table.columns if name not in {key.source, row}]
    ignore = dict.fromkeys(others, "of the thing referred to, not of the customer")
    return TableGuess(table.name, table.name, holds, columns, ignore)


def _shared_name(links: Sequence[Link], current: Sequence[TableGuess]) -> str:
    sources = {(link.table, link.source) for link in links}
    shared = [column for table in current for column in table.columns if (table.sample, column.source) in sources]
    names = [column.name for column in shared]
    roles = [column.role for column in shared if column.role]
    return roles[0] if roles else names[0] if names else own_name(links[0].source, ())


def _under_name(table: TableGuess, source: str, name: str) -> TableGuess:
    """The table with a source column under a name, as text: keys of two tables are compared as texts."""
    columns = []
    is_after = False
    for column in table.columns:
        if column.source == source:
            is_after = True
            kind = column.kind if column.kind in {Kind.TEXT, Kind.CATEGORY} else Kind.TEXT
            columns.append(replace(column, name=name, kind=kind, true=()))
        elif column.name == name:
            columns.append(replace(column, name=own_name(f"{name} 2", {other.name for other in table.columns})))
        else:
            columns.append(column)
    ignore = dict(table.ignore)
    if not is_after:
        ignore.pop(source, None)
        columns.append(ColumnGuess(source, name, Kind.TEXT, 0.9, "refers to another table"))
    return replace(table, columns=tuple(columns), ignore=ignore)


def _lookup(table: TableProfile, links: Sequence[Link], shared: str, used: set[str], *, dates: bool) -> TableGuess:
    key = links[0].other_source
    columns = [ColumnGuess(key, shared, Kind.TEXT, 0.9, "; ".join(link.words for link in links))]
    ignore: dict[str, str] = {}
    when = happened_at(table) if dates else None
    if when is not None:
        reading = table.times[when.source]
        evidence = f"dates the rows of {', '.join(sorted({link.table for link in links}))}; {reading.evidence}"
        columns.append(
            ColumnGuess(
                when.source,
                "happened_at",
                Kind.TIME,
                when.confidence,
                evidence,
                "happened_at",
                time=reading,
                choices=when.choices,
            )
        )
    for source, column in table.columns.items():
        if source in {key, when.source if when else key}:
            continue
        reason = constant_reason(column) or (
            "names each row: says nothing of the customer" if names_rows(column) else ""
        )
        if not reason and source in table.times:
            reason = "a time of the thing referred to, not of the customer"
        if reason:
            ignore[source] = reason
            continue
        taken = {guess.name for guess in columns} | {"happened_at", "known_at", "customer_id"}
        guess = own_column(column, None, taken)
        if guess.name in used:
            guess = replace(guess, name=own_name(f"{table.name} {source}", taken | used))
        columns.append(guess)
    holds = Guess(
        f"{table.name}.holds",
        "lookup",
        0.85,
        f"no customer stands in it; {links[0].words}",
        f"tables.{table.name}.holds",
    )
    return TableGuess(table.name, table.name, holds, tuple(columns), ignore)
