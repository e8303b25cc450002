"""Columns of states that no word explains: by a day, a probability or arithmetic between the rows, or a question."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DAY = date(2023, 3, 1)
_WON, _LOST, _OPEN = "Ink", "Frost", ("Seed", "Sprout", "Leaf")


def _deals(name: str, *, with_day: bool = True, probability: str = "") -> tuple[pl.DataFrame, float]:
    """Deals of 60 accounts, and what was won of them."""
    dice = random.Random(8)
    rows = []
    for number in range(300):
        stage = dice.choices([_WON, _LOST, *_OPEN], [40, 30, 10, 10, 10])[0]
        day = _DAY + timedelta(days=2 * number)
        over = day + timedelta(days=dice.randint(5, 50)) if stage in {_WON, _LOST} and with_day else None
        odds = {_WON: 100, _LOST: 0}.get(stage, dice.choice([20, 40, 60]))
        rows.append((f"A{dice.randrange(60):03}", day, dice.randint(20, 900) * 10.5, stage, over, odds))
    columns = ["Account no", "Created", "Amount", name, "Closed on", probability or "odds"]
    table = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    won = float(table.filter(pl.col(name) == _WON)["Amount"].sum())
    unused = [*([] if probability else ["odds"]), *([] if with_day else ["Closed on"])]
    return table.drop(unused), won


@pytest.mark.parametrize("name", ["Position", "Etapid", "pos_cd"])
def test_a_day_that_only_some_values_have_says_which_deals_are_over(begin: Begin, name: str) -> None:
    table, won = _deals(name)
    begun = begin(deals=table)
    question = next(each for each in begun.draft.open_questions if each.about.endswith(".status"))
    assert question.likeliest == {_WON: "sale", _LOST: "lost"} | dict.fromkeys(_OPEN, "open")
    assert begun.with_first_answers().net() == pytest.approx(won)


@pytest.mark.parametrize("name", ["Position", "Etapid"])
def test_a_probability_says_what_was_won_and_lost(begin: Begin, name: str) -> None:
    table, won = _deals(name, probability="proba")
    begun = begin(deals=table)
    assert not [each for each in begun.draft.open_questions if each.about.endswith(".status")]
    assert begun.with_first_answers().net() == pytest.approx(won)


def test_stages_of_deals_that_nothing_explains_are_asked_about(begin: Begin) -> None:
    table, _ = _deals("Position", with_day=False)
    questions = begin(deals=table).draft.open_questions
    assert [each for each in questions if each.about.endswith(".status")]


def _orders(**columns: list[str]) -> pl.DataFrame:
    """400 sales of 70 customers, one a day."""
    dice = random.Random(9)
    return pl.DataFrame(
        {
            "customer_id": [f"K{dice.randrange(70):03}" for _ in range(400)],
            "date": [_DAY + timedelta(days=number) for number in range(400)],
            "Amount": [dice.randint(8, 200) * 1.25 for _ in range(400)],
            **columns,
        }
    )


def _drawn(*texts: str, weights: tuple[int, ...]) -> list[str]:
    return random.Random(10).choices(texts, weights, k=400)


def test_a_column_of_few_values_that_no_word_explains_is_asked_about(begin: Begin) -> None:
    begun = begin(log=_orders(Flux=_drawn("Zeta", "Theta", "Iota", weights=(70, 20, 10))))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.status.status"
    assert question.likeliest == dict.fromkeys(("Zeta", "Theta", "Iota"), "sale")


@pytest.mark.parametrize("name", ["Region", "Farbe", "Sales rep", "Filiale"])
def test_what_a_sale_is_of_by_its_name_is_no_question(begin: Begin, name: str) -> None:
    assert not begin(log=_orders(**{name: _drawn("Zeta", "Theta", "Iota", weights=(70, 20, 10))})).draft.open_questions


def test_values_of_like_shares_and_beside_a_known_state_are_no_question(begin: Begin) -> None:
    alike = _drawn("Zeta", "Theta", "Iota", weights=(1, 1, 1))
    assert not begin(log=_orders(Flux=alike)).draft.open_questions
    states = _drawn("Paid", "Cancelled", weights=(9, 1))
    skewed = _drawn("Zeta", "Theta", weights=(80, 20))
    assert not begin(log=_orders(Flux=skewed, Status=states)).draft.open_questions


@pytest.mark.parametrize("text", ["non pagato", "não recebido", "nicht bezahlt", "non payé", "inte betald"])
def test_a_no_before_the_word_is_no_sale(begin: Begin, text: str) -> None:
    table = _orders(Status=_drawn("Paid", text, weights=(9, 1)))
    begun = begin(log=table).with_first_answers()
    assert begun.net() == pytest.approx(table.filter(pl.col("Status") == "Paid")["Amount"].sum())
