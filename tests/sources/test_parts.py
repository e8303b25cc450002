"""A file read in parts is the file read whole, whatever stands in it and wherever it is cut."""

import gzip
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.sources.read import read_batches, read_table
from holdfast.sources.results import ReadTable
from holdfast.table_settings import ReadSettings, TableSettings

SOURCES = "holdfast.sources"
BYTES = "csv.scan.BLOCK", "encoding.BLOCK", "csv.whitespace.BLOCK"


def settings_of(how: dict[str, object]) -> TableSettings:
    return TableSettings(files=("orders.csv",), holds="events", columns={}, read=ReadSettings(**how))


def told(table: ReadTable) -> tuple[object, ...]:
    files = [(file.path.name, file.sha256, file.rows_read, file.encoding, file.delimiter) for file in table.files]
    return table.rows.columns, table.rows.rows(), table.set_aside.rows(), table.rows_read, table.notes, files


def whole(folder: Path, how: dict[str, object]) -> tuple[object, ...] | str:
    try:
        return told(read_table("orders", settings_of(how), folder))
    except HoldfastError as error:
        return str(error)


def in_parts(folder: Path, how: dict[str, object], rows: int) -> tuple[object, ...] | str:
    """What `read_batches` gives, put together by hand."""
    try:
        parts = list(read_batches("orders", settings_of(how), folder / "orders.csv", rows))
    except HoldfastError as error:
        return str(error)
    assert [part.rows_read for part in parts[:-1]] == [rows] * (len(parts) - 1)
    assert parts[-1].rows_read <= rows
    assert not any(part.notes for part in parts[:-1])
    kept: list[tuple[object, ...]] = []
    aside: list[tuple[object, ...]] = []
    before = 0
    for part in parts:
        kept += [(number + before, *values) for number, *values in part.rows.rows()]
        aside += [(table, file, row + before, *why) for table, file, row, *why in part.set_aside.rows()]
        before += part.rows_read
    (file,) = parts[-1].files
    files = [(file.path.name, file.sha256, before, file.encoding, file.delimiter)]
    return parts[0].rows.columns, kept, aside, before, parts[-1].notes, files


HEADS = [
    "",
    "a,b\n",
    "a,b\r\n",
    "a,b,c\n",
    'id,"to\ntal"\n',
    '"id,b\n',
    "Sales\n\nid,amount\n",
    "p q\n",
    "sep=;\na;b\n",
]
PIECES = ["a", "7", "é", " ", "\t", "\x00", "\ufeff", ",", ",,", ";", '"', '""', ',"', '",', '"\n', '"u,v",w\n']
PIECES += ["\n", "\r\n", "\r", "\n\n", "\r\r\n", "1,2\n", "x,y\r\n", "x y\n", '"a\nb",c\n', "1,2,3\n", '3,"d"\n' * 3]
HOW: list[dict[str, object]] = [
    {},
    {"delimiter": ",", "header_row": 0},
    {"delimiter": ",", "header_row": 1},
    {"delimiter": ",", "header_row": 3},
    {"delimiter": ",", "header_row": 1, "quote": None},
    {"delimiter": "whitespace", "header_row": 0},
    {"delimiter": "whitespace", "header_row": 1},
]
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "windows-1252", "utf-16"]


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(HEADS),
    body=st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    encoding=st.sampled_from(ENCODINGS),
    how=st.sampled_from(HOW),
    rows=st.integers(1, 7),
    block=st.sampled_from([1, 2, 5, 16, 2**23]),
    gathered=st.sampled_from([1, 2, 3, 50_000]),
)
@example("a,b\n", '1,2\n"3,4\n5,6\n', "utf-8", {}, 1, 4, 1)  # a quote is never closed, after parts could be given out
@example("a,b\n", "1\n2\n3\n", "utf-8", HOW[2], 2, 4, 1)  # not one record fits
@example("a,b\n", "", "utf-8", {}, 2, 4, 1)
def test_parts_are_the_whole(
    tmp_path: Path, head: str, body: str, encoding: str, how: dict[str, object], rows: int, block: int, gathered: int
) -> None:
    (tmp_path / "orders.csv").write_bytes((head + body).encode(encoding, errors="replace") or b"\n")
    expected = whole(tmp_path, how)
    with pytest.MonkeyPatch.context() as patch:
        for name in BYTES:
            patch.setattr(f"{SOURCES}.{name}", block)
        patch.setattr(f"{SOURCES}.csv.chunks.RECORDS_AT_ONCE", gathered)
        assert in_parts(tmp_path, how, rows) == expected
        assert whole(tmp_path, how) == expected


