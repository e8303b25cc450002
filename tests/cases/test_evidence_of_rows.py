"""What states and kinds of unknown words are, by how rows lie to each other: right totals, or the right question."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"K{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 + number % 7 / 10 for number in range(_ROWS)]


def _cycle(*weighted: tuple[str, int]) -> list[str]:
    every = [kind for kind, times in weighted for _ in range(times)]
    return [every[number * 7 % len(every)] for number in range(_ROWS)]


def _log(**more: Sequence[object]) -> pl.DataFrame:
    return pl.DataFrame({"customer_id": _WHO, "date": _DAYS, "Amount": _AMOUNTS, **more})


def _of(kinds: Sequence[str], *wanted: str) -> float:
    return sum(amount for kind, amount in zip(kinds, _AMOUNTS, strict=True) if kind in wanted)


def _net(begun: Begun) -> float:
    return next(line.amount for line in begun.cleaned().money if line.line == "net")


def _first_answers(begun: Begun) -> dict[str, str]:
    return {text: each for question in begun.draft.open_questions for text, each in question.likeliest.items()}


def test_the_word_of_most_rows_is_a_sale_in_any_language(begin: Begin) -> None:
    states = _cycle(("Imekamilika", 18), ("Imeghairiwa", 1), ("Cancelled", 1))
    (question,) = begin(orders=_log(status=states)).draft.open_questions
    assert dict(question.likeliest) == {"Imekamilika": "sale", "Imeghairiwa": "reversed"}


def test_the_only_state_with_money_is_a_sale_and_no_question(begin: Begin) -> None:
    states = _cycle(("Imekamilika", 9), ("Imeghairiwa", 1))
    amounts = [amount if state == "Imekamilika" else 0.0 for state, amount in zip(states, _AMOUNTS, strict=True)]
    begun = begin(orders=_log(status=states, Amount=amounts))
    assert "Imekamilika" not in _first_answers(begun)
    assert 'sale: ["Imekamilika"]' in begun.file.read_text(encoding="utf-8")


def test_a_state_of_the_last_days_alone_is_on_its_way(begin: Begin) -> None:
    states = ["Inasubiri" if number >= _ROWS - 9 else "Imekamilika" for number in range(_ROWS)]
    assert _first_answers(begin(orders=_log(status=states)))["Inasubiri"] == "pending"


@pytest.mark.parametrize(("has_day", "likeliest"), [(True, "sale"), (False, "pending")])
def test_a_state_of_the_last_days_with_the_day_of_a_payment_is_a_sale(
    begin: Begin, has_day: bool, likeliest: str
) -> None:
    states = ["Cancelled" if number % 12 == 5 else "Imekamilika" for number in range(_ROWS - 9)] + ["Imekubaliwa"] * 9
    paid = [day + timedelta(days=1) for day in _DAYS]
    unpaid = {"Cancelled"} if has_day else {"Cancelled", "Imekubaliwa"}
    days = [None if state in unpaid else day for state, day in zip(states, paid, strict=True)]
    days = [paid[number] if number in {_ROWS - 1, _ROWS - 2, _ROWS - 3} else day for number, day in enumerate(days)]
    begun = begin(orders=_log(status=states, paid_on=days))
    assert _first_answers(begun)["Imekubaliwa"] == likeliest


def test_states_written_as_codes_are_asked_about(begin: Begin) -> None:
    states = _cycle(("20", 17), ("30", 2), ("90", 1))
    assert _first_answers(begin(orders=_log(order_status=states)))["20"] == "sale"


def test_the_word_at_the_end_of_a_compound_counts() -> None:
    from holdfast.inference.words.states import meaning_of_end

    assert meaning_of_end("Sammelgutschrift") == "refund"
    assert meaning_of_end("Gut") is None


def test_what_was_received_is_the_amount_where_states_leave_something_open(begin: Begin) -> None:
    states = _cycle(("Luovutettu", 15), ("Varattu", 3), ("Ei saapunut", 2))
    received = [
        amount if state == "Luovutettu" else 10.0 if state == "Ei saapunut" else 0.0
        for state, amount in zip(states, _AMOUNTS, strict=True)
    ]
    table = _log(Tila=states, Suoritettu=received).rename({"Amount": "Summa"})
    begun = begin(varaukset=table)
    amount = next(question for question in begun.draft.open_questions if question.about.endswith(".amount"))
    assert amount.choices[0] == "Suoritettu"
    assert f"{sum(received):,.2f}" in amount.evidence
    assert _first_answers(begun) == {"Luovutettu": "sale", "Varattu": "void", "Ei saapunut": "sale"}


def test_paid_no_shows_keep_what_was_paid(begin: Begin) -> None:
    states = _cycle(("Completed", 16), ("Booked", 2), ("No show", 2))
    received = [
        amount if state == "Completed" else 10.0 if state == "No show" else 0.0
        for state, amount in zip(states, _AMOUNTS, strict=True)
    ]
    begun = begin(visits=_log(status=states, Paid=received).rename({"Amount": "Total amount"}))
    assert _first_answers(begun)["No show"] == "sale"


def test_what_is_left_after_refunds_is_not_what_was_received(begin: Begin) -> None:
    states = _cycle(("Completed", 16), ("Reimbursed", 2), ("Placed", 2))
    pairs = list(zip(states, _AMOUNTS, strict=True))
    back = [amount if state == "Reimbursed" else 0.0 for state, amount in pairs]
    left = [amount if state == "Completed" else 0.0 for state, amount in pairs]
    table = _log(status=states, Refunded=back, **{"Net paid": left}).rename({"Amount": "Total"})
    questions = [each for each in begin(orders=table).draft.open_questions if each.about.endswith(".amount")]
    assert all(question.choices[0] == "Total" for question in questions)


def test_heads_and_lines_of_one_receipt_count_once(begin: Begin) -> None:
    rows = []
    for number, (who, day, amount) in enumerate(zip(_WHO, _DAYS, _AMOUNTS, strict=True)):
        bon = f"B{number:05}"
        first = round(amount * 0.4, 2)
        rows += [
            (who, day, bon, "Bon", amount),
            (who, day, bon, "Linje", first),
            (who, day, bon, "Linje", amount - first),
        ]
    table = pl.DataFrame(rows, schema=["kunde", "dato", "bonnummer", "Rækketype", "Amount"], orient="row")
    begun = begin(kasse=table.with_columns(pl.col("Amount").round(2)))
    assert not [question.about for question in begun.draft.open_questions]
    assert _net(begun) == pytest.approx(sum(_AMOUNTS))


def test_a_kind_that_repeats_an_earlier_amount_of_the_same_customer_gives_it_back(begin: Begin) -> None:
    back = range(0, _ROWS, 12)
    table = pl.DataFrame(
        {
            "customer_id": [*_WHO, *(_WHO[number] for number in back)],
            "date": [*_DAYS, *(_DAYS[number] + timedelta(days=9) for number in back)],
            "Amount": [*_AMOUNTS, *(_AMOUNTS[number] for number in back)],
            "Aina": [*["Mauzo"] * _ROWS, *["Marejesho"] * len(back)],
        }
    )
    begun = begin(sales=table)
    assert _first_answers(begun) == {"Marejesho": "refund"}
    expected = sum(_AMOUNTS) - sum(_AMOUNTS[number] for number in back)
    assert _net(begun.answer('unknown: ["Marejesho"]', 'refund: ["Marejesho"]')) == pytest.approx(expected)


def test_a_kind_that_repeats_another_of_the_same_day_counts_already(begin: Begin) -> None:
    twice = range(0, _ROWS, 12)
    table = pl.DataFrame(
        {
            "customer_id": [*_WHO, *("X" + _WHO[number] for number in twice)],
            "date": [*_DAYS, *(_DAYS[number] for number in twice)],
            "Amount": [*_AMOUNTS, *(_AMOUNTS[number] for number in twice)],
            "Chapa": [*["A"] * _ROWS, *["B"] * len(twice)],
        }
    )
    assert _first_answers(begin(gifts=table)) == {"B": "settlement"}


def test_a_kind_before_its_sale_is_no_refund_where_refunds_have_a_minus(begin: Begin) -> None:
    """An advance note repeats the invoice that follows it; what is given back stands in rows of its own."""
    before, back = range(0, _ROWS, 6), range(3, _ROWS, 20)
    table = pl.DataFrame(
        {
            "customer_id": [*_WHO, *(_WHO[number] for number in before), *(_WHO[number] for number in back)],
            "date": [
                *_DAYS,
                *(_DAYS[number] - timedelta(days=7) for number in before),
                *(_DAYS[number] + timedelta(days=4) for number in back),
            ],
            "Amount": [
                *_AMOUNTS,
                *(_AMOUNTS[number] for number in before),
                *(-_AMOUNTS[number] / 2 for number in back),
            ],
            "Laji": [*["Lasku"] * _ROWS, *["Ennakko"] * len(before), *["Hyvitys"] * len(back)],
        }
    )
    begun = begin(laskut=table)
    assert _first_answers(begun)["Ennakko"] == "settlement"
    expected = sum(_AMOUNTS) - sum(_AMOUNTS[number] / 2 for number in back)
    assert begun.with_first_answers().net() == pytest.approx(expected)


def test_a_day_of_cancellation_does_not_overrule_what_is_asked_of_its_state(begin: Begin) -> None:
    """Deposits that are kept: a cancelled stay may still be money."""
    states = _cycle(("Avsluttet", 16), ("Skrinlagt", 4))
    days = [day if state == "Skrinlagt" else None for day, state in zip(_DAYS, states, strict=True)]
    came_in = [each * 0.3 if state == "Skrinlagt" else each for each, state in zip(_AMOUNTS, states, strict=True)]
    begun = begin(stays=_log(Status=states, Amount=came_in, **{"Cancelled on": days}))
    assert "Skrinlagt" in _first_answers(begun)
    answered = begun.with_first_answers().answer('void: ["Skrinlagt"]', 'neutral: ["Skrinlagt"]')
    assert answered.net() == pytest.approx(sum(came_in))


def test_documents_numbered_apart_are_asked_about_where_their_name_undoes(begin: Begin) -> None:
    kinds = _cycle(("Factură", 18), ("Factură storno", 1))
    numbers = [f"{'FST' if 'storno' in kind else 'FCT'}{number:05}" for number, kind in enumerate(kinds)]
    begun = begin(facturi=_log(Fel=kinds, Număr=numbers))
    assert _first_answers(begun) == {"Factură storno": "refund"}


def test_shops_and_countries_are_no_kinds(begin: Begin) -> None:
    shops = _cycle(("Nairobi", 5), ("Mombasa", 3), ("Kisumu", 2))
    numbers = [f"{shop[:3].upper()}{number:05}" for number, shop in enumerate(shops)]
    begun = begin(sales=_log(Duka=shops, Namba=numbers, Nchi=_cycle(("KE", 9), ("TZ", 1))))
    assert not begun.draft.open_questions


@pytest.mark.parametrize("codes", [("EUR", "PLN"), ("€", "$")])
def test_codes_of_currencies_are_currencies_under_any_name(begin: Begin, codes: tuple[str, str]) -> None:
    table = _log(Pinigai=_cycle((codes[0], 4), (codes[1], 1)))
    (question,) = begin(sales=table).draft.open_questions
    assert question.about == "currencies.keep"
    assert question.choices[0] == "EUR"


def test_what_was_bought_in_a_test_environment_is_no_sale(begin: Begin) -> None:
    places = _cycle(("production", 9), ("staging", 1))
    begun = begin(purchases=_log(deployment=places))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(_of(places, "production"))


def test_not_in_live_mode_is_a_test(begin: Begin) -> None:
    live = _cycle(("true", 9), ("false", 1))
    assert _net(begin(charges=_log(livemode=live))) == pytest.approx(_of(live, "true"))


def test_a_dispute_that_was_won_takes_nothing_off(begin: Begin) -> None:
    ends = _cycle(("none", 17), ("lost", 2), ("won", 1))
    table = _log(
        Chargeback=["no" if end == "none" else "yes" for end in ends],
        **{"Chargeback reversed": ["yes" if end == "won" else "no" for end in ends]},
    )
    begun = begin(sales=table)
    (question,) = begun.draft.open_questions
    assert question.choices[0] == "reversed"
    begun.answer('unknown: ["yes"]', 'reversed: ["yes"]')
    assert _net(begun) == pytest.approx(_of(ends, "none", "won"))


def test_a_column_of_pledges_is_not_offered_before_the_gifts(begin: Begin) -> None:
    pledges = _cycle(("no", 9), ("yes", 1))
    table = pl.DataFrame(
        {
            "member_id": _WHO,
            "date": _DAYS,
            "amount": [0.0 if each == "yes" else amount for each, amount in zip(pledges, _AMOUNTS, strict=True)],
            "total": [amount * 20 if each == "yes" else 0.0 for each, amount in zip(pledges, _AMOUNTS, strict=True)],
        }
    )
    questions = [each for each in begin(gifts=table).draft.open_questions if each.about.endswith("amount")]
    assert all(question.choices[0] == "amount" for question in questions)


def test_payments_that_go_on_after_a_cancelled_one_are_no_ends(begin: Begin) -> None:
    rows = []
    for who in range(60):
        for month in range(12):
            state = {(0, 3): "anulado", (1, 5): "devuelto"}.get((who % 6, month), "cobrado")
            rows.append((f"S{who:03}", date(2024, 1 + month, 5), 30.0, state, 10.0 if month == 2 and who < 4 else 0.0))
    table = pl.DataFrame(rows, schema=["socio", "fecha_cargo", "importe", "estado", "importe_devuelto"], orient="row")
    begun = begin(recibos=table)
    name, settings = next(iter(begun.settings.tables.items()))
    assert settings.subscriptions is None or settings.subscriptions.rows == "invoices"
    amounts = begun.cleaned().tables[name]["amount"]
    expected = sum(row[2] - row[4] for row in rows if row[3] == "cobrado")
    assert amounts.sum() == pytest.approx(expected)
