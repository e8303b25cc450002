"""A run after new files measures the touched customers only, and its result is that of a full run, to the last bit."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import open_project
from holdfast.store.artifacts import files_in
from holdfast.store.runs import Runs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2024, 12, 20, tzinfo=UTC)
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
      known_at: {from: learnt, kind: time}
      order_id: {from: "order"}
      amount: {from: amount, kind: money}
churn: {rule: inactivity, horizon_days: 60}
training: {at_most_cutoffs: 3, aligned_days: 7}
"""


def orders(customers: int, rows: int, seed: int, *, first: int = 0) -> pl.DataFrame:
    """Purchases of the eighteen months before `LAST`."""
    dice = np.random.default_rng(seed)
    happened = [LAST - timedelta(minutes=int(n)) for n in dice.integers(0, 540 * 1440, rows)]
    return pl.DataFrame(
        {
            "customer": [f"c{first + int(n):04d}" for n in dice.integers(0, customers, rows)],
            "at": happened,
            "learnt": happened,
            "order": [f"o{seed}-{n}" for n in range(rows)],
            "amount": np.round(dice.gamma(2, 20, rows), 2),
        }
    )


def write(home: Path, day: str, rows: pl.DataFrame) -> None:
    written = rows.with_columns(pl.col("at", "learnt").dt.strftime("%Y-%m-%d %H:%M:%S"))
    written.write_csv(home / f"orders-{day}.csv")


def shop(home: Path) -> Path:
    home.mkdir()
    (home / "holdfast.yaml").write_text(SETTINGS)
    write(home, "1", orders(300, 6000, 1))
    return home


def measured(home: Path, cutoff: str | None, nights: int = 0) -> tuple[Path, int, int]:
    """Run up to the features: the folder, how many rows were reused and how many computed."""
    ran = open_project(home, cutoff=cutoff).run(
        now=NOW + timedelta(days=nights), options=RunOptions(stages=("features",), plots=False)
    )
    words = ran.stages[-1].words
    told = re.search(r"([\d,]+) rows reused from an earlier run, ([\d,]+) computed", words)
    kept, anew = (int(n.replace(",", "")) for n in told.groups()) if told else (0, -1)
    return ran.folder, kept, anew


def equal(one: Path, other: Path) -> None:
    for name in ("features.parquet", "training.parquet"):
        assert_frame_equal(pl.read_parquet(one / name), pl.read_parquet(other / name), check_exact=True)
    assert json.loads((one / "features.json").read_text()) == json.loads((other / "features.json").read_text())


late = orders(3, 8, 2, first=40)
backfilled = orders(2, 5, 3, first=90).with_columns(pl.lit(LAST - timedelta(days=1)).alias("learnt"))
new_people = orders(4, 12, 4, first=1000)
CHANGES = {"late rows": (late, 3), "backfilled rows": (backfilled, 2), "new customers": (new_people, 4)}


@pytest.mark.parametrize(("rows", "touched"), CHANGES.values(), ids=CHANGES)
def test_new_files_cost_the_touched_customers_only(tmp_path: Path, rows: pl.DataFrame, touched: int) -> None:
    home = shop(tmp_path / "shop")
    measured(home, "2024-12-20")
    write(home, "2", rows)
    refreshed, kept, anew = measured(home, "2024-12-20", nights=1)
    assert 0 < anew <= touched * 5  # test, scoring and three training cutoffs
    assert kept > 50 * anew
    whole = shop(tmp_path / "whole")
    write(whole, "2", rows)
    equal(refreshed, measured(whole, "2024-12-20")[0])


def test_rows_that_were_taken_back_are_noticed(tmp_path: Path) -> None:
    home = shop(tmp_path / "shop")
    write(home, "2", late)
    measured(home, "2024-12-20")
    (home / "orders-2.csv").unlink()
    refreshed, _, anew = measured(home, "2024-12-20", nights=1)
    assert anew > 0
    equal(refreshed, measured(shop(tmp_path / "whole"), "2024-12-20")[0])


def test_the_next_night_asks_the_past_at_the_same_days_and_keeps_it(tmp_path: Path) -> None:
    home = shop(tmp_path / "shop")
    first, _, _ = measured(home, "2024-12-13")
    refreshed, kept, anew = measured(home, "2024-12-14", nights=1)
    training, scored = (pl.read_parquet(refreshed / f"{name}.parquet") for name in ("training", "features"))
    assert_frame_equal(pl.read_parquet(first / "training.parquet"), training, check_exact=True)
    assert kept > 0.9 * training.height  # all but the customers with an event on the new day
    assert kept + anew == training.height + scored.height
    equal(refreshed, measured(shop(tmp_path / "whole"), "2024-12-14")[0])


def trained(home: Path, cutoff: str, nights: int = 0) -> tuple[Path, str]:
    """Run up to the model: the folder, and what the stage says."""
    settings = (home / "holdfast.yaml").read_text()
    (home / "holdfast.yaml").write_text(settings.replace("training: {at", "training: {models: [logistic], at"))
    ran = open_project(home, cutoff=cutoff).run(
        now=NOW + timedelta(days=nights), options=RunOptions(stages=("train",), plots=False)
    )
    return ran.folder, ran.stages[-1].words


def test_the_next_night_keeps_the_model_as_long_as_its_rows_are_the_same(tmp_path: Path) -> None:
    home = shop(tmp_path / "shop")
    trained(home, "2024-12-13")
    tonight, words = trained(home, "2024-12-14", nights=1)
    assert "kept from an earlier run" in words
    first, words_of_first = trained(shop(tmp_path / "whole"), "2024-12-14")
    assert words.removesuffix("; kept from an earlier run, whose rows are the same") == words_of_first
    files = [file.relative_to(first) for file in files_in(first / "models" / "churn")]
    for file in [*files, Path("metrics.json"), Path("feature_importance.csv")]:
        assert (tonight / file).read_bytes() == (first / file).read_bytes(), file
    write(home, "2", late)
    _, words = trained(home, "2024-12-14", nights=2)
    assert "kept" not in words


def test_other_features_are_measured_whole(tmp_path: Path) -> None:
    home = shop(tmp_path / "shop")
    measured(home, "2024-12-20")
    settings = (home / "holdfast.yaml").read_text()
    (home / "holdfast.yaml").write_text(settings + "features: {windows: [45, 90]}\n")
    _, kept, _ = measured(home, "2024-12-20", nights=1)
    assert kept == 0


def test_a_harmed_earlier_run_is_not_built_on(tmp_path: Path) -> None:
    home = shop(tmp_path / "shop")
    run, _, _ = measured(home, "2024-12-20")
    table = pl.read_parquet(run / "features.parquet")
    table.with_columns(pl.lit(7.0).alias(table.columns[-1])).write_parquet(run / "features.parquet")
    write(home, "2", late)
    refreshed, kept, _ = measured(home, "2024-12-20", nights=1)
    assert kept == 0
    assert len(Runs(home).finished()) == 2
    whole = shop(tmp_path / "whole")
    write(whole, "2", late)
    equal(refreshed, measured(whole, "2024-12-20")[0])
