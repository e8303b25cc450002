"""The few lines a run ends with."""

from pathlib import Path

from holdfast.interfaces.cli.terminal import say
from holdfast.store.artifacts import read_json


def tell_summary(run: Path, project: Path) -> None:
    """What the run found, where it stands, what to do next."""
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
