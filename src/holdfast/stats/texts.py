"""Many numbers in words: a text that rounds is written once for all numbers that round to it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_FEW = 16  # numbers that are written one by one sooner than they are sorted


def texts_of(numbers: NDArray[np.float64], write: Callable[[float], str]) -> list[str]:
    """What `write` makes of each number, as if it was called with each.

    Args:
        numbers: (n,) NaN and infinities too; zero is zero, without a sign.
        write: gives one text for all numbers between two that have the same text, as whatever rounds does.
    """
    if len(numbers) <= _FEW:
        return [write(number + 0.0) for number in numbers.tolist()]
    different, group = np.unique(numbers + 0.0, return_inverse=True)
    values = different.tolist()
    texts = np.array([None] * len(values), dtype=np.object_)
    finite = np.flatnonzero(np.isfinite(different))
    for index in {*np.flatnonzero(~np.isfinite(different)).tolist(), *finite[:1].tolist(), *finite[-1:].tolist()}:
        texts[index] = write(values[index])
    waiting = [(int(finite[0]), int(finite[-1]))] if len(finite) else []
    while waiting:
        first, last = waiting.pop()
        if texts[first] == texts[last]:
            texts[first + 1 : last] = texts[first]
        elif last - first > 1:
            middle = (first + last) // 2
            texts[middle] = write(values[middle])
            waiting += [(first, middle), (middle, last)]
    return list(texts[group.reshape(-1)])
