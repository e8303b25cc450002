"""The run in a few sentences: who will leave, whom to contact first, what is at risk, and how sure that is."""

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.cutoffs.lifecycle import State, accounts_in_words
from holdfast.formatting import (
    NO_CURRENCY,
    OWN_UNITS,
    about,
    count,
    day,
    money_to_the_cent,
    percent,
    plural,
    short_money,
    short_money_range,
)
from holdfast.models import level_range
from holdfast.models.clv.value_words import BEYOND_THE_PAST
from holdfast.reports.contacts import under_notice
from holdfast.reports.inputs import ReportInputs, once
from holdfast.reports.key_figures.money import recent_revenue
from holdfast.reports.key_figures.subscriptions import (
    arr,
    mrr,
    mrr_past_due,
    mrr_under_notice,
    notice_given,
    paid_a_month,
    past_due,
    running_customers,
)
from holdfast.stats.sums import exact_total, money_total
from holdfast.tables.bi_outputs import LEFT

_MOST_ABOVE_THE_PAST = 1.25  # times what the customers brought: beyond it a forecast is to be explained
SIMULATED = "Simulated records: everything below is about a simulated business."
_NEXT_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
WITHOUT_VALUE = "Their value is not known: the records hold no amounts, so the list is in order of risk alone."
NO_SIGNAL = (
    "These records do not show who will leave. On customers that they were not trained on, the models rank no better "
    "than luck may, so the order of the customers below means little: do not spend money on it."
)


@dataclass(frozen=True)
class Story:
    """The top of a report: the headline, what follows from it, and what to read first."""

    headline: str
    lines: tuple[str, ...]
    notices: tuple[str, ...]  # what must be read before any number


@once
def story(inputs: ReportInputs) -> Story:
    """The headline, the lines that follow from it, and the notices to read before any number."""
    notices = [SIMULATED] if inputs.settings.simulated else []
    if inputs.settings.leaving_means:
        notices.append(f"Here, leaving means: {inputs.settings.leaving_means.strip().rstrip('.')}.")
    notices += [
        f"Accepted in holdfast.yaml, not fixed: {each['sentence']} [{each['id']}]"
        for each in inputs.metrics.get("accepted") or []
    ]
    if not inputs.has_signal:
        notices.append(NO_SIGNAL)
    if caution := _far_above_the_past(inputs):
        notices.append(caution)
    sentences = (_first, _money, _recurring, _outside, trust, _fitted, compared_with_books)
    lines = [line for sentence in sentences if (line := sentence(inputs))]
    return Story(_headline(inputs), tuple(lines), tuple(notices))


def summary(inputs: ReportInputs) -> dict[str, Any]:
    """The story for the command line: `lines` of plain text, and the numbers behind them."""
    top, customers = story(inputs), inputs.standing
    return {
        "project": inputs.settings.name,
        "simulated": inputs.settings.simulated,
        "cutoff": inputs.cutoff.isoformat() if inputs.cutoff else None,
        "signal": inputs.has_signal,
        "customers": customers.height,
        "states": inputs.state_counts,
        "lapsed": inputs.lapsed_count,
        "expected_returns": inputs.expected_returns,
        "already_gone": inputs.already_left,
        "expected_leavers": _sum(customers, "churn_probability"),
        "high_risk_customers": customers.filter(pl.col("risk_band") == "high").height,
        "revenue_at_risk": _money_of(customers, "revenue_at_risk"),
        "grade": inputs.metrics.get("grade", {}).get("word"),
        "lines": [*top.notices, top.headline, *top.lines],
        "notices": [*top.notices],
    }


def leavers_between(inputs: ReportInputs) -> tuple[float, float]:
    """95 % range of how many customers leave: luck among them, and how far the level moves between cutoffs."""
    probabilities = inputs.standing["churn_probability"].drop_nulls().to_numpy()
    return level_range.leavers_between(probabilities, float(inputs.metrics.get("drift", 0.0)), level_range.Z_95)


