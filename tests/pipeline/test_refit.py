"""Models on their own schedule (`training.refit_days`): kept between two fits, equal to those of a run from scratch."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import open_project
from holdfast.store.artifacts import files_in, read_json
from holdfast.store.runs import StageRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIT = datetime(2024, 12, 12, tzinfo=UTC)  # a whole number of weeks since 1970
SETTINGS = """
name: shop
shape: purchases
tables:
  purchases:
    files: ["orders-*.csv"]
    holds: transactions
    columns:
      customer_id: {from: customer}
      happened_at: {from: at, kind: time}
      order_id: {from: "order"}
      amount: {from: amount, kind: money}
churn: {rule: inactivity, horizon_days: 60}
training: {models: [logistic], at_most_cutoffs: 2, refit_days: 7}
"""
FIT_ONLY = ("train", "train_value")
FITTED = ("models/churn", "models/value_fit", "splits")
RESULTS = ("predictions.parquet", "value.parquet", "churn.parquet", "plan.parquet", "training.parquet", "metrics.json")
OF_BOTH = (
    *("models/returns", "lapsed.parquet", "reports/lapsed.json"),
    *("reports/eda.json", "reports/eda.txt", "reports/months.parquet"),
)


def orders(first: datetime, days: int, rows: int, seed: int, customers: int = 400) -> pl.DataFrame:
    """Purchases in the days from `first` on, one of them in the last minute; some customers stop after a third."""
    dice = np.random.default_rng(seed)
    who = (customers * dice.random(rows) ** 2).astype(int)
    minutes = dice.integers(0, days * 1440, rows) // np.where(who < 250, 1, 3)
    who[-1], minutes[-1] = 0, days * 1440 - 1
    return pl.DataFrame(
        {
            "customer": [f"c{number:04d}" for number in who],
            "at": [f"{first + timedelta(minutes=int(minute)):%Y-%m-%d %H:%M:%S}" for minute in minutes],
            "order": [f"o{seed}-{n}" for n in range(rows)],
            "amount": np.round(dice.gamma(2, 20, rows), 2),
        }
    )


PAST = orders(FIT - timedelta(days=540), 541, 6000, 1)  # up to the end of the day of the fit
NIGHT = orders(FIT + timedelta(days=1), 1, 40, 2, customers=250)
LATE = orders(FIT - timedelta(days=200), 100, 2, 3, customers=250)  # rows of two customers that come with the night's


@dataclass(frozen=True)
class Night:
    """A run of the project."""

    folder: Path
    stages: dict[str, StageRecord]

    @property
    def words(self) -> str:
        return self.stages["features"].words

    @property
    def fit(self) -> dict:
        return read_json(self.folder / "timeline.json")["fit"]


def shop(home: Path, *files: pl.DataFrame, settings: str = SETTINGS) -> Path:
    home.mkdir()
    (home / "holdfast.yaml").write_text(settings)
    for number, rows in enumerate(files):
        rows.write_csv(home / f"orders-{number}.csv")
    return home


def run(home: Path, nights: int = 0, *, cutoff: str | None = None, stages: tuple[str, ...] = ()) -> Night:
    options = RunOptions(stages=stages, plots=False)
    ran = open_project(home, cutoff=cutoff).run(now=NOW + timedelta(days=nights), options=options)
    return Night(ran.folder, {stage.name: stage for stage in ran.stages})


def equal(one: Path, other: Path, *paths: str) -> None:
    for path in paths:
        files = [file.relative_to(one) for file in files_in(one / path)] if (one / path).is_dir() else [Path(path)]
        assert files
        for file in files:
            assert (one / file).read_bytes() == (other / file).read_bytes(), file


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the run of the day after the fit."""
    home = shop(tmp_path_factory.mktemp("first") / "shop", PAST)
    run(home)
    return home


