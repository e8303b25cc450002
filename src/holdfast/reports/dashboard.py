"""The interactive page: one file, works offline, asks nobody anything."""

import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from holdfast.reports.contacts import contacts
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import most_telling_groups, segment_table
from holdfast.reports.headline import as_of, story
from holdfast.reports.html import environment
from holdfast.reports.inputs import BANDS, Facts
from holdfast.reports.page import tiles
from holdfast.stats.sums import steady_sum

AT_MOST_POINTS = 5_000


AT_MOST_LISTED = 1_000


def dashboard_data(facts: Facts) -> dict[str, Any]:
    """Series for the charts, the list of the first customers, and the curve behind the budget slider."""
    known = facts.standing.drop_nulls("churn_probability")
    return {
        "currency": facts.currency,
        "within": facts.within,
        "bands": list(BANDS),
        "risk": _risk(known),
        "scatter": _scatter(known, facts.settings.training.seed),
        "segments": _segments(facts, known),
        "drivers": [
            {"meaning": driver.meaning, "importance": round(driver.importance, 4), "words": driver.words}
            for driver in reversed(drivers(facts, 12))
        ],
        "groups": [dict(group) for group in most_telling_groups(facts.eda, 8)],
        "share_left": (facts.eda.get("balance") or {}).get("share_left"),
        "times": facts.eda.get("times") or {"months": [], "tables": {}},
        "calibration": list(facts.metrics.get("calibration") or []),
        "gain": list(facts.metrics.get("gain_curve") or []),
        "reach": reach(facts),
        "customers": contacts(facts, facts.standing.head(AT_MOST_LISTED)),
        "all_customers": facts.standing.height,
    }


def reach(facts: Facts) -> list[dict[str, float | None]]:
    """What contacting the first 1 %, 2 %, ... of the list reaches: the slider's answers.

    Returns:
        101 records: customers, leavers expected among them, revenue_at_risk (None where not known), and the chance
        of the last one contacted.
    """
    known = facts.standing.drop_nulls("churn_probability")
    if not known.height:
        return []
    chances = known["churn_probability"].to_numpy()
    leavers = np.concatenate([[0.0], np.cumsum(chances)])
    money = np.concatenate([[0.0], np.cumsum(known["revenue_at_risk"].fill_null(0.0).to_numpy())])
    places = np.rint(np.linspace(0, known.height, 101)).astype(int)
    return [
        {
            "customers": int(place),
            "leavers": round(float(leavers[place]), 2),
            "revenue_at_risk": round(float(money[place]), 2) if facts.has_value else None,
            "last_chance": round(float(chances[place - 1]), 4) if place else None,
        }
        for place in places
    ]


def _risk(known: pl.DataFrame) -> dict[str, list[int]]:
    edges = np.linspace(0, 1, 41)
    return {
        band: np.histogram(
            np.clip(known.filter(pl.col("risk_band") == band)["churn_probability"].to_numpy(), 0, 1), edges
        )[0].tolist()
        for band in BANDS
    }


def _scatter(known: pl.DataFrame, seed: int) -> dict[str, Any]:
    priced = known.drop_nulls("expected_value")
    shown = priced if priced.height <= AT_MOST_POINTS else priced.sample(AT_MOST_POINTS, seed=seed)
    return {
        "of": priced.height,
        "points": {
            band: shown.filter(pl.col("risk_band") == band)
            .select(
                "customer_id",
                pl.col("churn_probability").round(4),
                pl.col("expected_value").round(2),
                pl.col("segment").fill_null(""),
            )
            .to_dict(as_series=False)
            for band in BANDS
        },
    }


def _segments(facts: Facts, known: pl.DataFrame) -> list[Mapping[str, Any]]:
    by_segment = known.group_by("segment").agg(steady_sum("revenue_at_risk"))
    at_risk: dict[Any, float] = dict(by_segment.iter_rows())
    table = segment_table(facts).sort("customers", descending=True, nulls_last=True)
    return [
        {**record, "segment": record["segment"] or "no segment", "revenue_at_risk": at_risk.get(record["segment"])}
        for record in table.to_dicts()
    ]


def dashboard_html(facts: Facts) -> str:
    """Charts with hover, a slider over the list, and the first customers with search and filters."""
    from plotly.offline import get_plotlyjs

    folder = files("holdfast.reports").joinpath("templates")
    return (
        environment()
        .get_template("dashboard.html.j2")
        .render(
            name=facts.settings.name,
            as_of=as_of(facts),
            story=story(facts),
            tiles=tiles(facts),
            style=folder.joinpath("dashboard.css").read_text(encoding="utf-8"),
            script=folder.joinpath("dashboard.js").read_text(encoding="utf-8"),
            plotly=get_plotlyjs(),
            data=script_json(dashboard_data(facts)),
        )
    )


def script_json(content: Any) -> str:
    """JSON that may stand inside a script element: no text in it can end the element or open a comment."""
    text = json.dumps(_finite(content), allow_nan=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node
