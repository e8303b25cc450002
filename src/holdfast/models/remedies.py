"""What a business could put right for a customer: features that raise the risk in, one sentence out.

ACTIONS: records in order of precedence. Each names something that the business itself does; whether the customer then
stays is for an experiment to show, so no sentence promises it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from holdfast.features.operators import Operator
from holdfast.formatting import day

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """Something to put right, and the features that show it."""

    pattern: str  # in the feature's meaning
    text: str  # with {date} where the feature is the days since such an event
    undated: str = ""  # the same without a date; empty: `text` has none
    least: float = 1.0  # the feature's value from which there is something to fix
    most: float = float("inf")  # and up to which
    within_days: float = 90.0  # of days since an event: older ones are settled
    is_settled_by_the_next: bool = False  # event of the table: a payment tried again failed too, or was paid


ACTIONS: tuple[Action, ...] = (
    Action(
        r"not resolved|not marked “resolved”",
        "resolve what has been open since {date}",
        "resolve what is still open",
    ),
    Action(
        r"failed payment|[Pp]ayments that failed",
        "collect the payment that failed on {date}, or offer another way to pay",
        "payments have failed: offer another way to pay",
        least=0.01,
        is_settled_by_the_next=True,
    ),
    Action(
        r"“complaint|“Complaint", "answer the complaint of {date}, if nobody has", "answer the complaint, if nobody has"
    ),
    Action(
        r"how to cancel|“cancel",
        "answer the question of {date} how to cancel, if nobody has",
        "answer how to cancel, if nobody has",
    ),
    Action(r"^(Crashes|Errors)", "fix what crashes or fails for this customer", least=1.0),
    Action(r"^How many of \d+ services", "show one more service: the customer has one at most", least=0.0, most=1.0),
    Action(r"^Different products bought so far", "show a second product", least=1.0, most=1.0),
)


@lru_cache(maxsize=4096)  # asked of every feature with every customer
def actions_of(meaning: str) -> tuple[Action, ...]:
    """The actions that a feature with this meaning shows to be open."""
    return tuple(action for action in ACTIONS if re.search(action.pattern, meaning))


def fixable(features: Sequence[str], records: Mapping[str, Record]) -> list[tuple[str, Action]]:
    """The features that show something to put right, in order of precedence; of one action those with a date first."""
    matches = [
        (rank, records[name].get("operator") != Operator.DAYS_SINCE_LAST, position, name, action)
        for rank, action in enumerate(ACTIONS)
        for position, name in enumerate(features)
        if name in records and action in actions_of(str(records[name].get("meaning", "")))
    ]
    return [(name, action) for *_, name, action in sorted(matches, key=lambda match: match[:3])]


def newest_of_table(record: Record, records: Mapping[str, Record]) -> str | None:
    """The feature that says how long ago the newest event of a feature's table was, whatever its kind; or None."""
    for name, other in records.items():
        is_newest = other.get("operator") == Operator.DAYS_SINCE_LAST and not other.get("where")
        if is_newest and other.get("table") == record.get("table"):
            return name
    return None


def sentence_of(
    action: Action, record: Record, value: float | None, cutoff: datetime | None, newest: float | None = None
) -> str | None:
    """What to put right, with its date where one is known; None where a customer's value shows nothing to do.

    Args:
        action: one of ACTIONS. record: of a feature that shows it. value: the customer's.
        cutoff: for dates.
        newest: days since the newest event of the table, where known.
    """
    if value is None:
        return None
    is_time = record.get("operator") == Operator.DAYS_SINCE_LAST
    if is_time and action.is_settled_by_the_next and newest is not None and newest < value:
        return None
    if not (value <= action.within_days if is_time else action.least <= value <= action.most):
        return None
    if is_time and cutoff is not None:
        text = action.text.format(date=day(cutoff - timedelta(days=value)))
    else:
        text = action.undated or action.text
    return f"{text[:1].upper()}{text[1:]}."
