"""Statements with a column of what comes in beside one of what goes out: a running balance proves which is which."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240


def amount(number: int) -> float:
    """Of a row, in whole cents."""
    return (900 + number * 7919 % 12_000) / 100


def statement(
    into: str, out: str, balance: str, *, who: str = "Client", newest_first: bool = False
) -> tuple[pl.DataFrame, float]:
    """The account of a business, in which each sixth row is an expense that names nobody; and what came in."""
    stands, rows, total = 500.0, [], 0.0
    for number in range(_ROWS):
        is_out, cents = number % 6 == 5, amount(number)
        stands = round(stands - cents if is_out else stands + cents, 2)
        total += 0.0 if is_out else cents
        rows.append(
            (date(2024, 1, 1) + timedelta(days=number), "" if is_out else f"K{number % 37:03}", is_out, cents, stands)
        )
    table = pl.DataFrame(rows, ["Date", who, "is_out", "cents", balance], orient="row").with_columns(
        pl.when(~pl.col("is_out")).then("cents").alias(into), pl.when(pl.col("is_out")).then("cents").alias(out)
    )
    table = table.select("Date", who, into, out, balance)
    return table.reverse() if newest_first else table, round(total, 2)


def ledger(charged: str, paid: str, balance: str) -> tuple[pl.DataFrame, float]:
    """What each customer owes: charges, and payments of all that is owed; and what was paid."""
    owed: dict[str, float] = {}
    rows, total = [], 0.0
    for number in range(_ROWS):
        who, cents = f"K{number * 7 % 41:03}", amount(number)
        pays = owed.get(who, 0.0) > 0 and number % 5 > 0
        moved = owed.get(who, 0.0) if pays else cents
        owed[who] = 0.0 if pays else round(owed.get(who, 0.0) + cents, 2)
        total += moved if pays else 0.0
        rows.append(
            (
                date(2024, 1, 1) + timedelta(days=number),
                who,
                None if pays else moved,
                moved if pays else None,
                owed[who],
            )
        )
    return pl.DataFrame(rows, ["Date", "Client", charged, paid, balance], orient="row"), round(total, 2)


@pytest.mark.parametrize(
    ("into", "out", "balance"),
    [
        ("Money in", "Money out", "Balance"),
        ("Wpłata", "Wypłata", "Saldo"),
        ("Einzahlung", "Auszahlung", "Kontostand"),
        ("Versement", "Retrait", "Solde"),
        ("Debit", "Credit", "Balance"),  # the books of the business: what comes in is its debit
        ("A", "B", "C"),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_what_raises_the_balance_of_the_whole_file_has_come_in(
    begin: Begin, into: str, out: str, balance: str, newest_first: bool
) -> None:
    table, received = statement(into, out, balance, newest_first=newest_first)
    begun = begin(statement=table)
    assert not begun.draft.open_questions
    assert begun.settings.tables["transactions"].columns["amount"].source == into
    assert begun.net() == received


def test_without_a_balance_plain_names_say_what_has_come_in(begin: Begin) -> None:
    table, received = statement("Bijschrijving", "Afschrijving", "Saldo")
    begun = begin(statement=table.drop("Saldo"))
    assert not begun.draft.open_questions
    assert begun.net() == received


def test_without_a_balance_words_of_bookkeeping_are_asked_about(begin: Begin) -> None:
    table, received = statement("Haben", "Soll", "Saldo")
    begun = begin(statement=table.drop("Saldo"))
    (question,) = begun.draft.open_questions
    assert question.choices == ("Haben", "Soll")
    assert f"Haben: {received:,.2f}" in question.evidence
    assert begun.with_first_answers().net() == received


def test_what_goes_out_to_those_who_have_paid_in_is_given_back(begin: Begin) -> None:
    table, received = statement("Einnahme", "Ausgabe", "Saldo")
    back = float(table["Ausgabe"].sum())
    named = table.with_columns(pl.when(pl.col("Client") == "").then(pl.lit("K001")).otherwise("Client").alias("Client"))
    assert begin(statement=named).net() == pytest.approx(received - back, abs=0.01)


def test_what_goes_back_beside_the_expenses_of_a_business_is_said(begin: Begin) -> None:
    table, total = statement("Money in", "Money out", "Balance")
    goes_back = pl.col("Money out").is_not_null() & (pl.int_range(pl.len()) % 10 == 5)
    names = pl.when(goes_back).then(pl.lit("K003")).when(pl.col("Client") == "").then(pl.lit("Rent Ltd"))
    paid = table.with_columns(names.otherwise("Client").alias("Client"))
    back = float(paid.filter(goes_back)["Money out"].sum())
    begun = begin(statement=paid)
    shown = f"{back:,.2f} went to those who have paid in and is not taken off"
    assert any(shown in guess.evidence for guess in begun.draft.guesses)
    assert begun.net() == total


@pytest.mark.parametrize(
    ("charged", "paid", "is_asked"),
    [("Charges", "Receipts", False), ("Cargo", "Abono", False), ("Due", "Payments", True), ("A", "B", True)],
)
def test_what_leaves_nothing_of_what_a_customer_owes_was_paid(
    begin: Begin, charged: str, paid: str, is_asked: bool
) -> None:
    table, received = ledger(charged, paid, "Balance")
    begun = begin(ledger=table)
    assert [each.about for each in begun.draft.open_questions] == (["transactions.amount"] if is_asked else [])
    assert begun.with_first_answers().net() == received


def test_columns_that_neither_a_balance_nor_names_relate_are_no_statement(begin: Begin) -> None:
    table, _ = statement("Shop", "Online", "Saldo")
    (question, *_) = begin(sales=table.drop("Saldo")).draft.open_questions
    assert question.about == "transactions.amount"
    assert "goes out" not in question.evidence


@pytest.mark.parametrize(
    ("bill", "payment", "note"),
    [
        ("rechnung", "zahlungseingang", "gutschrift"),
        ("factura", "cobro", "nota de crédito"),
        ("faktura", "wpłata", "faktura korygująca"),
    ],
)
def test_what_a_credit_note_takes_off_a_debt_has_not_come_in(begin: Begin, bill: str, payment: str, note: str) -> None:
    table, received = ledger("Soll", "Haben", "Saldo")
    is_note = pl.col("Haben").is_not_null().cum_sum() % 9 == 4
    kinds = (
        pl.when(pl.col("Soll").is_not_null())
        .then(pl.lit(bill))
        .when(is_note)
        .then(pl.lit(note))
        .otherwise(pl.lit(payment))
    )
    table = table.with_columns(kinds.alias("Art"))
    noted = float(table.filter(pl.col("Art") == note)["Haben"].sum())
    assert noted > 0
    assert begin(ledger=table).with_first_answers().net() == pytest.approx(received - noted, abs=0.01)


@pytest.mark.parametrize(("bill", "payment"), [("Faktura", "Zapłata"), ("Invoice", "Payment"), ("Type A", "Type B")])
def test_in_a_balance_of_what_is_owed_charges_are_the_sales_that_payments_settle(
    begin: Begin, bill: str, payment: str
) -> None:
    table, _ = ledger("charged", "paid", "Balance")
    charged = float(table["charged"].sum())
    table = table.with_columns(
        pl.when(pl.col("charged").is_not_null()).then(pl.lit(bill)).otherwise(pl.lit(payment)).alias("Type"),
        pl.col("charged").fill_null(-pl.col("paid")).alias("Amount"),
    )
    begun = begin(ledger=table.drop("charged", "paid"))
    assert begun.with_first_answers().net() == pytest.approx(charged, abs=0.01)
