"""Features of records larger than memory: the store and the kernel, against Polars' streaming engine, in one run.

    python benchmarks/larger_than_memory.py [--rows 10000000] [--repeat 3] [--keep FOLDER]

A simulated purchase log of ROWS rows and ROWS/20 customers, as Parquet files by time; 60 features at one cutoff.

ours      the files into a store of events (ingest), then the features from it into blocks with hashes (features)
polars    the same 60 aggregates written by hand and streamed from the files into one Parquet file. Distinct categories
          are counted by the newest event of each customer and category: one group-by of all 60 takes a quarter longer
          at 10 million rows, and at 100 million it does not end within 18 GB of memory
scan      every value of the same columns read from the store and looked at once: the floor

The sides take turns, each in a process of its own: seconds without imports, the peak memory of the whole process.
Numbers are compared on a sample of customers. Results go to benchmarks/results/larger_than_memory.json with --write.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from crm.turns import peak_bytes

from holdfast.column_types import TIME
from holdfast.features.build import build
from holdfast.features.operators import Operator
from holdfast.features.out_of_core import Limits
from holdfast.features.requests import Selection
from holdfast.features.spec import Aggregate, Window
from holdfast.store.events.changes import changes_by_events
from holdfast.store.events.commit import SPILLED, committing, decoded
from holdfast.store.events.manifest import EVENTS
from holdfast.store.events.ordering import in_order
from holdfast.store.events.spill import Spill
from holdfast.store.events.store import EventStore, partitions_for
from holdfast.store.features.layout import Measurement
from holdfast.store.features.reading import MeasuredFeatures
from holdfast.store.features.refresh import RefreshTask, refresh_features

RESULTS = Path(__file__).parent / "results" / "larger_than_memory.json"
CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
HISTORY_DAYS = 1095
WINDOWS = (7, 14, 30, 60, 90, 180, 365, None)
ROWS_IN_FILE = 2_000_000
CATEGORIES = [f"category {number:02d}" for number in range(24)]
LOG = ("customer_id", "happened_at", "known_at", "amount", "quantity", "category")
MEMORY_GB = 4.0


def simulate_table(rows: int, folder: Path) -> None:
    """Write the log, a file a stretch of time; a few customers buy much, most buy little."""
    customers = max(1, rows // 20)
    files = -(-rows // ROWS_IN_FILE)
    dice = np.random.default_rng(7)
    begin = CUTOFF - timedelta(days=HISTORY_DAYS)
    stretch = HISTORY_DAYS * 86_400_000_000 // files
    for file in range(files):
        size = min(ROWS_IN_FILE, rows - file * ROWS_IN_FILE)
        who = (customers * dice.random(size) ** 1.5).astype(np.int64)
        when = np.sort(dice.integers(0, stretch, size)) + file * stretch
        frame = pl.DataFrame(
            {
                "customer_id": pl.Series(who).cast(pl.String).str.zfill(8),
                "happened_at": pl.Series(when + int(begin.timestamp()) * 1_000_000).cast(TIME),
                "amount": np.round(dice.gamma(2.0, 20.0, size), 2),
                "quantity": dice.integers(1, 6, size).astype(np.float64),
                "category": pl.Series(CATEGORIES).gather(pl.Series(dice.integers(0, len(CATEGORIES), size))),
            }
        )
        frame.with_columns(pl.format("c{}", "customer_id").alias("customer_id")).write_parquet(
            folder / f"{file:04d}.parquet"
        )


def features() -> list[Aggregate]:
    """60 of them."""
    requested = []
    for days in WINDOWS:
        window = Window(days)
        requested += [Aggregate("log", Operator.COUNT, window=window)]
        requested += [
            Aggregate("log", operator, "amount", window) for operator in (Operator.SUM, Operator.MEAN, Operator.MAX)
        ]
        requested += [Aggregate("log", operator, "quantity", window) for operator in (Operator.SUM, Operator.MAX)]
        requested += [Aggregate("log", Operator.DISTINCT, "category", window)]
    requested += [Aggregate("log", Operator.MIN, "amount"), Aggregate("log", Operator.MEAN, "quantity")]
    return [*requested, Aggregate("log", Operator.DAYS_SINCE_LAST), Aggregate("log", Operator.DAYS_SINCE_FIRST)]


def ours(folder: Path) -> dict[str, Any]:
    load_code()
    began = time.perf_counter()
    files = sorted((folder / "raw").glob("*.parquet"))
    rows = pl.scan_parquet(files).select(pl.len()).collect().item()
    EventStore.create(folder / "events", partitions_for(rows))
    add_log(folder / "events", (pl.read_parquet(file) for file in files))
    return {"ingest_seconds": time.perf_counter() - began}


def add_log(store: Path, frames: Iterable[pl.DataFrame]) -> None:
    """Rows into a store as `holdfast ingest` puts them, without cleaning: by partition on the disk, sorted, written."""
    with committing(store) as commit:
        spill = Spill(store / SPILLED, commit.before.partitions)
        for frame in frames:
            rows = frame if "known_at" in frame.columns else frame.with_columns(known_at="happened_at")
            commit.declare("log", EVENTS, {name: str(dtype) for name, dtype in rows.select(LOG).schema.items()})
            spill.add("log", rows.select(LOG), "customer_id")
        for partition in range(commit.before.partitions):
            if (rows := spill.take("log", partition)) is not None:
                events = in_order(decoded(rows))
                commit.add(partition, "log", events)
                commit.touch(partition, [changes_by_events(events)])
        spill.close()
        commit.finish()


def load_code() -> None:
    """Two rows are measured: what machine code imports and loads at its first call is not timed, as no import is."""
    rows = {"customer_id": ["c"] * 2, "happened_at": [CUTOFF - timedelta(days=1)] * 2, "category": ["a", "b"]}
    few = pl.DataFrame(rows | {"amount": [1.0, 2.0], "quantity": [1.0, 2.0]}).with_columns(
        pl.col("happened_at").cast(TIME)
    )
    few = few.with_columns(pl.col("happened_at").alias("known_at"))
    build({"log": few}, features(), pl.Series(["c"]), [CUTOFF])


def measuring(folder: Path) -> dict[str, Any]:
    load_code()
    store = EventStore.open(folder / "events")
    began = time.perf_counter()
    requested = features()
    made_of = Measurement(
        tuple(feature.record() for feature in requested),
        {},
        "benchmark",
        (CUTOFF.isoformat(),),
        store.version,
        store.partitions,
    )
    room = int(MEMORY_GB * 1e9 * 0.6)
    task = RefreshTask(
        requested, Selection((CUTOFF,), ("log",), life_columns=()), made_of, Limits(2, room), rebuild=True
    )
    done = refresh_features(folder / "features", store, task)
    return {"features_seconds": time.perf_counter() - began, "rows": done.features.rows}


def polars(folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    aggregates: list[pl.Expr] = []
    distinct: list[pl.Expr] = []
    for entry in features():
        since = None if entry.window.days is None else CUTOFF - timedelta(days=entry.window.days)
        if entry.operator is Operator.DISTINCT:
            visited = pl.len() if since is None else (pl.col("newest") >= since).sum()
            distinct.append(visited.cast(pl.UInt32).alias(entry.name))
            continue
        number = pl.col(entry.column or "happened_at")
        visited = number if since is None else number.filter(pl.col("happened_at") >= since)
        aggregates.append(_expression(entry, visited).alias(entry.name))
    scanned = pl.scan_parquet(folder / "raw" / "*.parquet").filter(pl.col("happened_at") < CUTOFF)
    newest = scanned.group_by("customer_id", "category").agg(pl.col("happened_at").max().alias("newest"))
    both = (
        scanned.group_by("customer_id")
        .agg(aggregates)
        .join(newest.group_by("customer_id").agg(distinct), "customer_id")
    )
    both.sink_parquet(folder / "polars.parquet")
    return {"polars_seconds": time.perf_counter() - began}


def _expression(entry: Aggregate, visited: pl.Expr) -> pl.Expr:
    match entry.operator:
        case Operator.COUNT:
            return visited.len()
        case Operator.DAYS_SINCE_LAST:
            return (pl.lit(CUTOFF) - visited.max()).dt.total_microseconds() / 86_400e6
        case Operator.DAYS_SINCE_FIRST:
            return (pl.lit(CUTOFF) - visited.min()).dt.total_microseconds() / 86_400e6
    matches: pl.Expr = getattr(visited, entry.operator.value)()
    return matches


def scan(folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    number = [pl.col("amount").sum(), pl.col("quantity").sum(), pl.col("happened_at").cast(pl.Int64).max()]
    texts = [pl.col(name).str.len_bytes().sum() for name in ("customer_id", "category")]
    files = sorted((folder / "events").rglob("*.parquet"))
    events = [file for file in files if "amount" in pl.read_parquet_schema(file)]
    pl.scan_parquet(events, hive_partitioning=False).select(*number, *texts).collect(engine="streaming")
    return {"scan_seconds": time.perf_counter() - began}


SIDES = {"ingest": ours, "features": measuring, "polars": polars, "scan": scan}


def largest_difference(folder: Path) -> float:
    """The greatest relative difference on 10,000 customers."""
    result = MeasuredFeatures.open(folder / "features")
    theirs = pl.scan_parquet(folder / "polars.parquet")
    ids = theirs.select("customer_id").collect()["customer_id"]
    some = ids.sample(min(10_000, len(ids)), seed=1)
    assert result.rows == len(ids)
    mine = result.frame(customers=some).drop("cutoff").sort("customer_id")
    other = (
        theirs.filter(pl.col("customer_id").is_in(some.implode())).collect().sort("customer_id").select(mine.columns)
    )
    worst = 0.0
    for name in mine.columns[1:]:
        entry, two = (frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for frame in (mine, other))
        assert (np.isnan(entry) == np.isnan(two)).all(), name
        worst = max(worst, float(np.nanmax(np.abs(entry - two) / np.maximum(np.abs(two), 1.0), initial=0.0)))
    return worst


def turns(folder: Path, repeat: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each side's answer, side after side."""
    for _ in range(repeat):
        for side in SIDES:
            if side == "ingest":
                subprocess.run(["rm", "-rf", str(folder / "events"), str(folder / "features")], check=True)
            command = [sys.executable, __file__, "--side", side, "--keep", str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            report = json.loads(done.stdout.splitlines()[-1])
            print(side, {name: round(value, 2) for name, value in report.items()}, flush=True)
            yield side, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--side", choices=sorted(SIDES))
    parser.add_argument("--keep", type=Path, help="work here, and leave the files there")
    parser.add_argument("--write", action="store_true", help="write the results file")
    chosen = parser.parse_args()
    if chosen.side:
        report = SIDES[chosen.side](chosen.keep)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = used.ru_utime + used.ru_stime  # with imports; on a busy machine it tells more than the clock
        print(json.dumps({**report, "cpu_seconds": cpu, "peak_gb": peak_bytes() / 1e9}))
        return
    with tempfile.TemporaryDirectory() as created:
        folder = chosen.keep or Path(created)
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        if not any((folder / "raw").iterdir()):
            simulate_table(chosen.rows, folder / "raw")
        report: dict[str, list[float]] = {}
        for side, numbers in turns(folder, chosen.repeat):
            for name, value in numbers.items():
                key = f"{side}_{name}" if name in {"peak_gb", "cpu_seconds"} else name
                report.setdefault(key, []).append(value)
        middle = {name: round(statistics.median(values), 3) for name, values in report.items()}
        both = middle["ingest_seconds"] + middle["features_seconds"]
        summary = {
            "rows": chosen.rows,
            "customers": int(middle.pop("rows")),
            "features": len(features()),
            "repeats": chosen.repeat,
            "processors": os.cpu_count(),
            **middle,
            "ours_over_polars": round(both / middle["polars_seconds"], 3),
            "features_over_polars": round(middle["features_seconds"] / middle["polars_seconds"], 3),
            "features_over_scan": round(middle["features_seconds"] / middle["scan_seconds"], 2),
            "largest_relative_difference": largest_difference(folder),
        }
    print(json.dumps(summary, indent=1))
    if chosen.write:
        RESULTS.parent.mkdir(exist_ok=True)
        reported_before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        size = "hundred_million" if chosen.rows >= 10**8 else "ten_million"
        RESULTS.write_text(json.dumps({**reported_before, size: summary}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
