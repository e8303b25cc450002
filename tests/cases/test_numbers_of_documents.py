"""Documents that repeat a deal or are paid ahead of it, and customers by numbers that are spelt in several ways."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DEALS = 240
_CUSTOMERS = 60


def _number(customer: int, spelling: int) -> str:
    """A tax number, as a person types it one day or another."""
    digits = f"{5_213_017_000 + customer * 7919:010}"
    grouped = f"{digits[:3]}-{digits[3:6]}-{digits[6:8]}-{digits[8:]}"
    return (digits, digits, f"PL {grouped}", grouped)[spelling]


def documents(kinds: tuple[str, str, str], *, sign: int, kind: str = "", prefixes: bool = False) -> pl.DataFrame:
    """Of a third of the deals an offer, of all an invoice, of a few a correction.

    Args:
        kinds: what the offer, the invoice and the correction are called.
        sign: of the amounts of corrections.
        kind: the column that says it; empty: none does.
        prefixes: whether the numbers of documents begin with it.
    """
    rows = []
    for number in range(_DEALS):
        amount, day = round(20 + number * 7919 % 9_000 / 7, 2), date(2024, 1, 3) + timedelta(days=2 * number)
        for position, (name, shift, factor) in enumerate(zip(kinds, (0, 3, 25), (1, 1, sign), strict=True)):
            is_there = (number % 3 == 0, True, number % 17 == 0)[position]
            if is_there:
                head = name if prefixes else "D"
                row = {"Number": f"{head}/{len(rows):05}", "NIP": _number(number % _CUSTOMERS, (number + position) % 4)}
                row |= {"Date": day + timedelta(days=shift), "Amount": factor * amount}
                rows.append(row | ({kind: name} if kind else {}))
    return pl.DataFrame(rows)


def _money() -> float:
    amounts = [round(20 + number * 7919 % 9_000 / 7, 2) for number in range(_DEALS)]
    return round(sum(amounts) - sum(amounts[::17]), 2)


@pytest.mark.parametrize(
    ("kinds", "sign"),
    [
        (("Proforma", "Faktura VAT", "Korekta"), -1),
        (("Lieferschein", "Rechnung", "Gutschrift"), -1),
        (("DDT", "Fattura", "Nota di credito"), 1),
    ],
)
def test_a_document_that_comes_again_as_an_invoice_counts_once(
    begin: Begin, kinds: tuple[str, str, str], sign: int
) -> None:
    begun = begin(documents=documents(kinds, sign=sign, kind="Kind"))
    assert not begun.draft.open_questions
    assert begun.net() == _money()
    assert begun.cleaned().tables["customers"].height == _CUSTOMERS


def test_the_letters_of_numbers_tell_documents_apart_where_no_column_does(begin: Begin) -> None:
    begun = begin(documents=documents(("PF", "INV", "CN"), sign=-1, prefixes=True))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.status.status"
    assert question.likeliest == {"INV": "sale", "PF": "settlement", "CN": "refund"}
    assert any("PF 80 rows" in line for line in begun.draft.money)
    begun = begun.with_first_answers()
    assert begun.settings.tables["transactions"].letters_of == {"Number letters": "Number"}
    assert begun.net() == _money()


def test_a_number_that_is_spelt_in_several_ways_is_one_customer(begin: Begin) -> None:
    begun = begin(documents=documents(("Proforma", "Faktura VAT", "Korekta"), sign=-1, kind="Kind"))
    column = begun.settings.tables["transactions"].columns["customer_id"]
    assert (column.source, column.letters_and_digits, column.without_prefix) == ("NIP", True, ("PL",))


@pytest.mark.parametrize(("kinds", "is_within"), [(("Deposit", "Final"), True), (("Anzahlung", "Restzahlung"), False)])
def test_a_deposit_counts_beside_the_rest_and_within_the_whole(
    begin: Begin, kinds: tuple[str, str], is_within: bool
) -> None:
    rows, total = [], 0.0
    for number in range(_DEALS):
        price = 80.0 + 15 * (number * 31 % 47)
        ahead, day = round(price * (0.2, 0.3)[number % 2], 2), date(2024, 1, 3) + timedelta(days=2 * number)
        total += price
        amounts = (ahead, price if is_within else round(price - ahead, 2))
        for name, amount, shift in zip(kinds, amounts, (0, 40), strict=True):
            row = {"Booking": f"B{number:04}", "Guest": f"G{number % _CUSTOMERS:03}", "Type": name}
            rows.append(row | {"Date": day + timedelta(days=shift), "Amount": amount})
    begun = begin(invoices=pl.DataFrame(rows))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(total, abs=0.01)
