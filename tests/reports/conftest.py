"""A small simulated business, whose truth is known, as a run would hand it to the reports."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.decisions.customers import DecisionLimits, Decisions, decide
from holdfast.decisions.risk import risk_bands
from holdfast.decisions.value_tiers import fit_value_tiers
from holdfast.quality.records import WholeTables
from holdfast.reports.exploration.explore import explore_rows, explore_times
from holdfast.reports.exploration.times import monthly
from holdfast.reports.inputs import ReportInputs
from holdfast.settings import Settings
from holdfast.tables.outputs import PREDICTIONS

CUTOFF = datetime(2025, 7, 1, tzinfo=UTC)
SEGMENTS = ("Champions", "Loyal", "Promising", "At Risk", "Hibernating", "Lost")
FEATURES = (
    ("transactions_days_since_last_ever", "days", "Days since the last purchase."),
    ("transactions_count_90d", "", "How many purchases in the last 90 days."),
    ("transactions_amount_sum_365d", "currency", "What was paid in the last 365 days."),
    ("interactions_satisfaction_mean_180d", "points", "Mean satisfaction the customer said in the last 180 days."),
    ("interactions_count_90d", "", "How many contacts in the last 90 days."),
    ("marketing_kind_opened_count_90d", "", "How many e-mails were opened in the last 90 days."),
)


def project(**changes: Any) -> Settings:
    return Settings.model_validate(
        {
            "name": "Meadow & Sons",
            "shape": "events",
            "currency": "EUR",
            "tables": {"transactions": {"files": ["t.csv"], "holds": "transactions", "columns": {}}},
            "churn": {"rule": "inactivity", "horizon_days": 90},
            **changes,
        }
    )


def features_of(customers: int, random: np.random.Generator) -> pl.DataFrame:
    since = random.gamma(1.2, 45, customers).round(1)
    orders = random.poisson(np.clip(6 - since / 25, 0.1, None)).astype(float)
    spent = (orders * random.gamma(3, 25, customers) * 3).round(2)
    satisfaction = np.clip(random.normal(3.8, 0.8, customers), 1, 5).round(2)
    satisfaction[random.random(customers) < 0.35] = np.nan
    return pl.DataFrame(
        {
            "transactions_days_since_last_ever": since,
            "transactions_count_90d": orders,
            "transactions_amount_sum_365d": spent,
            "interactions_satisfaction_mean_180d": satisfaction,
            "interactions_count_90d": random.poisson(1.4, customers).astype(float),
            "marketing_kind_opened_count_90d": random.poisson(4, customers).astype(float),
            "orders_twice": orders * 2 + random.normal(0, 0.01, customers),
            "customer_type": random.choice(["trial", "basic", "premium"], customers, p=[0.2, 0.5, 0.3]),
            "newsletter": random.random(customers) < 0.6,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def probability(features: pl.DataFrame, random: np.random.Generator) -> np.ndarray:
    kind = features["customer_type"].replace_strict({"trial": 1.3, "basic": 0.0, "premium": -1.0}).to_numpy()
    tired = features["interactions_satisfaction_mean_180d"].fill_null(3.8).to_numpy()
    since = features["transactions_days_since_last_ever"].to_numpy()
    log_odds = -1.9 + kind + 0.016 * since - 0.5 * (tired - 3.8) + random.normal(0, 0.5, features.height)
    return 1 / (1 + np.exp(-log_odds))


def records() -> list[dict[str, Any]]:
    numbers = [
        {"name": name, "unit": unit, "meaning": meaning, "table": name.split("_")[0], "is_category": False}
        for name, unit, meaning in FEATURES
    ]
    return [
        *numbers,
        {"name": "orders_twice", "unit": "", "meaning": "Twice the purchases.", "table": "several"},
        {"name": "customer_type", "unit": "", "meaning": "What sort of customer it is.", "table": "customers"},
        {"name": "newsletter", "unit": "", "meaning": "Whether the newsletter is subscribed to.", "table": "customers"},
    ]


def training_rows(customers: int, random: np.random.Generator) -> pl.DataFrame:
    features = features_of(customers, random)
    return pl.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(customers)],
            "cutoff": pl.Series([CUTOFF - timedelta(days=180)] * customers, dtype=pl.Datetime("us", "UTC")),
            "left": random.random(customers) < probability(features, random),
        }
    ).hstack(features)


def purchases(customers: int, random: np.random.Generator) -> pl.DataFrame:
    rows = customers * 12
    start = datetime(2024, 1, 1, tzinfo=UTC)
    offset = random.integers(0, int((CUTOFF - start).total_seconds()), rows)
    return pl.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in random.integers(0, customers, rows)],
            "happened_at": pl.Series(offset * 1_000_000 + int(start.timestamp()) * 1_000_000).cast(
                pl.Datetime("us", "UTC")
            ),
            "amount": random.gamma(2, 22, rows).round(2) * np.where(random.random(rows) < 0.03, -1, 1),
            "order_id": [f"o{number}" for number in range(rows)],
        }
    )


def decisions_of(features: pl.DataFrame, settings: Settings, random: np.random.Generator) -> Decisions:
    """Who leaves, what each is worth, and what the decisions make of it: a run's list and its plan."""
    customers = features.height
    risk = probability(features, random)
    stay = random.gamma(1.5, 160, customers).round(2)
    frame = pl.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(customers)],
            "cutoff": pl.Series([CUTOFF] * customers, dtype=pl.Datetime("us", "UTC")),
            "churn_probability": risk,
            "expected_value": stay * (1 - risk),
            "value_low": stay * (1 - risk) * 0.6,
            "value_high": stay * (1 - risk) * 1.5,
            "value_if_stays": stay,
            "value_if_leaves": np.zeros(customers),
            "segment": random.choice(SEGMENTS, customers, p=[0.1, 0.2, 0.2, 0.15, 0.2, 0.15]),
            "expected_next_date": [
                date(2025, 7, 1) + timedelta(days=int(x)) for x in random.integers(1, 90, customers)
            ],
            "cluster": random.integers(0, 3, customers),
            "reason_1": "No purchase for 74 days; usually every 30 days.",
            "reason_2": "Satisfaction fell to 2.1 points in the last 180 days.",
            "reason_3": "Is on a trial.",
            "worth_fixing": "Resolve what has been open since 4 May 2025.",
        }
    ).with_columns(pl.col("cluster").cast(pl.Int64))
    limits = DecisionLimits(
        risk_bands(settings.decisions, float(risk.mean())), fit_value_tiers(frame["value_if_stays"])
    )
    return decide(frame, limits, settings)


