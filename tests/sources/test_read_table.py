"""Files of every kind become tables, and what is wrong with one is said in words."""

import csv
import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.table_settings import ReadSettings, TableSettings

ORDERS = "customer_id,amount,note\n0007,1.50,first\n0008,2,\n0009,,last\n"
VALUES = [("0007", "1.50", "first"), ("0008", "2", ""), ("0009", "", "last")]


def read(folder: Path, *files: str, **how: object) -> ReadTable:
    return read_table(
        "orders", TableSettings(files=files, holds="events", columns={}, read=ReadSettings(**how)), folder
    )


def written(folder: Path, content: str | bytes, name: str = "orders.csv") -> str:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return name


def values(table: ReadTable) -> list[tuple[object, ...]]:
    return table.rows.drop("_row").rows()


def test_text_stays_as_it_was_written(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, ORDERS))
    assert values(table) == VALUES
    assert table.rows["_row"].to_list() == [1, 2, 3]
    assert table.rows.schema == {"_row": pl.UInt32, "customer_id": pl.String, "amount": pl.String, "note": pl.String}
    assert (table.rows_read, table.set_aside.height) == (3, 0)


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_the_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    table = read(tmp_path, written(tmp_path, ORDERS.replace(",", mark)))
    assert values(table) == VALUES
    assert table.files[0].delimiter == mark


def test_semicolons_win_over_the_commas_of_decimals(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id;price;weight\n1;2,50;3,1\n2;3,75;4,2\n"))
    assert values(table) == [("1", "2,50", "3,1"), ("2", "3,75", "4,2")]


def test_columns_set_apart_by_blanks_are_read(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, " 00004 19970101  2   29.33\r\n 00021 19970118 10    9.00\r\n", "log.txt"))
    assert values(table) == [("00004", "19970101", "2", "29.33"), ("00021", "19970118", "10", "9.00")]
    assert table.rows.columns == ["_row", "column_1", "column_2", "column_3", "column_4"]


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("windows-1252", "windows-1252"),
        ("latin-1", "windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, reported: str) -> None:
    content = "name;city\n" + "Jürgen;Köln\nZoë;Málaga\nanna;oslo\n" * 20
    table = read(tmp_path, written(tmp_path, content.encode(encoding)))
    assert values(table)[:2] == [("Jürgen", "Köln"), ("Zoë", "Málaga")]
    assert table.files[0].encoding == reported


def test_a_file_of_two_encodings_keeps_every_line_and_says_so(tmp_path: Path) -> None:
    content = b"name,city\n" + "Jürgen,Köln\n".encode() + "Zoë,Málaga\n".encode("windows-1252") + b"a\x81b,c\n"
    table = read(tmp_path, written(tmp_path, content))
    assert values(table) == [("Jürgen", "Köln"), ("Zoë", "Málaga"), ("a\x81b", "c")]
    assert "2 lines are not UTF-8" in table.notes[0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_any_line_end_will_do(tmp_path: Path, end: str) -> None:
    assert values(read(tmp_path, written(tmp_path, ORDERS.replace("\n", end)))) == VALUES


def test_quotes_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    content = 'id,words\r\n1,"a, ""b""\r\nc"\r\n2,""\r\n3,"\n\n"\r\n'
    assert values(read(tmp_path, written(tmp_path, content))) == [("1", 'a, "b"\r\nc'), ("2", ""), ("3", "\n\n")]


def test_a_header_may_hold_a_line_break(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, 'id,"total\nrevenue"\n1,2\n3,4\n'))
    assert table.rows.columns == ["_row", "id", "total\nrevenue"]
    assert values(table) == [("1", "2"), ("3", "4")]


def test_a_zero_byte_is_kept_and_said(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id,word\n1,a\x00b\n2,c\n"))
    assert values(table) == [("1", "a\x00b"), ("2", "c")]
    assert "1 zero bytes" in table.notes[0]


def test_lines_above_the_header_are_passed_over_and_said(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "Sales report\n\nid,amount\n1,2\n2,3\n3,4\n"))
    assert table.rows.columns == ["_row", "id", "amount"]
    assert values(table) == [("1", "2"), ("2", "3"), ("3", "4")]
    assert any("1 lines above the header" in note for note in table.notes)


def test_the_hint_that_spreadsheets_write_is_no_header(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "sep=;\nid;amount\n1;2\n"))
    assert table.rows.rows(named=True) == [{"_row": 1, "id": "1", "amount": "2"}]


