"""Roles in files of many shapes, languages and writings; what is unclear is asked."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from holdfast.inference.guesses import ProjectGuess, Sample
from holdfast.inference.infer import infer

ROWS = 600
DICE = random.Random(5)
CUSTOMERS = [f"C{number:05d}" for number in range(90)]


def table(name: str, columns: dict[str, Sequence[Any]], *, headed: bool = True) -> Sample:
    texts = {key: ["" if value is None else str(value) for value in values] for key, values in columns.items()}
    frame = pl.DataFrame(texts)
    return Sample(name, frame, frame.height, headed)


def days(layout: str = "%Y-%m-%d", count: int = ROWS, begin: str = "2022-01-03") -> list[str]:
    start = datetime.fromisoformat(begin)
    return [
        (start + timedelta(days=DICE.randrange(500), minutes=DICE.randrange(1440))).strftime(layout)
        for _ in range(count)
    ]


def any_of(*values: object, count: int = ROWS) -> list[object]:
    return [DICE.choice(values) for _ in range(count)]


def whole(low: int, high: int, count: int = ROWS) -> list[int]:
    return [DICE.randint(low, high) for _ in range(count)]


def money(low: float, high: float, count: int = ROWS) -> list[str]:
    return [f"{DICE.uniform(low, high):.2f}" for _ in range(count)]


def roles(guess: ProjectGuess, name: str) -> dict[str, str]:
    found = next(table for table in guess.tables if table.name == name)
    return {column.role: column.source for column in found.columns if column.role}


def asked(guess: ProjectGuess) -> set[str]:
    return {question.about for question in guess.questions()}


LOGS = {
    "german": (
        table(
            "bestellungen",
            {
                "Kundennummer": any_of(*CUSTOMERS),
                "Bestellnummer": [f"B{row // 2}" for row in range(ROWS)],
                "Bestelldatum": days("%d.%m.%Y"),
                "Artikelnummer": whole(100, 160),
                "Menge": whole(1, 9),
                "Einzelpreis": [text.replace(".", ",") for text in money(1, 900)],
                "Gesamtbetrag": [f"{text.replace('.', ',')} €" for text in money(1, 900)],
            },
        ),
        {
            "customer_id": "Kundennummer",
            "happened_at": "Bestelldatum",
            "order_id": "Bestellnummer",
            "product": "Artikelnummer",
            "quantity": "Menge",
            "unit_price": "Einzelpreis",
            "amount": "Gesamtbetrag",
        },
    ),
    "french": (
        table(
            "commandes",
            {
                "id_client": whole(1, 90),
                "date_commande": days("%d/%m/%Y"),
                "montant": [text.replace(".", ",") for text in money(1, 900)],
                "quantité": whole(1, 9),
            },
        ),
        {"customer_id": "id_client", "happened_at": "date_commande", "amount": "montant", "quantity": "quantité"},
    ),
    "spanish": (
        table(
            "ventas",
            {
                "Cliente": any_of(*CUSTOMERS),
                "Fecha": days("%d/%m/%Y"),
                "Importe": money(1, 90),
                "Producto": any_of("a", "b"),
            },
        ),
        {"customer_id": "Cliente", "happened_at": "Fecha", "amount": "Importe", "product": "Producto"},
    ),
    "american, with a customer's name, a ship date and a running number": (
        table(
            "superstore",
            {
                "Row ID": range(1, ROWS + 1),
                "Order ID": [f"CA-2016-{100000 + row // 2}" for row in range(ROWS)],
                "Order Date": days("%m/%d/%Y"),
                "Ship Date": days("%m/%d/%Y", begin="2023-07-01"),
                "Customer ID": any_of(*CUSTOMERS),
                "Customer Name": any_of(*(f"Name {number}" for number in range(90))),
                "Product ID": any_of(*(f"FUR-{number}" for number in range(60))),
                "Sales": money(1, 1000),
                "Quantity": whole(1, 14),
                "Discount": any_of(0, 0.2, 0.5),
                "Profit": money(-100, 200),
            },
        ),
        {
            "customer_id": "Customer ID",
            "happened_at": "Order Date",
            "order_id": "Order ID",
            "product": "Product ID",
            "amount": "Sales",
            "quantity": "Quantity",
            "discount": "Discount",
        },
    ),
    "ids of spreadsheets, times in milliseconds, glued names": (
        table(
            "log",
            {
                "userid": [f"{number}.0" for number in whole(17000, 17090)],
                "timestamp": [str(1_640_000_000_000 + DICE.randrange(40_000_000_000)) for _ in range(ROWS)],
                "orderid": [f"o{row}" for row in range(ROWS)],
                "totalamount": money(1, 90),
            },
        ),
        {"customer_id": "userid", "happened_at": "timestamp", "order_id": "orderid", "amount": "totalamount"},
    ),
    "a price and no count": (
        table(
            "transactions_train",
            {
                "t_dat": days(),
                "customer_id": any_of(*(f"{number:064x}" for number in range(90))),
                "article_id": any_of(*(f"0{number}" for number in range(663713000, 663713060))),
                "price": money(1, 60),
            },
        ),
        {"customer_id": "customer_id", "happened_at": "t_dat", "product": "article_id", "amount": "price"},
    ),
    "no amount at all": (
        table(
            "groceries",
            {
                "Member_number": whole(1000, 1090),
                "Date": days("%d-%m-%Y"),
                "itemDescription": any_of("milk", "beer", "soda"),
            },
        ),
        {"customer_id": "Member_number", "happened_at": "Date", "product": "itemDescription"},
    ),
    "each customer once": (
        table(
            "customer_shopping",
            {
                "invoice_no": [f"I{number}" for number in DICE.sample(range(100000, 999999), ROWS)],
                "customer_id": [f"C{number}" for number in DICE.sample(range(100000, 999999), ROWS)],
                "invoice_date": days("%d/%m/%Y"),
                "quantity": whole(1, 5),
                "price": money(5, 5000),
            },
        ),
        {
            "customer_id": "customer_id",
            "happened_at": "invoice_date",
            "order_id": "invoice_no",
            "quantity": "quantity",
            "unit_price": "price",
        },
    ),
}


@pytest.mark.parametrize("which", LOGS)
def test_a_purchase_log_is_understood(which: str) -> None:
    sample, expected = LOGS[which]
    guess = infer([sample])
    assert (guess.shape.value, guess.rule.written) == ("purchases", "inactivity")
    assert roles(guess, "transactions") == expected
    assert not asked(guess)


def test_decimal_commas_are_found() -> None:
    assert infer([LOGS["german"][0]]).tables[0].decimal == ","
    assert infer([LOGS["spanish"][0]]).tables[0].decimal == "."


LEFT = whole(0, 1)
SNAPSHOTS = {
    "a bank's": (
        {
            "RowNumber": range(1, ROWS + 1),
            "CustomerId": DICE.sample(range(15_565_701, 15_815_690), ROWS),
            "Surname": any_of(*(f"Name{number}" for number in range(200))),
            "Tenure": whole(0, 10),
            "Balance": money(0, 200_000),
            "IsActiveMember": whole(0, 1),
            "Exited": LEFT,
        },
        {"customer_id": "CustomerId", "label": "Exited"},
        ("1",),
    ),
    "a card's, told in words": (
        {
            "CLIENTNUM": DICE.sample(range(700_000_000, 800_000_000), ROWS),
            "Attrition_Flag": ["Attrited Customer" if left else "Existing Customer" for left in LEFT],
            "Months_on_book": whole(13, 56),
            "Credit_Limit": money(1400, 34_000),
        },
        {"customer_id": "CLIENTNUM", "label": "Attrition_Flag", "tenure_months": "Months_on_book"},
        ("Attrited Customer",),
    ),
    "a status of three": (
        {
            "Customer ID": [f"{row:04d}-ABCDE" for row in range(ROWS)],
            "Tenure in Months": whole(1, 72),
            "Monthly Charge": money(18, 118),
            "Total Charges": money(18, 8000),
            "Customer Status": ["Churned" if left else DICE.choice(["Stayed", "Joined"]) for left in LEFT],
        },
        {
            "customer_id": "Customer ID",
            "label": "Customer Status",
            "tenure_months": "Tenure in Months",
            "monthly_amount": "Monthly Charge",
            "total_amount": "Total Charges",
        },
        ("Churned",),
    ),
    "a bare id": (
        {"id": range(15, 15 + ROWS), "bill_avg": whole(0, 400), "churn": LEFT},
        {"customer_id": "id", "label": "churn"},
        ("1",),
    ),
}


@pytest.mark.parametrize("which", SNAPSHOTS)
def test_a_labelled_snapshot_is_understood(which: str) -> None:
    columns, expected, true = SNAPSHOTS[which]
    guess = infer([table("customers_2024", columns)])
    assert (guess.shape.value, guess.rule.written) == ("snapshot", "label")
    assert roles(guess, "customers") == expected
    label = guess.tables[0].column("label")
    assert label is not None
    assert label.true == true
    assert not asked(guess)


def test_tenure_of_unknown_unit_stays_an_attribute() -> None:
    years = SNAPSHOTS["a bank's"][0]
    assert infer([table("bank", years)]).tables[0].column("tenure") is not None


def test_a_snapshot_without_ids_asks_whether_rows_are_customers() -> None:
    columns = {"State": any_of("KS", "OH", "NJ"), "Area code": any_of(408, 415), "Churn": any_of("True.", "False.")}
    guess = infer([table("churn", columns)])
    assert asked(guess) == {"customers.customer_id"}
    assert guess.tables[0].columns[0].choices == ("_row",)


def test_a_rule_by_a_label_comes_last_where_no_column_could_be_one() -> None:
    columns = {
        "customer_id": [f"C{row:06d}" for row in range(ROWS)],
        "age": whole(18, 80),
        "region": any_of("north", "south", "west"),
    }
    question = next(each for each in infer([table("people", columns)]).questions() if each.about == "churn.rule")
    assert question.choices == ("inactivity", "end_date", "subscription_end", "label")


def test_an_experiment_is_called_one_and_its_outcomes_are_no_churn() -> None:
    columns = {
        "userid": range(ROWS),
        "version": ["gate_30" if row % 2 else "gate_40" for row in range(ROWS)],
        "rounds": whole(0, 90),
        "conversion": whole(0, 1),
    }
    guess = infer([table("cats", columns)])
    assert "experiment" in guess.notes[0]
    assert "churn.rule" in asked(guess)


def test_what_an_experiment_measures_afterwards_is_left_out() -> None:
    columns = {
        "customer_id": [f"C{row:06d}" for row in range(ROWS)],
        "orders": whole(0, 9),
        "offer": any_of("control", "control", "discount", "call"),
        "visit": whole(0, 1),
        "spend": money(0, 90),
        "left": whole(0, 1),
    }
    guess = infer([table("experiment", columns)])
    assert "experiment" in guess.notes[0]
    assert guess.rule.written == "label"
    assert set(guess.tables[0].ignore) == {"visit", "spend"}


def test_a_customer_written_twice_is_still_a_table_of_customers() -> None:
    ids = [f"C{row:06d}" for row in range(ROWS)]
    people = table(
        "people", {"customer_id": [*ids, ids[0]], "signed_up": days(count=ROWS + 1), "churn": [*LEFT, LEFT[0]]}
    )
    orders = table("orders", {"customer_id": any_of(*ids), "order_date": days(), "amount": money(1, 9)})
    guess = infer([people, orders])
    assert {found.name: found.holds.value for found in guess.tables} == {
        "customers": "customers",
        "orders": "transactions",
    }


def test_two_columns_that_could_name_the_customer_are_asked_about() -> None:
    users = whole(1, 300)
    columns = {
        "user_id": users,
        "account_id": [user % 40 for user in users],
        "timestamp": days("%Y-%m-%d %H:%M:%S"),
        "event": any_of("opened", "saved"),
    }
    guess = infer([table("events", columns)])
    assert "events.customer_id" in asked(guess)
    assert guess.tables[0].columns[0].choices == ("account_id", "user_id")


def test_an_id_for_each_order_beside_the_persons_is_asked_about() -> None:
    people = [f"p{number}" for number in whole(1, 400)]
    orders = [f"k{row}" for row in range(ROWS)]
    guess = infer([table("customers", {"customer_id": orders, "customer_unique_id": people, "city": any_of("a", "b")})])
    assert any("customer_id" in question for question in asked(guess))


def test_an_amount_that_counts_units_is_asked_about() -> None:
    units = whole(1, 5)
    columns = {
        "CUSTOMER_ID": any_of(*CUSTOMERS),
        "TRANSACTION_DT": days("%m/%d/%Y"),
        "AMOUNT": units,
        "SALES_PRICE": [unit * DICE.randint(10, 500) for unit in units],
    }
    assert "transactions.amount" in asked(infer([table("ta_feng", columns)]))


def test_a_company_is_not_taken_for_the_customer() -> None:
    columns = {
        "id": whole(86_246, 86_330),
        "company": whole(100, 130),
        "date": days(),
        "purchaseamount": money(1, 30),
    }
    guess = infer([table("transactions", columns)])
    assert asked(guess) == {"transactions.customer_id"}


def test_browsing_events_are_not_purchases() -> None:
    columns = {
        "event_time": [f"{day} UTC" for day in days("%Y-%m-%d %H:%M:%S")],
        "event_type": any_of("view", "view", "cart", "purchase"),
        "price": money(1, 900),
        "user_id": whole(1, 90),
    }
    guess = infer([table("2019-Oct", columns)])
    assert guess.tables[0].holds.value == "events"
    assert roles(guess, "events")["happened_at"] == "event_time"


def test_a_time_that_belongs_to_the_customer_does_not_date_the_row() -> None:
    users = whole(1, 40)
    columns = {
        "userId": users,
        "registration": [str(1_533_000_000_000 + user * 1000) for user in users],
        "ts": [str(1_538_000_000_000 + DICE.randrange(5_000_000_000)) for _ in range(ROWS)],
        "page": any_of("NextSong", "Home", "Cancellation Confirmation"),
    }
    guess = infer([table("listening", columns)])
    assert roles(guess, guess.tables[0].name)["happened_at"] == "ts"
    assert "churn.rule" in asked(guess), "a page tells of leaving, so inactivity is not taken for granted"


def test_a_file_without_names_is_evaluated_by_its_values() -> None:
    people = whole(1, 90)
    columns = {
        "column_1": [f"{person:05d}" for person in people],
        "column_2": [f"{person * 7:04d}" for person in people],
        "column_3": days("%Y%m%d"),
        "column_4": whole(1, 6),
        "column_5": money(5, 60),
    }
    guess = infer([table("sample", columns, headed=False)])
    assert roles(guess, "transactions") == {
        "customer_id": "column_1",
        "happened_at": "column_3",
        "amount": "column_5",
        "quantity": "column_4",
    }
    assert not asked(guess)


@pytest.mark.parametrize(("name", "is_asked"), [("Outcome", False), ("Response", True), ("Converted", True)])
def test_an_outcome_that_does_not_speak_of_leaving_says_how_it_is_taken(name: str, *, is_asked: bool) -> None:
    """The answer to an offer is no leaving: asked. Of an outcome without a meaning it is said how it is taken."""
    rows = 300
    frame = pl.DataFrame(
        {
            "ID": [str(1000 + row) for row in range(rows)],
            "Income": [str(20_000 + row * 37 % 900) for row in range(rows)],
            name: [str(int(row % 7 == 0)) for row in range(rows)],
        }
    )
    guess = infer([Sample("people", frame, rows)])
    assert not guess.rule.is_question
    assert [question.about for question in guess.questions()] == (["customers.label"] if is_asked else [])
    if not is_asked:
        assert f'{name} is the only outcome, so "1" in it is taken for leaving' in guess.rule.evidence
