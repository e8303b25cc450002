"""The plan in words: totals in; sentences that promise nothing that is not known out."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.decisions.eligibility import NO_SIGNAL, NOTICE_GIVEN, VALUE_NOT_KNOWN
from holdfast.formatting import NO_CURRENCY, count, exact_money, listed, of_hundred, percent, plural, short_money
from holdfast.models.reasons import NOTHING_RAISES
from holdfast.stats.columns import numbers
from holdfast.stats.texts import texts_of

Floats = NDArray[np.float64]

# Why a customer who is unlikely to leave can stand above one who is likely to.
ORDER_BY_GAIN = (
    "In order of what the offer could keep of the money at risk, less its cost: who has much to lose stands above who "
    "is likelier to leave with little."
)
NOTICES_FILE = "bi/notices.csv"  # of a run: who gave notice, whom no offer of the plan is for
ORDER_BY_RISK = "In order of the probability of leaving, because no amounts are known."


def order_by_gain(first: Iterable[float | None]) -> str:
    """What stands above the first rows of a list: its order, and where most of them will leave, what that means.

    Args:
        first: the probabilities of leaving of the customers shown.
    """
    shown = list(first)
    likely = sum(probability is not None and probability > 0.5 for probability in shown)
    if 2 * likely <= len(shown):
        return ORDER_BY_GAIN
    if likely < len(shown):
        who = f"Of these {len(shown):,}, {likely:,} are"
    else:
        who = {1: "This one is", 2: "Both are"}.get(likely, f"All {likely:,} are")
    return (
        f"{ORDER_BY_GAIN} {who} likelier to leave than to stay: that an offer keeps as large a share of such customers "
        "as of others is assumed until it is measured."
    )


def without_promises(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Totals of a plan as they are given out: of offers that nobody has set no gain, only what they must keep.

    Args:
        totals: of `make_plan`.
    """
    if not totals["placeholders"]:
        return dict(totals)
    return {
        **totals,
        "expected_gain": None,
        "upper_bound": None,
        "shadow_price": None,
        "by_offer": [each | {"expected_gain": None} for each in totals["by_offer"]],
        "outside": [each | {"gain_left_out": None} for each in totals["outside"]],
        "sensitivity": [each | {"gain": None} for each in totals["sensitivity"]],
    }


def why_in_a_line(row: Mapping[str, Any], currency: str) -> str | None:
    """Why a customer is on a list: the first reason; where nothing raises the risk, the money that is at stake.

    Args:
        row: of predictions.parquet: reason_1, revenue_at_risk.
        currency: of its amounts.
    """
    reason: str | None = row.get("reason_1")
    if reason is None or not reason.startswith(NOTHING_RAISES) or row.get("revenue_at_risk") is None:
        return reason
    return _at_stake(short_money(row["revenue_at_risk"], currency))


def _at_stake(amount: str) -> str:
    return f"{amount} at stake, though nothing in particular raises the risk."


def whys(rows: pl.DataFrame, currency: str) -> pl.Series:
    """(n,) `why_in_a_line` of rows of predictions.parquet.

    Args:
        rows: reason_1, revenue_at_risk.
        currency: of the amounts.
    """
    lines, at_risk = rows["reason_1"].to_list(), rows["revenue_at_risk"]
    has_none = rows["reason_1"].str.starts_with(NOTHING_RAISES).fill_null(value=False) & at_risk.is_not_null()
    amounts = texts_of(numbers(at_risk.filter(has_none)), partial(short_money, currency=currency))
    for row, amount in zip(has_none.arg_true().to_list(), amounts, strict=True):
        lines[row] = _at_stake(amount)
    return pl.Series("why", lines, dtype=pl.String)


def pays_if(probability: Floats, at_risk: Floats, saves_needed: Floats, currency: str) -> list[str]:
    """(n,) why customers are in the plan: what is at risk, and from what share of such leavers on the offer pays."""
    likely = texts_of(probability, percent)
    amounts = texts_of(at_risk, partial(short_money, currency=currency))
    pays = texts_of(saves_needed, _enough)
    return [
        f"{share} likely to leave, {amount} at risk; {enough}."
        for share, amount, enough in zip(likely, amounts, pays, strict=True)
    ]


def _enough(saves_needed: float) -> str:
    return f"pays if it keeps at least {of_hundred(saves_needed)} such leavers" if saves_needed > 0 else "costs nothing"


def plan_words(totals: Mapping[str, Any], currency: str) -> str:
    """The plan in a few sentences.

    Args:
        totals: of `make_plan`.
        currency: of its amounts.

    Returns:
        Who gets what for how much. What it should bring only where somebody has set the offers; with placeholders
        what each must keep to pay.
    """
    if not totals["treated"]:
        return _no_plan(totals)
    then = _must_keep if totals["placeholders"] else _should_bring
    return f"{offers_in_order(totals, currency)} {then(totals, currency)}"