def test_a_header_too_short_for_its_rows_is_filled_up(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id,amount\n1,2,\n2,3,\n3,4,\n"))
    assert table.rows.columns == ["_row", "id", "amount", "column_3"]
    assert table.rows_read == 3


def test_a_file_without_header_takes_the_names_that_are_given(tmp_path: Path) -> None:
    name = written(tmp_path, "7,2024-01-05,3.5\n8,2024-01-06,4.5\n")
    assert read(tmp_path, name).rows.columns == ["_row", "column_1", "column_2", "column_3"]
    table = read(tmp_path, name, header_row=0, column_names=("customer_id", "date", "amount"))
    assert table.rows.columns == ["_row", "customer_id", "date", "amount"]
    assert table.rows_read == 2


def test_blank_lines_are_no_records_but_are_counted(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id,amount\n1,2\n\n2,3\n   \n\n"))
    assert values(table) == [("1", "2"), ("2", "3")]
    assert any("3 blank lines" in note for note in table.notes)


def test_a_column_named_like_an_attack_is_a_column(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id,'; DROP TABLE customers;--\n1,2\n"), delimiter=",")
    assert table.rows.columns == ["_row", "id", "'; DROP TABLE customers;--"]


def test_a_blank_name_is_replaced_by_its_place(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "id,, ,_row\n1,2,3,4\n"))
    assert table.rows.columns == ["_row", "id", "column_2", "column_3", "column_4"]


def test_a_name_that_stands_twice_is_refused_with_its_places(tmp_path: Path) -> None:
    name = written(tmp_path, "id,amount,amount \n1,2,3\n")
    with pytest.raises(HoldfastError, match=r"'amount' \(columns 2, 3\)"):
        read(tmp_path, name)
    table = read(tmp_path, name, header_row=1, column_names=("id", "net", "gross"))
    assert table.rows.columns == ["_row", "id", "net", "gross"]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, "customer_id,amount\n"))
    assert (table.rows_read, table.rows.columns) == (0, ["_row", "customer_id", "amount"])
    assert "no record" in table.notes[0]


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    names = ",".join(f"c{place}" for place in range(10_000))
    row = ",".join(str(place) for place in range(10_000))
    table = read(tmp_path, written(tmp_path, f"{names}\n{row}\n{row}\n"))
    assert table.rows.shape == (2, 10_001)


def test_more_columns_than_anyone_needs_are_refused(tmp_path: Path) -> None:
    names = ",".join(f"c{place}" for place in range(20_001))
    with pytest.raises(HoldfastError, match="20,001 columns"):
        read(tmp_path, written(tmp_path, f"{names}\n{names.replace('c', '')}\n"))


def test_several_files_are_one_table_with_running_numbers(tmp_path: Path) -> None:
    written(tmp_path, "id,amount\n1,2\n2\n", "2024-01.csv")
    written(tmp_path, "amount;id\n5;3\n6;4\n", "2024-02.csv")
    table = read(tmp_path, "2024-*.csv")
    assert table.rows.rows() == [(1, "1", "2"), (3, "3", "5"), (4, "4", "6")]
    assert table.set_aside.rows() == [("orders", "2024-01.csv", 2, "1 fields instead of 2", "2")]
    assert [file.rows_read for file in table.files] == [2, 2]


