"""The one place where features are measured: each customer's events, walked from the newest to the oldest.

A walk's running state is read out at each window's edge, so nested windows cost nothing more. Sums go from the newest
event to the oldest, whatever else is asked, so a feature has the same bits in any company. Importing this module loads
numba, so only what is about to measure imports it. All compiled functions live in this file: numba keeps machine
code by the file it came from and would not notice a change in another one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from holdfast.features.compiling import compiled

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]
DAY = 86_400_000_000  # microseconds
_PAGE = 128  # rows written at a time: the answer is stored by column, and a walk writes by row

# What a walk looks at; and what is read out of it. Plain numbers, as compiled code wants them.
COUNTS, TIMES, NUMBERS, VALUES = range(4)
NOTHING, SPREAD, KEPT = range(3)
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
    SINCE_FIRST,
    SINCE_LAST,
    GAP_MEAN,
    GAP_STD,
    GAP_MAX,
) = range(16)


class Events(NamedTuple):
    """Events sorted by customer and time."""

    offsets: Whole  # (customers + 1,) where each customer's events begin
    happened: Whole  # (n,) microseconds since 1970, UTC
    learnt: Whole  # (n,) the later of happened and known
    numbers: Numbers  # (numbers, n) NaN where not known
    values: NDArray[np.int32]  # (categories, n) place in a dictionary, -1 where not known
    masks: NDArray[np.uint8]  # (conditions, n) 1 where the condition holds
    most_values: int  # size of the longest dictionary


class Questions(NamedTuple):
    """Whom to measure when; row i of the answer belongs to question i."""

    customers: Whole  # (q,) place in Events.offsets
    cutoffs: Whole  # (q,) microseconds since 1970, UTC


class Walks(NamedTuple):
    """What to look at, and where to read out. A walk serves all windows with the same end."""

    looks_at: Whole  # (w,) COUNTS, TIMES, NUMBERS or VALUES
    column: Whole  # (w,) row of Events.numbers or Events.values
    mask: Whole  # (w,) row of Events.masks; -1: all events
    ends: Whole  # (w,) microseconds before the cutoff
    needs: Whole  # (w,) NOTHING, SPREAD (std) or KEPT (all numbers, for the median)
    first_edge: Whole  # (w + 1,) where each walk's edges begin
    edges: Whole  # (e,) microseconds before the cutoff, ascending within a walk
    operators: Whole  # (e,)
    outputs: Whole  # (e,) row of the answer


class Sight(NamedTuple):
    """One customer's events before one moment."""

    oldest: int
    newest: int
    cutoff: int
    row: int  # of the page


@compiled
def _first_at_or_after(times: Whole, begin: int, end: int, moment: int) -> int:
    while begin < end:
        middle = (begin + end) // 2
        if times[middle] < moment:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def _median(numbers: Numbers) -> float:
    ordered = np.sort(numbers)
    middle = ordered.size // 2
    if ordered.size % 2:
        return float(ordered[middle])
    return float((ordered[middle - 1] + ordered[middle]) / 2.0)


