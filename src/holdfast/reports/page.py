"""The report's content, section by section, before it becomes HTML or Markdown."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from holdfast.decisions.eligibility import whom_to_contact
from holdfast.decisions.risk import AT_RISK_ABOVE_VALUE
from holdfast.formatting import count, day, money, plural, share, short_money, tick_money
from holdfast.reports.charts import calibration_chart, gain_chart, months_chart, risk_chart
from holdfast.reports.contacts import contacts
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import segment_table
from holdfast.reports.headline import as_of, leavers_between, story
from holdfast.reports.inputs import Facts
from holdfast.reports.kpis import Kpi, kpis
from holdfast.reports.run_details import data_quality, run_facts
from holdfast.reports.trust import assurances, judged_table, readiness_in_words, value_in_words
from holdfast.stats.sums import steady_sum

SHOWN = 20
_TILES = (
    "expected_leavers",
    "expected_churn_rate",
    "revenue_at_risk",
    "high_risk_customers",
    "mean_customer_value",
    "recent_revenue",
    "plan_gain",
    "past_churn_rate",
)
GLOSSARY = (
    ("chance of leaving", "How likely a customer is to leave within the horizon, from 0 to 100 %."),
    ("cutoff", "The moment that splits what was known from what came after. Everything here uses what was known then."),
    ("horizon", "The days after the cutoff that a question is about."),
    ("risk band", "Low, medium or high, by published limits of the chance of leaving."),
    ("expected value", "What a customer is expected to bring within the value horizon, leaving taken into account."),
    ("revenue at risk", "The chance of leaving times what the customer would bring by staying."),
    ("segment", "Customers alike in when they last bought, how often, and for how much."),
    ("calibrated", "Of customers given a chance of 20 %, about 20 % leave."),
    ("correlation", "Two things go together. That does not say that one makes the other happen."),
    ("set aside", "A row that was read but not used, kept with its reason."),
    ("hold-out group", "Customers left alone on purpose, so that the effect of an offer can be seen."),
)


def page(facts: Facts) -> dict[str, Any]:
    """Everything the templates show: texts and numbers already in words, nothing escaped yet."""
    first = whom_to_contact(facts.standing).head(SHOWN)
    return {
        "name": facts.settings.name,
        "as_of": as_of(facts),
        "simulated": facts.settings.simulated,
        "has_signal": facts.has_signal,
        "story": story(facts),
        "tiles": tiles(facts),
        "contacts": contacts(facts, first),
        "contact_words": _contact_words(facts, first),
        "has_value": facts.has_value,
        "has_plan": facts.chosen is not None and facts.chosen.height > 0,
        "drivers": [
            {
                "meaning": driver.meaning,
                "words": driver.words,
                "work": share(driver.importance),
                "bar": driver.importance,
                "alike": driver.alike,
            }
            for driver in drivers(facts, 8)
        ],
        "segments": _segments(facts),
        "plan": _plan(facts),
        "trust": {
            "grade": {"word": "", "sentence": "", **(facts.metrics.get("grade") or {})},
            "sentences": assurances(facts),
            "judged": judged_table(facts.metrics),
            "warnings": [str(warning) for warning in facts.metrics.get("warnings") or []],
            "value": value_in_words(facts.metrics),
            "readiness": readiness_in_words(facts.readiness),
        },
        "charts": {
            "risk": risk_chart(facts),
            "gain": gain_chart(facts),
            "calibration": calibration_chart(facts),
            "months": months_chart(facts),
        },
        "quality": data_quality(facts),
        "next_steps": _next_steps(facts),
        "glossary": GLOSSARY,
        "run": run_facts(facts),
    }


def tiles(facts: Facts) -> list[dict[str, str]]:
    """The key figures that are known, as tiles: label, value, note, and how each is counted."""
    known = {kpi.name: kpi for kpi in kpis(facts) if kpi.value is not None}
    return [
        {
            "label": known[name].label,
            "value": kpi_in_words(known[name], facts.currency),
            "note": _note(name, facts),
            "how": f"{known[name].definition} Counted as: {known[name].formula}. Period: {known[name].period}.",
        }
        for name in _TILES
        if name in known
    ]


def kpi_in_words(kpi: Kpi, currency: str) -> str:
    """A figure with its unit."""
    if kpi.unit == "share":
        return share(kpi.value)
    if kpi.unit == "ratio":
        return f"{kpi.value:.1f} to 1" if kpi.value is not None else ""
    if not kpi.unit.startswith(currency):
        return count(kpi.value)
    is_long = kpi.value is not None and abs(kpi.value) >= 9_999_500
    return short_money(kpi.value, currency) if is_long else money(kpi.value, currency)


def _note(name: str, facts: Facts) -> str:
    if name == "expected_leavers":
        low, high = leavers_between(facts)
        return f"{count(low)} to {count(high)}, of {plural(facts.standing.height, 'customer')}"
    if name == "high_risk_customers":
        band = facts.standing.filter(pl.col("risk_band") == "high")
        least = band["churn_probability"].min()
        return f"chance of {100 * least:.0f} % or more" if isinstance(least, float) else ""
    if name == "revenue_at_risk":
        return f"over {facts.settings.value.horizon_days} days"
    if name == "mean_customer_value":
        return f"a customer, over {facts.settings.value.horizon_days} days"
    if name == "plan_gain" and facts.chosen is not None:
        return plural(facts.chosen.height, "customer") + " treated"
    return {"expected_churn_rate": facts.within, "past_churn_rate": "in the records learnt from"}.get(name, "")


def _contact_words(facts: Facts, first: pl.DataFrame) -> str:
    everyone = facts.standing.height
    if not everyone:
        return "No customer was scored."
    if not first.height:
        return "The advice is to leave every customer alone. The whole list stands in bi/customers.csv."
    order = (
        "in order of what the best offer should bring, then of what is at stake"
        if facts.has_value
        else "in order of risk, for no amounts are known"
    )
    words = f"The first {count(first.height)} of {plural(everyone, 'customer')}, {order}."
    alone = everyone - whom_to_contact(facts.standing).height
    if alone:
        words += f" The {count(alone)} whom it is best to leave alone are passed over."
    if facts.gone:
        words += f" {plural(facts.gone, 'customer')} who had already left are not listed."
    if first.filter(pl.col("revenue_at_risk") > pl.col("expected_value")).height:
        words += f" {AT_RISK_ABOVE_VALUE}"
    return words + " The whole list stands in bi/customers.csv."


def _segments(facts: Facts) -> list[dict[str, Any]]:
    table = segment_table(facts).sort("revenue", "customers", descending=True, nulls_last=True)
    return [
        {
            "segment": record["segment"] or "no segment",
            "customers": count(record["customers"]),
            "share": share(record["share_of_customers"]),
            "bar": record["share_of_customers"] or 0.0,
            "revenue": tick_money(record["revenue"], facts.currency) if record["revenue"] is not None else "",
            "revenue_share": share(record["share_of_revenue"]) if record["share_of_revenue"] is not None else "",
            "revenue_bar": max(record["share_of_revenue"] or 0.0, 0.0),
            "risk": share(record["mean_churn_probability"]),
            "meaning": record["meaning"] or "",
            "strategy": " ".join(part for part in (record["strategy"], record["action"]) if part),
        }
        for record in table.to_dicts()
    ]


def _plan(facts: Facts) -> dict[str, Any] | None:
    chosen = facts.chosen
    if chosen is None or not chosen.height:
        return None
    offers = (
        chosen.group_by("offer")
        .agg(pl.len().alias("customers"), steady_sum("cost"), steady_sum("expected_gain"))
        .sort("expected_gain", "offer", descending=[True, False])
    )
    cost, gain = float(chosen["cost"].sum()), float(chosen["expected_gain"].sum())
    currency, budget = facts.currency, facts.settings.decisions.budget
    settings = {offer.name: offer for offer in facts.settings.decisions.offers}
    return {
        "offers": [
            {
                "offer": record["offer"],
                "customers": count(record["customers"]),
                "cost": money(record["cost"], currency),
                "saves": money(record["expected_gain"] + record["cost"], currency),
                "gain": money(record["expected_gain"], currency),
            }
            for record in offers.to_dicts()
        ],
        "total": {
            "customers": count(chosen.height),
            "cost": money(cost, currency),
            "saves": money(gain + cost, currency),
            "gain": money(gain, currency),
        },
        "budget": f"within a budget of {money(budget, currency)}" if budget is not None else "everything that pays",
        "assumptions": [
            *(
                f"“{name}” costs {money(settings[name].cost, currency)} and keeps {share(settings[name].saves)} "
                "of those who would have left."
                for name in offers["offer"].to_list()
                if name in settings
            ),
            "These effects are assumptions, the same for everyone, until they are measured: leave a hold-out group "
            "alone and compare.",
        ],
    }


def _next_steps(facts: Facts) -> list[str]:
    steps: list[str] = []
    if not facts.has_signal:
        steps.append(
            "Do not act on the order of this list. Look for records that come closer to why customers leave: "
            "usage, contacts, complaints, failed payments, prices."
        )
    else:
        steps.append("Give the list to those who make the contact; each customer has reasons and an action.")
        steps.append("Leave a random tenth of the customers in the plan alone, so that the effect can be measured.")
    grade = facts.metrics.get("grade") or {}
    if grade.get("next_step"):
        steps.append(str(grade["next_step"]))
    severe = _failed(facts, "severe")
    if severe:
        steps.append(f"Fix the {plural(severe, 'severe finding')} under data quality, then run again.")
    if facts.has_horizon:
        ahead = f" (after {day(facts.cutoff)} plus {facts.settings.churn.horizon_days} days)" if facts.cutoff else ""
        steps.append(f"When the horizon has passed{ahead}, compare what was said here with what happened.")
    return steps


def _failed(facts: Facts, severity: str) -> int:
    found: Mapping[str, Any] | pl.DataFrame | None = facts.validation
    if not isinstance(found, pl.DataFrame) or "severity" not in found.columns:
        return 0
    return found.filter(pl.col("severity") == severity).height
