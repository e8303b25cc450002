"""What a scan keeps of the events it passed, how one more is added, and how each operator is read out.

Written once for both directions: windows of days are scanned from the newest event back, all time from the oldest on.
So accumulators keep the event that the scan met first (`opening`) and the one it met last (`closing`); which of the
two is the customer's first, the caller says. A result that needs more events than there are is NaN.
"""

from typing import NamedTuple

import numpy as np

from holdfast.features.engine.jit import inlined
from holdfast.features.engine.sorting import median
from holdfast.features.engine.types import DAY, Integers, Numbers

# The operators as numbers, by the names of `operators.Operator`.
(
    COUNT,
    SUM,
    MEAN,
    STD,
    MIN,
    MAX,
    MEDIAN,
    DISTINCT,
    FIRST,
    LAST,
    DAYS_ACTIVE,
    DAYS_SINCE_FIRST,
    DAYS_SINCE_LAST,
    GAP_MEAN,
    GAP_STD,
    GAP_MAX,
) = range(16)
# How much an accumulator keeps; each level keeps all of those below it too. By the names of `operators.Keeps`.
TOTALS, EXTREMES, SPREAD, ALL_NUMBERS, DAYS = range(5)
INTEGERS, REALS = 6, 7  # the most fields of each type that an accumulator has, beside each other in `State`


class TimeState(NamedTuple):
    """When, on how many days, and how far apart. All in whole numbers, so nothing is rounded before the end."""

    size: int  # events added
    days: int
    opening: int  # microseconds since 1970
    closing: int
    squares: int  # of gaps, in days
    longest: int


class NumberState(NamedTuple):
    """Sums, means, spreads and extremes of a column."""

    size: int  # events added
    total: float
    mean: float
    square: float  # sum of squared deviations from the mean
    least: float
    greatest: float
    opening: float
    closing: float


class ValueState(NamedTuple):
    """How many values, how many different ones, the first and the last."""

    size: int  # events added
    distinct: int
    opening: int  # codes
    closing: int


