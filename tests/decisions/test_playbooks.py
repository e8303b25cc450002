"""Next best actions by declared rules."""

import polars as pl
import pytest

from holdfast.decisions.playbooks import LEAVE_ALONE, PLAYS, Play, next_best_actions
from holdfast.decisions.risk import BANDS
from holdfast.decisions.value_tiers import HIGH_VALUE, LOW_VALUE, MIDDLE_VALUE
from holdfast.models.segments.strategies import STRATEGIES


def test_the_last_play_fits_everyone_and_the_first_that_fits_wins() -> None:
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


def test_a_condition_on_a_column_that_is_absent_is_not_met() -> None:
    play = Play("call", "sales", 1, "why", segments=("Loyal",))
    assert not pl.DataFrame({"risk_band": ["high"]}).select(play.fits(["risk_band"])).to_series().any()


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.action)
def test_every_play_asks_for_bands_tiers_and_segments_that_exist(play: Play) -> None:
    assert set(play.risk) <= set(BANDS)
    assert set(play.value) <= {LOW_VALUE, MIDDLE_VALUE, HIGH_VALUE}
    assert set(play.segments) <= {strategy.segment for strategy in STRATEGIES}
    assert (play.deadline_days is None) == (play.owner == "nobody")
