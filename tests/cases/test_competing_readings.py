"""Where two readings of the money stand and nothing proves either, `init` asks, with what each would total."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 300
_CENTS = [700 + number * 7919 % 9_000 for number in range(_ROWS)]
_TOTAL = round(sum(_CENTS) / 100, 2)


def sales(**columns: list[float]) -> pl.DataFrame:
    """Sales of 80 customers, one a day."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
    return pl.DataFrame({"client": [f"K{number % 80:03}" for number in range(_ROWS)], "date": days, **columns})


def test_what_is_paid_in_cash_and_by_card_is_offered_together_first(begin: Begin) -> None:
    cash = [cents / 100 if number % 3 == 0 else 0.0 for number, cents in enumerate(_CENTS)]
    card = [0.0 if number % 3 == 0 else cents / 100 for number, cents in enumerate(_CENTS)]
    begun = begin(receipts=sales(Cash=cash, Card=card))
    question = next(each for each in begun.draft.open_questions if each.about == "transactions.amount")
    assert question.choices == ("Cash plus Card", "Cash", "Card")
    assert f"Cash plus Card: {_TOTAL:,.2f}" in question.evidence
    amount = begun.with_first_answers().settings.tables["transactions"].columns["amount"]
    assert (amount.source, amount.plus) == ("Cash", ("Card",))
    assert begun.net() == _TOTAL


def test_a_deposit_within_the_total_is_asked_about_less_the_deposit_first(begin: Begin) -> None:
    deposits = [(0.0, 0.25, 3.0, 6.0)[number % 4] for number in range(_ROWS)]
    totals = [round(cents / 100 + deposit, 2) for cents, deposit in zip(_CENTS, deposits, strict=True)]
    begun = begin(receipts=sales(Total=totals, Pfand=deposits))
    (question,) = begun.draft.open_questions
    assert question.choices == ("Total less Pfand", "Total")
    assert begun.with_first_answers().net() == _TOTAL


def test_a_deposit_of_less_than_a_fiftieth_is_no_question(begin: Begin) -> None:
    deposits = [(0.0, 0.25)[number % 2] for number in range(_ROWS)]
    totals = [round(cents / 100 + deposit, 2) for cents, deposit in zip(_CENTS, deposits, strict=True)]
    assert not begin(receipts=sales(Total=totals, Pfand=deposits)).draft.open_questions


@pytest.mark.parametrize("name", ["Credited back", "Rendu", "Atgriezts"])
@pytest.mark.parametrize("is_dated", [True, False])
def test_what_may_have_been_given_back_is_asked_about_whatever_its_name(
    begin: Begin, name: str, is_dated: bool
) -> None:
    """Nothing in most rows, and all of the amount or a part of it in others, with a day of its own or without."""
    totals = [cents / 100 for cents in _CENTS]
    back = [None if number % 9 else total if number % 2 else round(total / 4, 2) for number, total in enumerate(totals)]
    rows = sales(**{"Order value": totals, name: back})
    on = pl.when(pl.col(name).is_not_null()).then(pl.col("date") + pl.duration(days=9)).alias(f"{name} on")
    begun = begin(log=rows.with_columns(on) if is_dated else rows)
    (question,) = begun.draft.open_questions
    assert question.choices == (f"Order value less {name}", "Order value")
    assert begun.with_first_answers().net() == pytest.approx(sum(totals) - sum(each or 0.0 for each in back))


def test_one_of_several_ways_of_payment_is_no_money_given_back(begin: Begin) -> None:
    totals = [cents / 100 for cents in _CENTS]
    points = [total if number % 5 == 0 else 0.0 for number, total in enumerate(totals)]
    rest = [total - part for total, part in zip(totals, points, strict=True)]
    draft = begin(log=sales(**{"Order value": totals, "Zeta": points, "Theta": rest})).draft
    assert not [each for each in draft.open_questions if "Order value less Zeta" in each.choices]


