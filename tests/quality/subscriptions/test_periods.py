"""Periods with begin and end become movements whose sum before a day is what ran on it."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.cutoffs.schedule import day_after
from holdfast.cutoffs.span import event_span
from holdfast.errors import HoldfastError

Fixture = Callable[..., Any]
STRIPE = {"status": {"running": ["active"], "trialing": ["trialing"], "past_due": ["past_due"], "paused": ["paused"],
                     "ended": ["canceled"], "never_started": ["incomplete"]}}  # fmt: skip


def period(begin: str, **more: object) -> dict[str, object]:
    return {"customer_id": "a", "happened_at": begin, "ended_at": None, "price": "30", "interval": "month", **more}


def test_a_period_adds_when_it_begins_what_it_takes_off_when_it_ends(story: Fixture) -> None:
    told = story([period("2024-01-10", ended_at="2024-03-10")], "periods")
    assert told == [("start", "2024-01-10", 1.0, 30.0), ("end", "2024-03-10", -1.0, -30.0)]


def test_revenue_is_counted_by_the_month_and_by_the_unit(story: Fixture) -> None:
    told = story([period("2024-01-10", price="240", interval="year", quantity="3")], "periods")
    assert told == [("start", "2024-01-10", 1.0, 60.0)]


def test_an_interval_that_several_columns_count_is_multiplied(story: Fixture) -> None:
    assert story([period("2024-01-10", price="60", interval_count="3")], "periods")[0][3] == 20.0


def test_one_interval_can_stand_in_the_settings(movements_of: Fixture) -> None:
    rows = [{"customer_id": "a", "happened_at": "2024-01-10", "ended_at": None, "price": "120"}]
    assert movements_of(rows, "periods", interval="year").row(0, named=True)["mrr_change"] == 10.0


def test_a_price_without_an_interval_is_refused_with_the_setting_to_make(movements_of: Fixture) -> None:
    rows = [{"customer_id": "a", "happened_at": "2024-01-10", "ended_at": None, "price": "120"}]
    with pytest.raises(HoldfastError, match="for how long a price is paid") as refused:
        movements_of(rows, "periods")
    assert "tables.subs.subscriptions.interval: month" in refused.value.fix


def test_an_interval_that_is_neither_a_column_nor_a_length_is_refused(movements_of: Fixture) -> None:
    with pytest.raises(HoldfastError, match='"blue moon" is neither a column'):
        movements_of([period("2024-01-10")], "periods", interval="blue moon")


def test_intervals_that_cannot_be_read_are_counted_and_bring_no_revenue(draft_of: Fixture) -> None:
    draft = draft_of([period("2024-01-10"), period("2024-01-11", interval="lifetime", customer_id="b")], "periods")
    assert draft.facts["subscriptions_unknown_interval"] == 1
    assert draft.table["mrr_change"].to_list() == [30.0, 0.0]


def test_without_a_price_there_is_no_revenue_column(movements_of: Fixture) -> None:
    rows = [{"customer_id": "a", "happened_at": "2024-01-10", "ended_at": "2024-02-10"}]
    assert "mrr_change" not in movements_of(rows, "periods").columns


def test_what_ended_when_it_began_never_ran_and_is_set_aside(draft_of: Fixture) -> None:
    rows = [period("2024-01-10", ended_at=day) for day in ("2024-01-10", "2024-01-09", "2024-02-10")]
    draft = draft_of(rows, "periods")
    entry = next(entry for entry in draft.ledger if entry.step == "void")
    assert (entry.set_aside, entry.rows_after, draft.table.height) == (2, 1, 2)
    assert draft.ledger[-1].rows_after == 1  # rows remaining are source rows, not movements


def test_what_never_started_is_set_aside(draft_of: Fixture) -> None:
    draft = draft_of(
        [period("2024-01-10", status="incomplete"), period("2024-01-10", status="Active ")], "periods", STRIPE
    )
    assert [entry.set_aside for entry in draft.ledger if entry.step == "never_started"] == [1]
    assert draft.table.height == 1


def test_an_end_that_no_column_dates_is_set_aside(draft_of: Fixture) -> None:
    draft = draft_of([period("2024-01-10", status="canceled")], "periods", STRIPE)
    assert [entry.set_aside for entry in draft.ledger if entry.step == "ended_without_date"] == [1]


def test_a_notice_is_known_before_the_end_it_announces(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", notice_at="2024-02-20", ended_at="2024-03-10")], "periods")
    assert standing(made, "2024-02-20")["standing"] == "running"
    under_notice = standing(made, "2024-02-21")
    assert (under_notice["standing"], str(under_notice["ends_at"].date()), under_notice["mrr"]) == (
        "notice given", "2024-03-10", 30.0,
    )  # fmt: skip
    assert standing(made, "2024-03-11")["standing"] == "ended"


def test_a_status_that_runs_on_after_a_notice_ends_with_the_paid_term(standing: Fixture, movements_of: Fixture) -> None:
    rows = [period("2024-01-10", notice_at="2024-02-20", paid_until="2024-03-10", status="active")]
    now = standing(movements_of(rows, "periods", STRIPE), "2024-02-25")
    assert (now["standing"], str(now["ends_at"].date())) == ("notice given", "2024-03-10")


def test_a_status_that_runs_on_has_no_end_before_the_export(standing: Fixture, movements_of: Fixture) -> None:
    cancelled = period("2024-01-30", notice_at="2024-02-28", status="active")  # by its begin the term ended on 29 Feb.
    newest = period("2024-03-05", customer_id="b", status="active")
    now = standing(movements_of([cancelled, newest], "periods", STRIPE), "2024-03-06")
    assert (now["standing"], str(now["ends_at"].date()), now["mrr"]) == ("notice given", "2024-03-30", 30.0)


def test_the_end_of_the_term_is_computed_where_no_column_holds_it(story: Fixture) -> None:
    rows = [period("2024-01-31", notice_at="2024-03-15")]
    assert story(rows, "periods", end_takes_effect="at_term_end")[-1][:2] == ("end", "2024-03-31")
    assert story(rows, "periods")[-1][:2] == ("end", "2024-03-15")


def test_a_trial_runs_without_revenue_until_it_is_taken_up(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", trial_until="2024-01-24", ended_at="2024-03-10")], "periods")
    trial, paid = standing(made, "2024-01-20"), standing(made, "2024-01-25")
    assert (trial["standing"], trial["mrr"], trial["in_trial"]) == ("trial", 0.0, True)
    assert (paid["standing"], paid["mrr"], paid["in_trial"]) == ("running", 30.0, False)
    assert standing(made, "2024-03-11")["standing"] == "ended"


def test_who_ends_inside_the_trial_never_paid(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", trial_until="2024-01-24", ended_at="2024-01-24")], "periods")
    assert standing(made, "2024-01-25")["standing"] == "never paid"
    assert made.filter(kind="end")["cause"].to_list() == ["trial"]


def test_a_trial_never_extends_the_records(movements_of: Fixture) -> None:
    made = movements_of([period("2024-01-10", trial_until="2024-02-24")], "periods")
    assert made.filter(kind="start")["is_due"].to_list() == [True]


def test_a_status_says_on_the_day_of_the_export_that_a_trial_is_paid(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", trial_until="2024-01-24", status="active")], "periods", STRIPE)
    assert standing(made, "2024-01-20")["standing"] == "trial"  # a day of the past does not know the status of today
    exported = standing(made, "2024-01-20", as_exported=True)
    assert (exported["standing"], exported["mrr"]) == ("running", 30.0)


def test_a_status_without_a_word_for_trials_says_nothing_of_them(movements_of: Fixture, standing: Fixture) -> None:
    """Some platforms call a subscription active from the first day of its trial on."""
    states = {"status": {"running": ["ativa"], "ended": ["cancelada"]}}
    rows = [period("2024-01-10", trial_until="2024-01-24", status="ativa")]
    made = movements_of(rows, "periods", states)
    exported = standing(made, "2024-01-20", as_exported=True)
    assert (exported["standing"], exported["mrr"]) == ("trial", 0.0)
    assert standing(made, "2024-01-25", as_exported=True)["standing"] == "running"


@pytest.mark.parametrize(("paid_until", "stands"), [("2024-01-24", "trial"), ("2024-02-24", "running")])
def test_what_is_paid_beyond_its_trial_is_in_none(
    movements_of: Fixture, standing: Fixture, paid_until: str, stands: str
) -> None:
    """While it is tried, the current period ends with the trial."""
    states = {"status": {"running": ["ativa"], "ended": ["cancelada"]}}
    rows = [period("2024-01-10", trial_until="2024-01-24", paid_until=paid_until, status="ativa")]
    made = movements_of(rows, "periods", states)
    assert standing(made, "2024-01-20", as_exported=True)["standing"] == stands


def test_a_trial_without_an_end_is_on_trial_still(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", status="trialing")], "periods", STRIPE)
    assert standing(made, "2024-05-20", as_exported=True)["standing"] == "trial"


def test_a_paused_period_brings_nothing_and_has_not_ended(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of([period("2024-01-10", paused_at="2024-02-01", status="paused")], "periods", STRIPE)
    assert (standing(made, "2024-02-02")["standing"], standing(made, "2024-02-02")["mrr"]) == ("paused", 0.0)


def test_a_pause_that_was_resumed_since_is_none(story: Fixture) -> None:
    rows = [period("2024-01-10", paused_at="2024-02-01", status="active")]
    assert [kind for kind, *_ in story(rows, "periods", STRIPE)] == ["start"]


def test_a_pause_that_no_column_dates_is_counted(draft_of: Fixture) -> None:
    draft = draft_of([period("2024-01-10", status="paused")], "periods", STRIPE)
    assert draft.facts["subscriptions_paused_without_date"] == 1


def test_a_plan_that_follows_at_once_replaces_the_one_before_it(movements_of: Fixture, standing: Fixture) -> None:
    rows = [period("2024-01-10", ended_at="2024-02-10"), period("2024-02-10", price="50")]
    made = movements_of(rows, "periods").sort("happened_at")
    assert sorted(made["kind"]) == ["end", "start", "upgrade"]
    assert made.filter(kind="end")["cause"].to_list() == ["replaced"]
    assert standing(made, "2024-02-11")["mrr"] == 50.0


def test_two_subscriptions_at_once_are_added_up(movements_of: Fixture, standing: Fixture) -> None:
    rows = [period("2024-01-10", ended_at="2024-03-10"), period("2024-02-01", price="12")]
    made = movements_of(rows, "periods")
    assert (standing(made, "2024-02-02")["mrr"], standing(made, "2024-03-11")["mrr"]) == (42.0, 12.0)
    assert standing(made, "2024-03-11")["standing"] == "running"


def test_only_who_ends_all_that_runs_has_given_notice(movements_of: Fixture, standing: Fixture) -> None:
    rows = [period("2024-01-10", ended_at="2024-03-10", notice_at="2024-02-01"), period("2024-02-01", notice_at=None)]
    assert standing(movements_of(rows, "periods"), "2024-02-05")["standing"] == "running"


def test_terms_that_follow_each_other_with_days_between_are_one_subscription(
    story: Fixture, movements_of: Fixture, standing: Fixture
) -> None:
    rows = [
        period("2024-01-01", ended_at="2024-01-31"),
        period("2024-02-01", ended_at="2024-02-29"),
        period("2024-03-01", ended_at="2024-03-31", price="40"),
        period("2024-06-01", ended_at="2024-06-30"),
    ]
    told = story(rows, "periods", grace_days=2)
    assert [(kind, day) for kind, day, *_ in told] == [
        ("start", "2024-01-01"),
        ("renewal", "2024-02-01"),
        ("upgrade", "2024-03-01"),
        ("end", "2024-03-31"),
        ("start", "2024-06-01"),
        ("end", "2024-06-30"),
    ]
    made = movements_of(rows, "periods", grace_days=2)
    assert standing(made, "2024-02-01")["standing"] == "running"  # between two terms, where nobody knows yet
    assert standing(made, "2024-04-01")["standing"] == "running"
    assert standing(made, "2024-04-03")["standing"] == "ended"


def test_an_end_booked_ahead_was_known_on_the_day_of_the_export(movements_of: Fixture, standing: Fixture) -> None:
    rows = [period("2024-01-10", ended_at="2024-08-10")]
    unknown, known = movements_of(rows, "periods"), movements_of(rows, "periods", exported_on="2024-06-01")
    assert standing(unknown, "2024-06-01")["standing"] == "running"
    assert standing(known, "2024-06-01")["standing"] == "notice given"
    assert standing(known, "2024-05-31")["standing"] == "running"


def test_a_cutoff_hides_what_became_known_later(movements_of: Fixture, standing: Fixture) -> None:
    rows = [period("2024-01-10", notice_at="2024-02-20", ended_at="2024-03-10")]
    assert movements_of(rows, "periods", cutoff="2024-02-01")["kind"].to_list() == ["start"]
    booked = movements_of(rows, "periods", cutoff="2024-03-01")
    assert standing(booked, "2024-03-01")["standing"] == "notice given"


def test_an_announced_end_just_behind_the_records_has_come_where_the_status_says_so(
    movements_of: Fixture, standing: Fixture
) -> None:
    announced = {"notice_at": "2024-02-20", "ended_at": "2024-03-11 00:22"}
    others = [period("2024-03-10", customer_id="b", status="active")]
    for status, last, stands in (("canceled", "2024-03-12", "ended"), ("active", "2024-03-11", "notice given")):
        made = movements_of([period("2024-01-10", status=status, **announced), *others], "periods", STRIPE)
        span = event_span({"subs": made})
        assert span is not None
        assert str(day_after(span.last).date()) == last
        assert standing(made, last)["standing"] == stands
        assert standing(made, "2024-03-05")["standing"] == "notice given"


def test_a_failed_payment_is_the_cause_where_a_status_says_so(movements_of: Fixture) -> None:
    rows = [period("2024-01-10", ended_at="2024-03-10", status="card declined")]
    made = movements_of(rows, "periods", {"status": {"payment_failed": ["card declined"]}})
    assert made.filter(kind="end")["cause"].to_list() == ["involuntary"]


def test_the_price_may_be_for_another_time_than_the_term(movements_of: Fixture, standing: Fixture) -> None:
    row = period("2024-01-10", price="20", interval="year")
    stood = standing(movements_of([row], "periods", price_per="month"), "2024-03-01")
    assert stood["mrr"] == 20.0
    assert stood["interval_days"] == pytest.approx(365.25)
    with pytest.raises(HoldfastError, match="names no length of time"):
        movements_of([row], "periods", price_per="now and then")


def test_a_status_outweighs_an_end_that_has_passed_where_the_settings_say_so(
    movements_of: Fixture, standing: Fixture
) -> None:
    row = period("2024-01-10", ended_at="2024-02-10", status="active")
    counted = movements_of([row], "periods", STRIPE)
    ignored = movements_of([row], "periods", STRIPE, contradicted_end="ignored", exported_on="2024-06-01")
    assert standing(counted, "2024-03-01")["standing"] == "ended"
    assert standing(ignored, "2024-03-01")["standing"] == "running"
    booked = period("2024-01-10", ended_at="2024-07-10", status="active")
    movements = movements_of([booked], "periods", STRIPE, contradicted_end="ignored", exported_on="2024-06-01")
    assert standing(movements, "2024-06-01")["standing"] == "notice given"


def test_a_status_of_notice_without_a_date_ends_with_what_is_paid(movements_of: Fixture, standing: Fixture) -> None:
    rows = [
        period("2024-01-10", status="non renewing", paid_until="2024-06-10"),
        period("2024-01-10", status="active", paid_until="2024-06-10") | {"customer_id": "b"},
    ]
    means = {"status": {**STRIPE["status"], "notice": ["non renewing"]}}
    movements = movements_of(rows, "periods", means, exported_on="2024-06-01")
    stood = standing(movements, "2024-06-01")
    assert (stood["standing"], str(stood["ends_at"])[:10]) == ("notice given", "2024-06-10")
    assert standing(movements, "2024-06-01", "b")["standing"] == "running"


def test_who_runs_with_a_late_payment_is_past_due_at_the_export(movements_of: Fixture, standing: Fixture) -> None:
    late = movements_of([period("2024-01-10", status="past_due")], "periods", STRIPE, exported_on="2024-03-01")
    assert standing(late, "2024-03-01")["standing"] == "past due"
    assert standing(late, "2024-02-01")["standing"] == "running"  # since when is not on record
    assert standing(late, "2024-03-01")["mrr"] == 30.0
    rows = [period("2024-01-10", status="past_due", ended_at="2024-04-10")]
    assert standing(movements_of(rows, "periods", STRIPE, exported_on="2024-03-01"), "2024-03-01")["standing"] == (
        "notice given"
    )
    paying = movements_of([period("2024-01-10", status="active")], "periods", STRIPE, exported_on="2024-03-01")
    assert standing(paying, "2024-03-01")["standing"] == "running"


def test_terms_of_one_subscription_are_past_due_by_the_last_of_them(movements_of: Fixture, standing: Fixture) -> None:
    terms = [
        period("2024-01-10", ended_at="2024-02-10", status="active"),
        period("2024-02-10", ended_at="2024-03-10", status="past_due"),
    ]
    moves = movements_of(terms, "periods", STRIPE, exported_on="2024-03-01", grace_days=5)
    assert standing(moves, "2024-03-01")["standing"] == "past due"
