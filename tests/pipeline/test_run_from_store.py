"""A run from the store of events is the run that reads its files whole: the same numbers, to the last bit."""

import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from tests.ingest.commands import ingest_new
from tests.pipeline.conftest import NOW

from holdfast.errors import BusyError, HoldfastError
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import open_project
from holdfast.store.artifacts import read_json
from holdfast.store.events.records_of_runs import open_unchanged
from holdfast.store.events.store import EventStore
from holdfast.store.runs import Runs

PROJECT = {
    "name": "shop",
    "shape": "purchases",
    "currency": "EUR",
    "churn": {"rule": "inactivity", "horizon_days": 60},
    "training": {"at_most_cutoffs": 2, "models": ["logistic"]},
    "tables": {
        "orders": {
            "files": ["orders*.csv"],
            "holds": "transactions",
            "columns": {
                "customer_id": {"from": "customer"},
                "happened_at": {"from": "day", "kind": "time"},
                "order_id": {"from": "order"},
                "amount": {"from": "paid", "kind": "money"},
                "category": {"from": "category", "kind": "category"},
                "shop": {"from": "shop"},
            },
        },
        "people": {
            "files": ["people.csv"],
            "holds": "customers",
            "columns": {
                "customer_id": {"from": "customer"},
                "region": {"from": "region", "kind": "category"},
                "newsletter": {"from": "newsletter", "kind": "flag"},
            },
        },
        "shops": {
            "files": ["shops.csv"],
            "holds": "lookup",
            "columns": {"shop": {"from": "shop"}, "size": {"from": "size", "kind": "number"}},
        },
    },
}
FEATURES = RunOptions(stages=("features",), plots=False)
RESULTS = ("predictions.parquet", "value.parquet", "churn.parquet", "segment_assignments.parquet", "plan.parquet")


