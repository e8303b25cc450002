"""Periods of subscriptions whose columns and states no word explains: the rows show what they are, or it is asked."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_PRICES = {"Basic": (19.9, 199.0), "Plus": (40.5, 405.0), "Top": (55.0, 549.0)}
_RUNS, _OVER, _RESTS, _NEW = "in Betrieb", "vorbei", "Winterschlaf", "Schnupperzeit"


def periods(price: str, state: str, end: str, due: str = "") -> tuple[pl.DataFrame, int, float]:
    """Periods of which every fourth is over, every ninth rests and the last twelve have only just begun to try."""
    rows, running, revenue = [], 0, 0.0
    for number in range(240):
        begun = date(2023, 1, 5) + timedelta(days=3 * number)
        plan = list(_PRICES)[number % 3]
        is_yearly, is_over = number % 5 < 2, number % 4 == 0 and number < 200
        own = _OVER if is_over else _NEW if number >= 228 else _RESTS if number % 9 == 1 else _RUNS
        row = {"customer_id": f"C{number:04}", "pack": plan, "billing": "year" if is_yearly else "month"}
        row |= {price: _PRICES[plan][is_yearly], "begin": begun}
        row |= {end: begun + timedelta(days=40 + 10 * (number % 7)) if is_over else None}
        row |= {state: own} if state else {}
        row |= {due: None if own in {_OVER, _RESTS} else date(2025, 3, 1 + number % 28)} if due else {}
        rows.append(row)
        if own == _RUNS:
            running, revenue = running + 1, revenue + _PRICES[plan][is_yearly] / (12 if is_yearly else 1)
    return pl.DataFrame(rows, infer_schema_length=None), running, revenue


def test_a_price_of_no_known_name_repeats_as_those_of_a_list_do(begin: Begin) -> None:
    table, _, _ = periods("abonament", "", "end")
    begun = begin(subscriptions=table).with_first_answers()
    price = begun.settings.tables["subscriptions"].columns["price"]
    assert price.source == "abonament"
    running = table.filter(pl.col("end").is_null())
    monthly = running.select(pl.when(pl.col("billing") == "year").then(pl.col("abonament") / 12).otherwise("abonament"))
    assert begun.stood()[1] == pytest.approx(monthly.to_series().sum(), abs=0.01)


def test_numbers_that_do_not_repeat_within_a_plan_are_no_price(begin: Begin) -> None:
    table, _, _ = periods("price", "", "end")
    table = table.with_columns(price=pl.Series([17.31 + 1.37 * number for number in range(240)]).alias("size"))
    columns = begin(subscriptions=table.rename({"price": "size"})).settings.tables["subscriptions"].columns
    assert "price" not in columns


@pytest.mark.parametrize("state", ["status", "Zustand"])
def test_states_beside_those_that_run_are_asked_about(begin: Begin, state: str) -> None:
    table, running, revenue = periods("price", state, "end")
    table = table.with_columns(pl.col(state).replace(_RUNS, "active"))
    begun = begin(subscriptions=table)
    (status,) = begun.draft.open_questions
    assert _RESTS in status.evidence
    assert _NEW in status.evidence
    counts, mrr = begun.with_first_answers().stood()
    assert counts["running"] == running
    assert counts["paused"] == table.filter(pl.col(state) == _RESTS).height
    assert mrr == pytest.approx(revenue, abs=0.01)


def test_a_day_of_no_known_name_where_nothing_is_due_is_the_end(begin: Begin) -> None:
    table, _, _ = periods("price", "", "Schlusstag", "next payment")
    begun = begin(subscriptions=table)
    assert begun.settings.tables["subscriptions"].columns["ended_at"].source == "Schlusstag"
