"""A file that is written to while it is read is refused: its rows would stand under a hash that is not theirs."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from holdfast.errors import HoldfastError
from holdfast.progress import Silent
from holdfast.service.project import Project, open_project
from holdfast.sources.read import read_batches
from holdfast.store.artifacts import read_json
from holdfast.store.events.manifest import POINTER
from holdfast.store.events.store import EventStore
from holdfast.table_settings import TableSettings

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HEADER, LINE = "customer_id,order_date,amount\n", "C1,2026-01-01,10\n"
COLUMNS = {
    "customer_id": {"from": "customer_id", "kind": "text"},
    "happened_at": {"from": "order_date", "kind": "time"},
    "amount": {"from": "amount", "kind": "money"},
}


class AppendsOnce(Silent):
    """Appends a line to a file when the work has come to a point."""

    def __init__(self, file: Path, doing: str) -> None:
        self.file, self.doing = file, doing

    def update(self, doing: str, done: int, of: int | None) -> None:  # noqa: ARG002
        if doing == self.doing:
            self.doing = ""
            with self.file.open("a", encoding="utf-8") as opened:
                opened.write(LINE)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("first", "second"):
        rows = LINE.replace("C1", name) * 50
        (tmp_path / f"{name}.csv").write_text(HEADER + rows, encoding="utf-8")
    tables = {
        name: {
            "files": [f"{name}.csv"],
            "holds": "transactions",
            "columns": COLUMNS,
            "repeats_are_real": True,
        }
        for name in ("first", "second")
    }
    settings = {
        "name": "shop",
        "shape": "purchases",
        "currency": "EUR",
        "tables": tables,
        "churn": {"rule": "inactivity"},
    }
    (tmp_path / "holdfast.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return open_project(tmp_path)


def test_a_file_that_grows_between_its_parts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + LINE * 50, encoding="utf-8")
    parts = read_batches("orders", TableSettings(files=(file.name,), holds="events", columns={}), file, 20)
    next(parts)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(LINE)
    with pytest.raises(HoldfastError, match=r"orders\.csv: the file changed while it was read"):
        list(parts)


def test_a_file_that_is_only_touched_is_read(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + LINE * 50, encoding="utf-8")
    parts = read_batches("orders", TableSettings(files=(file.name,), holds="events", columns={}), file, 20)
    first = next(parts)
    file.touch()
    assert first.rows_read + sum(part.rows_read for part in parts) == 50


def test_a_file_that_grows_after_its_stage_was_keyed_is_refused(project: Project) -> None:
    untouched = project.folder / "second.csv"
    shutil.copy(untouched, project.folder / "copy")
    with pytest.raises(HoldfastError, match=r"second\.csv: the file changed"):
        project.check(now=NOW, progress=AppendsOnce(untouched, "second"))
    (project.folder / "copy").replace(untouched)
    assert _rows_read(project) == 100
    with untouched.open("a", encoding="utf-8") as opened:
        opened.write(LINE)
    assert _rows_read(project) == 101


def test_a_file_that_grows_before_ingest_comes_to_it_is_refused_and_nothing_is_stored(project: Project) -> None:
    with pytest.raises(HoldfastError, match=r"second\.csv: the file changed"):
        project.ingest(now=NOW, progress=AppendsOnce(project.folder / "second.csv", "reading"))
    assert (project.folder / "events" / POINTER).exists()
    assert EventStore.open(project.folder / "events").version == 0
    assert project.ingest(now=NOW).version == 1


def _rows_read(project: Project) -> int:
    check = project.check(now=NOW)
    raw = read_json(check.folder / "raw.json")
    return sum(table["rows_read"] for table in raw["tables"].values())
