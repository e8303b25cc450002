"""Sixty features at 104 weekly cutoffs, by the compiled kernel and by SQL on DuckDB, side by side in one run.

    python benchmarks/weekly.py [--customers 50000] [--repeat 3]

Each side reads Parquet and writes Parquet, some customers at a time; whole processes, imports included. A last part
shows that a customer with 100,000 events costs the events and what lies in the windows, not events times cutoffs.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crm.turns import Watch, keep, ratios, take_turns

CUTOFFS = 104
CUSTOMERS = 2_000  # measured and written at a time


def by_kernel(folder: Path, out: Path) -> int:
    import polars as pl
    from crm.simulated import moments, read, sixty

    from holdfast.features.build import measure_rows

    tables, features = read(folder), sixty()
    cutoffs = pl.DataFrame({"cutoff": moments(tables, CUTOFFS, 7)}).cast(pl.Datetime("us", "UTC"))
    ids = tables.pop("customers")["customer_id"].sort()
    rows = 0
    for index in range(0, len(ids), CUSTOMERS):
        some = ids[index : index + CUSTOMERS]
        own = {}
        for name, table in tables.items():  # they stand by customer
            first = table["customer_id"].search_sorted(some[0], "left")
            last = table["customer_id"].search_sorted(some[-1], "right")
            own[name] = table[first:last]
        questions = some.to_frame().join(cutoffs, how="cross", maintain_order="left_right")
        answer = measure_rows(own, features, questions, 2)
        answer.write_parquet(out / f"{index:07}.parquet", compression="snappy")
        rows += answer.height
    return rows


def one_side(side: str, folder: Path) -> dict[str, float]:
    watch = Watch()
    out = folder / f"out_{side}"
    if side == "kernel":
        rows = by_kernel(folder, out)
        return watch.measured() | {"rows": rows}
    from crm.by_duckdb import by_duckdb
    from crm.simulated import sixty

    by_duckdb(folder, out, sixty(), side.removeprefix("duckdb_"))
    return watch.measured()


def largest_difference(folder: Path, side: str) -> float:
    """The greatest relative difference of any column, file by file; unknown must be unknown in both."""
    import polars as pl

    worst = 0.0
    ours, theirs = (pl.scan_parquet(folder / f"out_{item}" / "*.parquet") for item in ("kernel", side))
    names = [name for name in ours.collect_schema().names() if name not in ("customer_id", "cutoff")]
    for index in range(0, len(names), 6):
        keys = ["customer_id", "cutoff", *names[index : index + 6]]
        mine, other = (
            item.select(keys).with_columns(pl.col("cutoff").cast(pl.Datetime("us", "UTC"))).collect().sort(keys[:2])
            for item in (ours, theirs)
        )
        assert mine.select(keys[:2]).equals(other.select(keys[:2]))
        for name in keys[2:]:
            assert mine[name].is_null().equals(other[name].is_null()), name
            apart = (mine[name] - other[name]).abs() / pl.Series([1.0]).append(mine[name].abs()).max()  # type: ignore[operator]
            worst = max(worst, apart.max() or 0.0)  # type: ignore[type-var]
    assert worst < 1e-9, worst
    return worst


def long_history(events: int, cutoffs: int) -> float:
    """Seconds for one customer with so many events at so many cutoffs, over all time and over a month."""
    import polars as pl

    from holdfast.features.build import build
    from holdfast.features.operators import Operator
    from holdfast.features.spec import Aggregate, Window

    start = datetime(2023, 1, 1, tzinfo=UTC)
    row = pl.int_range(events, eager=True)
    table = pl.DataFrame({"row": row}).select(
        pl.lit("a").alias("customer_id"),
        (pl.lit(start) + pl.duration(seconds=pl.col("row") * (728 * 86_400 // events)))
        .cast(pl.Datetime("us", "UTC"))
        .alias("happened_at"),
        (pl.col("row") * 7919 % 10_007 / 100).alias("amount"),
        pl.format("p{}", pl.col("row") % 997).alias("product"),
    )
    table = table.with_columns((pl.col("happened_at") + pl.duration(days=pl.int_range(pl.len()) % 3)).alias("known_at"))
    operators = ["count", "sum", "mean", "std", "min", "max", "median", "first", "last"]
    features = [Aggregate("sales", Operator(o), "amount", w) for o in operators for w in (Window(), Window(30))]
    features += [
        Aggregate("sales", Operator(o), "", w) for o in ("gap_std", "days_active") for w in (Window(), Window(30))
    ]
    features += [Aggregate("sales", Operator.DISTINCT, "product", w) for w in (Window(), Window(30))]
    requests = [start + timedelta(days=728) - timedelta(days=7 * back) for back in range(cutoffs)]
    build({"sales": table}, features, pl.Series(["a"]), requests[:1])
    seconds = []
    for _ in range(3):
        began = time.process_time()
        build({"sales": table}, features, pl.Series(["a"]), requests)
        seconds.append(time.process_time() - began)
    return sorted(seconds)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--side")
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    if chosen.side:
        print(json.dumps(one_side(chosen.side, chosen.folder)))
        return
    import polars as pl
    from crm.simulated import moments, read, simulate_table

    with tempfile.TemporaryDirectory() as created:
        folder = Path(created)
        simulate_table(chosen.customers, folder)
        tables = read(folder)
        cutoffs = pl.DataFrame({"cutoff": moments(tables, CUTOFFS, 7)}).cast(pl.Datetime("us", "UTC"))
        questions = tables["customers"].select("customer_id").join(cutoffs, how="cross")
        questions.write_parquet(folder / "questions.parquet")
        sides = ["kernel", "duckdb_blocks", "duckdb_whole"]
        results = take_turns(__file__, sides, folder, chosen.repeat, [])
        differences = {side: largest_difference(folder, side) for side in sides[1:]}
    best = min(sides[1:], key=lambda side: results[side]["seconds"])
    once, many = long_history(100_000, 1), long_history(100_000, CUTOFFS)
    print(f"{CUTOFFS} cutoffs, 60 features, {results['kernel']['rows']:,.0f} rows, medians of {chosen.repeat}:")
    record: dict[str, Any] = {
        "customers": chosen.customers,
        "cutoffs": CUTOFFS,
        "medians_of": chosen.repeat,
        "best_duckdb": best,
        "sides": results,
    }
    record["ratios"] = {f"{best} / kernel": ratios(results, best, "kernel")}
    record["largest_relative_difference"] = differences
    record["customer_of_100000_events"] = {"cpu_at_104_cutoffs_to_cpu_at_one": round(many / once, 2)}
    keep("features_weekly", record)
    print(f"  a customer with 100,000 events: {CUTOFFS} cutoffs cost {many / once:.1f} times what one costs")


if __name__ == "__main__":
    sys.exit(main())
