"""Decisions about each customer: band, money at risk, order of treatment, next best action.

`decide(frame, project, base_rate) -> frame`; `decision_totals(decided, project, base_rate) -> dict`.
"""

from typing import Any

import numpy as np
import polars as pl

from holdfast.decisions.offers import best_gain, expected_gains
from holdfast.decisions.playbooks import next_best_actions
from holdfast.decisions.risk import priority, revenue_at_risk, risk_bands, total_at_risk
from holdfast.settings import Settings

_HIGH_VALUE, _MIDDLE_VALUE = 0.8, 0.4  # quantiles of value_if_stays where the tiers begin


def decide(frame: pl.DataFrame, settings: Settings, base_rate: float) -> pl.DataFrame:
    """The frame with what to do about each customer, rows and order unchanged.

    Args:
        frame: customer_id, churn_probability; value_if_stays, expected_value, segment and reason_family (the table
            or theme of the strongest reason) where known. Columns of the same name as an answer are replaced.
        settings: decisions are read.
        base_rate: share of the training customers who left.

    Returns:
        The frame and risk_band (low, medium, high), value_tier (low, middle, high; null where no value is known),
        revenue_at_risk, best_offer_gain (currency), priority (1 first), next_best_action, action_owner,
        action_days, action_why.
    """
    if "value_if_stays" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias("value_if_stays"))
    probability, worth = pl.col("churn_probability"), pl.col("value_if_stays")
    gains = expected_gains(
        frame["churn_probability"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        frame["value_if_stays"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        settings.decisions.offers,
    )
    bands = risk_bands(settings.decisions, base_rate)
    decided = frame.with_columns(
        bands.of(probability).alias("risk_band"),
        _value_tier(frame["value_if_stays"]).alias("value_tier"),
        revenue_at_risk(probability, worth).alias("revenue_at_risk"),
        pl.Series("best_offer_gain", best_gain(gains)),
    ).with_columns(priority(pl.col("best_offer_gain"), pl.col("revenue_at_risk"), probability).alias("priority"))
    return decided.with_columns(next_best_actions(decided))


def decision_totals(decided: pl.DataFrame, settings: Settings, base_rate: float) -> dict[str, Any]:
    """What the decisions add up to.

    Args:
        decided: the answer of `decide`.

    Returns:
        bands {"medium_from", "high_from", "words"}; customers_by_band, customers_by_action;
        revenue_at_risk {"value", "low", "high", "customers"}; revenue_at_risk_by_band.
    """
    bands = risk_bands(settings.decisions, base_rate)
    return {
        "bands": {"medium_from": bands.medium_from, "high_from": bands.high_from, "words": bands.words},
        "customers_by_band": _counts(decided, "risk_band"),
        "customers_by_action": _counts(decided, "next_best_action"),
        "revenue_at_risk": total_at_risk(decided),
        "revenue_at_risk_by_band": {
            band: float(np.asarray(decided.filter(pl.col("risk_band") == band)["revenue_at_risk"].sum()))
            for band in ("low", "medium", "high")
        },
    }


def _value_tier(worth: pl.Series) -> pl.Expr:
    known = worth.drop_nulls().drop_nans()
    if known.n_unique() < 3:
        return pl.when(pl.col("value_if_stays").is_not_null()).then(pl.lit("middle"))
    high, middle = known.quantile(_HIGH_VALUE), known.quantile(_MIDDLE_VALUE)
    value = pl.col("value_if_stays")
    return (
        pl.when(value.is_null() | value.is_nan())
        .then(pl.lit(None, pl.String))
        .when(value >= high)
        .then(pl.lit("high"))
        .when(value >= middle)
        .then(pl.lit("middle"))
        .otherwise(pl.lit("low"))
    )


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    counted = frame[column].value_counts(sort=True)
    return {str(name): int(count) for name, count in counted.iter_rows()}
