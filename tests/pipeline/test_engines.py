"""A run on Spark leaves what a run on this machine leaves."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from holdfast.features.spark import silence_pandas_warning
from holdfast.models.calibration import Calibrator
from holdfast.models.churn.registry import CHURN_MODELS, NO_MODEL
from holdfast.models.churn.spark import predict_on_spark
from holdfast.models.churn.trained import TrainedChurn
from holdfast.pipeline.spark.progress import watching_tasks
from holdfast.pipeline.spark.session import spark_session
from holdfast.settings import SparkSettings
from holdfast.store.artifacts import read_json

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
CLI = "from holdfast.interfaces.cli.app import main; main()"


def holdfast(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CLI, *arguments], cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def session(spark_or_skip: bool) -> Iterator[Any]:
    assert spark_or_skip
    settings = {"spark.sql.execution.arrow.maxRecordsPerBatch": "37"}  # so that no batch is what this machine takes
    with spark_session(SparkSettings(master="local[2]", settings=settings)) as started:
        yield started


def people(rows: int) -> pl.DataFrame:
    dice = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "visits": pl.Series(dice.poisson(4, rows).astype(float)),
            "spend.90d": pl.Series(np.where(dice.random(rows) < 0.1, np.nan, np.exp(dice.normal(3, 1, rows)))),
            "plan": pl.Series(dice.choice(["month", "year", "Öl"], rows)),
            "Plan": pl.Series(dice.random(rows)),
            "pays_late": pl.Series(dice.random(rows) < 0.3),
        }
    ).with_columns(pl.when(pl.col("visits") != 2).then(pl.col("plan", "pays_late")))


@pytest.mark.parametrize("name", [*(model.name for model in CHURN_MODELS), NO_MODEL.name])
def test_every_model_answers_the_same_on_executors(session: Any, name: str) -> None:
    rows = people(900)
    left = (rows["visits"].to_numpy() + np.random.default_rng(5).normal(0, 2, rows.height)) < 3.5
    model = {model.name: model for model in (*CHURN_MODELS, NO_MODEL)}[name]
    fitted = model.fit(rows, left, seed=1, threads=1)
    trained = TrainedChurn(fitted, Calibrator("beta", 0.1, 0.9, 1.1), tuple(rows.columns), 0.3, 0.5, True, {})
    here = pl.Series("churn_probability", trained.predict(rows))
    assert predict_on_spark(session, trained.to_files(), rows, partitions=3).equals(here)


def test_tasks_done_are_reported_while_spark_works(session: Any) -> None:
    def slowly(batches: Iterator[Any]) -> Iterator[Any]:
        time.sleep(0.8)
        yield from batches

    told: list[tuple[int, int]] = []
    with silence_pandas_warning(), watching_tasks(session, lambda done, tasks: told.append((done, tasks))):
        answer = session.range(6, numPartitions=6).mapInArrow(slowly, "id bigint").toArrow()
    assert answer.num_rows == 6
    assert {tasks for _, tasks in told} == {6}
    assert told == sorted(told)
    assert told[-1][0] >= 2
    ends = len(told)
    with silence_pandas_warning():
        session.range(6, numPartitions=6).mapInArrow(slowly, "id bigint").toArrow()
    assert len(told) == ends


def test_a_session_that_does_not_say_is_only_waited_for() -> None:
    with watching_tasks(object(), lambda _done, _tasks: pytest.fail("nobody can know")):  # type: ignore[arg-type]
        pass


@pytest.mark.slow
def test_a_run_on_spark_leaves_the_same_and_says_where_it_was(spark_or_skip: bool, tmp_path: Path) -> None:
    assert spark_or_skip
    assert holdfast("simulate", "--kind", "crm", "--customers", "300", "--out", "raw", cwd=tmp_path).returncode == 0
    made = holdfast("init", "here", "--from", *sorted(str(f) for f in tmp_path.glob("raw/*.csv")), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    settings = tmp_path / "here" / "holdfast.yaml"
    quick = "\ntraining: {models: [logistic, lightgbm], at_most_cutoffs: 2}\nfeatures: {windows: [90]}\n"
    settings.write_text(settings.read_text() + quick)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    with (tmp_path / "there" / "holdfast.yaml").open("a") as file:
        file.write('engine: spark\nspark: {master: "local[2]", partitions: 3}\n')
    for project in ("here", "there"):
        ran = holdfast("run", project, "--skip-plots", cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr == ""
        assert ("on Spark (local[2])" in ran.stdout) is (project == "there")
    here, there = (tmp_path / project / "runs" / "latest" for project in ("here", "there"))
    for name in ("features", "training", "predictions"):
        first, second = (pl.read_parquet(run / f"{name}.parquet") for run in (here, there))
        assert_frame_equal(second, first, check_exact=True)
    hashes = [{s["name"]: s["outputs"] for s in read_json(run / "manifest.json")["stages"]} for run in (here, there)]
    assert hashes[0]["features"] == hashes[1]["features"]
    assert hashes[0]["predict"] == hashes[1]["predict"]
