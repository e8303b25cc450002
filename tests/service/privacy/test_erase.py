"""Who is erased is in no file and no table, and stays away when old files come again; the rest still proves."""

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from tests.service.conftest import NOW
from tests.service.privacy.every_byte import files_naming
from tests.store.results.conftest import write_run
from tests.sudden_death import DIES

from holdfast.errors import HoldfastError
from holdfast.service.privacy.erase import erase
from holdfast.service.project import Project, RunOptions, open_project
from holdfast.store.erasure.database import erase_from_database
from holdfast.store.erasure.runs import Removed
from holdfast.store.erasure.tombstones import load_tombstones, pending_ids, proofs
from holdfast.store.results.engine import results_engine
from holdfast.store.results.publish import publish_run
from holdfast.store.results.schema import METADATA
from holdfast.store.runs import Runs, prove, stage_records

LATER = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def project(shop: Path, tmp_path: Path) -> Project:
    """A copy of the finished project, with everything in it that a project may keep."""
    shutil.copytree(shop, tmp_path / "shop", symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path / "orders.csv")
    copy = open_project(tmp_path / "shop")
    copy.publish(now=NOW)
    copy.ingest(now=NOW)
    copy.measure_features()
    (copy.folder / "my-list.csv").write_text(copy.predictions().table.select("customer_id", "priority").write_csv())
    (copy.folder / "logs" / "errors.log").write_text('{"says": "customer A0007 has no row"}\n{"says": "all is well"}\n')
    return copy


def customers_of(project: Project) -> list[str]:
    return sorted(pl.read_csv(project.folder.parent / "orders.csv")["customer_id"].unique().to_list())


def test_200_erasures_leave_no_byte_of_the_ids(project: Project) -> None:
    every = customers_of(project)
    erased, staying = every[:200], every[200:]
    assert files_naming(project.folder, erased[:1])  # the search finds them before
    result = erase(project, erased, now=LATER)
    assert result.customers == 200
    assert files_naming(project.folder, erased) == []
    assert len(files_naming(project.folder, staying)) > 20  # the others are where they were
    ids = set(pl.read_parquet(project.latest / "predictions.parquet")["customer_id"])
    assert ids
    assert ids <= set(staying)


def test_what_is_left_still_proves(project: Project) -> None:
    erase(project, ["A0007", "A0011"], now=LATER)
    run = project.latest
    for record in stage_records(run):
        prove(run, *record.outputs)
    manifest = json.loads((run / "manifest.json").read_text())
    recorded = {record.name: record.outputs for record in stage_records(run)}
    assert {stage["name"]: stage["outputs"] for stage in manifest["stages"]} == recorded
    assert not project.publish(now=LATER).is_new  # the database knows the run as it is now
    assert project.customer(project.predictions().table["customer_id"][0]).sentence


def test_old_files_do_not_bring_the_person_back(project: Project) -> None:
    lines = (project.folder.parent / "orders.csv").read_text().splitlines()
    rows = sum(line.startswith("A0007,") for line in lines)
    erase(project, ["A0007"], now=LATER)
    again = project.run(now=LATER, options=RunOptions(plots=False))
    words = next(stage.words for stage in again.stages if stage.name == "collect")
    assert f"{rows} rows of erased customers set aside" in words
    cleaning = json.loads((project.latest / "reports" / "cleaning.json").read_text())
    assert cleaning["rows_of_erased_customers"] == rows
    raw = json.loads((project.latest / "raw.json").read_text())["tables"]
    assert all(table["rows_read"] == table["rows_kept"] + table["rows_set_aside"] for table in raw.values())
    (project.folder.parent / "more.csv").write_text(
        "\n".join([lines[0], "A0007,2025-12-01,5.00", "A0008,2025-12-01,5.00"])
    )
    report = project.ingest([project.folder.parent / "more.csv"], now=LATER)
    assert report.rows_in == report.rows_kept + report.rows_set_aside
    assert report.rows_set_aside == 1
    scores = project.score([project.folder.parent / "more.csv"])
    assert "1 row of erased customers set aside." in scores.notes
    assert "A0007" not in scores.table["customer_id"]
    project.publish(now=LATER)
    assert files_naming(project.folder, ["A0007"]) == []