def _headline(inputs: ReportInputs) -> str:
    if not inputs.standing.height:
        return "No customer was scored."
    customers = plural(inputs.standing.height, "customer")
    expected = _sum(inputs.standing, "churn_probability") or 0.0
    low, high = leavers_between(inputs)
    ahead = f" {inputs.within}" if inputs.within else ""
    booked = under_notice(inputs).filter(pl.col("churn_probability") >= 1).height
    if not inputs.has_signal:
        whom = f"of {count(booked)} the end is booked, who else cannot" if booked else "which of them cannot"
        return f"Of {customers}, about {about(expected)} will leave{ahead}; {whom} be predicted."
    between = f" ({about(low)} to {about(high)})" if about(low) != about(high) else ""
    if not inputs.has_horizon:
        return (
            f"Of {customers} still with you, about {about(expected)}{between} are expected to leave, "
            "going by those who left."
        )
    certain = f"; of {count(booked)} of them the end is booked" if booked else ""
    return f"About {about(expected)}{between} of {customers} are expected to leave{ahead}{certain}."


def _recurring(inputs: ReportInputs) -> str:
    """What runs and brings a month, in a business of subscriptions; empty in any other."""
    running, revenue, yearly = (count_of(inputs) for count_of in (running_customers, mrr, arr))
    if not running or revenue is None or yearly is None:
        return ""
    words = (
        f"{plural(int(running), 'customer')} pay {money_to_the_cent(revenue, inputs.currency)} a month (MRR), "
        f"{money_to_the_cent(yearly, inputs.currency)} a year (ARR)"
    )
    for customers, amount, what in (
        (notice_given(inputs), mrr_under_notice(inputs), "have given notice"),
        (past_due(inputs), mrr_past_due(inputs), "are past due: their last payment failed or is overdue"),
    ):
        if customers and amount is not None:
            each = f"{money_to_the_cent(amount, inputs.currency)} a month"
            words += f"; {plural(int(customers), 'customer')} with {each} {what}"
    return f"{words}."


def _outside(inputs: ReportInputs) -> str:
    """The customers of the records whom no number counts; empty where predictions are made for all."""
    counts = inputs.state_counts
    if sum(counts.values()) <= inputs.standing.height:
        return ""
    words = accounts_in_words(counts)
    if counts.get(State.LEFT):
        words += f" Who has left, and when: {LEFT.path}."
    if inputs.lapsed_count:
        days = f"{inputs.window['days']:,} days" if inputs.window.get("days") else "long"
        words += (
            f" Lapsed means silent for more than {days}: no other forecast counts them, and about "
            f"{about(inputs.expected_returns)} are expected to return {inputs.within} (`holdfast show --lapsed`)."
        )
    return words


def _fitted(inputs: ReportInputs) -> str:
    """When the models were fitted; empty where every run fits its own."""
    return str(inputs.fit.get("words", ""))


def _money(inputs: ReportInputs) -> str:
    at_risk = _money_of(inputs.standing, "revenue_at_risk")
    if at_risk is None:
        return WITHOUT_VALUE
    high = inputs.standing.filter(pl.col("risk_band") == "high")
    words = (
        f"At risk over {inputs.settings.value.horizon_days} days: {short_money(at_risk, inputs.currency)}. That is "
        "each customer's probability of leaving times what leaving costs: value by staying less value by leaving."
    )
    if high.height and at_risk > 0:
        of_high = (_money_of(high, "revenue_at_risk") or 0.0) / at_risk
        words += f" {percent(of_high)} of it is with {plural(high.height, 'high-risk customer')}."
    ending = _money_of(under_notice(inputs), "revenue_at_risk")
    if ending:
        words += f" {short_money(ending, inputs.currency)} of it goes with booked ends, unless they are won back."
    words += _beside_the_expected(at_risk, inputs)
    if assumed := inputs.metrics.get("value", {}).get("assumed_horizon"):
        words += f" {assumed['sentence']}"
    return f"{words} {OWN_UNITS}" if inputs.currency == NO_CURRENCY else words


def _beside_the_expected(at_risk: float, inputs: ReportInputs) -> str:
    """How what is at risk and what is expected go together, how sure the sum is, and what the past brought."""
    expected = _money_of(inputs.standing, "expected_value")
    if expected is None:
        return ""
    within = inputs.within or f"within {inputs.settings.churn.horizon_days} days"
    words = (
        f" Expected of them, with that loss taken off: {short_money(expected, inputs.currency)}"
        f"{_range_of_the_expected(expected, inputs)}; the two add up to what they would bring if nobody left {within}."
    )
    if at_risk > expected:
        words += " More is at risk than is expected, so more than half of that would be lost."
    return words + _beside_the_past(inputs)


