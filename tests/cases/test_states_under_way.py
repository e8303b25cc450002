"""Rentals, courses and jobs that go on, made up: sold where their rows are paid as finished ones are, else asked."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 400


def jobs(done: str, goes_on: str, undone: str, paid: str = "", *, is_paid: bool = True) -> tuple[pl.DataFrame, float]:
    """Jobs of which some go on; what has come in. `paid` names the column of the day of payment."""
    rows, received = [], 0.0
    for number in range(_ROWS):
        day = date(2023, 3, 1) + timedelta(days=2 * number)
        state = undone if number % 16 == 5 else goes_on if number % 6 == 1 or number > 370 else done
        amount = (4_000 + number * 7919 % 50_000) / 100
        has_paid = state == done or (state == goes_on and is_paid)
        received += amount if has_paid else 0.0
        row = {"job": f"N{number:05}", "customer": f"C{number % 90:04}", "date": day, "status": state, "amount": amount}
        if paid:
            row[paid] = day + timedelta(days=number % 3) if has_paid else None
        rows.append(row)
    return pl.DataFrame(rows, schema_overrides={paid: pl.Date} if paid else None), round(received, 2)


@pytest.mark.parametrize(("done", "goes_on", "undone", "paid"), [
    ("Concluso", "In corso", "Annullato", "Pagato il"),
    ("Abgeschlossen", "In Bearbeitung", "Storniert", "Bezahlt am"),
    ("Finalizada", "En curso", "Cancelada", "Fecha de pago"),
])  # fmt: skip
def test_what_goes_on_and_is_paid_is_sold(begin: Begin, done: str, goes_on: str, undone: str, paid: str) -> None:
    table, received = jobs(done, goes_on, undone, paid)
    begun = begin(jobs=table)
    assert not begun.draft.open_questions
    assert begun.net() == received


def test_what_goes_on_and_is_never_paid_is_open(begin: Begin) -> None:
    table, received = jobs("Terminée", "En cours", "Annulée", "Payé le", is_paid=False)
    begun = begin(locations=table)
    assert not begun.draft.open_questions
    assert begun.net() == received


def test_what_goes_on_is_asked_about_where_nothing_says_whether_it_is_paid(begin: Begin) -> None:
    table, _ = jobs("Concluído", "Em andamento", "Cancelado")
    (question,) = begin(kurse=table).draft.open_questions
    assert question.about == "transactions.status.status"
    assert "Em andamento" in question.evidence


def test_a_further_stage_of_deals_that_are_won_or_lost_is_no_sale_by_default(begin: Begin) -> None:
    stages = ("Cerrada ganada", "Cerrada perdida", "Visita técnica")
    rows = [
        {
            "client": f"C{number % 70:03}",
            "fecha": date(2024, 1, 1) + timedelta(days=number),
            "etapa": stages[number % 3],
            "importe": 900.0 + number * 37 % 5000,
        }
        for number in range(_ROWS)
    ]
    begun = begin(oportunidades=pl.DataFrame(rows))
    (question,) = begun.draft.open_questions
    assert dict(question.likeliest) == {"Visita técnica": "open"}


STAGED = [
    (
        ("Resultaat", "Stadium"),
        ("Gewonnen", "Verloren", "Open"),
        ("Contact gelegd", "Offerte verstuurd", "Onderhandeling"),
    ),
    (
        ("Status", "Phase"),
        ("Gewonnen", "Verloren", "Open"),
        ("Kontakt hergestellt", "Angebot erstellt", "Verhandlung"),
    ),
    (("Outcome", "Stage"), ("Won", "Lost", "Open"), ("Contact made", "Proposal sent", "Negotiations started")),
]


@pytest.mark.parametrize(("names", "outcomes", "stages"), STAGED)
def test_the_stage_of_a_deal_says_where_it_stood_and_takes_nothing_off_what_is_won(
    begin: Begin, names: tuple[str, str], outcomes: tuple[str, ...], stages: tuple[str, ...]
) -> None:
    rows, won = [], 0.0
    for number in range(300):
        outcome = outcomes[0 if number % 5 < 3 else 1 if number % 5 == 3 else 2]
        value = 900.0 + 37 * (number % 41)
        won += value if outcome == outcomes[0] else 0.0
        day = date(2023, 3, 1) + timedelta(days=2 * number)
        rows.append((f"D{number:04}", f"C{number % 60:03}", day, value, outcome, stages[number % 7 % 3]))
    table = pl.DataFrame(rows, schema=["Deal ID", "Customer ID", "Date", "Value", *names], orient="row")
    begun = begin(deals=table)
    assert not [question for question in begun.draft.open_questions if names[1] in question.evidence]
    assert begun.with_first_answers().net() == won
