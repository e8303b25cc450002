"""A table of events as the kernel reads it: sorted arrays, the same whatever order the rows came in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.grouping import (
    Codes,
    add_runs,
    code_by_customer,
    customer_bounds,
    group_rows,
    mark_ties,
    pick_numbers,
)
from holdfast.features.engine.layout import Layout, layout_of, needed_of, types_of
from holdfast.features.engine.types import Events, Integers
from holdfast.features.spec import Aggregate
from holdfast.stats.columns import flags
from holdfast.stats.runs import heads_of
from holdfast.stats.string_views import run_starts

_FEW_ROWS = 64
_FEW_IDS = 1_000  # that are looked up one by one sooner than tables are joined


@dataclass(frozen=True)
class Ties:
    """Rows that share a customer and a time with others, in sorted rows."""

    rows: Integers  # (t,)
    runs: Integers  # (t,) number of the run of tied rows that each is of

    @classmethod
    def of(cls, tied: NDArray[np.bool_]) -> "Ties":
        """From (n,) whether a row is tied with the row before."""
        rows = np.flatnonzero(tied | np.append(tied[1:], False))
        return cls(rows, np.cumsum(~tied[rows]))

    def order(self, keys: NDArray[Any]) -> Integers | None:
        """(t,) the order of the tied rows by `keys` (t,) within each run; None where they are in order already."""
        by_key = np.lexsort((keys, self.runs))
        return None if (by_key[1:] > by_key[:-1]).all() else by_key

    def reorder(self, column: NDArray[Any], order: Integers | None) -> None:
        """Put the tied rows of a column in that order, in place."""
        if order is not None:
            column[self.rows] = column[self.rows][order]


@dataclass(frozen=True)
class EventArrays:
    """Sorted events, and where each column and condition is."""

    events: Events
    layout: Layout
    dictionaries: dict[str, pl.Series]  # column -> the texts that its codes stand for


class EventColumns:
    """The columns of an event table, each read once and shared by several `EventArrays`."""

    def __init__(self, table: pl.DataFrame, customers: pl.Series) -> None:
        """Sort the events of `customers` (unique ids) by customer, then time; all others are left out."""
        self.table = table
        self.types = types_of(table)
        self.customers = len(customers)
        self._rows = _SortedRows.of(table, customers)
        self._coded: dict[str, tuple[Codes, pl.Series]] = {}
        self._texts: dict[str, pl.Series] = {}
        self._equal: dict[tuple[str, str], NDArray[np.bool_]] = {}

    def rows(self, tie_breakers: Sequence[str]) -> "_SortedRows":
        """The rows in order; tied rows by the columns in `tie_breakers`."""
        if not tie_breakers:
            return self._rows
        rows = replace(self._rows, order=self._rows.order.copy())
        rows.order_ties(self.table, tie_breakers)
        return rows

    def coded(self, column: str) -> tuple[Codes, pl.Series]:
        """(n,) codes of a column's values, -1 for null; and the dictionary of the texts that they stand for."""
        if column not in self._coded:
            self._coded[column] = _dictionary_codes(self.texts(column))
        return self._coded[column]

    def texts(self, column: str) -> pl.Series:
        """(n,) a column's values as texts."""
        if column not in self._texts:
            self._texts[column] = self.table[column].cast(pl.String)
        return self._texts[column]

    def equal(self, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], NDArray[np.bool_]]:
        """(column, value) -> (n,) whether the column has the value, as a text; all of `pairs`, in one pass."""
        new = [pair for pair in pairs if pair not in self._equal]
        if self.table.height <= _FEW_ROWS:  # compared one by one sooner than Polars begins
            texts_of = {column: self.texts(column).to_list() for column in {column for column, _ in new}}
            self._equal |= {
                (column, value): np.array([text == value for text in texts_of[column]], dtype=np.bool_)
                for column, value in new
            }
        else:
            self._equal |= {(column, value): flags(self.texts(column) == value) for column, value in new}
        return self._equal


