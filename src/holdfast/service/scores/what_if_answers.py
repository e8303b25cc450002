"""What a what-if answers: facts of a customer with what is usual, and what the models say before and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from holdfast.formatting import percent
from holdfast.service.results import Described, Result

Fact = float | bool | str | None
Kind = Literal["number", "yes or no", "category"]


@dataclass(frozen=True)
class UsualRange(Described):
    """Between which values the customers of the run lie."""

    low: float
    """5 % lie below"""
    lower_quarter: float
    """25 % lie below"""
    median: float
    upper_quarter: float
    """25 % lie above"""
    high: float
    """5 % lie above"""


@dataclass(frozen=True)
class ModelFact(Described):
    """A fact about customers that the churn model looks at, itself or through what is computed from it."""

    name: str
    """as in features.json of the run"""
    label: str
    """in plain words"""
    unit: str
    """`currency`: that of the run"""
    table: str
    """the table it is measured from"""
    kind: Kind
    is_whole: bool
    """whether only whole numbers make sense"""
    least: float | None
    """below it no value makes sense; null: none is known"""
    may_be_unknown: bool
    """whether it may be set to null"""
    share: float
    """of the model's importance that rests on it: 0 to 1, several may rest on the same"""
    changes_events: bool
    """whether a change leaves out or repeats events, so that all that is measured from them follows; otherwise this
    value alone changes, with what is computed from it"""
    usual: UsualRange | None
    """of the customers for whom it is known; null for no number"""
    levels: tuple[str, ...]
    """of a category, most frequent first, at most 50"""


@dataclass(frozen=True)
class CustomerFact(ModelFact):
    """A fact about one customer that the churn model looks at."""

    value: Fact
    """of this customer; null: not known"""


@dataclass(frozen=True)
class CustomerFacts(Result):
    """The facts of one customer that can be changed in a what-if."""

    run: str
    """the run whose model looks at them"""
    customer_id: str
    currency: str
    cutoff: datetime | None
    """when they were measured; null for a labelled snapshot"""
    facts: tuple[CustomerFact, ...]
    """those first on which most of the model rests"""

    @property
    def sentence(self) -> str:
        return f"{len(self.facts)} facts of customer {self.customer_id} can be changed."


@dataclass(frozen=True)
class Outlook(Described):
    """What the models say of a customer."""

    churn_probability: float
    risk_band: str
    expected_value: float | None
    """over the value horizon; null: no value is known"""
    value_low: float | None
    """80 % interval, lower end"""
    value_high: float | None
    """80 % interval, upper end"""
    value_if_stays: float | None
    value_if_leaves: float | None
    revenue_at_risk: float | None
    """probability x (value if stays - value if leaves)"""


@dataclass(frozen=True)
class Moved(Described):
    """A fact, or a feature computed from facts, with two values."""

    name: str
    label: str
    unit: str
    before: Fact
    after: Fact


@dataclass(frozen=True)
class WhatIf(Result):
    """What the model says of a customer before and after some facts are changed."""

    run: str
    """the run whose models answered"""
    customer_id: str
    currency: str
    horizon_days: int
    """the probability is that of leaving within these"""
    value_horizon_days: int
    """the value is that of these"""
    meaning: str
    """what the answer is, and what it is not; to be shown with it"""
    before: Outlook
    after: Outlook
    changed: tuple[Moved, ...]
    """as asked"""
    followed: tuple[Moved, ...]
    """what moved with it, of what the model looks at: the same events measured otherwise, and what is computed"""
    notes: tuple[str, ...]
    """what is to be known of this customer's answer"""

    @property
    def sentence(self) -> str:
        before, after = percent(self.before.churn_probability), percent(self.after.churn_probability)
        return f"Customer {self.customer_id}: the model says {before} before and {after} after. {self.meaning}"
