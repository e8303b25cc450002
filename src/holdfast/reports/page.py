"""The content of the report, section by section, before it becomes HTML or Markdown."""

from datetime import timedelta
from typing import Any

import polars as pl

from holdfast.decisions.plan_words import NOTICES_FILE
from holdfast.decisions.risk import list_horizons
from holdfast.formatting import (
    about,
    count,
    day,
    exact_money,
    percent,
    plural,
    quantity,
    short_money,
)
from holdfast.reports.changes import change_in_words, since, what_changed
from holdfast.reports.contacts import CONTACTS_FILE, today, under_notice
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import money_of_segments, segment_table
from holdfast.reports.headline import as_of, first_sentence, leavers_between, story, trust
from holdfast.reports.inputs import ReportInputs, once
from holdfast.reports.key_figures.kpis import Kpi, kpis
from holdfast.reports.lifecycle import lapsed_section, lifecycle_section
from holdfast.reports.plan_section import plan_section
from holdfast.reports.run_details import data_quality, run_record
from holdfast.reports.trust import (
    assurances,
    comparison_table,
    meanings_of,
    readiness_in_words,
    said_against_happened,
    total_in_words,
    value_in_words,
)

_TILES = (
    "expected_leavers",
    "revenue_at_risk",
    "high_risk_customers",
    "recent_revenue",
    "running_customers",
    "mrr",
    "notice_given",
    "mrr_under_notice",
    "past_due",
    "mrr_past_due",
    "ended_90_days",
    "lapsed_customers",
    "expected_churn_rate",
    "past_churn_rate",
    "mean_customer_value",
    "plan_customers",
    "plan_gain",
    "expected_returns",
)
_EXPECTED = frozenset({"expected_leavers", "expected_returns"})  # sums of probabilities, which nobody can count
_REASONS_SHOWN = 6
_GLOSSARY = (
    ("probability of leaving", "How likely a customer is to leave {within}, from 0 to 100 %."),
    (
        "cutoff",
        "The day of a forecast, here that of the report. What was known before it is used; what comes from it on is "
        "forecast.",
    ),
    (
        "lapsed",
        "Silent for so long that few return: no forecast counts such customers, and they have a list of their own.",
    ),
    ("horizon", "The number of days from the cutoff on that a prediction is about: {horizons}."),
    ("risk band", "Low, medium or high, by published limits of the probability of leaving."),
    (
        "worth",
        "What a customer is expected to bring in the next {value_days} days; it counts that the customer may leave.",
    ),
    (
        "at risk",
        "The probability of leaving times what leaving costs: what the customer brings by staying less by leaving.",
    ),
    ("segment", "Customers who are similar in {alike}."),
    ("calibrated", "Of customers with a predicted probability of 20 %, about 20 % leave."),
    ("correlation", "Two things go together. That does not mean that one causes the other."),
    ("set aside", "A row that was read but not used; it is stored with the reason."),
    ("hold-out group", "Customers who get no offer on purpose, so that the effect of an offer can be measured."),
)


@once
def page(inputs: ReportInputs) -> dict[str, Any]:
    """Everything both templates show: texts and numbers already in words, nothing escaped yet."""
    ranked = drivers(inputs, 12)
    return {
        "name": inputs.settings.name,
        "as_of": as_of(inputs),
        "simulated": inputs.settings.simulated,
        "has_signal": inputs.has_signal,
        "story": story(inputs),
        "today": today(inputs),
        "tiles": tiles(inputs),
        "changed": what_changed(inputs),
        "beside": _beside_the_numbers(inputs),
        "drivers": [
            {
                "meaning": driver.meaning.rstrip("."),
                "words": driver.words,
                "importance": percent(driver.importance),
                "alike": driver.alike,
            }
            for driver in ranked
        ],
        "drivers_first": _REASONS_SHOWN,
        "segments": _segments(inputs),
        "share_of_revenue": f"Share of {money_of_segments(inputs)}",
        "of_segments": _of_segments(inputs),
        "lifecycle": lifecycle_section(inputs),
        "lapsed": lapsed_section(inputs),
        "plan": plan_section(inputs),
        "contacts_file": f"../bi/{CONTACTS_FILE}",
        "notices": _notices(inputs),
        "trust": _trust(inputs),
        "quality": data_quality(inputs),
        "glossary": _glossary(inputs),
        "run": run_record(inputs),
    }