def event_arrays(columns: EventColumns, aggregates: Iterable[Aggregate], pool: Executor) -> EventArrays:
    """The arrays that some aggregates read; they share a table and the way in which its rows become events.

    Args:
        columns: of a table with customer_id, happened_at, known_at (may be missing) and the columns that are named.
        aggregates: at least one.
        pool: reads columns side by side.
    """
    table, needed = columns.table, needed_of(aggregates, columns.types)
    numbers, values, counted, keys = needed.numbers, needed.values, needed.counted, needed.keys
    rows = columns.rows(needed.tie_breakers)
    coded = dict(zip(values, pool.map(columns.coded, values), strict=True))
    amounts = np.empty((len(numbers), len(rows.order)))
    [*pool.map(lambda name, column: pick_numbers(table[name], rows.order, column), numbers, amounts)]
    if keys:
        same_event = rows.same_event([columns.texts(name) for name in keys])
        starts, lines = np.flatnonzero(~same_event), Ties.of(same_event)
        for column in amounts:
            lines.reorder(column, lines.order(column[lines.rows]))
        amounts = _stack([add_runs(starts, column) for column in amounts], len(starts), np.float64)
        rows = rows.take(starts)
    bounds = rows.bounds(columns.customers)
    readers: list[Callable[[], Codes]] = [
        *(lambda name=name: rows.pick(coded[name][0]) for name in values),
        *(lambda name=name: code_by_customer(table[name], rows.order, bounds) for name in counted),
    ]
    codes = [*pool.map(lambda read: read(), readers)]
    ties, orders = Ties.of(rows.tied), dict[str, Integers | None]()
    if not keys and ties.rows.size:
        orders = {name: ties.order(column[ties.rows]) for name, column in zip(numbers, amounts, strict=True)}
        orders |= {name: ties.order(_text_ranks(table[name], rows.order[ties.rows])) for name in values}
        for name, column in [*zip(numbers, amounts, strict=True), *zip(values, codes, strict=False)]:
            ties.reorder(column, orders[name])
    layout = layout_of(aggregates, columns.types, tuple(name for name, order in orders.items() if order is not None))
    conditions, equal = layout.conditions, columns.equal(layout.pairs)
    events = Events(
        starts=bounds[0],
        ends=bounds[1],
        happened=rows.happened,
        visible=np.maximum(rows.happened, rows.known_at),
        numbers=amounts,
        values=_stack(codes, len(rows.order), np.int32),
        masks=np.empty((len(rows.order), len(conditions)), dtype=np.uint8),
        value_codes=max((int(column.max(initial=-1)) + 1 for column in codes), default=0),
    )
    for index, (where, moved_with) in enumerate(conditions):
        events.masks[:, index] = rows.pick(_all_of([equal[pair] for pair in where]))
        ties.reorder(events.masks[:, index], orders.get(moved_with))
    return EventArrays(events, layout, {name: coded[name][1] for name in values})


def _text_ranks(column: pl.Series, rows: Integers) -> Integers:
    """(t,) numbers in the order of the texts in `rows`; null is the least."""
    return column.gather(rows).cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()


