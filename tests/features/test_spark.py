"""Spark's executors give the numbers of this machine, to the last bit, or say why not."""

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil
import pytest
from polars.testing import assert_frame_equal

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.features import spark
from holdfast.features.build import build
from holdfast.features.operators import Formula, Operator
from holdfast.features.spark import build_on_spark
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Window
from holdfast.pipeline.spark.session import read_parquet, refuse_without_spark, spark_session
from holdfast.settings import SparkSettings

# Sockets to a Java that is stopped are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
CLUSTER = SparkSettings(master="local-cluster[2,1,1024]", settings={"spark.task.maxFailures": "8"})
CUTOFFS = (datetime(2024, 3, 31, 1, 0, 0, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC))
DAY = 86_400_000_000
LAST = 1_711_929_600_000_000  # the last cutoff
WHALE = "Ünal 李"


@pytest.fixture(scope="module")
def cluster(spark_or_skip: bool) -> Iterator[Any]:
    """Two executors, processes of their own."""
    assert spark_or_skip
    import pyspark

    with spark_session(CLUSTER) as session:
        application = session.sparkContext.applicationId
        yield session
    shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)


@pytest.fixture(scope="module")
def records() -> dict[str, pl.DataFrame]:
    """Ties, late rows, nulls, -0.0, ids in any script, and one customer with more events than all others."""
    dice = np.random.default_rng(7)
    ids = [WHALE, "o'brien", "", "a.b`c", *(f"c{place}" for place in range(400))]
    rows = 104_000
    who = np.concatenate([np.zeros(100_000, dtype=int), dice.integers(1, len(ids), 4_000)])
    # Whole days and few of them: many rows of one moment.
    happened = LAST - dice.integers(-20, 400, rows) * DAY - dice.integers(0, 2, rows)
    sales = pl.DataFrame(
        {
            "customer_id": pl.Series(ids).gather(who),
            "happened_at": pl.Series(happened).cast(TIME),
            "known_at": pl.Series(happened + dice.choice([0, 0, 1, 20 * DAY, -3 * DAY], rows)).cast(TIME),
            "amount": pl.Series(np.where(dice.random(rows) < 0.1, -0.0, dice.random(rows) * 1e3)),
            "Amount": pl.Series(dice.integers(0, 9, rows) / 10),
            "channel.name": pl.Series(dice.choice(["web", "shop", "Öl", ""], rows)),
            "is_return": pl.Series(dice.random(rows) < 0.2),
        }
    ).with_columns(
        pl.when(pl.Series(dice.random(rows) > 0.1)).then(pl.col(name)).alias(name)
        for name in ("known_at", "amount", "channel.name", "is_return")
    )
    people = pl.DataFrame(
        {
            "customer_id": ids[:-5],
            "plan": pl.Series([None, "basic", "pro", "Öl"] * 100).head(len(ids) - 5),
            "age": pl.Series([None, 20.5, float("nan"), 31.0] * 100).head(len(ids) - 5),
            "is_member": pl.Series([True, None, False, True] * 100).head(len(ids) - 5),
            "signed_up_at": pl.Series([LAST - place * DAY for place in range(len(ids) - 5)]).cast(TIME),
        }
    )
    nothing = sales.clear().select("customer_id", "happened_at", "known_at", "amount")
    return {"customers": people, "sales": sales.sample(fraction=1, shuffle=True, seed=1), "calls": nothing}


def asked(records: dict[str, pl.DataFrame]) -> pl.DataFrame:
    ids = [*records["sales"]["customer_id"].unique().sort(), "nobody"]
    moments = pl.DataFrame({"cutoff": pl.Series(CUTOFFS, dtype=TIME)})
    return pl.DataFrame({"customer_id": ids}).join(moments, how="cross").sample(fraction=1, shuffle=True, seed=2)


def features() -> list[Feature]:
    spent = [Aggregate("sales", Operator.SUM, "amount", Window(days)) for days in (None, 30, 365)]
    numbers = [Aggregate("sales", o, "amount", Window(90)) for o in Operator if not o.value.startswith(("days", "gap"))]
    times = [Aggregate("sales", o) for o in Operator if o.value.startswith(("days", "gap"))]
    words = [Aggregate("sales", o, "channel.name", is_category=True) for o in (Operator.FIRST, Operator.LAST)]
    web = (("channel.name", "web"), ("is_return", "false"))
    others: list[Feature] = [
        Aggregate("sales", Operator.COUNT, where=web),
        Aggregate("sales", Operator.MEAN, "Amount", Window(30, 30), called="other"),
        Aggregate("sales", Operator.SUM, "amount", per="channel.name", called="per_channel"),
        Aggregate("calls", Operator.SUM, "amount"),
        Aggregate("calls", Operator.LAST, "amount"),
        *(Attribute(name, "", "", is_category=name == "plan") for name in ("plan", "age", "is_member")),
        DaysSince("signed_up_at", ""),
        Composite("trend", Formula.RATIO, (spent[1], spent[0]), "", ""),
    ]
    score = Composite("money_score", Formula.SCORE, (spent[2],), "", "")
    rank = Composite("calls_score", Formula.SCORE_LEAST, (Aggregate("calls", Operator.COUNT),), "", "")
    both = Composite("score_total", Formula.TOTAL, (score, rank), "", "")
    band = Composite("score_band", Formula.BAND, (both,), "", "", values=(3.0, 6.0))
    return [*spent, *(one for one in numbers if one not in spent), *times, *words, *others, score, rank, both, band]


