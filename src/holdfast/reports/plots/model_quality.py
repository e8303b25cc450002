"""Figures of how far to trust the churn probabilities, on test rows."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.formatting import share
from holdfast.reports.plots.style import INK, LEFT, SOFT, STAYED, cut, percent_axis, say_nothing
from holdfast.stats.intervals import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = Sequence[Mapping[str, Any]]


def calibration(points: Points, *, ax: "Axes") -> "Axes":
    """What was said against what happened; on the line, a said 20 % came true in 20 % of cases.

    Args:
        points: predicted, observed (shares), rows (counts).
        ax: where to draw.
    """
    if not points:
        return say_nothing(ax, "Calibration is not known", "No test rows were judged.")
    said = np.array([point["predicted"] for point in points], dtype=float)
    came = np.array([point["observed"] for point in points], dtype=float)
    rows = np.array([point["rows"] for point in points], dtype=float)
    low, high = wilson(came * rows, rows)
    reach = [np.clip(came - low, 0, None), np.clip(high - came, 0, None)]
    ax.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
    ax.errorbar(said, came, yerr=reach, fmt="o", color=STAYED, ecolor=SOFT, capsize=2, markersize=5, linewidth=1)
    off = float(np.average(np.abs(said - came), weights=rows)) if rows.sum() else 0.0
    top = min(1.0, 1.1 * max(float(said.max()), float(high.max()), 0.05))
    ax.set(
        title=f"Said and come true differ by {100 * off:.1f} points on average",
        xlabel="chance of leaving that was said",
        ylabel="share that left, with 95 % interval",
        xlim=(0, top),
        ylim=(0, top),
    )
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid()
    return ax


def gain(points: Points, *, ax: "Axes") -> "Axes":
    """Which share of the leavers is reached by contacting the customers of highest risk first.

    Args:
        points: share_contacted, share_of_leavers.
        ax: where to draw.
    """
    if not points:
        return say_nothing(ax, "Reach is not known", "No test rows were judged.")
    contacted = np.array([point["share_contacted"] for point in points], dtype=float)
    reached = np.array([point["share_of_leavers"] for point in points], dtype=float)
    at_fifth = float(np.interp(0.2, contacted, reached))
    ax.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1, label="in any order")
    ax.plot(contacted, reached, color=LEFT, linewidth=2, label="highest risk first")
    ax.plot(0.2, at_fifth, "o", color=INK)
    ax.set(
        title=f"A fifth of the customers holds {share(at_fifth)} of the leavers",
        xlabel="share of customers contacted, highest risk first",
        ylabel="share of all leavers reached",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.legend(loc="lower right")
    ax.grid()
    return ax


def drivers(names: Sequence[str], shares: Sequence[float], *, ax: "Axes") -> "Axes":
    """Which features do most of the model's work.

    Args:
        names: what the features mean, the most important first.
        shares: of the model's work, in the same order.
        ax: where to draw.
    """
    if not names:
        return say_nothing(ax, "No drivers", "The model tells no importance of features.")
    shown = list(zip(names, shares, strict=True))[:12][::-1]
    ax.barh(range(len(shown)), [part for _, part in shown], color=STAYED, height=0.6)
    ax.set_yticks(range(len(shown)), [fill(cut(name, 96), 48) for name, _ in shown], fontsize=8)
    ax.set(title=f"What tells leavers from stayers: {cut(names[0], 44)}", xlabel="share of the model's work")
    percent_axis(ax, "x")
    ax.grid(axis="x")
    return ax