def test_a_column_that_a_file_lacks_is_empty_there_and_said(tmp_path: Path) -> None:
    written(tmp_path, "id,amount\n1,2\n", "a.csv")
    written(tmp_path, "id,amount,tax\n2,3,4\n", "b.csv")
    table = read(tmp_path, ".")
    assert table.rows.rows() == [(1, "1", "2", None), (2, "2", "3", "4")]
    assert "a.csv: has no column tax" in table.notes[0]


def test_files_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "id,amount\n1,2\n", "a.csv")
    written(tmp_path, "city,zip\nBonn,2\n", "b.csv")
    with pytest.raises(HoldfastError, match="shares no column"):
        read(tmp_path, "a.csv", "b.csv")


def test_gzip_is_unpacked_whatever_the_name(tmp_path: Path) -> None:
    assert values(read(tmp_path, written(tmp_path, gzip.compress(ORDERS.encode(), mtime=0)))) == VALUES


def test_parquet_keeps_its_types_even_under_another_name(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "amount": [1.5, None]})
    frame.write_parquet(tmp_path / "orders.csv")
    table = read(tmp_path, "orders.csv")
    assert table.rows.drop("_row").equals(frame)


def test_damaged_parquet_is_one_clear_error(tmp_path: Path) -> None:
    raw = io.BytesIO()
    pl.DataFrame({"id": range(1000)}).write_parquet(raw)
    with pytest.raises(HoldfastError, match="Parquet file is damaged"):
        read(tmp_path, written(tmp_path, raw.getvalue()[:-30], "orders.parquet"))


def test_json_lines_keep_types_and_set_bad_lines_aside(tmp_path: Path) -> None:
    good = read(tmp_path, written(tmp_path, '{"id": "007", "n": 1}\n{"id": "8", "n": 2, "x": true}\n', "a.jsonl"))
    assert good.rows.rows() == [(1, "007", 1, None), (2, "8", 2, True)]
    bad = read(tmp_path, written(tmp_path, '{"id": "007"}\n{"id": \n[1]\n\n{"id": "9"}\n', "b.jsonl"))
    assert bad.rows.rows() == [(1, "007"), (4, "9")]
    assert bad.set_aside["reason"].to_list() == ["not readable as JSON", "not a JSON object"]


def test_json_numbers_are_not_rounded_and_nested_values_are_text(tmp_path: Path) -> None:
    lines = '{"id": 9007199254740993, "tags": ["a", 1], "none": null}\n{"id": 0.5, "tags": []}\n'
    table = read(tmp_path, written(tmp_path, lines, "a.jsonl"))
    assert table.rows.rows() == [(1, "9007199254740993", '["a", 1]', None), (2, "0.5", "[]", None)]
    assert set(table.rows.schema.values()) == {pl.UInt32(), pl.String()}


