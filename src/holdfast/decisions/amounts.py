"""A customer's amounts in whole cents: values by outcome in; amounts whose sums are what every file shows, out.

    in_cents(customers) -> pl.DataFrame

What is shown of a customer is what is added up: rounded once, here, a sum of rows is the same to the cent in every
file, by segment, by risk band, and over all.
"""

import polars as pl

from holdfast.decisions.risk import revenue_at_risk

CENTS = 2


def in_cents(customers: pl.DataFrame) -> pl.DataFrame:
    """Round the values by outcome, and draw the other amounts from them, so that each row still holds together.

    Args:
        customers: churn_probability, value_if_stays, value_if_leaves; expected_value, value_low and value_high where
            known.

    Returns:
        The customers with revenue_at_risk, in currency: at risk and expected add up to the value by staying to the
        cent, and the interval holds the expected value.
    """
    stays, leaves, at_risk = pl.col("value_if_stays"), pl.col("value_if_leaves"), pl.col("revenue_at_risk")
    rounded = customers.with_columns(stays.round(CENTS), leaves.round(CENTS))
    rounded = rounded.with_columns(
        revenue_at_risk(pl.col("churn_probability"), stays, leaves).round(CENTS).alias("revenue_at_risk")
    )
    if "expected_value" in rounded.columns:
        rounded = rounded.with_columns((stays - at_risk).round(CENTS).alias("expected_value"))
    ends = (("value_low", pl.min_horizontal), ("value_high", pl.max_horizontal))
    return rounded.with_columns(
        pl.when(pl.col(name).is_not_null()).then(further(pl.col(name).round(CENTS), "expected_value")).alias(name)
        for name, further in ends
        if {name, "expected_value"} <= set(rounded.columns)
    )
