"""Daily refresh: features after 1 % new rows, against measuring all again, in one run.

    python benchmarks/refresh.py [--rows 5000000] [--repeat 3] [--share 0.01] [--write]

The purchase log of larger_than_memory.py, 60 features and three scores among all customers, at 12 monthly cutoffs.
New rows (1 %) fall into the last 30 days before the last cutoff, thrice: of few customers (1 % of them), of customers
at random, and of those with one row in a hundred late: it happened up to a year ago and was known only now. Refresh and
full measuring are timed from an open store to a finished result, in processes of their own, and must give the same
bits. What the new rows cost in the store (ingest) is told apart.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from crm.turns import peak_bytes
from larger_than_memory import CATEGORIES, CUTOFF, add_log, features, load_code, simulate_table

from holdfast.column_types import TIME
from holdfast.features.operators import Formula, Operator
from holdfast.features.out_of_core import Limits
from holdfast.features.requests import Selection
from holdfast.features.spec import Aggregate, Composite, Feature
from holdfast.store.events.store import EventStore, partitions_for
from holdfast.store.features.layout import Measurement
from holdfast.store.features.reading import MeasuredFeatures
from holdfast.store.features.refresh import RefreshTask, refresh_features

RESULTS = Path(__file__).parent / "results" / "refresh.json"
CUTOFFS = tuple(CUTOFF - timedelta(days=30 * months) for months in range(11, -1, -1))
KINDS = ("few", "random", "late")


def requested() -> list[Feature]:
    """60 aggregates and three scores."""
    inputs = [
        (Formula.SCORE_LEAST, Aggregate("log", Operator.DAYS_SINCE_LAST)),
        (Formula.SCORE, Aggregate("log", Operator.COUNT)),
        (Formula.SCORE, Aggregate("log", Operator.SUM, "amount")),
    ]
    scores = [Composite(f"score_{piece.name}", formula, (piece,), "points", "A score.") for formula, piece in inputs]
    return [*features(), *scores]


def new_rows(kind: str, rows: int, customers: int) -> pl.DataFrame:
    dice = np.random.default_rng(11)
    those = customers // 100 if kind == "few" else customers
    who = dice.integers(0, max(1, those), rows) * (customers // max(1, those))
    moments = int(CUTOFF.timestamp()) * 1_000_000 - dice.integers(1, 30 * 86_400_000_000, rows)
    late_dice = np.random.default_rng(12)
    late = late_dice.integers(0, 335 * 86_400_000_000, rows) * (late_dice.random(rows) < 0.01) * (kind == "late")
    return pl.DataFrame(
        {
            "customer_id": pl.Series(who).cast(pl.String).str.zfill(8),
            "happened_at": pl.Series(moments - late).cast(TIME),
            "known_at": pl.Series(moments).cast(TIME),
            "amount": np.round(dice.gamma(2.0, 20.0, rows), 2),
            "quantity": dice.integers(1, 6, rows).astype(np.float64),
            "category": pl.Series(CATEGORIES).gather(pl.Series(dice.integers(0, len(CATEGORIES), rows))),
        }
    ).with_columns(pl.format("c{}", "customer_id").alias("customer_id"))


def measuring(folder: Path, into: str, *, rebuild: bool) -> dict[str, Any]:
    load_code()
    store = EventStore.open(folder / "events")
    began, cpu_began = time.perf_counter(), time.process_time()
    records = tuple(feature.record() for feature in requested())
    moments = tuple(cutoff.isoformat() for cutoff in CUTOFFS)
    made_of = Measurement(records, {}, "benchmark", moments, store.version, store.partitions)
    task = RefreshTask(
        requested(), Selection(CUTOFFS, ("log",), life_columns=()), made_of, Limits(2, 2 * 10**9), rebuild
    )
    done = refresh_features(folder / into, store, task)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    measured = {"seconds": seconds, "cpu_seconds": cpu_seconds, "how": done.how, "peak_gb": peak_bytes() / 1e9}
    return {**measured, "customers_again": done.customers_again}


def in_a_process(folder: Path, into: str, *, rebuild: bool) -> dict[str, Any]:
    command = [sys.executable, __file__, "--folder", str(folder), "--into", into, *(["--rebuild"] if rebuild else [])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(into, measured, flush=True)
    return measured


def compare(folder: Path) -> None:
    """The refreshed result and the full one must be equal to the last bit."""
    refreshed, full = (MeasuredFeatures.open(folder / name) for name in ("refreshed", "full"))
    for cutoff in CUTOFFS:
        assert refreshed.frame(cutoff).equals(full.frame(cutoff))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the results file")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--into")
    parser.add_argument("--rebuild", action="store_true")
    chosen = parser.parse_args()
    if chosen.into:
        print(json.dumps(measuring(chosen.folder, chosen.into, rebuild=chosen.rebuild)))
        return
    summary: dict[str, Any] = {"rows": chosen.rows, "cutoffs": len(CUTOFFS), "features": len(requested())}
    with tempfile.TemporaryDirectory() as created:
        home = Path(created)
        (home / "raw").mkdir()
        simulate_table(chosen.rows, home / "raw")
        EventStore.create(home / "events", partitions_for(chosen.rows))
        add_log(home / "events", (pl.read_parquet(file) for file in sorted((home / "raw").glob("*.parquet"))))
        in_a_process(home, "before", rebuild=True)
        for kind in KINDS:
            folder = home / kind
            shutil.copytree(home / "events", folder / "events")
            began = time.perf_counter()
            rows = new_rows(kind, int(chosen.rows * chosen.share), chosen.rows // 20)
            add_log(folder / "events", [rows])
            ingest = time.perf_counter() - began
            runs: dict[str, list[dict[str, Any]]] = {"refresh": [], "full": []}
            for _ in range(chosen.repeat):
                shutil.rmtree(folder / "refreshed", ignore_errors=True)
                shutil.copytree(home / "before", folder / "refreshed")
                measured = in_a_process(folder, "refreshed", rebuild=False)
                assert measured["how"] == "changes"
                runs["refresh"].append(measured)
                runs["full"].append(in_a_process(folder, "full", rebuild=True))
            compare(folder)
            refresh, full, refresh_cpu, full_cpu = (
                statistics.median(item[unit] for item in runs[name])
                for unit in ("seconds", "cpu_seconds")
                for name in ("refresh", "full")
            )
            summary[kind] = {
                "new_rows": rows.height,
                "customers_measured_again": measured["customers_again"],
                "ingest_seconds": round(ingest, 3),
                "refresh_seconds": round(refresh, 3),
                "full_seconds": round(full, 3),
                "share_of_full": round(refresh / full, 4),
                "refresh_cpu_seconds": round(refresh_cpu, 3),
                "full_cpu_seconds": round(full_cpu, 3),
                "cpu_share_of_full": round(refresh_cpu / full_cpu, 4),
            }
            shutil.rmtree(folder)
    print(json.dumps(summary, indent=1))
    if chosen.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
