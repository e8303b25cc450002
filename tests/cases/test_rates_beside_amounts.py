"""Amounts of several currencies beside a rate: the rows say whether they are converted already, or it is asked."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_CODES = [("EUR", "EUR", "EUR", "SEK", "GBP")[number % 5] for number in range(_ROWS)]
_RATES = {"EUR": 1.0, "SEK": 11.3, "GBP": 0.86}
_OF_ROWS = [_RATES[code] for code in _CODES]
_HOME = [round(20 + number * 7919 % 9000 / 100, 2) for number in range(_ROWS)]
_OWN = [round(amount * rate, 2) for amount, rate in zip(_HOME, _OF_ROWS, strict=True)]
_PRICES = [(19.9, 29.9, 49.0, 99.0)[number * 7 % 4] for number in range(_ROWS)]


def _orders(amounts: Sequence[float], rates: Sequence[float] = _OF_ROWS, **more: Sequence[object]) -> pl.DataFrame:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
    who = [f"K{number % 40:03}" for number in range(_ROWS)]
    return pl.DataFrame(
        {
            "commande": range(1, _ROWS + 1),
            "client": who,
            "date": days,
            "total": amounts,
            "devise": _CODES,
            "taux": rates,
        }
        | more
    ).rename({"commande": "id_commande"})


def test_prices_of_a_list_that_are_the_same_in_all_currencies_are_converted_already(begin: Begin) -> None:
    begun = begin(commandes=_orders(_PRICES))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_PRICES))
    assert begun.settings.currency == "EUR"


@pytest.mark.parametrize("invert", [False, True])
def test_prices_of_a_list_times_the_rate_are_converted_by_it(begin: Begin, *, invert: bool) -> None:
    amounts = [round(price * rate, 2) for price, rate in zip(_PRICES, _OF_ROWS, strict=True)]
    rates = [1 / rate for rate in _OF_ROWS] if invert else _OF_ROWS
    begun = begin(commandes=_orders(amounts, rates))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_PRICES), abs=0.5)


def test_of_two_columns_that_are_one_by_the_rate_the_one_at_home_is_the_amount(begin: Begin) -> None:
    begun = begin(commandes=_orders(_OWN, total_devise_boutique=_HOME))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_HOME))


@pytest.mark.parametrize("with_rate", [True, False])
def test_the_amount_whose_name_carries_the_currency_is_in_it_however_alike_the_others_are(
    begin: Begin, *, with_rate: bool
) -> None:
    in_euros = [round(amount * rate, 2) for amount, rate in zip(_HOME, _OF_ROWS, strict=True)]
    orders = _orders(_HOME, total_eur=in_euros)
    begun = begin(commandes=orders if with_rate else orders.drop("taux"))
    assert not begun.draft.open_questions
    assert begun.settings.tables["transactions"].columns["amount"].source == "total_eur"
    assert begun.net() == pytest.approx(sum(in_euros))


def test_lines_that_come_to_the_amounts_once_converted_prove_it(begin: Begin) -> None:
    lines = pl.DataFrame(
        {
            "id_commande": [number // 2 + 1 for number in range(2 * _ROWS)],
            "produit": [f"P{number % 9}" for number in range(2 * _ROWS)],
            "quantite": [1] * (2 * _ROWS),
            "prix_unitaire": [round(_HOME[number // 2] - 9.5 if number % 2 else 9.5, 2) for number in range(2 * _ROWS)],
        }
    )
    begun = begin(commandes=_orders(_OWN), lignes=lines)
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(_HOME), abs=0.5)


@pytest.mark.parametrize(("amounts", "first"), [(_HOME, "already_converted"), (_OWN, "divide_by_rate")])
def test_without_a_proof_it_is_asked_with_the_sum_of_each_answer(
    begin: Begin, amounts: Sequence[float], first: str
) -> None:
    begun = begin(commandes=_orders(amounts))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.money.convert"
    assert question.choices[0] == first
    assert f"{sum(amounts):,.2f} EUR" in question.evidence
    assert begun.with_first_answers().net() == pytest.approx(sum(_HOME), abs=0.5)


def test_a_rate_is_never_offered_as_the_amount(begin: Begin) -> None:
    begun = begin(commandes=_orders(_HOME).rename({"total": "valore", "taux": "currency_value"}))
    assert all("currency_value" not in question.choices for question in begun.draft.open_questions)


def test_a_row_without_a_rate_is_refused_and_not_counted_as_it_stands(begin: Begin) -> None:
    from holdfast.errors import HoldfastError

    begun = begin(commandes=_orders(_OWN)).with_first_answers()
    file = begun.file.parent.parent / "commandes.csv"
    table = pl.read_csv(file).with_columns(
        taux=pl.when(pl.col("id_commande") == 4).then(None).otherwise(pl.col("taux"))
    )
    table.write_csv(file)
    with pytest.raises(HoldfastError, match=r"1 row of 240 have no taux"):
        begun.cleaned()
