"""Next best actions that agree with the plan: one record a case, the first that fits a customer is taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from holdfast.cutoffs.standings import Standing
from holdfast.decisions.eligibility import RULES, VALUE_NOT_KNOWN, PlanBasis
from holdfast.decisions.risk import HIGH

LEAVE_ALONE = "leave alone"
GET_IN_TOUCH = "get in touch"
_TALK_DAYS = 7
ACTION_COLUMNS = ("next_best_action", "action_owner", "action_days", "action_by", "action_why")


@dataclass(frozen=True, eq=False)  # expressions compare to expressions: a play is equal to itself alone
class Play:
    """What to do with the customers of one case; texts may come from the customer's own columns."""

    case: str
    who: Callable[[frozenset[str], PlanBasis], pl.Expr]
    action: pl.Expr
    owner: pl.Expr
    days: pl.Expr  # after the cutoff; null: no deadline
    why: pl.Expr


def _has_notice(columns: frozenset[str], _: PlanBasis) -> pl.Expr:
    return pl.col("standing") == Standing.NOTICE if {"standing", "ends_at"} <= columns else pl.lit(value=False)


def _is_unvalued(_: frozenset[str], basis: PlanBasis) -> pl.Expr:
    """Where no value is known at all the list is of those most at risk."""
    if basis.has_value or not basis.has_signal:
        return pl.lit(value=False)
    return (pl.col("risk_band") == HIGH) & (pl.col("outside_plan") == VALUE_NOT_KNOWN)


PLAYS: tuple[Play, ...] = (
    Play(
        "in the plan",
        lambda _columns, _basis: pl.col("offer").is_not_null(),
        pl.col("offer"),
        pl.col("offer_owner"),
        pl.col("offer_days"),
        pl.col("offer_why"),
    ),
    Play(
        "notice given",
        _has_notice,
        pl.format("win back before {}", pl.col("ends_at").dt.strftime("%-d %B %Y")),
        pl.lit("account manager"),
        # The talk comes first: on the day of the end it is too late.
        pl.min_horizontal((pl.col("ends_at") - pl.col("cutoff")).dt.total_days(), pl.lit(_TALK_DAYS, pl.Int64)),
        pl.lit("Notice was given: the end is booked, and only a talk can change it."),
    ),
    Play(
        "no value known",
        _is_unvalued,
        pl.lit(GET_IN_TOUCH),
        pl.lit("account manager"),
        pl.lit(7, pl.Int64),
        pl.lit("High risk; what the customer is worth is not known, so no offer can be said to pay."),
    ),
    Play(
        "everyone else",
        lambda _columns, _basis: pl.lit(value=True),
        pl.lit(LEAVE_ALONE),
        pl.lit("nobody"),
        pl.lit(None, pl.Int64),
        pl.col("outside_plan").replace_strict(RULES, default=None, return_dtype=pl.String),
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
    return frame.select(_first_that_fits(frozenset(frame.columns), basis, tuple(plays)))


@lru_cache(maxsize=16)  # a scorer asks for the same with every customer
def _first_that_fits(columns: frozenset[str], basis: PlanBasis, plays: tuple[Play, ...]) -> tuple[pl.Expr, ...]:
    fitting = [play for play in plays if play.case != "notice given" or {"standing", "ends_at"} <= columns]
    chosen = {name: pl.lit(None) for name in ("action", "owner", "days", "why")}
    for play in reversed(fitting):
        is_it = play.who(columns, basis).fill_null(value=False)
        chosen = {name: pl.when(is_it).then(getattr(play, name)).otherwise(other) for name, other in chosen.items()}
    return (
        chosen["action"].cast(pl.String).alias("next_best_action"),
        chosen["owner"].cast(pl.String).alias("action_owner"),
        chosen["days"].cast(pl.Int64).alias("action_days"),
        (pl.col("cutoff").dt.date() + pl.duration(days=chosen["days"].cast(pl.Int64))).alias("action_by"),
        chosen["why"].cast(pl.String).alias("action_why"),
    )
