"""The money of a sale is chosen by sums, or asked about; never a refund, a fee or a constant by itself."""

import polars as pl
import pytest

from holdfast.inference.guesses import Sample
from holdfast.inference.money.amounts import MoneyChoice, MoneyWord, choose_amount, word_of
from holdfast.inference.profiles.tables import profile_tables


def choose(columns: dict[str, list[object]], candidates: list[str], order: str | None = None) -> MoneyChoice | None:
    frame = pl.DataFrame({name: [str(value) for value in values] for name, values in columns.items()})
    table = profile_tables([Sample("orders", frame, frame.height)])[0]
    return choose_amount(table, candidates, order)


SUBTOTAL = [10.0 + n for n in range(40)]
SHIPPING = [3.5 if n % 3 else 0.0 for n in range(40)]
TAX = [round(0.2 * value, 2) for value in SUBTOTAL]
TOTAL = [round(s + h + t, 2) for s, h, t in zip(SUBTOTAL, SHIPPING, TAX, strict=True)]
REFUND = [5.0 if n % 9 == 0 else 0.0 for n in range(40)]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Refunded Amount", MoneyWord.REFUND),
        ("Discount Amount", MoneyWord.DISCOUNT),
        ("Outstanding Balance", MoneyWord.BALANCE),
        ("total_tax", MoneyWord.TAX),
        ("order_total", MoneyWord.TOTAL),
        ("Gesamtbetrag €", MoneyWord.TOTAL),
        ("Gift Card Sales", MoneyWord.GIFT),
        ("colour", None),
    ],
)
def test_a_name_says_what_its_money_is(name: str, word: MoneyWord | None) -> None:
    assert word_of(name) is word


def test_the_column_that_others_add_up_to_is_the_money() -> None:
    columns = {"Subtotal": SUBTOTAL, "Shipping": SHIPPING, "Taxes": TAX, "Total": TOTAL, "Refunded Amount": REFUND}
    found = choose(columns, ["Subtotal", "Total", "Refunded Amount"])
    assert found is not None
    assert (found.source, found.refunds) == ("Total", ("Refunded Amount",))
    assert found.confidence > 0.9
    assert "Total = Subtotal + Shipping + Taxes in 100 %" in found.evidence


def test_a_refund_a_fee_and_a_constant_are_never_the_money() -> None:
    columns = {"Refunded Amount": REFUND, "Fee": TAX, "amount": [0] * 40, "price": [5] * 40}
    assert choose(columns, list(columns)) is None


def test_two_that_could_both_be_it_are_asked_with_their_totals() -> None:
    columns = {"net value": SUBTOTAL, "order value": [round(1.37 * value + 1, 2) for value in SUBTOTAL]}
    found = choose(columns, list(columns))
    assert found is not None
    assert found.confidence < 0.7
    assert found.choices == ("order value", "net value")
    assert f"net value: {sum(SUBTOTAL):,.2f} in all" in found.evidence


def test_the_same_numbers_twice_are_no_question() -> None:
    found = choose({"amount": SUBTOTAL, "value": SUBTOTAL}, ["amount", "value"])
    assert found is not None
    assert found.confidence > 0.8


def test_an_amount_that_stands_on_every_line_of_an_order_counts_once() -> None:
    orders = [f"A{n // 2}" for n in range(40)]
    of_order = [100.0 + n // 2 for n in range(40)]
    of_line = [round(3.3 * n + 1, 2) for n in range(40)]
    whole = choose({"order": orders, "amount": of_order}, ["amount"], "order")
    line = choose({"order": orders, "amount": of_line}, ["amount"], "order")
    assert whole is not None
    assert line is not None
    assert (whole.once_per, line.once_per) == ("order", "")
