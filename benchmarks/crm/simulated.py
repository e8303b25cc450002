"""A simulated CRM for the benchmarks: its tables, the features that its project has, and cutoffs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from holdfast.column_types import Kind
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import describe_tables
from holdfast.features.operators import Operator
from holdfast.features.spec import Aggregate, Composite, Feature, Window
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape
from holdfast.simulator.simulate import simulate
from holdfast.table_settings import ColumnSettings, TableSettings

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
    "customers": {"plan": Kind.CATEGORY, "region": Kind.CATEGORY, "age": Kind.NUMBER},
}


def project() -> Settings:
    tables = {
        name: TableSettings(
            files=("x.csv",),
            holds=name,
            columns={column: ColumnSettings(source=column, kind=kind) for column, kind in kinds.items()},
        )
        for name, kinds in KINDS.items()
    }
    churn = ChurnSettings(rule=ChurnRule.END_DATE, horizon_days=90)
    return Settings(name="benchmark", shape=Shape.EVENTS, tables=tables, churn=churn)


def simulate_table(customers: int, folder: Path) -> None:
    """Write canonical tables of a simulated CRM, by customer and time as the event store keeps them."""
    created = simulate("crm", customers, seed=7)
    renamed = {
        "transactions": {"transaction_date": "happened_at", "transaction_id": "order_id"},
        "interactions": {"interaction_date": "happened_at"},
        "customers": {"signed_up": "signed_up_at"},
    }
    for name, names in renamed.items():
        table = pl.concat([piece.tables[name] for piece in created.parts]).rename(names)
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
        ordered = table.select("customer_id", *times, *KINDS[name]).sort("customer_id", *times, maintain_order=True)
        ordered.write_parquet(folder / f"{name}.parquet")


def read(folder: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in KINDS}


def moments(tables: dict[str, pl.DataFrame], cutoffs: int, days: int) -> list[datetime]:
    """The last cutoffs, so many days apart."""
    last = tables["transactions"]["happened_at"].max()
    assert isinstance(last, datetime)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    return [midnight - timedelta(days=days * back) for back in range(cutoffs)][::-1]


def features_of(tables: dict[str, pl.DataFrame]) -> tuple[Feature, ...]:
    """What Holdfast would measure of this business."""
    return features_for(describe_tables(tables, project(), moments(tables, 13, 30)[0]), project())


def sixty() -> list[Aggregate]:
    """Twelve measures over five windows."""
    complaint, returned = (("kind", "complaint"),), (("is_return", "true"),)
    requests = [
        Aggregate("transactions", Operator.COUNT),
        Aggregate("transactions", Operator.COUNT, where=returned),
        Aggregate("transactions", Operator.SUM, "amount"),
        Aggregate("transactions", Operator.MEAN, "amount"),
        Aggregate("transactions", Operator.MAX, "amount"),
        Aggregate("transactions", Operator.DISTINCT, "product"),
        Aggregate("interactions", Operator.COUNT),
        Aggregate("interactions", Operator.COUNT, where=complaint),
        Aggregate("interactions", Operator.SUM, "duration"),
        Aggregate("interactions", Operator.MEAN, "duration"),
        Aggregate("interactions", Operator.STD, "duration"),
        Aggregate("interactions", Operator.MIN, "satisfaction"),
    ]
    windows = [Window(days) for days in (30, 90, 180, 365, None)]
    return [Aggregate(a.table, a.operator, a.column, window, a.where) for window in windows for a in requests]


def every(features: Iterable[Feature]) -> dict[Feature, None]:
    """All features and what they are made of, inputs first."""
    results: dict[Feature, None] = {}
    for feature in features:
        if isinstance(feature, Composite):
            results |= every(feature.inputs)
        results[feature] = None
    return results
