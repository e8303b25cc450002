"""Which customers a plan may choose from, whom to contact, and actions that agree with the plan."""

import polars as pl

from holdfast.cutoffs.standings import Standing
from holdfast.decisions.playbooks import LEAVE_ALONE
from holdfast.decisions.risk import LOW

SPEND_NOTHING_ON = ("Lost", "No Purchase Yet")  # segments whose strategy is to leave alone
COSTLY_OWNERS = ("account manager", "customer success", "onboarding", "support", "marketing")


def worth_an_offer(decided: pl.DataFrame) -> pl.DataFrame:
    """The customers that a plan may choose from: at medium or high risk, and not in a segment to spend nothing on.

    Contacting those who would stay anyway costs money and wakes some of them up to leave. An offer's effect is assumed
    for customers who may leave, not for those who have given notice.

    Args:
        decided: risk_band; segment and standing where known.
    """
    is_eligible = pl.col("risk_band") != LOW
    is_eligible = is_eligible & ~_has_notice(decided)
    if "segment" in decided.columns:
        is_eligible = is_eligible & ~pl.col("segment").is_in(SPEND_NOTHING_ON).fill_null(value=False)
    return decided.filter(is_eligible)


def whom_to_contact(decided: pl.DataFrame) -> pl.DataFrame:
    """The customers to contact: all but those for whom the advice is to leave them alone; order unchanged.

    Args:
        decided: next_best_action where known; null counts as somebody to contact.
    """
    if "next_best_action" not in decided.columns:
        return decided
    return decided.filter((pl.col("next_best_action") != LEAVE_ALONE).fill_null(value=True))


def _has_notice(decided: pl.DataFrame) -> pl.Expr:
    return pl.col("standing") == Standing.NOTICE if "standing" in decided.columns else pl.lit(value=False)


def in_agreement(decided: pl.DataFrame, plan: pl.DataFrame) -> pl.DataFrame:
    """The decisions, with the plan's offer as the next best action of every customer in the plan.

    Customers at risk outside the plan get what costs next to nothing, since no offer pays for itself there.

    Args:
        decided: customer_id, risk_band, next_best_action, action_owner, action_days, action_why.
        plan: customer_id, offer, cost, expected_gain; one row a customer treated.

    Returns:
        `decided`, rows and order unchanged, with offer, offer_cost and offer_gain (null outside the plan).
    """
    offers = plan.select(
        "customer_id", "offer", pl.col("cost").alias("offer_cost"), pl.col("expected_gain").alias("offer_gain")
    )
    joined = decided.join(offers, on="customer_id", how="left", maintain_order="left")
    is_planned = pl.col("offer").is_not_null()
    is_passed_over = (
        ~is_planned & ~_has_notice(decided) & (pl.col("risk_band") != LOW) & pl.col("action_owner").is_in(COSTLY_OWNERS)
    )
    return joined.with_columns(
        pl.when(is_planned)
        .then(pl.col("offer"))
        .when(is_passed_over)
        .then(pl.lit("automatic reminder"))
        .otherwise(pl.col("next_best_action"))
        .alias("next_best_action"),
        pl.when(is_passed_over)
        .then(pl.lit("marketing automation"))
        .otherwise(pl.col("action_owner"))
        .alias("action_owner"),
        pl.when(is_passed_over)
        .then(pl.lit("At risk, but no offer pays for itself: only what costs next to nothing."))
        .otherwise(pl.col("action_why"))
        .alias("action_why"),
    )
