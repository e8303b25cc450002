"""States that say "refunded" beside a column of how much: only that much is taken off."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 + number % 7 / 10 for number in range(_ROWS)]


def _sales(states: Sequence[str], **more: Sequence[object]) -> pl.DataFrame:
    who = [f"K{number % 40:03}" for number in range(_ROWS)]
    return pl.DataFrame({"Kundennummer": who, "Datum": _DAYS, "Betrag": _AMOUNTS, "Status": states, **more})


def _back(number: int) -> float:
    if number % 24 == 0:
        return _AMOUNTS[number]
    return round(_AMOUNTS[number] / 3, 2) if number % 24 == 1 else 0.0


_BACK = [_back(number) for number in range(_ROWS)]


@pytest.mark.parametrize(
    "words",
    [("Erstattet", "Teilweise erstattet"), ("Erstattet", "Erstattet"), ("Remboursé", "Partiellement remboursé")],
)
def test_only_what_went_back_is_taken_off(begin: Begin, words: tuple[str, str]) -> None:
    states = [words[number % 24] if number % 24 < 2 else "Bezahlt" for number in range(_ROWS)]
    begun = begin(verkaeufe=_sales(states, Erstattet=_BACK))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_AMOUNTS) - sum(_BACK), abs=0.01)


def test_a_sale_refunded_in_part_without_an_amount_still_counts(begin: Begin) -> None:
    states = [
        ("Teilweise erstattet", "Erstattet")[number % 24] if number % 24 < 2 else "Bezahlt" for number in range(_ROWS)
    ]
    kept = sum(amount for amount, state in zip(_AMOUNTS, states, strict=True) if state != "Erstattet")
    assert begin(verkaeufe=_sales(states)).net() == pytest.approx(kept, abs=0.01)


def test_where_the_column_tells_of_some_refunds_only_the_state_is_asked_about(begin: Begin) -> None:
    states = ["Erstattet" if number % 24 < 2 else "Bezahlt" for number in range(_ROWS)]
    back = [0.0 if number % 24 == 0 else _back(number) for number in range(_ROWS)]
    (question,) = begin(verkaeufe=_sales(states, Erstattet=back)).draft.open_questions
    assert dict(question.likeliest) == {"Erstattet": "reversed"}


def test_new_beside_renewals_is_sold_and_no_open_deal(begin: Begin) -> None:
    kinds = [("New", "Renewal", "Upgrade")[number % 3] for number in range(_ROWS)]
    begun = begin(tickets=_sales(kinds).rename({"Status": "Type"}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_AMOUNTS), abs=0.01)