def written(records: dict[str, pl.DataFrame], folder: Path) -> dict[str, Path]:
    """Tables as Parquet: one in several files, all in a folder whose name is no pattern to Spark."""
    place = folder / "a run [1] {x}"
    for name, table in records.items():
        (place / name).mkdir(parents=True)
        middle = table.height // 3
        table.head(middle).write_parquet(place / name / "0.parquet")
        table.slice(middle).write_parquet(place / name / "1.parquet")
    return {name: place / name for name in records}


def test_a_master_that_does_not_answer_is_reported_at_once(spark_or_skip: bool) -> None:
    assert spark_or_skip  # and no session is active yet: it would be taken instead
    with (
        pytest.raises(HoldfastError, match=r"nothing answers at spark://127\.0\.0\.1:9"),
        spark_session(SparkSettings(master="spark://127.0.0.1:9")),
    ):
        pass


def test_executors_say_what_this_machine_says(
    cluster: Any, records: dict[str, pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "REQUESTS_PER_BUCKET", 90)  # several buckets a task
    files, questions = written(records, tmp_path), asked(records)
    here = build(records, features(), questions, [])
    frames = {name: read_parquet(cluster, file) for name, file in files.items()}
    there = build_on_spark(frames, features(), questions, partitions=4)
    assert_frame_equal(there, here, check_exact=True)
    assert len(cluster.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) == 3  # the driver and two


def test_a_session_in_another_time_zone_moves_nothing(
    cluster: Any, records: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    questions = asked(records).head(40)
    abroad = cluster.newSession()
    abroad.conf.set("spark.sql.session.timeZone", "America/New_York")
    frames = {name: read_parquet(abroad, file) for name, file in written(records, tmp_path).items()}
    there = build_on_spark(frames, features(), questions, partitions=1)
    assert_frame_equal(there, build(records, features(), questions, []), check_exact=True)


@pytest.mark.slow
def test_an_executor_killed_in_the_middle_of_a_job_changes_no_number(
    cluster: Any, records: dict[str, pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "REQUESTS_PER_BUCKET", 5)
    monkeypatch.setattr(spark, "_MIN_REQUESTS_PER_TASK", 100)
    files, questions = written(records, tmp_path), asked(records)
    frames = {name: read_parquet(cluster, file) for name, file in files.items()}
    killed: list[int] = []

    def kill() -> None:
        tracker = cluster.sparkContext.statusTracker()
        for _ in range(6_000):
            for stage in tracker.getActiveStageIds():
                found = tracker.getStageInfo(stage)
                # The answering stage, after its first task.
                if found and found.numTasks == 8 and found.numCompletedTasks and found.numActiveTasks:
                    victim = next(p for p in psutil.Process().children(recursive=True) if _executes(p))
                    killed.append(victim.pid)
                    victim.kill()
                    return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    there = build_on_spark(frames, features(), questions, partitions=8)
    killer.join()
    assert killed
    assert_frame_equal(there, build(records, features(), questions, []), check_exact=True)


def _executes(process: psutil.Process) -> bool:
    try:
        return any("CoarseGrainedExecutorBackend" in word for word in process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.parametrize("share", [0.5, 0.0])  # Spark itself passes over a file without a byte
def test_a_partition_file_cut_off_is_an_error_and_never_fewer_rows(
    cluster: Any, records: dict[str, pl.DataFrame], tmp_path: Path, share: float
) -> None:
    assert cluster.version  # the block below takes the session that is active
    files = written(records, tmp_path)
    cut = files["sales"] / "1.parquet"
    cut.write_bytes(cut.read_bytes()[: int(cut.stat().st_size * share)])

    def measured() -> pl.DataFrame:
        with spark_session(CLUSTER) as session:
            frames = {name: read_parquet(session, file) for name, file in files.items()}
            return build_on_spark(frames, features(), asked(records), partitions=2)

    with pytest.raises(HoldfastError, match=r"1\.parquet: the file is damaged or cut off") as told:
        measured()
    assert "--resume-from" in told.value.fix


def test_columns_no_feature_is_made_of_are_named(cluster: Any) -> None:
    frame = cluster.createDataFrame([("a", Decimal("1.10"))], "customer_id string, amount decimal(9,2)")
    with pytest.raises(HoldfastError, match=r"sales: 1 of 2 columns .* amount \(decimal\(9,2\)\)"):
        build_on_spark({"sales": frame}, [Aggregate("sales", Operator.COUNT)], asked_nobody(), 1)


def asked_nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"customer_id": pl.String, "cutoff": TIME})


def test_nobody_asked_is_no_row(cluster: Any, records: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    frames = {name: read_parquet(cluster, file) for name, file in written(records, tmp_path).items()}
    there = build_on_spark(frames, features(), asked_nobody(), 4)
    assert_frame_equal(there, build(records, features(), asked_nobody(), []), check_exact=True)


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.pipeline.spark.session.util.find_spec", lambda _: None)
    with pytest.raises(HoldfastError, match=r"holdfast\[spark\]"):
        refuse_without_spark()


def test_without_java_or_with_an_old_one_the_fix_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spark_or_skip: bool
) -> None:
    assert spark_or_skip
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(HoldfastError, match=r"no Java was found(.|\n)*openjdk-17"):
        refuse_without_spark()
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    with pytest.raises(HoldfastError, match="Java 8 was found"):
        refuse_without_spark()
