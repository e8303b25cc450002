"""Exports of payment providers, bookings and invoices, with their right values: what counts, once, of whom."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_mixed_terms import later, revenue_of

from holdfast.quality.readiness.grade import readiness

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_BUYERS = [f"B{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 for number in range(_ROWS)]


@pytest.mark.parametrize(
    ("stages", "back", "name"),
    [
        (["Received", "Authorised", "SentForSettle", "Settled"], ["SentForRefund", "Refunded"], "Record Type"),
        (["authorized", "captured"], ["refund_requested", "refunded"], "status"),
    ],
    ids=["four stages", "two stages"],
)
def test_a_payment_that_is_booked_at_each_stage_counts_once(
    begin: Begin, stages: list[str], back: list[str], name: str
) -> None:
    rows = []
    for number in range(_ROWS):
        own = [*stages, *(back if number % 12 == 0 else ())] if number % 15 != 14 else [stages[0], "Refused"]
        rows += [
            (
                f"{8_444_000_000 + number}",
                f"{_DAYS[number]} 10:{minute:02}:00",
                _AMOUNTS[number],
                stage,
                _BUYERS[number],
            )
            for minute, stage in enumerate(own)
        ]
    names = ["Psp Reference", "Booking Date", "Main Amount", name, "Shopper Reference"]
    begun = begin(payments=pl.DataFrame(rows, schema=names, orient="row"))
    assert not begun.draft.open_questions
    paid = sum(amount for n, amount in enumerate(_AMOUNTS) if n % 15 != 14)
    returned = sum(amount for n, amount in enumerate(_AMOUNTS) if n % 12 == 0 and n % 15 != 14)
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(paid - returned)


def test_a_column_that_goes_in_and_out_again_is_not_the_money(begin: Begin) -> None:
    table = pl.DataFrame(
        {
            "order_id": [f"O{number:05}" for number in range(_ROWS)],
            "customer_id": _BUYERS,
            "date": _DAYS,
            "Captured amount": [_AMOUNTS[number // 2] * (1 if number % 2 else -1) for number in range(_ROWS)],
            "Main amount": _AMOUNTS,
        }
    )
    begun = begin(orders=table)
    assert not begun.draft.open_questions
    assert begun.settings.tables["transactions"].columns["amount"].source == "Main amount"


def _collected() -> pl.DataFrame:
    """Monthly payments of 90 members, newest first; the last ones are on their way, a few came back or failed."""
    rows = []
    for who in range(90):
        first, months = date(2023, 6, 1) + timedelta(days=who * 5), 4 + who % 9 if who % 2 else 30
        for number in range(months):
            day = later(first, number)
            if day > date(2025, 5, 28):
                break
            late = day > date(2025, 5, 20)
            status = "confirmed" if late else "failed" if (who + number) % 37 == 36 else "paid_out"
            back = 10.0 if (who * 3 + number) % 53 == 5 and status == "paid_out" else 0.0
            rows.append((f"PM{who:03}{number:03}", day, 19.99 + who % 3 * 5, status, back, 0.44, f"CU{who:05}"))
    names = ["id", "charge_date", "amount", "status", "amount_refunded", "transaction_fee", "customers.id"]
    return pl.DataFrame(rows, schema=names, orient="row").sort("charge_date", descending=True)


def test_payments_on_their_way_are_no_end_of_a_subscription(begin: Begin) -> None:
    payments = _collected()
    begun = begin(payments=payments)
    assert begun.settings.tables["subscriptions"].subscriptions is not None
    assert not [question for question in begun.draft.open_questions if question.about != "churn.rule"]
    paid = payments.filter(pl.col("status") != "failed")
    received = begun.cleaned().tables["subscriptions"]["amount"].sum()
    assert received == pytest.approx((paid["amount"] - paid["amount_refunded"]).sum())
    lately = paid.filter(pl.col("charge_date") > date(2025, 4, 28)).unique("customers.id")
    assert revenue_of(begun) == pytest.approx(lately["amount"].sum(), rel=0.03)


def test_who_booked_is_the_customer_and_not_the_guest(begin: Begin) -> None:
    bookings = pl.DataFrame(
        {
            "Book Number": range(2_000_000, 2_000_000 + _ROWS),
            "Booked by": [f"Krause, Piotr {number % 40}" for number in range(_ROWS)],
            "Guest Name(s)": [f"Piotr Krause{' and Rosa Braun' * (number % 2)}" for number in range(_ROWS)],
            "Booked on": [f"{day} 07:26:59" for day in _DAYS],
            "Price": [f"{amount:.2f} EUR" for amount in _AMOUNTS],
            "Status": ["ok", "ok", "ok", "no_show", "cancelled_by_guest"] * (_ROWS // 5),
        }
    )
    begun = begin(bookings=bookings)
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "Booked by"


def test_digits_of_cards_and_addresses_of_the_staff_are_no_customers(begin: Begin) -> None:
    sales = pl.DataFrame(
        {
            "E-Mail": [f"kasse{number % 3}@cafe-lind.de" for number in range(_ROWS)],
            "Datum": [f"{day:%d.%m.%Y}, 11:41" for day in _DAYS],
            "Transaktions-ID": [f"T{number * 7919:08}" for number in range(_ROWS)],
            "Status": ["Erfolgreich"] * 230 + ["Fehlgeschlagen"] * 10,
            "Letzte 4 Ziffern": [f"{number * 37 % 9000:04}" for number in range(_ROWS)],
            "Betrag inkl. MwSt.": [f"{amount:.2f}".replace(".", ",") for amount in _AMOUNTS],
            "MwSt.-Betrag": [f"{amount * 0.19 / 1.19:.2f}".replace(".", ",") for amount in _AMOUNTS],
        }
    )
    (question,) = begin(umsatz=sales).draft.open_questions
    assert (question.about, question.choices) == ("transactions.customer_id", ())
    assert "bring an export that names the customers" in question.evidence


def test_an_invoice_that_is_not_paid_is_open_and_whose_it_is_says_its_partner(begin: Begin) -> None:
    invoices = pl.DataFrame(
        {
            "Number": [f"INV/2024/{number:05}" for number in range(_ROWS)],
            "Invoice Partner Display Name": [f"Firma {number % 40}" for number in range(_ROWS)],
            "Invoice Date": _DAYS,
            "Total": _AMOUNTS,
            "Payment Status": ["Paid", "Paid", "Paid", "Not Paid"] * (_ROWS // 4),
            "Status": ["Posted"] * 228 + ["Draft"] * 6 + ["Cancelled"] * 6,
        }
    )
    begun = begin(invoices=invoices)
    assert not begun.draft.open_questions
    lines = {line.line: line.amount for line in begun.cleaned().money}
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "Invoice Partner Display Name"
    assert lines["net"] == pytest.approx(sum(_AMOUNTS[:228]))
    assert lines["pending"] == pytest.approx(sum(a for n, a in enumerate(_AMOUNTS[:228]) if n % 4 == 3))


def test_free_products_are_left_out_and_stop_nobody(begin: Begin) -> None:
    is_free = [number % 3 == 0 for number in range(_ROWS)]
    sales = pl.DataFrame(
        {
            "Purchase ID": [f"P{number:05}" for number in range(_ROWS)],
            "Email": [f"u{number % 40}@mail.com" for number in range(_ROWS)],
            "Purchase Date": _DAYS,
            "Item Price": [0.0 if free else amount for free, amount in zip(is_free, _AMOUNTS, strict=True)],
            "Quantity": [1] * _ROWS,
        }
    )
    begun = begin(sales=sales)
    result = readiness(begun.cleaned(), begun.settings)
    assert not [reason for reason in result.reasons if "price" in reason.lower()], result.reasons


def test_the_sums_of_a_question_count_an_order_once(begin: Begin) -> None:
    """Invoices of two lines that each repeat the total: 240 lines, and 120 totals."""
    totals = [round(30.0 + number * 11 % 47, 2) for number in range(120)]
    lines = pl.DataFrame(
        {
            "InvoiceNumber": [f"INV-{number // 2:04}" for number in range(_ROWS)],
            "ContactName": [f"Company {number // 2 % 30} Ltd" for number in range(_ROWS)],
            "InvoiceDate": [_DAYS[number // 2] for number in range(_ROWS)],
            "Total": [totals[number // 2] for number in range(_ROWS)],
            "LineAmount": [round(totals[number // 2] / 2.4, 2) for number in range(_ROWS)],
        }
    )
    questions = {question.about: question for question in begin(invoices=lines).draft.open_questions}
    assert f"Total: {sum(totals):,.2f} in all" in questions["transactions.amount"].evidence


@pytest.mark.parametrize(
    ("name", "exponent", "scale"), [("Exponent", 2, 0.01), ("decimals", 3, 0.001), ("Exponent", 0, 1)]
)
def test_amounts_beside_the_exponent_of_their_currency_are_in_minor_units(
    begin: Begin, name: str, exponent: int, scale: float
) -> None:
    cents = [round(amount * 100) + number for number, amount in enumerate(_AMOUNTS)]
    table = {"Order Code": [f"T{number:05}" for number in range(_ROWS)], "Shopper": _BUYERS, "Date": _DAYS}
    table |= {"Currency": ["GBP"] * _ROWS, name: [exponent] * _ROWS, "Amount": cents}
    begun = begin(orders=pl.DataFrame(table))
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(sum(cents) * scale)


@pytest.mark.parametrize("undone", ["refunded_at", "shipped_at"])
def test_a_time_of_few_rows_does_not_date_the_payments(begin: Begin, undone: str) -> None:
    seldom = [f"{day + timedelta(days=3)}T09:00:00Z" if n % 18 == 0 else None for n, day in enumerate(_DAYS)]
    times = [f"{day}T15:24:09Z" for day in _DAYS]
    table = {"id": [900_001 + number for number in range(_ROWS)], "user_email": [f"{b}@web.de" for b in _BUYERS]}
    table |= {
        "total": _AMOUNTS,
        undone: seldom,
        "created_at": times,
        "updated_at": [b or a for a, b in zip(times, seldom, strict=True)],
    }
    begun = begin(orders=pl.DataFrame(table))
    assert begun.settings.tables["transactions"].columns["happened_at"].source == "created_at"


def test_a_charge_that_failed_by_a_second_column_of_states_is_no_payment(begin: Begin) -> None:
    rows = [
        {
            "transactionId": f"T{who:03}{month:02}",
            "transactionDate": date(2024, month, 1 + who % 28),
            "transactionType": "recurring" if (who + month) % 30 else "refund",
            "customerId": f"C{who:03}",
            "price": 9.99,
            "transactionStatus": "failed" if who % 6 == 0 and month > 6 else "success",
        }
        for who in range(60)
        for month in range(1, 13)
    ]
    standing, _ = begin(payments=pl.DataFrame(rows)).answer('rule: "?"', "rule: subscription_end").stood()
    assert standing["running"] == 50
