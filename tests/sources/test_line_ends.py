"""Outside quotes CR, LF and CRLF each end a record, mixed as they come; inside quotes all stay as they are."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.sources.csv.line_ends import with_newlines
from holdfast.sources.encoding import Text
from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.sources.sniff import profile_file
from holdfast.table_settings import ReadSettings, TableSettings

ENDS = st.sampled_from(["\r", "\n", "\r\n"])
CELLS = st.sampled_from(["7", "a b", '"x, ""y"""', '"two\rlines"', '"two\nlines"', '"two\r\nlines"', '""', '5" pipe'])


def read(path: Path, **settings: object) -> ReadTable:
    read_settings = ReadSettings.model_validate(settings)
    return read_table("t", TableSettings(files=(path.name,), holds="x", columns={}, read=read_settings), path.parent)


@given(rows=st.lists(st.tuples(CELLS, ENDS), min_size=1, max_size=12), header_end=ENDS)
def test_any_mixture_of_line_ends_gives_the_same_rows(
    rows: list[tuple[str, str]], header_end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mixed")
    lines = [f"{number},{cell},z" for number, (cell, _) in enumerate(rows)]
    mixed = "id,word,last" + header_end + "".join(line + end for line, (_, end) in zip(lines, rows, strict=True))
    plain = "id,word,last\n" + "".join(line + "\n" for line in lines)
    tables = []
    for name, content in (("mixed.csv", mixed), ("plain.csv", plain)):
        (folder / name).write_bytes(content.encode())
        tables.append(read(folder / name, delimiter=",", header_row=1))
    # A file of returns alone is read with newlines inside its quotes too.
    texts = [[tuple(str(cell).replace("\r\n", "\n").replace("\r", "\n") for cell in row) for row in table.rows.rows()]
             for table in tables]  # fmt: skip
    assert texts[0] == texts[1]
    assert tables[0].set_aside.height == tables[1].set_aside.height == 0
    assert tables[0].rows_read == len(rows)


def test_a_header_with_a_quoted_line_end_among_bare_returns(tmp_path: Path) -> None:
    rows = "\r".join(f'{number};"a\nb";{number}.5' for number in range(2_200))
    (tmp_path / "mac.csv").write_bytes(f'id;"name\nof it";amount\r{rows}\r'.encode())
    (profile,) = profile_file(tmp_path / "mac.csv")
    assert (profile.records, len(profile.columns)) == (2_200, 3)
    table = read(tmp_path / "mac.csv")
    assert table.rows.height == 2_200
    assert table.rows.row(7)[1:] == ("7", "a\nb", "7.5")
    assert any("2,201 records end in a bare carriage return" in note for note in table.notes)


def test_returns_inside_quotes_alone_change_nothing() -> None:
    text = Text(b'a,b\r\n1,"x\ry"\r\n', 0, "utf-8")
    assert with_newlines(text, '"') is text


@pytest.mark.parametrize("piece", [b',"""', b'"\r', b'1;"\r', b'""', b',"a', b"\r\r\n", b'\r"'])
def test_what_is_damaged_takes_no_longer_than_what_is_not(piece: bytes) -> None:
    times = []
    for repeats in (20_000, 80_000):
        text = Text(b"a,b\r" + piece * repeats + b"\n", 0, "utf-8")
        began = time.process_time()
        assert len(with_newlines(text, '"').data) == len(text.data)
        times.append(time.process_time() - began)
    assert times[1] < 0.5 + 12 * times[0]  # four times the bytes; sixteen would be each byte looked at for each
