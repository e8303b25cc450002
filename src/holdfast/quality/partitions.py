"""Puts partitions of customers, each cleaned by itself, together: what cleaning them all at once gives.

    without_rows(partition) -> CleanedRows
    merged(partitions, spelling) -> CleanedRows

Counts add up, words are those of the whole columns; only the examples of unreadable values may be others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.quality.clean import CleanedRows
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.money_kinds import merged_kinds
from holdfast.quality.parsing.columns import Reading
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.table_state import POSITION, TYPES_STEP, TableState, types_in_words
from holdfast.quality.training_columns import TrainingColumn

SpellingByTable = Mapping[str, Mapping[str, SpellingCounts]]
_SUMMED = ("rows_before", "rows_after", "rows_changed", "values_changed", "set_aside", "merged", "netted")
_NOT_SUMMED = "customers_tables"  # a fact about the settings, the same in each partition
_EXAMPLES, _TEXTS = 3, 6


def without_rows(partition: CleanedRows) -> CleanedRows:
    """What was counted, without the rows; tables of customers as read keep theirs, for checks look at them."""
    states = {}
    for name, state in partition.states.items():
        table = state.table.clear() if state.contract.is_events else state.table
        states[name] = replace(state, table=table, rest=state.rest.clear())
    return replace(partition, tables={name: table.clear() for name, table in partition.tables.items()}, states=states)


def merged(partitions: Sequence[CleanedRows], spelling: SpellingByTable) -> CleanedRows:
    """What was counted of all customers, from that of each partition.

    Args:
        partitions: at least one, `without_rows`; no customer is in two. Each was cleaned with the spellings that
            `spelling` decides.
        spelling: how the whole columns are spelt, by table.
    """
    first = partitions[0]
    states = {
        name: _state([partition.states[name] for partition in partitions], spelling.get(name, {}))
        for name in first.states
    }
    steps = _ledger([partition.steps for partition in partitions])
    facts = _facts([partition.facts for partition in partitions])
    return CleanedRows(first.tables, states, steps, facts, _set_aside(partitions, states))


def _state(states: Sequence[TableState], spelling: Mapping[str, SpellingCounts]) -> TableState:
    first = states[0]
    if first.settings.holds == "lookup":  # read whole in each partition
        return first
    readings = {name: _reading([state.readings[name] for state in states]) for name in first.readings}
    ledger = [
        replace(entry, what=types_in_words(readings)) if entry.step == TYPES_STEP else entry
        for entry in _ledger([state.ledger for state in states])
    ]
    table = pl.concat([state.table for state in states], how="diagonal_relaxed")
    position = pl.int_range(table.height, dtype=pl.UInt32, eager=True).alias(POSITION)
    return replace(
        first,
        table=table.with_columns(position),
        rows=pl.int_range(sum(state.rows_in for state in states), dtype=pl.UInt32, eager=True),
        readings=readings,
        ledger=tuple(ledger),
        facts=_facts([state.facts for state in states]),
        kinds=merged_kinds(state.kinds for state in states),
        columns={
            name: _column([state.columns[name] for state in states], spelling.get(name)) for name in first.columns
        },
    )


def _reading(readings: Sequence[Reading]) -> Reading:
    repaired: dict[str, int] = {}
    for reading in readings:
        for words, count in reading.repaired.items():
            repaired[words] = repaired.get(words, 0) + count
    examples = dict.fromkeys(example for reading in readings for example in reading.examples)
    instead = dict.fromkeys(text for reading in readings for text in reading.instead)
    has_yes = any(reading.filled and not reading.instead for reading in readings)
    return replace(
        readings[0],
        filled=sum(reading.filled for reading in readings),
        blank=sum(reading.blank for reading in readings),
        unreadable=sum(reading.unreadable for reading in readings),
        examples=tuple(examples)[:_EXAMPLES],
        repaired=repaired,
        instead=() if has_yes else tuple(instead)[:_TEXTS],
    )


def _column(columns: Sequence[TrainingColumn], spelling: SpellingCounts | None) -> TrainingColumn:
    least = [column.least for column in columns if column.least is not None]
    most = [column.most for column in columns if column.most is not None]
    counted = [column.spelling for column in columns if column.spelling is not None]
    return replace(
        columns[0],
        spelling=_spelling(counted) if counted else spelling,
        least=min(least, default=None),
        most=max(most, default=None),
    )


def _spelling(counts: Sequence[SpellingCounts]) -> SpellingCounts:
    """Of flags, whose words are few and decide nothing: they are counted by partition."""
    words = [each.words for each in counts]
    together = frozenset().union(*(each for each in words if each is not None))
    return SpellingCounts(
        sum(each.dotted for each in counts),
        all(each.all_whole for each in counts),
        None if any(each is None for each in words) else together,
    )


def _ledger(ledgers: Sequence[Sequence[LedgerEntry]]) -> tuple[LedgerEntry, ...]:
    """The steps of all partitions, added up; a step that one of them had no reason to take left its rows as they were.

    The order is that of the longest ledger: the others leave steps out, they do not order them otherwise.
    """
    order = [(entry.table, entry.step) for entry in max(ledgers, key=len)]
    for ledger in ledgers:
        before = -1
        for entry in ledger:
            step = (entry.table, entry.step)
            if step not in order:
                order.insert(before + 1, step)
            before = order.index(step)
    if not order:
        return ()
    totals: dict[tuple[str, str], LedgerEntry] = {}
    for ledger in ledgers:
        taken = {(entry.table, entry.step): entry for entry in ledger}
        rows = ledger[0].rows_before if ledger else 0
        for step in order:
            entry = taken.get(step) or LedgerEntry(*step, "", rows, rows)
            rows = entry.rows_after
            totals[step] = _added(totals[step], entry) if step in totals else entry
    return tuple(totals[step] for step in order)


def _added(total: LedgerEntry, entry: LedgerEntry) -> LedgerEntry:
    sums = {name: getattr(total, name) + getattr(entry, name) for name in _SUMMED}
    return replace(total, what=total.what or entry.what, amount=round(total.amount + entry.amount, 2), **sums)


def _facts(facts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in facts:
        for name, count in each.items():
            total[name] = count if name == _NOT_SUMMED else total.get(name, 0) + count
    return total


def _set_aside(partitions: Sequence[CleanedRows], states: Mapping[str, TableState]) -> pl.DataFrame:
    """By table, step and row, as whole tables give them."""
    rows = pl.concat([partition.set_aside for partition in partitions])
    order = [(name, entry.step) for name, state in states.items() for entry in state.ledger]
    positions = pl.DataFrame(
        {
            "table": [table for table, _ in order],
            "step": [step for _, step in order],
            "_place": pl.Series(range(len(order)), dtype=pl.UInt32),
        },
        schema_overrides={"table": pl.String, "step": pl.String},
    )
    ordered = rows.join(positions, on=["table", "step"], how="left", maintain_order="left")
    return ordered.sort("_place", "row", nulls_last=True, maintain_order=True).drop("_place")
