"""The plan: customers and offers in; which customer gets which offer, its cost, its expected gain and why out.

`make_plan(frame, settings, currency) -> Plan(table, totals)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from holdfast.decisions.allocate import allocate
from holdfast.decisions.offers import ASSUMPTION, expected_gains
from holdfast.formatting import money, percent
from holdfast.settings import DecisionSettings
from holdfast.stats.sums import steady_sum


@dataclass(frozen=True)
class Plan:
    """table: the PLAN contract, best gain first; totals: what it costs and brings, and what it rests on."""

    table: pl.DataFrame
    totals: dict[str, Any]


def make_plan(frame: pl.DataFrame, settings: DecisionSettings, currency: str) -> Plan:
    """Choose which customer gets which offer within the budget.

    Args:
        frame: customer_id, churn_probability, revenue_at_risk; null means not known: such customers get no offer.
        settings: offers and budget (None: no limit).
        currency: for the words.

    Returns:
        Only customers for whom an offer pays. totals: customers, treated, spent, budget, expected_gain, upper_bound,
        gap, shadow_price, by_offer [{"offer", "customers", "cost", "expected_gain"}], assumption, words.
    """
    probability, at_risk = (
        frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in ("churn_probability", "revenue_at_risk")
    )
    gains = expected_gains(at_risk, settings.offers)
    costs = np.array([offer.cost for offer in settings.offers], dtype=float)
    allocation = allocate(gains, costs, settings.budget)
    treated = np.flatnonzero(allocation.choice >= 0)
    offer = allocation.choice[treated]
    names = np.array([each.name for each in settings.offers], dtype=object)
    saves = np.array([each.saves for each in settings.offers], dtype=float)
    table = pl.DataFrame(
        {
            "customer_id": frame["customer_id"][treated].cast(pl.String),
            "offer": pl.Series(list(names[offer]), dtype=pl.String),
            "cost": costs[offer],
            "expected_gain": gains[treated, offer],
            "probability": probability[treated],
            "lost": at_risk[treated] / np.maximum(probability[treated], 1e-12),
            "saves": saves[offer],
        }
    )
    table = table.sort(["expected_gain", "customer_id"], descending=[True, False]).select(
        "customer_id",
        "offer",
        "cost",
        "expected_gain",
        pl.struct("probability", "lost", "saves")
        .map_elements(lambda row: _why(row, currency), return_dtype=pl.String)
        .alias("why"),
    )
    by_offer = table.group_by("offer").agg(
        pl.len().cast(pl.Int64).alias("customers"), steady_sum("cost"), steady_sum("expected_gain")
    )
    totals: dict[str, Any] = {
        "customers": frame.height,
        "treated": int(treated.size),
        "budget": settings.budget,
        "spent": allocation.spent,
        "expected_gain": allocation.gain,
        "upper_bound": allocation.upper_bound,
        "gap": allocation.gap,
        "shadow_price": allocation.shadow_price,
        "by_offer": by_offer.sort("expected_gain", "offer", descending=[True, False]).to_dicts(),
        "assumption": ASSUMPTION,
    }
    return Plan(table, {**totals, "words": _words(totals, currency)})


def _words(totals: dict[str, Any], currency: str) -> str:
    if not totals["treated"]:
        return (
            f"No offer pays for any of {totals['customers']:,} customers: the assumed gain lies below the cost for all "
            "of them, or their value is not known, or the budget buys none. Leaving everyone alone is the best plan."
        )
    words = (
        f"{totals['treated']:,} of {totals['customers']:,} customers get an offer for {totals['spent']:,.0f} "
        f"{currency}; the expected gain after that cost is {totals['expected_gain']:,.0f} {currency}."
    )
    if totals["shadow_price"] > 0:
        unit = "unit" if currency == "units" else currency
        words += f" One more {unit} of budget would bring about {totals['shadow_price']:.2f} {currency} above its cost."
    return words


def _why(row: Mapping[str, float], currency: str) -> str:
    lost = money(round(row["lost"]), currency)
    stakes = f"Probability of leaving {percent(row['probability'], 0)}, which would cost {lost}"
    return f"{stakes}; the offer is assumed to keep {percent(row['saves'])} of leavers."
