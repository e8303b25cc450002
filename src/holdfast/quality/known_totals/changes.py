"""The changes that another reading may be made of: of a table's money, and of the states of subscriptions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl

from holdfast.meanings import STATES, Meaning
from holdfast.quality.known_totals.readings import Change, add_status, append, set_meaning, set_value
from holdfast.quality.known_totals.sums import (
    COUNTED,
    GIVEN_BACK,
    GIVEN_BACK_NAMES,
    LEFT_OUT,
    MOST_VALUES,
    KindColumn,
    TableReading,
    TableSums,
    our_name,
)
from holdfast.quality.money import status_text
from holdfast.settings import Settings
from holdfast.table_settings import ColumnSettings, TableSettings

_OWN_WORDS, _WHOLE_TABLE = 1.5, 1.5  # weights: columns that nothing says are kinds of money; a table left out
_MOST_ADDED = 0.6  # of the amount: more is no tax, no postage and no discount of it
_CENTS = 0.01
ALL_TABLES = "*"
SCALE = "scale"  # ends the group of the change from units to hundredths, or back
_RUNS = frozenset({Meaning.RUNNING, Meaning.PAST_DUE})
_STOPPED = (Meaning.TRIALING, Meaning.PAUSED, Meaning.ENDED)
_MEANING = {COUNTED: Meaning.SALE, LEFT_OUT: Meaning.OPEN, GIVEN_BACK: Meaning.REFUND}


@dataclass(frozen=True)
class MoneyChange:
    """A change, and what it does to the sums of its table."""

    table: str
    change: Change
    alter: Callable[[TableReading], TableReading]


def changes_of(sums: TableSums, settings: Settings, *, is_only_table: bool) -> list[MoneyChange]:
    """Every change of a table's reading that moves a total: kinds of rows first, then columns."""
    own = settings.tables[sums.table]
    several = [*_kinds(sums), *_columns(sums, own), *_orders(sums), *_scale(sums), *_table(sums, is_only_table)]
    now = sums.total(sums.reading)
    return [each for each in several if (abs(sums.total(each.alter(sums.reading)) - now) > _CENTS / 2).any()]


def _kinds(sums: TableSums) -> Iterator[MoneyChange]:
    for position, kind in enumerate(sums.kinds):
        for value, (text, present) in enumerate(zip(kind.values[:MOST_VALUES], kind.treatments, strict=False)):
            for treatment in (LEFT_OUT, COUNTED, GIVEN_BACK) if text else ():
                if treatment != present:
                    yield _kind(sums.table, position, kind, value, treatment)


def _kind(table: str, position: int, kind: KindColumn, value: int, treatment: int) -> MoneyChange:
    text, meaning = kind.values[value], _MEANING[treatment]
    rows = f'the rows of {kind.source} = "{text}"'
    words = {LEFT_OUT: f"without {rows}", COUNTED: f"with {rows}", GIVEN_BACK: f"with {rows} given back"}[treatment]
    paths: tuple[tuple[str, ...], ...] = ()
    if kind.index is None:
        apply = add_status(table, kind.name, kind.source, text, meaning)
        instruction = ""
        paths = (("tables", table, "columns", kind.name), ("tables", table, "statuses"))
    else:
        apply = set_meaning(table, kind.index, text, meaning)
        instruction = f'tables.{table}.statuses, column {kind.name}: "{text}" under {meaning.value}'

    def alter(reading: TableReading) -> TableReading:
        own = [*reading.treatments[position]]
        own[value] = treatment
        before, after = reading.treatments[:position], reading.treatments[position + 1 :]
        return replace(reading, treatments=(*before, tuple(own), *after))

    weight = 1.0 if kind.index is not None else _OWN_WORDS
    return MoneyChange(table, Change((table, kind.name, text), words, apply, instruction, paths, weight=weight), alter)


