"""Records go in by any number of versions and come out by customer and time: nothing lost, nothing doubled."""

import itertools
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.writer import add_rows

from holdfast.errors import HoldfastError
from holdfast.features.partitioning import partition_of
from holdfast.store.events.store import EventStore, partitions_for

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = {"transactions": ["amount", "category"]}


def purchases(customers: int = 60, rows: int = 900, seed: int = 3) -> pl.DataFrame:
    dice = random.Random(seed)
    moments = [START + timedelta(minutes=dice.randint(0, 4000)) for _ in range(rows)]
    return pl.DataFrame(
        {
            "customer_id": [f"c{dice.randint(1, customers):03d}" for _ in range(rows)],
            "happened_at": moments,
            "known_at": [moment + timedelta(days=dice.choice([0, 0, 3])) for moment in moments],
            "amount": [float(dice.randint(1, 50)) for _ in range(rows)],
            "category": [dice.choice(["tea", "coffee", None]) for _ in range(rows)],
        },
        schema_overrides={"happened_at": pl.Datetime("us", "UTC"), "known_at": pl.Datetime("us", "UTC")},
    )


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    keys = ["customer_id", "happened_at", "known_at"]
    return frame.sort(*keys, *sorted(set(frame.columns) - set(keys)))


def everything(store: EventStore, table: str = "transactions") -> pl.DataFrame:
    columns = {table: list(store.tables[table])}
    parts = [store.load(partition, columns)[table] for partition in range(store.partitions)]
    assert all((partition_of(part["customer_id"], store.partitions) == place).all() for place, part in enumerate(parts))
    return in_order(pl.concat(parts)) if table != "customers" else pl.concat(parts).sort("customer_id")


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return EventStore.create(tmp_path / "events", partitions=4)


def test_what_goes_in_comes_out_sorted(store: EventStore) -> None:
    rows = purchases()
    store = add_rows(add_rows(store, transactions=rows.head(500)), transactions=rows.tail(400))
    assert everything(store).equals(in_order(rows))
    for partition in range(4):
        loaded = store.load(partition, COLUMNS)["transactions"]
        assert loaded.columns == ["customer_id", "happened_at", "known_at", "amount", "category"]
        assert loaded.equals(in_order(loaded))
        assert store.rows(partition) == loaded.height
        assert store.customers(partition).to_list() == loaded["customer_id"].unique().sort().to_list()


def test_columns_come_and_go(store: EventStore) -> None:
    rows = purchases(rows=20)
    store = add_rows(store, transactions=rows.drop("category"))
    store = add_rows(store, transactions=rows.drop("amount").with_columns(shop=pl.lit("north")))
    found = everything(store)
    assert found.columns == ["customer_id", "happened_at", "known_at", "amount", "category", "shop"]
    assert found["shop"].null_count() == found["amount"].null_count() == 20


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 300), max_size=12), seed=st.integers(0, 5))
def test_the_number_of_versions_changes_nothing(
    cuts: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = purchases(customers=9, rows=300, seed=seed)
    folder = tmp_path_factory.mktemp("store")
    once, often = EventStore.create(folder / "once", 2), EventStore.create(folder / "often", 2)
    once = add_rows(once, transactions=rows.sample(fraction=1.0, shuffle=True, seed=seed))
    bounds = sorted({0, 300, *cuts})
    for begin, end in itertools.pairwise(bounds):
        often = add_rows(often, transactions=rows[begin:end])
    for partition in range(2):
        for columns in (["amount"], ["amount", "category"], []):
            one, other = (each.load(partition, {"transactions": columns})["transactions"] for each in (once, often))
            assert one.equals(other)
    assert max(len(files) for files in often.manifest.tables["transactions"].files.values()) <= 8


def test_only_the_rows_of_some_customers(store: EventStore) -> None:
    rows = purchases()
    store = add_rows(store, transactions=rows)
    some = pl.Series(["c001", "c007", "c059", "nobody"])
    parts = [store.load(partition, COLUMNS, some)["transactions"] for partition in range(4)]
    assert in_order(pl.concat(parts)).equals(in_order(rows.filter(pl.col("customer_id").is_in(some.implode()))))


def test_customers_are_replaced_by_their_newest_row(store: EventStore) -> None:
    first = pl.DataFrame({"customer_id": ["a", "b", "c"], "plan": ["free", "free", "pro"], "age": [30, 40, 50]})
    store = add_rows(store, customers=first)
    version = store.version
    second = pl.DataFrame({"customer_id": ["a", "b", "d"], "plan": ["pro", "free", "pro"], "age": [30, 40, 9]})
    store = add_rows(store, customers=second)
    assert everything(store, "customers").rows() == [
        ("a", "pro", 30),
        ("b", "free", 40),
        ("c", "pro", 50),
        ("d", "pro", 9),
    ]
    touched = store.changes_since(version)
    assert sorted(pl.concat(touched.values())["customer_id"]) == ["a", "d"]


def test_versions_tell_whose_rows_are_new(store: EventStore) -> None:
    assert store.version == 0
    store = add_rows(store, transactions=purchases())
    late = purchases(customers=3, rows=5, seed=8)
    before = store.version
    store = add_rows(store, transactions=late)
    assert store.version == before + 1
    touched = store.changes_since(before)
    assert sorted(pl.concat(touched.values())["customer_id"]) == sorted(set(late["customer_id"]))
    assert all((partition_of(rows["customer_id"], 4) == partition).all() for partition, rows in touched.items())
    assert store.changes_since(store.version) == {}
    assert sum(rows.height for rows in store.changes_since(0).values()) == len(set(purchases()["customer_id"]))


def test_a_new_version_leaves_other_partitions_alone(store: EventStore) -> None:
    store = add_rows(store, transactions=purchases())
    before = {file.path for file in store.manifest.every_file()}
    one = purchases().head(1)
    store = add_rows(store, transactions=one)
    place = partition_of(one["customer_id"], 4)[0]
    new = {file.path for file in store.manifest.every_file()} - before
    assert len(new) == 2
    assert all(f"/{place:04d}-" in path for path in new)


def test_an_open_store_keeps_to_its_version(store: EventStore) -> None:
    store = add_rows(store, transactions=purchases())
    reader = EventStore.open(store.folder)
    before = everything(reader)
    store = add_rows(store, transactions=purchases(seed=9))
    assert everything(reader).equals(before)
    assert everything(EventStore.open(store.folder)).height == 1800


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), r"should hold [\d,]+ bytes, found"),
        (lambda path: path.write_bytes(bytes([*path.read_bytes()[:-20], *([7] * 20)])), "SHA-256 should be"),
        (lambda path: path.unlink(), "no such file"),
    ],
)
def test_a_file_that_was_harmed_is_named(store: EventStore, harm: object, found: str) -> None:
    from holdfast.store import artifacts

    store = add_rows(store, transactions=purchases())
    artifacts._verified.clear()  # as another process would find it
    path = store.folder / store.manifest.tables["transactions"].files[2][0].path
    path.chmod(0o644)
    harm(path)  # type: ignore[operator]
    with pytest.raises(HoldfastError, match=rf"{path.name}.*{found}"):
        EventStore.open(store.folder).load(2, COLUMNS)


