"""Plan and action say the same thing."""

from datetime import UTC, datetime

import polars as pl

from holdfast.decisions.customers import DecisionLimits, assess, decide
from holdfast.decisions.eligibility import in_agreement, whom_to_contact, worth_an_offer
from holdfast.decisions.plan import make_plan
from holdfast.decisions.risk import risk_bands
from holdfast.decisions.value_tiers import fit_value_tiers
from holdfast.settings import Settings

PROJECT = Settings.model_validate(
    {"name": "tiny", "shape": "purchases", "tables": {}, "churn": {"rule": "inactivity"}, "currency": "EUR"}
)


def assessed() -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "customer_id": ["safe", "dear", "cheap", "lost"],
            "churn_probability": [0.02, 0.7, 0.6, 0.9],
            "value_if_stays": [5_000.0, 2_000.0, 1.0, 2_000.0],
            "value_if_leaves": [0.0, 0.0, 0.0, 0.0],
            "segment": ["Champions", "Loyal", "Loyal", "Lost"],
        }
    )
    limits = DecisionLimits(risk_bands(PROJECT.decisions, 0.2), fit_value_tiers(frame["value_if_stays"]))
    return assess(frame, limits, PROJECT)


def test_whoever_would_stay_anyway_or_is_given_up_gets_no_offer() -> None:
    assert worth_an_offer(assessed())["customer_id"].to_list() == ["dear", "cheap"]


def test_the_plan_and_the_next_best_action_agree() -> None:
    frame = assessed()
    plan = make_plan(worth_an_offer(frame), PROJECT.decisions, "EUR")
    decided = in_agreement(frame, plan.table)
    assert decided["customer_id"].to_list() == frame["customer_id"].to_list()
    by_id = {row["customer_id"]: row for row in decided.to_dicts()}
    assert by_id["dear"]["next_best_action"] == by_id["dear"]["offer"] == "personal call"
    assert by_id["dear"]["offer_cost"] == 12.0
    assert by_id["cheap"]["offer"] is None
    assert by_id["cheap"]["next_best_action"].startswith("automatic reminder")
    assert by_id["lost"]["offer"] is None
    assert by_id["safe"]["offer"] is None


def test_whoever_is_best_left_alone_is_on_no_list_of_contacts() -> None:
    frame = pl.DataFrame({"customer_id": ["a", "b", "c"], "next_best_action": ["leave alone", "personal call", None]})
    assert whom_to_contact(frame)["customer_id"].to_list() == ["b", "c"]


def test_who_has_given_notice_is_to_be_won_back_by_that_day_and_gets_no_offer() -> None:
    cutoff = datetime(2024, 6, 1, tzinfo=UTC)
    frame = (
        assessed()
        .select("customer_id", "churn_probability", "value_if_stays", "value_if_leaves", "segment")
        .with_columns(
            standing=pl.Series(["running", "notice given", "running", "running"]),
            ends_at=pl.Series([None, datetime(2024, 6, 12, tzinfo=UTC), None, None]),
            cutoff=pl.lit(cutoff),
        )
    )
    limits = DecisionLimits(risk_bands(PROJECT.decisions, 0.2), fit_value_tiers(frame["value_if_stays"]))
    decided = decide(frame, limits, PROJECT)
    row = decided.table.filter(customer_id="dear").row(0, named=True)
    assert row["next_best_action"] == "win back before 2024-06-12"
    assert (row["action_owner"], row["action_days"], row["risk_band"], row["offer"]) == (
        "account manager",
        11,
        "high",
        None,
    )
    assert "dear" not in decided.plan.table["customer_id"].to_list()
