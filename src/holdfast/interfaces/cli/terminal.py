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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.pipeline.execute import Stage
    from holdfast.store.runs import StageRecord
from typing import Annotated

import typer

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


class Quiet:
    """A listener for machines: says nothing."""

    def stage_started(self, _stage: "Stage", position: int, of: int) -> None: ...
    def stage_progress(self, share: float, words: str) -> None: ...
    def stage_finished(self, record: "StageRecord") -> None: ...


class Lines:
    """A listener for pipes and logs: one line a finished stage."""

    def __init__(self) -> None:
        self._place = ""

    def stage_started(self, _stage: "Stage", position: int, of: int) -> None:
        self._place = f"[{position}/{of}]"

    def stage_progress(self, share: float, words: str) -> None: ...

    def stage_finished(self, record: "StageRecord") -> None:
        say(f"{self._place} {_finished(record)}")


class Bar:
    """A listener for a terminal: what is being done, how far, how long."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console()
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
        )
        self._task = self._progress.add_task("", total=1.0)
        self._says = ""
        self._place = ""

    def stage_started(self, stage: "Stage", position: int, of: int) -> None:
        self._place, self._says = f"[{position}/{of}]", stage.says
        self._progress.reset(self._task, description=f"{self._place} {stage.says}", total=1.0)

    def stage_progress(self, share: float, words: str) -> None:
        described = f"{self._place} {self._says}: {_plain(words)}" if words else f"{self._place} {self._says}"
        self._progress.update(self._task, completed=share, description=described.replace("[", r"\["))

    def stage_finished(self, record: "StageRecord") -> None:
        self._progress.console.print(f"{self._place} {_finished(record)}", markup=False, highlight=False)

    @contextmanager
    def shown(self) -> Iterator[None]:
        with self._progress:
            yield


def _finished(record: "StageRecord") -> str:
    how = "unchanged, kept" if record.reused else f"{record.seconds:.1f} s, {record.peak_memory_mb:,.0f} MB"
    return f"{record.name:<9} {record.words} ({how})"


@contextmanager
def listening(*, machine: bool) -> Iterator[Any]:
    """The listener that fits: a bar on a terminal, lines in a pipe, silence for machines."""
    if machine:
        yield Quiet()
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
