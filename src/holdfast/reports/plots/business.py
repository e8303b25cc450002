"""Figures of months, risk, segments and money."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from holdfast.decisions.risk import NOTICE, band_in_words
from holdfast.formatting import about, count, percent, short_money
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
    percent_axis,
    say_why_empty,
    set_title,
)
from holdfast.stats.sums import money_total, steady_sum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def months(
    records: Sequence[Mapping[str, Any]], *, figure: "Figure", currency: str, of_subscriptions: bool = False
) -> None:
    """Customers seen, or subscribed, and revenue by full month.

    Args:
        records: `times.months` of the exploration.
        figure: where to draw.
        currency: of the revenue.
        of_subscriptions: who counts subscribes at the month's end; else who has a record of any kind in it.
    """
    full = [record for record in records if record["is_complete"]]
    if not full:
        say_why_empty(figure.subplots(), "No full month of events", "These records have no events over time.")
        return
    days = [date.fromisoformat(record["month"]) for record in full]
    money = "revenue" in full[0]
    grid = figure.subplots(2 if money else 1, 1, sharex=True, squeeze=False)[:, 0]
    customers = [record["active_customers"] for record in full]
    grid[0].plot(days, customers, color=STAYED, marker="o", markersize=3)
    who = "customers subscribed at the end of" if of_subscriptions else "customers seen in"
    set_title(grid[0], f"{count(customers[-1])} {who} {days[-1]:%B %Y}{_compared(days, customers)}")
    grid[0].set_ylabel("subscribers" if of_subscriptions else "customers\nseen")
    count_axis(grid[0], "y")
    if money:
        grid[1].bar(days, [record["revenue"] for record in full], width=20, color=STAYED, alpha=0.8)
        grid[1].set_ylabel(f"revenue a\nmonth ({currency})")
        money_axis(grid[1], "y", currency)
    for axes in grid:
        axes.grid(axis="y")
        if not money or axes is not grid[1]:
            axes.set_ylim(bottom=0)
    figure.autofmt_xdate(rotation=0, ha="center")
    _month_ticks(grid[-1], len(full), round(figure.get_figwidth()))


def _compared(days: Sequence[date], customers: Sequence[int]) -> str:
    """The newest month against the same one a year before, else the one before it; empty: there is none to compare.

    The first month of the records is no measure: a business begins in it, or a single wrong date stands there.
    """
    by_month = {(each.year, each.month): number for each, number in zip(days, customers, strict=True)}
    year, month = days[-1].year, days[-1].month
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    earlier = next((each for each in ((year - 1, month), before) if by_month.get(each)), None)
    if earlier is None:
        return ""
    change = customers[-1] / by_month[earlier] - 1
    more = f"{percent(abs(change), 0)} {'more' if change > 0 else 'fewer'} than" if change else "as many as"
    return f", {more} in {date(*earlier, 1):%B %Y}"


def _month_ticks(axes: "Axes", number: int, at_most: int) -> None:
    from matplotlib.dates import DateFormatter, MonthLocator

    axes.xaxis.set_major_locator(MonthLocator(interval=max(1, -(-number // at_most))))
    axes.xaxis.set_major_formatter(DateFormatter("%b %Y"))


def segment_sizes(segments: pl.DataFrame, *, ax: "Axes", of: str = "revenue") -> "Axes":
    """Share of customers and share of money of each segment.

    Args:
        segments: segment, share_of_customers, share_of_revenue (the last may be null).
        ax: where to draw.
        of: what the money is: revenue, or monthly payments.
    """
    if not segments.height:
        return say_why_empty(ax, "No segments", "This run made no segments.")
    shown = segments.sort("share_of_customers", nulls_last=False).tail(12)
    positions = np.arange(shown.height)
    ax.barh(
        positions + 0.19,
        shown["share_of_customers"].fill_null(0),
        height=0.36,
        color=STAYED,
        label="share of customers",
    )
    revenue = shown["share_of_revenue"].cast(pl.Float64)
    if revenue.drop_nulls().len():
        ax.barh(positions - 0.19, revenue.fill_null(0), height=0.36, color=GAIN, label=f"share of {of}")
    ax.set_yticks(positions, [cut(name or "none") for name in shown["segment"]])
    best = segments.sort("share_of_revenue", "share_of_customers", descending=True, nulls_last=True).row(0, named=True)
    shares = f"{percent(best['share_of_customers'])} of customers, {percent(best['share_of_revenue'])} of {of}"
    set_title(ax, f"{cut(best['segment'] or 'none', 24)}: {shares}")
    ax.set_xlabel("share of all")
    percent_axis(ax, "x")
    ax.legend(loc="lower right")
    ax.grid(axis="x")
    return ax


def _colours(customers: pl.DataFrame) -> list[tuple[str, str]]:
    """The bands to draw with their colours: notice given only where somebody gave notice."""
    has_notices = bool((customers["risk_band"] == NOTICE).any())
    return [(band, colour) for band, colour in BAND_COLOURS.items() if band != NOTICE or has_notices]


def at_risk_by_segment(predictions: pl.DataFrame, *, ax: "Axes", currency: str) -> "Axes":
    """Revenue at risk of each segment, by risk band.

    Args:
        predictions: segment, risk_band, revenue_at_risk.
        ax: where to draw.
        currency: of the revenue.
    """
    priced = predictions.drop_nulls("revenue_at_risk").with_columns(pl.col("segment").fill_null("no segment"))
    if not priced.height:
        return say_why_empty(ax, "No amounts are known", "Without amounts there is no revenue at risk.")
    totals = priced.group_by("segment").agg(steady_sum("revenue_at_risk")).sort("revenue_at_risk", "segment").tail(12)
    names = totals["segment"].to_list()
    positions, start = np.arange(len(names)), np.zeros(len(names))
    for band, colour in _colours(priced):
        of_band = priced.filter(pl.col("risk_band") == band).group_by("segment").agg(steady_sum("revenue_at_risk"))
        sums = dict(of_band.iter_rows())
        width = np.array([sums.get(name, 0.0) for name in names])
        ax.barh(positions, width, left=start, color=colour, height=0.6, label=band_in_words(band))
        start += width
    ax.set_yticks(positions, [cut(name) for name in names])
    total = money_total(priced["revenue_at_risk"])
    set_title(ax, f"{short_money(total, currency)} at risk, the largest share in {cut(names[-1], 24)}")
    ax.set_xlabel(f"revenue at risk ({currency})")
    money_axis(ax, "x", currency)
    ax.locator_params(axis="x", nbins=6)
    ax.legend(loc="lower right")
    ax.grid(axis="x")
    return ax


def plan_curve(gains: pl.Series, *, ax: "Axes", currency: str) -> "Axes":
    """Gain after cost as more customers are treated; the dot marks where the next offer stops paying.

    Args:
        gains: (n,) of each customer in the plan, after cost, by the assumption; the best first.
        ax: where to draw.
        currency: of the gain.
    """
    if not gains.len():
        return say_why_empty(ax, "No plan", "No offer is expected to pay, or no value of customers is known.")
    net = gains.fill_null(0).cum_sum().to_numpy()
    best = int(net.argmax())
    ax.plot(np.arange(1, len(net) + 1), net, color=GAIN)
    ax.plot(best + 1, net[best], "o", color=INK)
    ax.axhline(0, color=SOFT, linewidth=0.8)
    set_title(ax, f"{count(best + 1)} customers in the plan; gain if the offers keep what is assumed")
    ax.set(
        xlabel="customers treated, best first",
        ylabel=f"gain after cost, by the assumption ({currency})",
    )
    count_axis(ax, "x")
    money_axis(ax, "y", currency)
    ax.grid(axis="y")
    return ax


def risk_histogram(predictions: pl.DataFrame, *, ax: "Axes", within: str) -> "Axes":
    """Number of customers by probability of leaving.

    Args:
        predictions: churn_probability, risk_band.
        ax: where to draw.
        within: the horizon in words.
    """
    scored = predictions.drop_nulls("churn_probability")
    if not scored.height:
        return say_why_empty(ax, "No predictions", "No customer has a churn probability.")
    edges = np.linspace(0, 1, 41)
    start = np.zeros(40)
    for band, colour in _colours(scored):
        values = scored.filter(pl.col("risk_band") == band)["churn_probability"].to_numpy()
        rows = np.histogram(np.clip(values, 0, 1), edges)[0].astype(float)
        ax.bar(edges[:-1], rows, width=0.025, align="edge", bottom=start, color=colour, label=band_in_words(band))
        start += rows
    total = float(scored["churn_probability"].sum())
    set_title(ax, f"About {about(total)} of {count(scored.height)} customers are expected to leave {within}".rstrip())
    ax.set(xlabel=f"probability of leaving {within}".rstrip(), ylabel="customers")
    percent_axis(ax, "x")
    count_axis(ax, "y")
    if scored["risk_band"].drop_nulls().len():
        # In a row above the bars, wherever they are high.
        ax.set_ylim(top=1.25 * max(float(start.max()), 1.0))
        ax.legend(loc="upper center", ncols=4)
    ax.grid(axis="y")
    ax.axvline(total / scored.height, color=LEFT, linestyle="--", linewidth=1)
    return ax
