"""The order of rows and columns says nothing; names that say nothing lead to questions, not to wrong guesses."""

import random

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.inference.guesses import ProjectGuess, Sample
from holdfast.inference.infer import infer

DICE = random.Random(2)
LEFT = [DICE.random() < 0.3 for _ in range(300)]
SNAPSHOT = pl.DataFrame(
    {
        "customerID": [f"{number:04d}-ABCDE" for number in range(300)],
        "gender": [DICE.choice(["Male", "Female"]) for _ in LEFT],
        "tenure": [str(DICE.randrange(72)) for _ in LEFT],
        "MonthlyCharges": [f"{DICE.uniform(18, 118):.2f}" for _ in LEFT],
        "Contract": [DICE.choice(["Month-to-month", "One year", "Two year"]) for _ in LEFT],
        "Churn Reason": ["moved" if left else "" for left in LEFT],
        "Churn": ["Yes" if left else "No" for left in LEFT],
    }
)
LOG = pl.DataFrame(
    {
        "InvoiceNo": [f"{536000 + row // 2}" for row in range(400)],
        "StockCode": [f"{DICE.randrange(80)}A" for _ in range(400)],
        "Quantity": [str(DICE.randrange(-2, 12)) for _ in range(400)],
        "InvoiceDate": [f"2011-{1 + DICE.randrange(12):02d}-{1 + DICE.randrange(28):02d} 10:15:00" for _ in range(400)],
        "UnitPrice": [f"{DICE.uniform(0.5, 9):.2f}" for _ in range(400)],
        "CustomerID": [DICE.choice(["", f"{17000 + DICE.randrange(60)}.0"]) for _ in range(400)],
    }
)


def meaning(guess: ProjectGuess) -> dict[str, object]:
    return {
        "shape": guess.shape.value,
        "rule": guess.rule.written,
        "tables": {
            table.name: (
                table.holds.value,
                {
                    column.source: (column.role, column.kind, column.time and column.time.format)
                    for column in table.columns
                },
                set(table.ignore),
            )
            for table in guess.tables
        },
        "questions": {question.about for question in guess.questions()},
    }


def guessed(frame: pl.DataFrame) -> ProjectGuess:
    return infer([Sample("records", frame, frame.height)])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.sampled_from(["snapshot", "log"]))
def test_the_order_of_rows_and_columns_changes_nothing(dice: random.Random, which: str) -> None:
    frame = SNAPSHOT if which == "snapshot" else LOG
    rows, columns = list(range(frame.height)), list(frame.columns)
    dice.shuffle(rows)
    dice.shuffle(columns)
    assert meaning(guessed(frame[rows].select(columns))) == meaning(guessed(frame))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(SNAPSHOT.columns)))
def test_a_snapshot_under_nonsense_names_is_asked_about(renamed: set[str]) -> None:
    nonsense = {name: f"qx{place}" for place, name in enumerate(SNAPSHOT.columns) if name in renamed}
    guess = guessed(SNAPSHOT.rename(nonsense))
    truth = {
        "customer_id": "customerID",
        "label": "Churn",
        "tenure_months": "tenure",
        "monthly_amount": "MonthlyCharges",
    }
    asked = {question.about for question in guess.questions()}
    for column in guess.tables[0].columns:
        if column.role and f"customers.{column.name}" not in asked:
            assert column.source == nonsense.get(truth[column.role], truth[column.role])
    if "Churn" in renamed:
        assert "churn.rule" in asked
    if "customerID" in renamed:
        assert "customers.customer_id" in asked


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(LOG.columns)))
def test_a_log_under_nonsense_names_is_asked_about(renamed: set[str]) -> None:
    nonsense = {name: f"qx{place}" for place, name in enumerate(LOG.columns) if name in renamed}
    guess = guessed(LOG.rename(nonsense))
    truth = {
        "customer_id": "CustomerID",
        "happened_at": "InvoiceDate",
        "order_id": "InvoiceNo",
        "product": "StockCode",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    }
    table = guess.tables[0]
    asked = {question.about for question in guess.questions()}
    for column in table.columns:
        if column.role and f"{table.name}.{column.name}" not in asked:
            assert column.source == nonsense.get(truth[column.role], truth[column.role])
    if "CustomerID" in renamed:
        assert f"{table.name}.customer_id" in asked
