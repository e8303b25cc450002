"""Measured features on disk: whole or not at all, and after new records as if measured anew."""

import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.writer import add_rows

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.operators import Formula, Operator
from holdfast.features.out_of_core import Limits
from holdfast.features.requests import Selection
from holdfast.features.spec import Aggregate, Attribute, Composite, Feature, Window
from holdfast.store.events.store import EventStore
from holdfast.store.features import refresh as compacting
from holdfast.store.features.layout import Measurement
from holdfast.store.features.reading import MeasuredFeatures, export
from holdfast.store.features.refresh import MOST_LAYERS, RefreshResult, RefreshTask, refresh_features

MARCH = datetime(2024, 3, 1, tzinfo=UTC)
CUTOFFS = tuple(MARCH + timedelta(days=30 * months) for months in range(4))
IDS = tuple(f"{name}{number}" for name in ("anna", "Bert", "çelik", "李") for number in range(5))
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
EVENT = {"customer_id": pl.String, "happened_at": TIME, "known_at": TIME, "amount": pl.Float64, "channel": pl.String}
PERSON = {"customer_id": pl.String, "region": pl.String, "signed_up_at": TIME, "ended_at": TIME}


def features() -> tuple[Feature, ...]:
    last = Aggregate("sales", Operator.DAYS_SINCE_LAST)
    count = Aggregate("sales", Operator.COUNT)
    spent = Aggregate("sales", Operator.SUM, "amount", Window(90))
    scores = [
        Composite("recency_score", Formula.SCORE_LEAST, (last,), "points", "How lately."),
        Composite("frequency_score", Formula.SCORE, (count,), "points", "How often."),
        Composite("money_score", Formula.SCORE, (spent,), "points", "How much."),
    ]
    total = Composite("rfm_score", Formula.TOTAL, tuple(scores), "points", "All three.")
    channel = Aggregate("sales", Operator.LAST, "channel", is_category=True)
    return (Attribute("region", "", "Where.", is_category=True), count, channel, *scores, total)


FEATURES = features()


def task(
    store: EventStore, cutoffs: tuple[datetime, ...] = CUTOFFS, memory: int = 2**30, *, rebuild: bool = False
) -> RefreshTask:
    made_of = Measurement(
        features=tuple(feature.record() for feature in FEATURES),
        facts={},
        settings="these features",
        cutoffs=tuple(cutoff.isoformat() for cutoff in cutoffs),
        store_version=store.version,
        partitions=store.partitions,
    )
    return RefreshTask(FEATURES, Selection(cutoffs, ("sales",)), made_of, Limits(2, memory), rebuild)


def measured(folder: Path, store: EventStore, *told: object, **more: object) -> RefreshResult:
    return refresh_features(folder, store, task(store, *told, **more))  # type: ignore[arg-type]


def by_build(store: EventStore, cutoffs: tuple[datetime, ...] = CUTOFFS) -> pl.DataFrame:
    """The same from whole tables, the population told by plain filters."""
    parts = [store.load(one, {"sales": list(EVENT), "customers": list(PERSON)}) for one in range(store.partitions)]
    tables = {name: pl.concat([part[name] for part in parts], how="vertical") for name in ("sales", "customers")}
    questions = []
    for cutoff in cutoffs:
        seen = tables["sales"].filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)["customer_id"]
        ids = pl.concat([tables["sales"]["customer_id"], tables["customers"]["customer_id"]]).unique().sort()
        people = ids.to_frame().join(tables["customers"], on="customer_id", how="left")
        there = people.filter(
            pl.col("signed_up_at").is_null() | (pl.col("signed_up_at") < cutoff),
            pl.col("ended_at").is_null() | (pl.col("ended_at") >= cutoff),
            pl.col("signed_up_at").is_not_null() | pl.col("customer_id").is_in(seen.implode()),
        )
        questions.append(there.select("customer_id", pl.lit(cutoff, TIME).alias("cutoff")))
    return build(tables, FEATURES, pl.concat(questions), ()).sort("cutoff", "customer_id")


def sales(*rows: tuple[str, int, float], known_after: int = 0) -> pl.DataFrame:
    """Sales of customers so many days after the first of March."""
    happened = [MARCH + timedelta(days=day) for _, day, _ in rows]
    known = [moment + timedelta(days=known_after) for moment in happened]
    told = {"customer_id": [who for who, _, _ in rows], "happened_at": happened, "known_at": known}
    return pl.DataFrame({**told, "amount": [paid for *_, paid in rows], "channel": ["web"] * len(rows)}, schema=EVENT)


