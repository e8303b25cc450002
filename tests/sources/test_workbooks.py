"""Workbooks come back as the text their owner sees, and a harmful one costs one message."""

import datetime as dt
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from holdfast.errors import HoldfastError
from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.sources.workbook import read as workbook
from holdfast.table_settings import ReadSettings, TableSettings

PEOPLE = [("id", "age"), ("007", 41), ("008", 29)]


def read(file: Path, **how: Any) -> ReadTable:
    settings = TableSettings(files=(file.name,), holds="customers", columns={}, read=ReadSettings(**how))
    return read_table("people", settings, file.parent)


def workbook_of(folder: Path, **sheets: list[tuple[Any, ...]]) -> Path:
    file = folder / "people.xlsx"
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return file


def changed(file: Path, part: str, old: bytes, new: bytes) -> Path:
    """The same workbook with one text in one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename == part:
                assert old in content
                content = content.replace(old, new, 1)
            after.writestr(entry.filename, content)
    target = file.with_name("changed.xlsx")
    target.write_bytes(out.getvalue())
    return target


def test_values_come_back_as_text_without_harm(tmp_path: Path) -> None:
    when = dt.datetime(2024, 2, 29, 13, 5, 7)  # noqa: DTZ001
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("whole", "part", "moment", "day", "clock", "flag", "word", "code", "empty"))
        sheet.write_row(1, 0, (1.0, 0.25))
        sheet.write_datetime(1, 2, when, book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}))
        sheet.write_datetime(1, 3, when.replace(hour=0, minute=0, second=0), book.add_format({"num_format": "d/m/yy"}))
        sheet.write_number(1, 4, 0.5, book.add_format({"num_format": "hh:mm"}))
        sheet.write_boolean(1, 5, True)
        sheet.write_string(1, 6, "None")
        sheet.write_string(1, 7, "007")
        sheet.write_number(2, 0, 1234567890123456)
        sheet.write_number(2, 1, 0.1 + 0.2)
    first, second = read(file).rows.drop("_row").rows()
    assert first == ("1", "0.25", "2024-02-29 13:05:07", "2024-02-29 00:00:00", "12:00:00", "true", "None", "007", "")
    assert second[:2] == ("1234567890123456", "0.3")


def test_the_header_may_stand_further_down(tmp_path: Path) -> None:
    rows = [("Customers of the shop",), (), ("as of", "2024"), (), *[(*row, "x") for row in PEOPLE], ("009", 5, "y")]
    table = read(workbook_of(tmp_path, Sheet1=rows))
    assert table.rows.columns == ["_row", "id", "age", "x"]
    assert table.rows["id"].to_list() == ["007", "008", "009"]
    assert any("2 rows above the header" in note for note in table.notes)


def test_a_table_may_begin_in_any_cell(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([*PEOPLE, (), ("009", 7)]):
            sheet.write_row(4 + place, 2, row)
    table = read(file, header_row=5)
    assert table.rows.rows() == [(1, "007", "41"), (2, "008", "29"), (3, "009", "7")]
    assert any("1 blank row skipped" in note for note in table.notes)
    assert read(file).rows.equals(table.rows)


def test_of_several_sheets_one_is_chosen_or_all_are_stacked(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, North=PEOPLE, South=[("id", "age"), ("009", 7)], Empty=[])
    with pytest.raises(HoldfastError, match=r"2 sheets hold a table \('North', 'South'\)"):
        read(file)
    with pytest.raises(HoldfastError, match="no sheet called 'West'"):
        read(file, sheet="West")
    assert read(file, sheet="South").rows.drop("_row").rows() == [("009", "7")]
    stacked = read(file, sheet="*")
    assert stacked.rows["id"].to_list() == ["007", "008", "009"]
    assert [source.sheet for source in stacked.files] == ["North", "South"]


def test_a_workbook_without_a_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="no sheet holds a cell"):
        read(workbook_of(tmp_path, Sheet1=[]))


def test_a_sheet_of_charts_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Data")
        for place, row in enumerate(PEOPLE):
            sheet.write_row(place, 0, row)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$2:$B$3"})
        book.add_chartsheet("Chart").set_chart(chart)
    assert read(file).rows_read == 2


def test_a_far_cell_is_refused_before_parsing(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "id")
        sheet.write(1_048_575, 16_383, "x")
    assert file.stat().st_size < 10_000
    with pytest.raises(HoldfastError, match="spans 1,048,576 rows by 16,384 columns but holds 2 cells"):
        read(file)


def test_a_lying_dimension_is_not_believed(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE)
    lying = changed(file, "xl/worksheets/sheet1.xml", b'<dimension ref="A1:B3"/>', b'<dimension ref="A1:XFD1048576"/>')
    assert read(lying).rows_read == 2


def test_a_parser_that_dies_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
        book.worksheets()[0].write(0, 0, "id")
    monkeypatch.setattr(workbook, "check_workbook", lambda *_: ())
    with pytest.raises(HoldfastError, match="its parser ended with code"):
        read(file)


def test_a_parser_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SECONDS", 0)
    with pytest.raises(HoldfastError, match="not read within 0 seconds"):
        read(workbook_of(tmp_path, Sheet1=PEOPLE))


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE)
    bomb = changed(file, "xl/sharedStrings.xml", b"</sst>", b"<si><t>" + b"a" * 80 * 2**20 + b"</t></si></sst>")
    with pytest.raises(HoldfastError, match=r"sharedStrings\.xml unpacks to"):
        read(bomb)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE)
    with zipfile.ZipFile(file, "a") as book:
        for number in range(10_001):
            book.writestr(f"xl/media/{number}", b"")
    with pytest.raises(HoldfastError, match="parts, at most 10,000"):
        read(file)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"orders.csv": "a,b"}, "zip archive that is no workbook; it holds orders.csv"),
        ({"xl/workbook.bin": ""}, "xlsb"),
        ({"content.xml": ""}, "OpenDocument"),
        ({"xl/workbook.xml": "<workbook/>"}, "damaged"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, parts: dict[str, str], problem: str) -> None:
    with zipfile.ZipFile(tmp_path / "orders.csv", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(HoldfastError, match=problem):
        read(tmp_path / "orders.csv")


def test_a_document_type_declaration_is_refused(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE)
    attack = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook'
    with pytest.raises(HoldfastError, match="declares a document type"):
        read(changed(file, "xl/workbook.xml", b"<workbook", attack))


def test_macros_and_links_are_passed_over_and_said(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE)
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\x00")
        book.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    notes = " ".join(read(file).notes)
    assert "macros; they were not run" in notes
    assert "nothing was fetched" in notes


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE).rename(tmp_path / "people.csv")
    assert read(file).rows["id"].to_list() == ["007", "008"]


def check_a_damaged_workbook(file: Path, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(file.read_bytes())
    match dice.randrange(3):
        case 0:
            del data[dice.randrange(len(data)) :]
        case 1:
            for _ in range(dice.randint(1, 20)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        case _:
            place = dice.randrange(len(data))
            del data[place : place + dice.randint(1, 50)]
    target = file.with_name("damaged.xlsx")
    target.write_bytes(bytes(data))
    try:
        table = read(target)
    except HoldfastError:
        return
    assert table.rows_read == table.rows.height


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    check_a_damaged_workbook(workbook_of(tmp_path, Sheet1=PEOPLE), seed)


@pytest.mark.slow
def test_two_hundred_damaged_workbooks_are_read_or_refused(tmp_path: Path) -> None:
    file = workbook_of(tmp_path, Sheet1=PEOPLE * 20)
    for seed in range(200):
        check_a_damaged_workbook(file, seed)


def test_the_child_learns_nothing_by_the_folder_it_runs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fastexcel.py").write_text("raise SystemExit(77)")
    monkeypatch.chdir(tmp_path)
    assert read(workbook_of(tmp_path, Sheet1=PEOPLE)).rows_read == 2
