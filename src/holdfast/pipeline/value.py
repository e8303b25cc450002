"""The stage `value`: the fitted value models and the records in, the expected value of each customer out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from holdfast.cutoffs.columns import columns_of_customers_and_subscriptions
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import standings_today, subscription_movements
from holdfast.formatting import short_money
from holdfast.models.clv.assumed_horizon import by_assumed_horizon
from holdfast.models.clv.estimate import CONTRACT, ValueFit, ValueInputs, value_today
from holdfast.models.clv.purchase_log import COLUMNS, Purchases
from holdfast.pipeline.of_totals.stages import value_totals
from holdfast.pipeline.prepare import KEYS
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule, Settings, Shape
from holdfast.store.memory import memory_limit_gb, room_for_records
from holdfast.store.run_tables import CustomerRanges

_BYTES_A_PURCHASE = 64  # in memory, of the columns that the models read
_OF_CHURN = ("customer_id", "churn_probability", "ends_at", "has_left")
# A snapshot knows no time: its value needs only the length of the horizon.
TIMELESS = Schedule(datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC), ())


def value(workspace: Workspace) -> str:
    """Estimate what each customer is worth over the value horizon."""
    if workspace.settings.shape is Shape.TOTALS:
        return value_totals(workspace)
    settings, records = workspace.settings, workspace.customer_ranges()
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    rows, churn = workspace.columns("features.parquet", KEYS), workspace.columns("churn.parquet", _OF_CHURN)
    purchases = purchases_in_turn(records, settings) if schedule else None
    tables = customers_and_subscriptions(records, settings)
    inputs = value_inputs(rows, churn, tables, settings, schedule, purchases=purchases)
    fit = ValueFit.from_files(workspace.model("models/value_fit/"))
    estimate = value_today(fit, inputs, settings, workspace.pieces("features.parquet"))
    # A labelled customer who has left is valued too, and counts in no total.
    present = estimate.frame.join(churn.filter(~pl.col("has_left")), on="customer_id", how="semi")
    metrics = estimate.metrics
    if settings.churn.rule is ChurnRule.LABEL and estimate.fitted.method == CONTRACT:
        assumed = by_assumed_horizon(estimate.fitted, inputs, settings, present.select(estimate.frame.columns))
        words = f"{metrics['words']} {assumed['sentence']}"
        metrics = {**metrics, "assumed_horizon": assumed, "words": words}
    workspace.keep_table("value.parquet", estimate.frame)
    workspace.keep_json("reports/value.json", metrics)
    workspace.keep_model("models/value/", estimate.fitted.to_files())
    total = present["expected_value"].sum()
    if estimate.frame["expected_value"].drop_nulls().is_empty():
        return "no value known: the records hold neither purchases with an amount nor a monthly amount"
    horizon = f"{settings.value.horizon_days} days"
    return f"{short_money(float(total), settings.currency)} expected in {horizon} ({estimate.metrics['way']})"


def value_inputs(
    rows: pl.DataFrame,
    churn: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    schedule: Schedule | None,
    *,
    purchases: Purchases | None = None,
) -> ValueInputs:
    """What customers are valued by, as `models.clv.estimate` reads it.

    Args:
        rows: their features.
        churn: customer_id, churn_probability; ends_at where an end is booked.
        tables: customers and subscriptions, cleaned.
        settings: which tables hold subscriptions.
        schedule: None for a snapshot.
        purchases: with an amount, where there are any and a schedule.
    """
    has_subscriptions = schedule is not None and settings.churn.rule is ChurnRule.SUBSCRIPTION_END
    return ValueInputs(
        rows=rows,
        schedule=schedule or TIMELESS,
        purchases=purchases,
        customers=tables["customers"],
        churn=churn[[column for column in _OF_CHURN[:3] if column in churn.columns]],
        subscriptions=standings_today(tables, settings, schedule.scoring) if schedule and has_subscriptions else None,
        movements=subscription_movements(tables, settings) if has_subscriptions else None,
    )


def customers_and_subscriptions(records: CustomerRanges, settings: Settings) -> dict[str, pl.DataFrame]:
    """The tables without a row an event: everybody's attributes, and the movements of subscriptions."""
    return records.whole(columns_of_customers_and_subscriptions(records.tables, settings))


def purchases_of(tables: Mapping[str, pl.DataFrame], settings: Settings) -> Purchases | None:
    """The project's purchases with an amount, all purchase tables together; None where there are none."""
    names = _purchase_tables({name: table.schema for name, table in tables.items()}, settings)
    return Purchases.of(_together(tables, names)) if names else None


def purchases_in_turn(records: CustomerRanges, settings: Settings) -> Purchases | None:
    """The same, a range of customers at a time; read whenever they are needed, where there is no room for all."""
    names = _purchase_tables(records.tables, settings)
    if not names:
        return None

    def read(columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        for tables in records.in_turn(dict.fromkeys(names, columns)):
            yield _together(tables, names)

    needed = _BYTES_A_PURCHASE * sum(map(records.height, names))
    if needed > room_for_records(memory_limit_gb(settings)) // 4:
        return Purchases(read)
    every = cache(lambda: [*read(COLUMNS)])
    return Purchases(lambda columns: every() if set(columns) <= set(COLUMNS) else read(columns))


def _purchase_tables(schemas: Mapping[str, pl.Schema], settings: Settings) -> list[str]:
    return [
        name
        for name, table in settings.tables.items()
        if table.holds == "transactions" and name in schemas and "amount" in schemas[name]
    ]


def _together(tables: Mapping[str, pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    return pl.concat([tables[name] for name in names], how="diagonal_relaxed")
