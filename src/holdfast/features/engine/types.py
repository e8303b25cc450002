"""The records of arrays that compiled code reads and writes.

Changing a field here changes machine code: `jit.py` names its cache by the sources of all modules that take part.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
DAY = 86_400_000_000  # microseconds

COUNTS, TIMES, NUMBERS, VALUES = range(4)  # what a scan reads of each event
ALL, PER_EDGE = -1, -2  # in place of a mask: every event counts; each edge of the scan has its own mask
ALL_TIME = -1  # in place of a bound: the edge lies before the first event
LAST_BIT, BY_CUTOFF = 61, 1 << 62  # bounds from the last bit on share it


class Events(NamedTuple):
    """Events grouped by customer, the oldest first."""

    starts: Integers  # (customers,) the first event of each customer
    ends: Integers  # (customers,) one past the last
    happened: Integers  # (n,) microseconds since 1970, UTC
    visible: Integers  # (n,) the later of happened and known: cutoffs after it see the event
    numbers: Numbers  # (numbers, n) NaN where not known
    values: NDArray[np.int32]  # (categories, n) code of the value, -1 where not known
    masks: NDArray[np.uint8]  # (n, conditions) 1 where the condition is met
    value_codes: int  # all codes of values lie below it


class Requests(NamedTuple):
    """Which customer to measure at which cutoff; fastest grouped by customer with cutoffs ascending."""

    customers: Integers  # (q,) index into Events.starts
    cutoffs: Integers  # (q,) microseconds since 1970, UTC
    rows: Integers  # (q,) row of the result


class Scans(NamedTuple):
    """Scans over a customer's events, each read out at its edges. One scan serves all windows with the same end."""

    reads: Integers  # (w,) COUNTS, TIMES, NUMBERS or VALUES
    is_all_time: Integers  # (w,) 1: all time, from the oldest event on; 0: windows of days, from the newest event back
    column: Integers  # (w,) row of Events.numbers or Events.values
    mask: Integers  # (w,) column of Events.masks, ALL or PER_EDGE
    bounds: Integers  # (b,) microseconds before the cutoff at which scans begin or edges lie, ascending
    ends: Integers  # (w,) microseconds before the cutoff
    end_bound: Integers  # (w,) the bound of `ends`
    depends_on: Integers  # (w,) bits of the bounds that it looks at, BY_CUTOFF where the cutoff itself is in the result
    keeps: Integers  # (w,) of what it reads, how much the accumulator keeps: see accumulators.py
    slot: Integers  # (w,) row of State.numbers or State.stamps
    first_edge: Integers  # (w + 1,) the first edge of each scan
    edge_bounds: Integers  # (e,) the bound of each edge, ascending within a scan; ALL_TIME for all time
    edge_masks: Integers  # (e,) column of Events.masks; ALL: all events
    operators: Integers  # (e,)
    outputs: Integers  # (e,) row of the result


class Span(NamedTuple):
    """The events of one customer that a scan goes over for one request."""

    oldest: int
    newest: int
    settled: int  # events before it are decided for good: visible at this and all later cutoffs, or at none
    all_visible: bool  # whether all events up to the newest were known before the cutoff
    cutoff: int
    row: int  # of the page
    stamp: int  # of this request and scan
    customer_stamp: int  # of all requests of this customer


class State(NamedTuple):
    """Room to work in, and what all-time scans carry from one cutoff of a customer to the next."""

    settled: Integers  # (w,) the first event that is not accumulated for good yet
    integers: Integers  # (w, INTEGERS) the accumulators of settled events
    reals: Numbers  # (w, REALS)
    numbers: Numbers  # (medians, most events of a customer) settled numbers, sorted
    stamps: Integers  # (1 + distincts, codes) stamp of the last scan that met the value; row 0 is for windows of days
    scratch: Numbers  # (most events of a customer,)
    spare: Numbers  # (most events of a customer,)
    bound_events: Integers  # (b,) the first event at or after each bound
    tally: Integers  # (conditions,) how many events meet each condition
    tallies: NDArray[np.int32]  # (1 + most events of a customer, conditions) the same up to each event
    page: Numbers  # (rows, outputs) results, before they are written by column
