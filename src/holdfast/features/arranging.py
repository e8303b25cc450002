"""Rows put together customer by customer, compiled: what must be done before the first walk, in one pass each."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.compiling import compiled
from holdfast.features.layout import Numbers, Whole

Places = NDArray[np.int32]
_PRIME, _BASIS = np.uint64(1099511628211), np.uint64(14695981039346656037)  # FNV-1a: Fowler, Noll & Vo (1991)
_HALF = np.uint64(32)


@compiled
def _group(places: Whole, ends: Whole, order: Whole) -> None:
    """A stable sort by place: `ends` holds how many rows each place has, and then where its rows end."""
    total = 0
    for place in range(ends.size):
        total, ends[place] = total + ends[place], total
    for row in range(places.size):
        if places[row] >= 0:
            order[ends[places[row]]] = row
            ends[places[row]] += 1


def grouped(places: Whole, customers: int) -> Whole:
    """Rows by place, those of one place as they stood; rows without a place (-1) are left out."""
    ends = np.bincount(places[places >= 0], minlength=customers).astype(np.int64)
    order = np.empty(int(ends.sum()), dtype=np.int64)
    _group(places, ends, order)
    return order


@compiled
def _add_up(begins: Whole, numbers: Numbers, sums: Numbers) -> None:
    for run in range(begins.size):
        end = begins[run + 1] if run + 1 < begins.size else numbers.size
        sums[run] = np.nan
        for place in range(begins[run], end):
            if not np.isnan(numbers[place]):
                sums[run] = numbers[place] if np.isnan(sums[run]) else sums[run] + numbers[place]


def add_up(begins: Whole, numbers: Numbers) -> Numbers:
    """Sums of the runs that begin at `begins`, in their order; NaN where a run knows no number."""
    sums = np.empty(len(begins))
    _add_up(begins, numbers, sums)
    return sums


@compiled
def _same(letters: NDArray[np.uint8], one: int, one_end: int, other: int, other_end: int) -> bool:
    if one_end - one != other_end - other:
        return False
    for place in range(one_end - one):  # noqa: SIM110 (compiled code knows no generators)
        if letters[one + place] != letters[other + place]:
            return False
    return True


@compiled
def _number_texts(
    texts: Whole, letters: NDArray[np.uint8], order: Whole, starts: Whole, slots: Whole, codes: Places
) -> None:
    """Number each customer's texts from 0; `slots` (2, a power of two) is room: whose a slot is, and which row's."""
    mask = np.uint64(slots.shape[1] - 1)
    for customer in range(starts.size):
        end = starts[customer + 1] if customer + 1 < starts.size else order.size
        many = np.int32(0)
        for event in range(starts[customer], end):
            row = order[event]
            if codes[event] < 0:  # not known
                continue
            found = _BASIS
            for letter in range(texts[row], texts[row + 1]):
                found = (found ^ np.uint64(letters[letter])) * _PRIME
            slot = (found ^ (found >> _HALF)) & mask
            while slots[0, slot] == customer:
                before = order[slots[1, slot]]
                if _same(letters, texts[row], texts[row + 1], texts[before], texts[before + 1]):
                    break
                slot = (slot + np.uint64(1)) & mask
            if slots[0, slot] == customer:
                codes[event] = codes[slots[1, slot]]
            else:
                slots[0, slot], slots[1, slot] = customer, event
                codes[event] = many
                many += np.int32(1)


def numbered_by_customer(column: pl.Series, order: Whole, starts: Whole) -> Places:
    """(n,) which of its customer's values a row holds: 0, 1, 2, ... by first sight; -1 for null.

    Args:
        column: a table's column.
        order: (n,) its rows, customer by customer.
        starts: (customers with events,) where each one's rows start in `order`.
    """
    texts = column.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, letters = texts.buffers()
    begins = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    most = int(np.diff(np.append(starts, len(order))).max(initial=1))
    slots = np.full((2, 2 << most.bit_length()), -1, dtype=np.int64)
    codes = np.where(column.is_null().to_numpy()[order], -1, 0).astype(np.int32)
    held = np.frombuffer(letters, dtype=np.uint8) if letters is not None else np.zeros(0, dtype=np.uint8)
    _number_texts(begins, held, order, starts, slots, codes)
    return codes