def test_partitions_fit_the_rows() -> None:
    assert [partitions_for(rows) for rows in (0, 32_000_000, 32_000_001, 100_000_000)] == [16, 16, 32, 64]


def test_mistakes_are_reported(store: EventStore, tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="a store of events already"):
        EventStore.create(store.folder)
    with pytest.raises(HoldfastError, match="1, 2, 4, 8"):
        EventStore.create(tmp_path / "other", 6)
    with pytest.raises(HoldfastError, match="there is no store of events"):
        EventStore.open(tmp_path / "nowhere")
    with pytest.raises(HoldfastError, match="no table orders"):
        store.load(0, {"orders": []})


def test_categories_are_dictionaries_and_times_whole_numbers_on_the_disk(store: EventStore) -> None:
    import pyarrow.parquet as pq

    store = add_rows(store, transactions=purchases())
    group = pq.read_metadata(store.folder / store.manifest.tables["transactions"].files[1][0].path).row_group(0)
    columns = {group.column(place).path_in_schema: group.column(place) for place in range(group.num_columns)}
    assert {name: "RLE_DICTIONARY" in column.encodings for name, column in columns.items()} == {
        "customer_id": True,
        "happened_at": False,
        "known_at": False,
        "amount": False,
        "category": True,
    }
    assert columns["happened_at"].physical_type == "INT64"


def test_customers_of_whom_only_events_are_known_are_customers(store: EventStore) -> None:
    rows = purchases()
    store = add_rows(store, transactions=rows)
    found = pl.concat(store.load(place, {"customers": ["plan"]})["customers"] for place in range(4))
    assert found.sort("customer_id").equals(rows.select("customer_id").unique().sort("customer_id"))
    one = [store.load(place, {"customers": []}, pl.Series(["c001"]))["customers"].height for place in range(4)]
    assert sum(one) == 1


def test_a_customer_of_many_events_stands_in_order_too(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 2)
    rows = pl.concat([purchases(customers=1, rows=30_000), purchases(customers=40, rows=2_000, seed=9)])
    store = add_rows(add_rows(store, transactions=rows.head(20_000)), transactions=rows.tail(12_000))
    assert everything(store).equals(in_order(rows))
    loaded = [store.load(place, COLUMNS)["transactions"] for place in range(2)]
    assert all(part.equals(in_order(part)) for part in loaded)


def test_times_of_learning_that_say_nothing_take_no_room_and_come_back(tmp_path: Path) -> None:
    """One version knows everything at once, one learns late, one mixes both; one customer is busy."""
    store = EventStore.create(tmp_path / "events", 2)
    plain = pl.concat([purchases(customers=1, rows=400, seed=4), purchases(rows=300, seed=5)])
    plain = plain.with_columns(pl.col("happened_at").alias("known_at"))
    late, mixed = purchases(rows=200, seed=6), pl.concat([purchases(rows=90, seed=7), plain.head(50)])
    has_known_at: list[bool] = []
    for rows in (plain, late, mixed):
        store = add_rows(store, transactions=rows)
        newest = [files[-1] for files in store.manifest.tables["transactions"].files.values()]
        has_known_at.append("known_at" in pl.read_parquet_schema(store.folder / newest[0].path).names())
    assert has_known_at == [False, True, True]
    assert everything(store).equals(in_order(pl.concat([plain, late, mixed])))
    some = store.load(0, {"transactions": []}, pl.Series(["c001"]))["transactions"]
    assert some.columns == ["customer_id", "happened_at", "known_at"]


def test_reading_a_store_imports_no_pandas(store: EventStore) -> None:
    for part in (purchases(), purchases(seed=9)):  # files to be put together
        store = add_rows(store, transactions=part)
    reads = f"""
import sys
from pathlib import Path
from holdfast.store.events.store import EventStore
EventStore.open(Path({str(store.folder)!r})).load(0, {COLUMNS!r})
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", reads], check=False).returncode == 0
