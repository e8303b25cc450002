"""Records go in by any number of appends and come out by customer and time: nothing lost, nothing doubled."""

import itertools
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.features.partitioning import partition_of
from holdfast.store.events.appending import Source
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
    appended = store.append({"transactions": [rows.head(500), rows.tail(400)]})
    assert appended.counts["transactions"].kept == 900
    assert everything(store).equals(in_order(rows))
    for partition in range(4):
        loaded = store.load(partition, COLUMNS)["transactions"]
        assert loaded.columns == ["customer_id", "happened_at", "known_at", "amount", "category"]
        assert loaded.equals(in_order(loaded))
        assert store.rows(partition) == loaded.height
        assert store.customers(partition).to_list() == loaded["customer_id"].unique().sort().to_list()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 300), max_size=12), seed=st.integers(0, 5))
def test_the_number_of_appends_changes_nothing(
    cuts: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = purchases(customers=9, rows=300, seed=seed)
    folder = tmp_path_factory.mktemp("store")
    once, often = EventStore.create(folder / "once", 2), EventStore.create(folder / "often", 2)
    once.append({"transactions": [rows.sample(fraction=1.0, shuffle=True, seed=seed)]})
    bounds = sorted({0, 300, *cuts})
    for begin, end in itertools.pairwise(bounds):
        often.append({"transactions": [rows[begin:end]]})
    for partition in range(2):
        for columns in (["amount"], ["amount", "category"], []):
            one, other = (each.load(partition, {"transactions": columns})["transactions"] for each in (once, often))
            assert one.equals(other)
    assert max(len(files) for files in often.manifest.tables["transactions"].files.values()) <= 8


def test_only_the_rows_of_some_customers(store: EventStore) -> None:
    rows = purchases()
    store.append({"transactions": [rows]})
    some = pl.Series(["c001", "c007", "c059", "nobody"])
    parts = [store.load(partition, COLUMNS, some)["transactions"] for partition in range(4)]
    assert in_order(pl.concat(parts)).equals(in_order(rows.filter(pl.col("customer_id").is_in(some.implode()))))


def test_customers_are_replaced_by_their_newest_row(store: EventStore) -> None:
    first = pl.DataFrame({"customer_id": ["a", "b", "c"], "plan": ["free", "free", "pro"], "age": [30, 40, 50]})
    store.append({"customers": [first]})
    version = store.version
    second = pl.DataFrame({"customer_id": ["a", "b", "d"], "plan": ["pro", "free", "pro"], "age": [30, 40, 9]})
    store.append({"customers": [second]})
    assert everything(store, "customers").rows() == [
        ("a", "pro", 30),
        ("b", "free", 40),
        ("c", "pro", 50),
        ("d", "pro", 9),
    ]
    touched = store.touched_since(version)
    assert sorted(pl.concat(touched.values()).to_list()) == ["a", "d"]


def test_versions_tell_whose_rows_are_new(store: EventStore) -> None:
    assert store.version == 0
    store.append({"transactions": [purchases()]})
    late = purchases(customers=3, rows=5, seed=8)
    before = store.version
    store.append({"transactions": [late]})
    assert store.version == before + 1
    touched = store.touched_since(before)
    assert sorted(pl.concat(touched.values()).to_list()) == sorted(set(late["customer_id"]))
    assert all((partition_of(ids, 4) == partition).all() for partition, ids in touched.items())
    assert store.touched_since(store.version) == {}
    assert sum(len(ids) for ids in store.touched_since(0).values()) == len(set(purchases()["customer_id"]))


def test_an_append_leaves_other_partitions_alone(store: EventStore) -> None:
    store.append({"transactions": [purchases()]})
    before = {file.path for file in store.manifest.every_file()}
    one = purchases().head(1)
    store.append({"transactions": [one]})
    place = partition_of(one["customer_id"], 4)[0]
    new = {file.path for file in store.manifest.every_file()} - before
    assert len(new) == 2
    assert all(f"/{place:04d}-" in path for path in new)


def test_an_open_store_keeps_to_its_version(store: EventStore) -> None:
    store.append({"transactions": [purchases()]})
    reader = EventStore.open(store.folder)
    before = everything(reader)
    store.append({"transactions": [purchases(seed=9)]})
    assert everything(reader).equals(before)
    assert everything(EventStore.open(store.folder)).height == 1800


def test_rows_in_are_rows_kept_and_rows_set_aside(store: EventStore) -> None:
    rows = purchases(rows=50).with_columns(
        pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("  ")).otherwise("customer_id").alias("customer_id"),
        pl.when(pl.int_range(pl.len()) == 10).then(None).otherwise("happened_at").alias("happened_at"),
        pl.when(pl.int_range(pl.len()) == 20).then(None).otherwise("known_at").alias("known_at"),
    )
    counts = store.append({"transactions": [rows]}).counts["transactions"].record()
    assert counts["rows_in"] == 50
    assert counts["set_aside"] == {"no customer id": 3, "no happened_at": 1}
    assert counts["rows_kept"] == 46
    assert counts["samples"]["no customer id"][0]["customer_id"] == "  "
    assert counts["notes"]["known_at not given: taken as happened_at"] == 1
    assert json.dumps(counts, default=str)