def predictions_of(decisions: Decisions) -> pl.DataFrame:
    """The list of a run."""
    predictions = decisions.table.select(PREDICTIONS.names_for(decisions.table)).sort("priority")
    PREDICTIONS.check(predictions)
    return predictions


def probabilities_only(predictions: pl.DataFrame) -> pl.DataFrame:
    """The predictions of a run that knows no values, reasons or offers: whatever may be null is."""
    return predictions.with_columns(
        pl.lit(None, column.dtype).alias(column.name)
        for column in PREDICTIONS.columns
        if column.nullable and not column.optional
    )


def segments_of(predictions: pl.DataFrame) -> pl.DataFrame:
    return (
        predictions.group_by("segment")
        .agg(
            pl.len().alias("customers"),
            pl.col("offer").is_not_null().sum().cast(pl.Int64).alias("in_plan"),
            pl.col("expected_value").sum().alias("revenue"),
            pl.col("churn_probability").mean().alias("mean_churn_probability"),
        )
        .with_columns(
            share_of_customers=pl.col("customers") / pl.col("customers").sum(),
            share_of_revenue=pl.col("revenue") / pl.col("revenue").sum(),
            meaning=pl.lit("The best customers."),
            strategy=pl.lit("Keep the relation."),
            action=pl.lit("Thank them, ask for a referral, and never discount."),
        )
        .sort("revenue", descending=True)
    )


def candidate(name: str, auc: float, *, champion: bool = False) -> dict[str, Any]:
    test = {
        "roc_auc": {"value": auc, "low": auc - 0.015, "high": auc + 0.015},
        "log_loss": {"value": 0.46, "low": 0.44, "high": 0.48},
        "brier": {"value": 0.15, "low": 0.14, "high": 0.16},
        "lift_at_10_percent": {"value": 2.9, "low": 2.6, "high": 3.2},
    }
    return {"name": name, "champion": champion, "validation": {"roc_auc": auc + 0.004}, "test": test, "seconds": 1.8}


def metrics() -> dict[str, Any]:
    shares = [number / 20 for number in range(21)]
    return {
        "target": {"rule": "inactivity", "horizon_days": 90, "base_rate": 0.27},
        "split": {
            "method": "time-ordered",
            "train": {"rows": 3000, "customers": 600, "leavers": 810, "cutoffs": ["2024-10-04", "2025-01-02"]},
            "test": {"rows": 640, "customers": 640, "leavers": 176, "cutoffs": ["2025-04-02"]},
        },
        "candidates": [
            candidate("lightgbm", 0.81, champion=True),
            candidate("logistic", 0.80),
            candidate("forest", 0.79),
        ],
        "baselines": [
            {"name": "base_rate", "says": "27 % for everyone", "test": {"roc_auc": {"value": 0.5}}},
            {"name": "one_feature", "says": "recency_days alone", "test": {"roc_auc": {"value": 0.69}}},
        ],
        "signal": True,
        "grade": {
            "word": "good",
            "sentence": "The tenth with the highest scores holds 2.9 times as many leavers as a random tenth.",
            "next_step": "Use the list; measure the offers against a hold-out group.",
        },
        "calibration": [
            {"predicted": at, "observed": min(at * 1.05, 1), "rows": 64}
            for at in (0.05, 0.12, 0.2, 0.3, 0.42, 0.6, 0.8)
        ],
        "calibration_test": {"p_value": 0.31},
        "gain_curve": [{"share_contacted": at, "share_of_leavers": 1 - (1 - at) ** 2.4} for at in shares],
        "roc_curve": [{"false_alarms": at, "hits": at**0.35} for at in shares],
        "total": {"predicted": 171.2, "observed": 176.0, "low": 150.4, "high": 192.0},
        "warnings": ["Only 2 training cutoffs: a season that was not seen cannot be foredefinitions."],
    }