def _columns(sums: TableSums, own: TableSettings) -> Iterator[MoneyChange]:
    """Another column as the amount; further columns taken off or added, or no longer."""
    amount = own.columns.get("amount")
    money = own.money
    if money is not None and money.gives_back:
        return
    refunds = {own.columns[name].source: name for name in (money.refunds if money else ()) if name in own.columns}
    sizes = np.abs(sums.sums[0, 0].sum(axis=(0, 1)))
    for position, name in enumerate(sums.columns):
        if position == 0:
            continue
        if name in refunds:
            left = [each for each in (money.refunds if money else ()) if each != refunds[name]]
            yield _signed(sums, position, 0.0, f"without taking off {name}", "money.refunds", left)
            continue
        if amount is not None and name in (*amount.plus, *amount.minus):
            yield _no_longer(sums, position, amount)
            continue
        if amount is not None and name == amount.source and len((*amount.plus, *amount.minus)) == 1:
            continue  # the amount alone: the same as without the one column that is added or taken off
        yield _amount(sums.table, position, name)
        if sizes[position] > _MOST_ADDED * sizes[0]:
            continue
        if GIVEN_BACK_NAMES.search(name) or amount is None:
            yield _refund(sums.table, position, name, own)
        else:
            yield _added(sums, position, -1.0, f"less {name}", "columns.amount.minus", name)
        if amount is not None:
            yield _added(sums, position, 1.0, f"plus {name}", "columns.amount.plus", name)


def _amount(table: str, position: int, name: str) -> MoneyChange:
    apply = set_value("tables", table, "columns", "amount", value={"from": name, "kind": "money"})
    change = Change((table, "amount"), "", apply, paths=(("tables", table, "columns", "amount"),), amount=name)
    return MoneyChange(table, change, lambda reading: replace(reading, amount=position))


def _refund(table: str, position: int, name: str, own: TableSettings) -> MoneyChange:
    """A column of what was given back, taken off the amount."""
    ours = next((each for each, column in own.columns.items() if column.source == name), "")
    key = ours or our_name(name, own)
    column = set_value("tables", table, "columns", key, value={"from": name, "kind": "money"})
    listed = append("tables", table, "money", "refunds", value=key)

    def apply(plain: dict[str, object]) -> None:
        column(plain)
        listed(plain)

    of_column = () if ours else (("tables", table, "columns", key),)
    paths = (*of_column, ("tables", table, "money", "refunds"))
    change = Change((table, "column", name), f"less {name}", apply, paths=paths)
    return MoneyChange(table, change, _with_sign(position, -1.0))


def _signed(sums: TableSums, position: int, sign: float, words: str, setting: str, value: list[str]) -> MoneyChange:
    path = ("tables", sums.table, *setting.split("."))
    group = (sums.table, "column", sums.columns[position])
    change = Change(group, words, set_value(*path, value=value), paths=(path,))
    return MoneyChange(sums.table, change, _with_sign(position, sign))


def _no_longer(sums: TableSums, position: int, amount: ColumnSettings) -> MoneyChange:
    """A column that is added to the amount, or taken off it, and then is not."""
    name = sums.columns[position]
    is_added = name in amount.plus
    left = [each for each in (amount.plus if is_added else amount.minus) if each != name]
    words, setting = (f"without {name}", "plus") if is_added else (f"without taking off {name}", "minus")
    return _signed(sums, position, -1.0 if is_added else 1.0, words, f"columns.amount.{setting}", left)


def _added(sums: TableSums, position: int, sign: float, words: str, setting: str, name: str) -> MoneyChange:
    path = ("tables", sums.table, *setting.split("."))
    change = Change((sums.table, "column", name), words, append(*path, value=name), paths=(path,))
    return MoneyChange(sums.table, change, _with_sign(position, sign))


def _with_sign(position: int, sign: float) -> Callable[[TableReading], TableReading]:
    return lambda reading: replace(reading, signs={**reading.signs, position: sign})


