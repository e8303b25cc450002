"""Rows whose year, or whose whole date, stands in the name of their file only."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from tests.cases.conftest import Begun

from holdfast.errors import HoldfastError
from holdfast.sources.read import read_table

Begin = Callable[..., Begun]
YEARS = (2023, 2024)


def _day(year: int, number: int) -> date:
    return date(year, 1, 1) + timedelta(days=number * 3)


@pytest.mark.parametrize("layout", ["%d/%m", "%d.%m.", "%d-%m", "%d%m", "%d %b"])
def test_days_without_a_year_get_that_of_the_name(begin: Begin, tmp_path: Path, layout: str) -> None:
    files = []
    for year in YEARS:
        lines = [f"{_day(year, n).strftime(layout)};K{n % 30:02};{10 + n % 7},50" for n in range(110)]
        files.append(tmp_path / f"sales_{year}.csv")
        files[-1].write_text("\n".join(["Data;Customer no;Amount", *lines]), encoding="utf-8")
    begun = begin(*files)
    assert not begun.draft.open_questions
    days = begun.cleaned().tables["transactions"]["happened_at"].dt.date().sort()
    assert days.to_list() == [_day(year, n) for year in YEARS for n in range(110)]
    assert any("2023 in the file's name" in words for words in _notes(begun))


def test_days_without_any_year_are_refused(begin: Begin, tmp_path: Path) -> None:
    lines = [f"{_day(2024, n):%d/%m};K{n % 30:02};{10 + n % 7},50" for n in range(110)]
    (tmp_path / "sales.csv").write_text("\n".join(["Data;Customer no;Amount", *lines]), encoding="utf-8")
    with pytest.raises(HoldfastError, match="Data holds days without a year") as refused:
        begin(tmp_path / "sales.csv")
    assert "sales_2024.csv" in refused.value.fix


@pytest.mark.parametrize("name", ["month_{:%Y%m}", "month-{:%Y-%m}", "{:%b_%Y}_report", "report {:%m.%Y}"])
def test_files_of_a_month_date_their_rows(begin: Begin, tmp_path: Path, name: str) -> None:
    months = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(14)]
    files = []
    for at, month in enumerate(months):
        lines = [f"C{n:03},{at * n % 50},{9.5 + (n * 7 + at * 3) % 40}" for n in range(40) if (n + at) % 5]
        files.append(tmp_path / f"{name.format(month)}.csv")
        files[-1].write_text("\n".join(["customer_id,calls,amount", *lines]), encoding="utf-8")
    begun = begin(*files)
    table = begun.cleaned().tables["transactions"]
    begins = {day.replace(day=1) for day in table["happened_at"].dt.date()}
    assert begins == set(months)


def _workbook(path: Path, header: tuple[str, ...], sheets: dict[str, list[tuple[object, ...]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate([header, *rows]):
                sheet.write_row(at, 0, row)
    return path


def test_sheets_named_by_years_complete_their_days(begin: Begin, tmp_path: Path) -> None:
    sheets = {
        f"Ventes {year}": [(f"{_day(year, n):%d/%m}", f"K{n % 30:02}", 10.5 + n % 7) for n in range(110)]
        for year in YEARS
    }
    begun = begin(_workbook(tmp_path / "book.xlsx", ("Jour", "N° client", "Montant"), sheets))
    assert not begun.draft.open_questions
    rows = begun.cleaned().tables["transactions"]
    assert rows["happened_at"].dt.date().sort().to_list() == [_day(year, n) for year in YEARS for n in range(110)]
    assert any("2023 in the sheet's name" in words for words in _notes(begun))


@pytest.mark.parametrize(("file", "name"), [("book", "{:%b %y}"), ("book", "{:%B %Y}"), ("fees_2024", "{:%b}")])
def test_sheets_of_a_month_date_their_rows(begin: Begin, tmp_path: Path, file: str, name: str) -> None:
    months = [date(2024, number, 1) for number in range(1, 13)]
    sheets = {
        name.format(month): [
            (f"M{n:03}", (n + at) % 9, 9.5 + (n * 7 + at * 3) % 40) for n in range(60) if (n + at) % 5
        ]
        for at, month in enumerate(months)
    }  # fmt: skip
    begun = begin(_workbook(tmp_path / f"{file}.xlsx", ("Member no", "Visits", "Paid"), sheets))
    assert not begun.draft.open_questions
    table = begun.cleaned().tables["transactions"]
    assert sorted({day.replace(day=1) for day in table["happened_at"].dt.date()}) == months
    assert table["amount"].sum() == sum(row[2] for rows in sheets.values() for row in rows)


def test_days_of_their_own_stand_before_the_years_of_the_sheets(begin: Begin, tmp_path: Path) -> None:
    """The sheet 2089 was written before that year: it numbers a branch."""
    sheets = {
        name: [(_day(2024, n), f"K{n % 30:02}", float(name) / 100 + n) for n in range(110)] for name in ("2024", "2089")
    }
    begun = begin(_workbook(tmp_path / "book.xlsx", ("Paid on", "Client", "Amount"), sheets))
    assert not begun.draft.open_questions
    days = begun.cleaned().tables["transactions"]["happened_at"].dt.date()
    assert (days.min(), days.max(), len(days)) == (_day(2024, 0), _day(2024, 109), 220)


def test_bookings_take_their_year_from_the_first_line(begin: Begin, tmp_path: Path) -> None:
    """A fiscal year from July on; the name holds the day of the export."""
    head = 'EXTF;700;21;"Buchungsstapel";13;20250110093000000;;"RE";;;29098;55003;20230701;4;20230701;20240630;"Buch"'
    title = "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;Konto;Belegdatum;Belegfeld 1"
    days = [date(2023, 7, 1) + timedelta(days=3 * n) for n in range(120)]
    lines = [
        f"{100 + n % 9},00;{'H' if n % 10 == 0 else 'S'};{10000 + n % 40};{day:%d%m};RE{n}"
        for n, day in enumerate(days)
    ]
    (tmp_path / "EXTF_20250110.csv").write_text("\n".join([head, title, *lines]), encoding="cp1252")
    begun = begin(tmp_path / "EXTF_20250110.csv")
    name, column = "Soll/Haben-Kennzeichen", "soll_haben_kennzeichen"
    assert [question.about for question in begun.draft.open_questions] == [f"transactions.{column}.status"], name
    answered = begun.answer('unknown: ["S", "H"]', 'sale: ["S"]\n        refund: ["H"]')
    rows = answered.cleaned().tables["transactions"]
    assert rows["happened_at"].dt.date().sort().to_list() == days
    signed = sum((-1 if n % 10 == 0 else 1) * (100 + n % 9) for n in range(120))
    assert rows["amount"].sum() == signed


def _notes(begun: Begun) -> list[str]:
    read = {name: read_table(name, table, begun.file.parent) for name, table in begun.settings.tables.items()}
    return [note for table in read.values() for note in table.notes]
