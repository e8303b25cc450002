"""The key figures the product knows: what each means and how it is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from holdfast.reports.exploration.times import money_table
from holdfast.reports.inputs import Facts


@dataclass(frozen=True)
class KpiDefinition:
    """What a figure means, before any data; words in braces come from the project."""

    name: str
    label: str
    unit: str  # customers, share, currency, currency per customer, ratio
    definition: str
    formula: str
    period: str
    count: Callable[[Facts], float | None]


def _total(facts: Facts, column: str) -> float | None:
    known = facts.standing[column].drop_nulls()
    return float(known.sum()) if len(known) else None


def _band(facts: Facts, band: str) -> pl.DataFrame:
    return facts.standing.filter(pl.col("risk_band") == band)


def _past_rate(facts: Facts) -> float | None:
    if "left" not in facts.rows.columns:
        return None
    known = facts.rows["left"].drop_nulls()
    return float(known.cast(pl.Float64).sum() / len(known)) if len(known) else None


def _mean(facts: Facts, column: str) -> float | None:
    known = facts.standing[column].drop_nulls()
    return float(known.sum() / len(known)) if len(known) else None


def _high_at_risk(facts: Facts) -> float | None:
    known = _band(facts, "high")["revenue_at_risk"].drop_nulls()
    return float(known.sum()) if len(known) else None


def _plan(facts: Facts, column: str) -> float | None:
    return None if facts.chosen is None else float(facts.chosen[column].drop_nulls().sum())


def _plan_saves(facts: Facts) -> float | None:
    gain, cost = _plan(facts, "expected_gain"), _plan(facts, "cost")
    return None if gain is None or cost is None else gain + cost


def _plan_return(facts: Facts) -> float | None:
    saves, cost = _plan_saves(facts), _plan(facts, "cost")
    return saves / cost if saves is not None and cost else None


def _recent(facts: Facts) -> pl.DataFrame | None:
    paid = money_table(facts.tables, facts.settings)
    if paid is None or facts.cutoff is None:
        return None
    start = facts.cutoff - timedelta(days=90)
    return paid.filter(pl.col("happened_at") >= start, pl.col("happened_at") < facts.cutoff)


def _recent_revenue(facts: Facts) -> float | None:
    recent = _recent(facts)
    return None if recent is None else float(recent["amount"].sum())


def _recent_buyers(facts: Facts) -> float | None:
    recent = _recent(facts)
    return None if recent is None else float(recent.filter(pl.col("amount") > 0)["customer_id"].n_unique())


DEFINITIONS: tuple[KpiDefinition, ...] = (
    KpiDefinition(
        "customers",
        "Customers scored",
        "customers",
        "Customers who are there at the cutoff and have a churn probability.",
        "number of rows of predictions, without those who had already left",
        "at the cutoff",
        lambda facts: float(facts.standing.height),
    ),
    KpiDefinition(
        "expected_leavers",
        "Expected to leave",
        "customers",
        "How many of them are expected to leave {horizon}.",
        "sum of churn_probability",
        "{horizon}",
        lambda facts: _total(facts, "churn_probability"),
    ),
    KpiDefinition(
        "expected_churn_rate",
        "Expected churn rate",
        "share",
        "The share of customers expected to leave {horizon}.",
        "expected_leavers / customers",
        "{horizon}",
        lambda facts: _mean(facts, "churn_probability"),
    ),
    KpiDefinition(
        "past_churn_rate",
        "Past churn rate",
        "share",
        "The share of customers who did leave, in the past records that the models learnt from (the base rate).",
        "rows with left = true / rows with a known outcome",
        "the training cutoffs and the horizon after each",
        _past_rate,
    ),
    KpiDefinition(
        "high_risk_customers",
        "High-risk customers",
        "customers",
        "Customers in the risk band high: churn probability {high_limit}.",
        "number of customers with risk_band = high",
        "{horizon}",
        lambda facts: float(_band(facts, "high").height),
    ),
    KpiDefinition(
        "medium_risk_customers",
        "Medium-risk customers",
        "customers",
        "Customers in the risk band medium: churn probability {medium_limit}, and below the limit of high.",
        "number of customers with risk_band = medium",
        "{horizon}",
        lambda facts: float(_band(facts, "medium").height),
    ),
    KpiDefinition(
        "low_risk_customers",
        "Low-risk customers",
        "customers",
        "Customers in the risk band low: churn probability below the limit of medium.",
        "number of customers with risk_band = low",
        "{horizon}",
        lambda facts: float(_band(facts, "low").height),
    ),
    KpiDefinition(
        "revenue_at_risk",
        "Revenue at risk",
        "currency",
        "What is expected to be lost: each customer's chance of leaving times the value of staying.",
        "sum of revenue_at_risk",
        "{value_horizon}",
        lambda facts: _total(facts, "revenue_at_risk"),
    ),
    KpiDefinition(
        "high_risk_revenue_at_risk",
        "Revenue at risk, high-risk customers",
        "currency",
        "The part of the revenue at risk that high-risk customers account for.",
        "sum of revenue_at_risk where risk_band = high",
        "{value_horizon}",
        _high_at_risk,
    ),
    KpiDefinition(
        "expected_value",
        "Customer value, all customers",
        "currency",
        "What the customers are expected to bring (CLV within a stated horizon), leaving taken into account, times the "
        "margin of {margin}.",
        "sum of expected_value",
        "{value_horizon}",
        lambda facts: _total(facts, "expected_value"),
    ),
    KpiDefinition(
        "mean_customer_value",
        "Customer value, mean",
        "currency per customer",
        "What one customer is expected to bring on average (CLV within a stated horizon).",
        "mean of expected_value over customers whose value is known",
        "{value_horizon}",
        lambda facts: _mean(facts, "expected_value"),
    ),
    KpiDefinition(
        "recent_revenue",
        "Revenue, last 90 days",
        "currency",
        "What customers paid in the 90 days before the cutoff; money given back is taken off.",
        "sum of amount of the purchases",
        "the 90 days before the cutoff",
        _recent_revenue,
    ),
    KpiDefinition(
        "recent_buyers",
        "Buyers, last 90 days",
        "customers",
        "Customers with at least one purchase in the 90 days before the cutoff.",
        "number of distinct customer_id with amount > 0",
        "the 90 days before the cutoff",
        _recent_buyers,
    ),
    KpiDefinition(
        "plan_customers",
        "Customers in the plan",
        "customers",
        "Customers for whom an offer is expected to pay, within the budget.",
        "number of rows of the plan with an offer",
        "at the cutoff",
        lambda facts: None if facts.chosen is None else float(facts.chosen.height),
    ),
    KpiDefinition(
        "plan_cost",
        "Cost of the plan",
        "currency",
        "What the offers of the plan cost.",
        "sum of cost",
        "at the cutoff",
        lambda facts: _plan(facts, "cost"),
    ),
    KpiDefinition(
        "plan_saves",
        "Expected to be saved by the plan",
        "currency",
        "What the offers are expected to save, before their cost, if their assumed effects hold.",
        "sum of expected_gain + sum of cost",
        "{value_horizon}",
        _plan_saves,
    ),
    KpiDefinition(
        "plan_gain",
        "Expected gain of the plan",
        "currency",
        "What the plan is expected to bring after its cost, if the assumed effects of the offers hold.",
        "sum of expected_gain",
        "{value_horizon}",
        lambda facts: _plan(facts, "expected_gain"),
    ),
    KpiDefinition(
        "plan_return",
        "Return on the plan",
        "ratio",
        "What one unit of money spent on the plan is expected to save.",
        "plan_saves / plan_cost",
        "{value_horizon}",
        _plan_return,
    ),
)
