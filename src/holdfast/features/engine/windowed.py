"""Windows of days: a customer's events from the newest back, read out at each window's edge.

Nested windows cost nothing more, and a sum goes from the newest event to the oldest whatever else is asked.
"""

import numpy as np

from holdfast.features.engine.jit import compiled
from holdfast.features.engine.sorting import median, sort_in
from holdfast.features.engine.types import (
    COUNT,
    DAY,
    DAYS_ACTIVE,
    DISTINCT,
    ENDS,
    FIRST,
    GAP_MAX,
    GAP_MEAN,
    GAP_STD,
    KEPT,
    LAST,
    MAX,
    MEAN,
    MEDIAN,
    MIN,
    SINCE_FIRST,
    SINCE_LAST,
    SPREAD,
    STD,
    SUM,
    Events,
    Numbers,
    Sight,
    State,
    Walks,
)


@compiled
def known_counts(walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many events, where all of them are known: those before the window are taken off those before its end."""
    after = sight.newest + 1
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        at, mask = walks.edges_at[edge], walks.edge_masks[edge]
        first = sight.oldest if at < 0 else state.at[at]
        if mask < 0:
            page[sight.row, walks.outputs[edge]] = after - first
        else:
            count = state.tallies[after - sight.oldest, mask] - state.tallies[first - sight.oldest, mask]
            page[sight.row, walks.outputs[edge]] = count


@compiled
def window_counts(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many events, where some are not known yet."""
    count, event, mask = 0, sight.newest, walks.mask[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            if events.learnt[event] < sight.cutoff and (mask < 0 or events.masks[event, mask]):
                count += 1
            event -= 1
        page[sight.row, walks.outputs[edge]] = count


@compiled
def window_tallies(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many events meet each condition, all in one walk, where some are not known yet."""
    count, event, tally = 0, sight.newest, state.tally
    tally[:] = 0
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            if events.learnt[event] < sight.cutoff:
                count += 1
                for mask in range(tally.size):
                    tally[mask] += events.masks[event, mask]
            event -= 1
        mask = walks.edge_masks[edge]
        page[sight.row, walks.outputs[edge]] = count if mask < 0 else tally[mask]


@compiled
def window_times(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """When, on how many days, and how far apart. All in whole numbers, so nothing is rounded before the end."""
    count, days, squares, gap_max = 0, 0, 0, 0
    first_time, last_time = 0, 0
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            if (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask]):
                happened = events.happened[event]
                if count == 0:
                    last_time, days = happened, 1
                else:
                    gap = first_time // DAY - happened // DAY
                    if gap > 0:
                        days += 1
                        squares += gap * gap
                        gap_max = max(gap_max, gap)
                first_time = happened
                count += 1
            event -= 1
        gaps, apart = days - 1, last_time // DAY - first_time // DAY
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
                page[row, output] = apart / gaps
            elif operator == GAP_STD and gaps > 1:
                page[row, output] = np.sqrt((gaps * squares - apart * apart) / (gaps * (gaps - 1)))
            elif operator == GAP_MAX and gaps > 0:
                page[row, output] = gap_max


@compiled
def window_numbers(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """Sums, means, spreads (Welford 1962) and extremes of a column."""
    count = 0
    total, mean, square = 0.0, 0.0, 0.0
    least, most, first, last = 0.0, 0.0, 0.0, 0.0
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    column, needs = walks.column[walk], walks.needs[walk]
    kept, in_order = state.scratch, 0
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            number = events.numbers[column, event]
            known = (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if known and not np.isnan(number):
                if count == 0:
                    least, most, last = number, number, number
                if needs == KEPT:
                    kept[count] = number
                count += 1
                total += number
                if needs >= ENDS:
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
                sort_in(kept, in_order, count, state.spare)
                page[row, output] = median(kept, count, count)
                in_order = count
            elif operator == FIRST:
                page[row, output] = first
            elif operator == LAST:
                page[row, output] = last


@compiled
def window_sums(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """Sums, means and counts of a column alone.

    Without a branch for each event, as a processor cannot guess which ones count: a tenth off the time of many cutoffs.
    """
    count, total = 0, 0.0
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    column = walks.column[walk]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            number = events.numbers[column, event]
            counts = not np.isnan(number)
            if not sight.is_known:
                counts &= events.learnt[event] < cutoff
            if mask >= 0:
                counts &= events.masks[event, mask] == 1
            count += counts
            total += number if counts else 0.0
            event -= 1
        operator, output = walks.operators[edge], walks.outputs[edge]
        if operator == SUM:
            page[row, output] = total
        elif operator == COUNT:
            page[row, output] = count
        elif count > 0:
            page[row, output] = total / count


@compiled
def window_values(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many values, the first and the last. Each walk's sight has a stamp of its own."""
    count, distinct, first, last = 0, 0, -1, -1
    event, cutoff, row, mask = sight.newest, sight.cutoff, sight.row, walks.mask[walk]
    column, seen = walks.column[walk], state.seen[0]
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        oldest = state.at[walks.edges_at[edge]]
        while event >= oldest:
            value = events.values[column, event]
            known = (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if value >= 0 and known:
                distinct += seen[value] != sight.stamp  # nothing newer in this walk had the value
                seen[value] = sight.stamp
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
