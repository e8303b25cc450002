"""How the processor is shared: several fits at a time, each on one thread.

Threads within a fit wait for each other at every split; on a busy machine that is ten times slower than fits side by
side, and sums that are split over threads can differ in their last bit.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """The results in the order of the tasks, at most `threads` of them worked on at a time."""
    if threads <= 1 or len(tasks) <= 1:
        yield from map(work, tasks)
        return
    with ThreadPoolExecutor(min(threads, len(tasks))) as pool:
        yield from pool.map(work, tasks)


def linear_algebra_on_one() -> AbstractContextManager[Any]:
    """Matrix products on one thread: their sums then come out the same however many there are."""
    limits: AbstractContextManager[Any] = _linear_algebra("scipy.linalg" in sys.modules).limit(limits=1)
    return limits


@cache  # to look through all libraries that are loaded takes a millisecond
def _linear_algebra(has_scipy: bool) -> Any:  # noqa: ARG001 (SciPy brings a library of its own)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def loops_on(threads: int) -> AbstractContextManager[Any]:
    """OpenMP loops on this many threads."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(threads, user_api="openmp")
    return limits
