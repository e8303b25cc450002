"""The plan as a section of the report: what is offered, who gets nothing and why, and what it rests on."""

from collections.abc import Mapping
from typing import Any

from holdfast.decisions.plan_words import outside_words, sensitivity_columns, sensitivity_rows
from holdfast.formatting import exact_money, money, of_hundred, percent, plural, short_money
from holdfast.reports.inputs import ReportInputs

_HOLD_OUT = (
    "What offers keep is assumed, the same for everyone, until it is measured: make no offer to a hold-out group, and "
    "compare."
)


def plan_section(inputs: ReportInputs) -> dict[str, Any] | None:
    """Everything the templates show of the plan, in words; None where no plan was made at all.

    Returns:
        words, promises (whether a gain is shown), offers and total (customers, cost, saves, gain, needed), limits,
        outside (a sentence a rule), sensitivity_columns, sensitivity (rows of texts), assumptions.
    """
    totals = inputs.plan_totals
    if not totals:
        return None
    return {
        "words": totals["words"],
        "promises": not totals["placeholders"],
        "offers": [_offer(record, inputs) for record in totals["by_offer"]],
        "total": _total(totals, inputs),
        "limits": _limits(inputs),
        "outside": outside_words(totals),
        "sensitivity_columns": sensitivity_columns(totals),
        "sensitivity": sensitivity_rows(totals, inputs.currency) if totals["treated"] else [],
        "assumptions": _assumptions(totals, inputs),
    }


def _offer(record: Mapping[str, Any], inputs: ReportInputs) -> dict[str, str]:
    currency = inputs.currency
    return {
        "offer": record["offer"],
        "customers": f"{record['customers']:,}",
        "cost": exact_money(record["cost"], currency),
        **_promised(record["expected_gain"], record["cost"], currency),
        "needed": of_hundred(record["saves_needed"]) if record["cost"] > 0 else "costs nothing",
    }


def _total(totals: Mapping[str, Any], inputs: ReportInputs) -> dict[str, str]:
    currency = inputs.currency
    return {
        "customers": f"{totals['treated']:,}",
        "cost": exact_money(totals["spent"], currency),
        **_promised(totals["expected_gain"], totals["spent"], currency),
    }


def _promised(gain: float | None, cost: float, currency: str) -> dict[str, str]:
    """What offers save and gain; empty while nobody has set them."""
    if gain is None:
        return {"saves": "", "gain": ""}
    return {"saves": short_money(gain + cost, currency), "gain": short_money(gain, currency)}


def _limits(inputs: ReportInputs) -> str:
    """What limits the plan, in words."""
    decisions = inputs.settings.decisions
    capacities = [
        f"{offer.name} to at most {plural(offer.capacity, 'customer')}"
        for offer in decisions.offers
        if offer.capacity is not None
    ]
    budget = [f"a budget of {money(decisions.budget, inputs.currency)}"] if decisions.budget is not None else []
    limits = [*budget, *capacities]
    return f"Limited: {'; '.join(limits)}." if limits else "Every offer that pays by the assumption is in the plan."


def _assumptions(totals: Mapping[str, Any], inputs: ReportInputs) -> list[str]:
    offers = [
        f"“{record['offer']}” costs {exact_money(record['unit_cost'], inputs.currency)} and is assumed to keep "
        f"{percent(record['saves'])} of those who would have left."
        for record in totals["by_offer"]
    ]
    return [*offers, totals["assumption"], _HOLD_OUT]
