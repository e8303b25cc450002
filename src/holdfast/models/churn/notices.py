"""Customers whose end is booked, which no model needs to predict, and customers past due, which can be put right."""

from datetime import datetime, timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.standings import Standing

COLUMNS = ("standing", "ends_at")
_OF_A_PREDICTION = ("reason_2", "reason_3", "worth_fixing", "base_score")
PAY = "Past due: collect the payment that failed or is overdue, or offer another way to pay."
_NUMBERS = ("_contribution", "_contributions")  # behind the reasons


def with_standings(
    predicted: pl.DataFrame, stood: pl.DataFrame | None, cutoff: datetime | None, horizon_days: int
) -> pl.DataFrame:
    """Predictions with how each customer stands, and certainty in place of a prediction where an end is booked.

    Args:
        predicted: customer_id, churn_probability, reason_1 to reason_3 and what goes with them.
        stood: from `standings_today`; None: nothing more is known, and `predicted` is returned as it is.
        cutoff: the scoring cutoff.
        horizon_days: of churn.

    Returns:
        `predicted`, rows and order unchanged, with standing and ends_at after the probability. A customer under notice
        gets probability 1 if the end lies within the horizon, else 0, and the notice as the one reason. Of a customer
        past due the payment is first among what is worth fixing. Who stands in no standing runs.
    """
    if stood is None or cutoff is None:
        return predicted
    standing = stood.select("customer_id", pl.col("standing"), pl.col("ends_at").cast(TIME))
    joined = predicted.join(standing, on="customer_id", how="left", maintain_order="left")
    is_notice = (pl.col("standing") == Standing.NOTICE).fill_null(value=False)
    ends_inside = pl.col("ends_at") < cutoff + timedelta(days=horizon_days)
    sentence = pl.format("Notice was given: it ends on {}.", pl.col("ends_at").dt.strftime("%-d %B %Y"))
    visible = joined.with_columns(
        pl.col("standing").fill_null(Standing.RUNNING.value),
        pl.when(is_notice).then(ends_inside.cast(pl.Float64)).otherwise("churn_probability").alias("churn_probability"),
        pl.when(is_notice).then(sentence).otherwise("reason_1").alias("reason_1"),
        *(
            pl.when(~is_notice).then(name).alias(name)
            for name in (*_OF_A_PREDICTION, *(column for column in joined.columns if column.endswith(_NUMBERS)))
            if name in joined.columns
        ),
    )
    if "worth_fixing" in visible.columns:
        is_due = pl.col("standing") == Standing.PAST_DUE
        says_so = pl.col("worth_fixing").str.contains("ayment that failed").fill_null(value=False)
        first = pl.concat_str(pl.lit(PAY), pl.col("worth_fixing"), separator=" ", ignore_nulls=True)
        visible = visible.with_columns(
            pl.when(is_due & ~says_so).then(first).otherwise("worth_fixing").alias("worth_fixing")
        )
    after = visible.columns.index("has_left" if "has_left" in visible.columns else "churn_probability") + 1
    others = [name for name in visible.columns if name not in COLUMNS]
    return visible.select(*others[:after], *COLUMNS, *others[after:])