def _range_of_the_expected(expected: float, inputs: ReportInputs) -> str:
    """Between what the true sum lies in 80 of 100 cases; empty where values rest on no past."""
    level = inputs.metrics.get("value", {}).get("level")
    if not level:
        return ""
    between = short_money_range(level["low"] * expected, level["high"] * expected, inputs.currency)
    return f" ({between} with a probability of 80 %)"


def _beside_the_past(inputs: ReportInputs) -> str:
    value = inputs.metrics.get("value", {})
    words, level, brought = "", value.get("level"), value.get("brought_before")
    if level is None:
        return _beside_the_prices(inputs)
    if brought is not None:
        days = plural(inputs.settings.value.horizon_days, "day")
        words += f" In the {days} before they brought {short_money(brought, inputs.currency)}."
    if not level["season_is_known"]:
        words += " Fewer than two years are recorded, so the forecast knows no season: no Christmas, no summer."
    return words


def _far_above_the_past(inputs: ReportInputs) -> str:
    """What must be known of an expected sum that the past does not explain; empty of one that it does."""
    value, expected = inputs.metrics.get("value", {}), _money_of(inputs.standing, "expected_value")
    level, brought = value.get("level"), value.get("brought_before")
    if not level or not brought or expected is None or expected <= _MOST_ABOVE_THE_PAST * brought:
        return ""
    currency, recent = inputs.currency, recent_revenue(inputs)
    words = (
        f"Take the expected {short_money(expected, currency)} with caution: it is {percent(expected / brought - 1, 0)} "
        f"above the {short_money(brought, currency)} that the same customers brought in as many days before."
    )
    if recent is not None:
        words += f" It goes on from the last 90 days, which brought {short_money(recent, currency)}"
        words += "." if level["season_is_known"] else "; fewer than two years cannot tell growth from a season."
    return f"{words} {BEYOND_THE_PAST}" if expected * level["low"] > brought else words


def _beside_the_prices(inputs: ReportInputs) -> str:
    """What the same customers pay a month now, beside a sum that follows from it and from no past payments."""
    monthly = paid_a_month(inputs)
    if monthly is None:
        return ""
    days = inputs.settings.value.horizon_days
    unchanged = short_money(monthly * days / DAYS_A_MONTH, inputs.currency)
    return (
        f" They pay {money_to_the_cent(monthly, inputs.currency)} a month now, {unchanged} in {plural(days, 'day')} if "
        "nobody ever left, before margin and discount. The sum has no range: it follows from these prices, and no past "
        "forecast of it was tested."
    )


def _first(inputs: ReportInputs) -> str:
    """The plan in words: it is the list."""
    if not inputs.standing.height or not inputs.plan_totals:
        return ""
    return str(inputs.plan_totals["words"])


def trust(inputs: ReportInputs) -> str:
    """The grade in one sentence; what else the tests show stands in the report's appendix."""
    grade = inputs.metrics.get("grade") or {}
    if not grade.get("word"):
        return ""
    return f"How far to trust it: {grade['word']}. {first_sentence(grade.get('sentence', ''))}".strip()


def compared_with_books(inputs: ReportInputs) -> str:
    """Whether the owner's own totals agree, or that none was compared; empty where the records know no days."""
    return str((inputs.readiness.get("known_totals") or {}).get("words") or "")


def first_sentence(text: str) -> str:
    """The first of several sentences."""
    return _NEXT_SENTENCE.split(text, maxsplit=1)[0]


def _sum(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls()
    return exact_total(values) if len(values) else None


def _money_of(frame: pl.DataFrame, column: str) -> float | None:
    amounts = frame[column].drop_nulls()
    return money_total(amounts) if len(amounts) else None


def as_of(inputs: ReportInputs) -> str:
    """The cutoff in words: as of 5 March 2025."""
    return f"as of {day(inputs.cutoff)}" if inputs.cutoff else "as the records stand"
