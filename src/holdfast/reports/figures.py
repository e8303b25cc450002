"""The figures of a run, as PNG files of 300 DPI."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.reports.drivers import drivers
from holdfast.reports.inputs import ReportInputs, once
from holdfast.reports.plots import business, outcomes
from holdfast.reports.plots import model_quality as trust
from holdfast.reports.plots.lifecycle import states_over_time
from holdfast.reports.plots.style import DPI, house_style, new_figure, say_why_empty, to_png
from holdfast.settings import ChurnRule, Shape
from holdfast.stats.sums import money_total

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NO_EDA = {"share_left": None}


def figures(inputs: ReportInputs, dpi: int = DPI) -> dict[str, bytes]:
    """Every figure of a run as file name -> PNG; what a project does not have becomes a figure that says so."""
    return dict(each_figure(inputs, dpi))


def each_figure(inputs: ReportInputs, dpi: int = DPI) -> Iterator[tuple[str, bytes]]:
    """The figures one at a time, so that each can be written and freed before the next is drawn."""
    note = "Simulated records: these numbers describe no real business." if inputs.settings.simulated else ""
    for name, (width, height, draw) in _FIGURES.items():
        with house_style():
            figure = new_figure(width, height)
            draw(inputs, figure)
            page = to_png(figure, note, dpi)
        yield f"{name}.png", page


def _balance(inputs: ReportInputs, figure: "Figure") -> None:
    outcomes.balance(inputs.eda.get("balance", _NO_EDA), ax=figure.subplots())


def _distributions(inputs: ReportInputs, figure: "Figure") -> None:
    explored = {record["name"]: record for record in inputs.eda.get("features", [])}
    ranked = [record["feature"] for record in _correlations(inputs).get("with_leaving", [])]
    outcomes.distributions([explored[name] for name in ranked], figure=figure)


def _correlations(inputs: ReportInputs) -> Mapping[str, Any]:
    correlations: Mapping[str, Any] = inputs.eda.get("correlations", {})
    return correlations


def _heatmap(inputs: ReportInputs, figure: "Figure") -> None:
    outcomes.correlation_heatmap(_correlations(inputs).get("heatmap", {"features": []}), ax=figure.subplots())


def most_different_groups(eda: Mapping[str, Any], at_most: int) -> list[Mapping[str, Any]]:
    """Attributes whose groups (of 30 rows or more) differ most clearly, by the gap between their intervals."""

    def gap(group: Mapping[str, Any]) -> float:
        large = [value for value in group["values"] if value["rows"] >= 30]
        if len(large) < 2:
            return -1.0
        return float(max(value["low"] for value in large) - min(value["high"] for value in large))

    return sorted(eda.get("groups", []), key=gap, reverse=True)[:at_most]


def _groups(inputs: ReportInputs, figure: "Figure") -> None:
    shown = most_different_groups(inputs.eda, 2)
    if not shown:
        say_why_empty(figure.subplots(), "No groups to compare", "The records hold no attribute with two values.")
        return
    axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for group, ax in zip(shown, axes, strict=True):
        overall = inputs.eda["balance"]["share_left"]
        outcomes.leaving_by_group(group["values"], ax=ax, column=group["column"], overall=overall)


def draw_months(inputs: ReportInputs, figure: "Figure") -> None:
    """Who is active, and the revenue where it is known, by month."""
    months = inputs.eda.get("times", {}).get("months", [])
    business.months(months, figure=figure, currency=inputs.currency, of_subscriptions=of_subscriptions(inputs))


def full_months(inputs: ReportInputs) -> list[Mapping[str, Any]]:
    """The months of the exploration that the records hold whole."""
    return [month for month in inputs.eda.get("times", {}).get("months", []) if month["is_complete"]]


def of_subscriptions(inputs: ReportInputs) -> bool:
    """Whether who is active in a month is who subscribes at its end."""
    return inputs.settings.churn.rule is ChurnRule.SUBSCRIPTION_END


def _risk(inputs: ReportInputs, figure: "Figure") -> None:
    business.risk_histogram(inputs.standing, ax=figure.subplots(), within=inputs.within)


def _segments(inputs: ReportInputs, figure: "Figure") -> None:
    business.segment_sizes(segment_table(inputs), ax=figure.subplots(), of=money_of_segments(inputs))


def money_of_segments(inputs: ReportInputs) -> str:
    """What the segments' shares of money are of: where no payment is dated, only what is paid a month is known."""
    if inputs.settings.shape is Shape.TOTALS:
        return "revenue"
    is_dated = inputs.settings.shape is not Shape.SNAPSHOT and inputs.money.by_customer is not None
    return "revenue" if is_dated else "monthly payments"