def test_time_zones_are_brought_together_and_times_without_one_refused(store: EventStore) -> None:
    berlin = purchases(rows=5).with_columns(
        pl.col("happened_at").dt.convert_time_zone("Europe/Berlin").dt.cast_time_unit("ms")
    )
    store.append({"transactions": [berlin, purchases(rows=5)]})
    assert everything(store).equals(in_order(pl.concat([purchases(rows=5)] * 2)))
    naive = purchases(rows=5).with_columns(pl.col("happened_at").dt.replace_time_zone(None))
    with pytest.raises(HoldfastError, match=r"happened_at: 5 times without a time zone.*\n.*replace_time_zone"):
        store.append({"transactions": [naive]})
    assert EventStore.open(store.folder).version == 1


def test_columns_come_and_go(store: EventStore) -> None:
    rows = purchases(rows=20)
    store.append({"transactions": [rows.drop("category")]})
    store.append({"transactions": [rows.drop("amount").with_columns(shop=pl.lit("north"))]})
    found = everything(store)
    assert found.columns == ["customer_id", "happened_at", "known_at", "amount", "category", "shop"]
    assert found["shop"].null_count() == found["amount"].null_count() == 20
    with pytest.raises(HoldfastError, match=r"transactions\.amount: the rows hold String, the store holds Float64"):
        store.append({"transactions": [rows.with_columns(amount=pl.lit("ten"))]})
    store.append({"transactions": [rows.with_columns(pl.col("amount").cast(pl.Int64))]})
    assert store.tables["transactions"]["amount"] == pl.Float64


def test_a_source_is_added_once(store: EventStore) -> None:
    source = Source("january.csv", "0" * 64)
    store.append({"transactions": [purchases()]}, sources=[source])
    with pytest.raises(HoldfastError, match=r"again\.csv: its content was added before, as january\.csv"):
        store.append({"transactions": [purchases()]}, sources=[Source("again.csv", "0" * 64)])
    assert everything(store).height == 900


def test_events_with_an_id_are_not_doubled(store: EventStore) -> None:
    rows = purchases(rows=40).with_columns(event_id=pl.int_range(40).cast(pl.String))
    store.append({"transactions": [rows]})
    corrected = rows.head(4).with_columns(pl.col("amount") + 1)
    counts = store.append({"transactions": [pl.concat([rows.tail(10), corrected])]}).counts["transactions"].record()
    assert counts["set_aside"] == {"exact repeat of a stored row": 10}
    assert counts["rows_kept"] == 4
    assert [number for words, number in counts["notes"].items() if "other content" in words] == [4]
    assert everything(store).height == 44


def test_events_before_sign_up_and_before_they_were_known_are_counted(store: EventStore) -> None:
    rows = purchases(rows=30).with_columns(known_at=pl.col("happened_at") - timedelta(hours=1))
    people = rows.select("customer_id").unique().with_columns(signed_up_at=pl.lit(START + timedelta(days=400)))
    people = people.with_columns(pl.col("signed_up_at").cast(pl.Datetime("us", "UTC")))
    counts = store.append({"customers": [people], "transactions": [rows]}).counts["transactions"].record()
    assert counts["notes"] == {
        "known before it happened: seen from happened_at on": 30,
        "before the customer signed up": 30,
    }


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

    store.append({"transactions": [purchases()]})
    artifacts._proved.clear()  # as another process would find it
    path = store.folder / store.manifest.tables["transactions"].files[2][0].path
    path.chmod(0o644)
    harm(path)  # type: ignore[operator]
    with pytest.raises(HoldfastError, match=rf"{path.name}.*{found}"):
        EventStore.open(store.folder).load(2, COLUMNS)


def test_partitions_fit_the_rows() -> None:
    assert [partitions_for(rows) for rows in (0, 32_000_000, 32_000_001, 100_000_000)] == [16, 16, 32, 64]


