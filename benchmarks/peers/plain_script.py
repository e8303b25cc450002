"""The same job as a plain script of Polars and LightGBM: what somebody would write for this one log.

    python benchmarks/whole_job.py --peer

From the raw files to predictions.parquet: the same cutoffs, active customers, samples of past rows (60,000 to learn
from, 200,000 to test on), windows and measures (74 features), one LightGBM of the same size for leaving and two
for spend, tested at the same cutoff, fitted again on all past rows, and everybody scored, valued, banded and ranked.

It is less work than `holdfast run`: it trusts the records (no checks, no late or doubled rows, no returns that name
their order), learns no active window, knows no season, forecasts no other window than by one factor, gives no reasons,
no segments by behaviour, no offers, no report and no files for BI, and keeps everything in memory.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

END = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON, ACTIVE = timedelta(days=90), timedelta(days=180)
TEST = END - HORIZON
TRAINING = [TEST - HORIZON - timedelta(days=30) * months for months in range(5, -1, -1)]
MOST_TRAINED_ON, MOST_TESTED = 60_000, 200_000
WINDOWS = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "ever": 100_000}
TRENDS = ("30d", "90d", "180d")
KINDS = (0, 1, 2, 3)  # categories whose rows are counted
SETTINGS = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "num_threads": 1,  # beside others, threads of one fit wait for each other; so does `holdfast run`
    "verbosity": -1,
    "seed": 7,
}


@dataclass(frozen=True)
class Log:
    """The log, and what it comes to by order, by day and by category: made once, so that windows only count rows."""

    rows: pl.LazyFrame
    orders: pl.LazyFrame  # customer, at, amount, quantity

    @classmethod
    def of(cls, folder: Path) -> "Log":
        rows = (
            pl.read_parquet(folder / "raw_files" / "*.parquet")
            .unique()
            .with_columns(
                pl.col("customer").cast(pl.Categorical).to_physical().alias("who"),
                pl.col("category").cast(pl.Categorical).to_physical(),
                pl.col("at").dt.date().alias("day"),
            )
        )
        orders = (
            rows.filter(pl.col("amount") > 0)
            .group_by("who", "order")
            .agg(pl.col("at", "day").min(), pl.col("amount", "quantity").sum())
        )
        return cls(rows.lazy(), orders.lazy())


def features(log: Log, who: pl.Series, cutoff: datetime) -> pl.DataFrame:
    """One row a customer: what was bought in each window before the cutoff, and how regularly."""
    at, keys = pl.col("at"), who.to_frame("who")
    rows, orders = (
        each.filter(at < cutoff).join(keys.lazy(), on="who", how="semi").collect().lazy()
        for each in (log.rows, log.orders)
    )
    days = orders.group_by("who", "day").agg(at.max()).collect().lazy()
    kinds = rows.filter(pl.col("amount") > 0).group_by("who", "category").agg(at.max()).collect().lazy()
    parts = [always(orders, days), of_kinds(rows, cutoff)]
    for name, length in WINDOWS.items():
        inside = at >= cutoff - timedelta(days=length)
        money = [pl.len().alias(f"orders_{name}"), pl.col("amount").sum().alias(f"spend_{name}")]
        largest = pl.col("amount").max().alias(f"largest_basket_{name}")
        units = pl.col("quantity").sum().alias(f"units_{name}")
        given_back = pl.col("amount").sum().alias(f"given_back_{name}")
        parts += [
            orders.filter(inside).group_by("who").agg(*money, largest, units),
            days.filter(inside).group_by("who").agg(pl.len().alias(f"order_days_{name}")),
            kinds.filter(inside).group_by("who").agg(pl.len().alias(f"categories_{name}")),
            rows.filter(inside, pl.col("amount") < 0)
            .group_by("who")
            .agg(pl.len().alias(f"returns_{name}"), given_back),
        ]
        if name in TRENDS:
            before = orders.filter(at >= cutoff - timedelta(days=2 * length), ~inside)
            parts.append(before.group_by("who").agg(expression.name.prefix("_") for expression in money))
    table = keys
    for measured in pl.collect_all(parts):
        table = table.join(measured, on="who", how="left", maintain_order="left")
    return with_ratios(table, cutoff)


def always(orders: pl.LazyFrame, days: pl.LazyFrame) -> pl.LazyFrame:
    """What is measured over all orders: the first and the last, baskets, and the gaps between days with orders."""
    gap = pl.col("day").diff().over("who").dt.total_days()
    gaps = days.sort("who", "day").with_columns(gap.alias("gap")).group_by("who")
    basket, ordered = pl.col("amount"), orders.sort("who", "at").group_by("who")
    return ordered.agg(
        pl.col("at").last().alias("_last"),
        pl.col("at").first().alias("_first"),
        basket.min().alias("smallest_basket"),
        basket.median().alias("median_basket"),
        basket.std().alias("basket_spread"),
        basket.first().alias("first_basket"),
        basket.last().alias("last_basket"),
    ).join(
        gaps.agg(
            pl.col("gap").mean().alias("mean_order_gap"),
            pl.col("gap").std().alias("order_gap_spread"),
            pl.col("gap").max().alias("longest_order_gap"),
        ),
        on="who",
    )


def of_kinds(rows: pl.LazyFrame, cutoff: datetime) -> pl.LazyFrame:
    """Rows of four categories in the last year."""
    inside = rows.filter(pl.col("at") >= cutoff - timedelta(days=365))
    return inside.group_by("who").agg((pl.col("category") == kind).sum().alias(f"kind_{kind}_365d") for kind in KINDS)


def with_ratios(rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """What follows from the measures: recency, baskets, trends, regularity and RFM scores."""
    days = 86_400_000_000

    def ratio(over: str, under: str, name: str) -> pl.Expr:
        return pl.when(pl.col(under) > 0).then(pl.col(over) / pl.col(under)).alias(name)

    counts = [name for name in rows.columns if name.lstrip("_").startswith(("orders_", "spend_", "returns_"))]
    rows = (
        rows.with_columns(pl.col(counts).fill_null(0))
        .with_columns(
            ((pl.lit(cutoff) - pl.col("_last")).dt.total_microseconds() / days).alias("days_since_last_order"),
            ((pl.lit(cutoff) - pl.col("_first")).dt.total_microseconds() / days).alias("days_since_first_order"),
            *(ratio(f"spend_{name}", f"orders_{name}", f"mean_basket_{name}") for name in WINDOWS),
            *(ratio(f"orders_{name}", f"_orders_{name}", f"orders_trend_{name}") for name in TRENDS),
            *(ratio(f"spend_{name}", f"_spend_{name}", f"spend_trend_{name}") for name in TRENDS),
            ratio("units_ever", "orders_ever", "units_per_order"),
            ratio("order_gap_spread", "mean_order_gap", "order_irregularity"),
        )
        .with_columns(
            (pl.col("days_since_first_order") - pl.col("days_since_last_order")).alias("order_span"),
            ratio("days_since_last_order", "mean_order_gap", "order_overdue"),
            ratio("orders_ever", "days_since_first_order", "orders_a_day"),
            ratio("last_basket", "mean_basket_ever", "last_basket_to_mean"),
        )
    )
    rows = rows.with_columns(
        (-pl.col("days_since_last_order")).alias("recency"), pl.col("orders_ever", "spend_ever").name.suffix("_rank")
    )
    fifths = [
        (5 * pl.col(name).rank("max") / pl.len()).ceil().alias(f"{name}_score")
        for name in ("recency", "orders_ever_rank", "spend_ever_rank")
    ]
    return rows.with_columns(fifths).drop("recency", "orders_ever_rank", "spend_ever_rank", "_last", "_first")


def active(log: Log, cutoff: datetime) -> pl.DataFrame:
    """Who bought in the days before a cutoff, and what in the horizon after it: who, spend, left."""
    before = log.orders.filter(pl.col("at") >= cutoff - ACTIVE, pl.col("at") < cutoff).select("who").unique()
    after = log.rows.filter(pl.col("at") >= cutoff, pl.col("at") < cutoff + HORIZON)
    spent = after.group_by("who").agg(pl.col("amount").sum().clip(0).alias("spend"))
    rows = before.join(spent, on="who", how="left").sort("who").collect()
    return rows.with_columns(pl.col("spend").is_null().alias("left"), pl.col("spend").fill_null(0.0))


def past_rows(log: Log) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows to learn from and rows to test on, with spend and left."""
    frames = []
    for number, cutoff in enumerate([*TRAINING, TEST]):
        outcomes = active(log, cutoff)
        most = MOST_TESTED if cutoff == TEST else MOST_TRAINED_ON // len(TRAINING)
        outcomes = outcomes.sample(min(most, outcomes.height), seed=number)
        frames.append(features(log, outcomes["who"], cutoff).join(outcomes, on="who"))
    return pl.concat(frames[:-1]), frames[-1]


