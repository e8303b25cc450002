"""Figures of months, segments and money."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from holdfast.formatting import count, share, short_money
from holdfast.reports.plots.style import (
    BAND_COLOURS,
    GAIN,
    INK,
    LEFT,
    SOFT,
    STAYED,
    count_axis,
    cut,
    money_axis,
    say_nothing,
)
from holdfast.stats.sums import steady_sum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def months(records: Sequence[Mapping[str, Any]], *, figure: "Figure", currency: str) -> None:
    """Customers active and revenue by full month.

    Args:
        records: `times.months` of the exploration.
        figure: where to draw.
        currency: of the revenue.
    """
    full = [record for record in records if record["is_complete"]]
    if not full:
        say_nothing(figure.subplots(), "No full month of events", "These records have no events over time.")
        return
    days = [date.fromisoformat(record["month"]) for record in full]
    money = "revenue" in full[0]
    grid = figure.subplots(2 if money else 1, 1, sharex=True, squeeze=False)[:, 0]
    active = [record["active_customers"] for record in full]
    grid[0].plot(days, active, color=STAYED, marker="o", markersize=3)
    change = active[-1] / active[0] - 1 if active[0] else 0.0
    grid[0].set_title(
        f"{count(active[-1])} customers active in {days[-1]:%B %Y}, {abs(change):.0%} "
        f"{'more' if change >= 0 else 'fewer'} than in {days[0]:%B %Y}"
    )
    grid[0].set_ylabel("active customers")
    count_axis(grid[0], "y")
    if money:
        grid[1].bar(days, [record["revenue"] for record in full], width=20, color=STAYED, alpha=0.8)
        grid[1].set_ylabel(f"revenue a month ({currency})")
        money_axis(grid[1], "y", currency)
    for axes in grid:
        axes.grid(axis="y")
        if not money or axes is not grid[1]:
            axes.set_ylim(bottom=0)
    figure.autofmt_xdate(rotation=0, ha="center")
    _month_ticks(grid[-1], len(full))


def _month_ticks(axes: "Axes", number: int) -> None:
    from matplotlib.dates import DateFormatter, MonthLocator

    axes.xaxis.set_major_locator(MonthLocator(interval=max(1, -(-number // 8))))
    axes.xaxis.set_major_formatter(DateFormatter("%b %Y"))


def segment_sizes(segments: pl.DataFrame, *, ax: "Axes") -> "Axes":
    """Share of customers and share of revenue of each segment.

    Args:
        segments: segment, share_of_customers, share_of_revenue (the last may be null).
        ax: where to draw.
    """
    if not segments.height:
        return say_nothing(ax, "No segments", "This run made no segments.")
    shown = segments.sort("share_of_customers", nulls_last=False).tail(12)
    places = np.arange(shown.height)
    ax.barh(
        places + 0.19, shown["share_of_customers"].fill_null(0), height=0.36, color=STAYED, label="share of customers"
    )
    revenue = shown["share_of_revenue"].cast(pl.Float64)
    if revenue.drop_nulls().len():
        ax.barh(places - 0.19, revenue.fill_null(0), height=0.36, color=GAIN, label="share of revenue")
    ax.set_yticks(places, [cut(name or "none") for name in shown["segment"]])
    best = segments.sort("share_of_revenue", "share_of_customers", descending=True, nulls_last=True).row(0, named=True)
    says = f": {share(best['share_of_customers'])} of customers, {share(best['share_of_revenue'])} of revenue"
    ax.set(title=f"{cut(best['segment'] or 'none', 24)}{says}", xlabel="share of all")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.legend(loc="lower right")
    ax.grid(axis="x")
    return ax


def at_risk_by_segment(predictions: pl.DataFrame, *, ax: "Axes", currency: str) -> "Axes":
    """Revenue at risk of each segment, by risk band.

    Args:
        predictions: segment, risk_band, revenue_at_risk.
        ax: where to draw.
        currency: of the revenue.
    """
    known = predictions.drop_nulls("revenue_at_risk").with_columns(pl.col("segment").fill_null("no segment"))
    if not known.height:
        return say_nothing(ax, "No money is known", "Without amounts there is no revenue at risk.")
    totals = known.group_by("segment").agg(steady_sum("revenue_at_risk")).sort("revenue_at_risk", "segment").tail(12)
    names = totals["segment"].to_list()
    places, start = np.arange(len(names)), np.zeros(len(names))
    for band, colour in BAND_COLOURS.items():
        part = known.filter(pl.col("risk_band") == band).group_by("segment").agg(steady_sum("revenue_at_risk"))
        sums = dict(part.iter_rows())
        width = np.array([sums.get(name, 0.0) for name in names])
        ax.barh(places, width, left=start, color=colour, height=0.6, label=f"{band} risk")
        start += width
    ax.set_yticks(places, [cut(name) for name in names])
    total = float(known["revenue_at_risk"].sum())
    ax.set(
        title=f"{short_money(total, currency)} at risk, the largest part in {cut(names[-1], 24)}",
        xlabel=f"revenue at risk ({currency})",
    )
    money_axis(ax, "x", currency)
    ax.locator_params(axis="x", nbins=6)
    ax.legend(loc="lower right")
    ax.grid(axis="x")
    return ax


def plan_curve(chosen: pl.DataFrame | None, *, ax: "Axes", currency: str) -> "Axes":
    """Gain after cost as more customers are treated; the dot marks where the next offer stops paying.

    Args:
        chosen: (n, 1+) expected_gain, after cost; the best first. None where there is no plan.
        ax: where to draw.
        currency: of the gain.
    """
    if chosen is None or not chosen.height:
        return say_nothing(ax, "No plan", "No offer is expected to pay, or no value of customers is known.")
    net = chosen["expected_gain"].fill_null(0).cum_sum().to_numpy()
    best = int(net.argmax())
    ax.plot(np.arange(1, len(net) + 1), net, color=GAIN)
    ax.plot(best + 1, net[best], "o", color=INK)
    ax.axhline(0, color=SOFT, linewidth=0.8)
    ax.set(
        title=f"Treating {count(best + 1)} customers should bring {short_money(net[best], currency)} after cost",
        xlabel="customers treated, best first",
        ylabel=f"expected gain after cost ({currency})",
    )
    count_axis(ax, "x")
    money_axis(ax, "y", currency)
    ax.grid(axis="y")
    return ax


def risk_histogram(predictions: pl.DataFrame, *, ax: "Axes", within: str) -> "Axes":
    """How many customers have which chance of leaving.

    Args:
        predictions: churn_probability, risk_band.
        ax: where to draw.
        within: the horizon in words.
    """
    known = predictions.drop_nulls("churn_probability")
    if not known.height:
        return say_nothing(ax, "No predictions", "No customer has a churn probability.")
    edges = np.linspace(0, 1, 41)
    start = np.zeros(40)
    for band, colour in BAND_COLOURS.items():
        values = known.filter(pl.col("risk_band") == band)["churn_probability"].to_numpy()
        rows = np.histogram(np.clip(values, 0, 1), edges)[0].astype(float)
        ax.bar(edges[:-1], rows, width=0.025, align="edge", bottom=start, color=colour, label=f"{band} risk")
        start += rows
    total = float(known["churn_probability"].sum())
    ax.set(
        title=f"About {count(total)} of {count(known.height)} customers are expected to leave {within}".rstrip(),
        xlabel=f"chance of leaving {within}".rstrip(),
        ylabel="customers",
    )
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    count_axis(ax, "y")
    if known["risk_band"].drop_nulls().len():
        ax.legend(loc="upper right")  # a place that need not be looked for among the bars
    ax.grid(axis="y")
    ax.axvline(total / known.height, color=LEFT, linestyle="--", linewidth=1)
    return ax
