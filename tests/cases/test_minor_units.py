"""Amounts written in hundredths without a word that says so: proven by another column or by lines, or asked about."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"K{number % 40:03}" for number in range(_ROWS)]
_CENTS = [500 + number * 7919 % 18_000 for number in range(_ROWS)]
_TOTAL = round(sum(_CENTS) / 100, 2)


def _log(**more: object) -> pl.DataFrame:
    return pl.DataFrame({"comprador": _WHO, "fecha": _DAYS, **more})


@pytest.mark.parametrize("name", ["importe_eur", "importe_texto", "visible"])
def test_a_column_that_is_a_hundredth_of_the_amount_says_the_unit(begin: Begin, name: str) -> None:
    texts = [f"{cents / 100:,.2f} €" for cents in _CENTS]
    begun = begin(compras=_log(importe=_CENTS, **{name: texts}))
    assert not begun.draft.open_questions
    assert begun.net() == _TOTAL


def test_lines_that_come_to_a_hundredth_of_the_totals_say_the_unit(begin: Begin) -> None:
    orders = _log(pedido=[f"P{number:04}" for number in range(_ROWS)], order_id=range(1, _ROWS + 1), total=_CENTS)
    lines = pl.DataFrame(
        {
            "order_id": [number // 2 + 1 for number in range(2 * _ROWS)],
            "product": [f"A{number % 9}" for number in range(2 * _ROWS)],
            "price": [
                round((_CENTS[number // 2] - 199 if number % 2 else 199) / 100, 2) for number in range(2 * _ROWS)
            ],
        }
    )
    begun = begin(orders=orders.drop("pedido"), order_items=lines.with_columns(quantity=1))
    assert begun.with_first_answers().net() == _TOTAL


def test_whole_amounts_with_the_ends_of_prices_are_asked_about(begin: Begin) -> None:
    prices = [(999, 1999, 2499, 4995, 1250)[number % 5] for number in range(_ROWS)]
    begun = begin(orders=_log(total=prices, currency=["EUR"] * _ROWS))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.money.scale"
    assert f"{sum(prices) / 100:,.2f} EUR" in question.evidence
    assert f"{sum(prices):,.2f}" in question.evidence
    assert not begun.draft.money  # no sum is said that may be a hundred times too much
    assert begun.with_first_answers().net() == round(sum(prices) / 100, 2)


@pytest.mark.parametrize(("prices", "code"), [((20, 25, 50, 100, 240), "EUR"), ((999, 1999, 2499, 4995, 1250), "INR")])
def test_prices_in_whole_units_are_no_question(begin: Begin, prices: tuple[int, ...], code: str) -> None:
    amounts = [prices[number % 5] for number in range(_ROWS)]
    begun = begin(orders=_log(total=amounts, currency=[code] * _ROWS))
    assert not begun.draft.open_questions
    assert begun.net() == sum(amounts)