def matrix(rows: pl.DataFrame, names: list[str]) -> Any:
    return rows.select(pl.col(names).cast(pl.Float64)).to_numpy()


def fit(rows: pl.DataFrame, names: list[str], target: Any, objective: dict[str, Any], rounds: int) -> Any:
    data = lightgbm.Dataset(matrix(rows, names), target)
    return lightgbm.train({**SETTINGS, **objective}, data, num_boost_round=rounds)


def job(folder: Path) -> dict[str, Any]:
    """Score everybody into FOLDER/peer.parquet; how good the model is, and how many were scored."""
    log = Log.of(folder)
    train, test = past_rows(log)
    names = [name for name in train.columns if name not in ("who", "spend", "left") and name[0] != "_"]
    leaving, tweedie = {"objective": "binary"}, {"objective": "tweedie"}
    both = pl.concat([train, test])
    model = fit(train, names, train["left"].to_numpy(), leaving, 200)
    auc = float(roc_auc_score(test["left"].to_numpy(), model.predict(matrix(test, names))))
    spend = fit(train, names, train["spend"].to_numpy(), tweedie, 100).predict(matrix(test, names))
    level = float(test["spend"].sum() / spend.sum())
    ratios = test["spend"].to_numpy() / np.maximum(spend, 1e-9)
    low, high = np.quantile(ratios, [0.1, 0.9])
    final = fit(both, names, both["left"].to_numpy(), leaving, 200)
    money = fit(both, names, both["spend"].to_numpy(), tweedie, 100)
    today = features(log, active(log, END)["who"], END)
    ids = log.rows.group_by("who").agg(pl.col("customer").first()).collect()
    probability, value = final.predict(matrix(today, names)), money.predict(matrix(today, names)) * 365 / 90
    scored = pl.DataFrame({"who": today["who"], "churn_probability": probability, "expected_value": value})
    scored = (
        scored.join(ids, on="who")
        .with_columns(
            (pl.col("expected_value") * low).alias("value_low"),
            (pl.col("expected_value") * high).alias("value_high"),
            (pl.col("expected_value") * pl.col("churn_probability")).alias("revenue_at_risk"),
            pl.when(pl.col("churn_probability") >= 0.6)
            .then(pl.lit("high"))
            .when(pl.col("churn_probability") >= 0.3)
            .then(pl.lit("medium"))
            .otherwise(pl.lit("low"))
            .alias("risk_band"),
        )
        .sort("revenue_at_risk", descending=True)
    )
    scored.write_parquet(folder / "peer.parquet")
    return {"customers": scored.height, "features": len(names), "auc": round(auc, 4), "level": round(level, 3)}
