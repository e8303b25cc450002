"""The customers to contact first, in words: why, what to do, who does it, by when, and what is at stake."""

from datetime import date
from typing import Any

import polars as pl

from holdfast.cutoffs.standings import standings_today
from holdfast.decisions.eligibility import whom_to_contact
from holdfast.decisions.few_purchases import few_large_in_words, usual_purchase
from holdfast.decisions.offers import by_effort
from holdfast.decisions.plan_words import (
    ORDER_BY_RISK,
    but_for_notices,
    offers_after_the_first,
    order_by_gain,
    why_in_a_line,
    whys,
)
from holdfast.decisions.risk import NOTICE
from holdfast.formatting import count, day, exact_money, of_hundred, percent, plural, short_money
from holdfast.reports.inputs import REASONS, ReportInputs, once
from holdfast.stats.runs import beside
from holdfast.tables.bi_outputs import NOTICES

SHOWN = 10
CONTACTS_FILE = "contacts.csv"  # in the folder `bi`
_COLUMNS = (
    "priority",
    "customer_id",
    "why",
    "do",
    "who",
    "by",
    "within_days",
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
        priority, customer_id, risk (text), probability, band, at_risk, value, segment, why, reasons, fix, action, who,
        cost, pays (what it should bring after its cost, or must keep); each is a text, except probability (a share of 1
        or None) and reasons (a list).
    """
    return [_contact(record, inputs) for record in first.to_dicts()]


@once
def today(inputs: ReportInputs) -> dict[str, Any]:
    """The list as the first thing a reader sees: what takes people's time first, then what goes out by itself.

    Returns:
        title, words, more (how many are on the whole list), rows (of `contacts`), pays (the heading of that column),
        has_value, steps (what to do before the list goes out).
    """
    listed = whom_to_contact(inputs.standing)
    efforts = sorted(inputs.settings.decisions.offers, key=by_effort)
    order = {offer.name: rank for rank, offer in enumerate(efforts)}
    rank = pl.col("offer").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    first = listed.sort(rank, "priority", nulls_last=True, maintain_order=True).head(SHOWN)
    return {
        "title": _title(inputs, listed, first),
        "words": _words(inputs, listed.height, first["churn_probability"]),
        "more": f"The whole list: {plural(listed.height, 'customer')} (CSV)",
        "rows": contacts(inputs, first),
        "pays": "Pays if it keeps" if inputs.has_placeholder_offers else "Expected gain",
        "has_value": inputs.has_value,
        "steps": [*_few_large(inputs, first), *_steps(inputs, listed.height)],
    }


def _few_large(inputs: ReportInputs, first: pl.DataFrame) -> list[str]:
    """Whose worth rests on one or two large purchases, of the first of the list; empty where nobody's does."""
    if inputs.bought is None:
        return []
    rows = beside(first[["customer_id"]], inputs.bought)
    words = few_large_in_words(rows, usual_purchase(inputs.bought), inputs.currency)
    return [words] if words else []


def _title(inputs: ReportInputs, listed: pl.DataFrame, first: pl.DataFrame) -> str:
    if not listed.height:
        return "Nobody to contact" if inputs.standing.height else "No customer was scored."
    top = first.row(0, named=True)
    same = listed.filter(pl.col("next_best_action") == top["next_best_action"])
    action = str(top["next_best_action"])
    until = f" by {day(top['action_by'])}" if isinstance(top["action_by"], date) else ""
    cost = f", for {exact_money(top['offer_cost'] * same.height, inputs.currency)}" if top["offer"] else ""
    joined = "with" if top["offer"] is None else "to"
    return f"{action[:1].upper()}{action[1:]} {joined} {plural(same.height, 'customer')}{until}{cost}"


def _words(inputs: ReportInputs, listed: int, first: pl.Series) -> str:
    everyone = inputs.standing.height
    if not everyone:
        return ""
    notices = under_notice(inputs).height
    if not listed:
        return f"The advice is to leave every customer alone{but_for_notices(notices)}. Why, stands under “The plan”."
    words = offers_after_the_first(inputs.plan_totals, inputs.currency) if inputs.plan_totals.get("by_offer") else ""
    days = inputs.settings.value.horizon_days
    order = (
        f"{order_by_gain(first)} Worth and at risk are over {days} days: what is expected, and what leaving takes away "
        "from what staying would bring."
        if inputs.has_value
        else ORDER_BY_RISK
    )
    if everyone > listed + notices:
        nobody = plural(everyone - listed - notices, "customer")
        words += f" {nobody} of {count(everyone)} get nothing: see “The plan” in the report."
    if notices:
        words += f" Notice given: {count(notices)}, see the list of ends booked ahead."
    if inputs.lapsed_count:
        order += (
            f" Whom to win back of the {plural(inputs.lapsed_count, 'customer')} who lapsed stands in the appendix."
        )
    return f"{words} {order}".strip()


def _steps(inputs: ReportInputs, listed: int) -> list[str]:
    """What to do before the list goes out."""
    if not inputs.has_signal:
        return [
            "Do not act on the order of this list. Look for records that say more about why customers leave: "
            "usage, contacts, complaints, failed payments, prices."
        ]
    if not listed:
        return []
    steps = []
    if inputs.has_placeholder_offers and inputs.chosen is not None and inputs.chosen.height:
        steps.append(
            "The offers are placeholders, so no gain is promised: put in what yours cost, how many you can make and "
            "what you assume they keep (under Settings in the web app, or in the project file), and run again."
        )
    limited = {offer.name for offer in inputs.settings.decisions.offers if offer.capacity is not None}
    by_offer = inputs.plan_totals.get("by_offer") or []
    if (
        by_offer
        and by_offer[0]["cost"] > 0
        and by_offer[0]["offer"] not in limited
        and inputs.plan_totals["budget"] is None
    ):
        steps.append(
            f"If “{by_offer[0]['offer']}” to {plural(by_offer[0]['customers'], 'customer')} is more than you can do, "
            "say how many you can (capacity): the plan then keeps those where it brings the most."
        )
    if inputs.chosen is not None and inputs.chosen.height:
        steps.append("Make no offer to a random tenth of them, so that the effect can be measured.")
    return steps


def contact_list(inputs: ReportInputs) -> pl.DataFrame:
    """The whole list, one row a customer in the order to contact them: the content of bi/contacts.csv.

    Returns:
        The columns of the list: who, why, what to do, by whom, by when, what it costs, should bring and must keep.
    """
    listed = whom_to_contact(inputs.standing)
    return listed.with_columns(
        whys(listed, inputs.currency),
        pl.col("next_best_action").alias("do"),
        pl.col("action_owner").alias("who"),
        pl.col("action_by").alias("by"),
        pl.col("action_days").alias("within_days"),
        pl.col("offer_cost").alias("cost"),
        promised_gain(inputs).alias("expected_gain"),
        (pl.col("offer_cost") / pl.col("revenue_at_risk")).alias("saves_needed"),
        pl.lit(inputs.currency).alias("currency"),
    ).select(_COLUMNS)


def under_notice(inputs: ReportInputs) -> pl.DataFrame:
    """The customers with a prediction whose end is booked."""
    rows = inputs.standing
    return rows.filter(pl.col("risk_band") == NOTICE)


def notice_list(inputs: ReportInputs) -> pl.DataFrame:
    """Who gave notice, the next to end first: the content of bi/notices.csv.

    Returns:
        customer_id, ends_on, days_left, monthly_amount (empty where no price says it), value_until_end, do, who, by,
        segment, currency.
    """
    rows = under_notice(inputs)
    stood = standings_today(inputs.tables, inputs.settings, inputs.cutoff) if rows.height else None
    own = inputs.tables.get("customers", pl.DataFrame())
    paid = pl.DataFrame(schema={"customer_id": pl.String(), "monthly_amount": pl.Float64()})
    if stood is not None and "mrr" in stood.columns:
        paid = stood.select("customer_id", pl.col("mrr").alias("monthly_amount"))
    elif "monthly_amount" in own.columns:
        paid = own.select("customer_id", pl.col("monthly_amount").cast(pl.Float64))
    ends_at = pl.col("ends_at") if "ends_at" in rows.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    return (
        rows.join(paid, on="customer_id", how="left", maintain_order="left")
        .with_columns(
            ends_at.dt.convert_time_zone(inputs.settings.time_zone).dt.date().alias("ends_on"),
            (ends_at - pl.lit(inputs.cutoff, pl.Datetime("us", "UTC"))).dt.total_days().alias("days_left"),
            pl.col("expected_value").alias("value_until_end"),
            pl.col("next_best_action").alias("do"),
            pl.col("action_owner").alias("who"),
            pl.col("action_by").alias("by"),
            pl.lit(inputs.currency).alias("currency"),
        )
        .sort("ends_on", "customer_id")
        .select(column.name for column in NOTICES.columns)
    )


def promised_gain(inputs: ReportInputs) -> pl.Expr:
    """What each offer should gain, for a file that people read; null while nobody has set the offers."""
    return pl.lit(None, pl.Float64) if inputs.has_placeholder_offers else pl.col("offer_gain")


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
        return short_money(record["offer_gain"], inputs.currency)
    return f"{of_hundred(cost / at_risk)} such leavers" if cost > 0 else "costs nothing"


def _contact(record: dict[str, Any], inputs: ReportInputs) -> dict[str, Any]:
    currency = inputs.currency
    return {
        "priority": f"{record['priority']:.0f}" if record["priority"] is not None else "",
        "customer_id": record["customer_id"],
        "risk": percent(record["churn_probability"]),
        "probability": record["churn_probability"],
        "band": record["risk_band"] or "",
        "at_risk": short_money(record["revenue_at_risk"], currency) if record["revenue_at_risk"] is not None else "",
        "value": short_money(record["expected_value"], currency) if record["expected_value"] is not None else "",
        "segment": record["segment"] or "",
        "why": why_in_a_line(record, currency) or "",
        "reasons": [record[name] for name in REASONS if record[name]],
        "fix": record.get("worth_fixing") or "",
        "action": record["next_best_action"] or "",
        "who": _who(record),
        "cost": exact_money(record["offer_cost"], currency) if record["offer"] else "",
        "pays": _pays(record, inputs),
    }
