"""The definitions of the key figures: what each means and how it is counted."""

import polars as pl

from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures import money as money_kpis
from holdfast.reports.key_figures.definition import LAPSES, SALES, KpiDefinition
from holdfast.reports.key_figures.of_subscriptions import SUBSCRIPTION_KPIS
from holdfast.stats.sums import exact_total, money_total


def _total(inputs: ReportInputs, column: str) -> float | None:
    values = inputs.standing[column].drop_nulls()
    return exact_total(values) if len(values) else None


def _money(values: pl.Series) -> float | None:
    """A sum of amounts in whole cents; None where no amount is known."""
    amounts = values.drop_nulls()
    return money_total(amounts) if len(amounts) else None


def _band(inputs: ReportInputs, band: str) -> pl.DataFrame:
    return inputs.standing.filter(pl.col("risk_band") == band)


def _past_rate(inputs: ReportInputs) -> float | None:
    if inputs.past_outcomes:
        return inputs.past_outcomes["left"] / inputs.past_outcomes["customers"]
    if "left" not in inputs.rows.columns:
        return None
    outcomes = inputs.rows["left"].drop_nulls().cast(pl.Boolean)
    return float(outcomes.sum() / len(outcomes)) if len(outcomes) else None


def _mean(inputs: ReportInputs, column: str) -> float | None:
    values = inputs.standing[column].drop_nulls()
    return exact_total(values) / len(values) if len(values) else None


def _mean_value(inputs: ReportInputs) -> float | None:
    mean = _mean(inputs, "expected_value")
    return None if mean is None else round(mean, 2)


