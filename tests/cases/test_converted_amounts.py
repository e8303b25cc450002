"""Reports of deals with an amount in each deal's currency and the same converted, made up with their right totals."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_RATES = {"EUR": 1.0, "USD": 0.92, "MXN": 0.051}
SPANISH = ("Cuenta", "Fecha de cierre", "Importe (convertido) Divisa", "Importe (convertido)", "Divisa", "Importe")
GERMAN = ("Kunde", "Datum", "Hauswährung", "Betrag (umgerechnet)", "Währung", "Betrag")
ENGLISH = ("Client", "Date", "Base currency", "Deal value (base currency)", "Deal currency", "Deal value")


def deals(names: tuple[str, ...], *, with_home: bool, drift: float = 0.0) -> tuple[pl.DataFrame, float]:
    """Deals in three currencies; their total in euros. `drift`: by how much a day the rates move."""
    rows, total = [], 0.0
    for number in range(360):
        code, day = ("EUR", "USD", "EUR", "MXN")[number % 4], date(2023, 1, 1) + timedelta(days=2 * number)
        own = 500.25 + number * 7919 % 30_000
        rate = 1.0 if code == "EUR" else _RATES[code] * (1 + drift * number)
        converted = round(own * rate, 2)
        total += converted
        row = dict(zip(names, (f"K{number % 80:03}", day, "EUR", converted, code, own), strict=True))
        rows.append(row if with_home else {name: value for name, value in row.items() if name != names[2]})
    return pl.DataFrame(rows), round(total, 2)


@pytest.mark.parametrize("names", [SPANISH, GERMAN, ENGLISH], ids=["es", "de", "en"])
@pytest.mark.parametrize("with_home", [True, False])
@pytest.mark.parametrize("drift", [0.0, 0.0005])
def test_the_converted_amount_counts_and_never_a_sum_over_currencies(
    begin: Begin, names: tuple[str, ...], with_home: bool, drift: float
) -> None:
    table, total = deals(names, with_home=with_home, drift=drift)
    begun = begin(report=table)
    assert not begun.draft.open_questions
    assert begun.settings.currency == "EUR"
    assert begun.settings.tables["transactions"].columns["amount"].source == names[3]
    assert begun.net() == total


def test_amounts_of_several_currencies_alone_are_asked_about(begin: Begin) -> None:
    table, _ = deals(GERMAN, with_home=False)
    begun = begin(report=table.drop(GERMAN[3]))
    assert [question.about for question in begun.draft.open_questions] == ["currencies.keep"]


@pytest.mark.parametrize("names", [SPANISH, ENGLISH], ids=["es", "en"])
def test_amounts_that_say_their_currencies_in_their_cells_stand_beside_the_converted_ones(
    begin: Begin, names: tuple[str, ...]
) -> None:
    table, total = deals(names, with_home=False)
    own, converted, code = names[5], names[3], names[4]
    written = table.select(
        *names[:2],
        pl.format("{} {}", pl.col(code), pl.col(own)).alias(own),
        pl.format("EUR {}", pl.col(converted)).alias(converted),
    )
    begun = begin(report=written)
    assert not begun.draft.open_questions
    assert begun.settings.tables["transactions"].columns["amount"].source == converted
    assert begun.net() == total
