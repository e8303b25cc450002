"""Flat tables for Tableau, Power BI and spreadsheets: plain headers, ISO dates, no cell that runs as a formula."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import polars as pl

from holdfast.cutoffs.columns import columns_of_amounts
from holdfast.quality.records import CleanedRecords
from holdfast.reports.cohorts import cohort_counts, cohort_triangle, customer_periods
from holdfast.reports.contacts import contact_list, notice_list, promised_gain
from holdfast.reports.drivers import driver_table
from holdfast.reports.exploration.times import tables_of_money
from holdfast.reports.figures import segment_table
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.kpis import kpis
from holdfast.reports.lifecycle import lifecycle_table, who_left
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.settings import Settings
from holdfast.tables.bi_outputs import BI_FILES, dictionary
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE_MOVES
from holdfast.tables.output_contract import MONEY, NUMBER, OutputColumn, OutputContract

_KEY_FEATURES = 20
_ROWS_AT_ONCE = 25_000  # of a file: its texts are in memory twice while they are made safe
_DIGITS = 6  # decimals of whatever is no amount
PROBABILITY_DIGITS = _DIGITS
_PRICES = ("cost", "offer_cost")


def bi_files(inputs: ReportInputs) -> Iterator[tuple[str, Iterator[pl.DataFrame]]]:
    """Every file of the `bi` folder: its name without ".csv", and its rows some at a time, safe to be written.

    Yields one file after the other: of those with a row a customer only one is in memory, and of its texts a part.
    """
    for name, table in bi_tables(inputs):
        yield name, _in_pieces(table)


def _in_pieces(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for first in range(0, max(table.height, 1), _ROWS_AT_ONCE):
        yield spreadsheet_safe(table.slice(first, _ROWS_AT_ONCE))


def bi_tables(inputs: ReportInputs) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables of these files as their contracts say, one after the other.

    Yields:
        contacts: the list, in order; notices: ends booked ahead; left: who has left; customers: one row a customer
        (predictions, attributes, key features); kpis; segments; drivers; cohorts and monthly, without rows where there
        are no events;
        lapsed: the win-back list; lifecycle: how many customers are in each state, and lifecycle_moves: how they moved;
        dictionary: what each column of these is.
    """
    columns: dict[str, list[str]] = {}
    further: list[OutputColumn] = []
    tables: dict[str, Callable[[], pl.DataFrame]] = {
        "contacts": lambda: contact_list(inputs),
        "notices": lambda: notice_list(inputs),
        "left": lambda: who_left(inputs),
        "customers": lambda: customers_table(inputs),
        "kpis": lambda: kpi_table(inputs),
        "segments": lambda: segment_table(inputs),
        "drivers": lambda: driver_table(inputs),
        "cohorts": lambda: cohorts(inputs.cleaned_tables, inputs.settings, inputs.cutoff),
        "monthly": lambda: inputs.months,
        "lapsed": lambda: inputs.lapsed if inputs.lapsed is not None else pl.DataFrame(schema=LAPSED.schema),
        "lifecycle": lambda: lifecycle_table(inputs),
        "lifecycle_moves": lambda: (
            inputs.moves if inputs.moves is not None else pl.DataFrame(schema=LIFECYCLE_MOVES.schema)
        ),
    }
    for name, compute in tables.items():
        table = _as_contract(compute(), BI_FILES[name])
        columns[name] = table.columns
        if name == "customers":
            further = _beyond_the_contract(table, inputs)
        yield name, table
    yield "dictionary", dictionary(further, inputs.currency, columns)


def _as_contract(table: pl.DataFrame, contract: OutputContract) -> pl.DataFrame:
    """The table with the types of its contract, without digits that say nothing: cents, and six decimals of the rest.

    Raises:
        ValueError: the table is not what its contract says; columns behind those of the contract are let be.
    """
    own = [column for column in contract.columns if column.name in table.columns]
    rounded = table.with_columns(
        pl.col(column.name).cast(column.dtype).round(_digits_of(column))
        if column.dtype == NUMBER
        else pl.col(column.name).cast(column.dtype)
        for column in own
    ).with_columns(pl.col(name).round(_DIGITS) for name in table.columns[len(own) :] if table[name].dtype.is_float())
    contract.check(rounded.select(column.name for column in own))
    return rounded


def _digits_of(column: OutputColumn) -> int:
    """Cents of money; a price of the settings may be less than a cent, and its rows add up to what is spent."""
    return 2 if column.unit == MONEY and column.name not in _PRICES else _DIGITS


def _beyond_the_contract(customers: pl.DataFrame, inputs: ReportInputs) -> list[OutputColumn]:
    """What the attributes and features behind the contract's columns of customers.csv are."""
    features = {str(record["name"]): record for record in inputs.records}
    contract = {column.name for column in BI_FILES["customers"].columns}
    return [
        OutputColumn(
            name,
            dtype,
            str(features.get(name, {}).get("meaning") or "An attribute from the customer's record."),
            str(features.get(name, {}).get("unit", "")),
            nullable=customers[name].null_count() > 0,
        )
        for name, dtype in customers.schema.items()
        if name not in contract
    ]


def customers_table(inputs: ReportInputs) -> pl.DataFrame:
    """One row a customer with a prediction: the prediction with its offer, attributes, the model's key features."""
    rows = inputs.standing.with_columns(
        promised_gain(inputs).alias("offer_gain"), pl.lit(inputs.currency).alias("currency")
    )
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
    schema = inputs.features.collect_schema()
    if not schema:
        return pl.DataFrame(schema={"customer_id": pl.String})
    ranked = driver_table(inputs)["feature"].to_list()
    chosen = [name for name in ranked if name in schema][:_KEY_FEATURES]
    rows = inputs.features.select(pl.col("customer_id").cast(pl.String), *chosen).collect()
    return rows.unique("customer_id", keep="first")


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


def cohorts(records: CleanedRecords, settings: Settings, cutoff: datetime | None = None) -> pl.DataFrame:
    """The retention triangle by months, with the column names of the file.

    Args:
        records: the cleaned tables; purchases where there are any, else all events.
        settings: for the time zone and which table holds money.
        cutoff: events from then on are not counted.

    Returns:
        cohort, month (first days), months_since, customers (size of the cohort), active, retention (active /
        customers), revenue (null without money), is_complete (False for the month of the cutoff).
        Revenue over all rows is the revenue of all events; a month without events has active 0 and revenue 0.
        Refunds and free items of customers who had not bought anything yet have no cohort.
    """
    names, columns = tables_of_money(records, settings), columns_of_amounts(records.tables, settings)
    counts = [
        cohort_counts(customer_periods(tables, settings, cutoff, "month", names)) for tables in records.in_turn(columns)
    ]
    triangle = cohort_triangle(counts, cutoff, settings.time_zone, "month")
    return triangle.rename({"period": "month", "age": "months_since"})
