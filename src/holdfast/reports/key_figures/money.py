"""Key figures of money: received in all records, from the customers scored and lately; and what the plan brings."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from holdfast.cutoffs.money import was_paid
from holdfast.formatting import count, day, listed, money_to_the_cent
from holdfast.quality.exclusions import OTHER_CURRENCY
from holdfast.quality.money import NOT_PAID, PARTS_OF_NET, PENDING, REFUNDS, contained_in_amounts
from holdfast.reports.inputs import ReportInputs
from holdfast.settings import Settings
from holdfast.stats.sums import money_total, total_of


def recent_revenue(inputs: ReportInputs) -> float | None:
    """Money received in the 90 days before the cutoff; None where no amount is known."""
    return None if inputs.money.lately is None else money_total(inputs.money.lately)


def total_revenue(inputs: ReportInputs) -> float | None:
    """Money received before the cutoff, of all customers of the records."""
    money = inputs.money.by_customer
    return None if money is None else money_total(money["revenue"])


def revenue_not_received(inputs: ReportInputs) -> float | None:
    """What of the revenue before the cutoff has not arrived yet; None where no status says so."""
    return None if inputs.money.owed is None else total_of(inputs.money.owed)


def revenue_of_scored(inputs: ReportInputs) -> float | None:
    """Money received before the cutoff from the customers who have a prediction."""
    money = inputs.money.by_customer
    if money is None:
        return None
    return money_total(money.join(inputs.standing.select("customer_id"), on="customer_id", how="semi")["revenue"])


def recent_buyers(inputs: ReportInputs) -> float | None:
    """Customers who paid something in the 90 days before the cutoff."""
    return None if inputs.money.lately is None else float(inputs.money.lately_from)


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


def contains_in_words(settings: Settings | None) -> str:
    """What of taxes and shipping is in every amount of money."""
    tables = settings.tables.values() if settings is not None else ()
    names = list(dict.fromkeys(name for table in tables for name in contained_in_amounts(table)))
    if not names:
        return "Taxes and shipping are in the revenue where the amounts of the records contain them."
    return f"The amounts contain {listed(names)}: so do revenue, the value of customers and the revenue at risk."


_LINES = {
    "gross": "Gross: before what is taken off below",
    REFUNDS: "less what was given back",
    NOT_PAID: "less payments that failed",
    "exact_repeats": "less rows that repeat an earlier one exactly",
    "missing_customer": "less sales that name no customer",
    "nobody": "less sales that name no customer",
    "of_undone_order": "less what belongs to undone orders",
    "net": "Net: the revenue",
    PENDING: "of it not received yet",
    "tax": "of which tax, as written",
    "shipping": "of which shipping, as written",
}
_NOT_COUNTED = "not counted"  # amounts of another currency are added to nothing


def money_account(inputs: ReportInputs) -> list[dict[str, str]]:
    """From gross to net, as the money of each table was counted: table, line, rows and amount, as texts.

    Rows and amounts both add up: every step that set rows aside has a line, also where they held no money.
    """
    account = inputs.cleaning.get("money") or {}
    return [line for table, lines in account.items() for line in _account_of(str(table), lines, inputs)]


def _account_of(table: str, lines: Mapping[str, Mapping[str, Any]], inputs: ReportInputs) -> list[dict[str, str]]:
    steps = ((inputs.cleaning.get("tables") or {}).get(table) or {}).get("steps") or []
    aside = {step["step"]: (str(step["what"]), int(step["set_aside"])) for step in steps if step.get("set_aside")}
    shown = [name for name in lines if name not in {"net", *PARTS_OF_NET}]
    after = [name for name in ("net", *PARTS_OF_NET) if name in lines]
    rows = [
        *((name, count(lines[name]["rows"]), lines[name]["amount"]) for name in shown),
        *((name, count(number), None) for name, (_, number) in aside.items() if name not in lines),
        *((name, count(lines[name]["rows"]), lines[name]["amount"]) for name in after),
    ]
    stay = {name for name in shown if name != "gross" and steps and name not in aside}
    texts = [
        {
            "table": table,
            "line": _LINES.get(name) or _less(aside[name][0] if name in aside else name.replace("_", " ")),
            "rows": f"in {number} of them" if name in stay else number,
            "amount": _amount(name, amount, inputs.currency),
        }
        for name, number, amount in rows
    ]
    return texts + _from_the_cutoff_on(table, inputs)


def _less(what: str) -> str:
    return f"less: {what[:1].lower()}{what[1:].rstrip('.')}"


def _amount(name: str, amount: float | None, currency: str) -> str:
    return _NOT_COUNTED if name == OTHER_CURRENCY else money_to_the_cent(amount or 0.0, currency)


def _from_the_cutoff_on(table: str, inputs: ReportInputs) -> list[dict[str, str]]:
    """What of the net lies after everything the figures count: dates in the future, mostly mistakes."""
    schema = inputs.cleaned_tables.tables.get(table, ())
    if inputs.cutoff is None or not {"amount", "happened_at"} <= set(schema):
        return []
    is_later = pl.col("happened_at") >= inputs.cutoff
    rows = inputs.cleaned_tables.scan(table).filter(is_later, pl.col("amount").is_not_null()).collect()
    later = rows.filter(was_paid(rows))
    if later.is_empty():
        return []
    words = f"of it dated {day(inputs.cutoff)} or later: in no figure"
    amount = money_to_the_cent(money_total(later["amount"]), inputs.currency)
    return [{"table": table, "line": words, "rows": count(later.height), "amount": amount}]