@once
def tiles(inputs: ReportInputs) -> list[dict[str, str]]:
    """The key figures that are known, as tiles: label, value, change, note, and how each is counted."""
    figures = {kpi.name: kpi for kpi in kpis(inputs) if kpi.value is not None}
    return [
        {
            "label": figures[name].label,
            "value": kpi_in_words(figures[name], inputs.currency),
            "change": _change(figures[name], inputs),
            "note": _note(figures[name], inputs),
            "how": f"{figures[name].definition} Counted as: {figures[name].formula}. Period: {figures[name].period}.",
        }
        for name in _TILES
        if name in figures
    ]


def _change(kpi: Kpi, inputs: ReportInputs) -> str:
    words = change_in_words(kpi, inputs)
    return f"{words} {since(inputs.previous, inputs)}" if words and inputs.previous is not None else words


def kpi_in_words(kpi: Kpi, currency: str) -> str:
    """A figure with its unit: customers as counted; what is expected, shares and money in three significant digits."""
    if kpi.unit == "share":
        return percent(kpi.value)
    if kpi.unit == "ratio":
        return f"{quantity(kpi.value)} to 1" if kpi.value is not None else ""
    if not kpi.unit.startswith(currency):
        return about(kpi.value) if kpi.name in _EXPECTED else count(kpi.value)
    return short_money(kpi.value, currency)


def _note(kpi: Kpi, inputs: ReportInputs) -> str:
    if kpi.name == "expected_leavers":
        low, high = leavers_between(inputs)
        return f"{about(low)} to {about(high)}, of {plural(inputs.standing.height, 'customer')} {inputs.within}".strip()
    if kpi.name == "high_risk_customers":
        return f"a probability {kpi.definition.rpartition('churn probability ')[2].rstrip('.')}"
    if kpi.name == "plan_gain" and inputs.chosen is not None:
        return "if the offers keep what is assumed"
    days, spent = inputs.settings.value.horizon_days, inputs.plan_totals.get("spent")
    return {
        "revenue_at_risk": f"over {days} days",
        "mean_customer_value": f"a customer, over {days} days",
        "expected_churn_rate": inputs.within,
        "past_churn_rate": "of the customers of earlier days, within as many days each"
        if inputs.has_horizon
        else "of all customers in the records; the expected rate is of those still there",
        "mrr": "a month",
        "mrr_under_notice": "a month",
        "mrr_past_due": "a month",
        "plan_customers": f"of {count(inputs.standing.height)}, for {exact_money(spent, inputs.currency)}",
        "expected_returns": inputs.within,
    }.get(kpi.name, "")


def _beside_the_numbers(inputs: ReportInputs) -> list[str]:
    """What the summary says beyond the plan and the trust, which have sections of their own."""
    own = {inputs.plan_totals.get("words"), trust(inputs)}
    return [line for line in story(inputs).lines if line not in own]


def _segments(inputs: ReportInputs) -> list[dict[str, Any]]:
    order = "revenue_at_risk" if inputs.has_value else "customers"
    table = segment_table(inputs).sort(order, "customers", descending=True, nulls_last=True)
    offers = _offers_by_segment(inputs)
    return [
        {
            "segment": record["segment"] or "no segment",
            "customers": count(record["customers"]),
            "share": percent(record["share_of_customers"]),
            "bar": record["share_of_customers"] or 0.0,
            "revenue": short_money(record["revenue"], inputs.currency) if record["revenue"] is not None else "",
            "revenue_share": percent(record["share_of_revenue"]) if record["share_of_revenue"] is not None else "",
            "risk": percent(record["mean_churn_probability"]),
            "at_risk": short_money(record["revenue_at_risk"], inputs.currency)
            if record["revenue_at_risk"] is not None
            else "",
            "meaning": record["meaning"] or "",
            "strategy": " ".join(text for text in (record["strategy"], record["action"]) if text),
            "in_plan": count(record["in_plan"]) if record.get("in_plan") is not None else "",
            "offers": offers.get(record["segment"], ""),
        }
        for record in table.to_dicts()
    ]


