"""The whole job from the store of events: CPU seconds and memory of the ingest and of every stage of the run.

    python benchmarks/whole_job.py [--rows 10000000] [--keep FOLDER] [--alone] [--plots] [--peer] [--night] [--write]

A simulated purchase log of about ROWS rows and ROWS/20 customers who come and go, as Parquet files by time. The ingest
and the run are processes of their own. CPU seconds say more than seconds by the clock where others use the machine.
The memory of a stage is the most that the process holds while it runs, with what the stages before it left behind;
with --alone each stage is a process of its own, which links the outputs of those before it.

With --peer the plain script of peers/plain_script.py does its job with the same files, in a process of its own.

With --night, 1 % more rows of the day after follow, of customers who bought in the last half year, and both commands
once more. The run of the night has a later cutoff and keeps the models (`training.refit_days: 7`; the first run ends on
a day of a fit). What the night costs is printed as a share of the whole job before it, ingest included.

--write puts the numbers into benchmarks/results/whole_job.json, which docs/images/cost.svg is drawn from
(python scripts/draw_cost.py).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from crm.turns import Watch

from holdfast.column_types import TIME
from holdfast.pipeline.execute import RunOptions
from holdfast.pipeline.stages import STAGES
from holdfast.progress import Silent
from holdfast.service.project import open_project

RESULTS = Path(__file__).parent / "results" / "whole_job.json"
END = datetime(2026, 1, 1, tzinfo=UTC)
HISTORY_DAYS = 1_095
ROWS_IN_FILE = 2_000_000
NIGHT = "night"  # the side that runs after a night's file was taken in
CATEGORIES = [f"category {number:02d}" for number in range(24)]
SETTINGS = """
name: shop
shape: purchases
currency: EUR
tables:
  purchases:
    files: ["raw_files/*.parquet"]
    holds: transactions
    columns:
      customer_id: {from: customer}
      happened_at: {from: at, kind: time}
      order_id: {from: order}
      amount: {from: amount, kind: money}
      quantity: {from: quantity, kind: number}
      category: {from: category, kind: category}
churn: {rule: inactivity, horizon_days: 90}
training: {models: [lightgbm], refit_days: 7}
memory_limit_gb: 3
"""


def simulate(rows: int, home: Path) -> None:
    """Write the log and the settings: customers come at any time, buy at their own rate, and stop after a while."""
    dice, customers = np.random.default_rng(7), max(1, rows // 20)
    begins = HISTORY_DAYS * dice.random(customers) ** 1.3
    days = np.minimum(dice.exponential(500.0, customers), HISTORY_DAYS - begins)
    expected = dice.gamma(1.2, 1.0, customers) * days
    counts = dice.poisson(expected * (rows / expected.sum()))
    who = np.repeat(np.arange(customers, dtype=np.int32), counts)
    at = begins[who] + dice.random(who.size) * days[who]
    order = np.argsort(at)
    (home / "raw_files").mkdir(parents=True)
    (home / "holdfast.yaml").write_text(SETTINGS, encoding="utf-8")
    first = int((END - timedelta(days=HISTORY_DAYS)).timestamp()) * 1_000_000
    for begin in range(0, who.size, ROWS_IN_FILE):
        some = order[begin : begin + ROWS_IN_FILE]
        pl.DataFrame(
            {
                "customer": pl.Series(who[some]).cast(pl.String).str.zfill(8),
                "at": pl.Series((at[some] * 86_400e6).astype(np.int64) + first).cast(TIME),
                "order": pl.int_range(begin, begin + some.size, eager=True).cast(pl.String),
                "amount": np.round(dice.gamma(2.0, 20.0, some.size), 2),
                "quantity": dice.integers(1, 6, some.size).astype(np.float64),
                "category": pl.Series(CATEGORIES).gather(pl.Series(dice.integers(0, len(CATEGORIES), some.size))),
            }
        ).with_columns(pl.format("c{}", "customer"), pl.format("o{}", "order")).write_parquet(
            home / "raw_files" / f"{begin // ROWS_IN_FILE:04d}.parquet"
        )


def add_a_night(home: Path) -> None:
    """Write the file of the day after the last: 1 % of the rows, by customers who bought in the half year before."""
    dice = np.random.default_rng(8)
    log = pl.scan_parquet(home / "raw_files" / "*.parquet")
    recent = log.filter(pl.col("at") >= END - timedelta(days=180)).select("customer").unique().sort("customer")
    rows, customers = log.select(pl.len()).collect().item() // 100, recent.collect()["customer"]
    moments = int(END.timestamp()) * 1_000_000 + np.sort(dice.integers(0, 86_400_000_000, rows))
    pl.DataFrame(
        {
            "customer": customers.gather(dice.integers(0, len(customers), rows)),
            "at": pl.Series(moments).cast(TIME),
            "order": pl.int_range(rows, eager=True).cast(pl.String),
            "amount": np.round(dice.gamma(2.0, 20.0, rows), 2),
            "quantity": dice.integers(1, 6, rows).astype(np.float64),
            "category": pl.Series(CATEGORIES).gather(pl.Series(dice.integers(0, len(CATEGORIES), rows))),
        }
    ).with_columns(pl.format("n{}", "order")).write_parquet(home / "raw_files" / "night.parquet")


class StageWatch(Silent):
    """CPU seconds of each stage that runs."""

    def __init__(self) -> None:
        self.began, self.cpu = 0.0, dict[str, float]()

    def stage_started(self, *_: object) -> None:
        self.began = time.process_time()

    def stage_finished(self, name: str, *_: object) -> None:
        self.cpu[name] = round(time.process_time() - self.began, 1)


def ingest(home: Path) -> dict[str, Any]:
    open_project(home).ingest(now=END)
    return {}


def peer(home: Path) -> dict[str, Any]:
    from peers import plain_script  # loads LightGBM, which the other sides are not to be charged for

    report: dict[str, Any] = plain_script.job(home)
    return report


def run(home: Path, stage: str = "", *, plots: bool = False) -> dict[str, Any]:
    """The whole run, or one stage of it after those before it; by night what is still valid is used."""
    watch = StageWatch()
    options = RunOptions(stages=(stage,) if stage else (), resume_from=stage or STAGES[0].name, plots=plots)
    if stage == NIGHT:
        options = RunOptions(plots=plots)
    done = open_project(home).run(now=datetime.now(UTC), options=options, progress=watch)
    records = [record for record in done.stages if not record.reused]
    stages = {
        record.name: {"cpu_seconds": watch.cpu[record.name], "peak_mib": round(record.peak_memory_mb)}
        for record in records
    }
    return {"stages": stages}


def apart(home: Path, side: str, plots: bool) -> dict[str, Any]:
    """What a side measures of itself, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--keep", str(home), *(["--plots"] if plots else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(side, json.dumps(report), flush=True)
    return report


