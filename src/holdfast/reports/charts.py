"""Small charts of the report as geometry, which the template draws as SVG in the reader's colours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from holdfast.formatting import count, percent, tick_money, tick_percent
from holdfast.reports.inputs import BANDS, ReportInputs
from holdfast.stats.intervals import wilson

WIDTH, HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 22, 10, 40
_BINS = 20


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    look: str
    tip: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    low: float
    high: float
    tip: str


@dataclass(frozen=True)
class Chart:
    """A chart in pixels of a WIDTH x HEIGHT picture; texts are not yet escaped."""

    title: str
    says: str  # for readers who do not see the picture
    x_label: str
    y_label: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()  # points of a polyline, look
    dots: tuple[Dot, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()  # look, label


def ticks(most: float, about: int = 4) -> list[float]:
    """Round numbers from 0 to at least `most`."""
    if not math.isfinite(most) or most <= 0:
        return [0.0, 1.0]
    rough = most / about
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in (1, 2, 2.5, 5, 10) if factor * scale >= rough * (1 - 1e-9))
    return [round(step * number, 10) for number in range(math.ceil(most / step - 1e-9) + 1)]


def _x(share: float) -> float:
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _shares(most: float = 1.0) -> list[float]:
    return [value for value in ticks(most) if value <= 1.0]


def _y_axis(marks: Sequence[float], words: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
    return tuple((_y(mark / marks[-1]), words(mark)) for mark in marks)


def risk_chart(inputs: ReportInputs) -> Chart | None:
    """Number of customers by probability of leaving and risk band; None without predictions."""
    customers = inputs.standing.drop_nulls("churn_probability")
    if not customers.height:
        return None
    edges = np.linspace(0, 1, _BINS + 1)
    bands = {}
    for band in (*BANDS, None):
        chosen = pl.col("risk_band") == band if band else pl.col("risk_band").is_null()
        values = customers.filter(chosen)["churn_probability"].to_numpy()
        bands[band or "none"] = np.histogram(np.clip(values, 0, 1), edges)[0]
    marks = ticks(float(np.sum(list(bands.values()), axis=0).max()))
    start = np.zeros(_BINS)
    bars: list[Bar] = []
    for band, rows in bands.items():
        for position in np.nonzero(rows)[0]:
            top = start[position] + rows[position]
            x, y = _x(position / _BINS), _y(top / marks[-1])
            span = f"{tick_percent(edges[position])} to {tick_percent(edges[position + 1])}"
            tip = f"{span}, {band} risk: {count(rows[position])} customers"
            height = round(_y(start[position] / marks[-1]) - y, 1)
            bars.append(Bar(x + 0.5, y, round(_x((position + 1) / _BINS) - x - 1, 1), height, f"band-{band}", tip))
        start += rows
    high = customers.filter(pl.col("risk_band") == "high").height
    return Chart(
        "How the risk is spread",
        f"{count(customers.height)} customers by probability of leaving; {count(high)} are in the high risk band.",
        f"probability of leaving {inputs.within}".strip(),
        "customers",
        tuple((_x(at), tick_percent(at)) for at in (0, 0.25, 0.5, 0.75, 1)),
        _y_axis(marks, count),
        bars=tuple(bars),
        legend=tuple((f"band-{band}", band) for band in BANDS if bands[band].any()),
    )


def gain_chart(inputs: ReportInputs) -> Chart | None:
    """Share of the leavers reached by contacting customers of highest risk first; None where not tested."""
    points = inputs.metrics.get("gain_curve") or []
    if not points:
        return None
    contacted = [float(point["share_contacted"]) for point in points]
    reached = [float(point["share_of_leavers"]) for point in points]
    fifth = float(np.interp(0.2, contacted, reached))
    marks = _shares()
    return Chart(
        "How many leavers the list reaches",
        f"In the test, contacting the fifth with the highest risk reached {percent(fifth)} of those who left.",
        "share of customers contacted, highest risk first",
        "share of leavers",
        tuple((_x(mark), tick_percent(mark)) for mark in marks),
        _y_axis(marks, tick_percent),
        lines=(
            (f"{_x(0)},{_y(0)} {_x(1)},{_y(1)}", "guess"),
            (" ".join(f"{_x(a)},{_y(b)}" for a, b in zip(contacted, reached, strict=True)), "model"),
        ),
        dots=(Dot(_x(0.2), _y(fifth), _y(fifth), _y(fifth), f"A fifth contacted: {percent(fifth)} of leavers"),),
        legend=(("model", "highest risk first"), ("guess", "in any order")),
    )


def calibration_chart(inputs: ReportInputs) -> Chart | None:
    """Predicted against observed shares of leavers on test rows; None where not tested."""
    points = [point for point in inputs.metrics.get("calibration") or [] if point.get("rows")]
    if not points:
        return None
    low, high = wilson([point["observed"] * point["rows"] for point in points], [point["rows"] for point in points])
    marks = _shares(min(1.0, max(float(high.max()), *(float(point["predicted"]) for point in points))))
    top = marks[-1]

    def scaled(share: float) -> float:
        return min(share / top, 1.0)

    return Chart(
        "Do the predictions come true?",
        "Each dot is a group of test customers; on the line, the predicted share is the share that left.",
        "predicted probability",
        "share that left",
        tuple((_x(mark / top), tick_percent(mark)) for mark in marks),
        _y_axis(marks, tick_percent),
        lines=((f"{_x(0)},{_y(0)} {_x(1)},{_y(1)}", "guess"),),
        dots=tuple(
            Dot(
                _x(scaled(point["predicted"])),
                _y(scaled(point["observed"])),
                _y(scaled(float(low[position]))),
                _y(scaled(float(high[position]))),
                f"predicted {percent(point['predicted'])}, left {percent(point['observed'])} of {count(point['rows'])}",
            )
            for position, point in enumerate(points)
        ),
    )


def months_chart(inputs: ReportInputs) -> Chart | None:
    """Revenue by full month, or active customers where no money is known; None without events."""
    full: list[dict[str, Any]] = [
        record for record in inputs.eda.get("times", {}).get("months", []) if record["is_complete"]
    ][-24:]
    if len(full) < 2:
        return None
    money = "revenue" in full[0]
    values = [float(record["revenue" if money else "active_customers"]) for record in full]
    days = [date.fromisoformat(record["month"]) for record in full]
    marks = ticks(max(*values, 0.0))

    def words(value: float) -> str:
        return tick_money(value, inputs.currency) if money else count(value)

    width = 1 / len(full)
    bars = []
    for position, (value, day) in enumerate(zip(values, days, strict=True)):
        y = _y(max(value, 0.0) / marks[-1])
        left, right = _x(position * width), _x((position + 1) * width)
        tip = f"{day:%B %Y}: {words(value)}, {count(full[position]['active_customers'])} customers active"
        bars.append(Bar(left + 1, y, round(right - left - 2, 1), round(_y(0) - y, 1), "plain", tip))
    step = max(1, math.ceil(len(full) / 6))
    subject = "Revenue by month" if money else "Active customers by month"
    return Chart(
        subject,
        f"{subject}, {days[0]:%B %Y} ({words(values[0])}) to {days[-1]:%B %Y} ({words(values[-1])}).",
        "full months only",
        inputs.currency if money else "customers",
        tuple((_x((position + 0.5) * width), f"{days[position]:%b %y}") for position in range(0, len(full), step)),
        _y_axis(marks, words),
        bars=tuple(bars),
    )