def _of_segments(inputs: ReportInputs) -> str:
    """What the columns of the segments are over, and that they add up."""
    is_dated = money_of_segments(inputs) == "revenue"
    money = "revenue is all that they brought so far" if is_dated else "monthly payments are those of today"
    horizons = list_horizons(inputs.settings).rstrip(".")
    return f"{horizons}; {money}. Together the segments are all {plural(inputs.standing.height, 'customer')} above."


def _glossary(inputs: ReportInputs) -> list[tuple[str, str]]:
    """The words of the report with their meaning here: the horizons are those of the run."""
    days, value_days = inputs.settings.churn.horizon_days, inputs.settings.value.horizon_days
    leaving = f"leaving within {days} days, " if inputs.has_horizon else ""
    is_dated = money_of_segments(inputs) == "revenue"
    words = {
        "within": f"within {days} days" if inputs.has_horizon else "as the label means it",
        "horizons": f"here {leaving}worth and money at risk over {value_days} days",
        "value_days": value_days,
        "alike": "when they last bought, how often, and for how much"
        if is_dated
        else "what they pay a month, for how long they have been customers, and how likely they are to leave",
    }
    return [(word, meaning.format(**words)) for word, meaning in _GLOSSARY]


def _offers_by_segment(inputs: ReportInputs) -> dict[str, str]:
    """What the plan has for each segment: personal call 21, voucher 12, e-mail with a reminder 504."""
    by_offer = [str(record["offer"]) for record in inputs.plan_totals.get("by_offer") or []]
    counted = inputs.standing.drop_nulls("offer").group_by("segment", "offer").len()
    customers = {(segment, offer): number for segment, offer, number in counted.iter_rows()}
    segments = counted["segment"].unique().to_list()
    return {
        segment: ", ".join(
            f"{offer} {customers[segment, offer]:,}" for offer in by_offer if (segment, offer) in customers
        )
        for segment in segments
    }


def _trust(inputs: ReportInputs) -> dict[str, Any]:
    grade = {"word": "", "sentence": "", "next_step": "", **(inputs.metrics.get("grade") or {})}
    first = first_sentence(grade["sentence"])
    return {
        "grade": grade | {"first": first, "rest": grade["sentence"][len(first) :].strip()},
        "total": total_in_words(inputs.metrics),
        "past": said_against_happened(inputs),
        "later": _later(inputs),
        "sentences": assurances(inputs),
        "comparison": comparison_table(inputs.metrics, meanings_of(inputs.records)),
        # What the grade says already stands above them.
        "warnings": [str(each) for each in inputs.metrics.get("warnings") or [] if str(each) not in grade["sentence"]],
        "value": value_in_words(inputs.metrics),
        "readiness": readiness_in_words(inputs.readiness),
        "severe": _severe(inputs),
    }


def _later(inputs: ReportInputs) -> str:
    if not inputs.has_horizon:
        return ""
    if inputs.cutoff is None:
        return "When the horizon has passed, compare these predictions with what happened."
    ends = inputs.cutoff + timedelta(days=inputs.settings.churn.horizon_days)
    return f"From {day(ends)} on it is known who left: compare these predictions with what happened then."


def _notices(inputs: ReportInputs) -> dict[str, str]:
    """The list of ends booked ahead: its link in words and its file; empty where nobody gave notice."""
    notices = under_notice(inputs).height
    return (
        {"words": f"Ends booked ahead: {plural(notices, 'customer')} (CSV)", "file": f"../{NOTICES_FILE}"}
        if notices
        else {}
    )


def _severe(inputs: ReportInputs) -> str:
    checks = inputs.validation
    if checks is None or "severity" not in checks.columns:
        return ""
    severe = checks.filter(pl.col("severity") == "severe").height
    return f"Fix the {plural(severe, 'severe finding')} under “The data behind it”, then run again." if severe else ""
