"""Flat tables for Tableau, Power BI and spreadsheets: plain headers, ISO dates, no cell that runs as a formula."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from holdfast.reports.cohorts import cohort_triangle, customer_periods
from holdfast.reports.contacts import contact_list
from holdfast.reports.drivers import driver_table
from holdfast.reports.exploration.times import monthly
from holdfast.reports.figures import segment_table
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.kpis import kpis
from holdfast.reports.lifecycle import lifecycle_table
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.settings import Settings
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE_MOVES

_KEY_FEATURES = 20


def bi_tables(inputs: ReportInputs) -> dict[str, pl.DataFrame]:
    """Every table of the `bi` folder by file name without ".csv", safe to be written as it is.

    Returns:
        contacts: the list, in order; customers: one row a customer (predictions, attributes, key features); kpis;
        segments; drivers;
        cohorts and monthly, without rows where there are no events; lapsed: the win-back list; lifecycle: how many
        customers are in each state, and lifecycle_moves: how they moved.
    """
    tables = {
        "contacts": contact_list(inputs),
        "customers": customers_table(inputs),
        "kpis": kpi_table(inputs),
        "segments": segment_table(inputs),
        "drivers": driver_table(inputs),
        "cohorts": cohorts(inputs.tables, inputs.settings, inputs.cutoff),
        "monthly": monthly(inputs.tables, inputs.settings, inputs.cutoff),
        "lapsed": inputs.lapsed if inputs.lapsed is not None else pl.DataFrame(schema=LAPSED.schema),
        "lifecycle": lifecycle_table(inputs),
        "lifecycle_moves": inputs.moves if inputs.moves is not None else pl.DataFrame(schema=LIFECYCLE_MOVES.schema),
    }
    return {name: spreadsheet_safe(table) for name, table in tables.items()}


def customers_table(inputs: ReportInputs) -> pl.DataFrame:
    """One row a customer with a prediction: the prediction with its offer, attributes, the model's key features."""
    rows = inputs.standing.with_columns(pl.lit(inputs.currency).alias("currency"))
    for extra in (_attributes(inputs), _key_features(inputs)):
        new = [name for name in extra.columns if name == "customer_id" or name not in rows.columns]
        rows = rows.join(extra.select(new), on="customer_id", how="left", maintain_order="left")
    return rows


def _attributes(inputs: ReportInputs) -> pl.DataFrame:
    customers = inputs.tables.get("customers")
    if customers is None:
        return pl.DataFrame(schema={"customer_id": pl.String})
    flat = [
        name for name, dtype in customers.schema.items() if not dtype.is_nested() and name not in {"label", "known_at"}
    ]
    return (
        customers.select(flat).with_columns(pl.col("customer_id").cast(pl.String)).unique("customer_id", keep="first")
    )


def _key_features(inputs: ReportInputs) -> pl.DataFrame:
    if not inputs.features.width:
        return pl.DataFrame(schema={"customer_id": pl.String})
    ranked = driver_table(inputs)["feature"].to_list()
    chosen = [name for name in ranked if name in inputs.features.columns][:_KEY_FEATURES]
    return inputs.features.select(pl.col("customer_id").cast(pl.String), *chosen).unique("customer_id", keep="first")


def kpi_table(inputs: ReportInputs) -> pl.DataFrame:
    """name, label, value, unit, definition, formula, period, simulated; value is null where it is not known."""
    rows: list[dict[str, Any]] = [
        {
            "name": kpi.name,
            "label": kpi.label,
            "value": kpi.value,
            "unit": kpi.unit,
            "definition": kpi.definition,
            "formula": kpi.formula,
            "period": kpi.period,
            "simulated": inputs.settings.simulated,
        }
        for kpi in kpis(inputs)
    ]
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64()})


def cohorts(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None = None) -> pl.DataFrame:
    """The retention triangle by months, with the column names of the file.

    Args:
        tables: the cleaned tables; purchases where there are any, else all events.
        settings: for the time zone and which table holds money.
        cutoff: events from then on are not counted.

    Returns:
        cohort, month (first days), months_since, customers (size of the cohort), active, retention (active /
        customers), revenue (null without money), is_complete (False for the month of the cutoff).
        Revenue over all rows is the revenue of all events; a month without events has active 0 and revenue 0.
    """
    rows = customer_periods(tables, settings, cutoff, "month")
    triangle = cohort_triangle(rows, cutoff, settings.time_zone, "month")
    return triangle.rename({"period": "month", "age": "months_since"})
