"""Plan and action say the same thing."""

import polars as pl

from holdfast.decisions.customers import decide
from holdfast.decisions.eligibility import in_agreement, whom_to_contact, worth_an_offer
from holdfast.decisions.plan import make_plan
from holdfast.settings import Settings

PROJECT = Settings.model_validate(
    {"name": "tiny", "shape": "purchases", "tables": {}, "churn": {"rule": "inactivity"}, "currency": "EUR"}
)


def decided() -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "customer_id": ["safe", "dear", "cheap", "lost"],
            "churn_probability": [0.02, 0.7, 0.6, 0.9],
            "value_if_stays": [5_000.0, 2_000.0, 1.0, 2_000.0],
            "segment": ["Champions", "Loyal", "Loyal", "Lost"],
        }
    )
    return decide(frame, PROJECT, 0.2)


def test_whoever_would_stay_anyway_or_is_given_up_gets_no_offer() -> None:
    assert worth_an_offer(decided())["customer_id"].to_list() == ["dear", "cheap"]


def test_the_plan_and_the_next_best_action_agree() -> None:
    frame = decided()
    plan = make_plan(worth_an_offer(frame), PROJECT.decisions, "EUR")
    told = in_agreement(frame, plan.table)
    assert told["customer_id"].to_list() == frame["customer_id"].to_list()
    by_id = {row["customer_id"]: row for row in told.to_dicts()}
    assert by_id["dear"]["next_best_action"] == by_id["dear"]["offer"] == "personal call"
    assert by_id["dear"]["offer_cost"] == 12.0
    assert by_id["cheap"]["offer"] is None
    assert by_id["cheap"]["next_best_action"].startswith("automatic reminder")
    assert by_id["lost"]["offer"] is None
    assert by_id["safe"]["offer"] is None


def test_whoever_is_best_left_alone_is_on_no_list_of_contacts() -> None:
    frame = pl.DataFrame({"customer_id": ["a", "b", "c"], "next_best_action": ["leave alone", "personal call", None]})
    assert whom_to_contact(frame)["customer_id"].to_list() == ["b", "c"]
