"""Figures of who left, and of the features and groups that go with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.formatting import count, percent, plural
from holdfast.reports.plots.style import (
    LEFT,
    SOFT,
    STAYED,
    count_axis,
    cut,
    percent_axis,
    say_why_empty,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def balance(counts: Mapping[str, Any], *, ax: "Axes") -> "Axes":
    """How many left and how many stayed.

    Args:
        counts: `balance` of the exploration.
        ax: where to draw.
    """
    if counts["share_left"] is None:
        return say_why_empty(ax, "No outcome is known", "No row says whether the customer left.")
    sizes = [counts["stayed"], counts["left"]]
    bars = ax.barh(["stayed", "left"], sizes, color=[STAYED, LEFT], height=0.6)
    total = sum(sizes)
    ax.bar_label(bars, [f"{count(size)}  ({percent(size / total)})" for size in sizes], padding=5)
    set_title(ax, f"{percent(counts['share_left'])} left: {count(counts['left'])} of {count(total)} past cases")
    ax.set(xlabel="past cases (one customer at one cutoff)", xlim=(0, 1.25 * max(*sizes, 1)))
    ax.grid(axis="x")
    count_axis(ax, "x")
    return ax


def distributions(features: Sequence[Mapping[str, Any]], *, figure: "Figure", at_most: int = 12) -> None:
    """Distributions by outcome, one small figure a feature; each outcome's bars sum to 1.

    Args:
        features: feature records of the exploration that are numbers, the strongest correlation with leaving first.
        figure: where to draw.
        at_most: how many features to show.
    """
    shown = [record for record in features if record.get("histogram")][:at_most]
    if not shown:
        say_why_empty(figure.subplots(), "No feature is a number", "There is nothing to show the distribution of.")
        return
    columns = min(4, len(shown))
    grid = figure.subplots(-(-len(shown) // columns), columns, squeeze=False)
    for position, axes in enumerate(grid.flat):
        if position >= len(shown):
            axes.set_axis_off()
            continue
        _distribution(shown[position], axes)
    first = grid.flat[0].get_legend_handles_labels()
    figure.legend(*first, loc="outside upper right", ncols=2, fontsize=8)
    figure.suptitle(
        "How those who left differ from those who stayed", x=0.01, ha="left", fontweight="bold", fontsize=11
    )


def _distribution(record: Mapping[str, Any], axes: "Axes") -> None:
    edges = np.array(record["histogram"]["edges"], dtype=float)
    for outcome, colour in (("stayed", STAYED), ("left", LEFT)):
        rows = np.array(record["histogram"][outcome], dtype=float)
        axes.stairs(rows / max(rows.sum(), 1.0), edges, color=colour, label=outcome, fill=True, alpha=0.25)
        axes.stairs(rows / max(rows.sum(), 1.0), edges, color=colour, linewidth=1.0)
    axes.set_title(cut(record["name"].replace("_", " "), 30, end=8), fontsize=7.5, fontweight="normal", pad=3)
    axes.tick_params(labelsize=6.5, length=2)
    axes.locator_params(nbins=4)
    percent_axis(axes, "y")


def correlation_heatmap(heatmap: Mapping[str, Any], *, ax: "Axes") -> "Axes":
    """Correlations between the features that correlate most with leaving.

    Args:
        heatmap: `correlations.heatmap` of the exploration: names, and a square of values (None where unknown).
        ax: where to draw.
    """
    names = list(heatmap["features"])
    if len(names) < 2:
        return say_why_empty(ax, "Too few features to correlate", "Fewer than two features vary.")
    values = np.array([[np.nan if value is None else value for value in row] for row in heatmap["values"]], dtype=float)
    image = ax.imshow(np.ma.masked_invalid(values), cmap="RdBu_r", vmin=-1, vmax=1, aspect="equal")
    labels = [cut(name, 44, end=16) for name in names]
    ax.set_xticks(range(len(names)), labels, rotation=90, fontsize=6)
    ax.set_yticks(range(len(names)), labels, fontsize=6)
    close = int((np.abs(np.triu(np.nan_to_num(values), 1)) >= 0.8).sum())
    pairs = f"{plural(close, 'pair')} of them {'correlates' if close == 1 else 'correlate'} at 0.8 or more"
    set_title(ax, f"The {len(names)} features that correlate most with leaving: {pairs}")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7)
    bar.set_label("correlation")
    bar.outline.set_visible(False)
    ax.spines[:].set_visible(False)
    return ax


def leaving_by_group(values: Sequence[Mapping[str, Any]], *, ax: "Axes", column: str, overall: float) -> "Axes":
    """Share that left in each group, with 95 % intervals and the number of cases.

    Args:
        values: groups of the exploration: group, rows, rate, low, high.
        ax: where to draw.
        column: what the groups are of.
        overall: share that left of all.
    """
    shown = sorted(values, key=lambda value: value["rate"])[-12:]
    if not shown:
        return say_why_empty(ax, "No groups to compare", "The records hold no attribute with two values.")
    rates = np.array([value["rate"] for value in shown])
    reach = [
        np.maximum(rates - [value["low"] for value in shown], 0),
        np.maximum([value["high"] for value in shown] - rates, 0),
    ]
    positions = np.arange(len(shown))
    ax.barh(positions, rates, color=LEFT, height=0.6, alpha=0.85)
    ax.errorbar(rates, positions, xerr=reach, fmt="none", ecolor=SOFT, capsize=3, linewidth=1)
    ax.axvline(overall, color=SOFT, linestyle="--", linewidth=1)
    ax.set_yticks(positions, [f"{cut(value['group'], 26)}  (n = {count(value['rows'])})" for value in shown])
    top = shown[-1]
    differs = top["low"] > min(value["high"] for value in shown)
    result = f"most leave in {cut(top['group'], 24)} ({percent(top['rate'])})" if differs else "no clear difference"
    set_title(ax, f"By {cut(column.replace('_', ' '), 30)}: {result}")
    ax.set(
        xlabel=f"share that left, with 95 % interval; dashed: all ({percent(overall)})",
        xlim=(0, min(1.0, 1.15 * max(value["high"] for value in shown))),
    )
    ax.grid(axis="x")
    percent_axis(ax, "x")
    return ax