def test_what_was_paid_ahead_is_a_share_of_the_price(begin: Begin) -> None:
    totals = [cents / 100 for cents in _CENTS]
    ahead = [round(total * 0.3, 2) for total in totals]
    rest = [round(total - deposit, 2) for total, deposit in zip(totals, ahead, strict=True)]
    draft = begin(bookings=sales(Total=totals, Deposit=ahead, Balance=rest)).draft
    assert not [each for each in draft.open_questions if "less Deposit" in each.choices]


@pytest.mark.parametrize(("first", "second"), [("Revenue", "Order value"), ("Sales amount", "Invoice amount")])
def test_two_columns_as_plainly_named_that_nothing_relates_are_asked_about(
    begin: Begin, first: str, second: str
) -> None:
    other = [round(cents / 100 * (0.5 + number * 31 % 60 / 100), 2) for number, cents in enumerate(_CENTS)]
    begun = begin(log=sales(**{first: [cents / 100 for cents in _CENTS], second: other}))
    (question,) = begun.draft.open_questions
    assert question.about == "transactions.amount"
    assert set(question.choices) == {first, second}
    assert f"{sum(other):,.2f}" in question.evidence


def test_columns_that_units_or_rates_relate_are_no_question(begin: Begin) -> None:
    units = [1 + number % 4 for number in range(_ROWS)]
    totals = [cents / 100 for cents in _CENTS]
    table = sales(
        Amount=totals,
        Value=[round(total * 0.85, 2) for total in totals],
        Worth=[round(total * count, 2) for total, count in zip(totals, units, strict=True)],
        Pieces=units,
    )
    assert "Value" not in str([each.choices for each in begin(log=table).draft.open_questions])


