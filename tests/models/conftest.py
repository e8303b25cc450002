"""A tiny business whose leavers are known to follow its columns."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True)
class World:
    rows: pl.DataFrame  # features only
    left: NDArray[np.bool_]


def simulated(customers: int, seed: int = 7, strength: float = 1.0) -> World:
    random = np.random.default_rng(seed)
    visits = random.poisson(4, customers).astype(float)
    spend = np.exp(random.normal(3, 1, customers))
    plan = random.choice(["month", "year", "two years"], customers)
    late = random.random(customers) < 0.3
    score = 0.8 - 0.5 * visits + 1.2 * (plan == "month") + 0.9 * late
    left = random.random(customers) < 1 / (1 + np.exp(-strength * score))
    spend[random.random(customers) < 0.1] = np.nan
    rows = pl.DataFrame(
        {
            "visits": visits,
            "spend": spend,
            "plan": plan,
            "pays_late": late,
            "always_one": np.ones(customers),
            "never_known": np.full(customers, np.nan),
            "one_level": ["same"] * customers,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return World(rows, left)


@pytest.fixture(scope="session")
def world() -> World:
    return simulated(700)
