"""How many rows are done, how fast, and how long it will take: shown where someone is looking."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from holdfast import progress


class _Rows(progress.Silent):
    """Progress that hands rows done to a bar."""

    def __init__(self, show: Callable[[str, int, int | None], None]) -> None:
        self._show = show

    def update(self, doing: str, done: int, of: int | None) -> None:
        self._show(doing, done, of)


@contextmanager
def counting_rows(*, machine: bool) -> Iterator[progress.Progress]:
    """A progress that shows rows done, of how many and how fast; silent in pipes and for machines."""
    if machine or not sys.stdout.isatty():
        yield progress.SILENT
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn())
    with Progress(*columns, transient=True) as shown:
        task, began, doing_now = shown.add_task("", total=None, speed=""), time.perf_counter(), ""

        def show(doing: str, done: int, of: int | None) -> None:
            nonlocal began, doing_now
            if doing != doing_now:
                doing_now, began = doing, time.perf_counter()
                shown.reset(task, total=of, description=doing)
            seconds = max(time.perf_counter() - began, 1e-9)
            shown.update(task, completed=done, total=of, speed=f"{done:,} rows, {done / seconds:,.0f} rows/s")

        yield _Rows(show)
