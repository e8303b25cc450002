"""Decisions about each customer: risk band, revenue at risk, order of treatment, next best action, and the plan.

assess(customers, limits, settings) -> pl.DataFrame        each customer alone
decide(customers, limits, settings) -> Decisions           and the plan within the budget
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from holdfast.decisions.eligibility import in_agreement, worth_an_offer
from holdfast.decisions.offers import best_gain, expected_gains
from holdfast.decisions.plan import Plan, make_plan
from holdfast.decisions.playbooks import next_best_actions
from holdfast.decisions.risk import BANDS, RiskBands, priority, revenue_at_risk, total_at_risk
from holdfast.decisions.value_tiers import ValueTiers
from holdfast.settings import Settings


@dataclass(frozen=True)
class DecisionLimits:
    """Where risk bands and value tiers begin, as a run stored them."""

    bands: RiskBands
    tiers: ValueTiers


@dataclass(frozen=True)
class Decisions:
    """What to do about each customer, and the plan that fits the budget."""

    table: pl.DataFrame  # (n, ...) the customers with all columns of `assess` and the plan's offer
    plan: Plan


def decide(customers: pl.DataFrame, limits: DecisionLimits, settings: Settings) -> Decisions:
    """Decide about each customer and plan within the budget.

    Only the priority (a rank in the list) and, under a budget, the offers depend on the other customers.

    Args:
        customers: columns as in `assess`.
        limits: of risk bands and value tiers.
        settings: decisions and currency are read.
    """
    assessed = assess(customers, limits, settings)
    plan = make_plan(worth_an_offer(assessed), settings.decisions, settings.currency)
    return Decisions(in_agreement(assessed, plan.table), plan)


def assess(customers: pl.DataFrame, limits: DecisionLimits, settings: Settings) -> pl.DataFrame:
    """The customers with risk, priority and next best action, rows and order unchanged.

    Args:
        customers: customer_id, churn_probability; value_if_stays, value_if_leaves, segment and reason_family (the
            table of the strongest reason) where known. Columns of the same name as a result are replaced.
        limits: of risk bands and value tiers.
        settings: decisions are read.

    Returns:
        The customers and risk_band (low, medium, high), value_tier (low, middle, high; null where no value is known),
        revenue_at_risk, best_offer_gain (currency), priority (1 first), next_best_action, action_owner,
        action_days, action_why.
    """
    unknown = [name for name in ("value_if_stays", "value_if_leaves") if name not in customers.columns]
    customers = customers.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unknown)
    probability, value = pl.col("churn_probability"), pl.col("value_if_stays")
    customers = customers.with_columns(
        revenue_at_risk(probability, value, pl.col("value_if_leaves")).alias("revenue_at_risk")
    )
    at_risk = customers["revenue_at_risk"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    gains = expected_gains(at_risk, settings.decisions.offers)
    assessed = customers.with_columns(
        limits.bands.of(probability).alias("risk_band"),
        limits.tiers.of(value).alias("value_tier"),
        pl.Series("best_offer_gain", best_gain(gains)),
    ).with_columns(priority(pl.col("best_offer_gain"), pl.col("revenue_at_risk"), probability).alias("priority"))
    return assessed.with_columns(next_best_actions(assessed))


def decision_totals(decided: pl.DataFrame, bands: RiskBands) -> dict[str, Any]:
    """Counts and revenue at risk, added up over the customers.

    Args:
        decided: the table of `decide`.
        bands: that its risk_band follows.

    Returns:
        bands {"medium_from", "high_from", "words"}; customers_by_band, customers_by_action;
        revenue_at_risk {"value", "low", "high", "customers"}; revenue_at_risk_by_band.
    """
    return {
        "bands": bands.to_record(),
        "customers_by_band": _counts(decided, "risk_band"),
        "customers_by_action": _counts(decided, "next_best_action"),
        "revenue_at_risk": total_at_risk(decided),
        "revenue_at_risk_by_band": {
            band: float(np.asarray(decided.filter(pl.col("risk_band") == band)["revenue_at_risk"].sum()))
            for band in BANDS
        },
    }


def _counts(table: pl.DataFrame, column: str) -> dict[str, int]:
    counts = table[column].value_counts(sort=True)
    return {str(name): int(count) for name, count in counts.iter_rows()}
