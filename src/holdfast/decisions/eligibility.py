"""Who is not in the plan and why: one record a rule, printed with its count wherever the plan is shown.

EXCLUSIONS: rules that look at the customer; the first that fits is the reason
OUTCOMES: what the allocation itself decides
excluded_by(customers, settings, basis) -> (n,) the name of the rule, null for who may get an offer
whom_to_contact(decided) -> the list: the plan, in its order
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
import polars as pl

from holdfast.cutoffs.standings import Standing
from holdfast.decisions.risk import BANDS, HIGH
from holdfast.settings import DecisionSettings
from holdfast.stats.columns import Flags, flags, numbers, words

NO_SIGNAL, NOTICE_GIVEN, VALUE_NOT_KNOWN = "no_signal", "notice_given", "value_not_known"
NO_OFFER_PAYS, CAPACITY, BUDGET = "no_offer_pays", "capacity", "budget"
_FILE = "plan_basis.json"
_LAPSED = "lapsed"
# What a customer has brought so far, by what the records hold: net purchases, else what is paid in a month.
PAID = ("spent", "monthly_amount")


@dataclass(frozen=True)
class PlanBasis:
    """What a plan rests on, as the run that trained the models stored it."""

    has_signal: bool = True  # whether the models rank leavers better than chance
    has_value: bool = True  # whether the value of any customer is known

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(**json.loads(files[_FILE]))


@dataclass(frozen=True)
class Business:
    """What a rule may look at beside the customers."""

    least_risk: str  # band from which customers get offers
    basis: PlanBasis


Condition = Callable[[pl.DataFrame, Business], Flags]


@dataclass(frozen=True)
class Exclusion:
    """A rule that keeps customers out of the plan."""

    name: str
    sentence: str  # of one customer, without the name
    who: Condition


@dataclass(frozen=True)
class Outcome:
    """Why a customer who may get an offer gets none."""

    name: str
    sentence: str


EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion(
        NOTICE_GIVEN,
        "Notice was given: see the list of ends booked ahead; what offers keep is assumed of customers who have not "
        "decided yet.",
        lambda customers, _: _is("standing", Standing.NOTICE, customers),
    ),
    Exclusion(
        NO_SIGNAL,
        "The records do not show who will leave, so nobody can be singled out for an offer.",
        lambda customers, business: np.full(customers.height, not business.basis.has_signal),
    ),
    Exclusion(
        "lapsed",
        "Away for so long that this would be winning back, not keeping: see the win-back list.",
        lambda customers, _: _is("lifecycle", _LAPSED, customers),
    ),
    Exclusion(
        "on_trial",
        "On trial: nothing is paid yet, so offers wait until it is.",
        lambda customers, _: _is("standing", Standing.TRIAL, customers) & _has_paid_nothing(customers),
    ),
    Exclusion(
        "never_paid",
        "No money so far, after what was given back: offers wait until some is paid.",
        lambda customers, _: _has_paid_nothing(customers),
    ),
    Exclusion(
        VALUE_NOT_KNOWN,
        "The value is not known, so it cannot be said whether an offer pays.",
        lambda customers, _: np.isnan(numbers(customers["revenue_at_risk"])),
    ),
    Exclusion(
        "below_least_risk",
        "Below the risk band from which customers get offers (decisions.least_risk).",
        lambda customers, business: _is_below(business.least_risk, customers),
    ),
)
OUTCOMES: tuple[Outcome, ...] = (
    Outcome(NO_OFFER_PAYS, "No offer pays: each costs more than it is assumed to save here."),
    Outcome(CAPACITY, "An offer would pay, but there are only so many, and they bring more elsewhere."),
    Outcome(BUDGET, "An offer would pay, but the budget brings more elsewhere."),
)
RULES: dict[str, str] = {rule.name: rule.sentence for rule in EXCLUSIONS} | {
    outcome.name: outcome.sentence for outcome in OUTCOMES
}


def excluded_by(customers: pl.DataFrame, settings: DecisionSettings, basis: PlanBasis) -> pl.Series:
    """(n,) the first rule that keeps each customer out of the plan; null: none does.

    Args:
        customers: risk_band, revenue_at_risk; standing, lifecycle, spent and monthly_amount where known.
        settings: least_risk is read.
        basis: of the run.
    """
    business = Business(settings.least_risk, basis)
    first = np.full(customers.height, len(EXCLUSIONS))
    for position in reversed(range(len(EXCLUSIONS))):
        first[EXCLUSIONS[position].who(customers, business)] = position
    return words("excluded_by", (*(rule.name for rule in EXCLUSIONS), None), first)


def whom_to_contact(decided: pl.DataFrame) -> pl.DataFrame:
    """The customers to contact, in order: those of the plan; where no value is known at all, those at high risk.

    Args:
        decided: customer_id, priority, risk_band, offer, revenue_at_risk, outside_plan of a run's predictions.
    """
    if decided["revenue_at_risk"].drop_nulls().is_empty():
        is_listed = (pl.col("risk_band") == HIGH) & (pl.col("outside_plan") == VALUE_NOT_KNOWN)
        return decided.filter(is_listed).sort("priority")
    return decided.filter(pl.col("offer").is_not_null()).sort("priority")


def _is(column: str, state: str, customers: pl.DataFrame) -> Flags:
    return flags(customers[column] == state) if column in customers.columns else np.zeros(customers.height, np.bool_)


def _has_paid_nothing(customers: pl.DataFrame) -> Flags:
    """Whether money is recorded and this customer brings none; who never bought has no sum of purchases."""
    columns = customers.columns
    monthly = numbers(customers["monthly_amount"]) if "monthly_amount" in columns else np.zeros(customers.height)
    if "spent" in columns:
        return ~((numbers(customers["spent"]) > 0) | (monthly > 0))
    return monthly <= 0 if "monthly_amount" in columns else np.zeros(customers.height, np.bool_)


def _is_below(least: str, customers: pl.DataFrame) -> Flags:
    below = [flags(customers["risk_band"] == band) for band in BANDS[: BANDS.index(least)]]
    return np.logical_or.reduce(below) if below else np.zeros(customers.height, np.bool_)
