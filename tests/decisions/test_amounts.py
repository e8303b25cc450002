"""Amounts of customers are in whole cents, so that every sum of rows is the sum that is shown."""

from typing import Any

import hypothesis.strategies as st
import polars as pl
from hypothesis import given

from holdfast.decisions.amounts import in_cents

AMOUNT = st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 7))


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    stays = draw(AMOUNT)
    leaves = stays * draw(st.floats(0, 1))
    p = draw(st.floats(0, 1))
    expected = p * leaves + (1 - p) * stays
    below, above = draw(st.floats(0, 1)), draw(st.floats(0, 3))
    return {
        "churn_probability": p,
        "value_if_stays": stays,
        "value_if_leaves": leaves,
        "expected_value": expected,
        "value_low": expected * below,
        "value_high": expected * (1 + above),
    }


def cents(amounts: pl.Series) -> int:
    whole = [round(100 * amount) for amount in amounts]
    assert amounts.to_list() == [number / 100 for number in whole]
    return sum(whole)


@given(st.lists(customers(), min_size=1, max_size=40))
def test_at_risk_and_expected_add_up_to_what_stayers_bring_in_every_sum(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows)
    rounded = in_cents(frame)
    assert cents(rounded["revenue_at_risk"]) + cents(rounded["expected_value"]) == cents(rounded["value_if_stays"])
    exact = frame["churn_probability"] * (frame["value_if_stays"] - frame["value_if_leaves"])
    assert (rounded["revenue_at_risk"] - exact).abs().max() <= 0.0151
    assert (rounded["expected_value"] - frame["expected_value"]).abs().max() <= 0.0201
    assert (rounded["value_low"] <= rounded["expected_value"]).all()
    assert (rounded["expected_value"] <= rounded["value_high"]).all()
    assert in_cents(rounded).equals(rounded)


def test_what_is_not_known_stays_so() -> None:
    frame = pl.DataFrame(
        {
            "churn_probability": [0.5, None],
            "value_if_stays": [None, 10.0],
            "value_if_leaves": [None, 1.0],
            "expected_value": [None, None],
            "value_low": [None, None],
            "value_high": [None, None],
        },
        schema_overrides=dict.fromkeys(
            ("value_if_stays", "value_if_leaves", "expected_value", "value_low", "value_high"), pl.Float64
        ),
    )
    rounded = in_cents(frame)
    for name in ("revenue_at_risk", "expected_value", "value_low", "value_high"):
        assert rounded[name].to_list() == [None, None], name
