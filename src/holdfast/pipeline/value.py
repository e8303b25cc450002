"""The stage `value`: purchases or contracts in, the expected value of each customer out."""

from datetime import UTC, datetime, timedelta

import polars as pl

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.cutoffs.schedule import Schedule
from holdfast.models.clv.estimate import ValueInputs, estimate_value
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings

# A snapshot knows no time: its value needs only the length of the horizon.
TIMELESS = Schedule(datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC), ())


def purchases_of(tables: dict[str, pl.DataFrame], settings: Settings) -> pl.DataFrame | None:
    """The project's purchases with an amount, all purchase tables together; None where there are none."""
    held = [
        tables[name]
        for name, table in settings.tables.items()
        if table.holds == "transactions" and name in tables and "amount" in tables[name].columns
    ]
    return pl.concat(held, how="diagonal_relaxed") if held else None


def value(workspace: Workspace) -> str:
    """What each customer is worth over the value horizon."""
    project, tables = workspace.settings, workspace.tables("tables/")
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    training = workspace.table("training.parquet")
    inputs = ValueInputs(
        rows=workspace.table("features.parquet"),
        schedule=schedule or TIMELESS,
        transactions=purchases_of(tables, project) if schedule else None,
        history=training.drop(OUTCOME_NAMES) if schedule else None,
        customers=tables["customers"],
        churn=workspace.table("churn.parquet").select("customer_id", "churn_probability"),
    )
    estimate = estimate_value(inputs, project)
    workspace.keep_table("value.parquet", estimate.frame)
    workspace.keep_json("reports/value.json", estimate.metrics)
    workspace.keep_model("models/value/", estimate.fitted.to_files())
    total = estimate.frame["expected_value"].sum()
    if estimate.frame["expected_value"].drop_nulls().is_empty():
        return "no value known: the records hold neither purchases with an amount nor a monthly amount"
    return f"{total:,.0f} {project.currency} expected in {project.value.horizon_days} days ({estimate.metrics['way']})"
