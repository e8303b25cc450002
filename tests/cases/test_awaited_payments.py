"""What waits for its payment is no money received; where the payment has a state of its own, it decides."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 400
_AMOUNTS = [20.0 + number * 7 % 31 + number % 7 / 10 for number in range(_ROWS)]
_STATES = {
    "spanish": ("Pago aceptado", "En espera de pago por transferencia", "Preparación en curso", "Error en pago"),
    "english": ("Payment accepted", "Awaiting bank wire payment", "Processing in progress", "Payment error"),
    "french": ("Paiement accepté", "En attente de virement bancaire", "En cours de préparation", "Erreur de paiement"),
    "italian": ("Pagamento accettato", "In attesa di pagamento", "Preparazione in corso", "Errore di pagamento"),
    "german": ("Zahlung eingegangen", "Warten auf Zahlungseingang", "Bestellung in Bearbeitung", "Zahlungsfehler"),
    "polish": ("Zapłacone", "Oczekiwanie na płatność", "Przygotowanie w toku", "Błąd płatności"),
}  # fmt: skip


def _orders(**columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order": range(700, 700 + _ROWS),
            "customer": [f"C{number * number % 83}" for number in range(_ROWS)],
            "date": [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)],
            "total": _AMOUNTS,
            **columns,
        }
    )


def _sum(states: Sequence[str], *counted: str) -> float:
    return sum(amount for amount, state in zip(_AMOUNTS, states, strict=True) if state in counted)


@pytest.mark.parametrize("language", _STATES)
def test_orders_that_wait_for_their_payment_are_no_revenue(begin: Begin, language: str) -> None:
    paid, waiting, prepared, failed = _STATES[language]
    states = [(paid, paid, paid, waiting, paid, prepared, paid, failed)[number % 8] for number in range(_ROWS)]
    begun = begin(orders=_orders(status=states))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(_sum(states, paid, prepared))


def test_an_invoice_that_waits_for_its_payment_was_sold(begin: Begin) -> None:
    states = ["Awaiting payment" if number % 9 == 4 else "Paid" for number in range(_ROWS)]
    begun = begin(invoices=_orders(status=states).rename({"order": "invoice_no"}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_AMOUNTS))


_SHOPS: Mapping[str, tuple[tuple[str, str], tuple[str, str, str], tuple[str, str, str]]] = {
    "portuguese": (
        ("Status do Pedido", "Status do Pagamento"),
        ("Aberto", "Arquivado", "Cancelado"),
        ("Recebido", "Pendente", "Estornado"),
    ),
    "spanish": (
        ("Estado de la orden", "Estado del pago"),
        ("Abierta", "Cerrada", "Cancelada"),
        ("Recibido", "Pendiente", "Reembolsado"),
    ),
    "english": (("Order status", "Payment status"), ("Open", "Archived", "Cancelled"), ("Paid", "Pending", "Refunded")),
}


@pytest.mark.parametrize("language", _SHOPS)
def test_the_state_of_the_payment_says_what_is_paid_of_an_open_order(begin: Begin, language: str) -> None:
    (order, payment), (is_open, done, cancelled), (paid, pending, refunded) = _SHOPS[language]
    pairs = [
        ((is_open, paid), (done, paid), (done, paid), (is_open, pending), (done, paid), (cancelled, refunded))[
            number % 6
        ]
        for number in range(_ROWS)
    ]
    begun = begin(orders=_orders(**{order: [pair[0] for pair in pairs], payment: [pair[1] for pair in pairs]}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(_sum([pair[1] for pair in pairs], paid))


def test_an_order_that_was_cancelled_counts_nothing_whatever_its_payment_says(begin: Begin) -> None:
    states = [("Open", "Cancelled", "Open", "Open")[number % 4] for number in range(_ROWS)]
    payments = [("paid", "paid", "paid", "failed")[number % 4] for number in range(_ROWS)]
    begun = begin(orders=_orders(order_status=states, payment_status=payments))
    assert begun.net() == pytest.approx(sum(_AMOUNTS[number] for number in range(_ROWS) if number % 4 in {0, 2}))