@inlined
def add_time(state: TimeState, happened: int, keeps: int) -> TimeState:
    """One more event."""
    if state.size == 0:
        return TimeState(1, 1, happened, happened, state.squares, state.longest)
    days, squares, longest = state.days, state.squares, state.longest
    if keeps == DAYS:
        gap = abs(happened // DAY - state.closing // DAY)
        if gap > 0:
            days += 1
            squares += gap * gap
            longest = max(longest, gap)
    return TimeState(state.size + 1, days, state.opening, happened, squares, longest)


@inlined
def read_time(operator: int, state: TimeState, first: int, last: int, cutoff: int) -> float:
    """The result of an operator over times; `first` and `last` are the customer's first and last event."""
    gaps = state.days - 1
    if operator == COUNT:
        return float(state.size)
    if operator == DAYS_ACTIVE:
        return float(state.days)
    if state.size > 0:
        if operator == DAYS_SINCE_LAST:
            return (cutoff - last) / DAY
        if operator == DAYS_SINCE_FIRST:
            return (cutoff - first) / DAY
        if operator == GAP_MEAN and gaps > 0:
            return (last // DAY - first // DAY) / gaps
        if operator == GAP_STD and gaps > 1:
            apart = last // DAY - first // DAY
            return float(np.sqrt((gaps * state.squares - apart * apart) / (gaps * (gaps - 1))))
        if operator == GAP_MAX and gaps > 0:
            return float(state.longest)
    return np.nan


@inlined
def load_times(integers: Integers) -> TimeState:
    """The accumulator that `save_times` wrote."""
    return TimeState(integers[0], integers[1], integers[2], integers[3], integers[4], integers[5])


@inlined
def save_times(state: TimeState, integers: Integers) -> None:
    """Write an accumulator into (INTEGERS,)."""
    integers[0], integers[1], integers[2] = state.size, state.days, state.opening
    integers[3], integers[4], integers[5] = state.closing, state.squares, state.longest


@inlined
def add_number(state: NumberState, number: float, keeps: int) -> NumberState:
    """One more number. Source of the spread: Welford (1962), Technometrics 4, 419-420."""
    size, total, mean, square = state.size + 1, state.total + number, state.mean, state.square
    least, greatest, opening, closing = state.least, state.greatest, state.opening, state.closing
    if size == 1:
        least, greatest, opening = number, number, number
    if keeps >= EXTREMES:
        least, greatest, closing = min(least, number), max(greatest, number), number
    if keeps >= SPREAD:
        change = number - mean
        mean += change / size
        square += change * (number - mean)
    return NumberState(size, total, mean, square, least, greatest, opening, closing)


@inlined
def read_total(operator: int, count: int, total: float) -> float:
    """The result of an operator that needs no more than how many numbers there are and their sum."""
    if operator == COUNT:
        return float(count)
    if operator == SUM:
        return total
    if operator == MEAN and count > 0:
        return total / count
    return np.nan


@inlined
def read_number(operator: int, state: NumberState, first: float, last: float, numbers: Numbers, middle: int) -> float:
    """The result of an operator over numbers.

    Args:
        operator: its number.
        state: the accumulator.
        first: the customer's first number. last: the last one.
        numbers: where ALL_NUMBERS are kept, `numbers[:middle]` and `numbers[middle:size]`, both sorted.
        middle: how many of them are in the first of the two.
    """
    if state.size > 0:
        if operator == STD and state.size > 1:
            return float(np.sqrt(state.square / (state.size - 1)))
        if operator == MIN:
            return state.least
        if operator == MAX:
            return state.greatest
        if operator == MEDIAN:
            return median(numbers, middle, state.size)
        if operator == FIRST:
            return first
        if operator == LAST:
            return last
    return read_total(operator, state.size, state.total)


@inlined
def reads_sorted(operator: int) -> bool:
    """Whether an operator is read from numbers in order, so that they are sorted before it is read."""
    return operator == MEDIAN


@inlined
def load_numbers(integers: Integers, reals: Numbers) -> NumberState:
    """The accumulator that `save_numbers` wrote."""
    return NumberState(integers[0], reals[0], reals[1], reals[2], reals[3], reals[4], reals[5], reals[6])


@inlined
def save_numbers(state: NumberState, integers: Integers, reals: Numbers) -> None:
    """Write an accumulator into (INTEGERS,) and (REALS,)."""
    integers[0] = state.size
    reals[0], reals[1], reals[2], reals[3] = state.total, state.mean, state.square, state.least
    reals[4], reals[5], reals[6] = state.greatest, state.opening, state.closing


@inlined
def add_value(state: ValueState, value: int, stamps: Integers, stamp: int, settled_stamp: int) -> ValueState:
    """One more value, as a code; `stamps` says of each code which scan met it last: new is what neither stamp marks."""
    is_new = stamps[value] != settled_stamp and stamps[value] != stamp
    stamps[value] = stamp if is_new else stamps[value]  # no branch, for a processor cannot guess it
    code = value + 0  # as wide as the other fields, or compiled code takes it for another type
    opening = code if state.size == 0 else state.opening
    return ValueState(state.size + 1, state.distinct + is_new, opening, code)


@inlined
def read_value(operator: int, state: ValueState, first: int, last: int) -> float:
    """The result of an operator over values; `first` and `last` are codes."""
    if operator == DISTINCT:
        return float(state.distinct)
    if operator == COUNT:
        return float(state.size)
    if state.size > 0:
        if operator == FIRST:
            return float(first)
        if operator == LAST:
            return float(last)
    return np.nan


@inlined
def load_values(integers: Integers) -> ValueState:
    """The accumulator that `save_values` wrote."""
    return ValueState(integers[0], integers[1], integers[2], integers[3])


@inlined
def save_values(state: ValueState, integers: Integers) -> None:
    """Write an accumulator into (INTEGERS,)."""
    integers[0], integers[1], integers[2], integers[3] = state.size, state.distinct, state.opening, state.closing
