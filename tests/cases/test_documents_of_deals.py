"""Offers, deliveries, invoices, credit notes and payments in one table: each deal's money counts once."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DEALS = 200
_AMOUNTS = [round(80 + number * 7919 % 9973 / 7, 2) for number in range(_DEALS)]
_INVOICED = [number for number in range(_DEALS) if number % 5 < 3]
_CREDITED = [number for number in _INVOICED if number % 20 == 0]
_NET = round(sum(_AMOUNTS[n] for n in _INVOICED) - sum(_AMOUNTS[n] for n in _CREDITED), 2)


def _row(kind: str, number: int, days: int, sign: int = 1) -> tuple[str, str, str, date, float]:
    day = date(2023, 1, 2) + timedelta(days=number * 2 + days)
    return kind, f"{kind[:2].upper()}{number:05}{days}", f"K{number % 35:03}", day, sign * _AMOUNTS[number]


def _table(rows: Sequence[tuple[str, str, str, date, float]], kind: str = "Belegart") -> pl.DataFrame:
    names = [kind, "Belegnummer", "Kundennummer", "Datum", "Betrag"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _documents(words: Sequence[str], sign_of_credit: int = 1) -> pl.DataFrame:
    offer, confirmed, delivered, invoice, credit = words
    rows = [_row(offer, number, 0) for number in range(_DEALS)]
    rows += [_row(kind, n, days) for n in _INVOICED for kind, days in ((confirmed, 3), (delivered, 8), (invoice, 9))]
    return _table([*rows, *(_row(credit, number, 20, sign_of_credit) for number in _CREDITED)])


_GERMAN = ("Angebot", "Auftragsbestätigung", "Lieferschein", "Rechnung", "Gutschrift")
_SPANISH = ("Presupuesto", "Pedido", "Albarán", "Factura", "Factura rectificativa")


@pytest.mark.parametrize(("words", "sign"), [(_GERMAN, 1), (_GERMAN, -1), (_SPANISH, -1)])
def test_only_the_invoices_of_a_firms_documents_are_sales(begin: Begin, words: Sequence[str], sign: int) -> None:
    begun = begin(belege=_documents(words, sign))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(_NET)


def test_documents_of_unknown_words_are_asked_about_the_likeliest_first(begin: Begin) -> None:
    words = ("Tarjous", "Tilausvahvistus", "Lähete", "Lasku", "Hyvityslasku")
    begun = begin(belege=_documents(words))
    (question,) = begun.draft.open_questions
    expected = ("open", "settlement", "settlement", "sale", "refund")
    assert dict(question.likeliest) == dict(zip(words, expected, strict=True))
    assert begun.with_first_answers().net() == pytest.approx(_NET)


def _ledger(words: Sequence[str]) -> pl.DataFrame:
    """Invoices, most of them paid; some paid, credited and the money paid out again."""
    invoice, payment, note, refund = words
    rows = [_row(invoice, number, 0) for number in _INVOICED]
    rows += [_row(payment, number, 10, -1) for number in _INVOICED if number % 10 != 1]
    rows += [_row(note, number, 20, -1) for number in _CREDITED] + [_row(refund, number, 25) for number in _CREDITED]
    table = _table(rows, "Document Type").rename({"Betrag": "Amount"})
    is_settled = pl.col("Amount").abs().is_duplicated()
    return table.with_columns(pl.when(is_settled).then(0.0).otherwise("Amount").alias("Remaining Amount"))


def test_money_paid_out_for_a_credit_note_is_taken_off_once(begin: Begin) -> None:
    begun = begin(posten=_ledger(("Invoice", "Payment", "Credit Memo", "Refund")))
    assert not begun.draft.open_questions  # not for the remaining amount either, which is nothing in most rows
    assert begun.net() == pytest.approx(_NET)


def test_a_ledger_in_unknown_words_is_asked_about(begin: Begin) -> None:
    begun = begin(posten=_ledger(("Ankara", "Malipo", "Hati", "Rejesho")))
    (question,) = begun.draft.open_questions
    expected = {"Ankara": "sale", "Malipo": "settlement", "Hati": "refund", "Rejesho": "settlement"}
    assert dict(question.likeliest) == expected
    assert begun.with_first_answers().net() == pytest.approx(_NET)


def test_many_returns_are_given_back_and_no_stage(begin: Begin) -> None:
    sold = [_row("Sale", number, 0) for number in range(_DEALS)]
    back = [_row("Return", number, 6) for number in range(_DEALS) if number % 5 < 2]
    begun = begin(log=_table([*sold, *back], "Type"))
    kept = sum(_AMOUNTS) - sum(row[-1] for row in back)
    assert begun.with_first_answers().net() == pytest.approx(kept)
