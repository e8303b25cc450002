"""Each customer gets one decision, which depends on the customer and on stored limits alone; the plan comes on top."""

import numpy as np
import polars as pl
import pytest
from tests.decisions.conftest import project, some_customers

from holdfast.decisions.customers import DecisionLimits, assess, decide, decision_totals
from holdfast.decisions.playbooks import LEAVE_ALONE
from holdfast.decisions.risk import risk_bands
from holdfast.decisions.value_tiers import fit_value_tiers


def limits_for(frame: pl.DataFrame, base_rate: float = 0.25) -> DecisionLimits:
    values = frame["value_if_stays"] if "value_if_stays" in frame.columns else pl.Series([], dtype=pl.Float64)
    return DecisionLimits(risk_bands(project().decisions, base_rate), fit_value_tiers(values))


def test_every_customer_gets_one_decision_in_the_order_of_the_rows(customers: pl.DataFrame) -> None:
    decided = decide(customers, limits_for(customers), project()).table
    assert decided["customer_id"].to_list() == customers["customer_id"].to_list()
    assert sorted(decided["priority"]) == list(range(1, 501))
    assert decided["next_best_action"].null_count() == 0
    assert set(decided["risk_band"]) == {"low", "medium", "high"}
    assert set(decided["value_tier"]) == {"low", "middle", "high"}
    lost = customers["value_if_stays"] - customers["value_if_leaves"]
    assert decided["revenue_at_risk"].to_list() == pytest.approx(
        (customers["churn_probability"] * lost).to_list(), abs=0.015
    )


def test_a_customer_alone_gets_the_decision_of_the_whole_list(customers: pl.DataFrame) -> None:
    limits = limits_for(customers)
    whole = decide(customers, limits, project()).table.drop("priority")
    for number in range(0, 500, 25):
        alone = decide(customers[number : number + 1], limits, project()).table.drop("priority")
        assert alone.equals(whole[number : number + 1])


def test_without_stored_limits_a_customer_alone_would_lie_in_another_tier(customers: pl.DataFrame) -> None:
    best = customers.sort("value_if_stays").tail(1)
    assert assess(best, limits_for(customers), project())["value_tier"].item() == "high"
    assert assess(best, limits_for(best), project())["value_tier"].item() == "middle"


def test_the_first_to_treat_is_the_one_whose_offer_gains_most(customers: pl.DataFrame) -> None:
    decisions = decide(customers, limits_for(customers), project(offers=[{"name": "call", "cost": 9, "saves": 0.3}]))
    decided = decisions.table.sort("priority")
    gains = decided["offer_gain"].fill_null(0.0).to_numpy()
    assert (np.diff(gains) <= 1e-12).all()
    assert gains[0] > 0
    outside = decided.filter(pl.col("offer").is_null())
    assert outside["priority"].min() == decided.height - outside.height + 1
    assert outside["revenue_at_risk"].is_sorted(descending=True)


def test_offers_that_nobody_has_set_promise_no_gain_and_still_make_the_order(customers: pl.DataFrame) -> None:
    decisions = decide(customers, limits_for(customers), project())
    assert decisions.plan.totals["placeholders"]
    assert decisions.table["offer_gain"].null_count() == customers.height
    planned = decisions.table.drop_nulls("offer").sort("priority")
    assert planned["customer_id"].to_list() == decisions.plan.table["customer_id"].to_list()


def test_without_value_the_order_is_by_probability_and_no_money_is_invented(customers: pl.DataFrame) -> None:
    frame = customers.select("customer_id", "churn_probability")
    decisions = decide(frame, limits_for(frame), project())
    decided = decisions.table.sort("priority")
    assert decided["churn_probability"].is_sorted(descending=True)
    assert decided["revenue_at_risk"].null_count() == decided.height
    assert decided["value_tier"].null_count() == decided.height
    assert decisions.plan.table.height == 0


def test_an_unknown_probability_comes_last_and_has_no_band() -> None:
    frame = some_customers(5).with_columns(
        pl.when(pl.col("customer_id") == "c2").then(None).otherwise("churn_probability").alias("churn_probability")
    )
    unknown = decide(frame, limits_for(frame), project()).table.row(2, named=True)
    assert unknown["risk_band"] is None
    assert unknown["priority"] == 5
    assert unknown["next_best_action"] == LEAVE_ALONE


def test_the_offers_in_the_table_are_those_of_the_plan(customers: pl.DataFrame) -> None:
    decisions = decide(customers, limits_for(customers), project(budget=200.0))
    offered = decisions.table.filter(pl.col("offer").is_not_null())
    assert 0 < offered.height < customers.height
    assert set(offered["customer_id"]) == set(decisions.plan.table["customer_id"])
    assert (offered["next_best_action"] == offered["offer"]).all()
    assert round(offered["offer_cost"].sum(), 6) <= 200


def test_totals_add_up_over_the_bands(customers: pl.DataFrame) -> None:
    limits = limits_for(customers)
    totals = decision_totals(decide(customers, limits, project()).table, limits.bands)
    assert sum(totals["customers_by_band"].values()) == 500
    assert sum(totals["customers_by_action"].values()) == 500
    assert sum(totals["revenue_at_risk_by_band"].values()) == pytest.approx(totals["revenue_at_risk"]["value"])
    assert totals["bands"]["medium_from"] == limits.bands.medium_from
