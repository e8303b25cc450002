"""Cases of rows that name no customer: totals and subtotals, guests, one id for many people; labels of two words."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Begin = Callable[..., Any]
Folder = Callable[[str], Path]


@pytest.fixture
def orders() -> pl.DataFrame:
    dice = random.Random(2)
    days = sorted(dice.randrange(600) for _ in range(900))
    return pl.DataFrame(
        {
            "customer_id": [f"K{dice.randint(1, 120):04d}" for _ in days],
            "order_date": [str(date(2024, 1, 1) + timedelta(days=day)) for day in days],
            "total": [dice.randint(500, 9000) / 100 for _ in days],
        }
    )


def total_row(word: str, rows: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        {"customer_id": [word], "order_date": [rows["order_date"][-1]], "total": [round(rows["total"].sum(), 2)]}
    )


def test_a_grand_total_is_no_customer_and_both_words_of_leaving_are_the_label(
    case_folder: Folder, begin: Begin
) -> None:
    begun = begin(case_folder("15") / "customers.csv")
    assert not begun.draft.questions
    label = begun.settings.tables["customers"].columns["label"]
    assert (label.source, set(label.true)) == ("status", {"Churned", "Cancelled"})
    cleaned = begun.cleaned()
    people = cleaned.tables["customers"]
    assert (people.height, int(people["label"].sum())) == (1_200, 263)
    assert cleaned.set_aside["reason"].to_list() == ["Names nobody: a stand-in or a total row."]


@pytest.mark.parametrize("word", ["Total", "Gesamtsumme", "TOTAL GENERAL", "Summe", "Grand Total"])
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_total_counts_for_nobody_wherever_it_stands(
    word: str, place: str, orders: pl.DataFrame, begin: Begin
) -> None:
    total = total_row(word, orders)
    begun = begin(orders=pl.concat([total, orders] if place == "first" else [orders, total]))
    assert not begun.draft.questions
    sales = begun.cleaned().tables["transactions"]
    assert (sales.height, round(sales["amount"].sum(), 2)) == (orders.height, round(orders["total"].sum(), 2))


def test_subtotals_of_months_and_customers_count_for_nobody(orders: pl.DataFrame, begin: Begin) -> None:
    blocks = []
    for (month,), rows in orders.group_by(pl.col("order_date").str.head(7), maintain_order=True):
        blocks += [rows, total_row(f"Total {month}", rows)]
    begun = begin(orders=pl.concat(blocks))
    assert begun.cleaned().tables["transactions"].height == orders.height
    pivot = [
        part for (who,), rows in orders.group_by("customer_id") for part in (rows, total_row(f"{who} Ergebnis", rows))
    ]
    begun = begin(orders=pl.concat([*pivot, total_row("Gesamtergebnis", orders)]))
    sales = begun.cleaned().tables["transactions"]
    assert (sales.height, round(sales["amount"].sum(), 2)) == (orders.height, round(orders["total"].sum(), 2))


def test_a_company_of_that_name_stays_a_customer(orders: pl.DataFrame, begin: Begin) -> None:
    named = orders.with_columns(customer_id=pl.col("customer_id").replace("K0001", "Total"))
    begun = begin(orders=named)
    assert "Total" in begun.cleaned().tables["transactions"]["customer_id"].to_list()


def test_guests_with_addresses_are_asked_about_and_the_address_gives_the_right_people(
    orders: pl.DataFrame, begin: Begin
) -> None:
    shop = orders.with_columns(email=pl.col("customer_id").str.to_lowercase() + "@example.test")
    guests = shop.with_columns(
        customer_id=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("guest")).otherwise("customer_id")
    )
    begun = begin(orders=guests)
    assert begun.draft.questions == ("transactions.customer_id",)
    assert begun.draft.open_questions[0].choices[0] == "email"
    begun.answer('customer_id: {from: "?"', 'customer_id: {from: "email"')
    assert begun.cleaned().tables["transactions"]["customer_id"].n_unique() == orders["customer_id"].n_unique()


def test_one_id_with_a_third_of_the_rows_is_asked_about(orders: pl.DataFrame, begin: Begin) -> None:
    third = pl.int_range(pl.len()) % 3 == 0
    begun = begin(orders=orders.with_columns(customer_id=pl.when(third).then(pl.lit("K9000")).otherwise("customer_id")))
    assert begun.draft.questions == ("transactions.customer_id",)
    assert "K9000" in begun.draft.open_questions[0].evidence
    begun.answer('customer_id: {from: "?"', 'customer_id: {from: "customer_id"')
    cleaned = begun.cleaned()
    assert "K9000" not in cleaned.tables["transactions"]["customer_id"].to_list()
    assert cleaned.set_aside.height == 300


def test_zero_is_a_customer_where_it_holds_no_more_than_others(orders: pl.DataFrame, begin: Begin) -> None:
    from_zero = orders.with_columns(customer_id=(pl.col("customer_id").str.tail(4).cast(pl.Int64) - 1).cast(pl.String))
    begun = begin(orders=from_zero)
    assert not begun.draft.questions
    assert "0" in begun.cleaned().tables["transactions"]["customer_id"].to_list()


def test_texts_that_repeat_as_customers_do_are_offered_where_no_name_says_who_buys(begin: Begin) -> None:
    dice = random.Random(4)
    days = sorted(dice.randrange(600) for _ in range(900))
    buyers = [dice.randrange(120) for _ in days]
    deals = pl.DataFrame(
        {
            "ID": list(range(1, len(days) + 1)),
            "Organización": [f"Obras {chr(65 + buyer % 26)}{buyer} S.L." for buyer in buyers],
            "Propietario": [dice.choice(["Pedro Gil", "Ana Ruiz"]) for _ in days],
            "Notas": [f"nota {number} de la obra" for number in range(len(days))],
            "Fecha": [str(date(2024, 1, 1) + timedelta(days=day)) for day in days],
            "Valor": [f"{dice.randint(500, 9000) / 100:.2f}" for _ in days],
        }
    )
    questions = begin(deals=deals).draft.open_questions
    assert [each.choices for each in questions if "customer_id" in each.about] == [("Organización",)]


@pytest.mark.parametrize(
    ("mark", "yes", "no"),
    [("is_test", "t", "f"), ("Internal account", "yes", "no"), ("Compte de test", "oui", "non")],
)
def test_accounts_marked_as_tests_are_nobody(begin: Begin, orders: pl.DataFrame, mark: str, yes: str, no: str) -> None:
    """Times stand as PostgreSQL writes them, with an offset of hours alone."""
    people = orders.select("customer_id").unique().sort("customer_id")
    is_test = pl.col("customer_id").is_in(["K0003", "K0007", "K0011"])
    people = people.with_columns(pl.when(is_test).then(pl.lit(yes)).otherwise(pl.lit(no)).alias(mark))
    payments = orders.select(
        pl.int_range(1, pl.len() + 1).alias("id"),
        "customer_id",
        pl.format("{} 14:24:10+00", "order_date").alias("created_at"),
        pl.when(is_test).then(pl.col("total") * 100).otherwise("total").round(2).alias("amount"),
    )
    begun = begin(customers=people, payments=payments)
    assert not begun.draft.questions
    counted, kept = begun.cleaned().tables["payments"], payments.filter(~is_test)
    assert (counted.height, round(counted["amount"].sum(), 2)) == (kept.height, round(kept["amount"].sum(), 2))
    assert any("3 accounts" in note for note in begun.draft.notes)


def test_a_mark_on_most_customers_says_something_else(begin: Begin, orders: pl.DataFrame) -> None:
    people = orders.select("customer_id").unique().sort("customer_id").with_row_index("n")
    people = people.select(
        "customer_id", is_test=pl.when(pl.col("n") % 2 == 0).then(pl.lit("t")).otherwise(pl.lit("f"))
    )
    begun = begin(customers=people, orders=orders)
    assert begun.net() == round(orders["total"].sum(), 2)
