"""Flat tables for Tableau, Power BI and spreadsheets: plain headers, ISO dates, cells that cannot become formulas."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from holdfast.reports.drivers import driver_table
from holdfast.reports.exploration.times import event_tables, money_table, monthly
from holdfast.reports.figures import segment_table
from holdfast.reports.inputs import Facts
from holdfast.reports.kpis import kpis
from holdfast.settings import Settings
from holdfast.stats.sums import steady_sum

# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA = r"^[=+\-@\t\r\n\x00＝＋－＠]"
_KEY_FEATURES = 20


def bi_tables(facts: Facts) -> dict[str, pl.DataFrame]:
    """Every table of the `bi` folder by file name without ".csv"; safe to be written as they are.

    Returns:
        customers: one row a customer (predictions, attributes, key features); kpis; segments; drivers;
        cohorts and monthly, without rows where there are no events.
    """
    segments = segment_table(facts)
    tables = {
        "customers": customers_table(facts),
        "kpis": kpi_table(facts),
        "segments": segments,
        "drivers": driver_table(facts),
        "cohorts": cohorts(facts.tables, facts.settings, facts.cutoff),
        "monthly": monthly(facts.tables, facts.settings, facts.cutoff),
    }
    return {name: spreadsheet_safe(table) for name, table in tables.items()}


def spreadsheet_safe(table: pl.DataFrame) -> pl.DataFrame:
    """Texts and headers that a spreadsheet would run get a leading ' ; numbers stay numbers; times become ISO texts.

    Raises:
        ValueError: a column holds lists or records, which no CSV file can.
    """
    nested = [name for name, dtype in table.schema.items() if dtype.is_nested()]
    if nested:
        raise ValueError(f"columns {', '.join(nested)} hold lists or records")
    safe = table.with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String),
        pl.col(pl.Date).dt.to_string("%Y-%m-%d"),
        *(
            pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%S" + ("Z" if dtype.time_zone == "UTC" else ""))
            for name, dtype in table.schema.items()
            if isinstance(dtype, pl.Datetime)
        ),
        pl.col(pl.Float32, pl.Float64).fill_nan(None),
    )
    guarded = safe.with_columns(
        _guarded(pl.col(name)).alias(name) for name, dtype in safe.schema.items() if dtype == pl.String
    )
    headers = pl.Series(table.columns, dtype=pl.String)
    quoted = pl.select(_guarded(pl.lit(headers))).to_series().to_list()
    return guarded.rename(dict(zip(table.columns, quoted, strict=True)))


def _guarded(text: pl.Expr) -> pl.Expr:
    # NUL ends a cell in some readers, and so would hide what follows it.
    clean = text.str.replace_all("\x00", "", literal=True)
    return pl.when(text.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), clean)).otherwise(clean)


def customers_table(facts: Facts) -> pl.DataFrame:
    """One row a customer with a prediction: predictions, the plan's offer, attributes, the model's key features."""
    rows = facts.standing.with_columns(
        pl.col("priority").cast(pl.Int64, strict=False), pl.lit(facts.currency).alias("currency")
    )
    if facts.chosen is not None:
        offers = facts.chosen.unique("customer_id", keep="first", maintain_order=True)
        rows = rows.join(
            offers.select("customer_id", "offer", pl.col("cost").alias("offer_cost"), "expected_gain"),
            on="customer_id",
            how="left",
            maintain_order="left",
        )
    for extra in (_attributes(facts), _key_features(facts)):
        fresh = [name for name in extra.columns if name == "customer_id" or name not in rows.columns]
        rows = rows.join(extra.select(fresh), on="customer_id", how="left", maintain_order="left")
    return rows


def _attributes(facts: Facts) -> pl.DataFrame:
    customers = facts.tables.get("customers")
    if customers is None:
        return pl.DataFrame(schema={"customer_id": pl.String})
    flat = [
        name for name, dtype in customers.schema.items() if not dtype.is_nested() and name not in {"label", "known_at"}
    ]
    return (
        customers.select(flat).with_columns(pl.col("customer_id").cast(pl.String)).unique("customer_id", keep="first")
    )


def _key_features(facts: Facts) -> pl.DataFrame:
    if not facts.features.width:
        return pl.DataFrame(schema={"customer_id": pl.String})
    ranked = driver_table(facts)["feature"].to_list()
    chosen = [name for name in ranked if name in facts.features.columns][:_KEY_FEATURES]
    return facts.features.select(pl.col("customer_id").cast(pl.String), *chosen).unique("customer_id", keep="first")


def kpi_table(facts: Facts) -> pl.DataFrame:
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
            "simulated": facts.settings.simulated,
        }
        for kpi in kpis(facts)
    ]
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64()})


def cohorts(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None = None) -> pl.DataFrame:
    """The retention triangle: customers by the month of their first event, seen again in each month after it.

    Args:
        tables: the cleaned tables; purchases where there are any, else all events.
        settings: for the time zone and which table holds money.
        cutoff: nothing from here on is counted.

    Returns:
        cohort, month (first days), months_since, customers (size of the cohort), active, retention (active /
        customers), revenue (null without money), is_complete (False for the month of the cutoff).
        Revenue over all rows is the revenue of all events; a month without events has active 0 and revenue 0.
    """
    paid = money_table(tables, settings)
    events = paid if paid is not None else _all_events(tables)
    zone = settings.time_zone
    schema = {
        "cohort": pl.Date(),
        "month": pl.Date(),
        "months_since": pl.Int32(),
        "customers": pl.UInt32(),
        "active": pl.UInt32(),
        "retention": pl.Float64(),
        "revenue": pl.Float64(),
        "is_complete": pl.Boolean(),
    }
    if events is None:
        return pl.DataFrame(schema=schema)
    known = events.drop_nulls("happened_at")
    known = known if cutoff is None else known.filter(pl.col("happened_at") < cutoff)
    known = known.with_columns(
        pl.col("happened_at").dt.convert_time_zone(zone).dt.date().dt.month_start().alias("month")
    )
    known = known.with_columns(pl.col("month").min().over("customer_id").alias("cohort"))
    if not known.height:
        return pl.DataFrame(schema=schema)
    is_active = pl.col("amount") > 0 if paid is not None else pl.lit(value=True)
    counted = known.group_by("cohort", "month").agg(
        pl.col("customer_id").filter(is_active).n_unique().alias("active"),
        (steady_sum("amount") if paid is not None else pl.lit(None, pl.Float64)).alias("revenue"),
    )
    sizes = known.group_by("cohort").agg(pl.col("customer_id").n_unique().alias("customers"))
    last = known["month"].max()
    grid = sizes.with_columns(pl.date_ranges("cohort", pl.lit(last), "1mo").alias("month")).explode("month")
    year = (pl.col("month").dt.year() - pl.col("cohort").dt.year()) * 12
    ends = pl.lit(cutoff or known["happened_at"].max()).cast(pl.Datetime("us", "UTC"))
    local = ends.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return (
        grid.join(counted, on=["cohort", "month"], how="left")
        .with_columns(pl.col("active").fill_null(0))
        .with_columns(
            months_since=(year + pl.col("month").dt.month() - pl.col("cohort").dt.month()).cast(pl.Int32),
            retention=pl.col("active") / pl.col("customers"),
            revenue=pl.col("revenue").fill_null(0.0) if paid is not None else pl.lit(None, pl.Float64),
            is_complete=pl.col("month").cast(pl.Datetime("us")).dt.offset_by("1mo") <= local,
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        .sort("cohort", "month")
    )


def _all_events(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    found = [table.select("customer_id", "happened_at") for table in event_tables(tables).values()]
    return pl.concat(found) if found else None
