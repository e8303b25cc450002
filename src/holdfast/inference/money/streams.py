"""Streams of events in which some kinds are sales: those are read as a table of purchases as well."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import ColumnGuess, Guess, StatusGuess, TableGuess
from holdfast.inference.money.amounts import can_be_the_amount, word_of
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_kind, meaning_of, tests_among
from holdfast.meanings import Meaning

SALES_OF_STREAM = "purchases"
_MONEY = frozenset({"transactions", "payments"})
_CONTRACTS = frozenset({"events", "usage"})
_NEARLY_ALL = 0.98  # of the rows with money are of kinds that sell or give back
_SURE = 0.85


def with_sales(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables, and beside a stream whose money stands on its purchases alone a table of these.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    sells = any(table.holds.value in _MONEY for table in tables if not table.left_out)
    result: list[TableGuess] = []
    for table in tables:
        sales = None if sells or table.left_out or table.recipe else _sales_of(table, profiles[table.sample])
        if sales is None:
            result.append(table)
            continue
        money = next(column for column in sales.columns if column.role == "amount")
        rest = tuple(column for column in table.columns if column.source != money.source)
        reason = f"the money of {sales.name}, a table of the same file"
        result += [replace(table, columns=rest, ignore={**table.ignore, money.source: reason}), sales]
    return tuple(result)


def _sales_of(table: TableGuess, profile: TableProfile) -> TableGuess | None:
    """The purchases among the events; None where no kind of them sells, or where other kinds carry money too."""
    kinds = [column for column in table.columns if column.kind is Kind.CATEGORY and is_named_kind(column.source)]
    if table.holds.value not in _CONTRACTS or len(kinds) != 1:
        return None
    kind = kinds[0]
    means = _meanings(profile, kind)
    for money in table.columns:
        if Meaning.SALE not in means or not _could_be_money(profile, money):
            continue
        paid = (profile.columns[money.source].all_numbers != 0).fill_null(value=False)
        sorts = profile.columns[kind.source].series.cast(pl.String).filter(paid)
        texts = sorted(text for several in means.values() for text in several)
        if len(sorts) and share_of(sorts.is_in(texts)) >= _NEARLY_ALL:
            return _as_sales(table, kind, money, means, _environments(table, profile))
    return None


def _environments(table: TableGuess, profile: TableProfile) -> list[StatusGuess]:
    """Columns that say where the software ran: what was bought in a test of it is no sale."""
    ours = {column.source: column.name for column in table.columns}
    guesses = []
    for name, our_name in ours.items():
        column = profile.columns.get(name)
        texts = [str(text) for text in column.values] if column is not None and column.distinct <= MOST_STATES else []
        tests = tests_among(texts)
        if tests:
            others = tuple(text for text in texts if text not in tests)
            guesses.append(StatusGuess(our_name, {Meaning.TEST: tests, Meaning.NEUTRAL: others}))
    return guesses


def _meanings(profile: TableProfile, kind: ColumnGuess) -> dict[Meaning, tuple[str, ...]]:
    means: dict[Meaning, tuple[str, ...]] = {}
    for text in profile.columns[kind.source].values.to_list():
        meaning = meaning_of(str(text), Purpose.MONEY, whole=True)
        meaning = Meaning.REFUND if meaning is Meaning.REVERSED else meaning
        if meaning in {Meaning.SALE, Meaning.REFUND}:
            means[meaning] = (*means.get(meaning, ()), str(text))
    return means


def _could_be_money(profile: TableProfile, column: ColumnGuess) -> bool:
    name = column.source
    profiled = profile.columns.get(name)
    if profiled is None or not profiled.is_number or word_of(name) is None:
        return False
    return can_be_the_amount(name, profiled, may_be_constant=True)  # one price for all is money: most rows have none


def _as_sales(
    table: TableGuess,
    kind: ColumnGuess,
    money: ColumnGuess,
    means: dict[Meaning, tuple[str, ...]],
    environments: Sequence[StatusGuess],
) -> TableGuess:
    texts = tuple(text for several in means.values() for text in several)
    about = f"{SALES_OF_STREAM}.holds"
    evidence = f"{money.source} stands on the rows that say {', '.join(texts)} in {kind.source} alone"
    paid = replace(money, name="amount", role="amount", kind=Kind.MONEY, confidence=_SURE, evidence=evidence)
    return replace(
        table,
        name=SALES_OF_STREAM,
        holds=Guess(about, "transactions", _SURE, evidence, f"tables.{about}"),
        columns=tuple(paid if column is money else column for column in table.columns),
        statuses=(StatusGuess(kind.name, means), *environments),
        only={kind.name: texts},
    )
