"""The content of the report, section by section, before it becomes HTML or Markdown."""

from typing import Any

import polars as pl

from holdfast.decisions.eligibility import whom_to_contact
from holdfast.formatting import count, day, money, percent, plural, short_money, tick_money
from holdfast.reports.charts import calibration_chart, gain_chart, months_chart, risk_chart
from holdfast.reports.contacts import CONTACTS_FILE, contacts
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import segment_table
from holdfast.reports.headline import as_of, leavers_between, story
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.kpis import Kpi, kpis
from holdfast.reports.lifecycle import lapsed_section, lifecycle_section
from holdfast.reports.plan_section import plan_section
from holdfast.reports.run_details import data_quality, run_record
from holdfast.reports.trust import assurances, comparison_table, readiness_in_words, value_in_words

SHOWN = 20
_TILES = (
    "expected_leavers",
    "expected_churn_rate",
    "revenue_at_risk",
    "high_risk_customers",
    "mean_customer_value",
    "recent_revenue",
    "plan_customers",
    "plan_gain",
    "past_churn_rate",
    "running_customers",
    "mrr",
    "notice_given",
    "mrr_under_notice",
    "ended_90_days",
    "lapsed_customers",
    "expected_returns",
)
_PROMISES = frozenset({"plan_gain"})  # of money that rests on what offers keep
GLOSSARY = (
    ("probability of leaving", "How likely a customer is to leave within the horizon, from 0 to 100 %."),
    (
        "cutoff",
        "The time that separates what was known from what came after. Everything here uses what was known then.",
    ),
    (
        "lapsed",
        "Silent for so long that few return: no number counts such customers, and they have a list of their own.",
    ),
    ("horizon", "The number of days after the cutoff that a prediction is about."),
    ("risk band", "Low, medium or high, by published limits of the probability of leaving."),
    (
        "expected value",
        "What a customer is expected to bring within the value horizon; it counts that the customer may leave.",
    ),
    ("revenue at risk", "The probability of leaving times what the customer would bring by staying."),
    ("segment", "Customers who are similar in when they last bought, how often, and for how much."),
    ("calibrated", "Of customers with a predicted probability of 20 %, about 20 % leave."),
    ("correlation", "Two things go together. That does not mean that one causes the other."),
    ("set aside", "A row that was read but not used; it is stored with the reason."),
    ("hold-out group", "Customers who get no offer on purpose, so that the effect of an offer can be measured."),
)


def page(inputs: ReportInputs) -> dict[str, Any]:
    """Everything the templates show: texts and numbers already in words, nothing escaped yet."""
    first = whom_to_contact(inputs.standing).head(SHOWN)
    return {
        "name": inputs.settings.name,
        "as_of": as_of(inputs),
        "simulated": inputs.settings.simulated,
        "has_signal": inputs.has_signal,
        "story": story(inputs),
        "tiles": tiles(inputs),
        "contacts": contacts(inputs, first),
        "contact_words": _contact_words(inputs, first),
        "has_value": inputs.has_value,
        "has_plan": inputs.chosen is not None and inputs.chosen.height > 0,
        "drivers": [
            {
                "meaning": driver.meaning,
                "words": driver.words,
                "importance": percent(driver.importance),
                "bar": driver.importance,
                "alike": driver.alike,
            }
            for driver in drivers(inputs, 8)
        ],
        "segments": _segments(inputs),
        "lifecycle": lifecycle_section(inputs),
        "lapsed": lapsed_section(inputs),
        "plan": plan_section(inputs),
        "contacts_file": f"../bi/{CONTACTS_FILE}",
        "trust": {
            "grade": {"word": "", "sentence": "", **(inputs.metrics.get("grade") or {})},
            "sentences": assurances(inputs),
            "comparison": comparison_table(inputs.metrics),
            "warnings": [str(warning) for warning in inputs.metrics.get("warnings") or []],
            "value": value_in_words(inputs.metrics),
            "readiness": readiness_in_words(inputs.readiness),
        },
        "charts": {
            "risk": risk_chart(inputs),
            "gain": gain_chart(inputs),
            "calibration": calibration_chart(inputs),
            "months": months_chart(inputs),
        },
        "quality": data_quality(inputs),
        "next_steps": _next_steps(inputs),
        "glossary": GLOSSARY,
        "run": run_record(inputs),
    }


def tiles(inputs: ReportInputs) -> list[dict[str, str]]:
    """The key figures that are known, as tiles: label, value, note, and how each is counted."""
    figures = {kpi.name: kpi for kpi in kpis(inputs) if kpi.value is not None}
    return [
        {
            "label": figures[name].label,
            "value": kpi_in_words(figures[name], inputs.currency),
            "note": _note(name, inputs),
            "how": f"{figures[name].definition} Counted as: {figures[name].formula}. Period: {figures[name].period}.",
        }
        for name in _TILES
        if name in figures and not (name in _PROMISES and inputs.has_placeholder_offers)
    ]


