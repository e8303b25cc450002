"""Windows of days: a customer's events from the newest back, read out at each window's edge.

Nested windows cost nothing more, and a sum goes from the newest event to the oldest whatever else is requested.
"""

import numpy as np

from holdfast.features.engine.accumulators import (
    ALL_NUMBERS,
    NumberState,
    TimeState,
    ValueState,
    add_number,
    add_time,
    add_value,
    read_number,
    read_time,
    read_total,
    read_value,
    reads_sorted,
)
from holdfast.features.engine.jit import inlined
from holdfast.features.engine.sorting import sort_tail
from holdfast.features.engine.types import Events, Numbers, Scans, Span, State


@inlined
def visible_counts(scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many events, where all are visible: those up to the end of a window less those before it."""
    after = span.newest + 1
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        bound, mask = scans.edge_bounds[edge], scans.edge_masks[edge]
        first = span.oldest if bound < 0 else state.bound_events[bound]
        if mask < 0:
            page[span.row, scans.outputs[edge]] = after - first
        else:
            count = state.tallies[after - span.oldest, mask] - state.tallies[first - span.oldest, mask]
            page[span.row, scans.outputs[edge]] = count


@inlined
def window_counts(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many events, where some are not visible yet."""
    count, event, mask = 0, span.newest, scans.mask[scan]
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            if events.visible[event] < span.cutoff and (mask < 0 or events.masks[event, mask]):
                count += 1
            event -= 1
        page[span.row, scans.outputs[edge]] = count


@inlined
def window_tallies(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many events meet each condition, all in one scan, where some are not visible yet."""
    count, event, tally = 0, span.newest, state.tally
    tally[:] = 0
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            if events.visible[event] < span.cutoff:
                count += 1
                for mask in range(tally.size):
                    tally[mask] += events.masks[event, mask]
            event -= 1
        mask = scans.edge_masks[edge]
        page[span.row, scans.outputs[edge]] = count if mask < 0 else tally[mask]


@inlined
def window_times(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """When, on how many days, and how far apart."""
    times = TimeState(0, 0, 0, 0, 0, 0)
    event, cutoff, mask, keeps = span.newest, span.cutoff, scans.mask[scan], scans.keeps[scan]
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            if (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask]):
                times = add_time(times, events.happened[event], keeps)
            event -= 1
        result = read_time(scans.operators[edge], times, times.closing, times.opening, cutoff)
        page[span.row, scans.outputs[edge]] = result


@inlined
def window_numbers(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """Sums, means, spreads and extremes of a column."""
    numbers = NumberState(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    event, cutoff, mask, keeps = span.newest, span.cutoff, scans.mask[scan], scans.keeps[scan]
    column, ordered, in_order = scans.column[scan], state.scratch, numbers.size
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            number = events.numbers[column, event]
            counts = (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if counts and not np.isnan(number):
                if keeps == ALL_NUMBERS:
                    ordered[numbers.size] = number
                numbers = add_number(numbers, number, keeps)
            event -= 1
        operator = scans.operators[edge]
        if reads_sorted(operator):
            sort_tail(ordered, in_order, numbers.size, state.spare)
            in_order = numbers.size
        result = read_number(operator, numbers, numbers.closing, numbers.opening, ordered, in_order)
        page[span.row, scans.outputs[edge]] = result


@inlined
def window_totals(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """Sums, means and counts of a column alone.

    Without a branch for each event, as a processor cannot guess which ones count: a tenth off the time of many cutoffs.
    """
    count, total = 0, 0.0
    event, cutoff, mask, column = span.newest, span.cutoff, scans.mask[scan], scans.column[scan]
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            number = events.numbers[column, event]
            counts = not np.isnan(number)
            if not span.all_visible:
                counts &= events.visible[event] < cutoff
            if mask >= 0:
                counts &= events.masks[event, mask] == 1
            count += counts
            total += number if counts else 0.0
            event -= 1
        page[span.row, scans.outputs[edge]] = read_total(scans.operators[edge], count, total)


@inlined
def window_values(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many values, the first and the last. Each scan's span has a stamp of its own."""
    values = ValueState(0, 0, -1, -1)
    event, cutoff, mask = span.newest, span.cutoff, scans.mask[scan]
    column, stamps = scans.column[scan], state.stamps[0]
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        oldest = state.bound_events[scans.edge_bounds[edge]]
        while event >= oldest:
            value = events.values[column, event]
            counts = (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if value >= 0 and counts:
                values = add_value(values, value, stamps, span.stamp, span.stamp)
            event -= 1
        result = read_value(scans.operators[edge], values, values.closing, values.opening)
        page[span.row, scans.outputs[edge]] = result
