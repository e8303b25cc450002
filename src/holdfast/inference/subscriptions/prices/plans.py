"""Prices of subscriptions that stand in another table, of plans or products, to which each subscription leads.

    with_prices_of_plans(profiles, references) -> the tables, with the columns of prices that each leads to beside it
    looked_up_in_plans(tables, led) -> the guesses, with these columns in the table that holds them

While everything is guessed, the columns stand in the table of subscriptions; when it is read, they are looked up there
by the column that the two share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, TableGuess
from holdfast.inference.joins.link import Link
from holdfast.inference.money.currencies import is_currency
from holdfast.inference.profiles.columns import Profile, decimal_of, profile
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.columns import reads_as_intervals, says_monthly
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import own_name, says
from holdfast.inference.words.vocabulary import BARE_ID, BARE_NAME

_MOST_PLANS = 5_000


@dataclass(frozen=True)
class LedTo:
    """The columns that a table of subscriptions takes from another one."""

    link: Link
    sources: Mapping[str, str]  # beside the subscriptions -> in the other table


@dataclass(frozen=True)
class WithPrices:
    """The tables with the columns that they lead to beside their own, and what these are."""

    profiles: tuple[TableProfile, ...]
    led: Mapping[str, LedTo] = field(default_factory=dict)  # by the name of the table that leads there


def with_prices_of_plans(profiles: Sequence[TableProfile], references: Mapping[str, tuple[Link, ...]]) -> WithPrices:
    """The tables without a price of their own, with the prices and intervals of what their rows refer to.

    Args:
        profiles: the tables.
        references: table without customers -> the columns that name its rows.
    """
    by_name = {table.name: table for table in profiles}
    led: dict[str, LedTo] = {}
    joined: dict[str, TableProfile] = {}
    for name in sorted(references):
        other = by_name.get(name)
        for link in references[name] if other is not None and other.rows <= _MOST_PLANS else ():
            table = by_name.get(link.table)
            if other is None or table is None or table.name in led or not table.times or _has_price(table):
                continue
            sources = _prices_of(other, table, link)
            if _price_in(other.columns) in sources.values():
                led[table.name] = LedTo(link, sources)
                joined[table.name] = _joined(table, other, led[table.name])
    return WithPrices(tuple(joined.get(table.name, table) for table in profiles), led)


def is_price_list(table: TableProfile) -> bool:
    """Whether the rows of a table are plans: few, undated, each with a text of its own, a price and an interval."""
    if table.times or not 1 < table.rows <= _MOST_PLANS or not table.sample.headed:
        return False
    columns = table.columns.values()
    return (
        any(column.is_text_typed and not column.is_number and column.is_unique for column in columns)
        and any(reads_as_intervals(column) for column in columns)
        and bool(_price_in(table.columns))
    )


def _price_in(columns: Mapping[str, Profile]) -> str:
    """The column of the price in a list of plans: by its name, else the only one of numbers; empty where none is."""
    named = [name for name, column in columns.items() if _is_price(name, column)]
    numbers = [
        name
        for name, column in columns.items()
        if column.is_number and column.flag is None and column.distinct > 1 and not column.has_leading_zeros
        and not says(name, words.NOT_PRICE) and not says(name, words.NO_UNITS) and not says(name, BARE_ID)
    ]  # fmt: skip
    return next(iter(named), numbers[0] if len(numbers) == 1 else "")


def _has_price(table: TableProfile) -> bool:
    return any(_is_price(name, column) for name, column in table.columns.items() if name not in table.times)


def _is_price(name: str, column: Profile) -> bool:
    says_so = says(name, words.PRICE) or says_monthly(name) or says(name, words.ARR)
    return column.is_number and says_so and not says(name, words.NOT_PRICE) and column.flag is None


def _prices_of(other: TableProfile, table: TableProfile, link: Link) -> dict[str, str]:
    """What prices, terms, currencies and names of plans are called beside the subscriptions -> in the other table."""
    free = {name: column for name, column in other.columns.items() if name not in other.times and column.filled}
    free.pop(link.other_source, None)
    named, price = _name_of(free), _price_in(free)
    beside = {}
    for name, column in free.items():
        says_length = says(name, words.INTERVAL) or says(name, words.TERM_MONTHS) or says(name, words.TERM_ALONE)
        is_length = says_length or reads_as_intervals(column)
        if name in {named, price} or _is_price(name, column) or is_length or is_currency(name, column):
            # The name of a plan is the plan of a subscription, whatever its column is called.
            is_taken = name in table.columns or (name == named and not says(name, words.PLAN))
            beside[f"{other.name} plan {name}" if is_taken else name] = name
    return beside


def _name_of(columns: Mapping[str, Profile]) -> str:
    """The column of texts that names the plans; empty where there is none."""
    texts = [name for name, column in columns.items() if column.is_text_typed and not column.is_number]
    by_name = [name for name in texts if says(name, BARE_NAME) or says(name, words.PLAN)]
    return next(iter([*by_name, *(name for name in texts if columns[name].share_distinct == 1)]), "")


def _joined(table: TableProfile, other: TableProfile, led: LedTo) -> TableProfile:
    plans = pl.DataFrame(
        {
            "key": as_keys(other.columns[led.link.other_source]),
            **{ours: other.columns[theirs].series for ours, theirs in led.sources.items()},
        }
    )
    first = plans.drop_nulls("key").unique("key", keep="first", maintain_order=True)
    keys = pl.DataFrame({"key": as_keys(table.columns[led.link.source])})
    rows = keys.join(first, on="key", how="left", maintain_order="left").drop("key")
    frame = table.sample.frame.hstack(rows)
    columns = {**table.columns, **{name: profile(rows[name]) for name in rows.columns}}
    return replace(table, sample=replace(table.sample, frame=frame), columns=columns)


def prices_left_out(tables: Sequence[TableGuess], led: Mapping[str, LedTo]) -> list[str]:
    """In words, the prices of plans that no subscription is read by: of a year, beside those of a month.

    Args:
        tables: the project's tables, while the prices stand beside the subscriptions.
        led: what stands beside them, by sample name.
    """
    notes = []
    for table in tables:
        taken = led.get(table.sample)
        price = table.column("price") if taken is not None and table.subscriptions is not None else None
        if taken is None or price is None or price.source not in taken.sources:
            continue
        used = {column.source for column in table.columns}
        others = [theirs for ours, theirs in taken.sources.items() if ours not in used and says(theirs, words.PRICE)]
        if others:
            notes.append(
                f"{taken.link.other}: {', '.join(others)} is not used. Each subscription costs {price.source} of its "
                "plan, also where it is paid for another time."
            )
    return notes


def looked_up_in_plans(
    tables: Sequence[TableGuess], led: Mapping[str, LedTo], profiles: Mapping[str, TableProfile]
) -> tuple[TableGuess, ...]:
    """The tables; what a table of subscriptions takes from that of the plans stands there, under our names.

    Args:
        tables: the project's tables.
        led: what stands beside the subscriptions, by sample name.
        profiles: the tables as their files hold them, by sample name.
    """
    result = list(tables)
    for position, table in enumerate(tables):
        taken = led.get(table.sample)
        if taken is None or table.subscriptions is None:
            continue
        moved = [column for column in table.columns if column.source in taken.sources]
        key = next((column for column in table.columns if column.source == taken.link.source), None)
        if not moved or key is None:
            continue
        names = {column.name for column in moved}
        # In hundredths is the list of prices, and no column of the subscriptions.
        is_scaled = "price" in names and table.money is not None and table.money.scale != 1.0
        result[position] = replace(
            table,
            columns=tuple(column for column in table.columns if column not in moved),
            ignore={source: why for source, why in table.ignore.items() if source not in taken.sources},
            money=None if is_scaled else table.money,
        )
        for at, other in enumerate(result):
            if other.sample == taken.link.other and not other.left_out:
                moved_to = _with_moved(other, taken, moved, key, names, profiles[other.sample])
                result[at] = replace(moved_to, money=table.money) if is_scaled else moved_to
            elif at != position and other.sample == table.sample:
                result[at] = replace(
                    other,
                    columns=tuple(column for column in other.columns if column.source not in taken.sources),
                    ignore={source: why for source, why in other.ignore.items() if source not in taken.sources},
                )
    return tuple(result)


def _with_moved(
    other: TableGuess,
    taken: LedTo,
    moved: Sequence[ColumnGuess],
    key: ColumnGuess,
    names: set[str],
    profile_of_other: TableProfile,
) -> TableGuess:
    """The table of plans with the columns that subscriptions are read by."""
    theirs = {taken.sources[column.source]: column for column in moved}
    columns = [ColumnGuess(taken.link.other_source, key.name, Kind.TEXT, 0.9, taken.link.words)]
    taken_names = {*names, key.name}
    for column in other.columns:
        if column.source in {taken.link.other_source, *theirs}:
            continue
        name = own_name(column.name, taken_names) if column.name in taken_names else column.name
        taken_names.add(name)
        columns.append(replace(column, name=name))
    for source, column in theirs.items():
        evidence = f"{column.evidence}; each subscription's by {taken.link.source}"
        columns.append(replace(column, source=source, evidence=evidence))
    numbers = {column.source: profile_of_other.columns[column.source] for column in columns}
    ignore = {source: why for source, why in other.ignore.items() if source not in theirs}
    return replace(other, columns=tuple(columns), ignore=ignore, decimal=decimal_of(numbers))
