"""Files are written whole or not at all, and a damaged model never reaches a loader."""

import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import (
    atomic_file,
    clear_unfinished,
    link_or_copy,
    read_model,
    sha256,
    write_json,
    write_model,
    write_table,
    write_text,
)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "list.csv"
    write_text(target, "old")

    def write_half() -> None:
        with atomic_file(target) as unfinished:
            unfinished.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full, which refuses every byte")

    def write_to_a_full_disk() -> None:
        with atomic_file(tmp_path / "list.csv"), Path("/dev/full").open("w") as full:
            full.write("x")

    with pytest.raises(HoldfastError, match="the disk is full") as caught:
        write_to_a_full_disk()
    assert "continues" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_said_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(HoldfastError, match="may not be written"):
        write_text(tmp_path / "x", "x")


@given(damage=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_flipped_byte_anywhere_in_a_model_is_found(
    tmp_path_factory: pytest.TempPathFactory, damage: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, {"booster.txt": b"tree" * 50, "meta.json": b"{}"})
    assert read_model(folder)["meta.json"] == b"{}"
    booster = folder / "booster.txt"
    content = bytearray(booster.read_bytes())
    content[damage % len(content)] ^= flip
    booster.write_bytes(content)
    with pytest.raises(HoldfastError, match="damaged or was changed"):
        read_model(folder)


def test_a_missing_model_file_is_found(tmp_path: Path) -> None:
    write_model(tmp_path, {"booster.txt": b"tree"})
    (tmp_path / "booster.txt").unlink()
    with pytest.raises(HoldfastError, match="damaged"):
        read_model(tmp_path)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    table = pl.DataFrame({"customer_id": ["a", "b"], "value": [1.5, None]})
    for name in ("one", "two"):
        write_table(tmp_path / name / "t.parquet", table)
        write_json(tmp_path / name / "t.json", {"b": 1, "a": [1.5]})
    assert sha256(tmp_path / "one") == sha256(tmp_path / "two")


def test_not_a_number_never_reaches_a_json_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "x.json", {"auc": float("nan")})
    assert not (tmp_path / "x.json").exists()


def test_linked_results_survive_the_folder_they_came_from(tmp_path: Path) -> None:
    write_text(tmp_path / "old" / "deep" / "a.txt", "kept")
    link_or_copy(tmp_path / "old", tmp_path / "new")
    write_text(tmp_path / "old" / "deep" / "a.txt", "changed")
    assert (tmp_path / "new" / "deep" / "a.txt").read_text() == "kept"


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, alive = int(gone.stdout), os.getpid()
    names = {
        f".writing-{dead}-old": 3600,
        f".writing-{dead}-new": 0,
        f".writing-{alive}-old": 3600,
        f".writing-{alive}-new": 0,
        "other": 3600,
    }
    for name, age in names.items():
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    clear_unfinished(beside=tmp_path / f".writing-{alive}-new")
    assert {path.name for path in tmp_path.iterdir()} == names.keys() - {f".writing-{dead}-old"}
