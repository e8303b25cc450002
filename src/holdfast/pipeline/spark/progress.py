"""How many tasks Spark has done, reported while the driver waits for the results."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

_EVERY_SECONDS = 0.5

TaskReport = Callable[[int, int], None]  # tasks done, of how many


@contextmanager
def watching_tasks(session: "SparkSession", report: TaskReport) -> Iterator[None]:
    """While the block waits for Spark, report how many tasks of the current step are done.

    A job has a step or two for each table (its rows are read and sent to their customers' tasks) and then the one that
    computes features. A session of another process (Spark Connect) does not say, so nothing is reported.
    """
    context = getattr(session, "_sc", None)
    if context is None:
        yield
        return
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(context.statusTracker(), report, is_over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(tracker: "StatusTracker", report: TaskReport, is_over: threading.Event) -> None:
    last = (0, 0)
    while not is_over.wait(_EVERY_SECONDS):
        try:
            steps = [tracker.getStageInfo(step) for step in tracker.getActiveStageIds()]
        except Exception:  # noqa: BLE001  (Java is gone: what the block itself meets says more)
            return
        counts = [(step.numCompletedTasks, step.numTasks) for step in steps if step is not None]
        current = (sum(done for done, _ in counts), sum(tasks for _, tasks in counts))
        if current not in {last, (0, 0)}:
            report(*current)
            last = current
