"""Seats and months beside the price of a subscription: settled by arithmetic, else asked about with both totals."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_PRICES = (9.0, 19.0, 39.0)
_SEATS = (1, 1, 2, 3, 5, 8, 12, 20, 35)
_MONTHS = (1, 12, 24, 12)


def subscriptions(
    begins: str, ends: str, price: str, seats: str = "", months: str = "", of_all: tuple[str, ...] = (), **plain: str
) -> tuple[pl.DataFrame, float]:
    """Subscriptions, each of another customer, and what those that run come to a month.

    Args:
        begins, ends, price, seats, months: names of columns; empty: the table has no such column.
        of_all: those of the columns that the price is multiplied by.
        plain: names of the columns of the customer and of the plan.
    """
    rows, revenue = [], 0.0
    for number in range(360):
        begin = date(2023, 1, 5) + timedelta(days=2 * number)
        end = begin + timedelta(days=40 + 10 * (number % 7)) if number % 3 == 0 and number < 300 else None
        count, length = _SEATS[number * 7 % 9], _MONTHS[number // 3 % 4]
        one, plan = _PRICES[number % 3], ("Basic", "Team", "Business")[number % 3]
        revenue += one * (count if seats else 1) if end is None else 0.0
        written = one * (count if seats in of_all else 1) * (length if months in of_all else 1)
        row = {plain["customer"]: f"C{number:04}", plain["plan"]: plan, price: f"{written:.2f}"}
        row |= {seats: count} if seats else {}
        row |= {months: length} if months else {}
        rows.append(row | {begins: begin, ends: end})
    return pl.DataFrame(rows, infer_schema_length=None), round(revenue, 2)


@pytest.mark.parametrize(
    ("names", "of_all"),
    [
        (("Start date", "End date", "Price", "Seats", ""), ()),
        (("Début", "Fin", "Montant", "Nb utilisateurs", ""), ()),
        (("Startdatum", "Einddatum", "Prijs", "Aantal", ""), ()),
        (("Start date", "End date", "Price", "Users", ""), ("Users",)),
        (("Start date", "End date", "Price", "", "Months"), ("Months",)),
        (("Fecha alta", "Fecha baja", "Importe", "Usuarios", "Meses"), ("Usuarios", "Meses")),
        (("Start date", "End date", "Price", "Licences", "Contract length"), ("Contract length",)),
    ],
)
def test_arithmetic_settles_what_a_price_is_of(
    begin: Begin, names: tuple[str, str, str, str, str], of_all: tuple[str, ...]
) -> None:
    table, revenue = subscriptions(*names, of_all=of_all, customer="Customer", plan="Plan")
    begun = begin(subscriptions=table)
    asked = {question.about for question in begun.draft.open_questions}
    assert asked <= {"subscriptions.subscriptions.interval", "exported_on"}
    assert begun.with_first_answers().stood()[1] == pytest.approx(revenue, rel=0.001)


def test_a_number_under_an_unknown_name_is_asked_about_with_what_each_reading_comes_to(begin: Begin) -> None:
    table, revenue = subscriptions("Start date", "End date", "Price", "Vehicles", customer="Customer", plan="Plan")
    begun = begin(subscriptions=table)
    (question,) = [each for each in begun.draft.open_questions if each.about.endswith("price_of")]
    assert question.choices == ("each", "all")
    prices = table["Price"].cast(pl.Float64)
    assert f"of one (each): {(prices * table['Vehicles']).sum():,.2f}" in question.evidence
    assert f"of all of them (all): {prices.sum():,.2f}" in question.evidence
    assert begun.with_first_answers().stood()[1] == pytest.approx(revenue, rel=0.001)


@pytest.mark.parametrize("attribute", ["Age", "Visits", "Store no", "Satisfaction score"])
def test_what_measures_something_else_multiplies_no_price(begin: Begin, attribute: str) -> None:
    table, _ = subscriptions("Start date", "End date", "Price", attribute, customer="Customer", plan="Plan")
    begun = begin(subscriptions=table)
    assert not [each for each in begun.draft.open_questions if each.about.endswith("price_of")]
    running = table.filter(pl.col("End date").is_null())["Price"].cast(pl.Float64).sum()
    assert begun.with_first_answers().stood()[1] == pytest.approx(running, rel=0.001)


def test_a_price_that_is_the_same_for_contracts_of_any_length_is_first_that_of_a_month(begin: Begin) -> None:
    table, revenue = subscriptions("Start", "End", "Price", months="Term (months)", customer="Customer", plan="Plan")
    begun = begin(subscriptions=table)
    (question,) = [each for each in begun.draft.open_questions if each.about.endswith("price_per")]
    assert question.choices == ("month", "year", "term")
    assert begun.with_first_answers().stood()[1] == pytest.approx(revenue, rel=0.001)


@pytest.mark.parametrize("name", ["price_unit_amount", "Preis pro Nutzer", "Prix unitaire"])
def test_a_price_of_one_by_its_name_is_of_each_also_where_everybody_pays_another(begin: Begin, name: str) -> None:
    table, _ = subscriptions("start", "end", name, "seats", customer="customer", plan="plan")
    # Who takes many pays more for each, more often than not: prices go with seats, and not in step.
    noise = pl.Series([number * 13 % 29 / 29 for number in range(table.height)])
    own = 1 + noise + table["seats"] / table["seats"].max() / 2
    table = table.with_columns((pl.col(name).cast(pl.Float64) * own).round(2).alias(name), interval=pl.lit("month"))
    begun = begin(subscriptions=table)
    assert "subscriptions.subscriptions.price_of" not in {question.about for question in begun.draft.open_questions}
    running = table.filter(pl.col("end").is_null())
    assert begun.with_first_answers().stood()[1] == pytest.approx((running[name] * running["seats"]).sum(), rel=0.001)
