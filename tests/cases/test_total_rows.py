"""Rows that sum up others, and notes above a table that a spreadsheet padded: neither is a customer or a header."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_MONTHS = [f"2024-{number:02}" for number in range(1, 13)]


@pytest.mark.parametrize("name", ["TOTAL", "Summe", "Somme", "Totale", "合計", "Ensemble", "Alle Kunden"])
def test_a_last_row_that_sums_up_every_month_is_no_customer(begin: Begin, name: str) -> None:
    spend = {
        month: [(7 * row + 3 * at) % 90 if (row + at) % 3 else 0 for row in range(60)]
        for at, month in enumerate(_MONTHS)
    }
    customers = pl.DataFrame({"Code client": [f"C{row:03}" for row in range(60)], **spend})
    total = customers.select(pl.lit(name).alias("Code client"), pl.col(_MONTHS).sum())
    begun = begin(ca_clients=pl.concat([customers, total], how="vertical_relaxed"))
    assert not begun.draft.open_questions
    sold = begun.cleaned().tables["transactions"]
    assert sold["amount"].sum() == pytest.approx(total.select(pl.sum_horizontal(_MONTHS)).item())
    assert name not in sold["customer_id"].to_list()


@pytest.mark.parametrize("name", ["Alle zusammen", "Report 2024"])
def test_a_last_row_whose_numbers_are_the_sums_of_all_above_is_set_aside(begin: Begin, name: str) -> None:
    rows = 120
    orders = pl.DataFrame(
        {
            "customer": [f"C{row % 30:02}" for row in range(rows)],
            "date": [str(date(2024, 1, 1) + timedelta(days=row)) for row in range(rows)],
            "quantity": [1 + row % 4 for row in range(rows)],
            "amount": [10.5 + row % 13 for row in range(rows)],
        }
    )
    last = orders.select(
        pl.lit(name).alias("customer"), pl.lit("2024-12-31").alias("date"), pl.col("quantity", "amount").sum()
    )
    sold = begin(orders=pl.concat([orders, last], how="vertical_relaxed")).cleaned().tables["transactions"]
    assert sold["amount"].sum() == pytest.approx(orders["amount"].sum())


def test_notes_that_a_spreadsheet_padded_are_no_header(begin: Begin, tmp_path: Path) -> None:
    lines = ["Auswertung Verkaufsjournal;;;;;", "Zeitraum: 01.01.2024 - 31.12.2024;;;;;", "", "Mandant;01;;;;"]
    lines.append("Belegnr;Belegdatum;Kundennr;Artikel;Menge;Gesamt brutto")
    for row in range(200):
        day = date(2024, 1, 1) + timedelta(days=row)
        lines.append(f"R{row:04};{day:%d.%m.%Y};D{row % 40:02};A{row % 7};{1 + row % 3};{10 + row % 9},50")
    (tmp_path / "journal.csv").write_text("\n".join(lines), encoding="utf-8")
    begun = begin(tmp_path / "journal.csv")
    table = begun.settings.tables["transactions"]
    assert table.read.header_row == 5
    assert table.columns["amount"].source == "Gesamt brutto"
    assert begun.cleaned().tables["transactions"]["amount"].sum() == sum(10.5 + row % 9 for row in range(200))