def kpi_in_words(kpi: Kpi, currency: str) -> str:
    """A figure with its unit."""
    if kpi.unit == "share":
        return percent(kpi.value)
    if kpi.unit == "ratio":
        return f"{kpi.value:.1f} to 1" if kpi.value is not None else ""
    if not kpi.unit.startswith(currency):
        return count(kpi.value)
    is_long = kpi.value is not None and abs(kpi.value) >= 9_999_500
    return short_money(kpi.value, currency) if is_long else money(kpi.value, currency)


def _note(name: str, inputs: ReportInputs) -> str:
    if name == "expected_leavers":
        low, high = leavers_between(inputs)
        return f"{count(low)} to {count(high)}, of {plural(inputs.standing.height, 'customer')}"
    if name == "high_risk_customers":
        limit = next(kpi for kpi in kpis(inputs) if kpi.name == name).definition.rpartition("churn probability ")[2]
        return f"a probability {limit.rstrip('.')}"
    if name == "revenue_at_risk":
        return f"over {inputs.settings.value.horizon_days} days"
    if name == "mean_customer_value":
        return f"a customer, over {inputs.settings.value.horizon_days} days"
    if name == "plan_gain" and inputs.chosen is not None:
        return "if the offers keep what is assumed"
    return {"expected_churn_rate": inputs.within, "past_churn_rate": "in the training records"}.get(name, "")


def _contact_words(inputs: ReportInputs, first: pl.DataFrame) -> str:
    everyone = inputs.standing.height
    if not everyone:
        return "No customer was scored."
    if not first.height:
        return "Nobody is on the list: the advice is to leave every customer alone. Why, stands under “The plan”."
    listed = whom_to_contact(inputs.standing).height
    order = (
        "by what the offer should bring"
        if inputs.has_value
        else "by the probability of leaving, because no amounts are known"
    )
    words = (
        f"{plural(listed, 'customer')} of {count(everyone)} on the list, in order {order}; the first "
        f"{count(first.height)} are shown. Why the other {count(everyone - listed)} are not, stands under “The plan”."
    )
    if inputs.already_left:
        words += f" {plural(inputs.already_left, 'customer')} who had already left are not in the list."
    if inputs.has_value:
        words += f" Value and what is at risk are in {inputs.currency} over {inputs.settings.value.horizon_days} days."
    return words


def _segments(inputs: ReportInputs) -> list[dict[str, Any]]:
    table = segment_table(inputs).sort("revenue", "customers", descending=True, nulls_last=True)
    return [
        {
            "segment": record["segment"] or "no segment",
            "customers": count(record["customers"]),
            "share": percent(record["share_of_customers"]),
            "bar": record["share_of_customers"] or 0.0,
            "revenue": tick_money(record["revenue"], inputs.currency) if record["revenue"] is not None else "",
            "revenue_share": percent(record["share_of_revenue"]) if record["share_of_revenue"] is not None else "",
            "revenue_bar": max(record["share_of_revenue"] or 0.0, 0.0),
            "risk": percent(record["mean_churn_probability"]),
            "meaning": record["meaning"] or "",
            "strategy": " ".join(text for text in (record["strategy"], record["action"]) if text),
            "in_plan": count(record["in_plan"]) if record.get("in_plan") is not None else "",
        }
        for record in table.to_dicts()
    ]


def _next_steps(inputs: ReportInputs) -> list[str]:
    steps: list[str] = []
    if not inputs.has_signal:
        steps.append(
            "Do not act on the order of this list. Look for records that say more about why customers leave: "
            "usage, contacts, complaints, failed payments, prices."
        )
    elif inputs.chosen is not None and inputs.chosen.height:
        if inputs.has_placeholder_offers:
            steps.append("Put in what your offers cost and what you assume they keep (`decisions.offers`); run again.")
        steps.append(
            "Give the list to the people who contact customers; each customer has a reason, an owner and a day."
        )
        steps.append(
            "Make no offer to a random tenth of the customers in the plan, so that the effect can be measured."
        )
    grade = inputs.metrics.get("grade") or {}
    if grade.get("next_step"):
        steps.append(str(grade["next_step"]))
    severe = _failed(inputs, "severe")
    if severe:
        steps.append(f"Fix the {plural(severe, 'severe finding')} under data quality, then run again.")
    if inputs.has_horizon:
        ahead = f" (after {day(inputs.cutoff)} plus {inputs.settings.churn.horizon_days} days)" if inputs.cutoff else ""
        steps.append(f"When the horizon has passed{ahead}, compare these predictions with what happened.")
    return steps


def _failed(inputs: ReportInputs, severity: str) -> int:
    checks = inputs.validation
    if checks is None or "severity" not in checks.columns:
        return 0
    return checks.filter(pl.col("severity") == severity).height
