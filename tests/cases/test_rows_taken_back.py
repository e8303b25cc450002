"""Rows that take other rows back, and columns that only look as if they said whose money moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ORDERS, _SECONDS = 240, "%Y-%m-%d %H:%M:%S"
_BEGIN = datetime(2024, 1, 3, 9, 30, tzinfo=UTC)
_AMOUNTS = [round(12.5 + number % 19 * 1.35, 2) for number in range(_ORDERS)]


def _at(number: int, hours: int = 0) -> datetime:
    return _BEGIN + timedelta(days=2 * number, hours=hours)


def _log(rows: list[tuple[int, datetime, str, float]]) -> pl.DataFrame:
    rows = sorted(rows, key=lambda row: row[1])
    return pl.DataFrame({
        "shopper": [f"s{number % 45:03d}@post.example" for number, *_ in rows],
        "time": [at.strftime(_SECONDS) for _, at, *_ in rows],
        "event": [event for *_, event, _ in rows],
        "order_ref": [f"R-{7000 + number}" for number, *_ in rows],
        "value": [value for *_, value in rows],
    })  # fmt: skip


def test_refunds_and_cancellations_with_rows_of_their_own_are_taken_off(begin: Begin) -> None:
    rows = [(number, _at(number), "Order placed", amount) for number, amount in enumerate(_AMOUNTS)]
    back = {number: round(_AMOUNTS[number] * (1.0 if number % 2 else 0.5), 2) for number in range(0, _ORDERS, 9)}
    rows += [(number, _at(number, 30), "Order refunded", amount) for number, amount in back.items()]
    cancelled = range(4, _ORDERS, 24)
    rows += [(number, _at(number), "Order cancelled", _AMOUNTS[number]) for number in cancelled]
    begun = begin(activity=_log(rows)).with_first_answers()
    expected = sum(_AMOUNTS) - sum(back.values()) - sum(_AMOUNTS[number] for number in cancelled)
    assert begun.net() == pytest.approx(round(expected, 2))


def test_a_cancelled_line_beside_others_of_its_order_is_not_taken_off_a_second_time(begin: Begin) -> None:
    lines = [(number, _at(number), "shipped", amount) for number, amount in enumerate(_AMOUNTS)]
    cancelled = {number: round(3.1 + number % 7, 2) for number in range(0, _ORDERS, 5)}
    lines += [(number, _at(number), "cancelled", amount) for number, amount in cancelled.items()]
    begun = begin(lines=_log(lines).rename({"event": "line_status"})).with_first_answers()
    assert begun.net() == pytest.approx(round(sum(_AMOUNTS), 2))


def test_what_is_left_to_pay_of_each_invoice_is_no_balance_of_an_account(begin: Begin) -> None:
    credit = range(0, _ORDERS, 11)
    numbers = [*range(_ORDERS), *credit]
    totals = [*_AMOUNTS, *(-_AMOUNTS[number] for number in credit)]
    unpaid = {number for number in range(_ORDERS) if number % 17 == 3}
    is_credit = [position >= _ORDERS for position in range(len(numbers))]
    table = pl.DataFrame({
        "document": [f"D{position + 100}" for position in range(len(numbers))],
        "account_code": [f"acct-{number % 60:04d}" for number in numbers],
        "billed": [_at(number, 40 * back).date().isoformat() for number, back in zip(numbers, is_credit, strict=True)],
        "type": ["credit" if back else "charge" for back in is_credit],
        "state": ["failed" if number in unpaid and not back else "paid"
                  for number, back in zip(numbers, is_credit, strict=True)],
        "total": totals,
        "balance": [total if number in unpaid and total > 0 else 0.0
                    for number, total in zip(numbers, totals, strict=True)],
    })  # fmt: skip
    begun = begin(documents=table).with_first_answers()
    expected = sum(totals) - sum(_AMOUNTS[number] for number in unpaid)
    assert begun.net() == pytest.approx(round(expected, 2))


def test_how_often_is_billed_names_no_customer(begin: Begin) -> None:
    table = pl.DataFrame({
        "subscription_id": [3000 + number for number in range(_ORDERS)],
        "customer_id": [52_000 + 3 * number for number in range(_ORDERS)],
        "date_created": [_at(number).strftime(_SECONDS) for number in range(_ORDERS)],
        "end_date": [_at(number, 24 * 90).strftime(_SECONDS) if number % 3 == 0 else "" for number in range(_ORDERS)],
        "billing_period": ["year" if number % 4 == 0 else "month" for number in range(_ORDERS)],
        "billing_interval": [1] * _ORDERS,
        "last_order_date": [_at(number, 24 * 30).strftime(_SECONDS) for number in range(_ORDERS)],
        "customer_email": [f"payer{number}@post.example" for number in range(_ORDERS)],
        "billing_first_name": [f"Name{chr(97 + number % 20)}" for number in range(_ORDERS)],
        "order_total": [240.0 if number % 4 == 0 else 24.0 for number in range(_ORDERS)],
    })  # fmt: skip
    begun = begin(subscriptions=table)
    columns = begun.settings.tables["subscriptions"].columns
    assert columns["customer_id"].source == "customer_id"
    assert columns["interval"].source == "billing_period"


def test_days_whose_month_comes_first_are_read(begin: Begin) -> None:
    table = pl.DataFrame({
        "Buyer": [f"buyer{number % 50}" for number in range(_ORDERS)],
        "Sold on": [_at(number).strftime("%b-%d-%y") for number in range(_ORDERS)],
        "Total": _AMOUNTS,
    })  # fmt: skip
    cleaned = begin(sales=table).cleaned()
    days = cleaned.tables["transactions"]["happened_at"].dt.date()
    assert (days.min(), days.max()) == (_at(0).date(), _at(_ORDERS - 1).date())


def test_a_total_after_refunds_beside_the_total_is_offered_as_the_amount(begin: Begin) -> None:
    left = [round(amount * {0: 0.0, 1: 0.6}.get(number % 14, 1.0), 2) for number, amount in enumerate(_AMOUNTS)]
    table = pl.DataFrame({
        "order_no": [f"N{number}" for number in range(_ORDERS)],
        "customer_id": [f"k{number % 48}" for number in range(_ORDERS)],
        "created_at": [_at(number).strftime(_SECONDS) for number in range(_ORDERS)],
        "total_price": _AMOUNTS,
        "current_total_price": left,
        "state": ["cancelled" if number % 23 == 2 else "completed" for number in range(_ORDERS)],
    })  # fmt: skip
    begun = begin(orders=table)
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.amount"
    assert question.choices[0] == "current_total_price"
    total = begun.with_first_answers().cleaned().tables["transactions"]["amount"].sum()
    assert total == pytest.approx(sum(amount for number, amount in enumerate(left) if number % 23 != 2))
