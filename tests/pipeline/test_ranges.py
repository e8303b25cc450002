"""A run that takes a few customers at a time gives what one that takes all of them at once gives, to the last bit."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.ingest.commands import ingest_new
from tests.interfaces.commands import holdfast
from tests.pipeline.conftest import NOW
from tests.pipeline.test_run_from_store import write_shop

from holdfast.pipeline import value
from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import open_project
from holdfast.store import run_tables
from holdfast.store.artifacts import files_in, read_json
from holdfast.store.run_tables import CustomerRanges, RunTables

# Of the files, their hashes and seconds; and what says where the records were read.
OF_ITSELF = {"manifest.json", "raw.json", "reports/pipeline.json"}


def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tables, "ROWS_IN_GROUP", 64)
    monkeypatch.setattr(run_tables, "ROWS_AT_ONCE", 400)


def run(home: Path, *stages: str) -> Path:
    return open_project(home).run(now=NOW, options=RunOptions(stages=stages, plots=False)).folder


def assert_same(ours: Path, theirs: Path) -> None:
    """Every file of both runs is the same, tables value by value."""
    names = {file.relative_to(theirs).as_posix() for file in files_in(theirs) if file.parent.name != "stages"}
    assert names <= {file.relative_to(ours).as_posix() for file in files_in(ours)}
    for name in sorted(names - OF_ITSELF):
        if name.endswith(".parquet"):
            assert pl.read_parquet(ours / name).equals(pl.read_parquet(theirs / name)), name
        elif name.endswith(".json") and "models/" not in name:
            assert read_json(ours / name) == read_json(theirs / name), name
        else:
            assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name


def in_both_ways(folder: Path, monkeypatch: pytest.MonkeyPatch, *stages: str) -> tuple[Path, Path]:
    """The run from a store, a few customers at a time, and the run of whole files, all at once."""
    whole, stored = folder / "whole", folder / "stored"
    whole.mkdir()
    write_shop(whole)
    shutil.copytree(whole, stored)
    ingest_new(stored)
    theirs = run(whole, *stages)
    few_at_a_time(monkeypatch)
    ours = run(stored, *stages)
    assert len(RunTables.of(ours / "tables").ranges(run_tables.ROWS_AT_ONCE)) > 5
    return ours, theirs


def test_features_are_those_of_all_customers_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = in_both_ways(tmp_path, monkeypatch, "lifecycle", "explore")
    assert_same(ours, theirs)


def test_the_next_night_reuses_rows_range_by_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_a_time(monkeypatch)
    write_shop(tmp_path)
    run(tmp_path, "features")
    day = "customer,day,order,paid,category,shop,note\nc001,2025-12-30 10:00:00,n1,9.00,Tea,s1,\n"
    (tmp_path / "orders3.csv").write_text(day)
    tonight = open_project(tmp_path).run(now=NOW, options=RunOptions(stages=("features",), plots=False))
    assert "reused from an earlier run" in tonight.stages[-1].words
    shutil.copytree(
        tmp_path, fresh := tmp_path / "fresh", ignore=shutil.ignore_patterns("runs", "raw", "logs", "fresh")
    )
    for name in ("features", "training", "fingerprints"):
        ours = pl.read_parquet(tonight.folder / f"{name}.parquet")
        assert ours.equals(pl.read_parquet(run(fresh, "features") / f"{name}.parquet")), name


def test_no_number_depends_on_the_memory_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tables, "ROWS_IN_GROUP", 64)
    monkeypatch.setattr(run_tables, "_BYTES_A_ROW", 2_000_000)
    monkeypatch.setattr(run_tables, "_BYTES_A_CUSTOMER", 4_000_000)
    monkeypatch.setattr(value, "_BYTES_A_PURCHASE", 2_000_000)
    folders, ranges = [], []
    for limit in (4.0, 80.0):  # above what a worker of many tests has come to hold
        home = tmp_path / f"{limit:g}"
        home.mkdir()
        write_shop(home)
        with (home / "holdfast.yaml").open("a") as settings:
            settings.write(f"memory_limit_gb: {limit}\n")
        folders.append(run(home, "predict", "value", "segment"))
        tables = RunTables.of(folders[-1] / "tables")
        ranges.append(len(CustomerRanges.of(tables, open_project(home).settings).ranges))
    assert ranges[0] > ranges[1]
    assert_same(*folders)


def test_a_limit_below_what_the_program_takes_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    write_shop(tmp_path)
    with (tmp_path / "holdfast.yaml").open("a") as settings:
        settings.write("memory_limit_gb: 0.05\n")
    answer = holdfast("run", tmp_path)
    assert answer.code == 2
    assert "A memory limit of 0.05 GB is too little" in answer.err
    assert "In holdfast.yaml, set memory_limit_gb:" in answer.err
    assert not (tmp_path / "raw").exists()


@pytest.mark.slow
def test_a_whole_run_is_that_of_all_customers_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = in_both_ways(tmp_path, monkeypatch)
    assert_same(ours, theirs)
