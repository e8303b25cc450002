"""Terms of subscriptions among the features: days between payments are no silence while a paid term runs.

Terms.of(records) -> the features that say how much of a term is left, and which others a term explains
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from holdfast.cutoffs.purchase_words import PAYMENTS
from holdfast.features.operators import Formula, Operator

Floats = NDArray[np.float64]

_AS_SOLD = frozenset({("is_return", "false"), ("begins_term", "true"), ("kind", "renewal")})
_COUNTED = frozenset({Operator.COUNT.value, Operator.DISTINCT.value, Operator.DAYS_ACTIVE.value, Operator.SUM.value})
# Days up to which a term is called so; beyond the last and between, by its months.
_NAMES = ((8, "weekly"), (32, "monthly"), (62, "two-month"), (93, "quarterly"), (186, "half-yearly"), (367, "yearly"))
_TWO_YEARS = (700, 740)
_SHORT_TERM = 62  # days: a term up to so long ends all the time, for everybody who pays so
_NEAR, _FAR = 0.25, 0.5  # of a term that is left


@dataclass(frozen=True)
class Terms:
    """What the features say of terms; without any, nothing is explained by one."""

    left: str = ""  # the feature that says in how many days the term ends that runs
    length: str = ""  # the one that says how long a term is
    tables: frozenset[str] = frozenset()  # those of subscriptions and of their payments

    @classmethod
    def of(cls, records: Mapping[str, Mapping[str, Any]]) -> Self:
        """From features and their records."""
        left = next((name for name, each in records.items() if each.get("formula") == Formula.LEFT_OF_TERM), "")
        if not left:
            return cls()
        length = next((each for each in records[left].get("inputs", ())[1:] if each in records), "")
        paid = {str(each.get("table")) for each in records.values() if each.get("unit") == PAYMENTS.many}
        return cls(left, length, frozenset({str(records[left].get("table")), *paid}))

    def explains_days(self, record: Mapping[str, Any]) -> bool:
        """Whether a feature says how long ago the last payment or renewal was, which the term says better."""
        is_time = record.get("operator") == Operator.DAYS_SINCE_LAST
        return bool(self.left) and is_time and self._is_plain(record)

    def explains_none(self, record: Mapping[str, Any]) -> bool:
        """Whether it is no silence if a feature finds no payment or renewal: none is due within a term."""
        if not self.left or record.get("table") not in self.tables:
            return False
        if record.get("formula") == Formula.RATIO:
            return True
        is_window = record.get("window_days") is not None and record.get("operator") in _COUNTED
        return is_window and self._is_plain(record)

    def _is_plain(self, record: Mapping[str, Any]) -> bool:
        where = dict(record.get("where") or {}).items()
        return record.get("table") in self.tables and all((name, str(value)) in _AS_SOLD for name, value in where)


def renewal_says(left: Floats, length: Floats) -> Floats:
    """(n,) 1 where the end of a long term is near, when it is decided whether to renew, -1 where it is far; else 0.

    The days themselves say nothing: 28 are many for who pays monthly, and few for who pays yearly.

    Args:
        left: (n,) days until the term ends. length: (n,) days of the term; nan where not known.
    """
    share = np.divide(left, length, out=np.full(len(left), np.nan), where=length > _SHORT_TERM)
    return np.where(share <= _NEAR, 1.0, np.where(share > _FAR, -1.0, 0.0))


def term_in_words(days: float | None) -> str:
    """What a term is called by its length, with a blank behind it: "yearly "; "" where it is not known."""
    if days is None or not days > 0:
        return ""
    named = next((name for longest, name in _NAMES if days <= longest), "")
    if named and (days > 27 or named == "weekly"):
        return f"{named} "
    return "two-year " if _TWO_YEARS[0] <= days <= _TWO_YEARS[1] else f"{days:.0f}-day "
