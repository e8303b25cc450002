"""Reports with a heading above the lines of each customer: totals, blank rows and title lines are no rows of money."""

import csv
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from tests.cases.conftest import Begun

from holdfast.sources.read import read_batches, read_table

Begin = Callable[..., Begun]
_HEADER = ("", "Transaction date", "Transaction type", "Num", "Product/Service", "Quantity", "Sales price", "Amount")
_TITLE = ("Craig's Design", "Sales by Customer Detail", "January 1, 2024 - December 31, 2024", "")
_KINDS = ("Invoice", "Invoice", "Sales Receipt", "Invoice", "Invoice", "Sales Receipt", "Credit Memo")
_PEOPLE = 40


def _lines(person: int) -> list[list[str | float | date]]:
    lines: list[list[str | float | date]] = []
    for number in range(1 + person % 6):
        kind = _KINDS[(person + number) % len(_KINDS)]
        units, price = -1 if kind == "Credit Memo" else 1 + number % 3, 12.5 + person % 7 * 5
        day = date(2024, 1, 3) + timedelta(days=(person * 17 + number * 41) % 360)
        item = ("Design", "Pump", "Gardening")[(person + number) % 3]
        lines.append([day, kind, 1000 + person * 10 + number, item, units, price, units * price])
    return lines


_NET = sum(line[-1] for person in range(_PEOPLE) for line in _lines(person) if isinstance(line[-1], float))
_LINES = sum(len(_lines(person)) for person in range(_PEOPLE))


def _report(*, blank: bool, shared: bool) -> list[list[str | float | date]]:
    """The rows of a report.

    Args:
        blank: a blank row stands after the total of each customer. shared: headings stand above the days of the lines.
    """
    begin: list[str] = [] if shared else [""]
    rest = [""] * (6 if shared else 7)
    rows: list[list[str | float | date]] = [[text, *rest] for text in _TITLE]
    rows.append(list(_HEADER[1:] if shared else _HEADER))
    for person in range(_PEOPLE):
        lines = _lines(person)
        rows.append([f"Customer {person} Ltd", *rest])
        rows += [[*begin, *line] for line in lines]
        rows.append([f"Total for Customer {person} Ltd", *rest[:-1], sum(float(str(line[-1])) for line in lines)])
        rows += [["", *rest]] if blank else []
    return [*rows, ["TOTAL", *rest[:-1], _NET], ["", *rest], ["Accrual basis, Friday, 3 January 2025", *rest]]


def _written(path: Path, rows: Sequence[Sequence[str | float | date]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            texts = [[f"{cell:%m/%d/%Y}" if isinstance(cell, date) else cell for cell in row] for row in rows]
            csv.writer(file).writerows(texts)
        return path
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Sales by Customer Detail")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [None if cell == "" else cell for cell in row])
    return path


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("file", ["Sales by Customer Detail.csv", "report.xlsx"])
def test_each_line_is_of_the_customer_above_it(
    begin: Begin, tmp_path: Path, file: str, blank: bool, shared: bool
) -> None:
    begun = begin(_written(tmp_path / file, _report(blank=blank, shared=shared)))
    assert not [guess.about for guess in begun.draft.open_questions]
    cleaned = begun.cleaned()
    sales = cleaned.tables["transactions"]
    assert begun.net() == pytest.approx(_NET)
    assert sales["customer_id"].n_unique() == _PEOPLE
    assert (sales.height, cleaned.set_aside.height) == (_LINES, 0)


def test_headings_are_carried_from_batch_to_batch(begin: Begin, tmp_path: Path) -> None:
    file = _written(tmp_path / "Sales by Customer Detail.csv", _report(blank=False, shared=True))
    begun = begin(file)
    table = begun.settings.tables["transactions"]
    whole = read_table("transactions", table, begun.file.parent).rows
    batches = list(read_batches("transactions", table, file, rows=7))
    assert len(batches) > 5
    assert [name for batch in batches for name in batch.rows["heading"].to_list()] == whole["heading"].to_list()


def test_a_column_with_gaps_is_no_heading(begin: Begin, tmp_path: Path) -> None:
    """A plain table whose notes stand alone in some rows, without totals that name them."""
    rows = [["day", "customer", "kind", "amount"]]
    rows += [[f"{date(2024, 1, 1) + timedelta(days=n)}", f"C{n % 30}", "sale", f"{10 + n % 9}.5"] for n in range(300)]
    rows = [row if number % 60 != 59 else ["2024-05-01", "", "", ""] for number, row in enumerate(rows)]
    begun = begin(_written(tmp_path / "sales.csv", rows))
    assert begun.settings.tables["transactions"].carry_down is None
