"""All time: a customer's events from the oldest to the newest, with a state carried from cutoff to cutoff.

Settled events are added once and for all; those after them, whose order of becoming known is not yet clear, are added
to a copy at each cutoff. So the additions and their order are those of a walk for one cutoff alone: the same bits.
"""

import numpy as np

from holdfast.features.engine.jit import compiled
from holdfast.features.engine.sorting import median, sort, sort_in
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
    GAPS,
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
def ever_counts(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many events, where some are not known yet."""
    count, mask = state.whole[walk, 0], walks.mask[walk]
    begin, end = state.done[walk], sight.settled
    for part in range(2):
        for event in range(begin, end):
            if events.learnt[event] < sight.cutoff and (mask < 0 or events.masks[event, mask]):
                count += 1
        if part == 0:
            state.done[walk], state.whole[walk, 0] = end, count
        begin, end = end, sight.newest + 1
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        page[sight.row, walks.outputs[edge]] = count


@compiled
def ever_times(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """When, on how many days, and how far apart. All in whole numbers, so nothing is rounded before the end."""
    cutoff, row, mask, whole = sight.cutoff, sight.row, walks.mask[walk], state.whole[walk]
    needs = walks.needs[walk]
    count, days, first_time, last_time, squares, gap_max = whole[0], whole[1], whole[2], whole[3], whole[4], whole[5]
    begin, end = state.done[walk], sight.settled
    for part in range(2):
        for event in range(begin, end):
            if (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask]):
                happened = events.happened[event]
                if count == 0:
                    first_time, days = happened, 1
                elif needs == GAPS:
                    gap = happened // DAY - last_time // DAY
                    if gap > 0:
                        days += 1
                        squares += gap * gap
                        gap_max = max(gap_max, gap)
                last_time = happened
                count += 1
        if part == 0:
            state.done[walk] = end
            whole[0], whole[1], whole[2], whole[3], whole[4], whole[5] = (
                count,
                days,
                first_time,
                last_time,
                squares,
                gap_max,
            )
        begin, end = end, sight.newest + 1
    gaps, apart = days - 1, 0
    if needs == GAPS:
        apart = last_time // DAY - first_time // DAY
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
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
def ever_numbers(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """Sums, means, spreads and extremes of a column."""
    cutoff, row, mask, real = sight.cutoff, sight.row, walks.mask[walk], state.real[walk]
    column, needs, kept = walks.column[walk], walks.needs[walk], state.kept[walks.shelf[walk]]
    count, total, mean, square = state.whole[walk, 0], real[0], real[1], real[2]
    least, most, first, last = real[3], real[4], real[5], real[6]
    settled = count
    begin, end = state.done[walk], sight.settled
    for part in range(2):
        for event in range(begin, end):
            number = events.numbers[column, event]
            known = (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if known and not np.isnan(number):
                if count == 0:
                    least, most, first = number, number, number
                if needs == KEPT:
                    kept[count] = number
                count += 1
                total += number
                if needs >= ENDS:
                    least, most, last = min(least, number), max(most, number), number
                if needs >= SPREAD:
                    change = number - mean
                    mean += change / count
                    square += change * (number - mean)
        if part == 0:
            if needs == KEPT:
                sort_in(kept, settled, count, state.spare)
            settled = count
            state.done[walk], state.whole[walk, 0] = end, count
            real[0], real[1], real[2], real[3], real[4], real[5], real[6] = (
                total,
                mean,
                square,
                least,
                most,
                first,
                last,
            )
        begin, end = end, sight.newest + 1
    if needs == KEPT and count > settled:
        sort(kept, settled, count, state.spare)
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
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
                page[row, output] = median(kept, settled, count)
            elif operator == FIRST:
                page[row, output] = first
            elif operator == LAST:
                page[row, output] = last


@compiled
def ever_values(events: Events, walks: Walks, walk: int, sight: Sight, state: State, page: Numbers) -> None:
    """How many values, the first and the last."""
    cutoff, row, mask, whole = sight.cutoff, sight.row, walks.mask[walk], state.whole[walk]
    column, seen = walks.column[walk], state.seen[walks.shelf[walk]]
    count, distinct, first, last = whole[0], whole[1], whole[2], whole[3]
    begin, end, stamp = state.done[walk], sight.settled, sight.run
    for part in range(2):
        for event in range(begin, end):
            value = events.values[column, event]
            known = (sight.is_known or events.learnt[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if value >= 0 and known:
                is_new = seen[value] != sight.run and seen[value] != stamp  # neither settled nor newer events had it
                distinct += is_new
                seen[value] = stamp if is_new else seen[value]
                if count == 0:
                    first = value
                last = value
                count += 1
        if part == 0:
            state.done[walk], whole[0], whole[1], whole[2], whole[3] = end, count, distinct, first, last
        begin, end, stamp = end, sight.newest + 1, sight.stamp
    for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
        operator, output = walks.operators[edge], walks.outputs[edge]
        if operator == DISTINCT:
            page[row, output] = distinct
        elif operator == COUNT:
            page[row, output] = count
        elif count > 0:
            page[row, output] = first if operator == FIRST else last