def _orders(sums: TableSums) -> Iterator[MoneyChange]:
    if not sums.has_orders:
        return
    once = not sums.reading.is_once
    words = "once an order" if once else "on every line"
    value = "order_id" if once else ""
    path = ("tables", sums.table, "money", "once_per")
    change = Change((sums.table, "once"), words, set_value(*path, value=value), paths=(path,))
    yield MoneyChange(sums.table, change, lambda reading: replace(reading, is_once=once))


def _scale(sums: TableSums) -> Iterator[MoneyChange]:
    scale = _CENTS if sums.reading.scale == 1.0 else 1.0
    words = "in hundredths" if scale == _CENTS else "in whole units"
    path = ("tables", sums.table, "money", "scale")
    change = Change((sums.table, SCALE), words, set_value(*path, value=scale), paths=(path,))
    yield MoneyChange(sums.table, change, lambda reading: replace(reading, scale=scale))


def zone_changes(zones: Sequence[str]) -> list[MoneyChange]:
    """Days that begin in another time zone, in all tables."""
    return [
        MoneyChange(
            ALL_TABLES,
            Change(
                ("time_zone",), f"by the days of {zone}", set_value("time_zone", value=zone), paths=(("time_zone",),)
            ),
            _in_zone(position),
        )
        for position, zone in enumerate(zones)
        if position
    ]


def _in_zone(position: int) -> Callable[[TableReading], TableReading]:
    return lambda reading: replace(reading, zone=position)


def _table(sums: TableSums, is_only_table: bool) -> Iterator[MoneyChange]:
    if is_only_table:
        return
    path = ("tables", sums.table, "holds")
    change = Change(
        (sums.table, "counts"),
        f"without the table {sums.table}",
        set_value(*path, value="events"),
        paths=(path,),
        weight=_WHOLE_TABLE,
    )
    yield MoneyChange(sums.table, change, lambda reading: replace(reading, counts=False))


def changes_of_states(raw: Mapping[str, pl.DataFrame], settings: Settings) -> list[Change]:
    """Each state of a table of subscriptions, running where it does not run now, and the other way round."""
    return [
        change
        for name, table in settings.tables.items()
        if table.subscriptions is not None
        for index, status in enumerate(table.statuses)
        if status.column in table.columns and STATES & set(status.meaning_of().values())
        for change in _of_column(name, index, raw[name], settings)
    ]


def _of_column(table: str, index: int, rows: pl.DataFrame, settings: Settings) -> Iterator[Change]:
    status = settings.tables[table].statuses[index]
    source = settings.tables[table].columns[status.column].source
    if source not in rows.columns:
        return
    texts = rows[source].cast(pl.String).str.strip_chars().drop_nulls().alias("text").to_frame()
    counted = texts.group_by(status_text("text").alias("key")).agg(pl.col("text").first(), pl.len()).sort("len", "key")
    meanings = status.meaning_of()
    for key, text in counted.reverse().head(MOST_VALUES).select("key", "text").iter_rows():
        where = f'tables.{table}.statuses, column {status.column}: "{text}" under'
        if meanings.get(key) not in _RUNS:
            words = f'with {source} = "{text}" running'
            apply = set_meaning(table, index, text, Meaning.RUNNING)
            yield Change((table, status.column, text), words, apply, f"{where} running")
        else:
            words = f'with {source} = "{text}" not running'
            apply = set_meaning(table, index, text, Meaning.ENDED)
            which = ", ".join(each.value for each in _STOPPED[:-1])
            instruction = f"{where} {which} or {_STOPPED[-1].value}, whichever it is"
            yield Change((table, status.column, text), words, apply, instruction, is_settled=False)


def combined(changes: list[Change], most: int) -> Iterator[tuple[Change, ...]]:
    """One change, then two of different groups; as many as may be tried."""
    pairs = (pair for pair in combinations(changes, 2) if pair[0].group != pair[1].group)
    for number, each in enumerate([*((change,) for change in changes), *pairs]):
        if number == most:
            return
        yield each
