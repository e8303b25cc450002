"""Documents of a firm, made up: whose they are by the names in another table, and a day to pay that ends nothing."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
FIRMS = [f"{first} {second}" for first in ("Elbe", "Alster", "Havel", "Spree", "Isar") for second in
         ("Metall", "Druck", "Holz", "Glas", "Papier", "Stahl", "Textil", "Logistik", "Optik", "Bau")]  # fmt: skip


def documents(days_to_pay: Callable[[int], int]) -> pl.DataFrame:
    """Documents of 50 firms at days and amounts of their own, each with a day by which it is to be paid."""
    days = [date(2023, 1, 2) + timedelta(days=(n * 37) % 880) for n in range(900)]
    return pl.DataFrame(
        {
            "Beleg": [f"B{n:05}" for n in range(900)],
            "Gegenseite": [FIRMS[(n * n + n // 7) % 50] for n in range(900)],
            "Belegdatum": days,
            "Zahlbar bis": [day + timedelta(days=days_to_pay(n)) for n, day in enumerate(days)],
            "Summe": [round(50 + (n * 7919 % 4001) / 7, 2) for n in range(900)],
        }
    )


@pytest.mark.parametrize("days_to_pay", [lambda _: 30, lambda n: (14, 30, 60)[n % 3]], ids=["one term", "several"])
def test_documents_with_a_day_to_pay_are_sales_of_whom_another_table_names(
    begin: Begin, days_to_pay: Callable[[int], int]
) -> None:
    visits = pl.DataFrame(
        {
            "Kunde": [FIRMS[n % 50] for n in range(300)],
            "Besucht am": [date(2023, 1, 5) + timedelta(days=(n * 13) % 870) for n in range(300)],
        }
    )
    table = documents(days_to_pay)
    begun = begin(belege=table, besuche=visits)
    assert not begun.draft.open_questions
    belege = begun.settings.tables["belege"]
    assert (belege.holds, belege.columns["customer_id"].source) == ("transactions", "Gegenseite")
    cleaned = begun.cleaned().tables["belege"]
    assert (cleaned["customer_id"].n_unique(), round(cleaned["amount"].sum(), 2)) == (
        50,
        round(table["Summe"].sum(), 2),
    )
