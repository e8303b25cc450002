"""Lists of a million customers: how long publishing takes, and filtered and sorted pages, counts and groups.

usage: python benchmarks/api_lists.py [URL] [CUSTOMERS] [--write]

URL: of an empty results database; by default a SQLite file in a temporary folder. Seconds, processor seconds of this
process and peak memory of publishing; seconds of the first list (which reads the columns into memory); then the median
and the 95th percentile in milliseconds of the clock and of the processor, which says more on a machine that is shared.
--write: into benchmarks/results/api_lists.json, under the name of the database.
Targets on 2 cores: published in 15 s, filtered and sorted pages 100 ms at the 95th percentile.
"""

import json
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
RESULTS = Path(__file__).parent / "results" / "api_lists.json"
RUN = Path("runs") / "20260701-000000"


def main(url: str | None, customers: int, *, is_written: bool) -> None:
    """Publish so many customers, then ask."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # In a process of its own: its memory is not that of publishing.
        writer = multiprocessing.get_context("spawn").Process(target=simulate_run, args=(home, customers))
        writer.start()
        writer.join()
        engine = results_engine(url, home)
        database = engine.dialect.name
        summary: dict[str, Any] = {"customers": customers, "load_before": [round(each, 1) for each in os.getloadavg()]}
        clock, processor = _timed(lambda: publish_run(engine, home / RUN, tenant="benchmark", now=NOW, keep_runs=2))
        engine.dispose()
        summary["publish"] = {
            "seconds": round(clock / 1000, 1),
            "processor_seconds": round(processor / 1000, 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        results = open_results(home, ResultsSettings(url=url, tenant="benchmark"))
        clock, processor = _timed(lambda: customer_page(results, "benchmark", CustomerQuery()))
        summary["first_list"] = {"seconds": round(clock / 1000, 1), "processor_seconds": round(processor / 1000, 1)}
        for name, times in _measured(results):
            summary[name] = {
                f"{figure}_{kind}ms": round(float(np.percentile([each[at] for each in times], share)), 1)
                for at, kind in enumerate(("", "processor_"))
                for figure, share in (("median", 50), ("p95", 95))
            }
        results.close()
    print(json.dumps({database: summary}, indent=1))
    if is_written:
        earlier = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        RESULTS.write_text(json.dumps({**earlier, database: summary}, indent=1) + "\n", encoding="utf-8")


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
    yield "filtered_and_sorted_page", [_timed(lambda q=q: customer_page(results, "benchmark", q)) for q in queries]
    first = [customer_page(results, "benchmark", query).next_cursor for query in queries[:100]]
    yield (
        "next_page",
        [_timed(lambda c=c: customer_page(results, "benchmark", CustomerQuery(), cursor=c)) for c in first if c],
    )
    fresh = [CustomerQuery(probability_from=dice.random() * 0.9) for _ in range(100)]
    yield "count", [_timed(lambda q=q: Selection.of(results, "benchmark", q).totals()) for q in fresh]
    groups = [CustomerQuery(probability_from=dice.random() * 0.9) for _ in range(30)]
    yield "groups", [_timed(lambda q=q: Selection.of(results, "benchmark", q).facets()) for q in groups]


def _timed(question: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the clock and of the processor."""
    begun, worked = time.perf_counter(), time.process_time()
    question()
    return 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - worked)


def simulate_run(home: Path, customers: int) -> None:
    """A finished run of simulated rows, as far as publishing reads it."""
    run = home / RUN
    ids = [f"C{number:09d}" for number in range(customers)]
    write_table(run / PREDICTIONS.path, _rows(PREDICTIONS, ids))
    write_table(run / PLAN.path, _rows(PLAN, ids[: customers // 10]))
    write_table(run / SEGMENTS.path, _rows(SEGMENTS, [f"segment {number}" for number in range(10)]))
    write_table(run / KPIS.path, _rows(KPIS, ["customers"]))
    write_table(run / LAPSED.path, _rows(LAPSED, ids[:1]))
    write_json(run / "reports" / "summary.json", {"project": "benchmark", "cutoff": "2026-07-01"})
    write_json(run / "manifest.json", {"complete": True, "simulated": True, "settings": {"currency": "EUR"}})


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
    values = [each for each in sys.argv[1:] if each != "--write"]
    main(
        values[0] if values and values[0] else None,
        int(values[1]) if len(values) > 1 else 1_000_000,
        is_written="--write" in sys.argv,
    )
