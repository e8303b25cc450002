"""Rows put together customer by customer, compiled: what must be done before the first walk, in one pass each."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.jit import compiled
from holdfast.features.engine.string_views import TextViews, fit_inline, text_views
from holdfast.features.engine.types import Numbers, Whole

Places = NDArray[np.int32]
_PRIME, _BASIS = np.uint64(1099511628211), np.uint64(14695981039346656037)  # FNV-1a: Fowler, Noll & Vo (1991)
_MIX, _HALF = np.uint64(11400714819323198485), np.uint64(32)  # 2^64 / golden ratio, odd: Knuth (1973), 6.4


_FEW = 2048  # values that are numbered for all customers together
# Arrays that may not be written are another type to compiled code: they are alike where there are none.
_NO_OFFSETS, _NO_LETTERS = np.frombuffer(bytes(8), dtype=np.int64)[:0], np.frombuffer(bytes(8), dtype=np.uint8)[:0]


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
def _follow(place: Whole, happened: Whole, known: Whole, same: NDArray[np.bool_]) -> bool:
    """Mark rows of the moment of the row before; whether each customer's go from the oldest to the newest."""
    in_time = True
    for row in range(1, place.size):
        if place[row] != place[row - 1]:
            continue
        step = happened[row] - happened[row - 1]
        if step == 0:
            step = known[row] - known[row - 1]
            same[row] = step == 0
        in_time = in_time and step >= 0
    return in_time


def follow(place: Whole, happened: Whole, known: Whole) -> tuple[NDArray[np.bool_], bool]:
    """(n,) whether a row is of the moment of the row before; and whether each customer's rows ascend in time."""
    same = np.zeros(len(place), dtype=np.bool_)
    in_time = _follow(place, happened, known, same)
    return same, in_time


@compiled
def _bound(place: Whole, bounds: Whole) -> None:
    for row in range(place.size):
        if row == 0 or place[row] != place[row - 1]:
            bounds[0, place[row]] = row
        bounds[1, place[row]] = row + 1


def bounds(place: Whole, customers: int) -> Whole:
    """(2, customers) where the rows of each begin and end, of rows that stand customer by customer."""
    found = np.zeros((2, customers), dtype=np.int64)
    _bound(place, found)
    return found


@compiled
def _pick_numbers(numbers: Numbers, order: Whole, picked: Numbers) -> None:
    for place in range(order.size):
        number = numbers[order[place]]
        # Minus zero would make the least of two zeros a matter of their order.
        picked[place] = number + 0.0 if np.isfinite(number) else np.nan


def pick_numbers(column: pl.Series, order: Whole, picked: Numbers) -> None:
    """Write a column's numbers in an order, all in one pass; NaN where not known or infinite."""
    numbers = column.cast(pl.Float64).to_numpy()
    numbers.setflags(write=False)  # as it is where Polars need not copy: another type to compiled code
    _pick_numbers(numbers, order, picked)


@compiled
def _same(letters: NDArray[np.uint8], one: int, one_end: int, other: int, other_end: int) -> bool:
    if one_end - one != other_end - other:
        return False
    for place in range(one_end - one):  # noqa: SIM110 (compiled code knows no generators)
        if letters[one + place] != letters[other + place]:
            return False
    return True


@compiled
def _mixed(held: TextViews, texts: Whole, letters: NDArray[np.uint8], row: int) -> np.uint64:
    """A number that is the same for equal texts, and seldom for others."""
    found = _BASIS
    if texts.size:
        for letter in range(texts[row], texts[row + 1]):
            found = (found ^ np.uint64(letters[letter])) * _PRIME
    else:
        found = (found ^ held[row, 0]) * _PRIME ^ held[row, 1]
    return (found ^ (found >> _HALF)) * _MIX  # the highest bits are the best mixed


@compiled
def _number_texts(
    held: TextViews,
    texts: Whole,
    letters: NDArray[np.uint8],
    order: Whole,
    bounds: Whole,
    slots: Whole,
    codes: Places,
) -> bool:
    """Number each customer's texts from 0; false where one has more than half of the slots.

    `slots` (2, a power of two) is room: whose a slot is, and which row's.
    """
    last, shift = np.uint64(slots.shape[1] - 1), np.uint64(64)
    while last >> (np.uint64(64) - shift):
        shift -= np.uint64(1)
    for customer in range(bounds.shape[1]):
        many = np.int32(0)
        for event in range(bounds[0, customer], bounds[1, customer]):
            row = order[event]
            if codes[event] < 0:  # not known
                continue
            slot = _mixed(held, texts, letters, row) >> shift
            while slots[0, slot] == customer:
                before = order[slots[1, slot]]
                if held[row, 0] == held[before, 0] and held[row, 1] == held[before, 1]:
                    break
                if texts.size and _same(letters, texts[row], texts[row + 1], texts[before], texts[before + 1]):
                    break
                slot = (slot + np.uint64(1)) & last
            if slots[0, slot] == customer:
                codes[event] = codes[slots[1, slot]]
            elif 2 * many < slots.shape[1]:
                slots[0, slot], slots[1, slot] = customer, event
                codes[event] = many
                many += np.int32(1)
            else:
                return False
    return True


def numbered(column: pl.Series, order: Whole, bounds: Whole) -> Places:
    """(n,) which value a row holds, told apart from the others of its customer: 0, 1, 2, ...; -1 for null.

    Values are numbered for all customers together where they are few, else for each customer anew: the numbers stay
    so small that what is noted of each value stays near the processor.

    Args:
        column: a table's column.
        order: (n,) its rows, customer by customer.
        bounds: (2, customers) where each one's rows begin and end in `order`.
    """
    column = column.cast(pl.String).rechunk()
    held = text_views(column)
    begins, letters = _NO_OFFSETS, _NO_LETTERS
    if not fit_inline(held):  # then the letters tell
        texts = column.to_arrow(compat_level=pl.CompatLevel.oldest())
        _, offsets, spelt = texts.buffers()
        begins = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        letters = np.frombuffer(spelt, dtype=np.uint8)
    codes = np.zeros(len(order), dtype=np.int32)
    if column.null_count():
        codes[column.is_null().to_numpy()[order]] = -1
    everyone = np.array([[0], [len(order)]])
    if not _number_texts(held, begins, letters, order, everyone, _room(_FEW), codes):
        codes[codes > 0] = 0
        most = int((bounds[1] - bounds[0]).max(initial=1))
        _number_texts(held, begins, letters, order, bounds, _room(most), codes)
    return codes


def _room(most: int) -> Whole:
    """Slots for so many values, half of them free."""
    return np.full((2, 2 << most.bit_length()), -1)
