"""Exports whose rows say more than their words: totals of orders, sums so far, receipts, fees, notes, deposits."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_RNG = random.Random(7)
_PRICES = (9.5, 14.9, 24.9, 39.9, 49.0, 75.5)
_ORDERS = [
    (1001 + at, f"C{at % 40:03}", date(2023, 1, 3) + timedelta(days=2 * at), _RNG.sample(_PRICES, 1 + at % 3))
    for at in range(240)
]
_SUMS = [round(sum(prices), 2) for *_, prices in _ORDERS]
_TOTALS = [round(total * 1.2 + 4.9 * (at % 2), 2) for at, total in enumerate(_SUMS)]
_HEAD = {
    "Nr": [f"B{number}" for number, *_ in _ORDERS],
    "Kunde": [who for _, who, *_ in _ORDERS],
    "Datum": [day for *_, day, _ in _ORDERS],
}


def _lines(**columns: list[object]) -> pl.DataFrame:
    """The lines of the orders; columns of an order stand on its first line only."""
    rows = [(at, line) for at, (*_, prices) in enumerate(_ORDERS) for line in range(len(prices))]
    head: dict[str, list[object]] = {
        "Bestellung": [_ORDERS[at][0] for at, _ in rows],
        "Kunde": [_ORDERS[at][1] for at, _ in rows],
        "Datum": [_ORDERS[at][2] for at, _ in rows],
        "Artikel": [f"A{_PRICES.index(_ORDERS[at][3][line])}" for at, line in rows],
        "Menge": [1 for _ in rows],
        "Einzelpreis": [_ORDERS[at][3][line] for at, line in rows],
    }
    return pl.DataFrame(
        head | {name: [values[at] if not line else None for at, line in rows] for name, values in columns.items()}
    )


def test_the_total_of_an_order_is_asked_about_where_its_lines_come_to_another_sum(begin: Begin) -> None:
    begun = begin(bestellungen=_lines(Totale=list(_TOTALS)))
    assert begun.with_first_answers().net() == pytest.approx(sum(_TOTALS))


def test_what_a_customer_spent_so_far_is_no_amount(begin: Begin) -> None:
    so_far, spent = dict[str, float](), []
    for (_, who, *_), total in zip(_ORDERS, _TOTALS, strict=True):
        so_far[who] = round(so_far.get(who, 0.0) + total, 2)
        spent.append(so_far[who])
    begun = begin(bons=pl.DataFrame(_HEAD | {"Kaufsumme": spent, "Einkauf": _TOTALS}))
    assert begun.with_first_answers().net() == pytest.approx(sum(_TOTALS))


def test_rows_below_the_lines_of_a_receipt_are_no_sales(begin: Begin) -> None:
    rows = [
        (number, who, day, f"Ware {price}", units, price, price * units)
        for number, who, day, prices in _ORDERS
        for units, price in enumerate(prices, start=1)
    ]
    sold: dict[int, float] = {}
    for number, *_, amount in rows:
        sold[number] = round(sold.get(number, 0.0) + amount, 2)
    below = [
        (number, who, day, text, None, None, amount)
        for number, who, day, _ in _ORDERS
        for text, amount in (("SUMME", sold[number]), ("BAR", 10.0 * (1 + sold[number] // 10)))
    ]
    header = ["Bon", "Kundenkarte", "Zeit", "Text", "Anz", "EP", "Betrag"]
    table = pl.DataFrame([*rows, *below], schema=header, orient="row", infer_schema_length=None).sort("Bon")
    begun = begin(kasse=table)
    assert any("no lines" in note for note in begun.draft.notes)
    assert begun.with_first_answers().net() == pytest.approx(sum(sold.values()))


def test_rows_that_name_other_documents_give_these_back(begin: Begin) -> None:
    back = list(range(0, 240, 12))
    notes = {
        "Nr": [f"G{at:04}" for at in back],
        "Kunde": [_ORDERS[at][1] for at in back],
        "Datum": [_ORDERS[at][2] + timedelta(days=5) for at in back],
        "Bezug": [f"B{_ORDERS[at][0]}" for at in back],
        "Belegart": ["GX"] * len(back),
        "Betrag": [round(_TOTALS[at] / 2, 2) for at in back],
    }
    sold = pl.DataFrame(_HEAD | {"Bezug": [None] * 240, "Belegart": ["RX"] * 240, "Betrag": _TOTALS})
    begun = begin(
        belege=pl.concat([sold.cast({"Bezug": pl.String}), pl.DataFrame(notes).select(sold.columns)]).sort("Datum")
    )
    assert begun.with_first_answers().net() == pytest.approx(sum(_TOTALS) - sum(notes["Betrag"]))


def test_what_a_marketplace_takes_off_each_sale_is_asked_about(begin: Begin) -> None:
    rows = [
        (number, who, day, concept, amount)
        for (number, who, day, _), total in zip(_ORDERS, _SUMS, strict=True)
        for concept, amount in (("Artículo", total), ("Envío", 4.9), ("Comisión", -round(total * 0.12, 2)))
    ]
    table = pl.DataFrame(rows, schema=["Pedido", "Comprador", "Fecha", "Concepto", "Importe"], orient="row")
    begun = begin(liquidacion=table).with_first_answers()
    assert begun.net() == pytest.approx(sum(_SUMS) + 4.9 * len(_ORDERS))


def test_what_was_paid_ahead_of_what_is_cancelled_is_asked_about(begin: Begin) -> None:
    ahead = [round(total * 0.2, 2) for total in _TOTALS]
    later = [0.0 if at % 9 == 4 else round(_TOTALS[at] - ahead[at], 2) for at in range(240)]
    states = ["anulada" if at % 9 == 4 else "finalizada" for at in range(240)]
    columns = {"Precio total": _TOTALS, "Anticipo": ahead, "Resto": later, "Estado": states}
    begun = begin(reservas=pl.DataFrame(_HEAD | columns))
    assert begun.draft.open_questions
    assert begun.with_first_answers().net() == pytest.approx(sum(ahead) + sum(later))


def test_returns_of_any_amount_are_taken_off_the_orders_that_they_name(begin: Begin) -> None:
    back = list(range(0, 240, 12))
    returns = {
        "rma": [f"X{at}" for at in back],
        "order_no": [_ORDERS[at][0] for at in back],
        "booked": [_ORDERS[at][2] + timedelta(days=5) for at in back],
        "credit": [round(_TOTALS[at] / (1 + at % 2), 2) for at in back],
    }
    orders = {"order_no": [number for number, *_ in _ORDERS], "ordered": _HEAD["Datum"], "client": _HEAD["Kunde"]}
    begun = begin(orders=pl.DataFrame(orders | {"order_value": _TOTALS}), returns=pl.DataFrame(returns))
    assert begun.with_first_answers().net() == pytest.approx(sum(_TOTALS) - sum(returns["credit"]))
