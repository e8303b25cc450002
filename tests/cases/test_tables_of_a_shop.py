"""Tables of a shop's database: orders, their lines, payments and refunds tell of the same money, which counts once."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.cutoffs.money import OF_PURCHASES, money_received

Begin = Callable[..., Begun]
_ORDERS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ORDERS)]
_WORDS = {
    "en": ("Order No", "Customer No", "Ordered on", "Total", "Status"),
    "de": ("Bestellnummer", "Kundennummer", "Bestelldatum", "Rechnungsbetrag", "Status"),
    "es": ("N.º pedido", "Código de comprador", "Fecha del pedido", "Total con IVA", "Estado"),
    "pl": ("NrZamowienia", "NumerKlienta", "DataZlozenia", "WartoscZamowienia", "Status"),
}
_STATES = {
    "en": ("paid", "cancelled", "refunded", "partially refunded"),
    "de": ("bezahlt", "storniert", "erstattet", "teilweise erstattet"),
    "es": ("Pagado", "Cancelado", "Reembolsado", "Reembolso parcial"),
    "pl": ("opłacone", "anulowane", "zwrócone", "częściowo zwrócone"),
}
_OF_REFUNDS = {"en": "refunds", "de": "erstattungen", "es": "devoluciones", "pl": "zwroty"}


def state_of(number: int) -> int:
    """Of an order: 0 paid, 1 cancelled, 2 refunded, 3 refunded in part."""
    return {5: 1, 8: 2, 11: 3}.get(number % 13, 0)


def cents_of(number: int) -> list[int]:
    """Of an order: what each of its lines costs."""
    return [1_000 + (number * 7919 + line * 3571) % 9_000 for line in range(1 + number % 3)]


def shop(language: str, *, has_total: bool) -> tuple[dict[str, pl.DataFrame], float]:
    """The tables of a shop, and what it received less what it gave back."""
    order, who, when, total, status = _WORDS[language]
    states = _STATES[language]
    numbers = range(_ORDERS)
    sums = {number: sum(cents_of(number)) / 100 for number in numbers}
    paid = [number for number in numbers if state_of(number) != 1]
    back = {number: sums[number] if state_of(number) == 2 else 5.0 for number in paid if state_of(number) > 1}
    orders = pl.DataFrame(
        {
            order: [1000 + number for number in numbers],
            who: [f"K{number * 7 % 61:03}" for number in numbers],
            when: _DAYS,
            status: [states[state_of(number)] for number in numbers],
        }
    )
    if has_total:
        orders = orders.with_columns(pl.Series(total, list(sums.values())))
    lines = [(1000 + number, f"A{cents % 17}", 1, cents / 100) for number in numbers for cents in cents_of(number)]
    tables = {
        "orders": orders,
        "order_lines": pl.DataFrame(lines, [order, "Article", "Quantity", "Unit price"], orient="row"),
        "payments": pl.DataFrame(
            {
                "payment_id": [500_000 + number for number in range(len(paid))],
                order: [1000 + number for number in paid],
                "Paid on": [_DAYS[number] for number in paid],
                "Amount": [sums[number] for number in paid],
            }
        ),
        _OF_REFUNDS[language]: pl.DataFrame(
            {
                order: [1000 + number for number in back],
                "Date": [_DAYS[number] + timedelta(days=9) for number in back],
                "Amount": list(back.values()),
            }
        ),
    }
    return tables, round(sum(sums[number] for number in paid) - sum(back.values()), 2)


@pytest.mark.parametrize("has_total", [True, False])
@pytest.mark.parametrize("language", list(_WORDS))
def test_orders_lines_payments_and_refunds_count_once(begin: Begin, language: str, has_total: bool) -> None:
    tables, net = shop(language, has_total=has_total)
    begun = begin(**tables)
    assert not begun.draft.open_questions
    assert begun.net() == net


def test_payments_and_refunds_without_the_lines_count_once(begin: Begin) -> None:
    tables, net = shop("de", has_total=True)
    del tables["order_lines"]
    assert begin(**tables).net() == net


@pytest.mark.parametrize("payments", ["payments", "cobros"])
def test_an_order_and_what_was_paid_for_it_are_one_purchase(begin: Begin, payments: str) -> None:
    tables, _ = shop("es", has_total=False)
    del tables["order_lines"]
    begun = begin(**{payments if name == "payments" else name: table for name, table in tables.items()})
    begun.with_first_answers()
    received = money_received(begun.cleaned().tables, begun.settings, OF_PURCHASES)
    assert received is not None
    undone = sum(state_of(number) in {1, 2} for number in range(_ORDERS))
    assert received.filter("bought")["order"].n_unique() == _ORDERS - undone


@pytest.mark.parametrize("language", ["de", "es"])
def test_payments_count_where_no_order_says_what_it_is_worth(begin: Begin, language: str) -> None:
    tables, net = shop(language, has_total=False)
    del tables["order_lines"]
    begun = begin(**{"bestellungen" if name == "orders" else name: table for name, table in tables.items()})
    assert begun.with_first_answers().net() == net


def test_payments_count_where_the_lines_lack_what_is_added(begin: Begin) -> None:
    tables, net = shop("en", has_total=False)
    added = [(0.0, 4.9)[number % 2] for number in range(tables["payments"].height)]
    tables["payments"] = tables["payments"].with_columns((pl.col("Amount") + pl.Series(added)).round(2))
    undone = tables["orders"].filter(pl.col("Status") == "refunded")["Order No"].implode()
    kept = tables["payments"].with_columns(pl.Series("added", added)).filter(~pl.col("Order No").is_in(undone))
    assert begin(**tables).with_first_answers().net() == pytest.approx(net + kept["added"].sum(), abs=0.01)


def test_running_numbers_are_no_money(begin: Begin) -> None:
    tables, _ = shop("en", has_total=True)
    table = tables["orders"].with_columns(pl.int_range(500_000, 500_000 + _ORDERS).alias("id_paid")).drop("Total")
    draft = begin(orders=table).draft
    assert not [each for each in draft.guesses if each.about.endswith(".amount")]


@pytest.mark.parametrize(
    ("line", "total", "charge"),
    [
        ("Line total", "Order total", "Shipping"),
        ("TotalDoItem", "TotalDoPedido", "Frete"),
        ("Wartość pozycji", "Suma", "Wysyłka"),
    ],
)
def test_the_total_of_an_order_is_its_lines_and_what_is_added_once(
    begin: Begin, line: str, total: str, charge: str
) -> None:
    rows = []
    for number, day in enumerate(_DAYS):
        lines, added = [cents / 100 for cents in cents_of(number)], (0.0, 4.9)[number % 2]
        rows += [(number, day, f"K{number * 7 % 61:03}", each, added, round(sum(lines) + added, 2)) for each in lines]
    table = pl.DataFrame(rows, ["Order No", "Date", "Customer No", line, charge, total], orient="row")
    begun = begin(lines=table)
    assert not begun.draft.open_questions
    assert begun.net() == round(
        sum(sum(cents_of(number)) / 100 + (0.0, 4.9)[number % 2] for number in range(_ORDERS)), 2
    )


@pytest.mark.parametrize("name", ["Valor unitário", "Amount"])
def test_what_is_the_same_for_one_unit_and_for_more_is_the_price_of_one(begin: Begin, name: str) -> None:
    rows = [
        (
            1000 + number,
            day,
            f"K{number * 7 % 61:03}",
            f"A{number % 11}",
            1 + number % 3,
            (990 + number % 11 * 450) / 100,
        )
        for number, day in enumerate(_DAYS)
    ]
    table = pl.DataFrame(rows, ["Order No", "Date", "Customer No", "Product", "Quantity", name], orient="row")
    begun = begin(lines=table)
    assert not begun.draft.open_questions
    assert begun.net() == round(sum(units * price for *_, units, price in rows), 2)