@pytest.mark.parametrize(("amount", "discount"), [("Sales", "Discount"), ("Umsatz", "Rabatt"), ("Wartość", "Rabat")])
def test_a_discount_of_whole_percents_of_the_amount_is_taken_off_it(begin: Begin, amount: str, discount: str) -> None:
    full = [cents / 100 for cents in _CENTS]
    off = [round(each * (0.0, 0.1, 0.0, 0.25)[number % 4], 2) for number, each in enumerate(full)]
    begun = begin(receipts=sales(**{amount: full, discount: off}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(full) - sum(off), abs=0.01)


def test_a_discount_of_whole_percents_of_what_stood_there_before_is_off_already(begin: Begin) -> None:
    full = [cents / 100 for cents in _CENTS]
    off = [round(each * (0.0, 0.1, 0.0, 0.25)[number % 4], 2) for number, each in enumerate(full)]
    paid = [round(each - less, 2) for each, less in zip(full, off, strict=True)]
    begun = begin(receipts=sales(Sales=paid, Discount=off))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(sum(paid), abs=0.01)


def test_a_discount_of_no_round_share_is_asked_about(begin: Begin) -> None:
    full = [cents / 100 for cents in _CENTS]
    off = [round(each * (number * 37 % 23) / 61.7, 2) for number, each in enumerate(full)]
    begun = begin(receipts=sales(Sales=full, Discount=off))
    (question,) = begun.draft.open_questions
    assert question.choices == ("Sales", "Sales less Discount")
    assert f"Sales less Discount: {sum(full) - sum(off):,.2f}" in question.evidence


@pytest.mark.parametrize(
    ("ahead", "rest"), [("Deposit", "Balance"), ("Acompte", "Solde"), ("Anzahlung", "Restzahlung")]
)
def test_a_payment_on_account_and_the_rest_are_the_price_together(begin: Begin, ahead: str, rest: str) -> None:
    totals = [cents / 100 for cents in _CENTS]
    first = [round(total * 0.3, 2) for total in totals]
    later = [round(total - part, 2) for total, part in zip(totals, first, strict=True)]
    begun = begin(bookings=sales(**{ahead: first, rest: later}))
    assert not begun.draft.open_questions
    assert begun.net() == _TOTAL


def test_a_payment_on_account_of_no_round_share_is_offered_with_the_rest_first(begin: Begin) -> None:
    first = [20.25 + number * 7 % 31 for number in range(_ROWS)]
    later = [cents / 100 for cents in _CENTS]
    begun = begin(bookings=sales(Deposit=first, Balance=later))
    question = next(each for each in begun.draft.open_questions if each.about == "transactions.amount")
    assert question.choices == ("Deposit plus Balance", "Deposit", "Balance")
    assert begun.with_first_answers().net() == pytest.approx(_TOTAL + sum(first), abs=0.01)


def test_a_deposit_of_whole_percents_of_the_total_is_a_part_of_it(begin: Begin) -> None:
    totals = [cents / 100 for cents in _CENTS]
    begun = begin(stays=sales(Total=totals, Deposit=[round(total * 0.25, 2) for total in totals]))
    assert not begun.draft.open_questions
    assert begun.net() == _TOTAL


def test_a_final_invoice_of_which_the_deposit_is_a_round_share_contains_it(begin: Begin) -> None:
    totals = [cents / 100 for cents in _CENTS]
    begun = begin(stays=sales(Anzahlung=[round(total * 0.3, 2) for total in totals], Endrechnung=totals))
    assert not [each for each in begun.draft.open_questions if each.about == "transactions.amount"]
    assert begun.with_first_answers().net() == _TOTAL


@pytest.mark.parametrize("names", [("Qty", "Unit price", "Discount %"), ("Menge", "Einzelpreis", "Rabatt %")])
def test_percents_beside_units_and_list_prices_are_taken_off(begin: Begin, names: tuple[str, str, str]) -> None:
    units = [float(1 + number % 5) for number in range(_ROWS)]
    prices = [(9.9, 19.5, 45.0)[number % 3] for number in range(_ROWS)]
    percents = [float((0, 0, 10, 20)[number * 7 // 3 % 4]) for number in range(_ROWS)]
    begun = begin(lines=sales(**dict(zip(names, (units, prices, percents), strict=True))))
    assert not begun.draft.open_questions
    paid = [a * b * (1 - c / 100) for a, b, c in zip(units, prices, percents, strict=True)]
    assert begun.net() == pytest.approx(sum(paid), abs=0.01)


def test_a_discount_of_a_line_that_no_setting_can_take_off_is_named(begin: Begin) -> None:
    units = [float(1 + number % 5) for number in range(_ROWS)]
    prices = [(9.9, 19.5, 45.0)[number % 3] for number in range(_ROWS)]
    off = [round(a * b * (number % 4) / 20, 2) for number, (a, b) in enumerate(zip(units, prices, strict=True))]
    draft = begin(lines=sales(**{"Qty": units, "Unit price": prices, "Discount": off})).draft
    assert any(f"Discount, {sum(off):,.2f} in all, is not taken off" in note for note in draft.notes)


def test_a_discount_between_units_times_price_and_the_amount_is_off_already(begin: Begin) -> None:
    units = [1.0 + number % 3 for number in range(_ROWS)]
    prices = [cents / 100 for cents in _CENTS]
    shipping = [(0.0, 4.9)[number % 2] for number in range(_ROWS)]
    off = [round(0.131 * each, 2) if number % 4 == 0 else 0.0 for number, each in enumerate(prices)]
    paid = [round(n * each - less + more, 2) for n, each, less, more in zip(units, prices, off, shipping, strict=True)]
    begun = begin(orders=sales(quantity=units, unit_price=prices, discount=off, shipping=shipping, amount=paid))
    assert not begun.draft.open_questions
    assert begun.net() == round(sum(paid), 2)


def test_a_discount_of_more_than_what_was_paid_is_off_already(begin: Begin) -> None:
    paid = [cents / 100 for cents in _CENTS]
    off = [round(each * (1.5 if number % 40 == 0 else 0.313), 2) for number, each in enumerate(paid)]
    begun = begin(orders=sales(sales_value=paid, retail_disc=off))
    assert not begun.draft.open_questions
    assert begun.net() == round(sum(paid), 2)
