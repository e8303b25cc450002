"""What was read is kept whole, named by its content, and a change to it is noticed."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.sources import snapshot
from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.sources.snapshot import keep_snapshot, load_snapshot
from holdfast.table_settings import ReadSettings, TableSettings


def table(folder: Path, content: str = "id,amount\n1,2\n2\n3,4\n", name: str = "orders") -> ReadTable:
    (folder / f"{name}.csv").write_text(content)
    settings = TableSettings(files=(f"{name}.csv",), holds="events", columns={}, read=ReadSettings())
    return read_table(name, settings, folder)


def test_a_snapshot_gives_back_what_was_read(tmp_path: Path) -> None:
    tables = {"orders": table(tmp_path), "people": table(tmp_path, "id,age\n7,41\n", "people")}
    kept = keep_snapshot(tables, tmp_path / "raw")
    assert kept.folder.name == kept.content_hash[:12]
    assert not kept.is_reused
    back = load_snapshot(kept.folder)
    for name, before in tables.items():
        assert back[name].rows.equals(before.rows)
        assert back[name].set_aside.equals(before.set_aside)
        assert back[name].files == before.files
        assert back[name].rows_read == before.rows_read


def test_an_equal_snapshot_is_used_again(tmp_path: Path) -> None:
    first = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    second = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    assert (second.folder, second.is_reused) == (first.folder, True)
    assert [entry.name for entry in (tmp_path / "raw").iterdir()] == [first.folder.name]


def test_another_content_is_another_snapshot(tmp_path: Path) -> None:
    first = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    second = keep_snapshot({"orders": table(tmp_path, "id,amount\n1,2\n2\n3,5\n")}, tmp_path / "raw")
    assert first.folder != second.folder


def test_the_manifest_says_where_everything_came_from(tmp_path: Path) -> None:
    kept = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    described = json.loads((kept.folder / "manifest.json").read_text())["tables"]["orders"]
    assert (described["rows_read"], described["rows_kept"], described["rows_set_aside"]) == (3, 2, 1)
    assert described["files"][0]["bytes"] == (tmp_path / "orders.csv").stat().st_size
    assert len(described["files"][0]["sha256"]) == 64


def test_the_files_are_read_only(tmp_path: Path) -> None:
    kept = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    assert {file.stat().st_mode & 0o777 for file in kept.folder.iterdir()} == {0o444}


@pytest.mark.parametrize("victim", ["orders.parquet", "set_aside.parquet", "manifest.json"])
@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_changed_snapshot_is_noticed(tmp_path: Path, victim: str, harm: str) -> None:
    kept = keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    file = kept.folder / victim
    file.chmod(0o644)
    if harm == "change":
        file.write_bytes(file.read_bytes()[:-3] + b"xyz")
    else:
        file.unlink()
    problem = "no snapshot here" if (victim, harm) == ("manifest.json", "remove") else "was changed after it was kept"
    with pytest.raises(HoldfastError, match=problem):
        load_snapshot(kept.folder)
    with pytest.raises(HoldfastError, match=problem):
        keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_sync", full)
    with pytest.raises(HoldfastError, match="No space left"):
        keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    assert not list((tmp_path / "raw").iterdir())


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    left, living = tmp_path / "raw" / ".partial-999999999-abc", tmp_path / "raw" / f".partial-{os.getpid()}-abc"
    left.mkdir(parents=True)
    living.mkdir()
    keep_snapshot({"orders": table(tmp_path)}, tmp_path / "raw")
    assert (left.exists(), living.exists()) == (False, True)


@pytest.mark.parametrize("name", ["set_aside", "../orders", "", "a/b"])
def test_a_table_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HoldfastError, match="cannot be called"):
        keep_snapshot({name: table(tmp_path)}, tmp_path / "raw")


def test_types_survive(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1, None], "t": ["2024-01-01", "2024-01-02"]}).with_columns(
        pl.col("t").str.to_datetime()
    )
    frame.write_parquet(tmp_path / "events.parquet")
    settings = TableSettings(files=("events.parquet",), holds="events", columns={})
    kept = keep_snapshot({"events": read_table("events", settings, tmp_path)}, tmp_path / "raw")
    assert load_snapshot(kept.folder)["events"].rows.drop("_row").equals(frame)
