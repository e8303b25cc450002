"""Next best actions: one record a case, the last of which fits everyone."""

import polars as pl

from holdfast.decisions.eligibility import PlanBasis
from holdfast.decisions.playbooks import ACTION_COLUMNS, LEAVE_ALONE, PLAYS, next_best_actions


def test_the_last_play_fits_everyone_and_the_first_that_fits_wins() -> None:
    frame = pl.DataFrame(
        {
            "risk_band": ["high", "low"],
            "cutoff": [None, None],
            "outside_plan": [None, "no_offer_pays"],
            "offer": ["call", None],
            "offer_owner": ["support", None],
            "offer_days": [2, None],
            "offer_why": ["It pays.", None],
        },
        schema_overrides={"cutoff": pl.Datetime("us", "UTC"), "offer_days": pl.Int64},
    )
    actions = next_best_actions(frame, PlanBasis())
    assert actions.columns == list(ACTION_COLUMNS)
    assert actions["next_best_action"].to_list() == ["call", LEAVE_ALONE]
    assert actions["action_owner"].to_list() == ["support", "nobody"]
    assert actions["action_by"].null_count() == 2  # a snapshot knows no day
    assert PLAYS[-1].who(frame, PlanBasis()).all()