@pytest.mark.data
@pytest.mark.parametrize(
    "file",
    [
        "cdnow/CDNOW_master.txt",
        "hillstrom/hillstrom.csv",
        "marketing_campaign/marketing_campaign.csv",
        "online_retail/online_retail.csv",
        "ravenstack/ravenstack_support_tickets.csv",
        "telco_churn/Telco-Customer-Churn.csv",
    ],
)
def test_a_real_file_in_parts_is_the_whole(data_folder: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    how = TableSettings(files=(file,), holds="events", columns={})
    expected = read_table("table", how, data_folder)
    monkeypatch.setattr(f"{SOURCES}.csv.scan.BLOCK", 2**16)
    parts = list(read_batches("table", how, data_folder / file, 999))
    assert len(parts) == -(-expected.rows_read // 999)
    rows = pl.concat([part.rows for part in parts])
    assert rows.drop("_row").equals(expected.rows.drop("_row"))
    assert rows["_row"].to_list() == [(number - 1) % 999 + 1 for number in expected.rows["_row"]]
    assert parts[-1].notes == expected.notes


def test_a_packed_file_comes_in_parts(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(gzip.compress(b"id,amount\n1,2\n2,3\n3,4\n", mtime=0))
    parts = list(read_batches("orders", settings_of({}), tmp_path / "orders.csv", 2))
    assert [part.rows.rows() for part in parts] == [[(1, "1", "2"), (2, "2", "3")], [(1, "3", "4")]]


def test_parts_that_nobody_wants_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(b"id,amount\n" + b"1,2\n" * 100)
    parts = read_batches("orders", settings_of({}), tmp_path / "orders.csv", 10)
    assert next(parts).rows_read == 10
    assert isinstance(parts, Generator)
    parts.close()  # fails where something still looks at the mapped file
    assert list(parts) == []


PEAK_OF_PARTS = """
import resource, sys
from pathlib import Path
from holdfast.table_settings import TableSettings
from holdfast.sources.read import read_batches

how = TableSettings(files=("x",), holds="events", columns={})
for name in sys.argv[1:]:
    rows = sum(part.rows_read for part in read_batches("orders", how, Path(name), 20_000))
    print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("last", [b"", b'1,"2,3,4,5\n'], ids=["in order", "read strictly"])
def test_memory_is_that_of_a_part(tmp_path: Path, last: bytes) -> None:
    line = b"12345,2024-01-01T00:00:00,12.34,grocery,17\n"
    (tmp_path / "small.csv").write_bytes(b"id,when,amount,kind,shop\n" + line * 20_000 + last)
    (tmp_path / "large.csv").write_bytes(b"id,when,amount,kind,shop\n" + line * 3_000_000 + last)
    files = [str(tmp_path / "small.csv"), str(tmp_path / "large.csv")]
    told = subprocess.run([sys.executable, "-c", PEAK_OF_PARTS, *files], capture_output=True, text=True, check=True)
    (_, small), (rows, large) = [map(int, words.split()) for words in told.stdout.splitlines()]
    assert rows == 3_000_000 + bool(last)
    assert large - small < 120, "MB; the file has 129, read whole it takes 330 more"


SOUND = b'id,text\n1,"a ""b"", c"\r\n2,\n\n3,\xef\xbb\xbfx\r\n4,"two\nlines"\n5,a,b\n\xef\xbb\xbf6,"\xef\xbb\xbf"\n'


def test_records_that_the_fast_reader_refuses_are_read_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_bytes(SOUND)
    expected = whole(tmp_path, {})

    def refuse(*_: object, **__: object) -> pl.DataFrame:
        raise pl.exceptions.ComputeError("no")

    monkeypatch.setattr(pl, "read_csv", refuse)
    assert whole(tmp_path, {}) == expected
    assert read_table("orders", settings_of({}), tmp_path).rows.row(-1) == (6, "\ufeff6", "\ufeff")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_reading_by_hand_gives_the_same_values(tmp_path: Path, body: str) -> None:
    (tmp_path / "orders.csv").write_bytes(("a,b\n" + body).encode())
    expected = whole(tmp_path, HOW[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pl, "read_csv", lambda *_, **__: pl.DataFrame())
        assert whole(tmp_path, HOW[2]) == expected


@pytest.mark.parametrize("end", [b"\n", b"x,y,z\n", b"\n\n7,8\n", b""])
def test_a_value_does_not_depend_on_what_follows_its_record(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "orders.csv").write_bytes(b"a,b\n1,2\n\xef\xbb\xbf3,4\r\r\n" + end)
    found = read_table("orders", settings_of(HOW[2]), tmp_path)
    assert found.rows.rows()[1] == (2, "\ufeff3", "4")