DEFINITIONS: tuple[KpiDefinition, ...] = (
    KpiDefinition(
        "customers",
        "Customers scored",
        "customers",
        "Customers who can still leave, each with a churn probability. Who left, lapsed, paused or has not begun "
        "is not counted.",
        "number of rows of predictions, without those who had already left",
        "{now}",
        lambda inputs: float(inputs.standing.height),
    ),
    KpiDefinition(
        "lapsed_customers",
        "Lapsed customers",
        "customers",
        "Customers silent for longer than the active window: no other forecast counts them. What they brought is in "
        "the revenue of all records.",
        "number of rows of lapsed.parquet",
        "{now}",
        lambda inputs: float(inputs.lapsed_count) if inputs.window.get("days") else None,
        LAPSES,
    ),
    KpiDefinition(
        "expected_returns",
        "Lapsed, expected to return",
        "customers",
        "How many of the lapsed customers are expected to return {horizon} if nothing is done.",
        "sum of return_probability",
        "{horizon}",
        lambda inputs: inputs.expected_returns if inputs.window.get("days") else None,
        LAPSES,
    ),
    KpiDefinition(
        "customers_in_records",
        "Customers in the records",
        "customers",
        "All customers of the records: scored, lapsed, left, not begun and whatever else lifecycle.csv names.",
        "customers + lapsed_customers + those of the other states",
        "{now}",
        lambda inputs: float(sum(inputs.state_counts.values())) if inputs.state_counts else None,
    ),
    KpiDefinition(
        "expected_leavers",
        "Expected to leave",
        "customers",
        "How many of them are expected to leave {horizon}.",
        "sum of churn_probability",
        "{horizon}",
        lambda inputs: _total(inputs, "churn_probability"),
    ),
    KpiDefinition(
        "expected_churn_rate",
        "Expected churn rate",
        "share",
        "The share of customers expected to leave {horizon}.",
        "expected_leavers / customers",
        "{horizon}",
        lambda inputs: _mean(inputs, "churn_probability"),
    ),
    KpiDefinition(
        "past_churn_rate",
        "Past churn rate",
        "share",
        "{past_rate}",
        "rows with left = true / rows with a known outcome",
        "{past_period}",
        _past_rate,
    ),
    KpiDefinition(
        "high_risk_customers",
        "High-risk customers",
        "customers",
        "Customers in the risk band high: churn probability {high_limit}.",
        "number of customers with risk_band = high",
        "{horizon}",
        lambda inputs: float(_band(inputs, "high").height),
    ),
    KpiDefinition(
        "medium_risk_customers",
        "Medium-risk customers",
        "customers",
        "Customers in the risk band medium: churn probability {medium_limit}, and below the limit of high.",
        "number of customers with risk_band = medium",
        "{horizon}",
        lambda inputs: float(_band(inputs, "medium").height),
    ),
    KpiDefinition(
        "low_risk_customers",
        "Low-risk customers",
        "customers",
        "Customers in the risk band low: churn probability below the limit of medium. Low, medium and high risk and "
        "those under notice add up to the customers scored.",
        "number of customers with risk_band = low",
        "{horizon}",
        lambda inputs: float(_band(inputs, "low").height),
    ),
    KpiDefinition(
        "revenue_at_risk",
        "Revenue at risk",
        "currency",
        "The revenue expected to be lost: each customer's probability of leaving times what leaving costs, the value "
        "by staying less the value by leaving, {terms}.",
        "sum of churn_probability x (value_if_stays - value_if_leaves)",
        "{value_horizon}",
        lambda inputs: _money(inputs.standing["revenue_at_risk"]),
    ),
    KpiDefinition(
        "high_risk_revenue_at_risk",
        "Revenue at risk, high-risk customers",
        "currency",
        "The revenue at risk of the high-risk customers.",
        "sum of revenue_at_risk where risk_band = high",
        "{value_horizon}",
        lambda inputs: _money(_band(inputs, "high")["revenue_at_risk"]),
    ),
    KpiDefinition(
        "expected_value",
        "Customer value, all customers",
        "currency",
        "What the customers are expected to bring (CLV within a stated horizon), counting that they may leave, "
        "{terms}. With the revenue at risk it adds up to what they would bring if nobody left {within_horizon}.",
        "sum of churn_probability x value_if_leaves + (1 - churn_probability) x value_if_stays",
        "{value_horizon}",
        lambda inputs: _money(inputs.standing["expected_value"]),
    ),
    KpiDefinition(
        "mean_customer_value",
        "Customer value, mean",
        "currency per customer",
        "What one customer is expected to bring on average (CLV within a stated horizon), {terms}.",
        "mean of expected_value over customers whose value is known",
        "{value_horizon}",
        _mean_value,
    ),
    KpiDefinition(
        "total_revenue",
        "Revenue, all records",
        "currency",
        "What was {sold} before {cutoff}, less what was given back, failed or was cancelled: of all customers, also "
        "those who lapsed or left. Sales whose payment is pending count from the day of the {order}. {contains}",
        "sum of amount of what was paid; = sum of revenue in monthly.csv = sum of revenue in lifecycle.csv = net of "
        "the money account without what it dates {cutoff} or later",
        "from the first record to {cutoff}",
        money_kpis.total_revenue,
        SALES,
    ),
    KpiDefinition(
        "revenue_not_received",
        "Of it not received yet",
        "currency",
        "What of the revenue of all records has not arrived, by a status such as pending or partially paid: the money "
        "received is the revenue less this. Shown where the records have such a status.",
        "sum of amount where a status means pending; = pending of the money account",
        "from the first record to {cutoff}",
        money_kpis.revenue_not_received,
        SALES,
    ),
    KpiDefinition(
        "revenue_of_scored",
        "Revenue so far, customers scored",
        "currency",
        "What was {sold} before {cutoff}, less what was given back, to the customers who have a churn probability. It "
        "is above the revenue of all records where the others were given back more than these records show they paid.",
        "sum of revenue in segments.csv",
        "from the first record to {cutoff}",
        money_kpis.revenue_of_scored,
        SALES,
    ),
    KpiDefinition(
        "recent_revenue",
        "Revenue, last 90 days",
        "currency",
        "What was {sold} in the 90 days before {cutoff}{utc}, less what was given back.",
        "sum of amount of the purchases, else of the payments, else of the charges and invoices of subscriptions",
        "the 90 days before {cutoff}{utc}",
        money_kpis.recent_revenue,
        SALES,
    ),
    KpiDefinition(
        "recent_buyers",
        "{who_bought}, last 90 days",
        "customers",
        "Customers with at least one {purchase} in the 90 days before {cutoff}{utc}.",
        "number of distinct customer_id with amount > 0",
        "the 90 days before {cutoff}{utc}",
        money_kpis.recent_buyers,
        SALES,
    ),
    *SUBSCRIPTION_KPIS,
    KpiDefinition(
        "plan_customers",
        "Customers in the plan",
        "customers",
        "Customers who get an offer: one that pays by what it is assumed to keep, within the budget and its capacity.",
        "number of rows of the plan with an offer",
        "{now}",
        lambda inputs: None if inputs.chosen is None else float(inputs.chosen.height),
    ),
    KpiDefinition(
        "plan_cost",
        "Cost of the plan",
        "currency",
        "What the offers of the plan cost.",
        "sum of cost",
        "{now}",
        lambda inputs: money_kpis.plan_total(inputs, "cost"),
    ),
    KpiDefinition(
        "plan_saves",
        "Expected to be saved by the plan",
        "currency",
        "What the offers are expected to save, before their cost, if their assumed effects hold; not "
        "known while the offers are placeholders.",
        "sum of expected_gain + sum of cost",
        "{value_horizon}",
        money_kpis.plan_saves,
    ),
    KpiDefinition(
        "plan_gain",
        "Expected gain of the plan",
        "currency",
        "What the plan is expected to bring after its cost, if the assumed effects of the offers hold; not "
        "known while the offers are placeholders.",
        "sum of expected_gain",
        "{value_horizon}",
        money_kpis.plan_gain,
    ),
    KpiDefinition(
        "plan_return",
        "Return on the plan",
        "ratio",
        "What one unit of money spent on the plan is expected to save; not known while the offers are placeholders.",
        "plan_saves / plan_cost",
        "{value_horizon}",
        money_kpis.plan_return,
    ),
)
