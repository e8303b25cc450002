"""Next best actions that agree with the plan: one record a case, the first that fits a customer is taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from holdfast.cutoffs.standings import Standing
from holdfast.decisions.eligibility import RULES, VALUE_NOT_KNOWN, PlanBasis
from holdfast.decisions.risk import HIGH
from holdfast.stats.columns import Flags, all_alike, day_after, flags, is_null

LEAVE_ALONE = "leave alone"
GET_IN_TOUCH = "get in touch"
_TALK_DAYS = 7
ACTION_COLUMNS = ("next_best_action", "action_owner", "action_days", "action_by", "action_why")


@dataclass(frozen=True)
class Play:
    """What to do with the customers of one case; texts may come from the customer's own columns."""

    case: str
    who: Callable[[pl.DataFrame, PlanBasis], Flags]
    action: "Column"
    owner: "Column"
    days: "Column"  # after the cutoff; null: no deadline
    why: "Column"


Column = Callable[[pl.DataFrame], pl.Series]


def _own(name: str) -> Column:
    """A column of the customers."""
    return lambda customers: customers[name]


def _always(text: str) -> Column:
    return lambda customers: all_alike("text", text, pl.String(), customers.height)


def _within(days: int | None) -> Column:
    return lambda customers: all_alike("days", days, pl.Int64(), customers.height)


def _has_notice(customers: pl.DataFrame, _: PlanBasis) -> Flags:
    if not {"standing", "ends_at"} <= set(customers.columns):
        return np.zeros(customers.height, np.bool_)
    return flags(customers["standing"] == Standing.NOTICE.value)


def _before_the_end(customers: pl.DataFrame) -> pl.Series:
    end = pl.col("ends_at").dt.strftime("%-d %B %Y")
    return customers.select(pl.format("win back before {}", end)).to_series()


def _days_to_the_end(customers: pl.DataFrame) -> pl.Series:
    # The talk comes first: on the day of the end it is too late.
    left = (pl.col("ends_at") - pl.col("cutoff")).dt.total_days()
    return customers.select(pl.min_horizontal(left, pl.lit(_TALK_DAYS, pl.Int64))).to_series()


def _is_unvalued(customers: pl.DataFrame, basis: PlanBasis) -> Flags:
    """Where no value is known at all the list is of those most at risk."""
    if basis.has_value or not basis.has_signal:
        return np.zeros(customers.height, np.bool_)
    return flags(customers["risk_band"] == HIGH) & flags(customers["outside_plan"] == VALUE_NOT_KNOWN)


def _rule_in_words(customers: pl.DataFrame) -> pl.Series:
    return pl.Series([RULES.get(rule) for rule in customers["outside_plan"].to_list()], dtype=pl.String)


PLAYS: tuple[Play, ...] = (
    Play(
        "in the plan",
        lambda customers, _: ~is_null(customers["offer"]),
        _own("offer"),
        _own("offer_owner"),
        _own("offer_days"),
        _own("offer_why"),
    ),
    Play(
        "notice given",
        _has_notice,
        _before_the_end,
        _always("account manager"),
        _days_to_the_end,
        _always("Notice was given: the end is booked, and only a talk can change it."),
    ),
    Play(
        "no value known",
        _is_unvalued,
        _always(GET_IN_TOUCH),
        _always("account manager"),
        _within(7),
        _always("High risk; what the customer is worth is not known, so no offer can be said to pay."),
    ),
    Play(
        "everyone else",
        lambda customers, _: np.ones(customers.height, np.bool_),
        _always(LEAVE_ALONE),
        _always("nobody"),
        _within(None),
        _rule_in_words,
    ),
)


def next_best_actions(frame: pl.DataFrame, basis: PlanBasis, plays: Sequence[Play] = PLAYS) -> pl.DataFrame:
    """One action a row, in the order of the rows.

    Args:
        frame: risk_band, cutoff, outside_plan (the rule that keeps the customer out of the plan; null in it), offer,
            offer_owner, offer_days, offer_why; standing and ends_at where known.
        basis: of the run.
        plays: in order of precedence; the last one must fit everyone.

    Returns:
        ACTION_COLUMNS: what to do, who does it, within how many days, by which day (null without a cutoff or a
        deadline), and why.
    """
    last = plays[-1]
    action, owner, days, why = (each(frame) for each in (last.action, last.owner, last.days, last.why))
    for play in reversed(plays[:-1]):
        fits = play.who(frame, basis)
        if fits.any():
            mask = pl.Series(fits)
            action, owner, days, why = (
                each(frame).zip_with(mask, other)
                for each, other in ((play.action, action), (play.owner, owner), (play.days, days), (play.why, why))
            )
    columns = (action, owner, days, day_after(frame["cutoff"], days), why)
    return pl.DataFrame([column.alias(name) for name, column in zip(ACTION_COLUMNS, columns, strict=True)])