def offers_in_order(totals: Mapping[str, Any], currency: str) -> str:
    """Who gets what, in the order of `by_offer`: what takes people's time, then what goes out by itself."""
    first = totals["by_offer"][0]
    then = offers_after_the_first(totals, currency)
    words = (
        f"{first['offer'][:1].upper()}{first['offer'][1:]} to {count(first['customers'])} of "
        f"{plural(totals['customers'], 'customer')}{' first' if then else ''}, for "
        f"{exact_money(first['cost'], currency)}."
    )
    return f"{words} {then}".strip()


def offers_after_the_first(totals: Mapping[str, Any], currency: str) -> str:
    """What follows what takes people's time, and what all costs; empty where there is one offer."""
    others = [
        f"{each['offer']} to {count(each['customers'])} for {exact_money(each['cost'], currency)}"
        for each in totals["by_offer"][1:]
    ]
    return f"Then {listed(others)}; together {exact_money(totals['spent'], currency)}." if others else ""


def outside_words(totals: Mapping[str, Any]) -> list[str]:
    """Everyone who is not in the plan, one line a rule, with counts that add up with the plan to all customers."""
    return [_outside_line(rule) for rule in totals["outside"]]


def _outside_line(rule: Mapping[str, Any]) -> str:
    if rule["rule"] == NOTICE_GIVEN:
        return (
            f"Notice given: {plural(rule['customers'], 'customer')}, see the list of ends booked ahead "
            f"({NOTICES_FILE}). What offers keep is assumed of customers who have not decided yet."
        )
    return f"{plural(rule['customers'], 'customer')}: {rule['sentence']}{_would_pay(rule)}"


def sensitivity_columns(totals: Mapping[str, Any]) -> tuple[str, ...]:
    """What the columns of `sensitivity_rows` are called: of offers that nobody has set no gain is promised."""
    columns = ("If the offers keep", "Customers for whom one pays", "Cost")
    return columns if totals["placeholders"] else (*columns, "Gain after cost")


def sensitivity_rows(totals: Mapping[str, Any], currency: str) -> list[tuple[str, ...]]:
    """The plan if the offers kept half, all and twice of what is assumed: what is kept, customers, cost, gain.

    Args:
        totals: of `make_plan`; of placeholders there is no gain.
        currency: of its amounts.
    """
    return [
        (
            {0.5: "half of the assumption", 1.0: "the assumption", 2.0: "twice the assumption"}[row["times"]],
            count(row["customers"]),
            exact_money(row["cost"], currency),
            *(() if totals["placeholders"] else (short_money(row["gain"], currency),)),
        )
        for row in totals["sensitivity"]
    ]


def _no_plan(totals: Mapping[str, Any]) -> str:
    by_rule = {rule["rule"]: rule["customers"] for rule in totals["outside"]}
    notices = by_rule.get(NOTICE_GIVEN, 0)
    alone = f"eaving everyone alone is the best plan{but_for_notices(notices)}."
    if by_rule.get(NO_SIGNAL):
        return (
            "There is no plan: the records do not show who will leave, so nobody can be singled out for an offer. "
            f"L{alone}"
        )
    if totals["customers"] and by_rule.get(VALUE_NOT_KNOWN) == totals["customers"]:
        return "There is no plan: the records hold no amounts, so it cannot be said for whom an offer pays."
    return f"No offer pays for any of {plural(totals['customers'], 'customer')}: l{alone}"


def but_for_notices(customers: int) -> str:
    """Whom to see to where everybody else is left alone; empty where nobody gave notice."""
    return f", but for the {count(customers)} who gave notice: see the list of ends booked ahead" if customers else ""


def _must_keep(totals: Mapping[str, Any], currency: str) -> str:
    offers = [
        f"“{each['offer']}” for {exact_money(each['unit_cost'], currency)} pays where it keeps at least "
        f"{of_hundred(each['saves_needed'])} who would leave"
        for each in totals["by_offer"]
        if each["unit_cost"] > 0
    ]
    return f"The offers are placeholders, so no gain is promised: among these customers {listed(offers)}."


def _should_bring(totals: Mapping[str, Any], currency: str) -> str:
    assumed = listed([f"“{each['offer']}” {of_hundred(each['saves'])}" for each in totals["by_offer"]])
    words = (
        f"If the offers keep what is assumed of those who would leave ({assumed}), that brings "
        f"{short_money(totals['expected_gain'], currency)} after the cost."
    )
    if totals["shadow_price"] > 0:
        unit = "unit" if currency == NO_CURRENCY else currency
        gains = short_money(totals["shadow_price"], currency)
        words += f" One more {unit} of budget would bring about {gains} above its cost."
    return words


def _would_pay(rule: Mapping[str, Any]) -> str:
    if not rule["would_pay"] or rule["rule"] == NO_SIGNAL:
        return ""
    everyone = rule["would_pay"] == rule["customers"]
    return (
        ""
        if everyone and rule["rule"] in {"capacity", "budget"}
        else (
            f" By the forecast alone an offer would pay for {'all' if everyone else count(rule['would_pay'])} of them."
        )
    )
