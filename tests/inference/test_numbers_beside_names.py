"""People of one name differ by the number that stands beside it; the numbers of orders and contracts are nobody's."""

from datetime import date, timedelta

import polars as pl
import pytest

from holdfast.inference.guesses import Sample
from holdfast.inference.people.key_columns import customer_keys
from holdfast.inference.profiles.tables import profile_tables

_PEOPLE, _VISITS = 80, 5
_FIRST = ("Ana", "Luc", "Eva", "Tom", "Mia", "Jan", "Zoe", "Ivo")
_LAST = ("Roy", "Blanc", "Petit", "Noir", "Lopez", "Klein", "Vidal", "Costa")
_NAMES = [f"{first} {last}" for first in _FIRST for last in _LAST]


def _chosen(columns: dict[str, list[object]]) -> str:
    frame = pl.DataFrame({name: [str(value) for value in values] for name, values in columns.items()})
    return customer_keys(profile_tables([Sample("visits", frame, frame.height)]))["visits"].source


def _visits(number: str, *, of_orders: bool) -> dict[str, list[object]]:
    rows = [(person, visit) for visit in range(_VISITS) for person in range(_PEOPLE)]
    each_day = [date(2024, 1, 1) + timedelta(days=visit * 60 + person % 30) for person, visit in rows]
    if of_orders:  # two lines each, of one day
        rows, each_day = [row for row in rows for _ in range(2)], [day for day in each_day for _ in range(2)]
    numbers = [70_000 + person * 37 + (visit if of_orders else 0) for person, visit in rows]
    return {
        number: numbers,
        "Patient": [_NAMES[person % len(_NAMES)] for person, _ in rows],
        "Date": each_day,
        "Amount": [20.5 + n % 60 for n in range(len(rows))],
    }


@pytest.mark.parametrize("number", ["N° dossier", "Pat. #", "Akte"])
def test_the_number_beside_a_name_names_the_customer(number: str) -> None:
    assert _chosen(_visits(number, of_orders=False)) == number


@pytest.mark.parametrize("number", ["Akte", "Invoice no"])
def test_a_number_of_one_day_is_that_of_a_sale(number: str) -> None:
    assert _chosen(_visits(number, of_orders=True)) == "Patient"


def test_the_number_of_a_contract_is_not_its_holders() -> None:
    assert _chosen(_visits("Contract no", of_orders=False)) == "Patient"
