"""A format is one record of a list: a new one is recognised, previewed, read and stored through every door."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.app import app
from holdfast.sources import formats
from holdfast.sources.formats import FORMATS, Format, OpenedFile, Reader
from holdfast.sources.locate import is_table_file
from holdfast.sources.read import read_table
from holdfast.sources.results import Parsed, SetAside
from holdfast.sources.sniff import profile_file
from holdfast.table_settings import ReadSettings, TableSettings


def read_pairs(file: OpenedFile, _settings: ReadSettings, _where: str) -> Iterator[Parsed]:
    """One record a line: customer=7 day=2025-01-31 paid=9.50."""
    records, set_aside = [], []
    lines = bytes(file.data).decode().splitlines()
    for number, line in enumerate(lines, start=1):
        if all("=" in pair for pair in line.split(" ")):
            records.append(dict(pair.split("=", 1) for pair in line.split(" ")))
        else:
            set_aside.append(SetAside(number, "no key=value", line))
    yield Parsed(pl.DataFrame(records), tuple(set_aside), len(lines))


PAIRS = Format(
    "key=value lines",
    (".kv",),
    lambda start: b"=" in start.split(b" ")[0] and b"," not in start,
    "key=value: one record a line",
    lambda: Reader(read_pairs),
)


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of orders in the toy format, which is one record more in the list and nothing else."""
    monkeypatch.setattr(formats, "FORMATS", (PAIRS, *FORMATS))
    folder = tmp_path / "exports"
    folder.mkdir()
    lines = [  # too few to train on, enough for init to see what they are
        f"customer=c{row % 40} day=2025-{row % 12 + 1:02d}-{row % 28 + 1:02d} paid={row % 9 + 1}.50"
        for row in range(400)
    ]
    (folder / "orders.kv").write_text("\n".join([*lines, "damaged"]) + "\n")
    return folder


def holdfast(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_new_format_is_one_record_more(exports: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    holdfast("init", project, "--from", exports)  # found in the folder by its suffix, recognised by its bytes
    assert "orders.kv" in (project / "holdfast.yaml").read_text()
    ingested = json.loads(holdfast("ingest", project, "--json"))
    (orders,) = ingested["tables"].values()
    assert (ingested["rows_in"], orders["unreadable"]) == (401, 1)
    assert orders["unreadable_samples"] == ["orders.kv, row 401: no key=value"]
    table = read_table("orders", TableSettings(files=("*.kv",), holds="events", columns={}), exports)
    assert (table.rows_read, table.rows.row(0)) == (401, (1, "c0", "2025-01-01", "1.50"))
    assert table.set_aside["reason"].to_list() == ["no key=value"]


def test_a_new_format_is_previewed_by_reading_it(exports: Path) -> None:
    (preview,) = profile_file(exports / "orders.kv")
    assert preview.format is PAIRS
    assert preview.columns == ("customer", "day", "paid")
    assert (preview.records, preview.set_aside) == (401, 1)
    assert preview.evidence[0] == "key=value: one record a line"


@pytest.mark.parametrize("name", ["a.csv", "b.TSV.gz", "c.parquet", "d.jsonl", "e.xlsx", "f.kv"])
def test_a_folders_files_are_taken_by_the_suffixes_of_the_list(exports: Path, name: str) -> None:
    assert is_table_file(exports / name)
    assert formats.without_suffixes(name) == name[0]
    assert not is_table_file(exports / "picture.png")


def test_a_file_of_no_format_is_refused_with_the_formats_that_are_read(exports: Path) -> None:
    (exports / "noise.csv").write_bytes(bytes(range(1, 9)) * 50)
    with pytest.raises(HoldfastError, match="not text and of no known kind") as refused:
        profile_file(exports / "noise.csv")
    assert "key=value lines, Parquet, XLSX, JSON lines or CSV" in refused.value.fix
