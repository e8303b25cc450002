"""Risk bands, revenue at risk and its interval, priority."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decisions.conftest import some_customers

from holdfast.decisions.risk import RiskBands, priority, risk_bands, total_at_risk
from holdfast.errors import HoldfastError
from holdfast.settings import DecisionSettings


@given(st.floats(0, 1))
def test_the_bands_always_lie_in_order_below_certainty(base_rate: float) -> None:
    bands = risk_bands(DecisionSettings(), base_rate)
    assert 0 < bands.medium_from < bands.high_from < 1


@given(st.floats(0, 1), st.floats(0.001, 0.999))
def test_one_limit_that_is_set_stays_and_the_other_keeps_its_side(base_rate: float, limit: float) -> None:
    medium = risk_bands(DecisionSettings(medium_risk_from=limit), base_rate)
    assert medium.medium_from == limit < medium.high_from
    high = risk_bands(DecisionSettings(high_risk_from=limit), base_rate)
    assert high.medium_from < high.high_from == limit


def test_the_bands_are_the_base_rate_and_twice_it() -> None:
    bands = risk_bands(DecisionSettings(), 0.15)
    assert (bands.medium_from, bands.high_from) == pytest.approx((0.15, 0.30))
    assert "15 %" in bands.words


def test_where_half_of_all_leave_high_risk_is_not_everyone() -> None:
    assert risk_bands(DecisionSettings(), 0.52).high_from == pytest.approx(0.76)


def test_bands_in_the_wrong_order_are_refused_with_a_fix() -> None:
    with pytest.raises(HoldfastError, match="high_risk_from") as caught:
        risk_bands(DecisionSettings(medium_risk_from=0.5, high_risk_from=0.4), 0.2)
    assert "above decisions.medium_risk_from" in caught.value.fix


def test_a_band_begins_at_its_limit_and_an_unknown_probability_has_none() -> None:
    bands = risk_bands(DecisionSettings(medium_risk_from=0.2, high_risk_from=0.5), 0.3)
    probability = pl.Series([0.1994, 0.2, 0.4994, 0.5, None])
    assert bands.of(probability).to_list() == [
        "low",
        "medium",
        "medium",
        "high",
        None,
    ]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-0.002, 0.002))
def test_a_band_follows_from_what_is_printed(base_rate: float, somewhere: float, beside: float) -> None:
    """The percentages that a reader sees, of the customer and of the limits, say the band."""
    bands = risk_bands(DecisionSettings(), base_rate)
    medium, high = (float(text) for text in re.findall(r"from ([0-9.]+) %", bands.words)[:2])
    for probability in (
        somewhere,
        *(min(max(limit + beside, 0), 1) for limit in (base_rate, medium / 100, high / 100)),
    ):
        shown = float(f"{100 * probability:.1f}")
        expected = "high" if shown >= high else "medium" if shown >= medium else "low"
        assert bands.of(pl.Series([probability])).to_list() == [expected], (probability, bands)


@given(st.floats(0.005, 0.95))
def test_everybody_at_the_average_risk_is_of_medium_risk(base_rate: float) -> None:
    """A constant score is the share that left: the words say that medium begins at that share."""
    assert risk_bands(DecisionSettings(), base_rate).of(pl.Series([base_rate])).to_list() == ["medium"]


def test_where_most_leave_no_text_calls_those_low_who_are_likelier_to_leave_than_to_stay() -> None:
    bands = risk_bands(DecisionSettings(), 0.7)
    probability = pl.Series([0.3, 0.5, 0.62, 0.7, 0.9, None])
    assert bands.of(probability).to_list() == ["low", "low", "low", "medium", "high", None]
    assert bands.in_words(probability).to_list() == ["low", "low", "medium", "medium", "high", None]


def test_bands_come_back_from_their_files() -> None:
    bands = risk_bands(DecisionSettings(), 0.1234567890123)
    assert RiskBands.from_files(bands.to_files()) == bands


def test_the_interval_of_the_sum_holds_the_sum_and_narrows_relatively_with_more_customers() -> None:
    few, many = total_at_risk(some_customers(50)), total_at_risk(some_customers(5_000))
    for total in (few, many):
        assert total["low"] <= total["value"] <= total["high"]
    assert (many["high"] - many["low"]) / many["value"] < (few["high"] - few["low"]) / few["value"]


def test_ties_in_everything_still_give_each_customer_a_different_priority() -> None:
    ranks = priority(pl.Series(list("bacd")), pl.Series([0.0] * 4), pl.Series([1.0] * 4), pl.Series([0.5] * 4))
    assert ranks.to_list() == [2, 1, 3, 4]  # by customer_id
