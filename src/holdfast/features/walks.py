"""Which walks over the events answer a set of aggregates: equal sub-work is done once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from holdfast.features import layout
from holdfast.features.layout import COUNTS, DAY, NUMBERS, TIMES, VALUES, Walks
from holdfast.features.spec import OF_TIMES, Aggregate, Operator
from holdfast.features.views import View

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
    edges: dict[_Walk, list[tuple[int, int, int]]] = {}
    for output, aggregate in enumerate(aggregates):
        window = aggregate.window
        edge = _ALL_TIME if window.days is None else (window.days + window.ends_days_ago) * DAY
        edges.setdefault(_walk(aggregate, view), []).append((edge, _CODES[aggregate.operator], output))
    walks = sorted(edges)
    needs = [_needs({code for _, code, _ in edges[walk]}) for walk in walks]
    flat = [entry for walk in walks for entry in sorted(edges[walk])]
    return Walks(
        looks_at=_whole(walk.looks_at for walk in walks),
        is_ever=_whole(walk.is_ever for walk in walks),
        column=_whole(walk.column for walk in walks),
        mask=_whole(walk.mask for walk in walks),
        ends=_whole(walk.ends * DAY for walk in walks),
        needs=_whole(needs),
        shelf=_whole(_shelves(walks, needs)),
        first_edge=_whole(np.cumsum([0, *(len(edges[walk]) for walk in walks)])),
        edges=_whole(edge for edge, _, _ in flat),
        operators=_whole(code for _, code, _ in flat),
        outputs=_whole(output for _, _, output in flat),
    )


def _walk(aggregate: Aggregate, view: View) -> _Walk:
    ends, is_ever = aggregate.window.ends_days_ago, aggregate.window.days is None
    mask = view.masks.get(aggregate, -1)
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


def _needs(codes: set[int]) -> int:
    if layout.MEDIAN in codes:
        return layout.KEPT
    return layout.SPREAD if layout.STD in codes else layout.NOTHING


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
