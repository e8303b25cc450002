"""Licences with seats, a price of one, months of a term and a discount, made up with their right revenue a month."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
LAST = date(2025, 6, 15)
_PRICES = {"Core": 9_600, "Pro": 18_000}  # of a seat and a year, in hundredths


def licences(*, discounted: bool, total: str = "", price: str = "UnitPriceCents") -> tuple[pl.DataFrame, float]:
    """Licences, each of another account; what those that run come to a month, if a price is of a year."""
    rows, revenue = [], 0.0
    for number in range(160):
        begin = (LAST - timedelta(days=6 * number)).replace(day=7)
        months, seats = (12, 24, 36)[number % 3], (1, 4, 25, 9)[number % 4]
        product = "Pro" if number % 7 > 3 else "Core"
        percent = (0, 0, 10)[number % 3 - number % 2] if discounted else 0
        yearly = seats * _PRICES[product] * (100 - percent) / 10_000
        revenue += yearly / 12 if after(begin, months) > LAST else 0.0
        row = {
            "Licence No": f"L-{number:05}",
            "Account": f"AC{number:04}",
            "Product": product,
            "Seats": seats,
            price: _PRICES[product],
            "TermMonths": months,
            "Starts": begin,
            "Expires": after(begin, months),
        }
        row |= {"Discount %": percent} if discounted else {}
        row |= {total: round(yearly * months / 12, 2)} if total else {}
        rows.append(row)
    return pl.DataFrame(rows), round(revenue, 2)


def price_question(begun: Begun) -> str:
    (question,) = [each for each in begun.draft.open_questions if each.about.endswith("price_per")]
    assert question.choices == ("month", "year", "term")
    return question.evidence


@pytest.mark.parametrize("discounted", [True, False])
def test_for_what_time_the_price_of_a_seat_is_is_asked_with_what_each_would_come_to(
    begin: Begin, discounted: bool
) -> None:
    table, revenue = licences(discounted=discounted)
    begun = begin(licences=table)
    evidence = price_question(begun)
    assert "the same for terms of any length" in evidence
    every = table["Seats"] * table["UnitPriceCents"] / 100
    every = every * (1 - table["Discount %"] / 100) if discounted else every
    assert f"for a year (year): {every.sum() / 12:,.2f}" in evidence
    assert f"for a month (month): {every.sum():,.2f}" in evidence
    answered = begun.answer('price_per: "?"', "price_per: year").with_first_answers()
    assert answered.stood()[1] == pytest.approx(revenue, abs=0.01)


def test_the_total_of_a_contract_proves_for_what_time_the_price_is(begin: Begin) -> None:
    table, revenue = licences(discounted=True, total="Contract Total")
    begun = begin(licences=table)
    assert not [each for each in begun.draft.open_questions if "price" in each.about]
    begun = begun.with_first_answers()
    assert begun.settings.tables["subscriptions"].columns["price"].source == "Contract Total"
    assert begun.stood()[1] == pytest.approx(revenue, abs=0.01)
