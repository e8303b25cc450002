"""One door: every question a method, every answer a record; nothing is written that nobody wanted."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.recorded_progress import RecordedProgress
from tests.service.conftest import NOW

import holdfast
from holdfast.errors import HoldfastError
from holdfast.service.doctor import doctor
from holdfast.service.init import init
from holdfast.service.project import Project, RunOptions, open_project
from holdfast.service.results import Result
from holdfast.service.simulate import simulate
from holdfast.service.write import write_table

Question = Callable[[Project], Result]
READING: dict[str, Question] = {
    "plan": lambda project: project.plan(budget=40),
    "predictions": lambda project: project.predictions(),
    "to_contact": lambda project: project.to_contact(5),
    "customer": lambda project: project.customer(project.predictions().table["customer_id"][0]),
    "summary": lambda project: project.summary(),
    "runs": lambda project: project.runs(),
    "score": lambda project: project.score([project.folder.parent / "orders.csv"]),
}
WORKING: dict[str, Question] = {
    "check": lambda project: project.check(now=NOW),
    "audit_leakage": lambda project: project.audit_leakage(now=NOW),
    "run": lambda project: project.run(now=NOW, options=RunOptions(plots=False)),
    "ingest": lambda project: project.ingest(now=NOW),
    "measure_features": lambda project: project.measure_features(),
}
ALL = READING | WORKING


@pytest.fixture(scope="module")
def own_shop(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that may be written to."""
    home = tmp_path_factory.mktemp("own")
    shutil.copytree(shop.parent, home, dirs_exist_ok=True, symlinks=True)
    return home / "shop"


