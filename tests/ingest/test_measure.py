"""`holdfast features`: from the store, in bounded memory, with the numbers of whole tables."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from tests.ingest.commands import ingest_new, measure_features
from tests.store.writer import add_rows

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow, active_window
from holdfast.cutoffs.population import population
from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.span import event_span
from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.facts import facts_of_records, span_of_records
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import describe_tables, facts_to_record
from holdfast.ingest.measure import FeatureOptions
from holdfast.service.project import open_project
from holdfast.store.events.store import EventStore
from holdfast.store.features.reading import MeasuredFeatures

FIRST = date(2025, 1, 1)
PROJECT = {
    "name": "shop",
    "shape": "purchases",
    "churn": {"rule": "inactivity", "horizon_days": 60},
    "tables": {
        "orders": {
            "files": ["orders*.csv"],
            "holds": "transactions",
            "columns": {
                "customer_id": {"from": "customer"},
                "happened_at": {"from": "day", "kind": "time"},
                "amount": {"from": "paid", "kind": "money"},
                "category": {"from": "category", "kind": "category"},
            },
        },
        "people": {
            "files": ["people.csv"],
            "holds": "customers",
            "columns": {"customer_id": {"from": "customer"}, "region": {"from": "region", "kind": "category"}},
        },
    },
}


def orders(path: Path, rows: int, seed: int, days: tuple[int, int]) -> None:
    dice = random.Random(seed)
    lines = ["customer,day,paid,category"]
    for _ in range(rows):
        day = FIRST + timedelta(days=dice.randint(*days))
        category = dice.choice(["tea", "tea", "tea", "coffee", "coffee", "milk"])
        lines.append(f"c{int(80 * dice.random() ** 1.5):02d},{day},{dice.randint(100, 9900) / 100},{category}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "holdfast.yaml").write_text(yaml.safe_dump(PROJECT))
    orders(folder / "orders1.csv", 900, 1, (0, 200))
    people = ["customer,region", *(f"c{number:02d},{'NS'[number % 2]}" for number in range(80))]
    (folder / "people.csv").write_text("\n".join(people) + "\n")
    ingest_new(folder)
    return folder


def whole(folder: Path) -> dict[str, pl.DataFrame]:
    store = EventStore.open(folder / "events")
    columns = {name: list(schema) for name, schema in store.tables.items()}
    parts = [store.load(partition, columns) for partition in range(store.partitions)]
    return {name: pl.concat([part[name] for part in parts]).select(columns[name]) for name in columns}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_facts_and_span_of_a_store_are_those_of_whole_tables(shop: Path) -> None:
    store, tables = EventStore.open(shop / "events"), whole(shop)
    project = open_project(shop).settings
    assert span_of_records(store) == event_span(tables)
    for before in (None, moment("2025-01-02"), moment("2025-03-01"), moment("2026-01-01")):
        ours = facts_of_records(store, project, before)
        assert facts_to_record(ours) == facts_to_record(describe_tables(tables, project, before))
        assert ours == describe_tables(tables, project, before)


def test_the_features_are_those_of_the_library_on_whole_tables_scores_included(shop: Path) -> None:
    measured = measure_features(shop)
    tables, project = whole(shop), open_project(shop).settings
    (cutoff,) = measured.features.cutoffs
    assert cutoff == moment("2025-07-21")
    features = features_for(describe_tables(tables, project, cutoff), project)
    window = active_window(tables, project, schedule_for(tables, project))
    assert measured.features.manifest.made_of.window == window.to_record()
    asked = pl.DataFrame({"customer_id": population(tables, window.applied_to(project), cutoff)})
    expected = build(tables, features, asked.with_columns(pl.lit(cutoff, TIME).alias("cutoff")), ())
    assert any("score" in name for name in measured.features.names)
    assert measured.features.frame().equals(expected)


CHURN_RULES = {
    "learned": {"rule": "inactivity", "horizon_days": 20},
    "set": {"rule": "inactivity", "horizon_days": 60, "active_within_days": 25},
    "everybody": {"rule": "inactivity", "horizon_days": 60, "active_within_days": "all"},
    "end date": {"rule": "end_date", "horizon_days": 60},
    "end date and activity": {"rule": "end_date", "horizon_days": 60, "active_within_days": 25},
}


@pytest.mark.parametrize("rule", CHURN_RULES)
def test_the_customers_of_a_store_are_the_population_of_a_run(shop: Path, rule: str) -> None:
    days = {"region": {"from": "region", "kind": "category"}, "signed_up_at": {"from": "since", "kind": "time"}}
    days |= {"ended_at": {"from": "until", "kind": "time"}, "customer_id": {"from": "customer"}}
    people = {**PROJECT["tables"]["people"], "files": ["lives.csv"], "columns": days}
    dice = random.Random(5)
    lines = ["customer,region,since,until"]
    for number in range(70):
        since, until = (FIRST + timedelta(days=dice.randint(0, 220)) if dice.random() < 0.5 else "" for _ in range(2))
        lines.append(f"c{number:02d},N,{since},{until}")
    (shop / "lives.csv").write_text("\n".join(lines) + "\n")
    shutil.rmtree(shop / "events")
    file = shop / "holdfast.yaml"
    tables = {**PROJECT["tables"], "people": people}
    file.write_text(yaml.safe_dump({**PROJECT, "tables": tables, "churn": CHURN_RULES[rule]}))
    ingest_new(shop)
    measured = measure_features(shop, FeatureOptions(since="2025-03-03", until="2025-08-04", every_days=14))
    whole_tables, project = whole(shop), open_project(shop).settings
    stored = measured.features.manifest.made_of.window
    assert (stored["days"] is None) == (rule in {"learned", "everybody", "end date"})
    project = ActiveWindow.from_record(stored).applied_to(project)
    for cutoff in measured.features.cutoffs:
        ours = measured.features.frame(cutoff=cutoff, columns=[])["customer_id"].to_list()
        assert ours == population(whole_tables, project, cutoff).to_list(), cutoff


def test_after_an_ingest_the_refresh_is_equal_to_measuring_again(shop: Path) -> None:
    weekly = FeatureOptions(since="2025-05-05", until="2025-07-14", every_days=7)
    assert measure_features(shop, weekly).refreshed.how == "all"
    assert measure_features(shop, weekly).refreshed.how == "kept"
    orders(shop / "orders2.csv", 12, 2, (120, 215))
    ingest_new(shop)
    refreshed = measure_features(shop, weekly)
    assert refreshed.refreshed.how == "changes"
    assert 0 < refreshed.refreshed.customers_again <= 12
    ours = refreshed.features.frame()
    assert MeasuredFeatures.open(shop / "features").frame().equals(ours)
    rebuilt = measure_features(shop, FeatureOptions(since="2025-05-05", until="2025-07-14", every_days=7, rebuild=True))
    # Features are chosen before the first cutoff, and nothing changed there.
    assert rebuilt.features.names == refreshed.features.names
    assert rebuilt.features.frame().equals(ours)


def test_other_settings_choose_and_measure_all_again(shop: Path) -> None:
    measure_features(shop)
    changed = {**PROJECT, "features": {"windows": [10, 20]}}
    (shop / "holdfast.yaml").write_text(yaml.safe_dump(changed))
    measured = measure_features(shop)
    assert measured.refreshed.how == "all"
    assert any(name.endswith("_10d") for name in measured.features.names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (FeatureOptions(since="2025-05-05"), "need a first and a last day"),
        (FeatureOptions(since="2025-05-05", until="2025-05-01"), "no day from"),
        (FeatureOptions(since="1925-05-05", until="2025-05-01", every_days=1), "1,000 is the most"),
        (FeatureOptions(cutoffs=("yesterday",)), "is not a day"),
        (FeatureOptions(cutoffs=("2001-01-01",)), "no customer to measure at 2001-01-01"),
        (FeatureOptions(memory_limit_gb=0.1), "is too little: the program alone takes"),
    ],
)
def test_what_cannot_be_is_said(shop: Path, options: FeatureOptions, said: str) -> None:
    with pytest.raises(HoldfastError, match=said) as told:
        measure_features(shop, options)
    assert told.value.fix


def test_without_a_store_the_command_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "holdfast.yaml").write_text(yaml.safe_dump(PROJECT))
    with pytest.raises(HoldfastError) as told:
        measure_features(tmp_path)
    assert told.value.fix == f"holdfast ingest {tmp_path}"


def holdfast(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from holdfast.interfaces.cli.app import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_writes_one_file_and_answers_machines(shop: Path) -> None:
    out = shop / "all.parquet"
    said = holdfast("features", str(shop), "--cutoff", "2025-06-01", "--cutoff", "2025-07-01", "--out", str(out))
    assert said.returncode == 0, said.stderr
    following = said.stdout.splitlines()[-1]
    assert f"ingest {shop} --data NEXT_DAY.csv, then " in following
    assert following.endswith(f"features {shop} --cutoff 2025-06-01 --cutoff 2025-07-01 --out {out}")
    weekly = holdfast("features", str(shop), "--from", "2025-04-27", "--until", "2025-06-22", "--every", "7").stdout
    assert "- 4 earlier cutoffs, from 2025-04-27 with " in weekly
    told = json.loads(holdfast("features", str(shop), "--cutoff", "2025-06-01", "--json").stdout)
    assert told["cutoffs"] == ["2025-06-01"]
    assert told["how"] == "changes"  # a cutoff went
    assert pl.read_parquet(out).filter(pl.col("cutoff") == moment("2025-06-01")).height == told["rows"]
    refused = holdfast("features", str(shop), "--memory-limit-gb", "0.01")
    assert refused.returncode == 2
    assert "Fix: --memory-limit-gb" in refused.stderr
    assert holdfast("features", str(shop), "--out", str(shop / "all.csv")).returncode == 2
    assert not (shop / "all.csv").exists()


@pytest.mark.slow
def test_the_process_stays_below_its_memory_limit(tmp_path: Path) -> None:
    rows, limit = 5_000_000, 1.0
    (tmp_path / "holdfast.yaml").write_text(yaml.safe_dump(PROJECT))
    store = EventStore.create(tmp_path / "events", 16)

    dice = np.random.default_rng(3)
    for _ in range(10):
        days = dice.integers(0, 700, rows // 10)
        moments = pl.Series(days * 86_400_000_000 + 1_700_000_000_000_000).cast(TIME)
        orders = {
            "customer_id": pl.Series(dice.integers(0, rows // 20, rows // 10)).cast(pl.String),
            "happened_at": moments,
            "known_at": moments,
            "amount": np.round(dice.gamma(2.0, 20.0, rows // 10), 2),
            "category": pl.Series(["tea", "coffee", "milk"]).gather(pl.Series(dice.integers(0, 3, rows // 10))),
        }
        store = add_rows(store, orders=pl.DataFrame(orders))
    program = (
        "import resource, sys; from pathlib import Path;"
        "from holdfast.ingest.measure import FeatureOptions; from tests.ingest.commands import measure_features;"
        "days = {'since': '2025-01-01', 'until': '2025-08-01', 'every_days': 30};"
        "options = FeatureOptions(**days, memory_limit_gb=float(sys.argv[2]));"
        "print(measure_features(Path(sys.argv[1]), options).features.rows);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), str(limit)], capture_output=True, text=True, check=True
    )
    measured, peak = (int(line) for line in done.stdout.split())
    assert measured > 8 * 240_000
    assert peak * 1024 < limit * 1e9


def test_a_category_that_is_spelt_another_way_is_chosen_and_measured_again(shop: Path) -> None:
    """The features that were chosen count a spelling that no stored row has any more."""
    options = FeatureOptions(cutoffs=("2025-06-01", "2025-07-01"))
    before = measure_features(shop, options).features.frame()
    counts = [name for name in before.columns if "category_tea_count" in name]
    assert before.select(pl.sum_horizontal(counts)).sum().item() > 0
    (shop / "orders2.csv").write_text("customer,day,paid,category\nc01,2025-06-20,5.00,Tea\n")
    assert ingest_new(shop).report["cleaned_again"]
    refreshed = measure_features(shop, options).features.frame()
    assert refreshed.equals(measure_features(shop, replace(options, rebuild=True)).features.frame())
    assert (refreshed.select(counts).sum_horizontal() >= before.select(counts).sum_horizontal()).all()
