"""Bands, money at risk, priority, next best action and the plan, on small worlds."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decisions.customers import decide, decision_totals
from holdfast.decisions.plan import PLAN_SCHEMA, make_plan
from holdfast.decisions.playbooks import LEAVE_ALONE, PLAYS, next_best_actions
from holdfast.decisions.risk import priority, risk_bands, total_at_risk
from holdfast.errors import HoldfastError
from holdfast.settings import DecisionSettings, OfferSettings, Settings


def project(**decisions) -> Settings:
    record = {
        "name": "Shop",
        "shape": "snapshot",
        "tables": {"customers": {"files": ["a.csv"], "holds": "customers", "columns": {}}},
        "churn": {"rule": "label"},
        "decisions": decisions,
    }
    return Settings.model_validate(record)


def customers(n: int = 500) -> pl.DataFrame:
    dice = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "customer_id": [f"c{place}" for place in range(n)],
            "churn_probability": dice.beta(1, 3, n),
            "value_if_stays": dice.gamma(1, 200, n),
            "value_low": np.zeros(n),
            "value_high": dice.gamma(1, 400, n),
        }
    )


@given(st.floats(0, 1))
def test_the_bands_always_lie_in_order_below_certainty(base_rate):
    bands = risk_bands(DecisionSettings(), base_rate)
    assert 0 < bands.medium_from < bands.high_from < 1


def test_the_bands_are_the_base_rate_and_twice_it():
    bands = risk_bands(DecisionSettings(), 0.15)
    assert (bands.medium_from, bands.high_from) == pytest.approx((0.15, 0.30))
    assert "15 %" in bands.words


def test_where_half_of_all_leave_high_risk_is_not_everyone():
    assert risk_bands(DecisionSettings(), 0.52).high_from == pytest.approx(0.76)


def test_bands_in_the_wrong_order_are_refused_with_a_fix():
    with pytest.raises(HoldfastError, match="high_risk_from"):
        risk_bands(DecisionSettings(medium_risk_from=0.5, high_risk_from=0.4), 0.2)


def test_every_customer_gets_one_answer_in_the_order_of_the_rows():
    frame = customers()
    decided = decide(frame, project(), 0.25)
    assert decided["customer_id"].to_list() == frame["customer_id"].to_list()
    assert sorted(decided["priority"]) == list(range(1, 501))
    assert decided["next_best_action"].null_count() == 0
    assert set(decided["risk_band"]) == {"low", "medium", "high"}
    at_risk = frame["churn_probability"] * frame["value_if_stays"]
    assert decided["revenue_at_risk"].to_list() == pytest.approx(at_risk.to_list())


def test_the_first_to_treat_is_the_one_whose_best_offer_gains_most():
    decided = decide(customers(), project(), 0.25).sort("priority")
    gains = decided["best_offer_gain"].to_numpy()
    assert (np.diff(gains) <= 1e-12).all()
    assert gains[0] > 0


def test_without_value_the_order_is_by_probability_and_money_is_not_made_up():
    frame = customers().select("customer_id", "churn_probability")
    decided = decide(frame, project(), 0.25).sort("priority")
    assert decided["churn_probability"].is_sorted(descending=True)
    assert decided["revenue_at_risk"].null_count() == decided.height


def test_an_unknown_probability_comes_last_and_has_no_band():
    frame = customers(5).with_columns(
        pl.when(pl.col("customer_id") == "c2").then(None).otherwise("churn_probability").alias("churn_probability")
    )
    decided = decide(frame, project(), 0.25)
    lost = decided.row(2, named=True)
    assert lost["risk_band"] is None
    assert lost["priority"] == 5
    assert lost["next_best_action"] == LEAVE_ALONE


def test_the_interval_of_the_sum_holds_the_sum_and_narrows_relatively_with_more_customers():
    few, many = total_at_risk(customers(50)), total_at_risk(customers(5_000))
    for total in (few, many):
        assert total["low"] <= total["value"] <= total["high"]
    assert (many["high"] - many["low"]) / many["value"] < (few["high"] - few["low"]) / few["value"]


def test_totals_add_up_over_the_bands():
    decided = decide(customers(), project(), 0.25)
    totals = decision_totals(decided, project(), 0.25)
    assert sum(totals["customers_by_band"].values()) == 500
    assert sum(totals["revenue_at_risk_by_band"].values()) == pytest.approx(totals["revenue_at_risk"]["value"])


def test_the_last_play_fits_everyone_and_the_first_that_fits_wins():
    assert pl.DataFrame({"a": [1]}).select(PLAYS[-1].fits([]))["literal"].all()
    frame = pl.DataFrame(
        {
            "risk_band": ["high", "high", "high", "medium", "low"],
            "value_tier": ["high", "high", "low", "high", "low"],
            "reason_family": ["support", "usage", "usage", None, None],
        }
    )
    assert next_best_actions(frame)["next_best_action"].to_list() == [
        "solve the open problem, then call",
        "personal call",
        "automatic reminder with a smaller plan or offer",
        "check-in by a person",
        LEAVE_ALONE,
    ]


def test_ties_in_everything_still_give_each_customer_a_different_priority():
    frame = pl.DataFrame({"gain": [0.0] * 4, "risk": [1.0] * 4, "p": [0.5] * 4})
    ranks = frame.select(priority(pl.col("gain"), pl.col("risk"), pl.col("p")))["priority"]
    assert ranks.to_list() == [1, 2, 3, 4]


def test_a_plan_keeps_to_the_budget_and_says_what_it_rests_on():
    plan = make_plan(customers(), DecisionSettings(budget=100.0), "EUR")
    assert plan.table.schema == pl.Schema(PLAN_SCHEMA)
    assert plan.table["cost"].sum() == pytest.approx(plan.totals["spent"])
    assert plan.totals["spent"] <= 100
    assert plan.table["expected_gain"].sum() == pytest.approx(plan.totals["expected_gain"])
    assert "assumption" in plan.totals["assumption"]
    assert "EUR" in plan.table["why"][0]


def test_where_no_offer_pays_the_plan_is_to_leave_everyone_alone():
    dear = DecisionSettings(offers=(OfferSettings(name="gold", cost=1e6, saves=0.5),))
    plan = make_plan(customers(), dear, "EUR")
    assert plan.table.height == 0
    assert plan.totals["expected_gain"] == 0
    assert "No offer pays" in plan.totals["words"]


def test_customers_without_a_value_get_no_offer():
    frame = customers(10).with_columns(pl.lit(None, pl.Float64).alias("value_if_stays"))
    assert make_plan(frame, DecisionSettings(), "EUR").table.height == 0


@pytest.mark.parametrize(
    ("currency", "words"), [("units", "One more unit of budget"), ("EUR", "One more EUR of budget")]
)
def test_what_a_larger_budget_would_bring_is_said_of_one_unit(currency: str, words: str) -> None:
    answers = decide(customers(), project(), base_rate=0.25)
    plan = make_plan(answers, project(budget=20).decisions, currency)
    assert words in plan.totals["words"]
