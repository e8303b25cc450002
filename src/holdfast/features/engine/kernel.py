"""The one function that measures features: scans each customer's events as far as each request needs.

Windows of days are scanned from the newest event back, all time from the oldest on, whatever else is requested, so a
feature has the same bits in any company.
"""

from typing import Any

import numpy as np

from holdfast.features.engine.accumulators import INTEGERS, REALS, TOTALS
from holdfast.features.engine.all_time import all_time_counts, all_time_numbers, all_time_times, all_time_values
from holdfast.features.engine.jit import compiled, inlined
from holdfast.features.engine.types import (
    BY_CUTOFF,
    COUNTS,
    LAST_BIT,
    NUMBERS,
    PER_EDGE,
    TIMES,
    VALUES,
    Events,
    Integers,
    Numbers,
    Requests,
    Scans,
    Span,
    State,
)
from holdfast.features.engine.windowed import (
    visible_counts,
    window_counts,
    window_numbers,
    window_tallies,
    window_times,
    window_totals,
    window_values,
)

_PAGE = 64  # rows written at a time: the result is stored by column, and a scan writes by row


@inlined
def _first_at_or_after(times: Integers, begin: int, end: int, time: int) -> int:
    while begin < end:
        middle = (begin + end) // 2
        if times[middle] < time:
            begin = middle + 1
        else:
            end = middle
    return begin


@inlined
def _last_of_customer(requests: Requests, request: int, end: int) -> int:
    """The last of the requests from this one on that are of the same customer, cutoffs ascending."""
    while (
        request + 1 < end
        and requests.customers[request + 1] == requests.customers[request]
        and requests.cutoffs[request + 1] >= requests.cutoffs[request]
    ):
        request += 1
    return request


@inlined
def _move_bounds(events: Events, scans: Scans, span: Span, state: State, is_first: int) -> int:
    """Move the bounds to this request's cutoff; bits of those that passed an event since the request before."""
    moved, after = BY_CUTOFF, span.newest + 1
    for bound in range(scans.bounds.size):
        time, event = span.cutoff - scans.bounds[bound], state.bound_events[bound]
        if is_first:
            state.bound_events[bound] = _first_at_or_after(events.happened, span.oldest, after, time)
            continue
        while event < after and events.happened[event] < time:
            event += 1
        if event != state.bound_events[bound]:
            state.bound_events[bound] = event
            moved |= 1 << min(bound, LAST_BIT)
    return moved


@inlined
def _first_invisible(events: Events, span: Span, event: int, newest: int) -> int:
    """The first event from `event` on that was not known before the cutoff; one past the newest where all were."""
    while event <= newest and events.visible[event] < span.cutoff:
        event += 1
    return event


@inlined
def _tally(events: Events, span: Span, state: State) -> None:
    """Count the customer's events that meet each condition, up to each of them."""
    for mask in range(events.masks.shape[1]):
        state.tallies[0, mask] = 0
    for event in range(span.oldest, span.newest + 1):
        before = event - span.oldest
        for mask in range(events.masks.shape[1]):
            state.tallies[before + 1, mask] = state.tallies[before, mask] + events.masks[event, mask]


@inlined
def _scan_all(
    events: Events, scans: Scans, span: Span, last_cutoff: int, moved: int, state: State, page: Numbers
) -> int:
    """Run the scans whose bounds passed an event, copy the results of the others from the row before.

    Returns:
        The last stamp that was used.
    """
    settled_end, stamp, settled = -1, span.stamp, -1
    for scan in range(scans.reads.size):
        if scans.depends_on[scan] & moved == 0:
            for edge in range(scans.first_edge[scan], scans.first_edge[scan + 1]):
                output = scans.outputs[edge]
                page[span.row, output] = page[span.row - 1, output]
            continue
        end, newest = scans.ends[scan], state.bound_events[scans.end_bound[scan]] - 1
        reads = scans.reads[scan]
        if reads == COUNTS and span.all_visible:
            scan_span = Span(span.oldest, newest, 0, span.all_visible, span.cutoff, span.row, 0, 0)
            visible_counts(scans, scan, scan_span, state, page)
        elif scans.is_all_time[scan]:
            if settled_end != end:
                settled_end, settled = end, state.settled[scan]
                # What is known only after the last request is in no result: no reason to wait for it.
                while settled <= newest and not span.cutoff <= events.visible[settled] < last_cutoff:
                    settled += 1
            scan_span = Span(
                span.oldest, newest, settled, span.all_visible, span.cutoff, span.row, span.stamp, span.customer_stamp
            )
            if reads == COUNTS:
                all_time_counts(events, scans, scan, scan_span, state, page)
            elif reads == TIMES:
                all_time_times(events, scans, scan, scan_span, state, page)
            elif reads == NUMBERS:
                all_time_numbers(events, scans, scan, scan_span, state, page)
            elif reads == VALUES:
                all_time_values(events, scans, scan, scan_span, state, page)
        else:
            stamp += 1
            scan_span = Span(
                span.oldest, newest, 0, span.all_visible, span.cutoff, span.row, stamp, span.customer_stamp
            )
            if reads == COUNTS and scans.mask[scan] == PER_EDGE:
                window_tallies(events, scans, scan, scan_span, state, page)
            elif reads == COUNTS:
                window_counts(events, scans, scan, scan_span, state, page)
            elif reads == TIMES:
                window_times(events, scans, scan, scan_span, state, page)
            elif reads == NUMBERS and scans.keeps[scan] == TOTALS:
                window_totals(events, scans, scan, scan_span, state, page)
            elif reads == NUMBERS:
                window_numbers(events, scans, scan, scan_span, state, page)
            elif reads == VALUES:
                window_values(events, scans, scan, scan_span, state, page)
    return stamp


