"""The interactive page: one file that works offline and sends nothing anywhere."""

import json
import math
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from holdfast.decisions.offers import are_placeholders
from holdfast.decisions.risk import ALL_BANDS, NOTICE
from holdfast.formatting import currency_affixes
from holdfast.reports.bi import PROBABILITY_DIGITS
from holdfast.reports.contacts import contacts, today
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import most_different_groups, of_subscriptions
from holdfast.reports.headline import as_of, story
from holdfast.reports.html import environment
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.page import tiles
from holdfast.stats.sums import steady_sum

AT_MOST_POINTS = 5_000
LISTED = 100  # customers of each bar that the page can list; all of them are in customers.csv
BINS = 40
# Whatever is chosen by these together, or by fewer of them, the page has its first customers.
_CHOICES = (("bin", "risk_band"), ("segment", "risk_band"))
NO_SEGMENT = "no segment"


def dashboard_data(inputs: ReportInputs) -> dict[str, Any]:
    """The data of the page: counts of all customers, the first of each bar, and the curve behind the slider."""
    customers = inputs.standing.drop_nulls("churn_probability")
    binned = _binned(inputs.standing)
    first = first_of_each(binned)
    return {
        "currency": inputs.currency,
        "currency_affixes": list(currency_affixes(inputs.currency)),
        "within": inputs.within,
        "bands": _bands(inputs),
        "bins": BINS,
        "cells": cells(binned),
        "listed": LISTED,
        "offer": _first_offer(inputs),
        "scatter": _scatter(customers, inputs.settings.training.seed),
        "drivers": [
            {"meaning": driver.meaning, "importance": round(driver.importance, 4), "words": driver.words}
            for driver in reversed(drivers(inputs, 12))
        ],
        "groups": [dict(group) for group in most_different_groups(inputs.eda, 8)],
        "of_subscriptions": of_subscriptions(inputs),
        "share_left": (inputs.eda.get("balance") or {}).get("share_left"),
        "times": inputs.eda.get("times") or {"months": [], "tables": {}},
        "calibration": list(inputs.metrics.get("calibration") or []),
        "gain": list(inputs.metrics.get("gain_curve") or []),
        "reach": reach(inputs),
        "customers": [
            {**words, "bin": position, "segment": segment}
            for words, position, segment in zip(contacts(inputs, first), first["bin"], first["segment"], strict=True)
        ],
        "all_customers": inputs.standing.height,
    }


def _bands(inputs: ReportInputs) -> list[str]:
    """The bands to show: notice given only where somebody gave notice."""
    has_notices = bool((inputs.standing["risk_band"] == NOTICE).any())
    return [band for band in ALL_BANDS if band != NOTICE or has_notices]


def _binned(customers: pl.DataFrame) -> pl.DataFrame:
    """The customers with `bin`, which bar of the histogram each is in (-1: no probability), as customers.csv has it."""
    position = (pl.col("churn_probability").round(PROBABILITY_DIGITS) * BINS).floor().clip(0, BINS - 1)
    return customers.with_columns(
        position.fill_null(-1).cast(pl.Int64).alias("bin"),
        pl.col("segment").fill_null(NO_SEGMENT),
        pl.col("risk_band").fill_null(""),
    )


def cells(binned: pl.DataFrame) -> list[list[Any]]:
    """All customers, counted: segment, risk band, bin, customers, expected leavers, revenue at risk.

    Every chart and every count of the page is a sum over these rows.
    """
    keys = ("segment", "risk_band", "bin")
    counted = binned.group_by(keys).agg(
        pl.len().cast(pl.Int64),
        steady_sum("churn_probability").round(4),
        steady_sum("revenue_at_risk").round(2),
    )
    return [list(row) for row in counted.sort(keys).iter_rows()]


def first_of_each(binned: pl.DataFrame) -> pl.DataFrame:
    """The first customers by priority of each bar that can be chosen, in the order of the list."""
    numbered = binned.with_row_index("_position")
    chosen = pl.concat(
        [numbered.group_by(keys, maintain_order=True).head(LISTED).select("_position") for keys in _CHOICES]
    ).unique()
    return numbered.join(chosen, on="_position", how="semi", maintain_order="left").drop("_position")


def _first_offer(inputs: ReportInputs) -> dict[str, Any]:
    """The offer that the slider begins with: the plan's first, else the first of the settings."""
    by_offer = inputs.plan_totals.get("by_offer") or []
    offers = {offer.name: offer for offer in inputs.settings.decisions.offers}
    offer = offers.get(by_offer[0]["offer"]) if by_offer else next(iter(offers.values()), None)
    if offer is None:
        return {}
    is_placeholder = are_placeholders((offer,))
    return {"name": offer.name, "cost": offer.cost, "saves": offer.saves, "is_placeholder": is_placeholder}


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
            for band in ALL_BANDS
        },
    }


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
            today=today(inputs),
            style=folder.joinpath("dashboard.css").read_text(encoding="utf-8"),
            script=folder.joinpath("dashboard.js").read_text(encoding="utf-8"),
            plotly=get_plotlyjs(),
            data=script_json(dashboard_data(inputs)),
        )
    )


def script_json(content: Any) -> str:
    """JSON that is safe inside a script element: no text in it can end the element or open a comment."""
    try:
        text = _json(content)
    except ValueError:  # a number that is not finite, as few pages have: null stands for it
        text = _json(_finite(content))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _json(content: Any) -> str:
    return json.dumps(content, allow_nan=False, separators=(",", ":"), default=str)


def _finite(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node
