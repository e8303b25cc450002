"""How many processor threads the libraries below may use."""

from contextlib import AbstractContextManager
from typing import Any

_WORTH_MORE = 1_000_000  # cells from which several threads save more than they wait for each other


def threads_for(cells: int, threads: int) -> int:
    """One for small tables: on a busy machine several wait for each other ten times longer than they work.

    Args:
        cells: rows times features. threads: that may be used.
    """
    return threads if cells >= _WORTH_MORE else 1


def linear_algebra_on_one() -> AbstractContextManager[Any]:
    """Matrix products on one thread: their sums then come out the same however many there are."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(1, user_api="blas")  # type: ignore[no-any-return]


def loops_on(threads: int) -> AbstractContextManager[Any]:
    """OpenMP loops on this many threads."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(threads, user_api="openmp")  # type: ignore[no-any-return]
