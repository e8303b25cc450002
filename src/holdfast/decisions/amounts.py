"""A customer's amounts in whole cents: values by outcome in; amounts whose sums are what every file shows, out.

    in_cents(customers) -> pl.DataFrame

What is shown of a customer is what is added up: rounded once, here, a sum of rows is the same to the cent in every
file, by segment, by risk band, and over all.
"""

import numpy as np
import polars as pl

from holdfast.decisions.risk import revenue_at_risk
from holdfast.stats.columns import from_numbers, numbers, with_columns

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
    stays, leaves = (np.round(numbers(customers[name]), CENTS) for name in ("value_if_stays", "value_if_leaves"))
    at_risk = np.round(revenue_at_risk(numbers(customers["churn_probability"]), stays, leaves), CENTS)
    amounts = {"value_if_stays": stays, "value_if_leaves": leaves, "revenue_at_risk": at_risk}
    if "expected_value" in customers.columns:
        amounts["expected_value"] = np.round(stays - at_risk, CENTS)
        for name, further in (("value_low", np.fmin), ("value_high", np.fmax)):
            if name in customers.columns:
                end = np.round(numbers(customers[name]), CENTS)
                amounts[name] = np.where(np.isnan(end), end, further(end, amounts["expected_value"]))
    return with_columns(customers, (from_numbers(name, values) for name, values in amounts.items()))