def files_below(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every path below a folder with its size and time."""
    return {path: (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.parametrize("question", ALL)
def test_every_answer_is_a_frozen_record_with_a_sentence_and_plain_values(question: str, own_shop: Path) -> None:
    answer = ALL[question](open_project(own_shop))
    assert answer.sentence
    assert "\n" not in answer.sentence
    record = answer.to_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    with pytest.raises(FrozenInstanceError):
        setattr(answer, fields(answer)[0].name, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", READING)
def test_reading_writes_nothing(question: str, shop: Path) -> None:
    before = files_below(shop.parent)
    READING[question](open_project(shop))
    assert files_below(shop.parent) == before


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[None]:
    """A working directory that is gone: whoever asks for it fails."""
    before = Path.cwd()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    yield
    os.chdir(before)


@pytest.mark.usefixtures("nowhere")
def test_nothing_reads_the_working_directory(own_shop: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Path.cwd()
    records = simulate(tmp_path / "records", kind="retail", customers=30)
    assert init(tmp_path / "new", [records.folder]).file.is_file()
    assert doctor(tmp_path).free_disk_gb > 0
    for question in ALL.values():
        assert question(open_project(own_shop)).sentence


def test_a_relative_source_needs_the_folder_that_it_is_relative_to(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="relative path") as refused:
        init(tmp_path / "new", ["orders.csv"])
    assert "base=" in refused.value.fix
    assert init(tmp_path / "new", ["orders.csv"], base=shop.parent).file.is_file()


def test_progress_hears_the_stages_of_a_run_and_what_others_do(own_shop: Path, tmp_path: Path) -> None:
    project, run, other = open_project(own_shop), RecordedProgress(), RecordedProgress()
    project.run(now=NOW + timedelta(hours=1), options=RunOptions(plots=False), progress=run)
    assert [event[1] for event in run.events if event[0] == "finished"][:3] == ["collect", "clean", "features"]
    project.score([own_shop.parent / "orders.csv"], progress=other)
    simulate(tmp_path / "records", kind="retail", customers=30, progress=other)
    init(tmp_path / "new", [tmp_path / "records"], progress=other)
    doing = {event[1] for event in other.events}
    assert {"scoring", "simulating customers", "looking at invoice_lines.csv"} <= doing


def test_runs_are_listed_newest_first_with_those_of_some_stages(own_shop: Path) -> None:
    project = open_project(own_shop)
    part = project.run(now=NOW + timedelta(days=9), options=RunOptions(stages=("collect",)))
    runs = project.runs().runs
    assert [each.folder for each in runs] == sorted((each.folder for each in runs), reverse=True)
    assert (runs[0].folder, runs[0].complete, runs[0].is_latest) == (part.folder, False, False)
    latest = [each.folder.resolve() for each in runs if each.is_latest]
    assert latest == [project.latest]
    assert open_project(own_shop.parent / "shop").runs().runs == runs


def test_a_customer_that_is_not_in_the_list_is_distinguished_from_one_that_is_unknown(shop: Path) -> None:
    project = open_project(shop)
    with pytest.raises(HoldfastError, match="No customer 'nobody' in the latest run"):
        project.customer("nobody")
    everyone = pl.read_parquet(project.latest / "tables" / "customers.parquet")["customer_id"]
    missing = sorted(set(everyone) - set(project.predictions().table["customer_id"]))
    assert missing, "some customer of this shop has left before the cutoff"
    with pytest.raises(HoldfastError, match="is in the records, but not in the list"):
        project.customer(missing[0])


def test_of_a_customer_whose_rows_were_all_set_aside_it_is_said_why(own_shop: Path) -> None:
    project = open_project(own_shop)
    table, settings = next(
        (name, each) for name, each in project.settings.tables.items() if each.holds == "transactions"
    )
    file, reason = project.latest / "set_aside.parquet", "In another currency than the one that is kept."
    rows = pl.read_parquet(file)
    # A spreadsheet writes an id as 12346.0 where another cell of the column is empty.
    ids = ["elsewhere", "elsewhere", "12346.0"]
    contents = [json.dumps({settings.columns["customer_id"].source: customer}) for customer in ids]
    added = pl.DataFrame({"table": [table] * 3, "reason": [reason] * 3, "content": contents})
    pl.concat([rows, added], how="diagonal_relaxed").write_parquet(file)
    said = "all 2 rows of this customer were set aside \\(2 rows: in another currency than the one that is kept\\)"
    with pytest.raises(HoldfastError, match=said):
        project.customer("elsewhere")
    with pytest.raises(HoldfastError, match="the only row of this customer was set aside"):
        project.customer("12346")
    with pytest.raises(HoldfastError, match="No customer 'else' in the latest run"):
        project.customer("else")


def test_a_table_is_written_where_it_is_wanted(shop: Path, tmp_path: Path) -> None:
    project = open_project(shop)
    plan = project.plan()
    assert write_table(plan, tmp_path / "plan.csv").out == tmp_path / "plan.csv"
    written = pl.read_csv(tmp_path / "plan.csv")
    assert written["cost"].to_list() == [round(cost, 2) for cost in plan.table["cost"]]
    assert not plan.is_promise, "the offers are placeholders"
    assert written["expected_gain"].null_count() == plan.table.height
    write_table(project.predictions(), tmp_path / "list.parquet")
    assert pl.read_parquet(tmp_path / "list.parquet").equals(project.predictions().table)
    with pytest.raises(HoldfastError, match=r"cannot be written as \.xls"):
        write_table(plan, tmp_path / "plan.xls")


def test_a_list_for_spreadsheets_holds_no_formula(shop: Path, tmp_path: Path) -> None:
    predictions = open_project(shop).predictions()
    evil = predictions.table.with_columns(segment=pl.lit("=HYPERLINK(1)"))
    write_table(type(predictions)(predictions.folder, evil, "EUR"), tmp_path / "list.csv")
    assert not any(cell.startswith("=") for cell in pl.read_csv(tmp_path / "list.csv")["segment"])


def test_the_package_offers_the_same_functions(tmp_path: Path) -> None:
    names: dict[str, Any] = {"init": init, "simulate": simulate, "doctor": doctor, "open_project": open_project}
    assert {name: getattr(holdfast, name) for name in names} == names
    assert set(holdfast.__all__) >= {*names, "RunOptions", "Aggregate", "Composite", "Formula", "Operator", "Window"}
    with pytest.raises(HoldfastError, match="there is no project file"):
        holdfast.open_project(tmp_path)
    with pytest.raises(AttributeError, match="no attribute"):
        holdfast.nothing_of_the_sort  # noqa: B018


def test_scoring_says_how_many_lapsed_and_counts_them_as_the_run_does(shop: Path) -> None:
    project = open_project(shop)
    scores = project.score([shop.parent / "orders.csv"])
    states = pl.read_parquet(shop / "runs" / "latest" / "lifecycle.parquet")["lifecycle"]
    assert scores.customers_lapsed == (states == "lapsed").sum() > 0
    assert f"({scores.customers_lapsed:,} lapsed ones left out)" in scores.sentence
    assert any("lapsed (no activity in the last 200 days)" in note for note in scores.notes)
