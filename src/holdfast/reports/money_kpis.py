"""Key figures of money: received in all records, from the customers scored and lately; and what the plan brings."""

from datetime import timedelta

import polars as pl

from holdfast.cutoffs.money import not_received_yet, revenue_by_customer
from holdfast.reports.exploration.times import money_table
from holdfast.reports.inputs import ReportInputs
from holdfast.stats.sums import money_total


def _recent(inputs: ReportInputs) -> pl.DataFrame | None:
    paid = money_table(inputs.tables, inputs.settings)
    if paid is None or inputs.cutoff is None:
        return None
    start = inputs.cutoff - timedelta(days=90)
    return paid.filter(pl.col("happened_at") >= start, pl.col("happened_at") < inputs.cutoff)


def recent_revenue(inputs: ReportInputs) -> float | None:
    """Money received in the 90 days before the cutoff; None where no amount is known."""
    recent = _recent(inputs)
    return None if recent is None else money_total(recent["amount"])


def total_revenue(inputs: ReportInputs) -> float | None:
    """Money received before the cutoff, of all customers of the records."""
    money = revenue_by_customer(inputs.tables, inputs.settings, inputs.cutoff) if inputs.cutoff else None
    return None if money is None else money_total(money["revenue"])


def revenue_not_received(inputs: ReportInputs) -> float | None:
    """What of the revenue before the cutoff has not arrived yet; None where no status says so."""
    return not_received_yet(inputs.tables, inputs.settings, inputs.cutoff) if inputs.cutoff else None


def revenue_of_scored(inputs: ReportInputs) -> float | None:
    """Money received before the cutoff from the customers who have a prediction."""
    money = revenue_by_customer(inputs.tables, inputs.settings, inputs.cutoff) if inputs.cutoff else None
    if money is None:
        return None
    return money_total(money.join(inputs.standing.select("customer_id"), on="customer_id", how="semi")["revenue"])


def recent_buyers(inputs: ReportInputs) -> float | None:
    """Customers who paid something in the 90 days before the cutoff."""
    recent = _recent(inputs)
    return None if recent is None else float(recent.filter(pl.col("amount") > 0)["customer_id"].n_unique())


def plan_total(inputs: ReportInputs, column: str) -> float | None:
    """The sum of a column of the plan in whole cents; None where there is no plan."""
    return None if inputs.chosen is None else money_total(inputs.chosen[column])


def plan_gain(inputs: ReportInputs) -> float | None:
    """What the plan is expected to bring after its cost; None while the offers are placeholders."""
    return None if inputs.has_placeholder_offers else plan_total(inputs, "expected_gain")


def plan_saves(inputs: ReportInputs) -> float | None:
    """What the offers of the plan are expected to save, before their cost; None while they are placeholders."""
    gain, cost = plan_gain(inputs), plan_total(inputs, "cost")
    return None if gain is None or cost is None else round(gain + cost, 2)


def plan_return(inputs: ReportInputs) -> float | None:
    """What one unit of money spent on the plan is expected to save."""
    saves, cost = plan_saves(inputs), plan_total(inputs, "cost")
    return saves / cost if saves is not None and cost else None
