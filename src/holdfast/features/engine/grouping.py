"""Compiled preparation of event rows, one pass each: group by customer, mark ties, add up runs, code values."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.jit import compiled, inlined
from holdfast.features.engine.types import Integers, Numbers
from holdfast.stats.string_views import TextViews, fit_inline, text_views

Codes = NDArray[np.int32]
_PRIME, _BASIS = np.uint64(1099511628211), np.uint64(14695981039346656037)  # FNV-1a: Fowler, Noll & Vo (1991)
_MIX, _HALF = np.uint64(11400714819323198485), np.uint64(32)  # 2^64 / golden ratio, odd: Knuth (1973), 6.4


_SHARED_CODES = 2048  # values that are coded for all customers together
# Arrays that may not be written are another type to compiled code: also where they are empty.
_NO_OFFSETS, _NO_LETTERS = np.frombuffer(bytes(8), dtype=np.int64)[:0], np.frombuffer(bytes(8), dtype=np.uint8)[:0]


@compiled(lambda args: args[0].size + args[1].size)
def _group(customer: Integers, ends: Integers, order: Integers) -> None:
    """A stable sort by customer: `ends` holds how many rows each customer has, and then where those rows end."""
    total = 0
    for index in range(ends.size):
        total, ends[index] = total + ends[index], total
    for row in range(customer.size):
        if customer[row] >= 0:
            order[ends[customer[row]]] = row
            ends[customer[row]] += 1


def group_rows(customer: Integers, customers: int) -> Integers:
    """Rows by customer, those of one customer in their order; rows without a customer (-1) are left out."""
    ends = np.bincount(customer[customer >= 0], minlength=customers).astype(np.int64)
    order = np.empty(int(ends.sum()), dtype=np.int64)
    _group(customer, ends, order)
    return order


@compiled(lambda args: args[1].size)
def _add_runs(starts: Integers, numbers: Numbers, sums: Numbers) -> None:
    for run in range(starts.size):
        end = starts[run + 1] if run + 1 < starts.size else numbers.size
        sums[run] = np.nan
        for index in range(starts[run], end):
            if not np.isnan(numbers[index]):
                sums[run] = numbers[index] if np.isnan(sums[run]) else sums[run] + numbers[index]


def add_runs(starts: Integers, numbers: Numbers) -> Numbers:
    """Sums of the runs that begin at `starts`, added in order; NaN where a run has no number."""
    sums = np.empty(len(starts))
    _add_runs(starts, numbers, sums)
    return sums


@compiled(lambda args: args[0].size)
def _mark_ties(customer: Integers, happened: Integers, known_at: Integers, tied: NDArray[np.bool_]) -> bool:
    is_in_time = True
    for row in range(1, customer.size):
        if customer[row] != customer[row - 1]:
            continue
        step = happened[row] - happened[row - 1]
        if step == 0:
            step = known_at[row] - known_at[row - 1]
            tied[row] = step == 0
        is_in_time = is_in_time and step >= 0
    return is_in_time


def mark_ties(customer: Integers, happened: Integers, known_at: Integers) -> tuple[NDArray[np.bool_], bool]:
    """(n,) whether a row has the customer and times of the row before; and whether all are in order of time."""
    tied = np.zeros(len(customer), dtype=np.bool_)
    is_in_time = _mark_ties(customer, happened, known_at, tied)
    return tied, is_in_time


@compiled(lambda args: args[0].size)
def _customer_bounds(customer: Integers, bounds: Integers) -> None:
    for row in range(customer.size):
        if row == 0 or customer[row] != customer[row - 1]:
            bounds[0, customer[row]] = row
        bounds[1, customer[row]] = row + 1


def customer_bounds(customer: Integers, customers: int) -> Integers:
    """(2, customers) where the rows of each begin and end, of rows that are grouped by customer."""
    bounds = np.zeros((2, customers), dtype=np.int64)
    _customer_bounds(customer, bounds)
    return bounds


@compiled(lambda args: args[1].size)
def _pick_numbers(numbers: Numbers, order: Integers, picked: Numbers) -> None:
    for index in range(order.size):
        number = numbers[order[index]]
        # Minus zero would make the least of two zeros a matter of their order.
        picked[index] = number + 0.0 if np.isfinite(number) else np.nan


def pick_numbers(column: pl.Series, order: Integers, picked: Numbers) -> None:
    """Write a column's numbers in an order, all in one pass; NaN where not known or infinite."""
    numbers = column.cast(pl.Float64).to_numpy()
    numbers.setflags(write=False)  # as it is where Polars need not copy: another type to compiled code
    _pick_numbers(numbers, order, picked)