def night(home: Path, plots: bool, first: float) -> dict[str, Any]:
    """What the day after costs: its file taken in, and the run; in CPU seconds beside the whole job before it."""
    add_a_night(home)
    commands = {"ingest": apart(home, "ingest", plots), "run": apart(home, NIGHT, plots)}
    costs = sum(command["cpu_seconds"] for command in commands.values())
    print(f"the night: {costs:.1f} of {first:.1f} CPU seconds, {costs / first:.0%}", flush=True)
    return {**commands, "share_of_first": round(costs / first, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="work in this new folder, and leave the files there")
    parser.add_argument("--alone", nargs="*", metavar="STAGE", help="these stages each by itself; without names, all")
    parser.add_argument("--plots", action="store_true", help="with figures")
    parser.add_argument("--peer", action="store_true", help="the plain script too")
    parser.add_argument("--night", action="store_true", help="the next night too")
    parser.add_argument("--write", action="store_true", help="write the results file")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        watch = Watch()
        sides = {"ingest": ingest, "peer": peer}
        if chosen.side in sides:
            report = sides[chosen.side](chosen.keep)
        else:
            report = run(chosen.keep, "" if chosen.side == "run" else chosen.side, plots=chosen.plots)
        measured = watch.measured()
        whole = {"cpu_seconds": round(measured["cpu"], 1), "seconds": round(measured["seconds"], 1)}
        print(json.dumps({**whole, "peak_mib": round(measured["peak_mb"]), **report}))
        return
    with tempfile.TemporaryDirectory() as created:
        home = chosen.keep or Path(created) / "shop"
        ingested: dict[str, Any] = {}
        if not (home / "events").exists():
            simulate(chosen.rows, home)
            ingested = apart(home, "ingest", plots=False)
        if chosen.alone is not None:
            for stage in chosen.alone or [each.name for each in STAGES]:
                apart(home, stage, chosen.plots)
            return
        whole = apart(home, "run", chosen.plots)
        of_peer = apart(home, "peer", plots=False) if chosen.peer else {}
        purchases = pl.scan_parquet(home / "raw_files" / "*.parquet").select(pl.len(), pl.col("customer").n_unique())
        rows, customers = purchases.collect(engine="streaming").row(0)
        first = whole["cpu_seconds"] + ingested.get("cpu_seconds", 0.0)
        of_night = night(home, chosen.plots, first) if chosen.night else {}
    if chosen.write:
        before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        result = {"rows": rows, "customers": customers, "processors": os.cpu_count(), "figures": chosen.plots}
        measured = {"ingest": ingested, "run": whole, "peer": of_peer, "night": of_night}
        before[str(chosen.rows)] = result | {name: numbers for name, numbers in measured.items() if numbers}
        ordered = {size: before[size] for size in sorted(before, key=int)}
        RESULTS.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