def test_mistakes_are_told(store: EventStore, tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="a store of events already"):
        EventStore.create(store.folder)
    with pytest.raises(HoldfastError, match="1, 2, 4, 8"):
        EventStore.create(tmp_path / "other", 6)
    with pytest.raises(HoldfastError, match="there is no store of events"):
        EventStore.open(tmp_path / "nowhere")
    with pytest.raises(HoldfastError, match="no table orders"):
        store.load(0, {"orders": []})
    with pytest.raises(HoldfastError, match="no column happened_at"):
        store.append({"transactions": [pl.DataFrame({"customer_id": ["a"]})]})


def test_categories_are_dictionaries_and_times_whole_numbers_on_the_disk(store: EventStore) -> None:
    import pyarrow.parquet as pq

    store.append({"transactions": [purchases()]})
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


def test_lines_of_an_order_that_are_stored_are_not_doubled(store: EventStore) -> None:
    rows = purchases(rows=40).with_columns(order_id=pl.Series([f"o{row // 3}" for row in range(40)]))
    store.append({"transactions": [rows]})
    counts = store.append({"transactions": [rows.tail(7), purchases(rows=2, seed=5)]}).counts["transactions"].record()
    assert counts["set_aside"] == {"exact repeat of a stored row": 7}
    assert everything(store).height == 42


def test_a_table_needs_a_name_that_files_can_have(store: EventStore) -> None:
    for name in ("../orders", "", "index", "a b"):
        with pytest.raises(HoldfastError, match="cannot be called"):
            store.append({name: [purchases(rows=3)]})


def test_customers_of_whom_only_events_are_known_are_customers(store: EventStore) -> None:
    rows = purchases()
    store.append({"transactions": [rows]})
    found = pl.concat(store.load(place, {"customers": ["plan"]})["customers"] for place in range(4))
    assert found.sort("customer_id").equals(rows.select("customer_id").unique().sort("customer_id"))
    one = [store.load(place, {"customers": []}, pl.Series(["c001"]))["customers"].height for place in range(4)]
    assert sum(one) == 1


def test_a_customer_of_many_events_stands_in_order_too(tmp_path: Path) -> None:
    store = EventStore.create(tmp_path / "events", 2)
    rows = pl.concat([purchases(customers=1, rows=30_000), purchases(customers=40, rows=2_000, seed=9)])
    store.append({"transactions": [rows.head(20_000), rows.tail(12_000)]}, memory_limit_gb=0.05)
    assert everything(store).equals(in_order(rows))
    loaded = [store.load(place, COLUMNS)["transactions"] for place in range(2)]
    assert all(part.equals(in_order(part)) for part in loaded)


def test_times_of_learning_that_say_nothing_take_no_room_and_come_back(tmp_path: Path) -> None:
    """One append knows everything at once, one learns late, one mixes both; one customer is busy."""
    store = EventStore.create(tmp_path / "events", 2)
    plain = pl.concat([purchases(customers=1, rows=400, seed=4), purchases(rows=300, seed=5)])
    plain = plain.with_columns(pl.col("happened_at").alias("known_at"))
    late, mixed = purchases(rows=200, seed=6), [purchases(rows=90, seed=7), plain.head(50)]
    stored: list[list[str]] = []
    for frames in ([plain], [plain.head(80).drop("known_at")], [late], mixed):
        store.append({"transactions": frames})
        newest = [files[-1] for files in store.manifest.tables["transactions"].files.values()]
        stored.append(pl.read_parquet_schema(store.folder / newest[0].path).names())
    assert ["known_at" in names for names in stored] == [False, False, True, True]
    assert everything(store).equals(in_order(pl.concat([plain, plain.head(80), late, *mixed])))
    some = store.load(0, {"transactions": []}, pl.Series(["c001"]))["transactions"]
    assert some.columns == ["customer_id", "happened_at", "known_at"]


def test_a_column_that_becomes_too_varied_comes_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.store.events import spill

    monkeypatch.setattr(spill, "MOST_WORDS", 40)
    store = EventStore.create(tmp_path / "events", 2)
    rows = purchases(rows=600).with_columns(
        pl.when(pl.int_range(pl.len()) % 7 > 0)
        .then(pl.format("word {}", pl.int_range(pl.len()) // 10))
        .alias("category")
    )
    store.append({"transactions": [rows[begin : begin + 200] for begin in (0, 200, 400)]})
    assert everything(store).equals(in_order(rows))


def test_reading_a_store_imports_no_pandas(store: EventStore) -> None:
    for part in (purchases(), purchases(seed=9)):  # files to be put together
        store.append({"transactions": [part]})
    reads = f"""
import sys
from pathlib import Path
from holdfast.store.events.store import EventStore
EventStore.open(Path({str(store.folder)!r})).load(0, {COLUMNS!r})
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", reads], check=False).returncode == 0
