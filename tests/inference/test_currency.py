"""The currency of a business, from what stands beside its amounts."""

import polars as pl
import pytest

from holdfast.inference.guesses import Sample
from holdfast.inference.infer import infer

ROWS = {
    "Customer": [f"c{number % 40}" for number in range(200)],
    "Date": [f"2026-0{number % 6 + 1}-{number % 28 + 1:02}" for number in range(200)],
}


def currency(name: str, amounts: list[str]) -> str:
    rows = pl.DataFrame({**ROWS, name: (amounts * 200)[:200]})
    return infer([Sample("orders", rows, 200)]).currency.value


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Gesamtbetrag (€)", "EUR"),
        ("Total £", "GBP"),
        ("Amount US$", "USD"),
        ("Valor (R$)", "BRL"),
        ("Amount (CA$)", "CAD"),
        ("Amount EUR", "EUR"),
        ("Amount", "units"),
    ],
)
def test_a_sign_or_a_code_in_a_header_says_the_currency(header: str, code: str) -> None:
    assert currency(header, ["12.50", "7.25", "30.10"]) == code


def test_signs_in_the_cells_go_before_the_header() -> None:
    assert currency("Total", ["£12.50", "£7.25"]) == "GBP"


def test_two_currencies_in_headers_say_none() -> None:
    rows = pl.DataFrame({**ROWS, "Total €": ["12.50", "7.25"] * 100, "Fee $": ["0.50", "0.20"] * 100})
    assert infer([Sample("orders", rows, 200)]).currency.value == "units"


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        (["12,50 zł", "7,25 zł"], "PLN"),
        (["1 250 Kč", "725 Kč"], "CZK"),
        (["Rs. 1,250.50", "Rs 725.25"], "INR"),
        (["R$ 12,50", "R$ 7,25"], "BRL"),
    ],
)
def test_letters_beside_amounts_are_signs_too(amounts: list[str], code: str) -> None:
    assert currency("Total", amounts) == code


def test_amounts_in_a_currency_of_letters_and_one_of_a_sign_are_asked_about() -> None:
    rows = pl.DataFrame({**ROWS, "Total": ["12,50 zł", "7,25 €", "30,10 zł", "8,40 zł"] * 50})
    question = infer([Sample("orders", rows, 200)]).currencies
    assert question is not None
    assert question.choices == ("PLN", "EUR")
