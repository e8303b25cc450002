"""Which column is the money, by sums between columns whose names say nothing or too much."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DAY = date(2023, 1, 9)
_ROWS = 300


def _log(**columns: list[object]) -> pl.DataFrame:
    dice = random.Random(4)
    who = [f"K{dice.randrange(70):03}" for _ in range(_ROWS)]
    return pl.DataFrame({"customer_id": who, "date": [_DAY + timedelta(days=2 * n) for n in range(_ROWS)], **columns})


def _prices(low: int = 100, high: int = 4000) -> list[float]:
    dice = random.Random(5)
    return [dice.randint(low, high) * 5 / 100 for _ in range(_ROWS)]


def _off(prices: list[float]) -> list[float]:
    dice = random.Random(6)
    return [round(price * dice.choice([0, 0, 0, 0.05, 0.1, 0.15]), 2) for price in prices]


@pytest.mark.parametrize(("full", "less", "left"), [("Bruto", "Zeta", "Neto"), ("amt_grs", "amt_dsc", "amt_net")])
def test_what_is_whole_percents_in_some_rows_is_off_the_money(begin: Begin, full: str, less: str, left: str) -> None:
    prices = _prices()
    off = _off(prices)
    paid = [round(price - each, 2) for price, each in zip(prices, off, strict=True)]
    begun = begin(log=_log(**{full: [*prices], less: [*off], left: [*paid]}))
    assert begun.with_first_answers().net() == pytest.approx(sum(paid))


def test_a_tax_of_an_unknown_name_is_paid_as_well(begin: Begin) -> None:
    prices = _prices()
    tax = [round(price * 0.21, 2) for price in prices]
    paid = [round(price + each, 2) for price, each in zip(prices, tax, strict=True)]
    begun = begin(log=_log(Neto=[*prices], Zeta=[*tax], Bruto=[*paid]))
    assert begun.with_first_answers().net() == pytest.approx(sum(paid))


def test_of_a_price_less_a_commission_in_all_rows_either_may_count(begin: Begin) -> None:
    """A payout file: pieces with a minus sign, none of which is offered."""
    prices = _prices()
    fee = [-round(price * 0.12, 2) for price in prices]
    out = [round(price + each - 0.35, 2) for price, each in zip(prices, fee, strict=True)]
    begun = begin(log=_log(amt_cm=[*fee], amt_fx=[-0.35 - n % 2 * 0.1 for n in range(_ROWS)], amt_gr=[*prices], amt_po=[
        each - n % 2 * 0.1 for n, each in enumerate(out)]))  # fmt: skip
    question = next(each for each in begun.draft.open_questions if each.about.endswith(".amount"))
    assert question.choices == ("amt_gr", "amt_po")
    assert begun.with_first_answers().net() == pytest.approx(sum(prices))


def test_units_times_price_less_a_discount_is_the_line_and_not_the_discount(begin: Begin) -> None:
    dice = random.Random(7)
    units, prices = [dice.choice([1, 2, 3, 5]) for _ in range(_ROWS)], _prices(60, 1800)
    full = [count * price for count, price in zip(units, prices, strict=True)]
    off = _off(full)
    lines = [round(each - less, 2) for each, less in zip(full, off, strict=True)]
    begun = begin(positionen=_log(Menge=[*units], Einzelpreis=[*prices], Zeta=[*off], Theta=[*lines]))
    assert begun.with_first_answers().net() == pytest.approx(sum(lines))


@pytest.mark.parametrize("with_day", [True, False])
def test_what_is_nothing_or_a_part_of_a_promise_is_what_came_in(begin: Begin, with_day: bool) -> None:
    dice = random.Random(8)
    promised = _prices()
    came = [dice.choices([each, round(each / 2, 2), 0.0], [75, 10, 15])[0] for each in promised]
    days = [_DAY + timedelta(days=2 * n + 20) if each else None for n, each in enumerate(came)]
    columns = {"Zeta": [*promised], "Theta": [*came]} | ({"Theta kp": [*days]} if with_day else {})
    begun = begin(annetused=_log(**columns))
    question = next(each for each in begun.draft.open_questions if each.about.endswith(".amount"))
    assert question.choices[:2] == ("Theta", "Zeta")
    assert begun.with_first_answers().net() == pytest.approx(sum(came))


@pytest.mark.parametrize(("full", "off"), [("Bruto", "Zeta"), ("amt_grs", "amt_dsc")])
def test_a_discount_without_a_column_of_what_is_left_is_taken_off(begin: Begin, full: str, off: str) -> None:
    prices = _prices()
    less = _off(prices)
    begun = begin(log=_log(**{full: [*prices], off: [*less]}))
    assert begun.with_first_answers().net() == pytest.approx(sum(prices) - sum(less))


def test_of_a_till_s_journal_what_is_sold_counts_and_not_what_is_handed_over(begin: Begin) -> None:
    """Two of the same on one receipt are two: what is handed over pays both."""
    dice = random.Random(11)
    rows: list[tuple[object, ...]] = []
    sold = 0.0
    for receipt in range(160):
        who, day = f"K{dice.randrange(50):03}", _DAY + timedelta(days=3 * receipt)
        prices = [dice.randint(2, 90) * 1.0 for _ in range(dice.randint(1, 3))]
        prices += prices[:1] if receipt % 9 == 0 else []
        off = -round(sum(prices) * 0.1, 2) if receipt % 4 == 0 else 0.0
        due = sum(prices) + off
        handed = due if receipt % 2 else due + 5.5
        sold += due
        lines = [("Zeta", price) for price in prices] + ([("Theta", off)] if off else [])
        lines += [("Iota", handed)] + ([("Kappa", due - handed)] if handed != due else [])
        rows += [(7000 + receipt, day, who, kind, round(amount, 2)) for kind, amount in lines]
    journal = pl.DataFrame(rows, schema=["Receipt no", "date", "customer_id", "Class", "Amount"], orient="row")
    assert begin(journal=journal).with_first_answers().net() == pytest.approx(sold)
