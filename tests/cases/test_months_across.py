"""Spend with one column a month: read as purchases of each month, with the right total; a missing year is asked."""

import random
from collections.abc import Callable, Sequence
from datetime import date

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
CUSTOMERS = 120
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FRENCH = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def _planted() -> list[list[float]]:
    dice = random.Random(17)
    return [
        [round(dice.uniform(5, 300), 2) if dice.random() < 0.55 else 0.0 for _ in range(12)] for _ in range(CUSTOMERS)
    ]


SPENT = _planted()
TOTAL = round(sum(map(sum, SPENT)), 2)
PURCHASES = sum(amount > 0 for amounts in SPENT for amount in amounts)


def wide(headers: Sequence[str], **others: object) -> pl.DataFrame:
    columns: dict[str, object] = {
        "customer_id": [f"K{number:04}" for number in range(CUSTOMERS)],
        "region": [("N", "S", "W")[number % 3] for number in range(CUSTOMERS)],
    }
    columns |= {header: [amounts[month] for amounts in SPENT] for month, header in enumerate(headers)}
    return pl.DataFrame(columns | others)


def spent(begun: Begun) -> pl.DataFrame:
    return begun.cleaned().tables["transactions"]


@pytest.mark.parametrize(
    "headers",
    [
        [f"2024-{month:02}" for month in range(1, 13)],
        [f"Spend 2024-{month:02}" for month in range(1, 13)],
        [f"{name}-24" for name in NAMES],
        [f"Umsatz {month:02}/2024" for month in range(1, 13)],
        [f"{name} 2024" for name in FRENCH],
    ],
    ids=lambda headers: headers[0],
)
def test_what_was_spent_in_a_month_is_known_at_its_end(begin: Begin, headers: list[str]) -> None:
    begun = begin(clients=wide(headers))
    assert not begun.draft.open_questions, begun.draft.open_questions
    rows = spent(begun)
    assert (rows.height, round(rows["amount"].sum(), 2)) == (PURCHASES, TOTAL)
    assert rows["happened_at"].dt.date().min() == date(2024, 1, 31)


def test_amounts_as_german_texts_come_to_the_same_sum(begin: Begin) -> None:
    headers = [f"Umsatz {month:02}/2024" for month in range(1, 13)]
    german = [
        pl.Series(header, [f"{amounts[month]:,.2f}".translate(str.maketrans(",.", ".,")) for amounts in SPENT])
        for month, header in enumerate(headers)
    ]
    assert round(spent(begin(clients=wide(headers).with_columns(german)))["amount"].sum(), 2) == TOTAL


def test_the_year_may_stand_in_a_column_or_in_the_name_of_the_file(begin: Begin) -> None:
    years = wide(NAMES, year=[2023 + number % 2 for number in range(CUSTOMERS)])
    for begun in (begin(clients=years), begin(clients_2023=wide(NAMES))):
        assert not begun.draft.open_questions, begun.draft.open_questions
        rows = spent(begun)
        assert (round(rows["amount"].sum(), 2), rows["happened_at"].dt.date().min()) == (TOTAL, date(2023, 1, 31))


def test_a_year_that_is_nowhere_given_is_asked_for(begin: Begin) -> None:
    begun = begin(clients=wide(NAMES))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.month_columns.year"
    rows = spent(begun.answer('year: "?"', "year: 2022"))
    assert (round(rows["amount"].sum(), 2), rows["happened_at"].dt.date().max()) == (TOTAL, date(2022, 12, 31))


def test_sums_and_counts_beside_the_months_do_not_count_again(begin: Begin) -> None:
    headers = [f"Spend {name} 2024" for name in NAMES]
    visits = {f"Visits {name} 2024": [number % 7 for number in range(CUSTOMERS)] for name in NAMES}
    begun = begin(clients=wide(headers, **visits, total=[round(sum(amounts), 2) for amounts in SPENT]))
    assert round(spent(begun)["amount"].sum(), 2) == TOTAL
    assert begun.settings.tables["transactions"].ignore["total"] == "the sum of the months"


def test_months_beside_a_known_outcome_stay_columns(begin: Begin) -> None:
    left = ["Yes" if amounts[11] + amounts[10] == 0 else "No" for amounts in SPENT]
    begun = begin(clients=wide([f"2024-{month:02}" for month in range(1, 13)], churned=left))
    assert all(table.month_columns is None for table in begun.settings.tables.values())


def test_visits_by_month_are_no_money(begin: Begin) -> None:
    begun = begin(clients=wide([f"Visits 2024-{month:02}" for month in range(1, 13)]))
    assert "month_columns" not in begun.file.read_text(encoding="utf-8")