def people(**signed_up: int | None) -> pl.DataFrame:
    moments = [None if day is None else MARCH + timedelta(days=day) for day in signed_up.values()]
    told = {"customer_id": list(signed_up), "region": ["N"] * len(signed_up), "signed_up_at": moments}
    return pl.DataFrame({**told, "ended_at": [None] * len(signed_up)}, schema=PERSON)


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    made = EventStore.create(tmp_path / "events", 2)
    rows = [(who, day, 10.0 + day) for place, who in enumerate(IDS) for day in range(-place, 90, 17)]
    return add_rows(made, sales=sales(*rows), customers=people(**dict.fromkeys(IDS, -200)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "features"


moments = st.integers(-60, 130).map(lambda day: MARCH + timedelta(days=day))
delays = st.sampled_from([timedelta(0), timedelta(0), timedelta(days=50)])  # late rows
sale = st.tuples(
    st.sampled_from(IDS), moments, delays, st.integers(-500, 5000), st.sampled_from(["web", "shop", None])
).map(lambda told: (told[0], told[1], told[1] + told[2], told[3] / 100, told[4]))
person = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(["N", "S", None]),
    st.one_of(st.none(), moments),
    st.one_of(st.none(), moments),
)
appends = st.tuples(
    st.lists(sale, max_size=25), st.lists(person, max_size=8, unique_by=lambda one: one[0]), st.integers(1, 4)
)


class TestAfterNewRecords:
    @QUICK
    @given(first=appends, rounds=st.lists(appends, min_size=1, max_size=4), layers=st.sampled_from([1, 2, 8]))
    def test_a_refresh_is_equal_to_measuring_again_to_the_last_bit(
        self, first: tuple[list, list, int], rounds: list[tuple[list, list, int]], layers: int
    ) -> None:
        with tempfile.TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patched:
            if layers < 8:  # put together often, and never all of them
                patched.setattr(compacting, "MOST_LAYERS", layers)
                patched.setattr(compacting, "MOST_IN_DELTAS", 100)
            home = Path(made)
            store = EventStore.create(home / "events", 4)
            store = append(store, ([("always there", MARCH, MARCH, 1.0, "web"), *first[0]], first[1], 4))
            measured(home / "features", store, CUTOFFS[1:])
            for round_ in rounds:
                store = append(store, round_)
                cutoffs = CUTOFFS[4 - round_[2] :]  # some go, some come again
                measured(home / "features", store, cutoffs, 200_000)
                ours = MeasuredFeatures.open(home / "features")
                ours.verify()
                assert ours.frame().equals(by_build(store, cutoffs))
                assert ours.rows == ours.frame().height

    def test_only_the_touched_customers_are_measured_again(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        store = add_rows(store, sales=sales(("anna1", 40, 5.0), ("new one", 50, 7.0)))
        done = measured(folder, store)
        assert (done.how, done.customers_again, done.new_cutoffs) == ("changes", 2, 0)
        assert sum(block.rows for block in done.features.manifest.layers[1].blocks) <= 2 * len(CUTOFFS)
        assert done.features.frame().equals(by_build(store))

    def test_nothing_new_is_nothing_done(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        before = (folder / "manifest.json").read_bytes()
        assert measured(folder, store).how == "kept"
        assert (folder / "manifest.json").read_bytes() == before

    def test_scores_of_a_cutoff_that_new_records_do_not_reach_are_kept(self, store: EventStore, folder: Path) -> None:
        old = {scores.cutoff: scores.file for scores in measured(folder, store).features.manifest.scores}
        store = add_rows(store, sales=sales(("anna1", 70, 5.0)))
        new = {scores.cutoff: scores.file for scores in measured(folder, store).features.manifest.scores}
        assert [old[cutoff] == new[cutoff] for cutoff in old] == [True, True, True, False]

    def test_many_deltas_are_put_together_and_old_files_go(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        store = add_rows(store, sales=sales(*((who, -50, 3.0) for who in IDS[:12])))
        done = measured(folder, store)
        assert done.is_compacted
        assert len(done.features.manifest.layers) == 1
        assert done.features.frame().equals(by_build(store))
        named = {folder / file.path for file in done.features.manifest.files()}
        assert set(folder.rglob("*.parquet")) == named

    def test_old_cutoffs_are_not_measured_again_where_new_rows_do_not_reach(
        self, store: EventStore, folder: Path
    ) -> None:
        measured(folder, store)
        store = add_rows(store, sales=sales(("anna1", 70, 5.0), ("anna2", 70, 5.0)))
        done = measured(folder, store)
        assert sum(block.rows for block in done.features.manifest.layers[1].blocks) == 2  # at one of four cutoffs
        assert done.features.frame().equals(by_build(store))
        store = add_rows(store, sales=sales(("anna1", 10, 1.0), known_after=55))  # late: two cutoffs do not see it
        assert measured(folder, store).features.frame().equals(by_build(store))

    def test_a_late_row_sends_nobody_else_back(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        store = add_rows(store, sales=sales(("anna0", 70, 5.0), ("anna1", 70, 5.0), ("anna2", -5, 1.0)))
        done = measured(folder, store)
        assert sum(block.rows for block in done.features.manifest.layers[1].blocks) == 2 + len(CUTOFFS)
        assert done.features.frame().equals(by_build(store))

    def test_newcomers_change_no_cutoff_before_their_sign_up(self, store: EventStore, folder: Path) -> None:
        old = {scores.cutoff: scores.file for scores in measured(folder, store).features.manifest.scores}
        store = add_rows(store, sales=sales(("new", 70, 5.0)), customers=people(new=65))
        result = measured(folder, store).features
        assert [old[scores.cutoff] == scores.file for scores in result.manifest.scores] == [True, True, True, False]
        assert result.frame().equals(by_build(store))

    def test_rows_after_the_last_cutoff_are_nothing_to_do(self, store: EventStore, folder: Path) -> None:
        before = measured(folder, store).features.manifest
        store = add_rows(store, sales=sales(("anna1", 95, 5.0)), customers=people(new=91))
        done = measured(folder, store)
        assert (done.how, done.features.manifest.layers) == ("kept", before.layers)
        assert MeasuredFeatures.open(folder).manifest.made_of.store_version == store.version
        assert done.features.frame().equals(by_build(store))

    def test_night_after_night_no_more_than_the_new_rows_is_measured(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        compacted = 0
        for night in range(20):  # on the way the store puts its files together, and the result its layers
            late = [("late", 5 + night, 2.0)] if night % 4 == 0 else []
            store = add_rows(store, sales=sales((IDS[night], 61 + night, 1.0), *late))
            done = measured(folder, store)
            compacted += done.is_compacted
            assert (done.how, done.customers_again) == ("changes", 1 + len(late))
            assert len(done.features.manifest.layers) <= MOST_LAYERS
            assert done.features.frame().equals(by_build(store))
            for cutoff in CUTOFFS:
                assert done.features.frame(cutoff).equals(done.features.frame().filter(pl.col("cutoff") == cutoff))
        assert compacted >= 2

    def test_a_store_from_an_older_backup_is_not_taken_for_the_one_that_was_measured(
        self, store: EventStore, folder: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(store.folder, tmp_path / "backup")
        store = add_rows(store, sales=sales(("anna1", 40, 5.0)))
        measured(folder, store)
        restored = EventStore.open(tmp_path / "backup")
        for amount in (6.0, 7.0):
            restored = add_rows(restored, sales=sales(("anna2", 40, amount)))
        done = measured(folder, restored)
        assert done.how == "all"
        assert done.features.frame().equals(by_build(restored))

    def test_a_store_made_again_is_not_taken_for_the_old_one(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        other = EventStore.create(folder.parent / "events2", 2)
        other = add_rows(other, sales=sales(*((who, 1, 2.0) for who in IDS)), customers=people(anna0=None))
        done = measured(folder, other)
        assert done.how == "all"
        assert done.features.frame().equals(by_build(other))

    def test_other_features_or_a_smaller_store_are_measured_again(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        assert measured(folder, store, rebuild=True).how == "all"
        other = task(store)
        other.made_of.__dict__["settings"] = "other features"
        assert refresh_features(folder, store, other).how == "all"


def append(store: EventStore, rows: tuple[list, list, int]) -> EventStore:
    events = {"sales": pl.DataFrame(rows[0], schema=EVENT, orient="row")} if rows[0] else {}
    return add_rows(store, **events, customers=pl.DataFrame(rows[1], schema=PERSON, orient="row"))


class TestReading:
    def test_a_part_is_the_part_of_the_whole(self, store: EventStore, folder: Path) -> None:
        measured(folder, store)
        store = add_rows(store, sales=sales(("anna1", 40, 5.0)))
        result = measured(folder, store, CUTOFFS, 100_000).features
        whole = by_build(store)
        some = pl.Series(["anna1", "çelik3", "nobody"])
        columns = ["money_score", "region"]
        part = result.frame(CUTOFFS[1], some, columns)
        expected = whole.filter(pl.col("cutoff") == CUTOFFS[1], pl.col("customer_id").is_in(some.implode()))
        assert part.equals(expected.select("customer_id", "cutoff", *columns))
        assert pl.concat(list(result.blocks())).sort("cutoff", "customer_id").equals(whole)

    def test_one_file_of_all_is_written_block_by_block(self, store: EventStore, folder: Path, tmp_path: Path) -> None:
        result = measured(folder, store).features
        rows = export(result, tmp_path / "all.parquet")
        assert pq.ParquetFile(tmp_path / "all.parquet").metadata.num_rows == rows == result.rows
        assert pl.read_parquet(tmp_path / "all.parquet").sort("cutoff", "customer_id").equals(result.frame())

    @pytest.mark.parametrize("small", [0, 2**20])
    def test_however_rows_share_files_they_are_the_same(
        self, store: EventStore, folder: Path, monkeypatch: pytest.MonkeyPatch, small: int
    ) -> None:
        monkeypatch.setattr("holdfast.store.features.writing._SMALL", small)
        measured(folder, store)
        store = add_rows(store, sales=sales(*((who, 70, 5.0) for who in IDS[:4]), (IDS[5], 20, 5.0)))
        result = measured(folder, store).features
        result.verify()
        assert result.frame().equals(by_build(store))
        written = [*result.manifest.layers[1].blocks, *result.manifest.layers[1].touched]
        assert len({file.path for file in written}) == (2 if small else len(written))
        assert all((file.begin is None) == (small == 0) for file in written)

    def test_a_result_of_an_older_program_is_read_and_measured_again(
        self, store: EventStore, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr("holdfast.store.features.writing._SMALL", 0)  # each partition has a file of its own
            measured(folder, store)
        content = json.loads((folder / "manifest.json").read_text())
        for file in [file for layer in content["layers"] for file in layer["blocks"]]:
            del file["begin"]
        del content["store_mark"]
        (folder / "manifest.json").write_text(json.dumps({**content, "format": 1, "read": {}}))
        assert MeasuredFeatures.open(folder).frame().equals(by_build(store))
        assert measured(folder, store).how == "all"

    def test_what_is_not_there_is_named(self, store: EventStore, folder: Path) -> None:
        with pytest.raises(HoldfastError, match="no features have been measured yet"):
            MeasuredFeatures.open(folder)
        result = measured(folder, store).features
        with pytest.raises(HoldfastError, match="no cutoff 2020-01-01"):
            result.frame(datetime(2020, 1, 1, tzinfo=UTC))
        with pytest.raises(HoldfastError, match="no feature shoe_size"):
            result.frame(columns=["shoe_size"])

    def test_nobody_to_ask_about_is_said(self, store: EventStore, folder: Path) -> None:
        with pytest.raises(HoldfastError, match="no customer to measure at 2010-01-01"):
            measured(folder, store, (datetime(2010, 1, 1, tzinfo=UTC),))
        assert not list(folder.rglob("*.parquet"))


class TestAccidents:
    def test_a_run_that_is_broken_off_leaves_the_old_result(
        self, store: EventStore, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = measured(folder, store).features.frame()
        store = add_rows(store, sales=sales(*((who, 45, 3.0) for who in IDS)))
        with monkeypatch.context() as patched:
            patched.setattr("holdfast.store.features.refresh.rank", _killed)
            with pytest.raises(KeyboardInterrupt):
                measured(folder, store)
        assert MeasuredFeatures.open(folder).frame().equals(before)
        left = len(list(folder.rglob("*.parquet")))
        result = measured(folder, store).features
        assert result.frame().equals(by_build(store))
        assert len(list(folder.rglob("*.parquet"))) < left

    @pytest.mark.parametrize("harm", ["cut", "gone"])
    def test_a_harmed_block_is_refused_with_its_fix(self, store: EventStore, folder: Path, harm: str) -> None:
        result = measured(folder, store).features
        block = folder / result.manifest.layers[0].blocks[0].path
        if harm == "cut":
            block.write_bytes(block.read_bytes()[:-100])
        else:
            block.unlink()
        with pytest.raises(HoldfastError, match="was changed after it was written") as told:
            result.frame()
        assert told.value.fix.endswith("--rebuild")
        with pytest.raises(HoldfastError, match="was changed after it was written"):
            measured(folder, store)  # with nothing new: a harmed result is not "kept as it was"
        assert measured(folder, store, rebuild=True).features.frame().equals(by_build(store))

    def test_a_changed_byte_is_found_by_its_hash(self, store: EventStore, folder: Path) -> None:
        result = measured(folder, store).features
        block = folder / result.manifest.layers[0].blocks[0].path
        content = bytearray(block.read_bytes())
        content[len(content) // 2] ^= 1
        block.write_bytes(content)
        for reading in (result.verify, result.frame, lambda: export(result, folder / "one.parquet")):
            with pytest.raises(HoldfastError, match="SHA-256"):
                reading()
        assert not (folder / "one.parquet").exists()

    @pytest.mark.parametrize("content", ["", "{}", '{"format": 99}'])
    def test_a_damaged_manifest_is_refused_and_measuring_again_fixes_it(
        self, store: EventStore, folder: Path, content: str
    ) -> None:
        measured(folder, store)
        (folder / "manifest.json").write_text(content)
        with pytest.raises(HoldfastError, match="manifest") as told:
            measured(folder, store)
        assert told.value.fix.endswith("--rebuild")
        assert measured(folder, store, rebuild=True).features.frame().equals(by_build(store))


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
