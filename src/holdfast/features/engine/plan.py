"""Which walks over the events answer a set of aggregates: equal sub-work is done once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from holdfast.features.engine import types as layout
from holdfast.features.engine.event_arrays import View
from holdfast.features.engine.types import ALL, BY_CUTOFF, COUNTS, DAY, EACH, LAST_BIT, NUMBERS, TIMES, VALUES, Walks
from holdfast.features.spec import OF_TIMES, Aggregate, Operator

_CODES = {
    Operator.COUNT: layout.COUNT,
    Operator.SUM: layout.SUM,
    Operator.MEAN: layout.MEAN,
    Operator.STD: layout.STD,
    Operator.MIN: layout.MIN,
    Operator.MAX: layout.MAX,
    Operator.MEDIAN: layout.MEDIAN,
    Operator.DISTINCT: layout.DISTINCT,
    Operator.FIRST: layout.FIRST,
    Operator.LAST: layout.LAST,
    Operator.DAYS_ACTIVE: layout.DAYS_ACTIVE,
    Operator.DAYS_SINCE_FIRST: layout.SINCE_FIRST,
    Operator.DAYS_SINCE_LAST: layout.SINCE_LAST,
    Operator.GAP_MEAN: layout.GAP_MEAN,
    Operator.GAP_STD: layout.GAP_STD,
    Operator.GAP_MAX: layout.GAP_MAX,
}
_SINCE = {layout.SINCE_FIRST, layout.SINCE_LAST}
_ENDS = {layout.MIN, layout.MAX, layout.FIRST, layout.LAST}
_GAPS = {layout.DAYS_ACTIVE, layout.GAP_MEAN, layout.GAP_STD, layout.GAP_MAX}
_Edge = tuple[int, int, int, int]  # microseconds before the cutoff, operator, mask, output
_ALL_TIME = np.iinfo(np.int64).max // 2  # microseconds; far beyond any history


@dataclass(frozen=True, order=True)
class _Walk:
    ends: int  # days before the cutoff; first, so that walks with the same end stand together
    is_ever: bool
    looks_at: int
    column: int
    mask: int


def plan_walks(aggregates: Sequence[Aggregate], view: View) -> Walks:
    """The walks that answer `aggregates`; aggregate i is row i of the answer."""
    edges: dict[_Walk, list[_Edge]] = {}
    for output, aggregate in enumerate(aggregates):
        window = aggregate.window
        edge = _ALL_TIME if window.days is None else (window.days + window.ends_days_ago) * DAY
        walk = _walk(aggregate, view)
        edges.setdefault(walk, []).append((edge, _CODES[aggregate.operator], walk.mask, output))
    edges = _together(edges)
    walks = sorted(edges)
    needs = [_needs({code for _, code, _, _ in edges[walk]}) for walk in walks]
    flat = [entry for walk in walks for entry in sorted(edges[walk])]
    begins = {walk.ends * DAY for walk in walks}
    bounds = sorted(begins | {edge for edge, _, _, _ in flat if edge < _ALL_TIME})
    bits = {bound: 1 << min(place, LAST_BIT) for place, bound in enumerate(bounds)}
    return Walks(
        looks_at=_whole(walk.looks_at for walk in walks),
        is_ever=_whole(walk.is_ever for walk in walks),
        column=_whole(walk.column for walk in walks),
        mask=_whole(walk.mask for walk in walks),
        bounds=_whole(bounds),
        ends=_whole(walk.ends * DAY for walk in walks),
        begins_at=_whole(bounds.index(walk.ends * DAY) for walk in walks),
        depends=_whole(_depends(walk, edges[walk], bits) for walk in walks),
        needs=_whole(needs),
        shelf=_whole(_shelves(walks, needs)),
        first_edge=_whole(np.cumsum([0, *(len(edges[walk]) for walk in walks)])),
        edges=_whole(edge for edge, _, _, _ in flat),
        edges_at=_whole(ALL if edge == _ALL_TIME else bounds.index(edge) for edge, _, _, _ in flat),
        edge_masks=_whole(mask for _, _, mask, _ in flat),
        operators=_whole(code for _, code, _, _ in flat),
        outputs=_whole(output for _, _, _, output in flat),
    )


def _together(edges: Mapping[_Walk, list[_Edge]]) -> dict[_Walk, list[_Edge]]:
    """One walk for all conditions that are counted in windows with the same end."""
    counted: dict[int, list[_Walk]] = {}
    for walk in edges:
        if walk.looks_at == COUNTS and not walk.is_ever:
            counted.setdefault(walk.ends, []).append(walk)
    found = dict(edges)
    for alike in counted.values():
        if len(alike) > 1:
            found[replace(alike[0], mask=EACH)] = [edge for walk in alike for edge in found.pop(walk)]
    return found


def _walk(aggregate: Aggregate, view: View) -> _Walk:
    ends, is_ever = aggregate.window.ends_days_ago, aggregate.window.days is None
    mask = view.masks.get(aggregate, ALL)
    if aggregate.operator in OF_TIMES:
        return _Walk(ends, is_ever, TIMES, -1, mask)
    if not aggregate.column:
        return _Walk(ends, is_ever, COUNTS, -1, mask)
    match view.looks_at[aggregate]:
        case "numbers":
            return _Walk(ends, is_ever, NUMBERS, view.numbers[aggregate.column], mask)
        case "values":
            return _Walk(ends, is_ever, VALUES, view.values[aggregate.column], mask)
        case _:
            return _Walk(ends, is_ever, VALUES, view.counted[aggregate.column], mask)


def _depends(walk: _Walk, edges: Sequence[_Edge], bits: Mapping[int, int]) -> int:
    """What an answer hangs on beside the events: while none of it moves past an event, the answer stays."""
    found = bits[walk.ends * DAY]
    for edge, code, _, _ in edges:
        found |= bits.get(edge, 0) | (BY_CUTOFF if code in _SINCE else 0)
    return found


def _needs(codes: set[int]) -> int:
    """Of the numbers in a walk; of its times, whether the days between events are asked for."""
    if codes & _GAPS:
        return layout.GAPS
    if layout.MEDIAN in codes:
        return layout.KEPT
    if layout.STD in codes:
        return layout.SPREAD
    return layout.ENDS if codes & _ENDS else layout.SUMS


def _shelves(walks: Sequence[_Walk], needs: Sequence[int]) -> list[int]:
    """Where each walk of all time keeps what outlasts a cutoff: a row of its own among those of its sort."""
    medians, values = count(), count(1)
    shelves = []
    for walk, need in zip(walks, needs, strict=True):
        if walk.is_ever and walk.looks_at == VALUES:
            shelves.append(next(values))
        else:
            shelves.append(next(medians) if walk.is_ever and need == layout.KEPT else 0)
    return shelves


def _whole(numbers: object) -> layout.Whole:
    return np.fromiter(numbers, dtype=np.int64)  # type: ignore[call-overload, no-any-return]
