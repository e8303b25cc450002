"""What commands share: their options, the project they open, words for people and JSON for machines."""

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.formatting import day, exact_money, money, of_hundred, percent, quantity, short_money

if TYPE_CHECKING:
    from holdfast.service.project import Project
    from holdfast.service.results import Summary

_COMMANDS = re.compile(r"(?<![\w/.-])holdfast (?=[a-z]+ )")  # several may stand in a line; no path, no name of a file
_MONEY: dict[str, Callable[[float | None, str], str]] = {
    "spend": money,
    **dict.fromkeys(("offer_cost", "cost"), exact_money),
    **dict.fromkeys(("expected_value", "value_low", "value_high"), short_money),
    **dict.fromkeys(("value_if_stays", "value_if_leaves", "revenue_at_risk"), short_money),
    **dict.fromkeys(("offer_gain", "expected_gain"), short_money),
    **dict.fromkeys(("value_if_returns", "expected_return_value"), short_money),
}
_SHARES = frozenset({"churn_probability", "return_probability"})

ProjectFolder = Annotated[
    Path, typer.Argument(help="The project's folder (it holds holdfast.yaml).", show_default=False)
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Another settings file than DIR/holdfast.yaml.")]
Cutoff = Annotated[str | None, typer.Option("--cutoff", metavar="YYYY-MM-DD", help="Hide everything from this day on.")]
TenantName = Annotated[
    str | None,
    typer.Option(
        "--tenant", metavar="NAME", help="The project of this tenant, in DIR/tenants/NAME; without it: DIR's own."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]


def opened(folder: Path, config: Path | None, cutoff: str | None = None, tenant: str | None = None) -> "Project":
    """The project that a command is about: the one place where commands open one."""
    from holdfast.service.project import open_project

    if tenant is None:
        return open_project(folder, config=config, cutoff=cutoff)
    from holdfast.service.jobs.home import Home

    return Home(folder, config).project(tenant, cutoff=cutoff)


def opened_for_results(folder: Path, config: Path | None, tenant: str | None) -> "Project":
    """The project of a tenant with a folder of its own; else the folder's own project, under the tenant's name."""
    from holdfast.service.jobs.home import Home

    if tenant is None or not Home(folder, config).has_project(tenant):
        return opened(folder, config).for_tenant(tenant)
    return opened(folder, config, tenant=tenant)


def command(name: str, project: Path, config: Path | None, *options: str, tenant: str | None = None) -> str:
    """A command to type next, about the same project, settings file and tenant."""
    words = ["holdfast", name, str(project), *options]
    words += ["--tenant", tenant] if tenant else []
    words += ["--config", str(config)] if config else []
    return shlex.join(words)  # a folder or an id may hold blanks


def say(text: str = "") -> None:
    """One line for the reader; markup is not interpreted, so records cannot colour the terminal."""
    sys.stdout.write(typeable(plain(text)) + "\n")


def say_json(content: Any) -> None:
    """The answer for a machine, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n")


def complain(text: str) -> None:
    """Lines on standard error."""
    sys.stderr.write(typeable(plain(text)) + "\n")


def plain(text: str) -> str:
    """Control characters out: what stands in a file must not steer the terminal."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "?" for letter in text)


def typeable(text: str) -> str:
    """Commands to type next, as they have to be typed here: with their path where the shell does not find them."""
    if shutil.which("holdfast"):
        return text
    program = Path(sys.argv[0])
    beside = Path(sys.executable).parent / "holdfast"
    path = program if program.name == "holdfast" else beside if beside.exists() else None
    if path is None:
        return text
    shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    lines = text.split("\n")
    return "\n".join(_COMMANDS.sub(f"{shown} ", line) if line.startswith(("Next:", "Fix:")) else line for line in lines)


def table(rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """A table of texts, columns as wide as needed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(drawn)


def cell(column: str, value: object, currency: str) -> str:
    """A value of a result's table as people read it: money with its currency, a probability as a percentage."""
    if value is None:
        return "-"
    if column == "saves_needed" and isinstance(value, float):
        return of_hundred(value)  # as in the report: rounded up, so that it is enough
    if isinstance(value, float):
        if column in _MONEY:
            return _MONEY[column](value, currency)
        return percent(value) if column in _SHARES else quantity(value)
    if isinstance(value, date):
        return day(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def say_summary(summary: "Summary", project: Path) -> None:
    """What a run found, where it stands, what to do next."""
    say()
    for line in summary.lines:
        say(line)
    say()
    latest = project / "runs" / "latest"
    say(f"Report:    {latest / 'reports' / 'report.html'}")
    say(f"Dashboard: {latest / 'reports' / 'dashboard.html'}")
    say(f"The list:  {latest / 'predictions.parquet'}  (as CSV: {latest / 'bi' / 'customers.csv'})")