def _steps(arguments: tuple[Any, ...]) -> int:
    """About how many events all scans pass, and edges they read out."""
    events, requests, scans, _, begin, end, _ = arguments
    customers = requests.customers[begin:end]
    passed = int((events.ends[customers] - events.starts[customers]).sum())
    return int(passed * (scans.reads.size + events.masks.shape[1]) + (end - begin) * 2 * scans.outputs.size)


@compiled(_steps)
def measure_requests(
    events: Events, requests: Requests, scans: Scans, state: State, begin: int, end: int, results: Numbers
) -> None:
    page, size = state.page, state.page.shape[0]
    stamp, customer_stamp, last_of_customer, invisible, all_were_visible = 0, 0, begin - 1, 0, False
    for first in range(begin, end, size):
        rows = min(size, end - first)
        page[:] = np.nan
        for row in range(rows):
            request = first + row
            customer, cutoff = requests.customers[request], requests.cutoffs[request]
            oldest, after = events.starts[customer], events.ends[customer]
            is_first = request > last_of_customer
            if is_first:
                last_of_customer = _last_of_customer(requests, request, end)
                stamp += 1
                customer_stamp = stamp
                state.settled[:] = oldest
                state.integers[:] = 0
                state.reals[:] = 0.0
                invisible, all_were_visible = oldest, False
            span = Span(oldest, after - 1, 0, False, cutoff, row, stamp + 1, customer_stamp)
            if is_first:
                _tally(events, span, state)
            moved = _move_bounds(events, scans, span, state, is_first)
            newest = state.bound_events[0] - 1
            invisible = _first_invisible(events, span, invisible, newest)
            all_visible = invisible > newest
            span = Span(oldest, newest, 0, all_visible, cutoff, row, stamp + 1, customer_stamp)
            if is_first or row == 0 or not all_visible or not all_were_visible:
                moved = -1
            all_were_visible = all_visible
            stamp = _scan_all(events, scans, span, requests.cutoffs[last_of_customer], moved, state, page)
        for output in range(results.shape[0]):
            for row in range(rows):
                number = page[row, output]
                # A sum may be too great for a number: then it is not known, as where there is no result.
                results[output, requests.rows[first + row]] = number if np.isfinite(number) else np.nan


def measure(events: Events, requests: Requests, scans: Scans, begin: int, end: int, results: Numbers) -> None:
    """Measure the requests from `begin` up to `end`.

    Args:
        events: of one table.
        requests: (q,) which customer at which cutoff.
        scans: what to measure.
        begin: the first request.
        end: one past the last request, so that threads share the work.
        results: (outputs, rows) receives the numbers; NaN where there is no result.
    """
    if end <= begin:
        return
    customers, size = requests.customers[begin:end], scans.reads.size
    most_events = int((events.ends[customers] - events.starts[customers]).max())
    slots, conditions = int(scans.slot.max()) + 1, events.masks.shape[1]
    state = State(
        settled=np.empty(size, dtype=np.int64),
        integers=np.empty((size, INTEGERS), dtype=np.int64),
        reals=np.empty((size, REALS)),
        numbers=np.empty((slots, most_events)),
        stamps=np.zeros((slots, events.value_codes), dtype=np.int64),
        scratch=np.empty(most_events),
        spare=np.empty(most_events),
        bound_events=np.empty(scans.bounds.size, dtype=np.int64),
        tally=np.empty(conditions, dtype=np.int64),
        tallies=np.empty((most_events + 1, conditions), dtype=np.int32),
        page=np.empty((_PAGE, len(results))),
    )
    measure_requests(events, requests, scans, state, begin, end, results)