@once
def segment_table(inputs: ReportInputs) -> pl.DataFrame:
    """The segments with every column that pages, figures and files use, money in whole cents; empty without any."""
    schema = {
        "segment": pl.String(),
        "customers": pl.Int64(),
        "share_of_customers": pl.Float64(),
        "revenue": pl.Float64(),
        "share_of_revenue": pl.Float64(),
        "mean_churn_probability": pl.Float64(),
        "revenue_at_risk": pl.Float64(),
        "in_plan": pl.Int64(),
        "meaning": pl.String(),
        "strategy": pl.String(),
        "action": pl.String(),
    }
    segments = inputs.segments if inputs.segments is not None else pl.DataFrame(schema=schema)
    columns = [
        (pl.col(name) if name in segments.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    ]
    return segments.select(columns).with_columns(revenue_at_risk=_at_risk_of(segments["segment"], inputs))


def _at_risk_of(segments: pl.Series, inputs: ReportInputs) -> pl.Series:
    """Revenue at risk of each segment, which add up to that of all customers; null where not known."""
    if not inputs.has_value:
        return pl.Series([None] * len(segments), dtype=pl.Float64)
    customers = inputs.standing.group_by("segment").agg("revenue_at_risk")
    totals = {segment: money_total(pl.Series(amounts)) for segment, amounts in customers.iter_rows()}
    return pl.Series([totals.get(name, 0.0) for name in segments], dtype=pl.Float64)


def _at_risk(inputs: ReportInputs, figure: "Figure") -> None:
    business.at_risk_by_segment(inputs.standing, ax=figure.subplots(), currency=inputs.currency)


def _plan(inputs: ReportInputs, figure: "Figure") -> None:
    saves = {offer.name: offer.saves for offer in inputs.settings.decisions.offers}
    saved = pl.col("offer").replace_strict(saves, default=None, return_dtype=pl.Float64)
    planned = inputs.standing.filter(pl.col("offer").is_not_null())
    gains = planned.select(pl.col("revenue_at_risk") * saved - pl.col("offer_cost")).to_series()
    business.plan_curve(gains, ax=figure.subplots(), currency=inputs.currency)


def _calibration(inputs: ReportInputs, figure: "Figure") -> None:
    trust.calibration(inputs.metrics.get("calibration") or [], ax=figure.subplots())


def _gain(inputs: ReportInputs, figure: "Figure") -> None:
    trust.gain(inputs.metrics.get("gain_curve") or [], ax=figure.subplots())


def _drivers(inputs: ReportInputs, figure: "Figure") -> None:
    shown = drivers(inputs, 12)
    trust.drivers([driver.meaning for driver in shown], [driver.importance for driver in shown], ax=figure.subplots())


def _lifecycle(inputs: ReportInputs, figure: "Figure") -> None:
    states_over_time(inputs.moves, ax=figure.subplots())


_FIGURES: dict[str, tuple[float, float, Callable[[ReportInputs, "Figure"], None]]] = {
    "who_left": (7.0, 2.6, _balance),
    "distributions": (9.0, 6.0, _distributions),
    "correlations": (7.5, 6.5, _heatmap),
    "leaving_by_group": (7.5, 5.5, _groups),
    "months": (8.0, 5.0, draw_months),
    "risk": (7.5, 4.2, _risk),
    "segments": (7.5, 4.5, _segments),
    "revenue_at_risk": (7.5, 4.5, _at_risk),
    "calibration": (6.4, 5.2, _calibration),
    "gain": (6.4, 5.2, _gain),
    "drivers": (8.0, 4.5, _drivers),
    "plan": (7.5, 4.2, _plan),
    "lifecycle": (7.5, 4.5, _lifecycle),
}
