"""What was learnt with the outcome is found; honest columns are left alone."""

import random

import polars as pl
import pytest

from holdfast.inference.known_late import leaks
from holdfast.inference.profiles.columns import profiles_of

DICE = random.Random(3)
LEFT = [DICE.random() < 0.27 for _ in range(2000)]
LABEL = pl.Series("left", LEFT)


def found(name: str, values: list[object]) -> str:
    column = profiles_of(pl.DataFrame({name: ["" if value is None else str(value) for value in values]}))
    return leaks(column, LABEL).get(name, "")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Churn Value", [int(left) for left in LEFT]),
        ("Churn Reason", ["moved" if left else None for left in LEFT]),
        ("Customer Status", ["Gone" if left else "Stayed" for left in LEFT]),
        ("exit survey", ["bad" if left else "" for left in LEFT]),
        ("Churn Score", [DICE.gauss(60 + 20 * left, 10) for left in LEFT]),
        ("Satisfaction Score", [DICE.choice([1, 2, 3]) if left else DICE.choice([3, 4, 5]) for left in LEFT]),
        ("CLTV", [DICE.randrange(2000, 6500) for _ in LEFT]),
        ("duration", [DICE.expovariate(1 / (500 if left else 120)) for left in LEFT]),
        ("Last Contact Duration", [DICE.expovariate(1 / (500 if left else 120)) for left in LEFT]),
        ("x17", ["a" if left else "b" for left in LEFT]),
        ("x18", [DICE.gauss(5 * left, 1) for left in LEFT]),
        ("x19", [DICE.choice("pq") if left and DICE.random() < 0.8 else None for left in LEFT]),
    ],
)
def test_a_leak_is_found(name: str, values: list[object]) -> None:
    assert "leak" in found(name, values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tenure", [DICE.randrange(30) if left else DICE.randrange(72) for left in LEFT]),
        ("Contract", ["Month-to-month" if left or DICE.random() < 0.4 else "Two year" for left in LEFT]),
        ("Recency", [DICE.randrange(99) for _ in LEFT]),
        ("Satisfaction Score", [DICE.randrange(1, 6) for _ in LEFT]),
        ("city", [f"city {DICE.randrange(900)}" for _ in LEFT]),
        ("MonthlyCharges", [DICE.gauss(60 + 15 * left, 25) for left in LEFT]),
    ],
)
def test_an_honest_column_is_left_alone(name: str, values: list[object]) -> None:
    assert not found(name, values)
