"""How far back changes reach, as the index tells it: never later than the truth, and exact for the last versions."""

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.writer import add_rows

from holdfast.column_types import TIME
from holdfast.store.artifacts import sha256
from holdfast.store.events.changes import EXACT_VERSIONS
from holdfast.store.events.commit import committing
from holdfast.store.events.manifest import EVENTS, write_manifest
from holdfast.store.events.store import EventStore
from holdfast.store.events.upsert import upsert

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def visits(*rows: tuple[str, int, int]) -> pl.DataFrame:
    """Customer, day it happened, day it was known."""
    told = [(who, day(happened), day(known)) for who, happened, known in rows]
    return pl.DataFrame(told, {"customer_id": pl.String, "happened_at": TIME, "known_at": TIME}, orient="row")


def people(**signed_up: int | None) -> pl.DataFrame:
    moments = [None if number is None else day(number) for number in signed_up.values()]
    return pl.DataFrame({"customer_id": [*signed_up], "signed_up_at": pl.Series(moments, dtype=TIME)})


def reach(store: EventStore, version: int) -> dict[str, datetime | None]:
    return dict(row for found in store.changes_since(version).values() for row in found.iter_rows())


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    made = EventStore.create(tmp_path / "events", 2)
    return add_rows(made, visits=visits(("anna", 0, 0), ("bert", 5, 5)), customers=people(anna=-9))


def test_an_event_is_seen_once_it_happened_and_was_known(store: EventStore) -> None:
    store = add_rows(store, visits=visits(("anna", 20, 20), ("anna", 3, 30), ("bert", 40, 1), ("carl", 8, 8)))
    assert reach(store, 1) == {"anna": day(20), "bert": day(40), "carl": day(8)}
    assert reach(store, 2) == {}


def test_attributes_hold_at_all_cutoffs_but_those_of_newcomers_from_their_sign_up_on(store: EventStore) -> None:
    store = add_rows(store, customers=people(anna=-8, bert=2, carl=7, dora=None), visits=visits(("dora", 11, 11)))
    assert reach(store, 1) == {"anna": None, "bert": None, "carl": day(7), "dora": day(11)}
    store = add_rows(store, customers=people(anna=-8), visits=visits(("dora", 12, 12)))
    assert reach(store, 2) == {"dora": day(12)}  # a row that is there already changes nothing


def test_rows_that_go_reach_as_far_back_as_they_were_seen(store: EventStore) -> None:
    store = add_rows(store, visits=visits(("anna", 3, 6), ("anna", 9, 9)))
    with committing(store.folder) as commit:
        for partition in range(2):
            commit.declare("visits", EVENTS, {name: str(dtype) for name, dtype in store.tables["visits"].items()})
            now = visits(("anna", 0, 0), ("anna", 9, 9)) if "anna" in store.customers(partition) else visits()
            upserted = upsert(commit, partition, "visits", now, pl.Series(["anna"]))
            commit.touch(partition, [upserted.changes])
        commit.finish()
    assert reach(EventStore.open(store.folder), 2) == {"anna": day(6)}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=6),
        min_size=1,
        max_size=EXACT_VERSIONS + 5,
    )
)
def test_after_any_appends_it_is_the_earliest_moment_of_the_versions_since(
    appends: list[list[tuple[str, int, int]]],
) -> None:
    with tempfile.TemporaryDirectory() as made:
        store = EventStore.create(Path(made) / "events", 2)
        for rows in appends:  # more than MOST_FILES of them: files are put together on the way
            store = add_rows(store, visits=visits(*rows))
        for version in range(store.version):
            truth: dict[str, datetime] = {}
            for who, happened, known in (row for rows in appends[version:] for row in rows):
                truth[who] = min(truth.get(who, day(99)), day(max(happened, known)))
            told = reach(store, version)
            assert told.keys() == truth.keys()
            exact = version >= store.version - EXACT_VERSIONS
            assert all(told[who] == truth[who] or (not exact and told[who] < truth[who]) for who in truth)  # type: ignore[operator]
            assert all(found["customer_id"].is_sorted() for found in store.changes_since(version).values())
        names = [store.customers(partition) for partition in range(2)]
        assert sorted(pl.concat(names)) == sorted({who for rows in appends for who, *_ in rows})


def test_a_store_of_an_older_program_tells_nothing_of_its_old_versions_and_all_of_new_ones(store: EventStore) -> None:
    as_written_before(store)
    store = EventStore.open(store.folder)
    assert reach(store, 0) == {"anna": None, "bert": None}
    store = add_rows(store, visits=visits(("anna", 20, 20), ("carl", 8, 8)))
    assert reach(store, 0) == {"anna": None, "bert": None, "carl": day(8)}
    assert reach(store, 1) == {"anna": day(20), "carl": day(8)}


def as_written_before(store: EventStore) -> None:
    """Format 1: each customer once in the index, without the moment; no marks."""
    index = {}
    for partition, file in store.manifest.index.items():
        path = store.folder / file.path
        pl.read_parquet(path).drop("since").write_parquet(path)
        index[partition] = replace(file, bytes=path.stat().st_size, sha256=sha256(path))
    write_manifest(store.folder, replace(store.manifest, index=index, marks={}))
    pointer = store.folder / "current.json"
    manifest = store.folder / "manifests" / json.loads(pointer.read_text())["manifest"]
    content = json.loads(manifest.read_text())
    del content["marks"]
    manifest.write_text(json.dumps({**content, "format": 1}))
    pointer.write_text(json.dumps({"manifest": manifest.name, "sha256": sha256(manifest)}))
