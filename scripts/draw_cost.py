"""Draw docs/images/cost.svg from benchmarks/results/whole_job.json: what the whole job costs as records grow.

    python scripts/draw_cost.py

Every mark is a measurement (python benchmarks/whole_job.py --rows ROWS --write); lines join those of one command.
"""

import json
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holdfast.reports.plots.style import GAIN, LEFT, LINE, SOFT, STAYED

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "whole_job.json"
TARGET = ROOT / "docs" / "images" / "cost.svg"
_GOAL = 3 * 1024  # MiB, of ten million purchases
_COLOURS = {"ingest": GAIN, "run": STAYED}
_STYLE = {"svg.hashsalt": "cost", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}


def points(results: dict[str, Any], command: str, measure: str) -> list[tuple[int, float]]:
    """(rows, what was measured) of each size."""
    return [(size["rows"], size[command][measure]) for size in results.values() if size[command]]


def panel(ax: Axes, results: dict[str, Any], measure: str, title: str, goal: float = 0) -> None:
    """One measure of both commands against the rows; the goal of ten million purchases, where there is one."""
    for command, colour in _COLOURS.items():
        rows, values = zip(*points(results, command, measure), strict=True)
        ax.plot(rows, values, "o-", color=colour, label=f"holdfast {command}")
        for x, value in zip(rows, values, strict=True):
            below = -13 if command == "ingest" and value > 50 else 6
            ax.annotate(f"{value:,.0f}", (x, value), (0, below), textcoords="offset points", ha="center", color=colour)
    if goal:
        ax.plot([10**7], [goal], "_", color=LEFT, markersize=16, markeredgewidth=2, label="goal")
    largest = max(size["rows"] for size in results.values())
    highest = max(value for command in _COLOURS for _, value in points(results, command, measure))
    ax.set(title=title, xlabel="million purchases", xlim=(0, 1.1 * largest), ylim=(0, 1.1 * max(highest, goal)))
    ax.xaxis.set_major_formatter(lambda rows, _: f"{rows / 1e6:g}")
    ax.grid(axis="y", color=LINE)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=SOFT)


def main() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    with rc_context(_STYLE):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        panel(left, results, "cpu_seconds", "CPU seconds")
        panel(right, results, "peak_mib", "memory at most, MiB", _GOAL)
        right.legend(frameon=False, loc="upper left")
        figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