@dataclass
class _SortedRows:
    """The rows of a table by customer, then time."""

    order: Integers  # (n,) rows of the table
    customer: Integers  # (n,) index of the customer
    happened: Integers
    known_at: Integers
    tied: NDArray[np.bool_] = field(init=False)  # (n,) whether a row has the customer and the times of the row before
    is_in_time: bool = field(init=False)  # whether each customer's rows go from the oldest to the newest

    def __post_init__(self) -> None:
        for times in (self.happened, self.known_at):
            times.setflags(write=False)  # as they come from Polars: to compiled code it is a type of its own
        self.tied, self.is_in_time = mark_ties(self.customer, self.happened, self.known_at)

    @classmethod
    def of(cls, table: pl.DataFrame, customers: pl.Series) -> "_SortedRows":
        happened = table["happened_at"]
        known_at = table["known_at"] if "known_at" in table.columns else happened
        known_at = known_at.fill_null(happened) if known_at.null_count() else known_at
        times = [_microseconds(times) for times in (happened, known_at)]
        starts = run_starts(table["customer_id"])
        heads = _indexes(heads_of(table["customer_id"], starts), customers)  # few where rows are grouped by customer
        customer = np.repeat(heads, np.diff(np.append(starts, table.height)))
        is_grouped = bool((heads >= 0).all()) and len(np.unique(heads)) == len(heads)
        if is_grouped and not happened.null_count():
            rows = cls(np.arange(len(customer)), customer, *times)
        else:
            customer[happened.is_null().to_numpy()] = -1
            order = group_rows(customer, len(customers))
            rows = cls(order, customer[order], times[0][order], times[1][order])
        return rows if rows.is_in_time else rows.take(np.lexsort((rows.known_at, rows.happened, rows.customer)))

    def bounds(self, customers: int) -> Integers:
        """(2, customers) where each customer's rows begin and end."""
        return customer_bounds(self.customer, customers)

    def pick(self, column: NDArray[Any]) -> NDArray[Any]:
        """A table's column in the order of the rows."""
        return column[self.order]

    def order_ties(self, table: pl.DataFrame, columns: Sequence[str]) -> None:
        """Order tied rows by columns, so that rows of one event follow each other."""
        ties = Ties.of(self.tied)
        if not ties.rows.size:
            return
        rows = table[self.order[ties.rows], columns].with_columns(pl.Series("_run", ties.runs))
        ties.reorder(self.order, rows.select(pl.arg_sort_by("_run", *columns)).to_series().to_numpy())

    def same_event(self, keys: Sequence[pl.Series]) -> NDArray[np.bool_]:
        """(n,) whether a row is tied with the row before and has the same texts in the key columns."""
        same = self.tied.copy()
        for texts in keys:
            tied = np.flatnonzero(same)
            these, before = texts[self.order[tied]], texts[self.order[tied - 1]]
            same[tied] = (these.eq_missing(before) if texts.null_count() else these == before).to_numpy()
        return same

    def take(self, rows: Integers) -> "_SortedRows":
        return _SortedRows(self.order[rows], self.customer[rows], self.happened[rows], self.known_at[rows])


def _microseconds(times: pl.Series) -> Integers:
    """(n,) since 1970; 0 for null."""
    numbers = times.cast(pl.Int64)
    return (numbers.fill_null(0) if numbers.null_count() else numbers).to_numpy()


def _indexes(ids: pl.Series, customers: pl.Series) -> Integers:
    """(n,) index of each id among the customers, -1 where it is none of them."""
    if ids.equals(customers):
        return np.arange(len(ids))
    if len(ids) + len(customers) <= _FEW_IDS:
        at = {name: index for index, name in enumerate(customers.to_list())}
        return np.array([at.get(name, -1) for name in ids.cast(pl.String).to_list()], dtype=np.int64)
    indexed = pl.DataFrame({"id": customers}).with_row_index("index")
    joined = ids.cast(pl.String).to_frame("id").join(indexed, on="id", how="left", maintain_order="left")
    return joined["index"].cast(pl.Int64).fill_null(-1).to_numpy(writable=True)


def _dictionary_codes(texts: pl.Series) -> tuple[Codes, pl.Series]:
    """(n,) index of each text in the dictionary of texts, -1 for null; and the dictionary."""
    coded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return codes, pl.Series(texts.name, coded.dictionary)


def _all_of(columns: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return columns[0] if len(columns) == 1 else np.logical_and.reduce(columns)


def _stack(columns: Sequence[NDArray[Any]], height: int, dtype: type) -> NDArray[Any]:
    return np.stack(columns).astype(dtype, copy=False) if columns else np.empty((0, height), dtype=dtype)
