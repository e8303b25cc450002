"""What is published of a run beside its tables: a finished run in; its reports and its known customers out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.decisions.value_tiers import ValueTiers
from holdfast.reports.cohorts import (
    PERIODS,
    Period,
    cohort_counts,
    cohort_triangle,
    customer_periods,
    periods_by_customer,
)
from holdfast.reports.exploration.times import tables_of_money
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json, read_model
from holdfast.store.run_tables import CustomerRanges, RunTables
from holdfast.tables.known_customers import KNOWN_CUSTOMERS
from holdfast.tables.lifecycle_outputs import LIFECYCLE

FILES: dict[str, str] = {
    "backtest": "reports/backtest.json",
    "cleaning": "reports/cleaning.json",
    "decisions": "reports/decisions.json",
    "features": "features.json",
    "lapsed": "reports/lapsed.json",
    "leakage": "reports/leakage.json",
    "ledger": "reports/ledger.json",
    "manifest": "manifest.json",
    "metrics": "metrics.json",
    "plan": "reports/plan.json",
    "raw": "raw.json",
    "readiness": "reports/readiness.json",
    "strategies": "segment_strategies.json",
    "timeline": "timeline.json",
    "value": "reports/value.json",
}
TABLES: dict[str, str] = {
    "checks": "reports/validation.csv",
    "drivers": "bi/drivers.csv",
    "importance": "feature_importance.csv",
    "lifecycle": "bi/lifecycle.csv",
    "lifecycle_moves": "lifecycle_moves.csv",
    "monthly": "bi/monthly.csv",
}
COHORTS: dict[Period, str] = {"month": "cohorts_by_month", "week": "cohorts_by_week"}
_DAYS = pl.col(pl.Date).dt.to_string("%Y-%m-%d")
_NO_TIERS = ValueTiers(None, None)


def run_documents(run: Path, periods: dict[Period, pl.DataFrame]) -> dict[str, str]:
    """The reports of a run as JSON, by their names in `FILES`, `TABLES` and `COHORTS`, and `set_aside`.

    Args:
        run: its folder; a report that it does not hold is left out.
        periods: of `activity_by_period`.
    """
    documents = {name: json.dumps(read_json(run / path)) for name, path in FILES.items() if (run / path).is_file()}
    for name, path in TABLES.items():
        if (run / path).is_file():
            documents[name] = _as_json(pl.read_csv(run / path, infer_schema_length=None))
    settings, cutoff = _settings(run), _cutoff(run)
    for period, rows in periods.items():
        if settings is not None:
            triangle = cohort_triangle([cohort_counts(rows)], cutoff, settings.time_zone, period).with_columns(_DAYS)
            documents[COHORTS[period]] = json.dumps(triangle.to_dict(as_series=False))  # a third of the letters of rows
    if (run / "set_aside.parquet").is_file():
        counted = pl.scan_parquet(run / "set_aside.parquet").group_by("table", "step", "reason").len("rows")
        documents["set_aside"] = _as_json(counted.sort("table", "step", "reason").collect())
    return documents


def _as_json(table: pl.DataFrame) -> str:
    return json.dumps(table.with_columns(_DAYS).to_dicts())


def activity_by_period(run: Path) -> dict[Period, pl.DataFrame]:
    """What each customer did in each month and week before the cutoff; empty: the run holds no events."""
    settings, tables = _settings(run), RunTables.of(run / "tables")
    if settings is None or not tables.files:
        return {}
    records, cutoff = CustomerRanges.of(tables, settings), _cutoff(run)
    names, columns = tables_of_money(records, settings), columns_of_activity_and_money(records.tables, settings)
    of_ranges = [
        [customer_periods(some, settings, cutoff, period, names) for period in PERIODS]
        for some in records.in_turn(columns)
    ]
    return {period: pl.concat(rows) for period, rows in zip(PERIODS, zip(*of_ranges, strict=True), strict=True)}


def known_customers(run: Path, predictions: pl.DataFrame, periods: dict[Period, pl.DataFrame]) -> pl.DataFrame:
    """The `KNOWN_CUSTOMERS` of a run.

    Args:
        run: its folder.
        predictions: of the run.
        periods: of `activity_by_period`.
    """
    customers = predictions.select(name for name in ("customer_id", "lifecycle") if name in predictions.columns)
    if (run / LIFECYCLE.path).is_file():
        customers = pl.read_parquet(run / LIFECYCLE.path)
    tiers = predictions[["customer_id"]].hstack([_tiers(run).of(predictions["value_if_stays"])])
    customers = customers.join(tiers, on="customer_id", how="left")
    customers = customers.join(_tenure(run, periods), on="customer_id", how="left")
    for period in PERIODS:
        names = {"cohort": f"cohort_{period}", "active_ages": f"active_{period}s"}
        if period in periods:
            customers = customers.join(periods_by_customer(periods[period]).rename(names), on="customer_id", how="left")
    absent = [name for name in KNOWN_CUSTOMERS.names if name not in customers.columns]
    customers = customers.with_columns(pl.lit(None).alias(name) for name in absent).unique("customer_id")
    return customers.select(pl.col(name).cast(dtype) for name, dtype in KNOWN_CUSTOMERS.schema.items()).sort(
        "customer_id"
    )


def _tiers(run: Path) -> ValueTiers:
    folder = run / "models" / "value_tiers"
    return ValueTiers.from_files(read_model(folder)) if folder.is_dir() else _NO_TIERS


def _tenure(run: Path, periods: dict[Period, pl.DataFrame]) -> pl.DataFrame:
    """customer_id, tenure_days: from the sign-up where the records say it, else from the first event."""
    cutoff = _cutoff(run)
    schema = {"customer_id": pl.String(), "tenure_days": pl.Int64()}
    parts = [pl.DataFrame(schema=schema)]
    if cutoff is not None:
        parts += list(_begun(run, cutoff, periods))
    return pl.concat(parts).drop_nulls().unique("customer_id", keep="first", maintain_order=True)


def _begun(run: Path, cutoff: datetime, periods: dict[Period, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    # By the calendar, as reasons count: who first bought on the 7th is 3 days there on the 10th, at whatever hour.
    days = (pl.lit(cutoff.date()) - pl.col("begun").dt.date()).dt.total_days().alias("tenure_days")
    customers = run / "tables" / "customers.parquet"
    if customers.is_file() and "signed_up_at" in pl.read_parquet_schema(customers):
        signed_up = pl.read_parquet(customers, columns=["customer_id", "signed_up_at"]).rename(
            {"signed_up_at": "begun"}
        )
        yield signed_up.select("customer_id", days).filter(pl.col("tenure_days") >= 0)
    first = [
        pl.scan_parquet(file).group_by("customer_id").agg(pl.col("happened_at").min().alias("begun")).collect()
        for file in sorted((run / "tables").glob("*.parquet"))
        if {"customer_id", "happened_at"} <= set(pl.read_parquet_schema(file)) and periods
    ]
    if first:
        begun = pl.concat(first).group_by("customer_id").agg(pl.col("begun").min()).sort("customer_id")
        yield begun.select("customer_id", days).filter(pl.col("tenure_days") >= 0)


def _settings(run: Path) -> Settings | None:
    """The settings that the run was made with; None where its manifest does not hold them all."""
    stored: dict[str, Any] = read_json(run / "manifest.json").get("settings", {})
    return Settings.model_validate(stored) if "tables" in stored else None


def _cutoff(run: Path) -> datetime | None:
    text = read_json(run / "reports" / "summary.json").get("cutoff")
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
