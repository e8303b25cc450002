"""Sorted numbers that grow, compiled: merged in place, never sorted again."""

from holdfast.features.engine.jit import compiled
from holdfast.features.engine.types import Numbers

_RUN = 16  # numbers that are sorted by insertion


@compiled
def _merge(kept: Numbers, begin: int, middle: int, end: int, spare: Numbers) -> None:
    """Make one of `kept[begin:middle]` and `kept[middle:end]`, both sorted."""
    if kept[middle - 1] <= kept[middle]:
        return
    size = end - middle
    for place in range(size):
        spare[place] = kept[middle + place]
    old, new, last = middle - 1, size - 1, end - 1
    while new >= 0:
        if old >= begin and kept[old] > spare[new]:
            kept[last] = kept[old]
            old -= 1
        else:
            kept[last] = spare[new]
            new -= 1
        last -= 1


@compiled
def sort(kept: Numbers, begin: int, end: int, spare: Numbers) -> None:
    """Sort `kept[begin:end]`, with room for as many in `spare`."""
    for first in range(begin, end, _RUN):
        for place in range(first + 1, min(first + _RUN, end)):
            number, before = kept[place], place - 1
            while before >= first and kept[before] > number:
                kept[before + 1] = kept[before]
                before -= 1
            kept[before + 1] = number
    width = _RUN
    while width < end - begin:
        for first in range(begin, end - width, 2 * width):
            _merge(kept, first, first + width, min(first + 2 * width, end), spare)
        width *= 2


@compiled
def sort_in(kept: Numbers, middle: int, end: int, spare: Numbers) -> None:
    """Sort `kept[:end]`, of which `kept[:middle]` is sorted already."""
    if end > middle:
        sort(kept, middle, end, spare)
        if middle > 0:
            _merge(kept, 0, middle, end, spare)


@compiled
def _at(kept: Numbers, middle: int, end: int, place: int) -> float:
    """What would stand at `place` if `kept[:middle]` and `kept[middle:end]`, both sorted, were one."""
    least, most = max(0, place - (end - middle)), min(place, middle)
    while least < most:  # how many of the first `place` come from the first part
        first = (least + most) // 2
        if kept[middle + place - first - 1] > kept[first]:
            least = first + 1
        else:
            most = first
    second = middle + place - least
    if least == middle:
        return float(kept[second])
    if second == end:
        return float(kept[least])
    return float(min(kept[least], kept[second]))


@compiled
def median(kept: Numbers, middle: int, end: int) -> float:
    """The median of two sorted parts, `kept[:middle]` and `kept[middle:end]`, of at least one number together."""
    if end % 2:
        return _at(kept, middle, end, end // 2)
    return (_at(kept, middle, end, end // 2 - 1) + _at(kept, middle, end, end // 2)) / 2.0
