"""Features by the compiled kernel and by Featuretools, the nearest set that it can make, side by side in one run.

    python benchmarks/featuretools_peer.py [--customers 5000] [--events 100000] [--repeat 1]

Featuretools needs older libraries than Holdfast, so it runs in an environment of its own that uv makes for it; few
records by default, for its side takes minutes. Both sides read the same Parquet files, answer one cutoff for every
customer over five windows, and are timed as whole processes and without start-up. Their counts and sums are compared.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CUTOFF = datetime(2025, 1, 1)  # noqa: DTZ001 (Featuretools knows no time zones)
WINDOWS = (30, 90, 180, 365, None)
NUMBERS = {"transactions": ("amount", "quantity", "discount"), "interactions": ("duration",)}
CATEGORIES = {"transactions": ("product", "category", "channel"), "interactions": ("kind", "agent")}
OF_NUMBERS = ("sum", "mean", "std", "min", "max", "median")
PEER = ("featuretools==1.31.0", "pandas<3", "setuptools<81", "pyarrow")
RESULTS = Path(__file__).parent / "results" / "featuretools_peer.json"


def simulate_table(customers: int, events: int, folder: Path) -> None:
    """Write two tables of events of the last two years."""
    import numpy as np
    import polars as pl

    dice = np.random.default_rng(11)
    for table, rows in (("transactions", events * 3 // 4), ("interactions", events // 4)):
        ago = dice.integers(1, 730 * 86_400, rows)
        columns: dict[str, Any] = {
            "event": np.arange(rows),
            "customer_id": dice.integers(0, customers, rows),
            "happened_at": np.datetime64(CUTOFF, "us") - ago.astype("timedelta64[s]"),
        }
        columns |= {name: np.round(dice.gamma(2, 20, rows), 2) for name in NUMBERS[table]}
        columns |= {name: dice.integers(0, 40, rows) for name in CATEGORIES[table]}
        frame = pl.DataFrame(columns).with_columns(pl.format("c{}", "customer_id").alias("customer_id"))
        frame = frame.with_columns(pl.format("v{}", pl.col(name)).alias(name) for name in CATEGORIES[table])
        frame.write_parquet(folder / f"{table}.parquet")
    ids = pl.DataFrame({"customer_id": [f"c{position}" for position in range(customers)]})
    ids.write_parquet(folder / "customers.parquet")


def by_holdfast(folder: Path) -> dict[str, Any]:
    """All measures of all columns over all windows, from the kernel."""
    import polars as pl

    from holdfast.features.build import build
    from holdfast.features.operators import Operator
    from holdfast.features.spec import Aggregate, Window

    tables = {
        name: pl.read_parquet(folder / f"{name}.parquet").with_columns(
            pl.col("happened_at").dt.replace_time_zone("UTC"),
            pl.col("happened_at").dt.replace_time_zone("UTC").alias("known_at"),
        )
        for name in NUMBERS
    }
    began = time.perf_counter()
    features = [
        Aggregate(table, Operator(operator), column, Window(days))
        for table in NUMBERS
        for days in WINDOWS
        for operator, column in (
            ("count", ""),
            *((operator, column) for column in NUMBERS[table] for operator in OF_NUMBERS),
            *((operator, column) for column in CATEGORIES[table] for operator in ("distinct", "last")),
            ("days_since_last", ""),
        )
    ]
    customers = pl.read_parquet(folder / "customers.parquet")["customer_id"]
    frame = build(tables, features, customers, [CUTOFF.replace(tzinfo=UTC)])
    seconds = time.perf_counter() - began
    measured = frame.select("customer_id", count="transactions_count_90d", total="transactions_amount_sum_90d")
    measured.sort("customer_id").write_parquet(folder / "told_holdfast.parquet")
    return {"seconds": seconds, "features": len(features)}


def by_featuretools(folder: Path) -> dict[str, Any]:
    """The same measures by deep feature synthesis, one call a window (its windows are one a call)."""
    import featuretools
    import pandas as pd

    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("customers", *NUMBERS)}
    began = time.perf_counter()
    visible = featuretools.EntitySet("business")
    visible.add_dataframe(dataframe_name="customers", dataframe=tables["customers"], index="customer_id")
    for name in NUMBERS:
        kinds = dict.fromkeys(CATEGORIES[name], "Categorical") | {"customer_id": "Categorical"}
        visible.add_dataframe(
            dataframe_name=name, dataframe=tables[name], index="event", time_index="happened_at", logical_types=kinds
        )
        visible.add_relationship("customers", "customer_id", name, "customer_id")
    parts = []
    for days in WINDOWS:
        matrix, _ = featuretools.dfs(
            entityset=visible,
            target_dataframe_name="customers",
            agg_primitives=["count", *OF_NUMBERS, "num_unique", "last", "time_since_last"],
            trans_primitives=[],
            cutoff_time=CUTOFF,
            training_window=f"{days} days" if days else None,
            include_cutoff_time=False,
            max_depth=1,
        )
        parts.append(matrix.add_suffix(f"_{days or 'ever'}"))
    frame = pd.concat(parts, axis=1)
    seconds = time.perf_counter() - began
    measured = frame[["COUNT(transactions)_90", "SUM(transactions.amount)_90"]].astype(float).fillna(0).reset_index()
    measured.columns = ["customer_id", "count", "total"]
    measured["customer_id"] = measured["customer_id"].astype(str)
    measured.sort_values("customer_id").to_parquet(folder / "told_featuretools.parquet", index=False)
    return {"seconds": seconds, "features": frame.shape[1]}


def one_side(side: str, folder: Path) -> None:
    measured = by_holdfast(folder) if side == "holdfast" else by_featuretools(folder)
    measured["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(measured))


def command_of(side: str, folder: Path, uv: str) -> list[str]:
    own = [__file__, "--side", side, "--folder", str(folder)]
    if side == "holdfast":
        return [sys.executable, *own]
    packages = [word for package in PEER for word in ("--with", package)]
    return [uv, "run", "--quiet", "--no-project", "--python", "3.11", *packages, "python", "-W", "ignore", *own]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--side", choices=["holdfast", "featuretools"])
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    if chosen.side:
        one_side(chosen.side, chosen.folder)
        return
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    runs: dict[str, list[dict[str, Any]]] = {"holdfast": [], "featuretools": []}
    with tempfile.TemporaryDirectory() as created:
        folder = Path(created)
        simulate_table(chosen.customers, chosen.events, folder)
        for turn in range(chosen.repeat + 1):  # the first turn installs and compiles, and does not count
            for side, measured in runs.items():
                began = time.perf_counter()
                done = subprocess.run(command_of(side, folder, uv), check=False, capture_output=True, text=True)
                if done.returncode:
                    print(f"{side} cannot run here, so nothing is compared:\n{done.stderr[-600:]}")
                    return
                if turn:
                    measured.append(json.loads(done.stdout.splitlines()[-1]) | {"process": time.perf_counter() - began})
        compare(folder)
    report(runs, chosen.customers, chosen.events)


def compare(folder: Path) -> None:
    """Both sides must count and add up alike."""
    import polars as pl

    ours, theirs = (pl.read_parquet(folder / f"told_{side}.parquet") for side in ("holdfast", "featuretools"))
    both = ours.join(theirs, on="customer_id", suffix="_peer")
    assert both.height == ours.height
    assert (both["count"] == both["count_peer"]).all()
    assert (both["total"] - both["total_peer"]).abs().max() < 1e-6  # type: ignore[operator]


def report(runs: dict[str, list[dict[str, Any]]], customers: int, events: int) -> None:
    """Print and keep the medians."""
    matches = {
        side: {key: round(statistics.median(item[key] for item in measured), 3) for key in measured[0]}
        for side, measured in runs.items()
    }
    ours, peer = matches["holdfast"], matches["featuretools"]
    ratios = {key: round(peer[key] / ours[key], 2) for key in ("seconds", "process")}
    print(
        f"{customers:,} customers, {events:,} events, one cutoff: Holdfast {ours['features']:.0f} features "
        f"{ours['seconds']:.2f} s ({ours['process']:.2f} s with start-up, {ours['peak_mb']:,.0f} MB); "
        f"Featuretools {peer['features']:.0f} features {peer['seconds']:.2f} s ({peer['process']:.2f} s, "
        f"{peer['peak_mb']:,.0f} MB): {ratios['seconds']:.1f} times faster, {ratios['process']:.1f} with start-up"
    )
    RESULTS.parent.mkdir(exist_ok=True)
    rows_kept = {"customers": customers, "events": events, "medians_of": len(runs["holdfast"]), "times_faster": ratios}
    RESULTS.write_text(json.dumps(rows_kept | {"sides": matches}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
