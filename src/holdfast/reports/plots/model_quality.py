"""Figures of the quality of the churn probabilities, on test rows."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.formatting import percent
from holdfast.reports.plots.style import INK, LEFT, SOFT, STAYED, cut, percent_axis, say_why_empty, set_title
from holdfast.stats.intervals import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = Sequence[Mapping[str, Any]]


def calibration(points: Points, *, ax: "Axes") -> "Axes":
    """Predicted against observed shares of leavers; on the line, 20 % left where 20 % was predicted.

    Args:
        points: predicted, observed (shares), rows (counts).
        ax: where to draw.
    """
    if not points:
        return say_why_empty(ax, "Calibration is not known", "No model was tested.")
    predicted = np.array([point["predicted"] for point in points], dtype=float)
    observed = np.array([point["observed"] for point in points], dtype=float)
    rows = np.array([point["rows"] for point in points], dtype=float)
    low, high = wilson(observed * rows, rows)
    reach = [np.clip(observed - low, 0, None), np.clip(high - observed, 0, None)]
    ax.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
    ax.errorbar(
        predicted, observed, yerr=reach, fmt="o", color=STAYED, ecolor=SOFT, capsize=2, markersize=5, linewidth=1
    )
    off = float(np.average(np.abs(predicted - observed), weights=rows)) if rows.sum() else 0.0
    top = min(1.0, 1.1 * max(float(predicted.max()), float(high.max()), 0.05))
    set_title(ax, f"Predicted and observed differ by {100 * off:.1f} percentage points on average")
    ax.set(
        xlabel="predicted probability of leaving",
        ylabel="share that left, with 95 % interval",
        xlim=(0, top),
        ylim=(0, top),
    )
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid()
    return ax


def gain(points: Points, *, ax: "Axes") -> "Axes":
    """Share of the leavers reached by contacting the customers of highest risk first.

    Args:
        points: share_contacted, share_of_leavers.
        ax: where to draw.
    """
    if not points:
        return say_why_empty(ax, "Reach is not known", "No model was tested.")
    contacted = np.array([point["share_contacted"] for point in points], dtype=float)
    reached = np.array([point["share_of_leavers"] for point in points], dtype=float)
    at_fifth = float(np.interp(0.2, contacted, reached))
    ax.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1, label="in any order")
    ax.plot(contacted, reached, color=LEFT, linewidth=2, label="highest risk first")
    ax.plot(0.2, at_fifth, "o", color=INK)
    set_title(ax, f"The fifth of the customers with the highest risk holds {percent(at_fifth)} of the leavers")
    ax.set(
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
    """The importance of the most important features.

    Args:
        names: what the features mean, the most important first.
        shares: importance of each, as a share of the total, in the same order.
        ax: where to draw.
    """
    if not names:
        return say_why_empty(ax, "No drivers", "The model gives no importance of features.")
    shown = list(zip(names, shares, strict=True))[:12][::-1]
    ax.barh(range(len(shown)), [share for _, share in shown], color=STAYED, height=0.6)
    ax.set_yticks(range(len(shown)), [fill(cut(name, 96), 48) for name, _ in shown], fontsize=8)
    set_title(ax, f"What matters most to the model: {cut(names[0], 96)}")
    ax.set_xlabel("importance, as a share of the total")
    percent_axis(ax, "x")
    ax.grid(axis="x")
    return ax
