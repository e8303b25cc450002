"""Everything that is kept about a person, from the files that were read to the database; after erasure, nothing."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.service.conftest import NOW

from holdfast.errors import NotFoundError
from holdfast.service.privacy.erase import erase
from holdfast.service.privacy.export import export
from holdfast.service.project import Project, open_project
from holdfast.service.write import write_record

LATER = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def project(shop: Path, tmp_path: Path) -> Project:
    shutil.copytree(shop, tmp_path / "shop", symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path / "orders.csv")
    return open_project(tmp_path / "shop")


def test_every_table_gives_its_rows(project: Project, tmp_path: Path) -> None:
    project.publish(now=NOW)
    project.ingest(now=NOW)
    customer = project.predictions().table["customer_id"][0]
    orders = pl.read_csv(tmp_path / "orders.csv").filter(customer_id=customer).height
    found = export(project, customer, now=LATER)
    assert [len(rows) for tables in found.records.values() for rows in tables.values()] == [orders]
    assert [len(rows) for rows in found.events.values()] == [1, orders]  # and the row of the person
    (run,) = found.runs.values()
    assert run["predictions.parquet"][0]["reason_1"]
    assert {"features.parquet", "value.parquet", "predictions.parquet"} <= set(run)
    assert found.database["predictions"][0]["run"] == project.latest.name
    (sources,) = found.sources.values()
    assert sources[0]["sha256"]
    write_record(found, tmp_path / "person.json")
    written = json.loads((tmp_path / "person.json").read_text())
    assert written["customer_id"] == customer
    assert all(row["customer_id"] == customer for rows in written["runs"][project.latest.name].values() for row in rows)


def test_after_erasure_there_is_nothing(project: Project) -> None:
    customer = project.predictions().table["customer_id"][0]
    erase(project, [customer], now=LATER)
    with pytest.raises(NotFoundError, match=customer):
        export(project, customer, now=LATER)


def test_other_names_of_the_person_are_followed(tmp_path: Path) -> None:
    days = [f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 9, 17, 25)]
    lines = [f"{customer},{day},10.00" for customer in ("new-ann", "old-ann", "bob-77") for day in days]
    (tmp_path / "orders.csv").write_text("\n".join(["customer_id,order_date,amount", *lines]) + "\n")
    (tmp_path / "moved.csv").write_text("before,now\nold-ann,mid-ann\nmid-ann,new-ann\n")
    from holdfast.service.init import init

    file = init(tmp_path / "shop", [tmp_path / "orders.csv"]).file
    with file.open("a") as settings:
        settings.write("\nidentities: {files: [../moved.csv], old: before, new: now}\n")
    project = open_project(tmp_path / "shop")
    project.check(now=NOW)
    found = export(project, "new-ann", now=LATER)
    assert set(found.ids) == {"new-ann", "mid-ann", "old-ann"}
    assert sum(len(rows) for rows in next(iter(found.records.values())).values()) == 2 * len(days) + 2
    assert erase(project, ["mid-ann"], now=LATER).ids == 3
    project.check(now=LATER)
    files = [file for file in (tmp_path / "shop" / "raw").glob("*/*.parquet") if file.stem != "set_aside"]
    ids = {str(value) for file in files for column in pl.read_parquet(file).iter_columns() for value in column}
    assert "bob-77" in ids
    assert not {each for each in ids if "ann" in each}
