"""Columns of what was given back that contain each other, made up with their right values: counted once."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
LAST = date(2025, 6, 28)
GERMAN = {
    "order_id": "Bestellnummer",
    "date": "Bestelldatum",
    "email": "E-Mail",
    "item": "Artikel",
    "order_total": "Gesamtbetrag",
    "refunded_total": "Erstattung gesamt",
    "item_refunded": "Erstattung Artikel",
}


def lines(**names: str) -> tuple[pl.DataFrame, float]:
    """Lines of orders of which some gave an item or everything back; what was received in all."""
    rows, net = [], 0.0
    for number in range(400):
        goods = [
            (f"Good {(number + line) % 9}", 10.0 + 3.5 * ((number * 7 + line) % 9)) for line in range(1 + number % 3)
        ]
        total = round(sum(price for _, price in goods) + 4.9, 2)
        back = total if number % 17 == 0 else goods[-1][1] if number % 11 == 0 else 0.0
        net += total - back
        for line, (good, price) in enumerate(goods):
            own = price if number % 17 == 0 or (back and line == len(goods) - 1) else 0.0
            day = LAST - timedelta(days=2 * number)
            rows.append((f"B{number:05}", day, f"c{number % 120}@mail.example", good, total, back, own))
    table = pl.DataFrame(rows, schema=list(GERMAN), orient="row")
    return table.rename(names), round(net, 2)


@pytest.mark.parametrize("names", [{}, GERMAN])
def test_what_an_item_gives_back_is_a_part_of_what_its_order_does(begin: Begin, names: dict[str, str]) -> None:
    table, net = lines(**names)
    begun = begin(orders=table)
    assert begun.with_first_answers().net() == net


def receipts(*, apart: bool) -> tuple[pl.DataFrame, float]:
    """One row a sale, with what went back of the goods and of the freight, apart or the second within the first."""
    rows, net = [], 0.0
    for number in range(300):
        goods, freight = 20.0 + number % 37, 6.0
        full, some = number % 13 == 0, number % 7 == 0
        back, of_freight = (goods if full or some else 0.0), (freight if full else 0.0)
        net += goods + freight - back - of_freight
        day = LAST - timedelta(days=2 * number)
        whole = back if apart else back + of_freight
        rows.append((number, day, f"K{number % 90:03}", goods + freight, whole, of_freight))
    columns = ["receipt_no", "sold_on", "customer_no", "total_paid", "refund_amount", "refund_freight"]
    return pl.DataFrame(rows, schema=columns, orient="row"), round(net, 2)


@pytest.mark.parametrize("apart", [True, False])
def test_freight_that_goes_back_counts_once_whether_it_is_within_the_refund_or_beside_it(
    begin: Begin, *, apart: bool
) -> None:
    table, net = receipts(apart=apart)
    assert begin(receipts=table).with_first_answers().net() == net
