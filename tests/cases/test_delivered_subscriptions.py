"""Magazines, newspapers and boxes by subscription in other languages, made up with their right values."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
LAST = date(2025, 6, 15)
_PRICES = {12: 98.4, 6: 52.2}


def subscribers(names: tuple[str, ...], terms: dict[str, int]) -> tuple[pl.DataFrame, int, float]:
    """Subscribers of a paper; how many run on, and what they pay a month."""
    rows, running, revenue = [], 0, 0.0
    for number in range(240):
        begin = LAST - timedelta(days=9 * number)
        word = list(terms)[number % 2]
        months = terms[word]
        leaves = after(begin.replace(day=min(begin.day, 28)), 12 + number % 11)
        end = leaves if number % 3 == 0 and leaves <= LAST else None
        running += end is None
        revenue += _PRICES[months] / months if end is None else 0.0
        values = (
            f"{700_000 + number}", f"{20_000 + number}", begin.strftime("%d.%m.%Y"),
            end.strftime("%d.%m.%Y") if end else "", f"{_PRICES[months]:.2f}".replace(".", ","), word,
        )  # fmt: skip
        rows.append(dict(zip(names, values, strict=True)))
    return pl.DataFrame(rows), running, round(revenue, 2)


@pytest.mark.parametrize(("names", "terms"), [
    (("Abo-Nr.", "Kundennummer", "Lieferbeginn", "Kündigung zum", "Bezugspreis", "Zahlweise"),
     {"jährlich": 12, "halbjährlich": 6}),
    (("Abonummer", "Abonnent", "Bezugsbeginn", "Bezugsende", "Abopreis", "Zahlungsart"),
     {"jährlich": 12, "halbjährlich": 6}),
    (("Abonnementnummer", "Abonnee", "Startdatum levering", "Opzegdatum", "Abonnementsprijs", "Betaling per"),
     {"jaarlijks": 12, "halfjaarlijks": 6}),
    (("Prenumerations-ID", "Kundnummer", "Startdatum", "Avslutas", "Prenumerationspris", "Betalningsintervall"),
     {"helår": 12, "halvår": 6}),
], ids=["de", "de-zeitung", "nl", "sv"])  # fmt: skip
def test_a_paper_by_subscription_is_paid_over_its_interval(
    begin: Begin, names: tuple[str, ...], terms: dict[str, int]
) -> None:
    table, running, revenue = subscribers(names, terms)
    begun = begin(abonnenten=table)
    assert not begun.draft.open_questions
    states, paid = begun.stood()
    assert states["running"] == running
    assert paid == revenue
