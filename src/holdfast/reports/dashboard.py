"""The interactive page: one file that works offline and sends nothing anywhere."""

import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from holdfast.formatting import currency_affixes
from holdfast.reports.contacts import contacts
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import most_different_groups, segment_table
from holdfast.reports.headline import as_of, story
from holdfast.reports.html import environment
from holdfast.reports.inputs import BANDS, ReportInputs
from holdfast.reports.page import tiles

AT_MOST_POINTS = 5_000
AT_MOST_LISTED = 1_000


def dashboard_data(inputs: ReportInputs) -> dict[str, Any]:
    """The data of the page: series of the charts, the first customers, and the curve behind the slider."""
    customers = inputs.standing.drop_nulls("churn_probability")
    return {
        "currency": inputs.currency,
        "currency_affixes": list(currency_affixes(inputs.currency)),
        "within": inputs.within,
        "bands": list(BANDS),
        "risk": _risk(customers),
        "scatter": _scatter(customers, inputs.settings.training.seed),
        "segments": _segments(inputs),
        "drivers": [
            {"meaning": driver.meaning, "importance": round(driver.importance, 4), "words": driver.words}
            for driver in reversed(drivers(inputs, 12))
        ],
        "groups": [dict(group) for group in most_different_groups(inputs.eda, 8)],
        "share_left": (inputs.eda.get("balance") or {}).get("share_left"),
        "times": inputs.eda.get("times") or {"months": [], "tables": {}},
        "calibration": list(inputs.metrics.get("calibration") or []),
        "gain": list(inputs.metrics.get("gain_curve") or []),
        "reach": reach(inputs),
        "customers": contacts(inputs, inputs.standing.head(AT_MOST_LISTED)),
        "all_customers": inputs.standing.height,
    }


def reach(inputs: ReportInputs) -> list[dict[str, float | None]]:
    """What contacting the first 1 %, 2 %, ... of the list reaches, for the slider.

    Returns:
        101 records: customers, leavers expected among them, revenue_at_risk (None where not known), and the
        probability of the last customer contacted.
    """
    contacted = inputs.standing.drop_nulls("churn_probability")
    if not contacted.height:
        return []
    probabilities = contacted["churn_probability"].to_numpy()
    leavers = np.concatenate([[0.0], np.cumsum(probabilities)])
    money = np.concatenate([[0.0], np.cumsum(contacted["revenue_at_risk"].fill_null(0.0).to_numpy())])
    counts = np.rint(np.linspace(0, contacted.height, 101)).astype(int)
    return [
        {
            "customers": int(customers),
            "leavers": round(float(leavers[customers]), 2),
            "revenue_at_risk": round(float(money[customers]), 2) if inputs.has_value else None,
            "last_probability": round(float(probabilities[customers - 1]), 4) if customers else None,
        }
        for customers in counts
    ]


def _risk(customers: pl.DataFrame) -> dict[str, list[int]]:
    edges = np.linspace(0, 1, 41)
    return {
        band: np.histogram(
            np.clip(customers.filter(pl.col("risk_band") == band)["churn_probability"].to_numpy(), 0, 1), edges
        )[0].tolist()
        for band in BANDS
    }


def _scatter(customers: pl.DataFrame, seed: int) -> dict[str, Any]:
    priced = customers.drop_nulls("expected_value")
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


def _segments(inputs: ReportInputs) -> list[Mapping[str, Any]]:
    table = segment_table(inputs).sort("customers", descending=True, nulls_last=True)
    return [{**record, "segment": record["segment"] or "no segment"} for record in table.to_dicts()]


def dashboard_html(inputs: ReportInputs) -> str:
    """The page: charts with hover, a slider over the list, and the first customers with search and filters."""
    from plotly.offline import get_plotlyjs

    folder = files("holdfast.reports").joinpath("templates")
    return (
        environment()
        .get_template("dashboard.html.j2")
        .render(
            name=inputs.settings.name,
            as_of=as_of(inputs),
            story=story(inputs),
            tiles=tiles(inputs),
            style=folder.joinpath("dashboard.css").read_text(encoding="utf-8"),
            script=folder.joinpath("dashboard.js").read_text(encoding="utf-8"),
            plotly=get_plotlyjs(),
            data=script_json(dashboard_data(inputs)),
        )
    )


def script_json(content: Any) -> str:
    """JSON that is safe inside a script element: no text in it can end the element or open a comment."""
    text = json.dumps(_finite(content), allow_nan=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node
