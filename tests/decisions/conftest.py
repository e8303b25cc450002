"""A small business to decide about."""

import numpy as np
import polars as pl
import pytest

from holdfast.settings import Settings


def project(**decisions: object) -> Settings:
    """Settings with these decisions, otherwise the defaults."""
    record = {
        "name": "Shop",
        "shape": "snapshot",
        "tables": {"customers": {"files": ["a.csv"], "holds": "customers", "columns": {}}},
        "churn": {"rule": "label"},
        "decisions": decisions,
        "currency": "EUR",
    }
    return Settings.model_validate(record)


def some_customers(n: int) -> pl.DataFrame:
    """Customers of every risk and value."""
    random = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(n)],
            "churn_probability": random.beta(1, 3, n),
            "value_if_stays": (stays := random.gamma(1, 200, n)),
            "value_if_leaves": stays * random.uniform(0, 0.5, n),
            "value_low": np.zeros(n),
            "value_high": random.gamma(1, 400, n),
        }
    ).with_columns(revenue_at_risk=pl.col("churn_probability") * (pl.col("value_if_stays") - pl.col("value_if_leaves")))


@pytest.fixture
def customers() -> pl.DataFrame:
    return some_customers(500)
