"""How the processor is shared: several fits at a time, each on one thread.

Threads within a fit wait for each other at every split; on a busy machine that is ten times slower than fits side by
side, and sums that are split over threads can differ in their last bit.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from threading import Semaphore
from typing import Any, TypeVar

# Of every call of LightGBM, predictions too. How many threads a call asks for (all there are, where it names no number)
# becomes a number of the whole process. A prediction has memory for as many as that was when it began, and runs on as
# many as another call, on another thread of ours, has set since: a segmentation fault within seconds (LightGBM 4.7).
LIGHTGBM_THREADS = 1
Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Iterator[Result]:
    """The results in the order of the tasks, at most `threads` of them worked on at a time.

    A task is taken when there is a thread for it, so that large ones may be made as they are taken.
    """
    if threads <= 1:
        yield from map(work, tasks)
        return
    free = Semaphore(threads)

    def done(task: Task) -> Result:
        try:
            return work(task)
        finally:
            free.release()

    with ThreadPoolExecutor(threads) as pool:
        begun: deque[Future[Result]] = deque()
        for task in tasks:
            free.acquire()
            begun.append(pool.submit(done, task))
            while begun and begun[0].done():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def linear_algebra_on_one() -> AbstractContextManager[Any]:
    """Matrix products on one thread: their sums then come out the same however many there are."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits


def numpy_on_one() -> AbstractContextManager[Any]:
    """The same of NumPy's matrix products alone, at no cost: to look for the libraries takes a millisecond."""
    limits: AbstractContextManager[Any] = _libraries_of_numpy().limit(limits=1)
    return limits


@cache
def _libraries_of_numpy() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def loops_on(threads: int) -> AbstractContextManager[Any]:
    """OpenMP loops on this many threads."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(threads, user_api="openmp")
    return limits
