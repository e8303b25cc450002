"""Ledgers, payouts, tills, donations, deals and seats, made up with their right totals: read right, or asked about."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.meanings import Meaning

Begin = Callable[..., Begun]
_ROWS = 200
_DAYS = [(date(2024, 1, 1) + timedelta(days=3 * number)).isoformat() for number in range(_ROWS)]
_AMOUNTS = [10.25 + number % 17 for number in range(_ROWS)]
_BUYERS = [f"K{number % 40:04d}" for number in range(_ROWS)]


def _net(begun: Begun) -> float:
    return float(begun.cleaned().tables["transactions"]["amount"].sum())


def test_payments_of_invoices_of_the_same_ledger_do_not_count_again(begin: Begin) -> None:
    kinds = [("Invoice", "Payment", "Invoice", "Payment", "Credit Note")[number % 5] for number in range(_ROWS)]
    signs = {"Invoice": 1, "Payment": -1, "Credit Note": -1}
    amounts = [signs[kind] * amount for kind, amount in zip(kinds, _AMOUNTS, strict=True)]
    ledger = pl.DataFrame({"Customer No": _BUYERS, "Posting Date": _DAYS, "Document Type": kinds, "Amount": amounts})
    begun = begin(ledger=ledger)
    assert not begun.draft.open_questions
    expected = sum(amount for kind, amount in zip(kinds, amounts, strict=True) if kind != "Payment")
    assert _net(begun) == pytest.approx(expected)


def test_invoices_and_payments_of_one_sign_are_asked_about(begin: Begin) -> None:
    kinds = [("Invoice", "Payment")[number % 2] for number in range(_ROWS)]
    ledger = pl.DataFrame(
        {"Customer No": _BUYERS, "Posting Date": _DAYS, "Document Type": [*kinds[:-1], "Refund"], "Amount": _AMOUNTS}
    )
    (question,) = begin(ledger=ledger).draft.open_questions
    assert "Payment" in question.evidence


def test_a_kind_of_receipt_that_carries_money_and_no_word_explains_is_asked_about(begin: Begin) -> None:
    kinds = ["TRAINING" if number % 20 == 0 else "VOID" if number % 20 == 1 else "SALE" for number in range(_ROWS)]
    amounts = [-amount if kind == "VOID" else amount for kind, amount in zip(kinds, _AMOUNTS, strict=True)]
    receipts = pl.DataFrame({"Loyalty Card": _BUYERS, "Date": _DAYS, "Type": kinds, "Total": amounts})
    begun = begin(receipts=receipts)
    (question,) = begun.draft.open_questions
    assert "TRAINING" in question.evidence
    expected = sum(amount for kind, amount in zip(kinds, amounts, strict=True) if kind != "TRAINING")
    assert _net(begun.answer('unknown: ["TRAINING"]', 'test: ["TRAINING"]')) == pytest.approx(expected)


def test_of_a_file_of_payouts_the_gross_is_the_money_and_a_payout_is_no_sale(begin: Begin) -> None:
    kinds = ["Payout" if number % 20 == 0 else "Refund" if number % 20 == 1 else "Sale" for number in range(_ROWS)]
    gross = [amount if kind == "Sale" else -amount for kind, amount in zip(kinds, _AMOUNTS, strict=True)]
    fees = [0.0 if kind == "Payout" else round(-0.12 * amount, 2) for kind, amount in zip(kinds, gross, strict=True)]
    net = [round(amount + fee, 2) for amount, fee in zip(gross, fees, strict=True)]
    buyers = ["" if kind == "Payout" else buyer for kind, buyer in zip(kinds, _BUYERS, strict=True)]
    payouts = pl.DataFrame(
        {"Date": _DAYS, "Transaction type": kinds, "Buyer": buyers, "Gross": gross, "Fees": fees, "Net": net}
    )
    begun = begin(payouts=payouts)
    assert not begun.draft.open_questions
    expected = sum(amount for kind, amount in zip(kinds, gross, strict=True) if kind != "Payout")
    assert _net(begun) == pytest.approx(expected)


def test_what_donors_gave_is_money_and_what_they_pledged_is_not(begin: Begin) -> None:
    states = ["Pledged" if number % 10 == 0 else "Received" for number in range(_ROWS)]
    gifts = pl.DataFrame({"Donor ID": _BUYERS, "Gift Date": _DAYS, "Gift Amount": _AMOUNTS, "Gift Status": states})
    begun = begin(gifts=gifts)
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(amount for n, amount in enumerate(_AMOUNTS) if n % 10))


def test_a_price_of_a_seat_is_known_beside_plans_for_one(begin: Begin) -> None:
    """Plans that nobody takes twice say nothing of whether a price grows with the seats."""
    is_team = [number % 3 == 0 for number in range(_ROWS)]
    table = pl.DataFrame(
        {
            "contract_id": [f"V{number:04}" for number in range(_ROWS)],
            "client": [f"K{number:04}" for number in range(_ROWS)],
            "plan": ["team" if team else ("solo", "solo plus")[number % 2] for number, team in enumerate(is_team)],
            "started": [date(2023, 1, 1) + timedelta(days=number) for number in range(_ROWS)],
            "ended": [
                date(2024, 6, 1) + timedelta(days=number) if number % 4 == 0 else None for number in range(_ROWS)
            ],
            "interval": ["month"] * _ROWS,
            "quantity": [2 + number % 9 if team else 1 for number, team in enumerate(is_team)],
            "unit_amount": [25.0 if team else (12.0, 19.0)[number % 2] for number, team in enumerate(is_team)],
        }
    )
    sources = {name: each.source for name, each in begin(subs=table).settings.tables["subscriptions"].columns.items()}
    assert (sources["price"], sources["quantity"]) == ("unit_amount", "quantity")


def test_a_price_of_a_seat_counts_for_each_seat(begin: Begin) -> None:
    contracts = pl.DataFrame(
        {
            "account_id": _BUYERS,
            "contract_id": [f"S{number}" for number in range(_ROWS)],
            "contract": ["prepaid" if number % 2 else "postpaid" for number in range(_ROWS)],
            "valid_from": _DAYS,
            "valid_to": ["" if number >= 160 else _DAYS[min(number + 40, _ROWS - 1)] for number in range(_ROWS)],
            "seats": [1 + number % 12 for number in range(_ROWS)],
            "price_per_seat_month": [12.0 if number % 12 < 6 else 10.0 for number in range(_ROWS)],
        }
    )
    table = begin(contracts=contracts).settings.tables["subscriptions"]
    sources = {name: column.source for name, column in table.columns.items()}
    assert (sources["quantity"], sources["subscription_id"]) == ("seats", "contract_id")
    assert table.subscriptions is not None
    assert table.subscriptions.interval == "month"


def test_a_cancellation_before_the_end_of_what_is_paid_is_a_notice(begin: Begin) -> None:
    states = [
        "non_renewing" if number % 16 == 0 else "active" if number % 2 else "cancelled" for number in range(_ROWS)
    ]
    today = date(2026, 1, 31)
    ends = {"cancelled": today - timedelta(days=40), "non_renewing": today + timedelta(days=12)}
    paid = [ends.get(state, today + timedelta(days=number % 28)) for number, state in enumerate(states)]
    subscriptions = pl.DataFrame(
        {
            "client": [f"K{number}" for number in range(_ROWS)],
            "subscription": [f"S{number}" for number in range(_ROWS)],
            "state": states,
            "started_at": _DAYS,
            "cancelled_at": [
                "" if state == "active" else (until - timedelta(days=17)).isoformat()
                for state, until in zip(states, paid, strict=True)
            ],
            "current_term_start": [(until - timedelta(days=30)).isoformat() for until in paid],
            "current_term_end": [until.isoformat() for until in paid],
            "plan_amount": [9.9 if number % 3 else 19.9 for number in range(_ROWS)],
            "billing_unit": ["month" for _ in range(_ROWS)],
        }
    )
    table = begin(subscriptions=subscriptions).settings.tables["subscriptions"]
    sources = {name: column.source for name, column in table.columns.items()}
    assert (sources["notice_at"], sources["paid_until"]) == ("cancelled_at", "current_term_end")
    assert "ended_at" not in sources
    assert table.subscriptions is not None
    assert table.subscriptions.end_takes_effect == "at_term_end"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Négociation", Meaning.OPEN),
        ("Propuesta", Meaning.OPEN),
        ("Oferta", Meaning.OPEN),
        ("Rückerstattet", Meaning.REVERSED),
        ("No-Show", Meaning.VOID),
        ("Checked-Out", Meaning.SALE),
        ("Collected", Meaning.SALE),
        ("not paid", Meaning.FAILED),
    ],
)
def test_what_states_mean_for_the_money(text: str, meaning: Meaning) -> None:
    assert meaning_of(text, Purpose.MONEY) is meaning


def test_an_amount_that_is_always_the_same_is_money_where_no_other_is(begin: Begin) -> None:
    days = [date(2024, 1, 1) + timedelta(days=(number * 7) % 500) for number in range(400)]
    table = pl.DataFrame(
        {"donor": [f"D{number % 90:03}" for number in range(400)], "donated_on": days, "amount": [25.0] * 400}
    )
    cleaned = begin(donations=table).cleaned()
    assert cleaned.tables["transactions"]["amount"].sum() == 25.0 * table.unique().height
    varying = table.rename({"amount": "price"}).with_columns(total=pl.Series([25.0 + n % 3 for n in range(400)]))
    assert begin(donations=varying).settings.tables["transactions"].columns["amount"].source == "total"
