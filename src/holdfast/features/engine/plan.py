"""Which scans over the events give a set of aggregates: equal work is done once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from holdfast.features.engine import accumulators
from holdfast.features.engine.layout import Layout
from holdfast.features.engine.memo import remembered
from holdfast.features.engine.types import (
    ALL,
    ALL_TIME,
    BY_CUTOFF,
    COUNTS,
    DAY,
    LAST_BIT,
    NUMBERS,
    PER_EDGE,
    TIMES,
    VALUES,
    Integers,
    Scans,
)
from holdfast.features.operators import OF_TIMES, OPERATORS, Operator
from holdfast.features.spec import Aggregate

_CODES: dict[Operator, int] = {operator: getattr(accumulators, operator.name) for operator in Operator}
_BEFORE_ALL = np.iinfo(np.int64).max // 2  # microseconds; far beyond any history


@dataclass(frozen=True, order=True)
class _Scan:
    ends: int  # days before the cutoff; first, so that scans with the same end follow each other
    is_all_time: bool
    reads: int
    column: int
    mask: int


@dataclass(frozen=True, order=True)
class _Edge:
    begins: int  # microseconds before the cutoff
    code: int  # of the operator
    mask: int
    output: int
    operator: Operator


@remembered(16)
def plan_scans(aggregates: Iterable[Aggregate], layout: Layout) -> Scans:
    """The scans that give `aggregates`; aggregate i is row i of the result."""
    edges: dict[_Scan, list[_Edge]] = {}
    for output, aggregate in enumerate(aggregates):
        scan, window, operator = _scan(aggregate, layout), aggregate.window, aggregate.operator
        begins = _BEFORE_ALL if window.days is None else (window.days + window.ends_days_ago) * DAY
        edges.setdefault(scan, []).append(_Edge(begins, _CODES[operator], scan.mask, output, operator))
    edges = _merge_counts(edges)
    scans = sorted(edges)
    keeps = [max(_keeps(edge.operator) for edge in edges[scan]) for scan in scans]
    flat = [edge for scan in scans for edge in sorted(edges[scan])]
    bounds = sorted({scan.ends * DAY for scan in scans} | {edge.begins for edge in flat if edge.begins < _BEFORE_ALL})
    bits = {bound: 1 << min(index, LAST_BIT) for index, bound in enumerate(bounds)}
    return Scans(
        reads=_integers(scan.reads for scan in scans),
        is_all_time=_integers(scan.is_all_time for scan in scans),
        column=_integers(scan.column for scan in scans),
        mask=_integers(scan.mask for scan in scans),
        bounds=_integers(bounds),
        ends=_integers(scan.ends * DAY for scan in scans),
        end_bound=_integers(bounds.index(scan.ends * DAY) for scan in scans),
        depends_on=_integers(_depends_on(scan, edges[scan], bits) for scan in scans),
        keeps=_integers(keeps),
        slot=_integers(_slots(scans, keeps)),
        first_edge=_integers(np.cumsum([0, *(len(edges[scan]) for scan in scans)])),
        edge_bounds=_integers(ALL_TIME if edge.begins == _BEFORE_ALL else bounds.index(edge.begins) for edge in flat),
        edge_masks=_integers(edge.mask for edge in flat),
        operators=_integers(edge.code for edge in flat),
        outputs=_integers(edge.output for edge in flat),
    )


def _merge_counts(edges: Mapping[_Scan, list[_Edge]]) -> dict[_Scan, list[_Edge]]:
    """One scan for all conditions that are counted in windows with the same end."""
    by_end: dict[int, list[_Scan]] = {}
    for scan in edges:
        if scan.reads == COUNTS and not scan.is_all_time:
            by_end.setdefault(scan.ends, []).append(scan)
    merged = dict(edges)
    for scans in by_end.values():
        if len(scans) > 1:
            merged[replace(scans[0], mask=PER_EDGE)] = [edge for scan in scans for edge in merged.pop(scan)]
    return merged


def _scan(aggregate: Aggregate, layout: Layout) -> _Scan:
    ends, is_all_time = aggregate.window.ends_days_ago, aggregate.window.days is None
    mask = layout.masks.get(aggregate, ALL)
    if aggregate.operator in OF_TIMES:
        return _Scan(ends, is_all_time, TIMES, -1, mask)
    if not aggregate.column:
        return _Scan(ends, is_all_time, COUNTS, -1, mask)
    match layout.reads[aggregate]:
        case "numbers":
            return _Scan(ends, is_all_time, NUMBERS, layout.numbers[aggregate.column], mask)
        case "values":
            return _Scan(ends, is_all_time, VALUES, layout.values[aggregate.column], mask)
        case _:
            return _Scan(ends, is_all_time, VALUES, layout.counted[aggregate.column], mask)


def _depends_on(scan: _Scan, edges: Sequence[_Edge], bits: Mapping[int, int]) -> int:
    """What a result depends on beside the events: while none of it moves past an event, the result stays."""
    depends_on = bits[scan.ends * DAY]
    for edge in edges:
        moves_with_cutoff = OPERATORS[edge.operator].moves_with_cutoff
        depends_on |= bits.get(edge.begins, 0) | (BY_CUTOFF if moves_with_cutoff else 0)
    return depends_on


def _keeps(operator: Operator) -> int:
    return int(getattr(accumulators, OPERATORS[operator].keeps.name))


def _slots(scans: Sequence[_Scan], keeps: Sequence[int]) -> list[int]:
    """The row in which each all-time scan keeps what outlasts a cutoff, one of its own among scans of its kind."""
    medians, values = count(), count(1)
    slots = []
    for scan, level in zip(scans, keeps, strict=True):
        if scan.is_all_time and scan.reads == VALUES:
            slots.append(next(values))
        else:
            slots.append(next(medians) if scan.is_all_time and level == accumulators.ALL_NUMBERS else 0)
    return slots


def _integers(numbers: Iterable[int | bool | np.int64]) -> Integers:
    return np.fromiter(numbers, dtype=np.int64)
