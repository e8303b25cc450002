"""Invoices of subscriptions with credit notes that have no day: payments and refunds, made up with their totals."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
Rows = list[dict[str, object]]
CHARGED = ("Invoice Number", "Customer Id", "Subscription Id", "Invoice Date", "Amount", "Status")
GERMAN = ("Rechnungsnummer", "Kundennummer", "Abo-Nr", "Rechnungsdatum", "Betrag", "Status")


def books(names: tuple[str, ...], paid: str, void: str) -> tuple[Rows, Rows, float]:
    """Invoices of each month, some void; credit notes that name them; what is left of the money."""
    invoices: Rows = []
    notes: Rows = []
    net = 0.0
    for customer in range(70):
        start, price = date(2023, 1, 3) + timedelta(days=5 * customer), (29.0, 79.0, 199.0)[customer % 3]
        for month in range(3 + customer % 11):
            number, is_void = f"INV-{len(invoices):05}", (customer + month) % 17 == 3
            day = after(start.replace(day=min(start.day, 28)), month)
            values = (number, f"cb{customer:03}", f"S{customer:03}", day, price, void if is_void else paid)
            invoices.append(dict(zip(names, values, strict=True)))
            net += 0.0 if is_void else price
            if not is_void and (customer + month) % 13 == 5:
                back = price if customer % 2 else price / 2
                notes.append(
                    {"Credit Note": f"CN-{len(notes):04}", names[0]: number, "Amount": back, "State": "Refunded"}
                )
                net -= back
    return invoices, notes, round(net, 2)


@pytest.mark.parametrize(("names", "paid", "void"), [(CHARGED, "Paid", "Voided"), (GERMAN, "Bezahlt", "Storniert")])
def test_credit_notes_without_a_day_are_taken_off_their_invoices(
    begin: Begin, names: tuple[str, ...], paid: str, void: str
) -> None:
    invoices, notes, net = books(names, paid, void)
    begun = begin(invoices=pl.DataFrame(invoices), credit_notes=pl.DataFrame(notes))
    assert not begun.draft.open_questions
    assert begun.net() == net


def test_invoices_of_subscriptions_alone_are_subscriptions(begin: Begin) -> None:
    invoices, _, _ = books(CHARGED, "Paid", "Voided")
    assert begin(invoices=pl.DataFrame(invoices)).settings.tables["subscriptions"].holds == "subscriptions"
