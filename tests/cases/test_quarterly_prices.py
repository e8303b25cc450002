"""Subscriptions paid by the month, the quarter and the year, made up with their revenue: which price is for which."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import TODAY, after

Begin = Callable[..., Begun]
PRICES = {"Basic": {1: 10.0, 3: 27.0, 12: 96.0}, "Plus": {1: 20.0, 3: 54.0, 12: 192.0}}


def business() -> tuple[pl.DataFrame, pl.DataFrame, float]:
    """Subscriptions with a price and no interval, their payments, and the revenue a month of those that run."""
    subscriptions, payments, revenue = [], [], 0.0
    for number in range(240):
        plan, step = ("Basic", "Plus")[number % 2], (1, 3, 3, 12)[number // 2 % 4]
        price = PRICES[plan][step]
        day = date(2023, 1, 1) + timedelta(days=3 * number)
        start = day.replace(day=min(day.day, 28))
        due = next(count for count in range(step, 99, step) if after(start, count) > TODAY)
        has_left = number % 5 == 0 and due > step
        terms = due // step - 1 if has_left else due // step
        payments += [(f"C{number:04}", after(start, term * step), price) for term in range(terms)]
        revenue += 0.0 if has_left else price / step
        end = after(start, terms * step).isoformat() if has_left else ""
        subscriptions.append((f"S{number:05}", f"C{number:04}", plan, price, start.isoformat(), end))
    names = ["subscription_id", "customer_id", "plan", "price", "started_on", "ended_on"]
    paid = pl.DataFrame(payments, schema=["customer_id", "paid_on", "amount"], orient="row").sort("paid_on")
    return pl.DataFrame(subscriptions, schema=names, orient="row"), paid, round(revenue, 2)


def test_prices_in_cents_that_tell_terms_apart_are_listed_in_whole_units(begin: Begin) -> None:
    rows, revenue = [], 0.0
    for number in range(200):
        is_yearly, is_over = number % 3 == 0, number % 5 == 0 and number < 90
        day = date(2024, 1, 1) + timedelta(days=number)
        row = {"customer_id": f"C{number:03}", "start": day, "price_cents": 39900 if is_yearly else 3990}
        row |= {"end": day + timedelta(days=90) if is_over else None, "status": "cancelled" if is_over else "active"}
        months = 12 if is_yearly else 1
        row["next_billing"] = (
            None
            if is_over
            else date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, min(day.day, 28))
        )
        rows.append(row)
        revenue += 0.0 if is_over else 33.25 if is_yearly else 39.9
    begun = begin(subscriptions=pl.DataFrame(rows, infer_schema_length=None)).with_first_answers()
    assert begun.settings.tables["subscriptions"].subscriptions.interval == "listed"
    assert begun.stood()[1] == pytest.approx(revenue, abs=0.01)


def test_the_distance_between_payments_in_another_table_says_for_how_long_a_price_is(begin: Begin) -> None:
    subscriptions, payments, revenue = business()
    begun = begin(subscriptions=subscriptions, payments=payments)
    assert not [guess for guess in begun.draft.open_questions if "interval" in guess.about]
    assert begun.stood()[1] == revenue


def test_prices_of_a_quarter_are_offered_by_their_ratio_to_those_of_a_month(begin: Begin) -> None:
    subscriptions, _, _ = business()
    begun = begin(subscriptions=subscriptions)
    (question,) = [guess for guess in begun.draft.open_questions if "interval" in guess.about]
    assert question.choices[0] == "listed"
    text = begun.file.read_text(encoding="utf-8")
    assert 'interval: "quarter", when: {price: ["27", "54"]}' in text
    assert 'interval: "year", when: {price: ["96", "192"]}' in text
