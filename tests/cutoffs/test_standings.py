"""How customers stood at a moment, from movements."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from holdfast.cutoffs.standings import STANDINGS, Standing, has_subscriptions, standings, subscription_movements
from holdfast.errors import HoldfastError
from holdfast.settings import Settings

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
Movement = tuple[str, str, float, float, str, float, float]


def day(offset: float) -> datetime:
    return FIRST + timedelta(days=offset)


def movements(*told: Movement) -> pl.DataFrame:
    """Customer, subscription, day, days until it was known, kind, change of what runs, change of revenue."""
    rows = [(who, sub, day(at), day(at + later), kind, runs, price) for who, sub, at, later, kind, runs, price in told]
    names = ["customer_id", "subscription_id", "happened_at", "known_at", "kind", "running_change", "mrr_change"]
    begins = pl.col("kind").is_in(["start", "trial", "resume"])
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(begins_term=begins)


def standing_of(at: float, *told: Movement) -> str:
    return str(standings(movements(*told), day(at))["standing"].item())


def test_the_columns_are_those_of_the_contract() -> None:
    made = standings(movements(("a", "1", 0, 0, "start", 1, 30)), day(5))
    assert dict(made.schema) == STANDINGS


def test_who_has_no_movement_before_the_moment_is_not_there() -> None:
    assert standings(movements(("a", "1", 10, 0, "start", 1, 30)), day(5)).is_empty()


def test_what_becomes_known_later_does_not_count_yet() -> None:
    told = (("a", "1", 0, 0, "start", 1, 30), ("a", "1", 3, 9, "end", -1, -30))
    assert standing_of(5, *told) == Standing.RUNNING
    assert standings(movements(*told), day(5), known_before=day(99))["standing"].item() == Standing.ENDED


def test_a_booked_end_is_a_notice_with_its_day() -> None:
    told = (("a", "1", 0, 0, "start", 1, 30), ("a", "1", 20, -10, "end", -1, -30))
    stood = standings(movements(*told), day(12))
    assert stood.select("standing", "ends_at", "mrr").row(0) == (Standing.NOTICE, day(20), 30.0)


def test_a_booked_end_that_is_taken_back_is_none() -> None:
    told = (
        ("a", "1", 0, 0, "start", 1, 30),
        ("a", "1", 20, -10, "end", -1, -30),
        ("a", "1", 20, -5, "resume", 1, 30),
    )
    assert standing_of(12, *told) == Standing.NOTICE
    assert standing_of(18, *told) == Standing.RUNNING
    assert standing_of(30, *told) == Standing.RUNNING


def test_the_last_of_several_ends_is_the_day_that_all_has_ended() -> None:
    told = (
        ("a", "1", 0, 0, "start", 1, 30), ("a", "2", 0, 0, "start", 1, 10),
        ("a", "1", 20, -15, "end", -1, -30), ("a", "2", 40, -35, "end", -1, -10),
    )  # fmt: skip
    assert standings(movements(*told), day(12))["ends_at"].item() == day(40)


def test_paused_is_not_ended_and_brings_nothing() -> None:
    stood = standings(movements(("a", "1", 0, 0, "start", 1, 30), ("a", "1", 3, 0, "pause", -1, -30)), day(5))
    assert stood.select("standing", "mrr").row(0) == (Standing.PAUSED, 0.0)


def test_who_only_tried_never_paid_nor_did_who_tried_again_after_paying() -> None:
    tried = (("a", "1", 0, 0, "trial", 1, 0), ("a", "1", 7, 0, "end", -1, 0))
    paid = (("a", "0", -90, 0, "start", 1, 30), ("a", "0", -30, 0, "end", -1, -30))
    causes = [None, "trial", None, "voluntary"]
    for rows in (movements(*tried), movements(*tried, *paid)):
        stood = standings(rows.with_columns(cause=pl.Series(causes[: rows.height])), day(9))
        assert stood["standing"].item() == Standing.NEVER_PAID


def test_a_trial_beside_a_paid_subscription_is_no_trial() -> None:
    told = (("a", "1", 0, 0, "start", 1, 30), ("a", "2", 1, 0, "trial", 1, 0))
    assert standings(movements(*told), day(5)).select("standing", "in_trial").row(0) == (Standing.RUNNING, False)


def test_the_term_left_is_that_of_the_subscription_with_the_most_revenue() -> None:
    told = movements(("a", "1", 0, 0, "start", 1, 30), ("a", "2", 1, 0, "start", 1, 10))
    stood = standings(told.with_columns(interval_days=pl.Series([365.25, 30.4375])), day(20))
    assert stood.select("interval_days", "term_left_days").row(0) == (365.25, 345.25)


def test_without_prices_revenue_is_not_known() -> None:
    assert standings(movements(("a", "1", 0, 0, "start", 1, 30)).drop("mrr_change"), day(5))["mrr"].item() is None


def test_all_tables_of_subscriptions_are_followed_apart() -> None:
    table = {"files": ["x.csv"], "holds": "subscriptions", "columns": {}, "subscriptions": {"rows": "periods"}}
    settings = Settings.model_validate(
        {
            "name": "x",
            "shape": "subscriptions",
            "churn": {"rule": "subscription_end"},
            "tables": {"b2b": table, "b2c": table},
        }
    )
    one = movements(("a", "1", 0, 0, "start", 1, 30))
    both = subscription_movements({"b2b": one, "b2c": one}, settings)
    assert standings(both, day(5)).select("standing", "mrr").row(0) == (Standing.RUNNING, 60.0)
    assert has_subscriptions(settings)
    with pytest.raises(HoldfastError, match="needs a table of subscriptions"):
        subscription_movements({"customers": one}, settings)
