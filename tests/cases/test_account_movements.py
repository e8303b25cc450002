"""Amounts whose direction stands in another column, balances beside them, amounts in cents: signed, asked, divided."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]


def _statement(column: str, into: str, out: str) -> pl.DataFrame:
    """Movements of 12 accounts, each with its own balance."""
    kinds = [("SALARY", into, 2500.0), ("CARD PURCHASE", out, 40.0), ("MONTHLY FEE", out, 4.5), ("ATM", out, 100.0)]
    balances = dict.fromkeys(range(12), 0.0)
    rows = []
    for number, day in enumerate(_DAYS):
        account, (kind, direction, amount) = number % 12, kinds[(number // 12) % 4]
        amount += number % 7
        balances[account] = round(balances[account] + (amount if direction == into else -amount), 2)
        rows.append((day, f"P{account:03}", kind, direction, amount, balances[account]))
    names = ["Booking date", "Customer no", "Transaction type", column, "Amount", "Balance"]
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.mark.parametrize(
    ("column", "into", "out"),
    [("D/C", "C", "D"), ("Dr/Cr", "Cr", "Dr"), ("S/H", "H", "S"), ("Soll/Haben", "Haben", "Soll"), ("Sign", "+", "-")],
)
def test_movements_of_the_customers_own_money_are_asked_about(begin: Begin, column: str, into: str, out: str) -> None:
    statement = _statement(column, into, out)
    begun = begin(statement=statement)
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.transaction_type.status"
    assert question.choices[:2] == ("transfer", "sale")
    assert "the one before it plus or minus Amount" in question.evidence
    unknown = 'unknown: ["ATM", "CARD PURCHASE", "MONTHLY FEE", "SALARY"]'
    answered = begun.answer(unknown, "sale: [MONTHLY FEE]\n        transfer: [ATM, CARD PURCHASE, SALARY]")
    fees = statement.filter(pl.col("Transaction type") == "MONTHLY FEE")["Amount"].sum()
    assert answered.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(fees)


def _journal(column: str, into: str, out: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "date": _DAYS,
            "customer_id": [f"C{number % 30:02}" for number in range(_ROWS)],
            column: [out if number % 8 == 0 else into for number in range(_ROWS)],
            "amount": [10.0 + number % 9 for number in range(_ROWS)],
        }
    )


@pytest.mark.parametrize(
    ("column", "into", "out"),
    [("sign", "+", "-"), ("direction", "in", "out"), ("Richtung", "Eingang", "Ausgang"), ("tipo", "ingreso", "egreso")],
)
def test_what_goes_out_is_taken_off(begin: Begin, column: str, into: str, out: str) -> None:
    journal = _journal(column, into, out)
    begun = begin(journal=journal)
    assert not begun.draft.open_questions
    signed = pl.when(pl.col(column) == into).then(pl.col("amount")).otherwise(-pl.col("amount"))
    expected = journal.select(signed.sum()).item()
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(expected)


@pytest.mark.parametrize(("column", "into", "out"), [("D/C", "C", "D"), ("Soll/Haben-Kennzeichen", "H", "S")])
def test_debit_and_credit_of_a_journal_are_asked_about(begin: Begin, column: str, into: str, out: str) -> None:
    (question,) = begin(journal=_journal(column, into, out)).draft.open_questions
    assert "which of the two is a sale" in question.evidence


def test_kinds_of_cards_are_no_direction(begin: Begin) -> None:
    assert not begin(orders=_journal("card type", "credit", "debit")).draft.open_questions


@pytest.mark.parametrize("name", ["price_cents", "amount_minor", "Betrag (Cent)", "amountInCents", "total_pence"])
def test_cents_are_divided_and_it_is_said(begin: Begin, name: str) -> None:
    orders = pl.DataFrame(
        {
            "ordered_at": _DAYS,
            "customer_id": [f"C{number % 30:02}" for number in range(_ROWS)],
            name: [199 + number % 9 * 100 for number in range(_ROWS)],
        }
    )
    begun = begin(orders=orders)
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(orders[name].sum() / 100)
    assert any("multiplied by 0.01" in guess.evidence for guess in begun.draft.guesses)
    in_yen = begin(orders=orders.with_columns(currency=pl.lit("JPY")))
    assert in_yen.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(orders[name].sum())


def test_a_name_of_cents_over_fractions_changes_nothing(begin: Begin) -> None:
    orders = pl.DataFrame(
        {
            "ordered_at": _DAYS,
            "customer_id": [f"C{number % 30:02}" for number in range(_ROWS)],
            "price_cents": [1.99 + number % 9 for number in range(_ROWS)],
        }
    )
    amounts = begin(orders=orders).cleaned().tables["transactions"]["amount"]
    assert amounts.sum() == pytest.approx(orders["price_cents"].sum())
