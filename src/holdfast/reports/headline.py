"""The run in a few sentences: who leaves, what it costs, whom to contact, and how sure that is."""

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.formatting import count, day, plural, share, short_money
from holdfast.reports.inputs import Facts

SIMULATED = "Simulated records: everything below is about a simulated business."
NO_SIGNAL = (
    "These records do not tell who will leave. The models did no better than chance on customers they had not seen, "
    "so the order of the customers below means little: do not spend money on it."
)


@dataclass(frozen=True)
class Story:
    """What stands at the top of a report."""

    headline: str
    lines: tuple[str, ...]
    notices: tuple[str, ...]  # what must be read before any number


def story(facts: Facts) -> Story:
    """The headline, what follows from it, and what must be known first."""
    notices = [SIMULATED] if facts.settings.simulated else []
    if facts.settings.leaving_means:
        notices.append(f"To leave means here: {facts.settings.leaving_means.strip().rstrip('.')}.")
    if not facts.has_signal:
        notices.append(NO_SIGNAL)
    lines = [line for line in (_money(facts), _first(facts), _trust(facts)) if line]
    return Story(_headline(facts), tuple(lines), tuple(notices))


def summary(facts: Facts) -> dict[str, Any]:
    """The story for the command line: `lines`, plain text, and the numbers behind them."""
    told = story(facts)
    known = facts.standing
    return {
        "project": facts.settings.name,
        "simulated": facts.settings.simulated,
        "cutoff": facts.cutoff.isoformat() if facts.cutoff else None,
        "signal": facts.has_signal,
        "customers": known.height,
        "already_gone": facts.gone,
        "expected_leavers": _sum(known, "churn_probability"),
        "high_risk_customers": known.filter(pl.col("risk_band") == "high").height,
        "revenue_at_risk": _sum(known, "revenue_at_risk"),
        "grade": facts.metrics.get("grade", {}).get("word"),
        "lines": [*told.notices, told.headline, *told.lines],
    }


def leavers_between(facts: Facts) -> tuple[float, float]:
    """95 % range of how many leave, if the chances are right: what chance alone does to their sum."""
    chances = facts.standing["churn_probability"].drop_nulls()
    total = float(chances.sum())
    reach = 1.96 * math.sqrt(max(float((chances * (1 - chances)).sum()), 0.0))
    return max(total - reach, 0.0), min(total + reach, float(len(chances)))


def _headline(facts: Facts) -> str:
    known = facts.standing
    if not known.height:
        return "No customer was scored."
    expected = _sum(known, "churn_probability") or 0.0
    low, high = leavers_between(facts)
    ahead = f" {facts.within}" if facts.within else ""
    if not facts.has_signal:
        return (
            f"Of {plural(known.height, 'customer')}, about {count(expected)} will leave{ahead}; nobody can say which."
        )
    between = f" ({count(low)} to {count(high)})" if count(low) != count(high) else ""
    if not facts.has_horizon:
        return (
            f"Of {plural(known.height, 'customer')} still with you, about {count(expected)}{between} "
            "look set to leave, going by those who left."
        )
    return f"About {count(expected)}{between} of {plural(known.height, 'customer')} are expected to leave{ahead}."


def _money(facts: Facts) -> str:
    at_risk = _sum(facts.standing, "revenue_at_risk")
    if at_risk is None:
        return "What they are worth is not known: the records hold no amounts, so the list is in order of risk alone."
    high = facts.standing.filter(pl.col("risk_band") == "high")
    part = _sum(high, "revenue_at_risk") or 0.0
    words = (
        f"At risk over {facts.settings.value.horizon_days} days: {short_money(at_risk, facts.currency)}, which is each "
        "customer's chance of leaving times what the customer would bring by staying."
    )
    if high.height and at_risk > 0:
        words += f" {share(part / at_risk)} of it lies with {plural(high.height, 'high-risk customer')}."
    return words


def _first(facts: Facts) -> str:
    chosen = facts.chosen
    if chosen is not None and chosen.height and facts.has_signal:
        cost, gain = _sum(chosen, "cost") or 0.0, _sum(chosen, "expected_gain") or 0.0
        return (
            f"Contact the {plural(chosen.height, 'customer')} of the plan first: that costs "
            f"{short_money(cost, facts.currency)} and should bring {short_money(gain, facts.currency)} after it, "
            "if the offers work as assumed."
        )
    if facts.has_signal and facts.standing.height:
        return "Contact the customers at the top of the list first; the offers' costs and effects are yours to set."
    return ""


def _trust(facts: Facts) -> str:
    grade = facts.metrics.get("grade") or {}
    if not grade.get("word"):
        return ""
    return f"How far to trust it: {grade['word']}. {grade.get('sentence', '')}".strip()


def _sum(frame: pl.DataFrame, column: str) -> float | None:
    known = frame[column].drop_nulls()
    return float(known.sum()) if len(known) else None


def as_of(facts: Facts) -> str:
    """The cutoff in words."""
    return f"as of {day(facts.cutoff)}" if facts.cutoff else "as the records stand"