@inlined
def _equal_text(letters: NDArray[np.uint8], first: int, first_end: int, second: int, second_end: int) -> bool:
    if first_end - first != second_end - second:
        return False
    for index in range(first_end - first):  # noqa: SIM110 (compiled code knows no generators)
        if letters[first + index] != letters[second + index]:
            return False
    return True


@inlined
def _hash(views: TextViews, offsets: Integers, letters: NDArray[np.uint8], row: int) -> np.uint64:
    """A number that is the same for equal texts, and seldom for others."""
    mixed = _BASIS
    if offsets.size:
        for letter in range(offsets[row], offsets[row + 1]):
            mixed = (mixed ^ np.uint64(letters[letter])) * _PRIME
    else:
        mixed = (mixed ^ views[row, 0]) * _PRIME ^ views[row, 1]
    return (mixed ^ (mixed >> _HALF)) * _MIX  # the highest bits are the best mixed


@compiled(lambda args: 5 * args[3].size + args[2].size)
def _code_texts(
    views: TextViews,
    offsets: Integers,
    letters: NDArray[np.uint8],
    order: Integers,
    bounds: Integers,
    slots: Integers,
    codes: Codes,
) -> bool:
    """Code each customer's texts from 0; false where a customer needs more than half of the slots.

    `slots` (2, a power of two) is a hash table: of each slot, which customer filled it and with which row.
    """
    last, shift = np.uint64(slots.shape[1] - 1), np.uint64(64)
    while last >> (np.uint64(64) - shift):
        shift -= np.uint64(1)
    for customer in range(bounds.shape[1]):
        used = np.int32(0)
        for event in range(bounds[0, customer], bounds[1, customer]):
            row = order[event]
            if codes[event] < 0:  # not known
                continue
            slot = _hash(views, offsets, letters, row) >> shift
            while slots[0, slot] == customer:
                before = order[slots[1, slot]]
                if views[row, 0] == views[before, 0] and views[row, 1] == views[before, 1]:
                    break
                if offsets.size and _equal_text(
                    letters, offsets[row], offsets[row + 1], offsets[before], offsets[before + 1]
                ):
                    break
                slot = (slot + np.uint64(1)) & last
            if slots[0, slot] == customer:
                codes[event] = codes[slots[1, slot]]
            elif 2 * used < slots.shape[1]:
                slots[0, slot], slots[1, slot] = customer, event
                codes[event] = used
                used += np.int32(1)
            else:
                return False
    return True


def code_by_customer(column: pl.Series, order: Integers, bounds: Integers) -> Codes:
    """(n,) code of each row's value, different for different values of one customer: 0, 1, 2, ...; -1 for null.

    Values are coded for all customers together where they are few, else for each customer from 0: the codes stay so
    small that what is noted of each value stays near the processor.

    Args:
        column: a table's column.
        order: (n,) its rows, customer by customer.
        bounds: (2, customers) where each one's rows begin and end in `order`.
    """
    column = column.cast(pl.String).rechunk()
    views = text_views(column)
    offsets, letters = _NO_OFFSETS, _NO_LETTERS
    if not fit_inline(views):  # then the letters decide
        texts = column.to_arrow(compat_level=pl.CompatLevel.oldest())
        _, ends, content = texts.buffers()
        offsets = np.frombuffer(ends, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        letters = np.frombuffer(content, dtype=np.uint8)
    codes = np.zeros(len(order), dtype=np.int32)
    if column.null_count():
        codes[column.is_null().to_numpy()[order]] = -1
    everyone = np.array([[0], [len(order)]])
    if not _code_texts(views, offsets, letters, order, everyone, _slots(_SHARED_CODES), codes):
        codes[codes > 0] = 0
        most_rows = int((bounds[1] - bounds[0]).max(initial=1))
        _code_texts(views, offsets, letters, order, bounds, _slots(most_rows), codes)
    return codes


def _slots(values: int) -> Integers:
    """A hash table for so many values, at most half full."""
    return np.full((2, 2 << values.bit_length()), -1)