def test_a_run_from_a_backup_is_published_without_the_erased(project: Project) -> None:
    erase(project, ["A0007"], now=LATER)
    write_run(project.folder, "20270101-000000", ["A0007", "A0008"])
    (project.folder / "runs" / "latest").unlink()
    (project.folder / "runs" / "latest").symlink_to("20270101-000000")
    publication = project.publish(now=LATER)
    assert publication.erased_customers == 1
    assert publication.rows["predictions"] == 1


def test_the_proof_names_nobody(project: Project) -> None:
    erase(project, ["A0007"], now=LATER)
    proof = proofs(project.folder)[-1]
    assert "A0007" not in json.dumps(proof)
    assert proof["hashes"] == [load_tombstones(project.folder).hash_of("A0007")]
    assert proof["removed"]["raw"] > 0
    assert (project.folder / "erased" / "key").stat().st_mode & 0o777 == 0o600


def test_twice_is_harmless_and_a_stranger_gets_a_tombstone(project: Project) -> None:
    assert erase(project, ["A0007"], now=LATER).removed
    assert not erase(project, ["A0007"], now=LATER).removed
    assert "tombstone" in erase(project, ["nobody-here"], now=LATER).sentence
    with pytest.raises(HoldfastError, match="No customer"):
        erase(project, [" "], now=LATER)


def test_your_own_files_are_named_and_rewritten_on_request(project: Project) -> None:
    orders = project.folder.parent / "orders.csv"
    said = erase(project, ["A0007"], now=LATER)
    assert "--sources" in said.sources[str(project.folder / ".." / "orders.csv")]
    before = pl.read_csv(orders)
    erase(project, ["A0007"], now=LATER, rewrite_sources=True)
    assert pl.read_csv(orders).equals(before.filter(pl.col("customer_id") != "A0007"))


def test_a_run_at_work_is_waited_for_and_the_tombstone_stands(project: Project) -> None:
    with Runs(project.folder).exclusive(LATER), pytest.raises(HoldfastError, match="another run is active"):
        erase(project, ["A0007"], now=LATER)
    assert load_tombstones(project.folder).covers("A0007")
    assert pending_ids(project.folder) == ["A0007"]
    open_project(project.folder)  # the next command
    assert pending_ids(project.folder) == []
    assert files_naming(project.folder, ["A0007"]) == []


@pytest.mark.parametrize("changes", [6, 40, 90])
def test_a_kill_in_the_middle_goes_on_with_the_next_command(project: Project, changes: int) -> None:
    program = DIES + (
        "from pathlib import Path\nfrom datetime import UTC, datetime\n"
        "from holdfast.service.project import open_project\n"
        "from holdfast.service.privacy.erase import erase\n"
        "project = open_project(Path(sys.argv[1]))\n"
        "erase(project, ['A0007'], now=datetime(2026, 2, 2, tzinfo=UTC))\n"
    )
    words = [sys.executable, "-c", program, str(changes), str(project.folder)]
    assert subprocess.run(words, check=False, capture_output=True).returncode == -signal.SIGKILL
    again = open_project(project.folder)
    if (
        changes > 6
    ):  # the first changes come before the tombstone: then nothing was begun, and the command is given again
        assert load_tombstones(project.folder).covers("A0007")
    else:
        erase(again, ["A0007"], now=LATER)
    assert files_naming(project.folder, ["A0007"]) == []
    for record in stage_records(again.latest):
        prove(again.latest, *record.outputs)


def test_a_database_of_each_kind_loses_the_rows(database_url: str, tmp_path: Path) -> None:
    run = write_run(tmp_path, "20260701-000000", ["c1", "c2", "c3"])
    engine = results_engine(database_url, tmp_path)
    with engine.begin() as connection:
        METADATA.drop_all(connection)
    for tenant in ("north", "south"):
        publish_run(engine, run, tenant=tenant, now=NOW, keep_runs=5)
    erase_from_database(engine, tmp_path, "north", ["c1"], LATER, Removed())
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT tenant, customer_id FROM current_predictions")).all()
    assert sorted(map(tuple, rows)) == [
        ("north", "c2"),
        ("north", "c3"),
        *(("south", f"c{each}") for each in (1, 2, 3)),
    ]
    engine.dispose()
