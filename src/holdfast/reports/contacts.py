"""The customers to contact first, in words: why, what to do, who does it, by when, and what is at stake."""

from datetime import date
from typing import Any

import polars as pl

from holdfast.decisions.eligibility import whom_to_contact
from holdfast.decisions.offers import of_hundred
from holdfast.formatting import day, money, money_range, percent, plural
from holdfast.reports.inputs import REASONS, ReportInputs

CONTACTS_FILE = "contacts.csv"  # in the folder `bi`
_COLUMNS = (
    "priority",
    "customer_id",
    "why",
    "do",
    "who",
    "by",
    "offer",
    "cost",
    "currency",
    "expected_gain",
    "saves_needed",
    "churn_probability",
    "revenue_at_risk",
    "expected_value",
    "segment",
    "reason_2",
    "reason_3",
)


def contacts(inputs: ReportInputs, first: pl.DataFrame) -> list[dict[str, Any]]:
    """Customers in words, with the plan's offer where there is one.

    Args:
        inputs: the run.
        first: some of its `standing`.

    Returns:
        priority, customer_id, risk (text), probability, band, at_risk, value, value_range, segment, reasons, fix,
        action, who, offer, pays (what it should bring, or must keep), next_date; each is a text, except probability
        (a share of 1 or None) and reasons (a list).
    """
    return [_contact(record, inputs) for record in first.to_dicts()]


def contact_list(inputs: ReportInputs) -> pl.DataFrame:
    """The whole list, one row a customer in the order to contact them: the content of bi/contacts.csv.

    Returns:
        The columns of the list: who, why, what to do, by whom, by when, what it costs, should bring and must keep.
    """
    listed = whom_to_contact(inputs.standing)
    return listed.with_columns(
        pl.col("reason_1").alias("why"),
        pl.col("next_best_action").alias("do"),
        pl.col("action_owner").alias("who"),
        pl.col("action_by").alias("by"),
        pl.col("offer_cost").alias("cost"),
        pl.col("offer_gain").alias("expected_gain"),
        (pl.col("offer_cost") / pl.col("revenue_at_risk")).alias("saves_needed"),
        pl.lit(inputs.currency).alias("currency"),
    ).select(_COLUMNS)


def _who(record: dict[str, Any]) -> str:
    """Who acts, and by when."""
    owner, by, days = record.get("action_owner"), record.get("action_by"), record.get("action_days")
    until = f"by {day(by)}" if isinstance(by, date) else f"within {plural(days, 'day')}" if days is not None else ""
    return ", ".join(text for text in (str(owner) if owner else "", until) if text)


def _pays(record: dict[str, Any], inputs: ReportInputs) -> str:
    """What the offer should bring, where somebody has set the offers; else what it must keep to pay."""
    cost, at_risk = record.get("offer_cost"), record.get("revenue_at_risk")
    if cost is None or not at_risk:
        return ""
    if not inputs.has_placeholder_offers:
        return f"{money(record['offer_gain'], inputs.currency)} expected after cost"
    return f"pays if it keeps {of_hundred(cost / at_risk)} such leavers" if cost > 0 else "costs nothing"


def _contact(record: dict[str, Any], inputs: ReportInputs) -> dict[str, Any]:
    currency = inputs.currency
    between = ""
    if record["value_low"] is not None and record["value_high"] is not None:
        between = money_range(record["value_low"], record["value_high"], currency)
    ahead = record["expected_next_date"]
    return {
        "priority": f"{record['priority']:.0f}" if record["priority"] is not None else "",
        "customer_id": record["customer_id"],
        "risk": percent(record["churn_probability"]),
        "probability": record["churn_probability"],
        "band": record["risk_band"] or "",
        "at_risk": money(record["revenue_at_risk"], currency) if record["revenue_at_risk"] is not None else "",
        "value": money(record["expected_value"], currency) if record["expected_value"] is not None else "",
        "value_range": between,
        "segment": record["segment"] or "",
        "reasons": [record[name] for name in REASONS if record[name]],
        "fix": record.get("worth_fixing") or "",
        "action": record["next_best_action"] or "",
        "who": _who(record),
        "offer": f"{record['offer']} ({money(record['offer_cost'], currency)})" if record["offer"] else "",
        "pays": _pays(record, inputs),
        "next_date": day(ahead) if isinstance(ahead, date) else "",
    }