def cleaning(rows: int) -> dict[str, Any]:
    steps = [
        {
            "step": "types",
            "what": "Blank amounts read as not known.",
            "rows_before": rows,
            "rows_after": rows,
            "rows_changed": 11,
            "values_changed": 11,
            "set_aside": 0,
            "merged": 0,
            "netted": 0,
        },
        {
            "step": "repeats",
            "what": "Rows that repeat another to the letter.",
            "rows_before": rows,
            "rows_after": rows - 37,
            "rows_changed": 0,
            "values_changed": 0,
            "set_aside": 37,
            "merged": 0,
            "netted": 0,
        },
    ]
    table = {
        "rows_in": rows,
        "rows_kept": rows - 37,
        "rows_set_aside": 37,
        "rows_merged": 0,
        "rows_netted": 0,
        "values_changed": 11,
        "steps": steps,
    }
    return {
        "rows_in": rows,
        "rows_kept": rows - 37,
        "rows_set_aside": 37,
        "tables": {"transactions": table},
        "customers": {"rows": 640, "steps": []},
        "findings": {},
    }


def validation() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "category": ["ranges", "freshness"],
            "table": ["transactions", "transactions"],
            "column": ["amount", "happened_at"],
            "rule": ["A sale is not free.", "The last event is less than a week before the cutoff."],
            "rows_checked": [7680, 7680],
            "rows_failed": [52, 0],
            "share": [52 / 7680, 0.0],
            "severity": ["warning", "passed"],
            "fix": ["Check the prices of these rows.", ""],
        }
    )


def manifest() -> dict[str, Any]:
    return {
        "started_at": "2025-07-02T06:00:00+00:00",
        "seconds": 64.2,
        "peak_memory_mb": 1200.4,
        "seed": 42,
        "versions": {"holdfast": "0.1.0", "polars": "2.1.0"},
        "settings_sha256": "0123456789abcdef",
        "stages": [
            {
                "name": "collect",
                "seconds": 4.1,
                "peak_memory_mb": 400.0,
                "rows_in": 0,
                "rows_out": 7680,
                "reused": False,
                "words": "7,680 rows read.",
            },
            {
                "name": "train",
                "seconds": 31.0,
                "peak_memory_mb": 1200.4,
                "rows_in": 4280,
                "rows_out": 640,
                "reused": False,
                "words": "5 models evaluated.",
            },
        ],
    }


def explore(
    rows: pl.DataFrame,
    tables: WholeTables,
    definitions: list[dict[str, Any]],
    settings: Settings,
    cutoff: datetime | None = None,
) -> dict[str, Any]:
    """The content of eda.json."""
    times = explore_times(monthly(tables, settings, cutoff), tables, settings, cutoff)
    return explore_rows(rows, definitions, settings) | times


def make_inputs(customers: int = 640, seed: int = 7, **changes: Any) -> ReportInputs:
    random = np.random.default_rng(seed)
    rows = training_rows(customers, random)
    features = features_of(customers, random)
    settings = changes.pop("settings", None) or project()
    decisions = decisions_of(features, settings, random)
    predictions = predictions_of(decisions)
    tables = WholeTables({"transactions": purchases(customers, random)})
    definitions = records()
    importance = pl.DataFrame(
        {
            "feature": [name for name, _, _ in FEATURES] + ["customer_type"],
            "importance": [0.31, 0.2, 0.14, 0.12, 0.06, 0.05, 0.12],
            "meaning": [meaning for _, _, meaning in FEATURES] + ["What sort of customer it is."],
        }
    ).sort("importance", descending=True)
    known: dict[str, Any] = {
        "settings": settings,
        "predictions": predictions,
        "rows": rows,
        "features": predictions.select("customer_id", "cutoff").hstack(features).lazy(),
        "records": definitions,
        "cleaned_tables": tables,
        "cutoff": CUTOFF,
        "eda": explore(rows, tables, definitions, settings, CUTOFF) if "eda" not in changes else {},
        "metrics": metrics(),
        "importance": importance,
        "segments": segments_of(predictions),
        "plan": decisions.plan.table,
        "plan_totals": decisions.plan.totals,
        "cleaning": cleaning(customers * 12),
        "validation": validation(),
        "readiness": {"grade": "ready", "reasons": [], "items": []},
        "manifest": manifest(),
    }
    known |= changes
    months = monthly(known["cleaned_tables"], settings, known["cutoff"])
    return ReportInputs(**{"months": months, **known})


@pytest.fixture(scope="session")
def world() -> Callable[..., ReportInputs]:
    """Makes the inputs of a simulated business; keyword arguments replace fields."""
    return make_inputs


@pytest.fixture(scope="session")
def inputs() -> ReportInputs:
    return make_inputs()


@pytest.fixture(scope="session")
def settings() -> Callable[..., Settings]:
    """Makes a project; keyword arguments replace settings."""
    return project
