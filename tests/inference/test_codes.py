"""Codes of many values that stand once a customer are categories; what names nearly each row is not."""

import random

import polars as pl
import pytest

from holdfast.column_types import Kind
from holdfast.inference.free_columns import kind_of
from holdfast.inference.profiles.columns import profiles_of

DICE = random.Random(9)
ROWS = 7_000


def _kind(name: str, values: list[object], *, of_customers: bool = True) -> Kind:
    profile = profiles_of(pl.DataFrame({name: [str(value) for value in values]}))[name]
    return kind_of(profile, None, of_customers=of_customers)[0]


@pytest.mark.parametrize("name", ["City", "city number", "zip code", "branch_id", "Dealer No"])
def test_a_number_that_names_one_of_many_places_is_a_category_of_customers(name: str) -> None:
    values = [DICE.randint(1, 1_650) for _ in range(ROWS)]
    assert _kind(name, values) is Kind.CATEGORY


def test_a_text_of_many_values_is_a_category_of_customers_but_not_of_events() -> None:
    values: list[object] = [f"town {DICE.randint(1, 1_100)}" for _ in range(ROWS)]
    assert _kind("Town", values) is Kind.CATEGORY
    assert _kind("Town", values, of_customers=False) is Kind.TEXT


def test_what_names_nearly_every_row_is_no_category() -> None:
    assert _kind("policy", [f"p{number}x" for number in range(ROWS)]) is Kind.TEXT


@pytest.mark.parametrize("name", ["num_calls", "children", "score", "stores visited", "visits"])
def test_small_whole_numbers_stay_numbers_whatever_they_are_called(name: str) -> None:
    assert _kind(name, [DICE.randint(0, 9) for _ in range(ROWS)]) is Kind.NUMBER


def _spelling(ids: list[str]) -> tuple[str, ...] | None:
    return profiles_of(pl.DataFrame({"customer_id": ids}))["customer_id"].spelling


@pytest.mark.parametrize("customers", [900, 50_000])
def test_only_ids_that_are_the_same_without_marks_are_spelt_in_several_ways(customers: int) -> None:
    ids = [f"C{number:07}" for number in range(customers)]
    assert _spelling([*ids, *(f" {each} " for each in ids[:400])]) is None
    assert _spelling([f"{each[:3]}-{each[3:]}" for each in ids]) is None
    assert _spelling([*ids, *(f"{each[:3]}-{each[3:]}".lower() for each in ids[::10])]) == ()
    of_poland = [each.replace("C", "PL") for each in ids]
    assert _spelling(of_poland) is None
    assert _spelling([*of_poland, *(each[2:] for each in of_poland[::10])]) == ("PL",)