def test_a_json_array_is_read_like_lines(tmp_path: Path) -> None:
    table = read(tmp_path, written(tmp_path, json.dumps([{"id": 1, "t": [1]}, {"id": "x"}, 3]), "a.json"))
    assert table.rows.rows() == [(1, "1", "[1]"), (2, "x", None)]
    assert table.set_aside.rows() == [("orders", "a.json", 3, "not a JSON object", "3")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\n\n  \r\n", "holds no record"),
        (b"\x00" * 5000, "holds no record"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"BZh91AY", "bzip2"),
        (bytes(range(256)) * 9, "not text"),
        (b"SQLite format 3\x00....", "SQLite"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, r"\.xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 not really", "no zip archive"),
        (gzip.compress(ORDERS.encode(), mtime=0)[:-12], "gzip data is damaged"),
        (gzip.compress(gzip.compress(ORDERS.encode(), mtime=0), mtime=0), "twice"),
        (gzip.compress(b"", mtime=0), "unpacks to nothing"),
        (b'{"a": \n{"b"', "none of 2 JSON lines"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(HoldfastError, match=problem) as caught:
        read(tmp_path, written(tmp_path, content))
    assert caught.value.fix


@pytest.mark.parametrize("byte", [b"\x00", b"\n", b"a"])
def test_a_gzip_bomb_is_refused_early(tmp_path: Path, byte: bytes) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", compresslevel=1) as bomb:
        for _ in range(80):
            bomb.write(byte * 2**20)
    with pytest.raises(HoldfastError, match=r"no record found|no line end"):
        read(tmp_path, "bomb.csv.gz")


def test_nothing_that_matches_lists_what_is_there(tmp_path: Path) -> None:
    written(tmp_path, ORDERS, "sales.csv")
    with pytest.raises(HoldfastError, match=r"no file matches ord\*\.csv.*sales\.csv"):
        read(tmp_path, "ord*.csv")
    with pytest.raises(HoldfastError, match="no file matches missing/file"):
        read(tmp_path, "missing/file.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(HoldfastError, match="holds no table; it is empty"):
        read(tmp_path, "empty")


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = written(tmp_path, ORDERS)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(HoldfastError, match="cannot be opened: Permission denied"):
        read(tmp_path, name)


def test_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    name = written(tmp_path, ORDERS)
    with pytest.raises(HoldfastError, match="cannot be a delimiter"):
        read(tmp_path, name, delimiter="||")
    with pytest.raises(HoldfastError, match="header_row is 9 but the file has 4 lines"):
        read(tmp_path, name, header_row=9)
    with pytest.raises(HoldfastError, match="2 column names are given but the header has 3"):
        read(tmp_path, name, header_row=1, column_names=("a", "b"))


def test_the_wrong_delimiter_is_not_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="none of its 3 records fits"):
        read(tmp_path, written(tmp_path, "a;b\n1,2\n3,4\n5,6\n"), delimiter=",", header_row=1, column_names=("a;b",))


WORDS = st.text(st.characters(codec="utf-8", min_codepoint=32) | st.sampled_from('\n\t\x1f"'), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=12),
    mark=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], mark: str, end: str, quoting: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting)
    writer.writerow(("first", "second", "third"))
    writer.writerows(rows)
    table = read(tmp_path, written(tmp_path, out.getvalue()), delimiter=mark, header_row=1)
    assert values(table) == rows
    assert table.set_aside.is_empty()


def test_a_readme_beside_the_tables_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("What these files hold.\nAll of it.\n")
    (tmp_path / "orders.csv").write_text("id,amount\n1,2\n")
    assert [path.name for path in find_sources("orders", (".",), tmp_path)] == ["orders.csv"]


def test_a_file_without_a_key_column_of_the_table_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "id,day,amount\n1,2024-01-02,2\n", "a.csv")
    written(tmp_path, "id,amount\n2,3\n", "b.csv")
    columns = {"customer_id": {"from": "id", "kind": "text"}, "happened_at": {"from": "day", "kind": "time"}}
    settings = {"files": ["a.csv", "b.csv"], "holds": "events", "columns": columns}
    with pytest.raises(HoldfastError, match=r"b\.csv has no column day.*happened_at"):
        read_table("orders", TableSettings.model_validate(settings), tmp_path)


@pytest.mark.parametrize("pattern", ["/proc/self/status", "/proc/self/[l-m]*", "/dev/../proc/self/limits"])
def test_files_in_which_the_system_answers_are_refused(tmp_path: Path, pattern: str) -> None:
    if not Path("/proc/self/status").is_file():
        pytest.skip("no such files on this system")
    with pytest.raises(HoldfastError, match="no file of records"):
        find_sources("orders", [pattern], tmp_path)


def test_a_link_to_such_a_file_is_refused_too(tmp_path: Path) -> None:
    if not Path("/proc/self/status").is_file():
        pytest.skip("no such files on this system")
    (tmp_path / "orders.csv").symlink_to("/proc/self/status")
    with pytest.raises(HoldfastError, match="no file of records"):
        find_sources("orders", ["orders.csv"], tmp_path)
