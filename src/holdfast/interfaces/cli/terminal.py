"""What commands print: words for people, JSON for machines, progress where someone is looking."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from holdfast.progress import SILENT, Progress

_COMMANDS = re.compile(r"(?<![\w/.-])holdfast (?=[a-z]+ )")  # several may stand in a line; no path, no name of a file


def say(text: str = "") -> None:
    """One line for the reader; markup is not interpreted, so records cannot colour the terminal."""
    sys.stdout.write(_typeable(_plain(text)) + "\n")


def _typeable(text: str) -> str:
    """Commands to type next, as they have to be typed here: with their path where the shell does not find them."""
    if not text.startswith(("Next:", "Fix:")) or shutil.which("holdfast"):
        return text
    program = Path(sys.argv[0])
    beside = Path(sys.executable).parent / "holdfast"
    found = program if program.name == "holdfast" else beside if beside.exists() else None
    if found is None:
        return text
    shown = os.path.relpath(found) if found.is_relative_to(Path.cwd()) else str(found)
    return _COMMANDS.sub(f"{shown} ", text)


def say_json(content: Any) -> None:
    """The answer for a machine, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n")


def complain(text: str) -> None:
    """Lines on standard error."""
    sys.stderr.write("\n".join(_typeable(line) for line in _plain(text).split("\n")) + "\n")


def _plain(text: str) -> str:
    """Control characters out: what stands in a file must not steer the terminal."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "?" for letter in text)


def table(rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """A table of texts, columns as wide as needed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(_plain(cell)) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(drawn)


class Lines:
    """Progress for pipes and logs: one line a finished stage."""

    def __init__(self) -> None:
        self._position = ""

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:  # noqa: ARG002 (the protocol's)
        self._position = f"[{position}/{of}]"

    def update(self, doing: str, done: int, of: int | None) -> None: ...

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        say(f"{self._position} {_finished(name, sentence, seconds)}")


class Bar:
    """Progress for a terminal: what is being done, how far, how long."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console()
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
        )
        self._task = self._progress.add_task("", total=1.0)
        self._stage = ""
        self._position = ""

    def stage_started(self, name: str, doing: str, position: int, of: int) -> None:  # noqa: ARG002 (the protocol's)
        self._position, self._stage = f"[{position}/{of}]", doing
        self._progress.reset(self._task, description=f"{self._position} {doing}", total=1.0)

    def update(self, doing: str, done: int, of: int | None) -> None:
        described = f"{self._position} {self._stage}: {_plain(doing)}" if doing else f"{self._position} {self._stage}"
        self._progress.update(self._task, completed=done, total=of, description=described.replace("[", r"\["))

    def stage_finished(self, name: str, sentence: str, seconds: float) -> None:
        line = f"{self._position} {_finished(name, sentence, seconds)}"
        self._progress.console.print(line, markup=False, highlight=False)

    @contextmanager
    def shown(self) -> Iterator[None]:
        with self._progress:
            yield


def _finished(name: str, sentence: str, seconds: float) -> str:
    how = f"{seconds:.1f} s" if seconds else "unchanged, kept"
    return f"{name:<9} {sentence} ({how})"


@contextmanager
def stage_progress(*, machine: bool) -> Iterator[Progress]:
    """The progress that fits: a bar on a terminal, lines in a pipe, silence for machines."""
    if machine:
        yield SILENT
    elif sys.stdout.isatty():
        bar = Bar()
        with bar.shown():
            yield bar
    else:
        yield Lines()


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Seconds the block took, as the list's one entry once it is over."""
    began, seconds = time.perf_counter(), [0.0]
    yield seconds
    seconds[0] = time.perf_counter() - began


ProjectFolder = Annotated[
    Path, typer.Argument(help="The project's folder (it holds holdfast.yaml).", show_default=False)
]


ConfigFile = Annotated[Path | None, typer.Option("--config", help="Another settings file than DIR/holdfast.yaml.")]


Cutoff = Annotated[str | None, typer.Option("--cutoff", metavar="YYYY-MM-DD", help="Hide everything from this day on.")]


AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]


def tell_summary(run: Path, project: Path) -> None:
    """What the run found, where it stands, what to do next."""
    from holdfast.store.artifacts import read_json  # loads Polars

    summary = read_json(run / "reports" / "summary.json")
    say()
    for line in summary["lines"]:
        say(line)
    say()
    latest = project / "runs" / "latest"
    say(f"Report:    {latest / 'reports' / 'report.html'}")
    say(f"Dashboard: {latest / 'reports' / 'dashboard.html'}")
    say(f"The list:  {latest / 'predictions.parquet'}  (as CSV: {latest / 'bi' / 'customers.csv'})")
    say(f"Next: open the report, then: holdfast show {project}")
