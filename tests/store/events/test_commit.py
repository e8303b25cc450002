"""A store that is killed in the middle of a commit holds what it held, and the next commit is right."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.store.writer import add_rows
from tests.sudden_death import DIES

from holdfast.errors import HoldfastError
from holdfast.store.events.commit import Commit, committing
from holdfast.store.events.manifest import EVENTS, Source, refuse_added_sources
from holdfast.store.events.ordering import in_order
from holdfast.store.events.store import EventStore

# Libraries are loaded first: only what the store itself changes on the disk is counted.
LOADS = """
from pathlib import Path
import polars as pl
from holdfast.store.events.store import EventStore
from tests.store.writer import add_rows
"""
ADDS = """
add_rows(EventStore.open(Path(sys.argv[1])), visits=pl.read_parquet(sys.argv[2]))
"""


def visits(rows: int, first: int = 0) -> pl.DataFrame:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=7 * (first + row)) for row in range(rows)]
    return pl.DataFrame(
        {"customer_id": [f"c{row % 23}" for row in range(rows)], "happened_at": moments, "page": "home"},
        schema_overrides={"happened_at": pl.Datetime("us", "UTC")},
    ).select("customer_id", "happened_at", pl.col("happened_at").alias("known_at"), "page")


def times(store: EventStore) -> list[datetime]:
    parts = [store.load(partition, {"visits": ["page"]})["visits"] for partition in range(store.partitions)]
    return sorted(pl.concat(parts)["happened_at"].to_list())


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_commit_loses_and_doubles_nothing(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 4)
    store = add_rows(store, visits=visits(200))
    visits(90, first=200).write_parquet(tmp_path / "new.parquet")
    before, step, killed = times(store), 1, 0
    while True:
        command = [
            sys.executable,
            "-c",
            LOADS + DIES + ADDS,
            str(step),
            str(store.folder),
            str(tmp_path / "new.parquet"),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        found = EventStore.open(store.folder)
        assert found.version == 1
        assert times(found) == before
        killed, step = killed + 1, step + 5
    assert killed >= 3
    found = EventStore.open(store.folder)
    assert found.version == 2
    assert times(found) == visits(290)["happened_at"].to_list()


def test_what_a_broken_commit_left_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 4)
    store = add_rows(store, visits=visits(50))
    orphan = store.folder / "data" / "visits" / "0001-000002-1.parquet"
    orphan.write_bytes(b"never named")
    store = add_rows(store, visits=visits(10, first=50))
    assert not orphan.exists() or orphan.read_bytes() != b"never named"
    on_disk = {file.relative_to(store.folder).as_posix() for file in store.folder.glob("data/**/*.parquet")}
    assert {file.path for file in store.manifest.every_file()} <= on_disk
    assert len(times(store)) == 60


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 4)
    with committing(store.folder), pytest.raises(HoldfastError, match=r"another process is adding to this store"):
        add_rows(store, visits=visits(5))


def test_a_commit_that_is_broken_off_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = add_rows(EventStore.create(tmp_path / "events", 4), visits=visits(50))
    with pytest.raises(HoldfastError, match="damaged"), committing(store.folder) as commit:
        _add_and_fail(commit)
    assert EventStore.open(store.folder).version == 1
    assert len(times(EventStore.open(store.folder))) == 50


def _add_and_fail(commit: Commit) -> None:
    for partition in range(4):
        commit.add(partition, "visits", in_order(visits(20)))
    raise HoldfastError("The next file is damaged.", fix="Fetch it again.")


def test_a_table_needs_a_name_that_files_can_have(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 4)
    for name in ("../orders", "", "index", "a b"):
        with committing(store.folder) as commit, pytest.raises(HoldfastError, match="cannot be called"):
            commit.declare(name, EVENTS, {})


def test_a_source_is_added_once(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 4)
    with committing(store.folder) as commit:
        commit.add_source("0" * 64, {"name": "january.csv"})
        manifest = commit.finish()
    refuse_added_sources(manifest, [Source("february.csv", "1" * 64)])
    with pytest.raises(
        HoldfastError, match=r"again\.csv: its content was added before, as january\.csv with version 1"
    ):
        refuse_added_sources(manifest, [Source("again.csv", "0" * 64)])
