"""How far the work is, shown where someone is looking: the only bar of the product."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.formatting import seconds as duration
from holdfast.interfaces.cli.terminal import plain, say
from holdfast.progress import SILENT, Progress


@contextmanager
def showing_progress(*, machine: bool) -> Iterator[Progress]:
    """The progress that fits: a bar on a terminal, a line a finished stage in a pipe, silence for machines."""
    if machine:
        yield SILENT
    elif sys.stdout.isatty():
        bar = Bar()
        with bar.shown():
            yield bar
    else:
        yield Lines()


class Lines:
    """For pipes and logs: one line a finished stage."""

    def __init__(self) -> None:
        self._position = ""

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:  # noqa: ARG002
        self._position = f"[{position}/{of}]"

    def update(self, doing: str, done: int, of: int | None) -> None: ...

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        say(f"{self._position} {_finished(name, sentence, seconds)}")
        sys.stdout.flush()  # whoever reads the pipe wants to know now


class Bar:
    """For a terminal: which stage, what is being done, how far, how fast."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[speed]}", markup=False),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=Console(), transient=True)
        self._task = self._bar.add_task("getting ready", total=None, speed="")
        self._stage = ""  # its position and what it does; empty outside of a run
        self._position = ""
        self._doing = ""
        self._began = time.perf_counter()

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:  # noqa: ARG002
        self._position = f"[{position}/{of}]"
        self._stage, self._doing = f"{self._position} {doing}", ""
        self._bar.reset(self._task, total=None, description=self._stage, speed="")

    def update(self, doing: str, done: int, of: int | None) -> None:
        if doing != self._doing:
            self._doing, self._began = doing, time.perf_counter()
            if not self._stage:
                self._bar.reset(self._task)
        described = ": ".join(filter(None, [self._stage, plain(doing)]))
        self._bar.update(self._task, completed=done, total=of, description=described, speed=self._speed(done, of))

    def _speed(self, done: int, of: int | None) -> str:
        """How many of how many, how many a second and how long it will take; a few steps need no such words."""
        if self._stage or not done:
            return ""
        rate = done / max(time.perf_counter() - self._began, 1e-9)
        left = f", {duration((of - done) / rate)} left" if of is not None and of > done else ""
        return f"{done:,}{f' of {of:,}' if of is not None else ''}, {float(f'{rate:.2g}'):,.0f} a second{left}"

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        line = f"{self._position} {_finished(name, plain(sentence), seconds)}"
        self._bar.console.print(line, markup=False, highlight=False)
        self._stage = ""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The bar, as long as the block runs."""
        with self._bar:
            yield


def _finished(name: str, sentence: str, seconds: float) -> str:
    return f"{name:<9} {sentence} ({duration(seconds) if seconds else 'unchanged, kept'})"
