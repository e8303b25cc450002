"""Rows by month and invoices: each pays for a term, and silence after it is an end."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from holdfast.errors import HoldfastError

Fixture = Callable[..., Any]
STATES = {"status": {"running": ["active"], "ended": ["churned"], "paused": ["paused"], "trialing": ["trial"]}}
PAID = {"status": {"sale": ["paid"], "failed": ["uncollectible"], "draft": ["draft"], "void": ["void"]}}


def months(*told: tuple[str, object, str]) -> list[dict[str, object]]:
    return [{"customer_id": "a", "happened_at": day, "price": price, "status": status} for day, price, status in told]


def invoices(*told: tuple[str, object, str], **more: object) -> list[dict[str, object]]:
    return [row | more for row in months(*told)]


def test_the_first_month_that_is_not_paid_is_the_end(story: Fixture) -> None:
    rows = months(("2024-01-01", 30, "active"), ("2024-02-01", 50, "active"), ("2024-03-01", 0, "churned"),
                  ("2024-04-01", 0, "churned"))  # fmt: skip
    assert story(rows, "months", STATES) == [
        ("start", "2024-01-01", 1.0, 30.0), ("upgrade", "2024-02-01", 0.0, 20.0), ("end", "2024-03-01", -1.0, -50.0),
    ]  # fmt: skip


def test_months_of_nothing_before_the_first_paid_one_are_no_subscription(story: Fixture) -> None:
    rows = months(("2024-01-01", 0, ""), ("2024-02-01", 30, ""))
    assert [(kind, day) for kind, day, *_ in story(rows, "months")][:1] == [("start", "2024-02-01")]


def test_rows_that_just_stop_end_with_the_month_that_they_paid(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of(months(("2024-01-01", 30, ""), ("2024-02-01", 30, "")), "months")
    end = made.filter(kind="end").row(0, named=True)
    assert (str(end["happened_at"].date()), end["is_due"], end["cause"]) == ("2024-03-01", True, "term")
    assert standing(made, "2024-02-15")["standing"] == "running"


def test_a_missing_month_is_an_end_unless_the_settings_give_it_grace(story: Fixture) -> None:
    rows = months(("2024-01-01", 30, ""), ("2024-03-01", 30, ""))
    assert [kind for kind, *_ in story(rows, "months")] == ["start", "end", "start", "end"]
    assert [kind for kind, *_ in story(rows, "months", grace_days=31)] == ["start", "renewal", "end"]


def test_months_dated_on_their_last_day_follow_each_other(story: Fixture) -> None:
    rows = months(("2024-01-31", 30, ""), ("2024-02-29", 30, ""), ("2024-03-31", 30, ""), ("2024-04-30", 30, ""))
    assert [kind for kind, *_ in story(rows, "months")] == ["start", "renewal", "renewal", "renewal", "end"]


def test_several_rows_of_a_month_are_added_up(movements_of: Fixture, standing: Fixture) -> None:
    rows = months(("2024-01-01", 30, "active"), ("2024-01-01", 12, "active"))
    assert standing(movements_of(rows, "months", STATES), "2024-01-02")["mrr"] == 42.0


def test_an_unpaid_month_can_be_a_pause_or_a_trial(movements_of: Fixture, standing: Fixture) -> None:
    rows = months(("2024-01-01", 0, "trial"), ("2024-02-01", 30, "active"), ("2024-03-01", 0, "paused"))
    made = movements_of(rows, "months", STATES)
    assert [standing(made, day)["standing"] for day in ("2024-01-02", "2024-02-02", "2024-03-02")] == [
        "trial", "running", "paused",
    ]  # fmt: skip


def test_paid_invoices_that_follow_each_other_are_one_subscription(story: Fixture) -> None:
    rows = invoices(("2024-01-01", 30, "paid"), ("2024-02-03", 30, "paid"), ("2024-02-20", 30, "draft"))
    assert [(kind, day) for kind, day, *_ in story(rows, "invoices", PAID, interval="month")] == [
        ("start", "2024-01-01"), ("renewal", "2024-02-03"), ("end", "2024-03-03"),
    ]  # fmt: skip


def test_an_invoice_may_be_late_by_the_days_of_grace(movements_of: Fixture, standing: Fixture) -> None:
    made = movements_of(invoices(("2024-01-01", 30, "paid")), "invoices", PAID, interval="month")
    assert standing(made, "2024-02-05")["standing"] == "running"
    assert standing(made, "2024-02-09")["standing"] == "ended"
    strict = movements_of(invoices(("2024-01-01", 30, "paid")), "invoices", PAID, interval="month", grace_days=1)
    assert standing(strict, "2024-02-05")["standing"] == "ended"


def test_a_failed_invoice_before_the_silence_makes_it_involuntary(movements_of: Fixture) -> None:
    rows = invoices(("2024-01-01", 30, "paid"), ("2024-02-01", 30, "uncollectible"))
    made = movements_of(rows, "invoices", PAID, interval="month")
    assert made.filter(kind="end")["cause"].to_list() == ["involuntary"]


def test_the_period_of_an_invoice_gives_its_revenue_by_the_month(movements_of: Fixture, standing: Fixture) -> None:
    rows = [
        {"customer_id": "a", "happened_at": "2024-01-01", "paid_until": "2025-01-01", "price": "240"},
        {"customer_id": "b", "happened_at": "2024-02-01", "paid_until": "2024-03-01", "price": "30"},
    ]
    made = movements_of(rows, "invoices")
    assert (standing(made, "2024-02-10")["mrr"], standing(made, "2024-02-10", "b")["mrr"]) == (20.0, 30.0)
    assert made.filter(kind="start")["amount"].to_list() == [240.0, 30.0]


def test_invoices_of_no_known_length_are_refused(movements_of: Fixture) -> None:
    rows = [{"customer_id": "a", "happened_at": "2024-01-01", "paid_until": None, "price": "240"}]
    with pytest.raises(HoldfastError, match="how long an invoice's period is"):
        movements_of(rows, "invoices")


def test_money_given_back_is_no_term_and_is_taken_off_what_was_received(movements_of: Fixture) -> None:
    rows = [
        {"customer_id": "a", "happened_at": "2024-01-01", "paid_until": "2024-02-01", "price": "30", "status": "paid"},
        {"customer_id": "a", "happened_at": "2024-01-10", "paid_until": "2024-02-01", "price": "-12", "status": "paid"},
        {"customer_id": "a", "happened_at": "2024-01-12", "paid_until": "2024-02-01", "price": "8", "status": "credit"},
    ]
    movements = movements_of(rows, "invoices", {"status": {"sale": ["paid"], "refund": ["credit"]}})
    assert movements.filter(kind="refund").select("amount", "running_change").rows() == [(-12.0, 0.0), (-8.0, 0.0)]
    assert movements["amount"].sum() == 10.0


def test_a_failed_invoice_keeps_the_subscription_until_its_own_term_is_over(
    movements_of: Fixture, standing: Fixture
) -> None:
    paid, failed = ("2024-01-01", 30, "paid"), ("2024-02-01", 30, "uncollectible")
    recovered = movements_of(invoices(paid, failed, ("2024-03-01", 30, "paid")), "invoices", PAID, interval="month")
    assert recovered.filter(kind="end", is_due=False).is_empty()
    assert standing(recovered, "2024-02-20")["standing"] == "past due"
    assert standing(recovered, "2024-03-20")["standing"] == "running"
    lost = movements_of(invoices(paid, failed), "invoices", PAID, interval="month")
    assert standing(lost, "2024-02-20")["standing"] == "past due"  # as known then
    assert standing(lost, "2024-05-01")["standing"] == "ended"
    assert lost.filter(kind="end")["happened_at"].dt.date().to_list() == [date(2024, 2, 1)]
    assert lost.filter(kind="end")["cause"].to_list() == ["involuntary"]


def test_months_and_invoices_not_paid_yet_are_past_due(movements_of: Fixture, standing: Fixture) -> None:
    late = {"status": {**STATES["status"], "past_due": ["late"]}}
    rows = months(("2024-01-01", 30, "active"), ("2024-02-01", 30, "late"))
    assert standing(movements_of(rows, "months", late), "2024-02-20")["standing"] == "past due"
    paid = movements_of([*rows, *months(("2024-03-01", 30, "active"))], "months", late)
    assert standing(paid, "2024-03-20")["standing"] == "running"
    bills = invoices(("2024-01-01", 30, "paid"), ("2024-02-01", 30, "uncollectible"), interval="month")
    assert standing(movements_of(bills, "invoices", PAID), "2024-02-05")["standing"] == "past due"
