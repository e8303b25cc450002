"""Sorted numbers that grow, compiled: merged in place, never sorted again."""

from holdfast.features.engine.jit import inlined
from holdfast.features.engine.types import Numbers

_RUN = 16  # numbers that are sorted by insertion


@inlined
def _merge(numbers: Numbers, begin: int, middle: int, end: int, spare: Numbers) -> None:
    """Sort `numbers[begin:end]`, of which `[begin:middle]` and `[middle:end]` are sorted."""
    if numbers[middle - 1] <= numbers[middle]:
        return
    size = end - middle
    for index in range(size):
        spare[index] = numbers[middle + index]
    old, new, last = middle - 1, size - 1, end - 1
    while new >= 0:
        if old >= begin and numbers[old] > spare[new]:
            numbers[last] = numbers[old]
            old -= 1
        else:
            numbers[last] = spare[new]
            new -= 1
        last -= 1


@inlined
def sort(numbers: Numbers, begin: int, end: int, spare: Numbers) -> None:
    """Sort `numbers[begin:end]`, with room for as many in `spare`."""
    for first in range(begin, end, _RUN):
        for index in range(first + 1, min(first + _RUN, end)):
            number, before = numbers[index], index - 1
            while before >= first and numbers[before] > number:
                numbers[before + 1] = numbers[before]
                before -= 1
            numbers[before + 1] = number
    width = _RUN
    while width < end - begin:
        for first in range(begin, end - width, 2 * width):
            _merge(numbers, first, first + width, min(first + 2 * width, end), spare)
        width *= 2


@inlined
def sort_tail(numbers: Numbers, middle: int, end: int, spare: Numbers) -> None:
    """Sort `numbers[:end]`, of which `numbers[:middle]` is sorted."""
    if end > middle:
        sort(numbers, middle, end, spare)
        if middle > 0:
            _merge(numbers, 0, middle, end, spare)


@inlined
def _at(numbers: Numbers, middle: int, end: int, index: int) -> float:
    """What would stand at `index` if `numbers[:middle]` and `numbers[middle:end]`, both sorted, were merged."""
    least, greatest = max(0, index - (end - middle)), min(index, middle)
    while least < greatest:  # how many of the first `index` come from the first of the two
        first = (least + greatest) // 2
        if numbers[middle + index - first - 1] > numbers[first]:
            least = first + 1
        else:
            greatest = first
    second = middle + index - least
    if least == middle:
        return float(numbers[second])
    if second == end:
        return float(numbers[least])
    return float(min(numbers[least], numbers[second]))


@inlined
def median(numbers: Numbers, middle: int, end: int) -> float:
    """The median of `numbers[:middle]` and `numbers[middle:end]`, both sorted, at least one number together."""
    if end % 2:
        return _at(numbers, middle, end, end // 2)
    return (_at(numbers, middle, end, end // 2 - 1) + _at(numbers, middle, end, end // 2)) / 2.0
