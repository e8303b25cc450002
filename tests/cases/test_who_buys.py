"""Exports in which tickets, members and payers are numbered, made up with their right values: who the customer is."""

import base64
import hashlib
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]


def tickets(*, of_one_price: bool, with_buyer: bool) -> tuple[pl.DataFrame, float, int]:
    """Tickets of orders, with an address of whoever comes; what they brought, and how many people bought."""
    dice, rows, buyers = random.Random(4), [], set()
    for order in range(300):
        buyer = dice.randrange(90)
        ordered = datetime(2023, 1, 5, 9, tzinfo=UTC) + timedelta(hours=60 * order)
        price = dice.choice([15, 25, 40])
        for _ in range(dice.choice([1, 1, 2, 3])):
            buyers.add(buyer)
            guest = f"a{dice.randrange(400)}" if with_buyer and dice.random() < 0.3 else f"b{buyer}"
            rows.append(
                {
                    "Order #": 9_000_000 + 7 * order,
                    "Order Date": f"{ordered:%Y-%m-%d %H:%M:%S}",
                    "Attendee #": 15_000_000 + 13 * len(rows),
                    "Last Name": f"L{dice.randrange(60)}",
                    "Email": f"{guest}@mail.example",
                    **({"Buyer Email": f"b{buyer}@mail.example"} if with_buyer else {}),
                    "Total Paid": price if of_one_price else dice.choice([15, 25, 40]),
                }
            )
    table = pl.DataFrame(rows)
    return table, float(table["Total Paid"].sum()), len(buyers)


@pytest.mark.parametrize(("with_buyer", "named"), [(False, "Email"), (True, "Buyer Email")])
@pytest.mark.parametrize("of_one_price", [False, True])
def test_the_number_of_a_ticket_is_no_customer_where_an_address_says_who_bought(
    begin: Begin, *, of_one_price: bool, with_buyer: bool, named: str
) -> None:
    table, revenue, buyers = tickets(of_one_price=of_one_price, with_buyer=with_buyer)
    begun = begin(attendees=table)
    assert begun.settings.tables["transactions"].columns["customer_id"].source == named
    tables = begun.cleaned().tables
    assert tables["customers"].height == buyers
    assert tables["transactions"]["amount"].sum() == revenue


def test_where_only_receipts_and_cards_are_numbered_nothing_is_offered_as_the_customer(begin: Begin) -> None:
    rows = [
        {
            "Receipt number": 700_000 + 3 * number,
            "Time": f"{datetime(2023, 1, 5, 9, tzinfo=UTC) + timedelta(hours=20 * number):%Y-%m-%d %H:%M:%S}",
            "Card last 4": f"{number % 70 * 131 % 10_000:04}",
            "Item": ("Latte", "Tea", "Bagel")[number % 3],
            "Note": ("", "oat milk", "to go")[number % 3],
            "Amount": 3 + number % 4,
        }
        for number in range(500)
    ]
    (question,) = begin(till=pl.DataFrame(rows)).draft.open_questions
    assert (question.about, question.choices) == ("transactions.customer_id", ())


def club(**more: str) -> pl.DataFrame:
    """Members of families; one member of each pays."""
    rows, member = [], 50_000
    for family in range(120):
        for person in range(1 + family % 3):
            member += 3
            joined = date(2018, 1, 1) + timedelta(days=member % 2500)
            has_left = (family + person) % 5 == 0
            rows.append(
                {
                    "Member No": member,
                    "Payer No": 20_000 + family,
                    "First name": f"F{member % 80}",
                    "Joined": joined.isoformat(),
                    "Left": (joined + timedelta(days=300)).isoformat() if has_left else "",
                    "Annual fee": (120, 90, 60)[person],
                    "Status": "left" if has_left else "active",
                    **more,
                }
            )
    return pl.DataFrame(rows)


def test_whether_members_or_those_who_pay_for_them_are_the_customers_is_asked_with_both_counts(begin: Begin) -> None:
    begun = begin(members=club())
    (question,) = [guess for guess in begun.draft.open_questions if guess.about.endswith("customer_id")]
    assert question.choices == ("Payer No", "Member No")
    assert "240 different values in Member No belong to 120 in Payer No" in question.evidence
    begun.answer('customer_id: {from: "?"', 'customer_id: {from: "Payer No"').answer(
        'exported_on: "?"', "exported_on: 2025-07-01"
    )
    assert begun.cleaned().tables["customers"].height == 120


def test_where_everybody_pays_for_themselves_nothing_is_asked(begin: Begin) -> None:
    table = club().with_columns(pl.col("Member No").alias("Payer No"))
    assert not [guess for guess in begin(members=table).draft.open_questions if "customer_id" in guess.about]


def test_hashes_that_come_again_could_name_the_customer(begin: Begin) -> None:
    rows = [
        {
            "msno": base64.b64encode(hashlib.sha256(str(number % 60).encode()).digest()).decode(),
            "transaction_date": f"{date(2024, 1, 1) + timedelta(days=number):%Y%m%d}",
            "actual_amount_paid": 99 + number % 5,
        }
        for number in range(400)
    ]
    (question,) = [
        guess for guess in begin(log=pl.DataFrame(rows)).draft.open_questions if guess.about.endswith("customer_id")
    ]
    assert "60 different values in 400 rows; written as codes" in question.evidence
