"""How far Spark is: told while the driver waits for the answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

_EVERY_SECONDS = 0.5

Told = Callable[[int, int], None]  # tasks done, of how many


@contextmanager
def telling(session: "SparkSession", told: Told) -> Iterator[None]:
    """While the block waits for Spark, tell how many tasks of the step under way are done.

    A job has a step or two for each table (its rows are read and sent to their customers' tasks) and then the one that
    measures. A session that is not this process's own (Spark Connect) does not say, and nothing is told.
    """
    context = getattr(session, "_sc", None)
    if context is None:
        yield
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(context.statusTracker(), told, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(tracker: "StatusTracker", told: Told, done: threading.Event) -> None:
    last = (0, 0)
    while not done.wait(_EVERY_SECONDS):
        try:
            steps = [tracker.getStageInfo(step) for step in tracker.getActiveStageIds()]
        except Exception:  # noqa: BLE001  (Java is gone: what the block itself meets says more)
            return
        under_way = [(step.numCompletedTasks, step.numTasks) for step in steps if step is not None]
        now = (sum(each[0] for each in under_way), sum(each[1] for each in under_way))
        if now not in {last, (0, 0)}:
            told(*now)
            last = now