@compiled
def _walk_counts(events: Events, walks: Walks, walk: int, sight: Sight, page: Numbers) -> None:
    count, event, mask = 0, sight.newest, walks.mask[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        earliest = sight.cutoff - walks.edges[edge]
        while event >= sight.oldest and events.happened[event] >= earliest:
            if events.learnt[event] < sight.cutoff and (mask < 0 or events.masks[mask, event]):
                count += 1
            event -= 1
        page[sight.row, walks.outputs[edge]] = count


@compiled
def _walk_times(events: Events, walks: Walks, walk: int, sight: Sight, page: Numbers) -> None:
    count, days, last_day, gaps = 0, 0, 0, 0
    first_time, last_time = 0, 0
    gap_mean, gap_square, gap_max = 0.0, 0.0, 0.0
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        earliest = cutoff - walks.edges[edge]
        while event >= sight.oldest and events.happened[event] >= earliest:
            if events.learnt[event] < cutoff and (mask < 0 or events.masks[mask, event]):
                happened = events.happened[event]
                day = happened // DAY
                if count == 0:
                    last_time = happened
                if count == 0 or day != last_day:
                    if days > 0:
                        gap = float(last_day - day)
                        gaps += 1
                        change = gap - gap_mean
                        gap_mean += change / gaps
                        gap_square += change * (gap - gap_mean)
                        gap_max = max(gap_max, gap)
                    days += 1
                    last_day = day
                first_time = happened
                count += 1
            event -= 1
        operator, output = walks.operators[edge], walks.outputs[edge]
        if operator == COUNT:
            page[row, output] = count
        elif operator == DAYS_ACTIVE:
            page[row, output] = days
        elif count > 0:
            if operator == SINCE_LAST:
                page[row, output] = (cutoff - last_time) / DAY
            elif operator == SINCE_FIRST:
                page[row, output] = (cutoff - first_time) / DAY
            elif operator == GAP_MEAN and gaps > 0:
                page[row, output] = gap_mean
            elif operator == GAP_STD and gaps > 1:
                page[row, output] = np.sqrt(gap_square / (gaps - 1))
            elif operator == GAP_MAX and gaps > 0:
                page[row, output] = gap_max


@compiled
def _walk_numbers(events: Events, walks: Walks, walk: int, sight: Sight, page: Numbers) -> None:
    count = 0
    total, mean, square = 0.0, 0.0, 0.0
    least, most, first, last = 0.0, 0.0, 0.0, 0.0
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    column, needs = walks.column[walk], walks.needs[walk]
    kept = np.empty(max(sight.newest - sight.oldest + 1, 0) if needs == KEPT else 0)
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        earliest = cutoff - walks.edges[edge]
        while event >= sight.oldest and events.happened[event] >= earliest:
            number = events.numbers[column, event]
            known = events.learnt[event] < cutoff and (mask < 0 or events.masks[mask, event])
            if known and not np.isnan(number):
                if count == 0:
                    least, most, last = number, number, number
                if needs == KEPT:
                    kept[count] = number
                count += 1
                total += number
                least, most, first = min(least, number), max(most, number), number
                if needs >= SPREAD:
                    change = number - mean
                    mean += change / count
                    square += change * (number - mean)
            event -= 1
        operator, output = walks.operators[edge], walks.outputs[edge]
        if operator == COUNT:
            page[row, output] = count
        elif operator == SUM:
            page[row, output] = total
        elif count > 0:
            if operator == MEAN:
                page[row, output] = total / count
            elif operator == STD and count > 1:
                page[row, output] = np.sqrt(square / (count - 1))
            elif operator == MIN:
                page[row, output] = least
            elif operator == MAX:
                page[row, output] = most
            elif operator == MEDIAN:
                page[row, output] = _median(kept[:count])
            elif operator == FIRST:
                page[row, output] = first
            elif operator == LAST:
                page[row, output] = last


@compiled
def _walk_values(events: Events, walks: Walks, walk: int, sight: Sight, page: Numbers, seen: Whole, stamp: int) -> None:
    count, distinct, first, last = 0, 0, -1, -1
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    column = walks.column[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        earliest = cutoff - walks.edges[edge]
        while event >= sight.oldest and events.happened[event] >= earliest:
            value = events.values[column, event]
            if value >= 0 and events.learnt[event] < cutoff and (mask < 0 or events.masks[mask, event]):
                if seen[value] != stamp:  # nothing newer in this walk had the value
                    seen[value] = stamp
                    distinct += 1
                if count == 0:
                    last = value
                first = value
                count += 1
            event -= 1
        operator, output = walks.operators[edge], walks.outputs[edge]
        if operator == DISTINCT:
            page[row, output] = distinct
        elif operator == COUNT:
            page[row, output] = count
        elif count > 0:
            page[row, output] = first if operator == FIRST else last


@compiled
def measure(events: Events, questions: Questions, walks: Walks, begin: int, end: int, answer: Numbers) -> None:
    """Answer the questions from `begin` up to `end`.

    Args:
        events: of one table.
        questions: (q,) whom to measure when.
        walks: what to measure.
        begin: the first question.
        end: one past the last question, so that threads share the work.
        answer: (outputs, q) receives the numbers; NaN where there is nothing to say.
    """
    seen = np.zeros(events.most_values + 1, dtype=np.int64)
    page = np.empty((_PAGE, answer.shape[0]))
    stamp = 0
    for first in range(begin, end, _PAGE):
        rows = min(_PAGE, end - first)
        page[:] = np.nan
        for row in range(rows):
            customer, cutoff = questions.customers[first + row], questions.cutoffs[first + row]
            oldest, after = events.offsets[customer], events.offsets[customer + 1]
            ends, newest = -1, -1
            for walk in range(walks.looks_at.size):
                if walks.ends[walk] != ends:
                    ends = walks.ends[walk]
                    newest = _first_at_or_after(events.happened, oldest, after, cutoff - ends) - 1
                sight = Sight(oldest, newest, cutoff, row)
                looks_at = walks.looks_at[walk]
                if looks_at == COUNTS:
                    _walk_counts(events, walks, walk, sight, page)
                elif looks_at == TIMES:
                    _walk_times(events, walks, walk, sight, page)
                elif looks_at == NUMBERS:
                    _walk_numbers(events, walks, walk, sight, page)
                else:
                    stamp += 1
                    _walk_values(events, walks, walk, sight, page, seen, stamp)
        for output in range(answer.shape[0]):
            for row in range(rows):
                answer[output, first + row] = page[row, output]


@compiled
def add_up(begins: Whole, numbers: Numbers) -> Numbers:
    """Sums of the runs that begin at `begins`, in their order; NaN where a run knows no number."""
    sums = np.full(begins.size, np.nan)
    for run in range(begins.size):
        end = begins[run + 1] if run + 1 < begins.size else numbers.size
        for place in range(begins[run], end):
            if not np.isnan(numbers[place]):
                sums[run] = numbers[place] if np.isnan(sums[run]) else sums[run] + numbers[place]
    return sums
