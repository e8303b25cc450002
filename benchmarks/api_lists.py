"""Lists of a million customers: how long publishing takes, and filtered and sorted pages, counts and groups.

usage: python benchmarks/api_lists.py [URL] [CUSTOMERS]

URL: of an empty results database; by default a SQLite file in a temporary folder. Prints seconds of publishing and of
the first list (which reads the columns into memory), then the median and the 95th percentile in milliseconds.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from holdfast.service.pages.customers import SORTS, CustomerQuery, Selection, customer_page
from holdfast.service.results_database import open_results
from holdfast.settings import ResultsSettings
from holdfast.store.artifacts import write_json, write_table
from holdfast.store.results.engine import results_engine
from holdfast.store.results.publish import publish_run
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.output_contract import OutputContract
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, SEGMENTS

NOW = datetime(2026, 7, 2, tzinfo=UTC)
REQUESTS = 300


def main(url: str | None, customers: int) -> None:
    """Publish so many customers, then ask."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run = _run(home, customers)
        engine = results_engine(url, home)
        begun = time.perf_counter()
        publish_run(engine, run, tenant="benchmark", now=NOW, keep_runs=2)
        print(f"published {customers:,} customers in {time.perf_counter() - begun:.1f} s ({engine.dialect.name})")
        engine.dispose()
        results = open_results(home, ResultsSettings(url=url, tenant="benchmark"))
        begun = time.perf_counter()
        customer_page(results, "benchmark", CustomerQuery())
        print(f"first list: {time.perf_counter() - begun:.1f} s")
        for name, times in _measured(results):
            print(f"{name}: median {np.median(times):.1f} ms, p95 {np.percentile(times, 95):.1f} ms")
        results.close()


def _measured(results):  # type: ignore[no-untyped-def]
    """Name and milliseconds of each kind of question, each with conditions of its own."""
    dice = random.Random(5)
    queries = [
        CustomerQuery(
            segment=(f"segment {dice.randint(0, 9)}",) if dice.random() < 0.5 else (),
            risk_band=(dice.choice(["low", "medium", "high"]),) if dice.random() < 0.5 else (),
            probability_from=dice.random() * 0.9,
            value_from=dice.random() * 500 if dice.random() < 0.5 else None,
            sort=dice.choice(list(SORTS)),
        )
        for _ in range(REQUESTS)
    ]
    yield "filtered and sorted page", [_timed(lambda q=q: customer_page(results, "benchmark", q)) for q in queries]
    first = [customer_page(results, "benchmark", query).next_cursor for query in queries[:100]]
    yield (
        "next page",
        [_timed(lambda c=c: customer_page(results, "benchmark", CustomerQuery(), cursor=c)) for c in first if c],
    )
    fresh = [CustomerQuery(probability_from=dice.random() * 0.9) for _ in range(100)]
    yield "count", [_timed(lambda q=q: Selection.of(results, "benchmark", q).totals()) for q in fresh]
    groups = [CustomerQuery(probability_from=dice.random() * 0.9) for _ in range(30)]
    yield "groups", [_timed(lambda q=q: Selection.of(results, "benchmark", q).facets()) for q in groups]


def _timed(question) -> float:  # type: ignore[no-untyped-def]
    begun = time.perf_counter()
    question()
    return 1000 * (time.perf_counter() - begun)


def _run(home: Path, customers: int) -> Path:
    """A finished run of simulated rows, as far as publishing reads it."""
    run = home / "runs" / "20260701-000000"
    ids = [f"C{number:09d}" for number in range(customers)]
    write_table(run / PREDICTIONS.path, _rows(PREDICTIONS, ids))
    write_table(run / PLAN.path, _rows(PLAN, ids[: customers // 10]))
    write_table(run / SEGMENTS.path, _rows(SEGMENTS, [f"segment {number}" for number in range(10)]))
    write_table(run / KPIS.path, _rows(KPIS, ["customers"]))
    write_table(run / LAPSED.path, _rows(LAPSED, ids[:1]))
    write_json(run / "reports" / "summary.json", {"project": "benchmark", "cutoff": "2026-07-01"})
    write_json(run / "manifest.json", {"complete": True, "simulated": True, "settings": {"currency": "EUR"}})
    return run


def _rows(contract: OutputContract, keys: list[str]) -> pl.DataFrame:
    dice = np.random.default_rng(3)
    n = len(keys)
    columns = {}
    for column in contract.columns:
        if column.name == contract.key:
            values: object = keys
        elif column.values:
            values = np.array(column.values)[dice.integers(0, len(column.values), n)]
        elif column.name == "segment":
            values = [f"segment {number % 10}" for number in range(n)]
        elif column.name == "priority":
            values = dice.permutation(n) + 1
        elif column.dtype == pl.String():
            values = [f"No order for {number % 300} days; usually every {number % 40} days." for number in range(n)]
        elif column.dtype == pl.Float64():
            values = dice.random(n) * (1 if column.greatest == 1 else 1_000)
        elif column.dtype == pl.Int64():
            values = dice.integers(1, 100, n)
        elif column.dtype == pl.Boolean():
            values = dice.random(n) < 0.5
        elif column.dtype == pl.Date():
            values = [NOW.date()] * n
        else:
            values = [NOW] * n
        columns[column.name] = pl.Series(column.name, values).cast(column.dtype)
    return pl.DataFrame(columns)


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else None, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    )
