"""A label that does not say when customers leave: a fitted value model in; its sums by the horizon that is taken out.

    by_assumed_horizon(fitted, inputs, settings, valued) -> {"days", "sums", "sentence"}

A given label says who left, not within how many days. Contracts are valued by a hazard, so that number decides what is
at risk: a share of 20 % who leave within a month is another business than 20 % within a year.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from holdfast.formatting import listed, short_money
from holdfast.models.clv.estimate import FittedValue, ValueInputs, value_customers
from holdfast.settings import Settings

_HORIZONS = (30, 90, 365)  # days: a month, a quarter, a year


def by_assumed_horizon(
    fitted: FittedValue, inputs: ValueInputs, settings: Settings, valued: pl.DataFrame
) -> dict[str, Any]:
    """What is expected and what is at risk by the horizon that is taken, and by others.

    Args:
        fitted: the value model of the run. inputs: as the run valued its customers.
        settings: `churn.horizon_days` is the horizon that is taken.
        valued: the customers whom totals count, as they are valued by the horizon that is taken.

    Returns:
        days: the horizon that is taken; sums: one record a horizon, the shortest first, amounts after the margin;
        sentence: what a reader has to know of it.
    """
    taken = settings.churn.horizon_days
    probabilities = inputs.churn.select("customer_id", "churn_probability")
    is_counted = pl.col("customer_id").is_in(valued["customer_id"].implode())
    sums: list[dict[str, float]] = []
    for days in sorted({*_HORIZONS, taken}):
        other = settings.model_copy(update={"churn": settings.churn.model_copy(update={"horizon_days": days})})
        by_days = valued if days == taken else value_customers(fitted, inputs, other).filter(is_counted)
        at_risk = by_days.join(probabilities, on="customer_id").select(
            (pl.col("churn_probability") * (pl.col("value_if_stays") - pl.col("value_if_leaves"))).sum()
        )
        sums.append(
            {
                "days": days,
                "revenue_at_risk": float(at_risk.item()),
                "expected_value": float(by_days["expected_value"].sum()),
            }
        )
    return {"days": taken, "sums": sums, "sentence": _sentence(taken, sums, settings.currency)}


def _sentence(taken: int, sums: Sequence[Mapping[str, float]], currency: str) -> str:
    others = [
        f"with {each['days']:,} days {short_money(each['revenue_at_risk'], currency)} would be at risk and "
        f"{short_money(each['expected_value'], currency)} expected"
        for each in sums
        if each["days"] != taken
    ]
    return (
        f"The label does not say within how many days customers leave: {taken:,} are taken (churn.horizon_days in "
        f"holdfast.yaml), and amounts depend on it: {listed(others)}."
    )
