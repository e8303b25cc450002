"""The customers to contact first, in words: risk, money, reasons, action."""

from datetime import date
from typing import Any

import polars as pl

from holdfast.formatting import day, money, money_range, percent, plural
from holdfast.reports.inputs import REASONS, ReportInputs


def contacts(inputs: ReportInputs, first: pl.DataFrame) -> list[dict[str, Any]]:
    """Customers in words, with the plan's offer where there is one.

    Args:
        inputs: the run.
        first: some of its `standing`.

    Returns:
        priority, customer_id, risk (text), probability, band, at_risk, value, value_range, segment, reasons, action,
        who, offer, gain, next_date; each is a text, except probability (a share of 1 or None) and reasons (a list).
    """
    offers: dict[str, dict[str, Any]] = {}
    if inputs.chosen is not None:
        planned = inputs.chosen.filter(pl.col("customer_id").is_in(first["customer_id"].implode()))
        offers = {record["customer_id"]: record for record in planned.to_dicts()}
    return [_contact(record, offers.get(record["customer_id"]), inputs) for record in first.to_dicts()]


def _who(record: dict[str, Any]) -> str:
    """Who acts, and within how many days, if the playbook says so."""
    owner, days = record.get("action_owner"), record.get("action_days")
    within = f"within {plural(days, 'day')}" if days is not None else ""
    return ", ".join(text for text in (str(owner) if owner else "", within) if text)


def _contact(record: dict[str, Any], offer: dict[str, Any] | None, inputs: ReportInputs) -> dict[str, Any]:
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
        "action": record["next_best_action"] or "",
        "who": _who(record),
        "offer": f"{offer['offer']} ({money(offer['cost'], currency)})" if offer else "",
        "gain": money(offer["expected_gain"], currency) if offer else "",
        "next_date": day(ahead) if isinstance(ahead, date) else "",
    }
