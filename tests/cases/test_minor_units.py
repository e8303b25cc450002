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


def recurring(prices: tuple[int, ...], **more: object) -> pl.DataFrame:
    """What each of 60 accounts pays in each month until it leaves, the same price every month."""
    rows = [
        {"account": f"A{number:03}", "month": date(2023 + month // 12, month % 12 + 1, 1),
         "mrr": prices[number % len(prices)], **more}
        for number in range(60)
        for month in range(number % 9, 24 if number % 3 else 15 + number % 7)
    ]  # fmt: skip
    return pl.DataFrame(rows)


@pytest.mark.parametrize("prices", [(2900, 4900, 9900), (1990, 4990, 7990), (1999, 4999, 9995)])
@pytest.mark.parametrize("more", [{"currency": "USD"}, {}], ids=["usd", "unknown"])
def test_revenue_a_month_in_hundredths_is_asked_about(
    begin: Begin, prices: tuple[int, ...], more: dict[str, str]
) -> None:
    table = recurring(prices, **more)
    begun = begin(mrr_by_month=table)
    (question,) = begun.draft.open_questions
    assert question.about == "subscriptions.money.scale"
    last = table.filter(pl.col("month") == table["month"].max())["mrr"].sum()
    assert begun.with_first_answers().stood()[1] == round(last / 100, 2)


@pytest.mark.parametrize("prices", [(29, 49, 99), (300, 500, 1200), (147, 398, 931)])
def test_revenue_a_month_in_whole_units_is_no_question(begin: Begin, prices: tuple[int, ...]) -> None:
    assert not begin(mrr_by_month=recurring(prices)).draft.open_questions


def test_amounts_of_another_table_say_the_unit(begin: Begin) -> None:
    prices = (2910, 4870, 9830)
    plans = pl.DataFrame(
        [
            {"subscription_id": f"S{number:03}", "customer_id": f"C{number:03}", "plan": "ABC"[number % 3],
             "price": prices[number % 3], "interval": "month", "start_date": date(2023, 1, 5) + timedelta(days=number),
             "end_date": date(2024, 5, 5) if number % 4 == 0 else None}
            for number in range(90)
        ]
    )  # fmt: skip
    payments = pl.DataFrame(
        [
            {"payment_id": f"P{number:04}", "customer_id": f"C{number % 90:03}",
             "paid_at": date(2023, 2, 1) + timedelta(days=number), "amount": prices[number % 90 % 3] / 100}
            for number in range(270)
        ]
    )  # fmt: skip
    begun = begin(subscriptions=plans, payments=payments)
    assert not begun.draft.open_questions
    money = begun.settings.tables["subscriptions"].money
    assert money is not None
    assert money.scale == 0.01
