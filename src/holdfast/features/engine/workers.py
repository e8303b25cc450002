"""Who works on columns and chunks: threads, or the caller itself, which costs nothing to begin."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any


def workers(threads: int) -> Executor:
    """As many threads; with one, the caller's own: a thread takes longer to start than one customer to measure."""
    return ThreadPoolExecutor(threads) if threads > 1 else _Caller()


class _Caller(Executor):
    """Does what it is given at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The finished result; an exception is raised here."""
        done = Future[Any]()
        done.set_result(fn(*args, **kwargs))
        return done

    def map(self, fn: Callable[..., Any], *iterables: Any, **_: Any) -> Iterator[Any]:
        """The results in order, each once it is asked for."""
        return map(fn, *iterables)
