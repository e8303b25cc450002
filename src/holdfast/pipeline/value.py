"""The stage `value`: purchases or contracts in, the expected value of each customer out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from holdfast.cutoffs.outcomes import AMOUNTS
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import standings_today, subscription_movements
from holdfast.models.clv.assumed_horizon import by_assumed_horizon
from holdfast.models.clv.estimate import CONTRACT, ValueInputs, estimate_value
from holdfast.pipeline.of_totals.stages import value_totals
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule, Settings, Shape

_OF_CHURN = ("customer_id", "churn_probability", "ends_at")
# A snapshot knows no time: its value needs only the length of the horizon.
_TIMELESS = Schedule(datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC), ())


def value(workspace: Workspace) -> str:
    """Estimate what each customer is worth over the value horizon."""
    if workspace.settings.shape is Shape.TOTALS:
        return value_totals(workspace)
    settings, tables = workspace.settings, workspace.activity_and_money()
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    history = workspace.table("training.parquet").drop(AMOUNTS) if schedule else None
    rows, churn = workspace.table("features.parquet"), workspace.table("churn.parquet")
    inputs = value_inputs(rows, churn, tables, settings, schedule, history=history)
    estimate = estimate_value(inputs, settings)
    # A labelled customer who has left is valued too, and counts in no total.
    present = estimate.frame.join(churn.filter(~pl.col("has_left")), on="customer_id", how="semi")
    metrics = estimate.metrics
    if settings.churn.rule is ChurnRule.LABEL and estimate.fitted.method == CONTRACT:
        assumed = by_assumed_horizon(estimate.fitted, inputs, settings, present["customer_id"])
        words = f"{metrics['words']} {assumed['sentence']}"
        metrics = {**metrics, "assumed_horizon": assumed, "words": words}
    workspace.keep_table("value.parquet", estimate.frame)
    workspace.keep_json("reports/value.json", metrics)
    workspace.keep_model("models/value/", estimate.fitted.to_files())
    total = present["expected_value"].sum()
    if estimate.frame["expected_value"].drop_nulls().is_empty():
        return "no value known: the records hold neither purchases with an amount nor a monthly amount"
    horizon = f"{settings.value.horizon_days} days"
    return f"{total:,.0f} {settings.currency} expected in {horizon} ({estimate.metrics['way']})"


def value_inputs(
    rows: pl.DataFrame,
    churn: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    schedule: Schedule | None,
    *,
    history: pl.DataFrame | None = None,
) -> ValueInputs:
    """What customers are valued by, as `models.clv.estimate` reads it.

    Args:
        rows: their features.
        churn: customer_id, churn_probability; ends_at where an end is booked.
        tables: cleaned.
        settings: which tables hold purchases.
        schedule: None for a snapshot.
        history: feature rows at past cutoffs with `left`, where a model is to be fitted.
    """
    has_subscriptions = schedule is not None and settings.churn.rule is ChurnRule.SUBSCRIPTION_END
    return ValueInputs(
        rows=rows,
        schedule=schedule or _TIMELESS,
        transactions=purchases_of(tables, settings) if schedule else None,
        history=history,
        customers=tables["customers"],
        churn=churn.select(column for column in _OF_CHURN if column in churn.columns),
        subscriptions=standings_today(tables, settings, schedule.scoring) if schedule and has_subscriptions else None,
        movements=subscription_movements(tables, settings) if has_subscriptions else None,
    )


def purchases_of(tables: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame | None:
    """The project's purchases with an amount, all purchase tables together; None where there are none."""
    purchase_tables = [
        tables[name]
        for name, table in settings.tables.items()
        if table.holds == "transactions" and name in tables and "amount" in tables[name].columns
    ]
    return pl.concat(purchase_tables, how="diagonal_relaxed") if purchase_tables else None
