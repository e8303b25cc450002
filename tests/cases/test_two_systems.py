"""Deals beside invoices and other pairs of systems that keep the same business: the money of one counts."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DAY = date(2023, 1, 1)


def _business(*, tax: float = 1.0, parts: int = 1, others: int = 0, who: str = "Klant") -> dict[str, pl.DataFrame]:
    """Offers of two years, of which some are won and invoiced, and invoices of smaller things that nobody offered."""
    dice = random.Random(4)
    offers: list[tuple[object, ...]] = []
    invoices: list[tuple[object, ...]] = []
    for number in range(400):
        day, amount = _DAY + timedelta(days=number + number // 2), round(dice.uniform(500, 20_000), 2)
        company = f"Bedrijf {dice.randrange(80):03} B.V."
        state = dice.choices(["Won", "Lost", "In progress"], [5, 3, 2])[0]
        offers.append((f"D{number:04}", company, day, amount, state))
        for part in range(parts if state == "Won" else 0):
            billed = round(amount * tax * dice.uniform(0.95, 1.05) / parts, 2)
            invoices.append(
                (f"F{len(invoices):05}", company, day + timedelta(days=dice.randint(1, 20) + 30 * part), billed)
            )
    for _ in range(others):
        day, company = _DAY + timedelta(days=dice.randrange(600)), f"Bedrijf {dice.randrange(80):03} B.V."
        invoices.append((f"F{len(invoices):05}", company, day, round(dice.uniform(100, 3000), 2)))
    return {
        "deals": pl.DataFrame(offers, schema=["Deal ID", who, "Closed On", "Value", "Stage"], orient="row"),
        "facturen": pl.DataFrame(invoices, schema=["Factuur", who, "Factuurdatum", "Totaal"], orient="row"),
    }


@pytest.mark.parametrize(
    "business",
    [{"tax": 1.21}, {"parts": 3}, {"tax": 1.21, "others": 400}],
    ids=["with tax", "in three parts", "beside other invoices"],
)
def test_won_deals_beside_their_invoices_are_asked_about(begin: Begin, business: dict[str, float]) -> None:
    tables = _business(**business)  # type: ignore[arg-type]
    begun = begin(**tables)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("deals.holds", ("events", "transactions"))
    won = tables["deals"].filter(pl.col("Stage") == "Won")["Value"].sum()
    assert f"{won:,.2f}" in question.evidence
    assert f"{tables['facturen']['Totaal'].sum():,.2f}" in question.evidence
    assert begun.with_first_answers().net() == pytest.approx(tables["facturen"]["Totaal"].sum())


def test_to_count_the_deals_takes_the_invoices_out(begin: Begin) -> None:
    tables = _business(tax=1.21)
    begun = begin(**tables).answer('holds: "?"', "holds: transactions")
    won = tables["deals"].filter(pl.col("Stage") == "Won")["Value"].sum()
    assert begun.net() == pytest.approx(won)
    assert begun.settings.tables["facturen"].holds == "payments"


@pytest.mark.parametrize("who", ["Company", "Debiteur"])
def test_texts_that_come_again_are_the_customers_of_numbered_deals(begin: Begin, who: str) -> None:
    tables = _business(tax=1.21, who=who)
    begun = begin(**tables)
    assert {question.about for question in begun.draft.open_questions} == {
        "deals.holds", "deals.customer_id", "facturen.customer_id",
    }  # fmt: skip
    assert begun.with_first_answers().net() == pytest.approx(tables["facturen"]["Totaal"].sum())
    assert begun.cleaned().tables["customers"].height <= 80


def test_of_two_systems_without_deals_the_later_one_is_nearer_to_the_money(begin: Begin) -> None:
    tables = _business(tax=1.21)
    orders = tables["deals"].filter(pl.col("Stage") == "Won").drop("Stage").rename({"Deal ID": "Ordernummer"})
    begun = begin(orders=orders.rename({"Closed On": "Orderdatum"}), facturen=tables["facturen"])
    (question,) = begun.draft.open_questions
    assert question.about == "orders.holds"
    assert begun.with_first_answers().net() == pytest.approx(tables["facturen"]["Totaal"].sum())


def test_the_same_customers_in_two_shops_are_sales_of_both(begin: Begin) -> None:
    dice = random.Random(8)
    shops = {
        name: pl.DataFrame(
            {
                "order_id": [f"{name}-{number}" for number in range(900)],
                "customer_id": [f"K{dice.randrange(100):03}" for _ in range(900)],
                "order_date": [_DAY + timedelta(days=dice.randrange(500)) for _ in range(900)],
                "total": [round(dice.lognormvariate(3, 0.8), 2) for _ in range(900)],
            }
        )
        for name in ("web", "counter")
    }
    begun = begin(**shops)
    assert not begun.draft.open_questions
    received = sum(table["amount"].sum() for table in begun.cleaned().tables.values() if "amount" in table.columns)
    assert received == pytest.approx(sum(shop["total"].sum() for shop in shops.values()))
