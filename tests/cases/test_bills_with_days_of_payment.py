"""Bills with the day on which each was paid are sales."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 300


def _bills() -> pl.DataFrame:
    """Italian invoices, each with its number: paid within weeks, in part, or not at all."""
    net = [round(100.0 + n * 37 % 900, 2) for n in range(_ROWS)]
    gross = [round(value * 1.22, 2) for value in net]
    share = [[1.0, 1.0, 1.0, 1.0, 0.4, 1.0, 1.0, 0.0][n % 8] for n in range(_ROWS)]
    paid = [round(value * part, 2) for value, part in zip(gross, share, strict=True)]
    begins = [date(2023, 1, 2) + timedelta(days=n * 2) for n in range(_ROWS)]
    return pl.DataFrame(
        {
            "N. documento": [f"FT/{n:05}" for n in range(_ROWS)],
            "Data emissione": begins,
            "Utente": [f"C{n * 7 % 60:03}" for n in range(_ROWS)],
            "Imponibile": net,
            "IVA": [round(b - a, 2) for a, b in zip(net, gross, strict=True)],
            "Totale documento": gross,
            "Incassato": paid,
            "Residuo": [round(a - b, 2) for a, b in zip(gross, paid, strict=True)],
            "Data incasso": [
                begin + timedelta(days=3 + n * 5 % 40) if value else None
                for n, (begin, value) in enumerate(zip(begins, paid, strict=True))
            ],
        }
    )


def test_bills_with_a_day_of_payment_are_sales_and_what_came_in_is_first(begin: Begin) -> None:
    table = _bills()
    begun = begin(fatture=table)
    about = {guess.about: guess for guess in begun.draft.guesses}
    assert "churn.rule" not in begun.draft.questions
    assert about["transactions.amount"].choices[0] == "Incassato"
    answered = begun.with_first_answers()
    assert answered.settings.tables["transactions"].subscriptions is None
    assert answered.net() == pytest.approx(float(table["Incassato"].sum()), abs=0.005)
