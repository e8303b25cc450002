"""What compiled code reads and writes: arrays side by side, and plain numbers for operators.

Changing a field here changes machine code: `compiling.py` keeps it by the sources of all modules that take part.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]
DAY = 86_400_000_000  # microseconds

# What a walk looks at; what it must keep; and what is read out of it.
COUNTS, TIMES, NUMBERS, VALUES = range(4)
SUMS, ENDS, SPREAD, KEPT = range(4)
GAPS = 1
ALL, EACH = -1, -2  # masks
LAST_BIT, BY_CUTOFF = 61, 1 << 62  # bounds from the last bit on share it
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
    """Events that stand together by customer, the oldest first."""

    begins: Whole  # (customers,) where each customer's events begin
    ends: Whole  # (customers,) and end
    happened: Whole  # (n,) microseconds since 1970, UTC
    learnt: Whole  # (n,) the later of happened and known
    numbers: Numbers  # (numbers, n) NaN where not known
    values: NDArray[np.int32]  # (categories, n) number of the value, -1 where not known
    masks: NDArray[np.uint8]  # (n, conditions) 1 where the condition holds
    most_values: int  # values have numbers below it


class Questions(NamedTuple):
    """Whom to measure when, fastest with a customer's questions one after another, the earliest cutoff first."""

    customers: Whole  # (q,) place in Events.begins
    cutoffs: Whole  # (q,) microseconds since 1970, UTC
    rows: Whole  # (q,) row of the answer


class Walks(NamedTuple):
    """What to look at, and where to read out. A walk serves all windows with the same end."""

    looks_at: Whole  # (w,) COUNTS, TIMES, NUMBERS or VALUES
    is_ever: Whole  # (w,) 1: all time, from the oldest event on; 0: windows of days, from the newest event back
    column: Whole  # (w,) row of Events.numbers or Events.values
    mask: Whole  # (w,) column of Events.masks; ALL: all events; EACH: every edge has its own
    bounds: Whole  # (b,) microseconds before the cutoff where a walk begins or an edge lies, ascending
    ends: Whole  # (w,) microseconds before the cutoff
    begins_at: Whole  # (w,) the bound of `ends`
    depends: Whole  # (w,) bits of the bounds that it looks at, BY_CUTOFF where the cutoff itself is in the answer
    needs: (
        Whole  # (w,) SUMS, ENDS (extremes, first and last), SPREAD (std) or KEPT (all numbers); of TIMES, GAPS or none
    )
    shelf: Whole  # (w,) row of State.kept or State.seen
    first_edge: Whole  # (w + 1,) where each walk's edges begin
    edges: Whole  # (e,) microseconds before the cutoff, ascending within a walk
    edges_at: Whole  # (e,) the bound of each edge; ALL for all time
    edge_masks: Whole  # (e,) column of Events.masks; ALL: all events
    operators: Whole  # (e,)
    outputs: Whole  # (e,) row of the answer


class Sight(NamedTuple):
    """One customer's events before one moment."""

    oldest: int
    newest: int
    settled: int  # events before it are in no doubt any more: visible at this and all later cutoffs, or at none
    is_known: bool  # whether all events up to the newest were learnt before the cutoff
    cutoff: int
    row: int  # of the page
    stamp: int  # of this question
    run: int  # stamp of all questions of this customer


class State(NamedTuple):
    """What all-time walks carry from one cutoff of a customer to the next: the settled events, summed up."""

    done: Whole  # (w,) the first event that is not in yet
    whole: Whole  # (w, 6)
    real: Numbers  # (w, 7)
    kept: Numbers  # (medians, most events of a customer) settled numbers, sorted
    seen: Whole  # (1 + distincts, values) stamp of who saw the value last; row 0 is for windows of days
    scratch: Numbers  # (most events of a customer,)
    spare: Numbers  # (most events of a customer,)
    at: Whole  # (b,) the first event at or after each bound
    tally: Whole  # (conditions,) how many events meet each
    tallies: NDArray[np.int32]  # (1 + most events of a customer, conditions) the same up to each event
    page: Numbers  # (rows, outputs) answers, before they are written by column