def write_shop(home: Path) -> None:
    """400 customers; with repeats, ids with blanks, an unreadable amount and time, two spellings of a category."""
    random, customers, days = np.random.default_rng(3), 400, 420
    stays = random.random(customers) < 0.5
    ends = np.where(stays, days, random.integers(30, days, customers))
    count = random.poisson(random.gamma(1.5, 0.02, customers) * ends) + 1
    customer = np.repeat(np.arange(customers), count)
    ago = days - random.random(customer.size) * ends[customer]
    words = np.array(["Tea", "tea ", "Coffee", "Milk"])
    orders = pl.DataFrame(
        {
            "customer": [f"c{number:03d}" for number in customer],
            "day": [f"{NOW - timedelta(days=float(day) + 1):%Y-%m-%d %H:%M:%S}" for day in ago],
            "order": [f"o{number}" for number in range(customer.size)],
            "paid": [f"{value:.2f}" for value in random.gamma(2, 20, customer.size)],
            "category": words[random.integers(0, 4, customer.size)],
            "shop": [f"s{number}" for number in random.integers(0, 3, customer.size)],
            "note": "",
        }
    ).sort("day")
    odd = orders.head(3).with_columns(
        paid=pl.Series(["?", "3.50", "4.00"]),
        day=pl.Series(["2025-03-01", "soon", "2025-03-02"]),
        customer=pl.Series([" c001", "c002", None], dtype=pl.String),
    )
    orders = pl.concat([orders, orders.head(20), odd])
    edge = orders.height // 2
    orders.head(edge).write_csv(home / "orders1.csv")
    orders.slice(edge).write_csv(home / "orders2.csv")
    people = ["customer,region,newsletter"]
    people += [f"c{number:03d},{'NSE'[number % 3]},{'yes' if number % 4 else 'no'}" for number in range(380)]
    (home / "people.csv").write_text("\n".join([*people, "c005,N,yes"]) + "\n")
    (home / "shops.csv").write_text("shop,size\ns0,10\ns1,20\n")
    (home / "holdfast.yaml").write_text(yaml.safe_dump(PROJECT, sort_keys=False))


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two projects of the same files; one with a store, which lacks a file that came a day later."""
    whole, stored = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("stored")
    write_shop(whole)
    shutil.copytree(whole, stored, dirs_exist_ok=True)
    (stored / "orders2.csv").rename(stored / "later.csv")
    ingest_new(stored)
    (stored / "later.csv").rename(stored / "orders2.csv")
    return whole, stored


def run(home: Path, *stages: str) -> Path:
    return open_project(home).run(now=NOW, options=RunOptions(stages=stages, plots=False)).folder


def test_cleaning_is_that_of_whole_files(homes: tuple[Path, Path]) -> None:
    whole, stored = (run(home, "clean") for home in homes)
    assert read_json(stored / "raw.json")["store"]["version"] == 2  # the run took the new file in
    for name in ("reports/cleaning", "reports/ledger", "reports/readiness", "models/columns/columns"):
        assert read_json(stored / f"{name}.json") == read_json(whole / f"{name}.json"), name
    assert (stored / "reports/validation.csv").read_text() == (whole / "reports/validation.csv").read_text()
    assert pl.read_parquet(stored / "set_aside.parquet").equals(pl.read_parquet(whole / "set_aside.parquet"))
    for name in ("customers", "orders"):
        ours, theirs = (pl.read_parquet(folder / f"tables/{name}.parquet") for folder in (stored, whole))
        assert ours.equals(theirs), name
        assert ours["customer_id"].is_sorted(), name


def test_the_raw_rows_are_those_of_the_snapshot_also_after_more_was_added(homes: tuple[Path, Path]) -> None:
    whole, stored = homes
    before = read_json(run(stored, "collect") / "raw.json")
    ours, _ = raw_tables(stored, before)
    theirs, _ = raw_tables(whole, read_json(run(whole, "collect") / "raw.json"))
    for name, table in theirs.items():
        assert ours[name].equals(table), name
    more = stored / "more.csv"
    more.write_text("customer,day,order,paid,category,shop,note\nc001,2025-06-01,o1x,9.00,Tea,s1,\n")
    ingest_new(stored, [more])
    again, _ = raw_tables(stored, before)
    assert again["orders"].equals(ours["orders"])
    assert (
        raw_tables(stored, read_json(run(stored, "collect") / "raw.json"))[0]["orders"].height
        == ours["orders"].height + 1
    )


def test_a_store_that_changes_during_the_run_is_refused(tmp_path: Path) -> None:
    write_shop(tmp_path)
    ingest_new(tmp_path)
    mark = EventStore.open(tmp_path / "events").mark
    open_unchanged(tmp_path, mark)
    more = tmp_path / "more.csv"
    more.write_text("customer,day,order,paid,category,shop,note\nc001,2025-06-01,o1x,9.00,Tea,s1,\n")
    ingest_new(tmp_path, [more])
    with pytest.raises(HoldfastError, match="changed while the run was at work"):
        open_unchanged(tmp_path, mark)


@pytest.mark.slow
def test_the_predictions_are_those_of_whole_files_to_the_bit(tmp_path: Path) -> None:
    whole, stored = tmp_path / "whole", tmp_path / "stored"
    whole.mkdir()
    write_shop(whole)
    shutil.copytree(whole, stored)
    ingest_new(stored)
    ran, from_store = run(whole), run(stored)
    assert "store" in read_json(from_store / "raw.json")
    for name in RESULTS:
        ours, theirs = pl.read_parquet(from_store / name), pl.read_parquet(ran / name)
        assert ours.sort("customer_id").equals(theirs.sort("customer_id")), name
    assert pl.read_parquet(from_store / RESULTS[0]).equals(pl.read_parquet(ran / RESULTS[0]))  # in their order, too


def test_the_next_night_computes_the_changed_customers_alone_and_gives_what_a_first_run_gives(tmp_path: Path) -> None:
    nightly, fresh = tmp_path / "nightly", tmp_path / "fresh"
    nightly.mkdir()
    write_shop(nightly)
    ingest_new(nightly)
    run(nightly, "features")
    day = "customer,day,order,paid,category,shop,note\nc001,2025-12-30 10:00:00,n1,9.00,Tea,s1,\n"
    (nightly / "orders3.csv").write_text(day)
    shutil.copytree(nightly, fresh, ignore=shutil.ignore_patterns("runs", "events", "raw", "logs"))
    ingest_new(fresh)
    tonight, first = (open_project(home).run(now=NOW, options=FEATURES) for home in (nightly, fresh))
    assert "reused from an earlier run" in tonight.stages[-1].words
    assert "reused" not in first.stages[-1].words
    for name in ("features", "training"):
        ours, theirs = (pl.read_parquet(each.folder / f"{name}.parquet") for each in (tonight, first))
        assert ours.equals(theirs), name


def test_a_night_that_is_run_twice_takes_nothing_in_and_computes_nothing_again(tmp_path: Path) -> None:
    write_shop(tmp_path)
    ingest_new(tmp_path)
    first, second = (open_project(tmp_path).run(now=NOW, options=FEATURES) for _ in range(2))
    assert EventStore.open(tmp_path / "events").version == 1
    assert not any(stage.reused for stage in first.stages)
    assert all(stage.reused for stage in second.stages)
    assert [stage.outputs for stage in second.stages] == [stage.outputs for stage in first.stages]


def test_who_comes_second_hears_who_holds_the_lock(tmp_path: Path) -> None:
    write_shop(tmp_path)
    holder = f"process {os.getpid()}, since {NOW:%Y-%m-%d %H:%M:%S} UTC"
    with Runs(tmp_path).exclusive(NOW), pytest.raises(BusyError, match=re.escape(holder)):
        open_project(tmp_path).run(now=NOW, options=FEATURES)
