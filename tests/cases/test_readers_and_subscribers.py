"""Lists of readers of whom some pay: an expiry and a flag tell who subscribes, the others have never left."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
from tests.cases.conftest import Begun
from tests.cases.test_mixed_terms import later

Begin = Callable[..., Begun]


def test_readers_who_never_paid_are_no_leavers(begin: Begin) -> None:
    today, rows = date(2025, 6, 15), []
    for number in range(900):
        signed = date(2022, 9, 1) + timedelta(days=number * 1015 // 900)
        if number % 3:
            rows.append((f"r{number}@mail.org", False, None, "other", signed, None))
            continue
        paid, months = signed + timedelta(days=5), 1 if number % 2 else 12
        terms = 1 + number % 4
        expiry = later(paid, months * terms)
        is_active = number % 9 == 0
        while is_active and expiry <= today:
            expiry = later(expiry, months)
        is_active = expiry > today
        rows.append((f"r{number}@mail.org", is_active, expiry, "monthly" if months == 1 else "yearly", signed, paid))
    names = ["email", "active_subscription", "expiry", "plan", "created_at", "first_payment_at"]
    begun = begin(email_list=pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None))
    assert not begun.draft.open_questions
    table = begun.settings.tables["subscriptions"]
    sources = {name: column.source for name, column in table.columns.items()}
    assert (sources["happened_at"], sources["paid_until"]) == ("first_payment_at", "expiry")
    cleaned = begun.cleaned().tables["subscriptions"]
    assert cleaned["customer_id"].n_unique() == sum(row[5] is not None for row in rows)


def test_paid_periods_of_an_app_shop(begin: Begin) -> None:
    """One row a paid month, tests of the sandbox among them; who turned the renewal off runs on to the end."""
    today, rows = date(2025, 4, 30), []
    for number in range(160):
        begins, months = date(2023, 6, 1) + timedelta(days=number * 4), 1 + number % 9
        for month in range(months):
            start, end = later(begins, month), later(begins, month + 1)
            if start > today:
                break
            is_last = month == months - 1
            rows.append((f"u{number}", "pro_monthly", "P1M", start, end, "USD" if number % 5 else "EUR", 6.99,
                         start + timedelta(days=9) if is_last else None, number % 40 == 0))  # fmt: skip
    names = ["app_user_id", "product_identifier", "product_duration", "start_time", "end_time", "purchased_currency",
             "price_in_usd", "unsubscribe_detected_at", "is_sandbox"]  # fmt: skip
    begun = begin(transactions=pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None))
    assert not begun.draft.open_questions
    table = begun.settings.tables["subscriptions"]
    sources = {name: column.source for name, column in table.columns.items()}
    assert (sources["ended_at"], sources["notice_at"]) == ("end_time", "unsubscribe_detected_at")
    assert begun.settings.currency == "USD"
    customers = set(begun.cleaned().tables["subscriptions"]["customer_id"])
    assert customers == {f"u{number}" for number in range(160) if number % 40}