def later(first: Path, tmp_path: Path, *files: pl.DataFrame) -> Path:
    """The same project with more files."""
    home = tmp_path / "later"
    shutil.copytree(first, home, symlinks=True)
    for number, rows in enumerate(files):
        rows.write_csv(home / f"orders-{number + 1}.csv")
    return home


def test_a_night_between_two_fits_keeps_the_models_and_equals_a_run_from_scratch(first: Path, tmp_path: Path) -> None:
    night, scratch = run(later(first, tmp_path, NIGHT), 1), run(shop(tmp_path / "scratch", PAST, NIGHT))
    assert night.stages["prepare"].reused
    assert night.stages["train_value"].reused
    assert "kept from an earlier run" in night.stages["train"].words
    assert not any(stage.reused for stage in scratch.stages.values())
    equal(
        night.folder, scratch.folder, *FITTED, *RESULTS, "timeline.json", "reports/value.json", "reports/summary.json"
    )
    assert night.fit["words"] == (
        "The models were fitted on 12 December 2024, 2 days before this cutoff; "
        "the next fit is due on 19 December 2024."
    )


def test_the_models_are_those_of_a_run_on_the_day_of_the_fit(first: Path, tmp_path: Path) -> None:
    that_day = run(shop(tmp_path / "then", PAST, NIGHT), cutoff=f"{FIT:%Y-%m-%d}", stages=FIT_ONLY)
    equal(first / "runs" / "latest", that_day.folder, *FITTED, "training.parquet")


def test_few_restated_customers_are_counted_and_the_models_kept(first: Path, tmp_path: Path) -> None:
    home = later(first, tmp_path, NIGHT, LATE)
    (home / "holdfast.yaml").write_text(SETTINGS.replace("refit_days: 7", "refit_days: 7, refit_when_restated: 0.02"))
    # The setting is one of training: the first night with it fits, on the records before the late ones came.
    (home / "orders-2.csv").rename(home / "late.csv")
    run(home, 1, stages=FIT_ONLY)
    (home / "late.csv").rename(home / "orders-2.csv")
    night = run(home, 2)
    assert night.stages["train_value"].reused
    assert "Records before the fit have changed since for 0.5 % of the customers (2 of 400)" in night.fit["words"]
    loaded = shop(tmp_path / "loaded", PAST, NIGHT, LATE, settings=(home / "holdfast.yaml").read_text())
    shutil.copytree(sorted((home / "runs").glob("2026*"))[-2], loaded / "runs" / "of-the-fit")
    equal(night.folder, run(loaded, 3).folder, *FITTED, *RESULTS)


def test_more_restated_customers_than_stated_bring_the_fit_forward(first: Path, tmp_path: Path) -> None:
    home = later(first, tmp_path, NIGHT, orders(FIT - timedelta(days=200), 100, 30, 4, customers=250))
    night = run(home, 1, stages=FIT_ONLY)
    assert "fitted again: the records before 12 December 2024 have changed for" in night.words
    assert not night.stages["train_value"].reused
    whole = shop(tmp_path / "scratch", *(pl.read_csv(file) for file in sorted(home.glob("orders-*.csv"))))
    equal(night.folder, run(whole, stages=FIT_ONLY).folder, *FITTED, "training.parquet", "metrics.json")


def test_a_fit_is_made_when_it_is_due(first: Path, tmp_path: Path) -> None:
    night = run(later(first, tmp_path, orders(FIT + timedelta(days=1), 6, 300, 5, customers=250)), 7, stages=FIT_ONLY)
    assert night.fit["cutoff"].startswith("2024-12-19")
    assert "fitted again: the next fit after that of 12 December 2024 was due" in night.words
    assert not night.stages["train_value"].reused


def test_other_settings_bring_the_fit_forward(first: Path, tmp_path: Path) -> None:
    home = later(first, tmp_path)
    (home / "holdfast.yaml").write_text(f"{SETTINGS}features: {{windows: [45, 90]}}\n")
    night = run(home, 1, stages=FIT_ONLY)
    assert "fitted again: settings changed: features" in night.words
    assert not night.stages["train_value"].reused
