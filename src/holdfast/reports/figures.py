"""The static figures of a run, as 300 DPI PNG files."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.reports.drivers import drivers
from holdfast.reports.inputs import Facts
from holdfast.reports.plots import business, outcomes
from holdfast.reports.plots import model_quality as trust
from holdfast.reports.plots.style import DPI, house_style, new_figure, say_nothing, to_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NO_EDA = {"share_left": None}


def figures(facts: Facts, dpi: int = DPI) -> dict[str, bytes]:
    """Every figure of a run: file name -> PNG. What a project does not have becomes a figure that says so."""
    return dict(each_figure(facts, dpi))


def each_figure(facts: Facts, dpi: int = DPI) -> Iterator[tuple[str, bytes]]:
    """The figures one at a time, so that each can be written and forgotten before the next is drawn."""
    note = "Simulated records: these numbers describe no real business." if facts.settings.simulated else ""
    for name, (width, height, draw) in _FIGURES.items():
        with house_style():
            figure = new_figure(width, height)
            draw(facts, figure)
            page = to_png(figure, note, dpi)
        yield f"{name}.png", page


def _balance(facts: Facts, figure: "Figure") -> None:
    outcomes.balance(facts.eda.get("balance", _NO_EDA), ax=figure.subplots())


def _distributions(facts: Facts, figure: "Figure") -> None:
    told = {record["name"]: record for record in facts.eda.get("features", [])}
    ranked = [record["feature"] for record in _correlations(facts).get("with_leaving", [])]
    outcomes.distributions([told[name] for name in ranked], figure=figure)


def _correlations(facts: Facts) -> Mapping[str, Any]:
    found: Mapping[str, Any] = facts.eda.get("correlations", {})
    return found


def _heatmap(facts: Facts, figure: "Figure") -> None:
    outcomes.correlation_heatmap(_correlations(facts).get("heatmap", {"features": []}), ax=figure.subplots())


def most_telling_groups(eda: Mapping[str, Any], at_most: int) -> list[Mapping[str, Any]]:
    """Attributes whose groups (of 30 rows or more) differ most for certain: by the gap between their intervals."""

    def gap(group: Mapping[str, Any]) -> float:
        large = [value for value in group["values"] if value["rows"] >= 30]
        if len(large) < 2:
            return -1.0
        return float(max(value["low"] for value in large) - min(value["high"] for value in large))

    return sorted(eda.get("groups", []), key=gap, reverse=True)[:at_most]


def _groups(facts: Facts, figure: "Figure") -> None:
    shown = most_telling_groups(facts.eda, 2)
    if not shown:
        say_nothing(figure.subplots(), "No groups to compare", "The records hold no attribute with two values.")
        return
    axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for group, ax in zip(shown, axes, strict=True):
        overall = facts.eda["balance"]["share_left"]
        outcomes.leaving_by_group(group["values"], ax=ax, column=group["column"], overall=overall)


def _months(facts: Facts, figure: "Figure") -> None:
    business.months(facts.eda.get("times", {}).get("months", []), figure=figure, currency=facts.currency)


def _risk(facts: Facts, figure: "Figure") -> None:
    business.risk_histogram(facts.standing, ax=figure.subplots(), within=facts.within)


def _segments(facts: Facts, figure: "Figure") -> None:
    business.segment_sizes(segment_table(facts), ax=figure.subplots())


def segment_table(facts: Facts) -> pl.DataFrame:
    """The segments with every column that pages and figures ask for; empty where there are none."""
    schema = {
        "segment": pl.String(),
        "customers": pl.Int64(),
        "share_of_customers": pl.Float64(),
        "revenue": pl.Float64(),
        "share_of_revenue": pl.Float64(),
        "mean_churn_probability": pl.Float64(),
        "revenue_at_risk": pl.Float64(),
        "meaning": pl.String(),
        "strategy": pl.String(),
        "action": pl.String(),
    }
    given = facts.segments if facts.segments is not None else pl.DataFrame(schema=schema)
    columns = [
        (pl.col(name) if name in given.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    ]
    return given.select(columns)


def _at_risk(facts: Facts, figure: "Figure") -> None:
    business.at_risk_by_segment(facts.standing, ax=figure.subplots(), currency=facts.currency)


def _plan(facts: Facts, figure: "Figure") -> None:
    business.plan_curve(facts.chosen, ax=figure.subplots(), currency=facts.currency)


def _calibration(facts: Facts, figure: "Figure") -> None:
    trust.calibration(facts.metrics.get("calibration") or [], ax=figure.subplots())


def _gain(facts: Facts, figure: "Figure") -> None:
    trust.gain(facts.metrics.get("gain_curve") or [], ax=figure.subplots())


def _drivers(facts: Facts, figure: "Figure") -> None:
    shown = drivers(facts, 12)
    trust.drivers([driver.meaning for driver in shown], [driver.importance for driver in shown], ax=figure.subplots())


_FIGURES: dict[str, tuple[float, float, Callable[[Facts, "Figure"], None]]] = {
    "who_left": (7.0, 2.6, _balance),
    "distributions": (9.0, 6.0, _distributions),
    "correlations": (7.5, 6.5, _heatmap),
    "leaving_by_group": (7.5, 5.5, _groups),
    "months": (8.0, 5.0, _months),
    "risk": (7.5, 4.2, _risk),
    "segments": (7.5, 4.5, _segments),
    "revenue_at_risk": (7.5, 4.5, _at_risk),
    "calibration": (6.4, 5.2, _calibration),
    "gain": (6.4, 5.2, _gain),
    "drivers": (8.0, 4.5, _drivers),
    "plan": (7.5, 4.2, _plan),
}
