"""Tables of what was promised or charged beside tables of what came in: one of them counts, never the sum of both."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"S{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [round(20.0 + number * 7919 % 9973 / 37, 2) for number in range(_ROWS)]
_PAID = [number for number in range(_ROWS) if number % 10 < 8]


def _promised(states: Sequence[str] = ()) -> pl.DataFrame:
    columns = {"Nr": [f"Z{number:04}" for number in range(_ROWS)], "Spender-Nr": _WHO, "Datum": _DAYS}
    return pl.DataFrame({**columns, "Betrag": _AMOUNTS} | ({"Status": states} if states else {}))


def _received(parts: int = 1) -> pl.DataFrame:
    rows = [(number, part) for number in _PAID for part in range(parts)]
    shares = [round(_AMOUNTS[number] / parts, 2) for number, _ in rows]
    rest = [round(_AMOUNTS[number] - (parts - 1) * round(_AMOUNTS[number] / parts, 2), 2) for number, _ in rows]
    return pl.DataFrame(
        {
            "Zahlung": [f"E{index:05}" for index in range(len(rows))],
            "Zusage": [f"Z{number:04}" for number, _ in rows],
            "Spender-Nr": [_WHO[number] for number, _ in rows],
            "Gebucht am": [_DAYS[number] + timedelta(days=3 + 30 * part) for number, part in rows],
            "Betrag": [
                last if part == parts - 1 else each for (_, part), each, last in zip(rows, shares, rest, strict=True)
            ],
        }
    )


_CAME_IN = round(sum(_AMOUNTS[number] for number in _PAID), 2)


@pytest.mark.parametrize("parts", [1, 2])
def test_what_came_in_counts_first_and_each_sum_is_shown(begin: Begin, parts: int) -> None:
    begun = begin(zusagen=_promised(), eingaenge=_received(parts))
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("zusagen.holds", ("events", "transactions"))
    assert f"{_CAME_IN:,.2f}" in question.evidence
    assert f"{sum(_AMOUNTS):,.2f}" in question.evidence
    assert begun.with_first_answers().net() == pytest.approx(_CAME_IN)


def test_to_count_what_was_promised_takes_the_payments_out(begin: Begin) -> None:
    begun = begin(zusagen=_promised(), eingaenge=_received()).answer('holds: "?"', "holds: transactions")
    assert begun.net() == pytest.approx(sum(_AMOUNTS))
    assert begun.settings.tables["eingaenge"].holds == "payments"


def test_customers_amounts_and_days_show_it_without_a_number(begin: Begin) -> None:
    begun = begin(preventivi=_promised(), ordini=_received().drop("Zusage"))
    (question,) = begun.draft.open_questions
    assert question.about == "preventivi.holds"
    assert begun.with_first_answers().net() == pytest.approx(_CAME_IN)


def test_the_same_customers_and_amounts_a_day_later_are_asked_about(begin: Begin) -> None:
    later = _promised().with_columns(Nr=pl.format("R-{}", pl.col("Nr")), Datum=pl.col("Datum").dt.offset_by("1d"))
    begun = begin(bestellungen=_promised(), kassenbons=later.rename({"Betrag": "Summe"}))
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("kassenbons.holds", ("payments", "transactions"))
    assert begun.answer('holds: "?"', "holds: transactions").net() == pytest.approx(2 * sum(_AMOUNTS))


def test_sales_of_the_same_few_prices_in_two_shops_are_both_sales(begin: Begin) -> None:
    prices = [(10.0, 20.0)[number % 2] for number in range(_ROWS)]
    first = _promised().with_columns(Betrag=pl.Series(prices))
    second = _received().drop("Zusage").with_columns(Betrag=pl.Series(prices[: len(_PAID)]))
    begun = begin(filiale_nord=first, filiale_sued=second)
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(prices) + sum(prices[: len(_PAID)]))


def test_a_table_that_names_few_sales_later_is_asked_whether_it_gives_back(begin: Begin) -> None:
    back = _received()[::6]
    begun = begin(tilaukset=_promised(), palautukset=back)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("palautukset.money.gives_back", ("true", "false"))
    assert begun.with_first_answers().net() == pytest.approx(sum(_AMOUNTS) - back["Betrag"].sum())


def test_carts_of_which_nothing_came_in_are_no_sales(begin: Begin) -> None:
    states = ["DONE" if number in _PAID else "INCOMPLETE" for number in range(_ROWS)]
    begun = begin(orders=_promised(states), payments=_received())
    (question,) = begun.draft.open_questions
    assert dict(question.likeliest) == {"INCOMPLETE": "open"}
    assert "nothing came in payments of INCOMPLETE" in question.evidence
    assert begun.with_first_answers().net() == pytest.approx(_CAME_IN)


def test_a_state_without_a_day_of_payment_was_never_paid(begin: Begin) -> None:
    states = ["FULFILLED" if number in _PAID else "BASKET" for number in range(_ROWS)]
    paid = [day if number in _PAID else None for number, day in enumerate(_DAYS)]
    orders = _promised(states).with_columns(paid_at=pl.Series(paid)).rename({"Datum": "created_at"})
    begun = begin(orders=orders)
    assert dict(begun.draft.open_questions[0].likeliest) == {"BASKET": "open"}
    assert begun.with_first_answers().net() == pytest.approx(_CAME_IN)


def test_an_order_that_is_not_shipped_yet_may_be_paid(begin: Begin) -> None:
    states = ["FULFILLED" if number in _PAID else "PROCESSED" for number in range(_ROWS)]
    shipped = [day if number in _PAID else None for number, day in enumerate(_DAYS)]
    orders = _promised(states).with_columns(shipped_at=pl.Series(shipped)).rename({"Datum": "created_at"})
    assert all(
        meaning != "open" for each in begin(orders=orders).draft.open_questions for meaning in each.likeliest.values()
    )


def test_dated_amounts_of_customers_are_asked_about_and_not_left_without_money(begin: Begin) -> None:
    table = pl.DataFrame({"asiakasnro": _WHO, "päivä": _DAYS, "arvonlisä": _AMOUNTS})
    begun = begin(tapahtumat=table)
    assert "transactions.holds" in [question.about for question in begun.draft.open_questions]
    assert begun.with_first_answers().net() == pytest.approx(sum(_AMOUNTS))


def test_tables_without_any_word_of_money_are_asked_about(begin: Begin) -> None:
    orders = _promised().rename({"Nr": "nr_comanda", "Spender-Nr": "client_id", "Datum": "data", "Betrag": "valoare"})
    visits = pl.DataFrame({"client_id": _WHO, "data_vizitei": _DAYS, "durata": [30 + n % 7 for n in range(_ROWS)]})
    begun = begin(fise=orders, vizite=visits)
    asked = [question.about for question in begun.draft.open_questions]
    assert "fise.holds" in asked
    assert not [about for about in asked if about.startswith("vizite")]
    assert begun.with_first_answers().net() == pytest.approx(sum(_AMOUNTS))


def test_of_pledges_paid_by_instalments_what_came_in_counts_first(begin: Begin) -> None:
    paid = [number for number in range(_ROWS) if number % 2 == 0]
    rows = [(number, part) for number in paid for part in range(1 + number % 3)]
    gifts = pl.DataFrame(
        {
            "gift_id": [f"G{index}" for index in range(len(rows))],
            "pledge_id": [f"Z{number:04}" for number, _ in rows],
            "donor_id": [_WHO[number] for number, _ in rows],
            "gift_date": [_DAYS[number] + timedelta(days=20 + 30 * part) for number, part in rows],
            "amount": [round(_AMOUNTS[number] / 4, 2) for number, _ in rows],
        }
    )
    pledges = pl.DataFrame(
        {
            "pledge_id": [f"Z{number:04}" for number in range(_ROWS)],
            "donor_id": _WHO,
            "pledge_date": _DAYS,
            "pledge_amount": _AMOUNTS,
        }
    )
    begun = begin(pledges=pledges, gifts=gifts)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices[0]) == ("pledges.holds", "events")
    assert begun.with_first_answers().net() == round(gifts["amount"].sum(), 2)


@pytest.mark.parametrize("kinds", [("Pledge", "Pledge payment"), ("Zusage", "Zahlung")])
def test_in_one_ledger_the_payments_of_pledges_count(begin: Begin, kinds: tuple[str, str]) -> None:
    rows = [(number, kind) for number in range(_ROWS) for kind in range(1 + (number % 2 == 0))]
    ledger = pl.DataFrame(
        {
            "Donor": [_WHO[number] for number, _ in rows],
            "Date": [_DAYS[number] + timedelta(days=20 * kind) for number, kind in rows],
            "Type": [kinds[kind] for _, kind in rows],
            "Amount": [round(_AMOUNTS[number] / (4 if kind else 1), 2) for number, kind in rows],
        }
    )
    begun = begin(ledger=ledger)
    assert not begun.draft.open_questions
    assert begun.net() == round(ledger.filter(pl.col("Type") == kinds[1])["Amount"].sum(), 2)
