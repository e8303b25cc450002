"""Events of subscriptions become movements: who starts, pauses, resumes, cancels, and what it changes."""

from collections.abc import Callable
from typing import Any

Fixture = Callable[..., Any]
MEANS = {
    "kind": {
        "start": ["started"], "sale": ["charged"], "trial": ["trial"], "pause": ["paused"], "resume": ["resumed"],
        "upgrade": ["upgraded"], "notice": ["notice"], "end": ["cancelled"], "payment_failed": ["declined"],
        "neutral": ["emailed"],
    }
}  # fmt: skip


def events(*told: tuple[str, str] | tuple[str, str, object]) -> list[dict[str, object]]:
    return [
        {"customer_id": "a", "happened_at": day, "kind": kind, "price": more[0] if more else None}
        for day, kind, *more in told
    ]


def test_a_cancellation_is_an_end_and_no_sign_of_life(story: Fixture) -> None:
    told = story(events(("2024-01-10", "started", 30), ("2024-02-10", "cancelled")), "events", MEANS, interval="month")
    assert told == [("start", "2024-01-10", 1.0, 30.0), ("end", "2024-02-10", -1.0, -30.0)]


def test_a_second_end_changes_nothing_and_is_counted(draft_of: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-10", "cancelled"), ("2024-02-11", "cancelled"))
    draft = draft_of(rows, "events", MEANS, interval="month")
    assert draft.table["running_change"].sum() == 0
    assert draft.facts["subscriptions_ends_of_nothing"] == 1


def test_a_charge_of_who_does_not_run_is_a_start(story: Fixture) -> None:
    told = story(
        events(("2024-01-10", "charged", 30), ("2024-02-10", "charged", 30)), "events", MEANS, interval="month"
    )
    assert [(kind, runs) for kind, _, runs, _ in told] == [("start", 1.0), ("renewal", 0.0)]


def test_a_charge_at_another_price_is_an_upgrade_or_a_downgrade(story: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-10", "charged", 50), ("2024-03-10", "charged", 20))
    told = story(rows, "events", MEANS, interval="month")
    assert [(kind, price) for kind, _, _, price in told] == [("start", 30.0), ("upgrade", 20.0), ("downgrade", -30.0)]


def test_a_pause_is_no_end_and_a_resumption_brings_the_price_back(
    story: Fixture, movements_of: Fixture, standing: Fixture
) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-01", "paused", 0), ("2024-03-01", "resumed", 0))
    assert story(rows, "events", MEANS, interval="month")[1:] == [
        ("pause", "2024-02-01", -1.0, -30.0),
        ("resume", "2024-03-01", 1.0, 30.0),
    ]
    assert standing(movements_of(rows, "events", MEANS, interval="month"), "2024-02-15")["standing"] == "paused"


def test_who_cancels_while_paused_has_ended(movements_of: Fixture, standing: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-01", "paused"), ("2024-03-01", "cancelled"))
    made = movements_of(rows, "events", MEANS, interval="month")
    assert standing(made, "2024-03-02")["standing"] == "ended"
    assert made["running_change"].sum() == 0


def test_a_pause_of_what_does_not_run_says_nothing(story: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-01", "cancelled"), ("2024-03-01", "paused"))
    assert [kind for kind, *_ in story(rows, "events", MEANS, interval="month")] == ["start", "end"]


def test_a_trial_runs_and_a_charge_takes_it_up(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of(
        events(("2024-01-10", "trial"), ("2024-01-24", "charged", 30)), "events", MEANS, interval="month"
    )
    assert standing(made, "2024-01-20")["standing"] == "trial"
    assert (standing(made, "2024-01-25")["standing"], standing(made, "2024-01-25")["mrr"]) == ("running", 30.0)
    assert made.sort("happened_at")["kind"].to_list() == ["trial", "start"]


def test_an_end_right_after_a_failed_payment_is_involuntary(movements_of: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-10", "declined"), ("2024-02-20", "cancelled"))
    assert movements_of(rows, "events", MEANS, interval="month").filter(kind="end")["cause"].to_list() == [
        "involuntary"
    ]


def test_a_failed_payment_that_was_made_good_is_not_why_it_ended(movements_of: Fixture) -> None:
    rows = events(
        ("2024-01-10", "started", 30), ("2024-02-10", "declined"), ("2024-02-12", "charged", 30),
        ("2024-02-20", "cancelled"),
    )  # fmt: skip
    assert movements_of(rows, "events", MEANS, interval="month").filter(kind="end")["cause"].to_list() == ["voluntary"]


def test_a_cancellation_can_take_effect_at_the_end_of_the_term(movements_of: Fixture, standing: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-10", "charged", 30), ("2024-02-15", "cancelled"))
    made = movements_of(rows, "events", MEANS, interval="month", end_takes_effect="at_term_end")
    now = standing(made, "2024-02-20")
    assert (now["standing"], str(now["ends_at"].date()), now["mrr"]) == ("notice given", "2024-03-10", 30.0)
    assert standing(made, "2024-03-11")["standing"] == "ended"


def test_a_notice_that_is_taken_back_ends_nothing(movements_of: Fixture, standing: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-01-15", "notice"), ("2024-01-20", "resumed"))
    made = movements_of(rows, "events", MEANS, interval="month")
    assert [standing(made, day)["standing"] for day in ("2024-01-18", "2024-01-21", "2024-02-20")] == [
        "notice given", "running", "running",
    ]  # fmt: skip
    assert made.filter(cause="withdrawn").height == 1


def test_an_explicit_end_before_the_booked_one_counts_once(movements_of: Fixture, standing: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-01-15", "notice"), ("2024-01-25", "cancelled"))
    made = movements_of(rows, "events", MEANS, interval="month")
    assert standing(made, "2024-01-20")["standing"] == "notice given"
    assert standing(made, "2024-01-26")["standing"] == "ended"
    assert (made["running_change"].sum(), made["mrr_change"].sum()) == (0.0, 0.0)


def test_subscriptions_of_one_customer_are_followed_apart(movements_of: Fixture, standing: Fixture) -> None:
    rows = [
        {**row, "subscription_id": number}
        for number in ("1", "2")
        for row in events(("2024-01-10", "started", 30), *([("2024-02-10", "cancelled")] if number == "1" else []))
    ]
    made = movements_of(rows, "events", MEANS, interval="month")
    assert (standing(made, "2024-02-11")["standing"], standing(made, "2024-02-11")["mrr"]) == ("running", 30.0)


def test_kinds_without_a_meaning_are_counted(draft_of: Fixture) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-01-11", "emailed"), ("2024-01-12", "odd"))
    draft = draft_of(rows, "events", MEANS, interval="month")
    assert draft.facts["subscriptions_without_meaning"] == 2
    assert draft.table.height == 1


def test_an_event_that_arrives_late_does_not_rewrite_what_was_known(movements_of: Fixture, standing: Fixture) -> None:
    rows = [{**row, "known_at": None} for row in events(("2024-02-10", "charged", 30))]
    late = [
        {**row, "known_at": "2024-03-01"} for row in events(("2024-01-10", "started", 30), ("2024-01-20", "cancelled"))
    ]
    made = movements_of([*rows, *late], "events", MEANS, interval="month")
    assert standing(made, "2024-02-20")["standing"] == "running"
    assert standing(made, "2024-03-10")["standing"] == "running"  # the charge came after the cancellation


def test_charges_are_money_received_and_a_begin_is_where_no_charge_stands_beside_it(movements_of: Fixture) -> None:
    rows = events(
        ("2024-01-10", "started", 30), ("2024-02-10", "charged", 30), ("2024-02-20", "cancelled"),
        ("2024-05-01", "started", 40), ("2024-05-01", "charged", 40),
    )  # fmt: skip
    movements = movements_of(rows, "events", {"kind": {**MEANS["kind"], "sale": ["charged"]}}, interval="month")
    assert movements["amount"].drop_nulls().to_list() == [30.0, 30.0, 40.0]


def test_prices_without_a_charge_are_no_money_received(movements_of: Fixture) -> None:
    means = {"kind": {"start": ["started"], "end": ["cancelled"]}}
    movements = movements_of(
        events(("2024-01-10", "started", 30), ("2024-02-20", "cancelled")), "events", means, interval="month"
    )
    assert "amount" not in movements.columns


def test_a_failed_payment_is_past_due_until_the_next_charge_and_no_longer_than_five_weeks(
    movements_of: Fixture, standing: Fixture
) -> None:
    rows = events(("2024-01-10", "started", 30), ("2024-02-10", "declined"))
    failed = movements_of(rows, "events", MEANS, interval="month")
    assert standing(failed, "2024-02-10")["standing"] == "running"
    assert standing(failed, "2024-02-20")["standing"] == "past due"
    assert standing(failed, "2024-04-20")["standing"] == "running"  # nobody ended it: such records hold no payments
    paid = movements_of([*rows, *events(("2024-02-15", "charged", 30))], "events", MEANS, interval="month")
    assert standing(paid, "2024-02-20")["standing"] == "running"
    ended = movements_of([*rows, *events(("2024-02-15", "cancelled"))], "events", MEANS, interval="month")
    assert standing(ended, "2024-02-20")["standing"] == "ended"
