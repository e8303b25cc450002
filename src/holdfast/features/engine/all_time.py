"""All time: a customer's events from the oldest to the newest, with accumulators carried from cutoff to cutoff.

Settled events are added once and for all; those after them, whose order of becoming known is not yet clear, are added
to a copy at each cutoff. So the additions and their order are those of a scan for one cutoff alone: the same bits.
"""

import numpy as np

from holdfast.features.engine.accumulators import (
    ALL_NUMBERS,
    add_number,
    add_time,
    add_value,
    load_numbers,
    load_times,
    load_values,
    read_number,
    read_time,
    read_value,
    save_numbers,
    save_times,
    save_values,
)
from holdfast.features.engine.jit import inlined
from holdfast.features.engine.sorting import sort, sort_tail
from holdfast.features.engine.types import Events, Numbers, Scans, Span, State


@inlined
def all_time_counts(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many events, where some are not visible yet."""
    count, mask = state.integers[scan, 0], scans.mask[scan]
    begin, end = state.settled[scan], span.settled
    for stretch in range(2):
        for event in range(begin, end):
            if events.visible[event] < span.cutoff and (mask < 0 or events.masks[event, mask]):
                count += 1
        if stretch == 0:
            state.settled[scan], state.integers[scan, 0] = end, count
        begin, end = end, span.newest + 1
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        page[span.row, scans.outputs[edge]] = count


@inlined
def all_time_times(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """When, on how many days, and how far apart."""
    cutoff, mask, keeps = span.cutoff, scans.mask[scan], scans.keeps[scan]
    times = load_times(state.integers[scan])
    begin, end = state.settled[scan], span.settled
    for stretch in range(2):
        for event in range(begin, end):
            if (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask]):
                times = add_time(times, events.happened[event], keeps)
        if stretch == 0:
            state.settled[scan] = end
            save_times(times, state.integers[scan])
        begin, end = end, span.newest + 1
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        result = read_time(scans.operators[edge], times, times.opening, times.closing, cutoff)
        page[span.row, scans.outputs[edge]] = result


@inlined
def all_time_numbers(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """Sums, means, spreads and extremes of a column."""
    cutoff, mask, keeps = span.cutoff, scans.mask[scan], scans.keeps[scan]
    column, ordered = scans.column[scan], state.numbers[scans.slot[scan]]
    numbers = load_numbers(state.integers[scan], state.reals[scan])
    in_order = numbers.size
    begin, end = state.settled[scan], span.settled
    for stretch in range(2):
        for event in range(begin, end):
            number = events.numbers[column, event]
            counts = (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if counts and not np.isnan(number):
                if keeps == ALL_NUMBERS:
                    ordered[numbers.size] = number
                numbers = add_number(numbers, number, keeps)
        if stretch == 0:
            if keeps == ALL_NUMBERS:
                sort_tail(ordered, in_order, numbers.size, state.spare)
            in_order = numbers.size
            state.settled[scan] = end
            save_numbers(numbers, state.integers[scan], state.reals[scan])
        begin, end = end, span.newest + 1
    if keeps == ALL_NUMBERS and numbers.size > in_order:
        sort(ordered, in_order, numbers.size, state.spare)
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        operator = scans.operators[edge]
        result = read_number(operator, numbers, numbers.opening, numbers.closing, ordered, in_order)
        page[span.row, scans.outputs[edge]] = result


@inlined
def all_time_values(events: Events, scans: Scans, scan: int, span: Span, state: State, page: Numbers) -> None:
    """How many values, the first and the last."""
    cutoff, mask = span.cutoff, scans.mask[scan]
    column, stamps = scans.column[scan], state.stamps[scans.slot[scan]]
    values = load_values(state.integers[scan])
    begin, end, stamp = state.settled[scan], span.settled, span.customer_stamp
    for stretch in range(2):
        for event in range(begin, end):
            value = events.values[column, event]
            counts = (span.all_visible or events.visible[event] < cutoff) and (mask < 0 or events.masks[event, mask])
            if value >= 0 and counts:
                values = add_value(values, value, stamps, stamp, span.customer_stamp)
        if stretch == 0:
            state.settled[scan] = end
            save_values(values, state.integers[scan])
        begin, end, stamp = end, span.newest + 1, span.stamp
    for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
        result = read_value(scans.operators[edge], values, values.opening, values.closing)
        page[span.row, scans.outputs[edge]] = result
