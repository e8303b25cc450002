"""Columns that mark rows of which no money came (bounced, not paid, voided) by a yes, a cross, a day or a reason."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 200
_AMOUNTS = [(1_500 + number * 7919 % 6_000) / 100 for number in range(_ROWS)]
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_IS_MARKED = [number % 17 == 3 for number in range(_ROWS)]
_NET = round(sum(each for each, marked in zip(_AMOUNTS, _IS_MARKED, strict=True) if not marked), 2)


def receipts(name: str, marked: str, other: str | None, **more: list[str]) -> pl.DataFrame:
    """Payments of members, a seventeenth of them marked in a column."""
    marks = [marked if is_marked else other for is_marked in _IS_MARKED]
    ids = [f"M{number % 43:03}" for number in range(_ROWS)]
    return pl.DataFrame({"Customer no": ids, "Date": _DAYS, "Amount": _AMOUNTS, name: marks, **more})


@pytest.mark.parametrize(
    ("name", "marked", "other"),
    [
        ("Bounced", "Y", "N"),
        ("Returned unpaid", "x", None),
        ("NSF", "TRUE", "FALSE"),
        ("Bounce reason", "Insufficient funds", None),
        ("Rejection code", "AM04", "-"),
        ("Rücklastschrift", "WAHR", "FALSCH"),
        ("Impayé", "oui", "non"),
        ("Rejeté", "O", "N"),
        ("Devuelto", "sí", "no"),
        ("Insoluto", "SI", "NO"),
        ("Storno", "J", "N"),
        ("Zwrot", "T", "N"),
        ("Cleared", "N", "Y"),
        ("Eingelöst", "nein", "ja"),
        ("Oplacono", "nie", "tak"),
    ],
)
def test_a_row_marked_as_bounced_or_not_paid_brought_nothing(
    begin: Begin, name: str, marked: str, other: str | None
) -> None:
    begun = begin(receipts=receipts(name, marked, other))
    assert not begun.draft.open_questions
    assert begun.net() == _NET


@pytest.mark.parametrize("name", ["Bounced on", "Rücklastschrift am", "Rejeté le", "Cancelled at"])
def test_a_day_of_bouncing_on_few_rows_marks_them(begin: Begin, name: str) -> None:
    days = [day + timedelta(days=4) if marked else None for day, marked in zip(_DAYS, _IS_MARKED, strict=True)]
    table = receipts("x", "", None).drop("x").with_columns(pl.Series(name, days, pl.Date))
    assert begin(receipts=table).net() == _NET


def test_a_day_of_bouncing_beside_a_state_that_knows_how_it_ended_marks_nothing(begin: Begin) -> None:
    states = ["paid" if number % 34 else "failed" for number in range(_ROWS)]
    days = [
        day if marked or state == "failed" else None
        for day, marked, state in zip(_DAYS, _IS_MARKED, states, strict=True)
    ]
    table = receipts("x", "", None, Status=states).drop("x").with_columns(pl.Series("Bounced on", days, pl.Date))
    paid = sum(each for each, state in zip(_AMOUNTS, states, strict=True) if state == "paid")
    assert begin(receipts=table).net() == pytest.approx(paid, abs=0.01)


@pytest.mark.parametrize(
    ("name", "marked", "other"),
    [("Paid by", "J", "N"), ("Gift", "Y", "N"), ("Return flight", "Y", "N"), ("Failed attempts", "1", "0")],
)
def test_other_marks_say_nothing_of_the_money(begin: Begin, name: str, marked: str, other: str) -> None:
    assert begin(receipts=receipts(name, marked, other)).net() == round(sum(_AMOUNTS), 2)


def test_an_invoice_that_is_not_paid_is_owed_still(begin: Begin) -> None:
    table = receipts("Paid", "no", "yes").with_columns(
        pl.Series("Invoice no", [f"I{number}" for number in range(_ROWS)])
    )
    lines = {line.line: line.amount for line in begin(invoices=table).cleaned().money}
    assert lines["net"] == pytest.approx(sum(_AMOUNTS), abs=0.01)
    assert lines["pending"] == pytest.approx(sum(_AMOUNTS) - _NET, abs=0.01)
