"""Which walks over the events answer a set of aggregates: equal sub-work is done once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.features import kernel
from holdfast.features.kernel import COUNTS, DAY, NUMBERS, TIMES, VALUES, Walks
from holdfast.features.spec import OF_TIMES, Aggregate, Operator
from holdfast.features.views import View

_CODES = {
    Operator.COUNT: kernel.COUNT,
    Operator.SUM: kernel.SUM,
    Operator.MEAN: kernel.MEAN,
    Operator.STD: kernel.STD,
    Operator.MIN: kernel.MIN,
    Operator.MAX: kernel.MAX,
    Operator.MEDIAN: kernel.MEDIAN,
    Operator.DISTINCT: kernel.DISTINCT,
    Operator.FIRST: kernel.FIRST,
    Operator.LAST: kernel.LAST,
    Operator.DAYS_ACTIVE: kernel.DAYS_ACTIVE,
    Operator.DAYS_SINCE_FIRST: kernel.SINCE_FIRST,
    Operator.DAYS_SINCE_LAST: kernel.SINCE_LAST,
    Operator.GAP_MEAN: kernel.GAP_MEAN,
    Operator.GAP_STD: kernel.GAP_STD,
    Operator.GAP_MAX: kernel.GAP_MAX,
}
_ALL_TIME = np.iinfo(np.int64).max // 2  # microseconds; far beyond any history


@dataclass(frozen=True, order=True)
class _Walk:
    ends: int  # days before the cutoff; first, so that walks with the same end stand together
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
    flat = [entry for walk in walks for entry in sorted(edges[walk])]
    return Walks(
        looks_at=_whole(walk.looks_at for walk in walks),
        column=_whole(walk.column for walk in walks),
        mask=_whole(walk.mask for walk in walks),
        ends=_whole(walk.ends * DAY for walk in walks),
        needs=_whole(_needs({code for _, code, _ in edges[walk]}) for walk in walks),
        first_edge=_whole(np.cumsum([0, *(len(edges[walk]) for walk in walks)])),
        edges=_whole(edge for edge, _, _ in flat),
        operators=_whole(code for _, code, _ in flat),
        outputs=_whole(output for _, _, output in flat),
    )


def _walk(aggregate: Aggregate, view: View) -> _Walk:
    ends = aggregate.window.ends_days_ago
    mask = view.masks[aggregate.where] if aggregate.where else -1
    if aggregate.operator in OF_TIMES:
        return _Walk(ends, TIMES, -1, mask)
    if not aggregate.column:
        return _Walk(ends, COUNTS, -1, mask)
    if aggregate.operator is Operator.DISTINCT or aggregate.column not in view.numbers:
        return _Walk(ends, VALUES, view.values[aggregate.column], mask)
    return _Walk(ends, NUMBERS, view.numbers[aggregate.column], mask)


def _needs(codes: set[int]) -> int:
    if kernel.MEDIAN in codes:
        return kernel.KEPT
    return kernel.SPREAD if kernel.STD in codes else kernel.NOTHING


def _whole(numbers: object) -> kernel.Whole:
    return np.fromiter(numbers, dtype=np.int64)  # type: ignore[call-overload, no-any-return]
