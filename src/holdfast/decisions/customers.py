"""Decisions about each customer: risk band, revenue at risk, the plan, order of treatment and next best action.

assess(customers, limits, settings) -> pl.DataFrame        each customer alone
decide(customers, limits, settings) -> Decisions           and the plan within the budget
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from holdfast.column_types import TIME
from holdfast.decisions.amounts import in_cents
from holdfast.decisions.eligibility import PlanBasis, excluded_by
from holdfast.decisions.offers import are_placeholders, best_gain, expected_gains
from holdfast.decisions.plan import Plan, make_plan
from holdfast.decisions.playbooks import next_best_actions
from holdfast.decisions.risk import ALL_BANDS, NOTICE, RiskBands, priority, total_at_risk
from holdfast.decisions.value_tiers import ValueTiers
from holdfast.settings import OfferSettings, Settings
from holdfast.stats.columns import all_alike, flags, numbers, with_columns
from holdfast.stats.runs import beside
from holdfast.stats.sums import money_total


@dataclass(frozen=True)
class DecisionLimits:
    """Where risk bands and value tiers begin and what the plan rests on, as a run stored them."""

    bands: RiskBands
    tiers: ValueTiers
    basis: PlanBasis = field(default_factory=PlanBasis)


@dataclass(frozen=True)
class Decisions:
    """What to do about each customer, and the plan that fits the budget."""

    table: pl.DataFrame  # (n, ...) the customers with all columns of `assess` and the plan's offer
    plan: Plan


def decide(customers: pl.DataFrame, limits: DecisionLimits, settings: Settings) -> Decisions:
    """Decide about each customer and plan within the budget.

    Only the priority (a rank in the list) and, under a budget or a capacity, the offers depend on the other customers.

    Args:
        customers: columns as in `assess`; spent or monthly_amount, standing, ends_at, cutoff and reason_1 where known.
        limits: of risk bands and value tiers, and what the plan rests on.
        settings: decisions and currency are read.

    Returns:
        The customers with all columns of `assess` and offer, offer_cost, offer_gain (null outside the plan, and while
        the offers are placeholders: nobody promises money by those), outside_plan (the rule; null in the plan), the
        columns of `next_best_actions`, and priority: the plan in its order, then by revenue at risk, then by
        probability.
    """
    assessed = assess(customers, limits, settings)
    excluded = excluded_by(assessed, settings.decisions, limits.basis)
    plan = make_plan(assessed.hstack([excluded]), settings.decisions, settings.currency)
    planned = with_plan(assessed, plan, settings.decisions.offers)
    if "cutoff" not in planned.columns:
        planned = planned.hstack([all_alike("cutoff", None, TIME, planned.height)])
    decided = with_columns(planned, next_best_actions(planned, limits.basis))
    rank = priority(*(decided[name] for name in ("customer_id", "offer_gain", "revenue_at_risk", "churn_probability")))
    ranked = with_columns(decided, [rank])
    if are_placeholders(settings.decisions.offers):
        ranked = with_columns(ranked, [all_alike("offer_gain", None, pl.Float64(), ranked.height)])
    return Decisions(ranked, plan)


def assess(customers: pl.DataFrame, limits: DecisionLimits, settings: Settings) -> pl.DataFrame:
    """The customers with risk, value and what the best offer would gain, each customer alone; rows and order unchanged.

    Args:
        customers: customer_id, churn_probability; value_if_stays, value_if_leaves and segment where known. Columns of
            the same name as a result are replaced.
        limits: of risk bands and value tiers.
        settings: decisions are read.

    Returns:
        The customers, their amounts in whole cents, and risk_band (low, medium, high; notice given, where standing says
        so), value_tier (low, middle, high; null where no value is known), revenue_at_risk, best_offer_gain (currency).
    """
    unknown = [name for name in ("value_if_stays", "value_if_leaves") if name not in customers.columns]
    customers = customers.hstack([all_alike(name, None, pl.Float64(), customers.height) for name in unknown])
    band = limits.bands.of(customers["churn_probability"])
    if "standing" in customers.columns:
        band = band.set(pl.Series(flags(customers["standing"] == NOTICE)), NOTICE)
    rounded = in_cents(customers)
    assessed = with_columns(rounded, [band, limits.tiers.of(rounded["value_if_stays"])])
    gains = expected_gains(numbers(assessed["revenue_at_risk"]), settings.decisions.offers)
    return with_columns(assessed, [pl.Series("best_offer_gain", best_gain(gains))])


def with_plan(customers: pl.DataFrame, plan: Plan, offers: Sequence[OfferSettings]) -> pl.DataFrame:
    """The customers with what the plan has for each, rows and order unchanged.

    Returns:
        offer, offer_cost, offer_gain, offer_owner, offer_days, offer_why (null outside the plan); outside_plan.
    """
    days = {offer.name: offer.within_days for offer in offers}
    table = plan.table
    inside = pl.DataFrame(
        [
            table["customer_id"],
            table["offer"],
            table["cost"].alias("offer_cost"),
            table["expected_gain"].alias("offer_gain"),
            table["owner"].alias("offer_owner"),
            pl.Series("offer_days", [days.get(offer) for offer in table["offer"].to_list()], dtype=pl.Int64),
            table["why"].alias("offer_why"),
        ]
    )
    for frame in (inside, plan.outside):
        customers = beside(customers, frame)
    return customers


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
            band: money_total(decided.filter(pl.col("risk_band") == band)["revenue_at_risk"])
            for band in ALL_BANDS
            if band != NOTICE or (decided["risk_band"] == NOTICE).any()
        },
    }


def _counts(table: pl.DataFrame, column: str) -> dict[str, int]:
    counts = table[column].value_counts(sort=True)
    return {str(name): int(count) for name, count in counts.iter_rows()}
