"""Small charts for the report, as geometry: the template draws them as SVG, in the reader's colours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from holdfast.formatting import count, share, tick_money
from holdfast.reports.inputs import BANDS, Facts
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
    """Everything in pixels of a WIDTH x HEIGHT picture; texts are not yet escaped."""

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
    return [round(step * place, 10) for place in range(math.ceil(most / step - 1e-9) + 1)]


def _x(part: float) -> float:
    return round(_LEFT + part * (WIDTH - _LEFT - _RIGHT), 1)


def _y(part: float) -> float:
    return round(HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM), 1)


def _shares(most: float = 1.0) -> list[float]:
    return [value for value in ticks(most) if value <= 1.0]


def _y_axis(marks: Sequence[float], words: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
    return tuple((_y(mark / marks[-1]), words(mark)) for mark in marks)


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"


def risk_chart(facts: Facts) -> Chart | None:
    """How many customers have which chance of leaving; None without predictions."""
    known = facts.standing.drop_nulls("churn_probability")
    if not known.height:
        return None
    edges = np.linspace(0, 1, _BINS + 1)
    parts = {}
    for band in (*BANDS, None):
        chosen = pl.col("risk_band") == band if band else pl.col("risk_band").is_null()
        values = known.filter(chosen)["churn_probability"].to_numpy()
        parts[band or "none"] = np.histogram(np.clip(values, 0, 1), edges)[0]
    marks = ticks(float(np.sum(list(parts.values()), axis=0).max()))
    start = np.zeros(_BINS)
    bars: list[Bar] = []
    for band, rows in parts.items():
        for place in np.nonzero(rows)[0]:
            top = start[place] + rows[place]
            x, y = _x(place / _BINS), _y(top / marks[-1])
            tip = f"{edges[place]:.0%} to {edges[place + 1]:.0%}, {band} risk: {count(rows[place])} customers"
            height = round(_y(start[place] / marks[-1]) - y, 1)
            bars.append(Bar(x + 0.5, y, round(_x((place + 1) / _BINS) - x - 1, 1), height, f"band-{band}", tip))
        start += rows
    high = known.filter(pl.col("risk_band") == "high").height
    return Chart(
        "How the risk is spread",
        f"{count(known.height)} customers by chance of leaving; {count(high)} of them are in the high risk band.",
        f"chance of leaving {facts.within}".strip(),
        "customers",
        tuple((_x(at), _percent(at)) for at in (0, 0.25, 0.5, 0.75, 1)),
        _y_axis(marks, count),
        bars=tuple(bars),
        legend=tuple((f"band-{band}", band) for band in BANDS if parts[band].any()),
    )


def gain_chart(facts: Facts) -> Chart | None:
    """Which share of the leavers is reached by contacting the riskiest first; None where not judged."""
    points = facts.metrics.get("gain_curve") or []
    if not points:
        return None
    contacted = [float(point["share_contacted"]) for point in points]
    reached = [float(point["share_of_leavers"]) for point in points]
    fifth = float(np.interp(0.2, contacted, reached))
    marks = _shares()
    return Chart(
        "Whom the list reaches",
        f"In the test, contacting the riskiest fifth reached {share(fifth)} of those who left.",
        "share of customers contacted, riskiest first",
        "share of leavers",
        tuple((_x(mark), _percent(mark)) for mark in marks),
        _y_axis(marks, _percent),
        lines=(
            (f"{_x(0)},{_y(0)} {_x(1)},{_y(1)}", "guess"),
            (" ".join(f"{_x(a)},{_y(b)}" for a, b in zip(contacted, reached, strict=True)), "model"),
        ),
        dots=(Dot(_x(0.2), _y(fifth), _y(fifth), _y(fifth), f"A fifth contacted: {share(fifth)} of leavers"),),
        legend=(("model", "riskiest first"), ("guess", "in any order")),
    )


def calibration_chart(facts: Facts) -> Chart | None:
    """What was said against what happened on test rows; None where not judged."""
    points = [point for point in facts.metrics.get("calibration") or [] if point.get("rows")]
    if not points:
        return None
    low, high = wilson([point["observed"] * point["rows"] for point in points], [point["rows"] for point in points])
    marks = _shares(min(1.0, max(float(high.max()), *(float(point["predicted"]) for point in points))))
    top = marks[-1]

    def scaled(part: float) -> float:
        return min(part / top, 1.0)

    return Chart(
        "Does it come true?",
        "Each dot is a group of test customers; on the line, what was said is what happened.",
        "chance that was said",
        "share that left",
        tuple((_x(mark / top), _percent(mark)) for mark in marks),
        _y_axis(marks, _percent),
        lines=((f"{_x(0)},{_y(0)} {_x(1)},{_y(1)}", "guess"),),
        dots=tuple(
            Dot(
                _x(scaled(point["predicted"])),
                _y(scaled(point["observed"])),
                _y(scaled(float(low[place]))),
                _y(scaled(float(high[place]))),
                f"said {share(point['predicted'])}, left {share(point['observed'])} of {count(point['rows'])}",
            )
            for place, point in enumerate(points)
        ),
    )


def months_chart(facts: Facts) -> Chart | None:
    """Revenue by full month, or active customers where no money is known; None without events."""
    full: list[dict[str, Any]] = [
        record for record in facts.eda.get("times", {}).get("months", []) if record["is_complete"]
    ][-24:]
    if len(full) < 2:
        return None
    money = "revenue" in full[0]
    values = [float(record["revenue" if money else "active_customers"]) for record in full]
    days = [date.fromisoformat(record["month"]) for record in full]
    marks = ticks(max(*values, 0.0))

    def words(value: float) -> str:
        return tick_money(value, facts.currency) if money else count(value)

    width = 1 / len(full)
    bars = []
    for place, (value, day) in enumerate(zip(values, days, strict=True)):
        y = _y(max(value, 0.0) / marks[-1])
        left, right = _x(place * width), _x((place + 1) * width)
        tip = f"{day:%B %Y}: {words(value)}, {count(full[place]['active_customers'])} customers active"
        bars.append(Bar(left + 1, y, round(right - left - 2, 1), round(_y(0) - y, 1), "plain", tip))
    step = max(1, math.ceil(len(full) / 6))
    subject = "Revenue by month" if money else "Active customers by month"
    return Chart(
        subject,
        f"{subject}, {days[0]:%B %Y} ({words(values[0])}) to {days[-1]:%B %Y} ({words(values[-1])}).",
        "full months only",
        facts.currency if money else "customers",
        tuple((_x((place + 0.5) * width), f"{days[place]:%b %y}") for place in range(0, len(full), step)),
        _y_axis(marks, words),
        bars=tuple(bars),
    )
