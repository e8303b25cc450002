"""The items of the readiness checklist, and the thresholds that several of them share."""

from dataclasses import dataclass
from enum import StrEnum

from holdfast.formatting import percent, plural
from holdfast.settings import ChurnRule

ENOUGH_CUSTOMERS, LEAST_CUSTOMERS = 500, 100
ENOUGH_CHURNERS, LEAST_CHURNERS = 100, 20
USUAL_RATES = (0.02, 0.80)  # outside of it nearly nobody, or nearly everybody, leaves


# A longer horizon makes fewer customers inactive, and lets more of them come to their end.
_RARELY = {
    ChurnRule.INACTIVITY: "Shorten churn.horizon_days: in so long a time nearly everybody is seen again.",
    ChurnRule.END_DATE: "Lengthen churn.horizon_days, for in so short a time hardly anybody leaves.",
    ChurnRule.SUBSCRIPTION_END: "Lengthen churn.horizon_days, or check that ends are mapped: hardly any one ends.",
    ChurnRule.LABEL: "Check which texts mean yes: columns.label.true. If so few leave, bring more customers.",
}
_MOSTLY = {
    ChurnRule.INACTIVITY: "Lengthen churn.horizon_days: most customers who are still there are silent for so long now "
    "and then.",
    ChurnRule.END_DATE: "Shorten churn.horizon_days: in so long a time nearly everybody leaves.",
    ChurnRule.SUBSCRIPTION_END: "Shorten churn.horizon_days: in so long a time nearly every subscription ends.",
    ChurnRule.LABEL: "Check which texts mean yes: columns.label.true. Customers who stayed must be in the file too.",
}


class Mark(StrEnum):
    GOOD = "✓"
    CARE = "!"
    BAD = "✗"


@dataclass(frozen=True)
class Item:
    """One line: what was found, what is needed, and how to fix it."""

    name: str
    mark: Mark
    result: str
    needed: str
    sentence: str
    fix: str = ""  # what to type or bring; empty where all is well
    blocks: str = ""  # id under which it blocks training until accepted; empty: it does not


def enough(count: float, good: float, least: float) -> Mark:
    """Good from `good` on, with care from `least` on."""
    return Mark.GOOD if count >= good else Mark.CARE if count >= least else Mark.BAD


def customers_item(count: int, who: str = "") -> Item:
    """Whether there are enough customers; `who` says which they are."""
    mark = enough(count, ENOUGH_CUSTOMERS, LEAST_CUSTOMERS)
    sentences = {
        Mark.GOOD: f"{count:,} customers {who or 'to learn from'}.",
        Mark.CARE: f"{count:,} customers are few: expect wide intervals.",
        Mark.BAD: f"{plural(count, 'customer')}: too few to learn anything that holds.",
    }
    fix = "" if mark is Mark.GOOD else f"Bring the records of at least {ENOUGH_CUSTOMERS} customers."
    return Item("customers", mark, f"{count:,}", f"{ENOUGH_CUSTOMERS} (least {LEAST_CUSTOMERS})", sentences[mark], fix)


def churners_item(left: int, stayed: int, where: str, both: int = 0) -> Item:
    """Whether enough customers left and stayed; `both` of them did the one at one cutoff, the other at another."""
    needed = f"{ENOUGH_CHURNERS} (least {LEAST_CHURNERS}) who left, and as many who stayed"
    rarer = min(left, stayed)
    again = f", {both:,} of them both, at different cutoffs" if both else ""
    mark = enough(rarer, ENOUGH_CHURNERS, LEAST_CHURNERS)
    who = "left" if left <= stayed else "stayed"
    sentences = {
        Mark.GOOD: f"{left:,} left and {stayed:,} stayed {where}{again}: a model can be trained on both.",
        Mark.CARE: f"Only {plural(rarer, 'customer')} {who} {where}: expect wide intervals.",
        Mark.BAD: f"{plural(rarer, 'customer')} {who} {where}: there is nothing to tell leavers from.",
    }
    fix = "" if mark is Mark.GOOD else "Bring a longer history or more customers, or change churn.rule or horizon_days."
    counts = f"{left:,} left, {stayed:,} stayed"
    return Item("leavers", mark, counts, needed, sentences[mark], fix)


def base_rate_item(left: int, customers: int, rule: ChurnRule, who: str) -> Item:
    """Whether a usual share left; `who` says of which customers and within which days."""
    low, high = USUAL_RATES
    needed = f"{percent(low, 0)} to {percent(high, 0)}"
    if not customers:
        return Item(
            "base rate",
            Mark.BAD,
            "no customer",
            needed,
            "Nobody was a customer then, so there is no rate of leaving.",
            "",
        )
    rate = left / customers
    says = f"{left:,} of the {customers:,} customers {who} left ({percent(rate)})"
    if low <= rate <= high:
        return Item("base rate", Mark.GOOD, f"{percent(rate)}", needed, f"{says}.")
    fix = _RARELY[rule] if rate < low else _MOSTLY[rule]
    return Item(
        "base rate",
        Mark.CARE,
        f"{percent(rate)}",
        needed,
        f"{says}, which is unusual.",
        fix,
        blocks="label-implausible" if left in (0, customers) else "",
    )
