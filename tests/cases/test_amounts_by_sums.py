"""Which column is the amount, and which kinds are sales, where sums and undone rows leave one answer."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"K{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 + number % 7 / 10 for number in range(_ROWS)]
_POSTAGE = [0.0 if number % 5 == 0 else 5.49 for number in range(_ROWS)]


def _log(**more: object) -> pl.DataFrame:
    return pl.DataFrame({"Kundennummer": _WHO, "Datum": _DAYS, **more})


@pytest.mark.parametrize("total", ["Transaktionsbetrag (inkl. Kosten)", "Gesamt"])
def test_the_column_that_is_the_subtotal_and_its_postage_is_the_amount(begin: Begin, total: str) -> None:
    postage = ["--" if each == 0 else f"{each:.2f}" for each in _POSTAGE]  # one postage for all, and nothing else
    sums = [round(amount + each, 2) for amount, each in zip(_AMOUNTS, _POSTAGE, strict=True)]
    begun = begin(verkaeufe=_log(**{"Zwischensumme Artikel": _AMOUNTS, "Versand": postage, total: sums}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(sums), abs=0.01)


def test_what_is_paid_out_after_fees_is_not_the_amount(begin: Begin) -> None:
    fees = [round(amount * 0.1, 2) for amount in _AMOUNTS]
    rest = [round(amount - fee, 2) for amount, fee in zip(_AMOUNTS, fees, strict=True)]
    begun = begin(verkaeufe=_log(Betrag=_AMOUNTS, Fee=fees, Auszahlung=rest))
    assert begun.with_first_answers().net() == pytest.approx(sum(_AMOUNTS), abs=0.01)


def test_the_only_kind_that_can_be_the_sale_is_no_question(begin: Begin) -> None:
    kinds = ["Refund" if number % 20 == 0 else "Imenunuliwa" for number in range(_ROWS)]
    begun = begin(matukio=_log(Betrag=_AMOUNTS, Typ=kinds))
    assert not begun.draft.open_questions
    signed = [-amount if kind == "Refund" else amount for amount, kind in zip(_AMOUNTS, kinds, strict=True)]
    assert begun.net() == pytest.approx(sum(signed), abs=0.01)


def test_tests_under_the_name_of_a_payment_are_no_money(begin: Begin) -> None:
    modes = ["test" if number % 40 == 0 else "live" for number in range(_ROWS)]
    begun = begin(donations=_log(Betrag=_AMOUNTS, **{"Payment Mode": modes}))
    assert not begun.draft.open_questions
    live = sum(amount for amount, mode in zip(_AMOUNTS, modes, strict=True) if mode == "live")
    assert begun.net() == pytest.approx(live, abs=0.01)


def test_parts_of_sales_that_say_their_own_amount_ask_nothing(begin: Begin) -> None:
    invoices = _log(invoice_id=range(1, _ROWS + 1), total=_AMOUNTS).rename({"Kundennummer": "customer_id"})
    lines = pl.DataFrame(
        {
            "line_id": range(2 * _ROWS),
            "invoice_id": [number // 2 + 1 for number in range(2 * _ROWS)],
            "type": ["platform_fee" if number % 2 else "credit" for number in range(2 * _ROWS)],
            "unit_amount": [3.5] * (2 * _ROWS),
            "amount": [7.0 + number % 3 for number in range(2 * _ROWS)],
        }
    )
    begun = begin(invoices=invoices, invoice_lines=lines)
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_AMOUNTS), abs=0.01)
