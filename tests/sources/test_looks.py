"""A first look tells how a file is written, why it thinks so, and gives settings that read it the same way."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from holdfast.errors import HoldfastError
from holdfast.sources import sniff
from holdfast.sources.csv import read as csv
from holdfast.sources.read import read_table
from holdfast.sources.sniff import FileProfile, profile_file
from holdfast.table_settings import TableSettings


def one_look(folder: Path, content: str | bytes, name: str = "orders.csv") -> FileProfile:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (found,) = profile_file(folder / name)
    return found


def read_again(found: FileProfile) -> pl.DataFrame:
    settings = TableSettings(files=(found.path.name,), holds="events", columns={}, read=found.settings)
    return read_table("orders", settings, found.path.parent).rows.drop("_row")


@pytest.mark.parametrize(
    ("content", "delimiter", "header_row", "columns"),
    [
        ("id,amount\n1,2.5\n2,3.5\n", ",", 1, ("id", "amount")),
        ("id;amount\n1;2,5\n2;3,5\n", ";", 1, ("id", "amount")),
        ("1|2024-01-01|3\n2|2024-01-02|4\n", "|", 0, ("column_1", "column_2", "column_3")),
        ("name\tcity\nAnna\tBonn\nBen\tOslo\n", "\t", 1, ("name", "city")),
        ("id\n7\n8\n", ",", 1, ("id",)),
        ("7\n8\n", ",", 0, ("column_1",)),
        ("name\nJohn Smith\nAnna Berg\n", ",", 1, ("name",)),
        ("Report 2024\n\nid,when,amount\n1,2024-01-01,2\n2,2024-01-02,3\n", ",", 3, ("id", "when", "amount")),
        ("region,2019,2020\nnorth,1,2\nsouth,3,4\n", ",", 0, ("column_1", "column_2", "column_3")),
        ("a  b\n1  2\n3  4\n", "whitespace", 1, ("a", "b")),
        ('id,words\n1,"a\nb"\n2,"c;d;e"\n', ",", 1, ("id", "words")),
        ("id,amount\n1,2,\n2,3,\n", ",", 1, ("id", "amount", "column_3")),
    ],
)
def test_how_a_file_is_written_is_reported(
    tmp_path: Path, content: str, delimiter: str, header_row: int, columns: tuple[str, ...]
) -> None:
    found = one_look(tmp_path, content)
    assert (found.settings.delimiter, found.settings.header_row) == (delimiter, header_row)
    assert found.columns == columns
    assert found.records_exact
    assert read_again(found).equals(found.sample)
    assert any(reason.startswith("header") for reason in found.evidence)


def test_decimal_commas_are_noticed(tmp_path: Path) -> None:
    assert one_look(tmp_path, "id;price\n1;2,50\n2;13,75\n").settings.decimal == ","
    assert one_look(tmp_path, "id;price\n1;2.50\n2;13.75\n").settings.decimal == "."
    assert one_look(tmp_path, "id;price\n1;1,250\n2;13,750\n").settings.decimal == "."  # thousands, perhaps


def test_a_sample_is_spread_over_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniff, "SAMPLE_ROWS", 10)
    found = one_look(tmp_path, "id\n" + "".join(f"{n}\n" for n in range(100)))
    assert found.records == 100
    assert found.sample["id"].to_list() == [str(n) for n in range(0, 100, 11)]


def test_a_large_file_is_estimated_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "WHOLE", 10_000)
    monkeypatch.setattr(csv, "PIECE", 3_000)
    found = one_look(tmp_path, "id,amount\n" + "".join(f"c{n:05d},{n % 100:02d}\n" for n in range(20_000)))
    assert not found.records_exact
    assert found.records == pytest.approx(20_000, rel=0.02)
    assert {"c00000", "c19999"} <= set(found.sample["id"])
    assert any("estimated" in reason for reason in found.evidence)


def test_records_that_are_no_rows_are_said(tmp_path: Path) -> None:
    found = one_look(tmp_path, "id,amount\n1,2\n2\n3,4\n")
    assert (found.records, found.set_aside) == (3, 1)
    assert any("1 records cannot be read" in reason for reason in found.evidence)


def test_a_header_alone_has_no_records(tmp_path: Path) -> None:
    found = one_look(tmp_path, "customer_id,amount\n")
    assert (found.records, found.columns) == (0, ("customer_id", "amount"))
    assert "a header and no record" in found.evidence


def test_the_encoding_is_said_and_left_to_be_found_again(tmp_path: Path) -> None:
    found = one_look(tmp_path, "id;name\n1;Jürgen\n2;Zoë\n".encode("windows-1252"))
    assert "encoding: windows-1252" in found.evidence
    assert found.settings.encoding is None
    assert read_again(found)["name"].to_list() == ["Jürgen", "Zoë"]


def test_gzip_parquet_and_json_are_looked_at_too(tmp_path: Path) -> None:
    packed = one_look(tmp_path, gzip.compress(b"id,amount\n1,2\n"), "orders.csv.gz")
    assert "packed with gzip" in packed.evidence
    pl.DataFrame({"id": [1, 2], "tags": [["a"], None], "raw": [b"\x01", b""]}).write_parquet(tmp_path / "a.parquet")
    (found,) = profile_file(tmp_path / "a.parquet")
    assert found.sample.rows() == [("1", '["a"]', "01"), ("2", "", "")]
    assert found.dtypes["id"] == pl.Int64
    lines = one_look(tmp_path, '{"id": "7", "n": 1.5}\n', "a.jsonl")
    assert (lines.records, lines.sample.rows()) == (1, [("7", "1.5")])


def test_an_array_of_records_within_an_object_is_the_table(tmp_path: Path) -> None:
    orders = [{"id": str(number), "items": [{"sku": "a"}, {"sku": "b"}]} for number in range(30)]
    page = {"object": "list", "links": [{"rel": "next"}], "data": {"orders": orders}}
    for text in (json.dumps(page), json.dumps(page, indent=2)):
        found = one_look(tmp_path, text, "page.json")
        assert (found.records, found.columns) == (30, ("id", "items"))
        assert "the records are those in data.orders" in found.evidence
        assert "links is left out" in found.evidence
    one = one_look(tmp_path, json.dumps(orders[0]), "one.json")
    assert (one.records, one.columns) == (1, ("id", "items"))


def test_an_object_with_several_tables_names_them(tmp_path: Path) -> None:
    both = {"orders": [{"id": 1}] * 30, "customers": [{"id": 1}] * 20}
    (tmp_path / "both.json").write_text(json.dumps(both), encoding="utf-8")
    with pytest.raises(HoldfastError, match=r"orders \(30\), customers \(20\)"):
        profile_file(tmp_path / "both.json")


def test_a_workbook_gives_a_look_at_each_sheet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        for name in ("North", "South", "Empty"):
            sheet = book.add_worksheet(name)
            if name != "Empty":
                sheet.write_row(0, 0, ("Customers",))
                sheet.write_row(2, 0, ("id", "age"))
                sheet.write_row(3, 0, ("007", 41))
                sheet.write_row(4, 0, ("008", 42))
    looks = profile_file(tmp_path / "people.xlsx")
    assert [(found.settings.sheet, found.settings.header_row, found.records) for found in looks] == [
        ("North", 3, 2),
        ("South", 3, 2),
    ]
    assert read_again(looks[0]).equals(looks[0].sample)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="1 column name used more than once"):
        one_look(tmp_path, "id,id\n1,2\n")
