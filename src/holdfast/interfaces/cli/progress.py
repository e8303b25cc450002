"""How many rows are done, how fast, and how long it will take: shown where someone is looking."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[str, int, int | None], None]


def _unheard(_doing: str, _done: int, _of: int | None) -> None: ...


@contextmanager
def counting_rows(*, machine: bool) -> Iterator[Told]:
    """A progress to tell what is done, rows so far, of how many (None: not known); silent in pipes and for machines."""
    if machine or not sys.stdout.isatty():
        yield _unheard
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn())
    with Progress(*columns, transient=True) as shown:
        task, began, doing_now = shown.add_task("", total=None, speed=""), time.perf_counter(), ""

        def told(doing: str, done: int, of: int | None) -> None:
            nonlocal began, doing_now
            if doing != doing_now:
                doing_now, began = doing, time.perf_counter()
                shown.reset(task, total=of, description=doing)
            seconds = max(time.perf_counter() - began, 1e-9)
            shown.update(task, completed=done, total=of, speed=f"{done:,} rows, {done / seconds:,.0f} rows/s")

        yield told
