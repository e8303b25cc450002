"""Feature engineering: the same features by the compiled kernel and by plain pandas, side by side in one run.

    python benchmarks/features.py [--customers 50000] [--repeat 3]

A made-up CRM; the sides take turns, each in a process of its own, timed from tables in memory to features in memory
(imports and reading apart; machine code is compiled before and kept on disk). Peak memory is that of the whole process.
The pandas side is written as an analyst would: for each cutoff and window one filter, then one groupby for each
condition with everything asked of it. Both sides' numbers are compared.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from holdfast.features.build import build
from holdfast.features.facts import describe_tables
from holdfast.features.formulas import DUST
from holdfast.features.labels import population
from holdfast.features.library import features_for
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Formula
from holdfast.kinds import TIME, Kind
from holdfast.project import ChurnRule, ChurnSettings, ColumnSettings, Project, Shape, TableSettings
from holdfast.sources.simulator.simulate import simulate
from holdfast.timeline import schedule

KINDS: dict[str, dict[str, Kind]] = {
    "transactions": {
        "order_id": Kind.TEXT,
        "product": Kind.TEXT,
        "category": Kind.CATEGORY,
        "channel": Kind.CATEGORY,
        "payment_method": Kind.CATEGORY,
        "amount": Kind.MONEY,
        "quantity": Kind.NUMBER,
        "unit_price": Kind.MONEY,
        "discount": Kind.MONEY,
        "is_return": Kind.FLAG,
    },
    "interactions": {
        "kind": Kind.CATEGORY,
        "channel": Kind.CATEGORY,
        "duration": Kind.NUMBER,
        "satisfaction": Kind.NUMBER,
        "resolved": Kind.FLAG,
    },
    "marketing": {"kind": Kind.CATEGORY, "campaign": Kind.TEXT, "channel": Kind.CATEGORY, "cost": Kind.MONEY},
    "customers": {"plan": Kind.CATEGORY, "region": Kind.CATEGORY, "age": Kind.NUMBER},
}


def project() -> Project:
    tables = {
        name: TableSettings(
            files=("x.csv",),
            holds=name,
            columns={column: ColumnSettings(source=column, kind=kind) for column, kind in kinds.items()},
        )
        for name, kinds in KINDS.items()
    }
    churn = ChurnSettings(rule=ChurnRule.END_DATE, horizon_days=90)
    return Project(name="benchmark", shape=Shape.EVENTS, tables=tables, churn=churn)


def make_up(customers: int, folder: Path) -> None:
    """Write canonical tables of a made-up CRM."""
    made = simulate("crm", customers, seed=7)
    renamed = {
        "transactions": {"transaction_date": "happened_at", "transaction_id": "order_id"},
        "interactions": {"interaction_date": "happened_at"},
        "marketing": {},
        "customers": {"signed_up": "signed_up_at"},
    }
    for name, names in renamed.items():
        table = pl.concat([part.tables[name] for part in made.parts]).rename(names)
        times = [
            column for column in ("happened_at", "known_at", "signed_up_at", "ended_at") if column in table.columns
        ]
        table = table.with_columns(
            pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for column in times
        )
        if name == "transactions":
            table = table.with_columns(pl.col("amount").lt(0).alias("is_return"))
        if name == "interactions":
            table = table.with_columns(pl.col("resolved").eq("yes"))
        numbers = [column for column, kind in KINDS[name].items() if kind in (Kind.NUMBER, Kind.MONEY)]
        table = table.with_columns(pl.col(numbers).cast(pl.Float64))
        if "happened_at" in times and "known_at" not in times:
            table = table.with_columns(pl.col("happened_at").alias("known_at"))
        times = [
            column for column in ("happened_at", "known_at", "signed_up_at", "ended_at") if column in table.columns
        ]
        table.select("customer_id", *times, *KINDS[name]).write_parquet(folder / f"{name}.parquet")


def asked(folder: Path, cutoffs: int) -> tuple[dict[str, pl.DataFrame], tuple[Feature, ...], pl.DataFrame]:
    """The tables, the features, and the rows (customer, cutoff): the last cutoff scores, the others are learnt from."""
    tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in KINDS}
    settings = project()
    last = tables["transactions"]["happened_at"].max()
    assert isinstance(last, datetime)
    plan = schedule(
        last - timedelta(days=730),
        last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1),
        horizon_days=90,
        step_days=30,
        at_most=max(cutoffs - 1, 1),
        history_days=60,
    )
    moments = [*plan.training, plan.scoring][-cutoffs:]
    features = features_for(describe_tables(tables, settings, plan.training[0]), settings)
    rows = [
        pl.DataFrame({"customer_id": population(tables, settings, moment)}).with_columns(
            pl.lit(moment, TIME).alias("cutoff")
        )
        for moment in moments
    ]
    return tables, features, pl.concat(rows)


def every(features: Iterable[Feature]) -> dict[Feature, None]:
    """All features and what they are made of, inputs first."""
    found: dict[Feature, None] = {}
    for feature in features:
        if isinstance(feature, Composite):
            found |= every(feature.inputs)
        found[feature] = None
    return found


def by_pandas(tables: dict[str, Any], features: tuple[Feature, ...], rows: Any) -> Any:
    """The same features with pandas: filter, group by, join."""
    import pandas as pd

    needed = list(every(features))
    parts = []
    for cutoff, asked_rows in rows.groupby("cutoff", sort=True):
        index = pd.Index(asked_rows["customer_id"], name="customer_id")
        columns: dict[Feature, Any] = {}
        groups: dict[tuple[Any, ...], list[Aggregate]] = {}
        for feature in needed:
            if isinstance(feature, Aggregate):
                groups.setdefault((feature.table, feature.window), []).append(feature)
        for (table, window), aggregates in groups.items():
            events = tables[table]
            end = cutoff - pd.Timedelta(days=window.ends_days_ago)
            known = (events["happened_at"] < end) & (events["known_at"] < cutoff)
            if window.days is not None:
                known &= events["happened_at"] >= end - pd.Timedelta(days=window.days)
            seen = events[known]
            conditions: dict[tuple[Any, ...], list[Aggregate]] = {}
            for aggregate in aggregates:
                conditions.setdefault((aggregate.where, aggregate.per), []).append(aggregate)
            for (where, per), alike in conditions.items():
                chosen = seen
                for column, value in where:
                    chosen = chosen[chosen[column].eq({"true": True, "false": False}.get(value, value))]
                if per:
                    keys = ["customer_id", "happened_at", "known_at", per]
                    numbers = sorted({a.column for a in alike if a.column and a.column != per})
                    chosen = chosen.groupby(keys, sort=False, as_index=False)[numbers].sum(min_count=1)
                columns |= measured_by_pandas(chosen, alike, cutoff, index)
        people = tables["customers"].set_index("customer_id").reindex(index)
        for feature in needed:
            if isinstance(feature, Attribute):
                columns[feature] = people[feature.column]
            elif isinstance(feature, DaysSince):
                columns[feature] = (cutoff - people[feature.column]).dt.total_seconds() / 86400
            elif isinstance(feature, Composite):
                columns[feature] = composed_by_pandas(feature, columns)
        parts.append(pd.DataFrame({f.name: columns[f] for f in features}, index=index).assign(cutoff=cutoff))
    return pd.concat(parts).reset_index()


def measured_by_pandas(events: Any, aggregates: list[Aggregate], cutoff: Any, index: Any) -> dict[Feature, Any]:
    """One groupby for all aggregates of the same rows."""
    plain = {"sum": "sum", "mean": "mean", "std": "std", "min": "min", "max": "max", "median": "median"}
    plain |= {"distinct": "nunique", "first": "first", "last": "last", "count": "count"}
    ordered = (
        events.sort_values("happened_at", kind="stable")
        if any(a.operator in {"first", "last"} for a in aggregates)
        else events
    )
    grouped = ordered.groupby("customer_id", sort=False)
    told: dict[str, tuple[str, str]] = {}
    for aggregate in aggregates:
        operator = aggregate.operator.value
        if aggregate.column and operator in plain:
            told[f"{operator} {aggregate.column}"] = (aggregate.column, plain[operator])
        elif operator == "count":
            told["count "] = ("happened_at", "size")
        elif operator in ("days_since_last", "days_since_first"):
            told[f"{operator} "] = ("happened_at", "max" if operator == "days_since_last" else "min")
    answers = grouped.agg(**told).reindex(index) if told else None
    days = None
    if any(a.operator.value.startswith("gap_") or a.operator == "days_active" for a in aggregates):
        days = events[["customer_id"]].assign(day=events["happened_at"].dt.floor("D")).drop_duplicates()
        days = days.sort_values(["customer_id", "day"])
        gaps = days.groupby("customer_id")["day"].diff().dt.days.groupby(days["customer_id"])
    found: dict[Feature, Any] = {}
    for aggregate in aggregates:
        operator = aggregate.operator.value
        if operator == "days_active":
            found[aggregate] = days.groupby("customer_id").size().reindex(index).fillna(0)
        elif operator.startswith("gap_"):
            found[aggregate] = gaps.agg(operator.removeprefix("gap_")).reindex(index)
        else:
            column = answers[f"{operator} {aggregate.column}"]
            if operator.startswith("days_since"):
                column = (cutoff - column).dt.total_seconds() / 86400
            found[aggregate] = column.fillna(0) if operator in {"count", "sum", "distinct"} else column
    return found


def composed_by_pandas(feature: Composite, columns: dict[Feature, Any]) -> Any:
    inputs = [columns[part] for part in feature.inputs]
    match feature.formula:
        case Formula.RATIO:
            return inputs[0] / inputs[1].where(inputs[1] > DUST)
        case Formula.DIFFERENCE:
            return inputs[0] - inputs[1]
        case Formula.TOTAL:
            return sum(column.fillna(0) for column in inputs)
        case Formula.SCORE | Formula.SCORE_LEAST:
            sign = 1 if feature.formula is Formula.SCORE else -1
            cents = (sign * inputs[0] * 100).round()
            return np.ceil((5 * cents.rank(method="max") / cents.count()).round(9))
    raise ValueError(f"the benchmark knows no {feature.formula}")


def one_side(side: str, folder: Path, cutoffs: int) -> dict[str, Any]:
    """Run one side and keep its answer beside the tables."""
    tables, features, rows = asked(folder, cutoffs)
    if side == "pandas":
        mine = {name: table.to_pandas() for name, table in tables.items()}
        mine_rows = rows.to_pandas()
        del tables
        began = time.perf_counter()
        answer = pl.from_pandas(by_pandas(mine, features, mine_rows))
    else:
        build(tables, features, rows.head(1), (), threads=1)  # compiled code is loaded
        began = time.perf_counter()
        answer = build(tables, features, rows, (), threads=2)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.write_parquet(folder / f"answer_{side}.parquet")
    return {"seconds": seconds, "peak_mb": peak, "rows": answer.height, "features": len(features)}


def largest_difference(folder: Path) -> float:
    """The greatest relative difference between the two answers; unknown must be unknown in both."""
    ours, theirs = (
        pl.read_parquet(folder / f"answer_{side}.parquet").sort("cutoff", "customer_id")
        for side in ("kernel", "pandas")
    )
    worst = 0.0
    for name in ours.columns[2:]:
        if ours[name].dtype == pl.String:
            assert ours[name].equals(theirs[name].cast(pl.String)), name
            continue
        mine, other = (column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (ours[name], theirs[name]))
        assert (np.isnan(mine) == np.isnan(other)).all(), name
        scale = np.maximum(np.maximum(np.abs(mine), np.abs(other)), 1.0)
        worst = max(worst, float(np.nanmax(np.abs(mine - other) / scale, initial=0.0)))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--side", choices=["kernel", "pandas"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cutoffs", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.side:
        print(json.dumps(one_side(chosen.side, chosen.folder, chosen.cutoffs)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_up(chosen.customers, folder)
        sizes = {name: pl.scan_parquet(folder / f"{name}.parquet").select(pl.len()).collect().item() for name in KINDS}
        print("  ".join(f"{name} {rows:,}" for name, rows in sizes.items()))
        for cutoffs in (1, 6):
            told: dict[str, list[dict[str, Any]]] = {"kernel": [], "pandas": []}
            for _ in range(chosen.repeat):
                for side, runs in told.items():
                    command = [
                        sys.executable,
                        __file__,
                        "--side",
                        side,
                        "--folder",
                        str(folder),
                        "--cutoffs",
                        str(cutoffs),
                    ]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    runs.append(json.loads(done.stdout.splitlines()[-1]))
            seconds, peak = (
                {s: statistics.median(r[key] for r in runs) for s, runs in told.items()}
                for key in ("seconds", "peak_mb")
            )
            first = told["kernel"][0]
            print(
                f"{cutoffs} cutoff(s), {first['features']} features, {first['rows']:,} rows: "
                f"kernel {seconds['kernel']:.2f} s / {peak['kernel']:,.0f} MB, "
                f"pandas {seconds['pandas']:.2f} s / {peak['pandas']:,.0f} MB, "
                f"{seconds['pandas'] / seconds['kernel']:.1f} times faster, "
                f"largest relative difference {largest_difference(folder):.1e}"
            )


if __name__ == "__main__":
    main()
