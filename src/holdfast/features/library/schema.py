"""Facts about tables that decide which features there are: column kinds, units and the most frequent values.

describe_tables(tables, settings, before) -> TableFacts by table

Tables that are read in pieces give the same facts: `count_values` of each piece, put together by `table_facts`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from holdfast.column_types import Kind
from holdfast.settings import ChurnRule, Settings
from holdfast.tables.contracts import MOVEMENTS, contract_named

MAX_VALUES = 8  # values of a category that are kept
MIN_SHARE = 0.01  # of the rows, below which a value is too rare for one


@dataclass(frozen=True)
class TableFacts:
    """One table, as far as the choice of features depends on it."""

    holds: str  # the name of its canonical contract
    kinds: Mapping[str, Kind]
    units: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # category -> values, the most frequent first

    def has(self, *columns: str) -> bool:
        return all(column in self.kinds for column in columns)


def describe_tables(
    tables: Mapping[str, pl.DataFrame], settings: Settings, before: datetime | None
) -> dict[str, TableFacts]:
    """Kinds, units and common values of the cleaned tables.

    Args:
        tables: "customers" and the event tables.
        settings: names each table's contract and kinds.
        before: only rows known before it are read (the first training cutoff); None: all rows, which is right for a
            labelled snapshot only.
    """
    return {
        name: table_facts(name, table.schema, [count_values(name, table, settings, before)], settings)
        for name, table in tables.items()
    }


ValueCounts = Mapping[str, pl.DataFrame]  # category -> value, rows: in how many rows each value is


def count_values(name: str, table: pl.DataFrame, settings: Settings, before: datetime | None) -> ValueCounts:
    """How often each value of each category occurs in the rows known before a time.

    Args:
        name: of the table.
        table: all of it or a piece.
        settings: as for `describe_tables`.
        before: as for `describe_tables`.
    """
    rows = table
    if before is not None and "happened_at" in table.columns:
        known_at = pl.col("known_at") if "known_at" in table.columns else pl.col("happened_at")
        rows = table.filter(pl.col("happened_at") < before, pl.coalesce(known_at, "happened_at") < before)
    elif before is not None and "signed_up_at" in table.columns:
        rows = table.filter(pl.col("signed_up_at").is_null() | (pl.col("signed_up_at") < before))
    return {
        column: rows[column].alias("value").drop_nulls().value_counts(name="rows").cast({"rows": pl.Int64})
        for column in categories_of(name, table.schema, settings)
    }


def categories_of(name: str, schema: Mapping[str, pl.DataType], settings: Settings) -> list[str]:
    """The columns of a table whose values are counted."""
    return [column for column, kind in _kinds(name, schema, settings).items() if kind is Kind.CATEGORY]


def table_facts(
    name: str, schema: Mapping[str, pl.DataType], counts: Iterable[ValueCounts], settings: Settings
) -> TableFacts:
    """A table's facts, from its columns and counted values.

    Args:
        name: of the table.
        schema: its columns.
        counts: from `count_values`, of each piece of the table.
        settings: as for `describe_tables`.
    """
    holds = "customers" if name == "customers" else settings.tables[name].holds
    kinds = _kinds(name, schema, settings)
    units = {column: _unit(name, column, kind, settings) for column, kind in kinds.items()}
    pieces: dict[str, list[pl.DataFrame]] = {column: [] for column in categories_of(name, schema, settings)}
    for piece in counts:
        for column, counted in piece.items():
            pieces[column].append(counted)
    values = {column: _common(pl.concat(counted)) if counted else () for column, counted in pieces.items()}
    return TableFacts(holds, kinds, {column: unit for column, unit in units.items() if unit}, values)


def _kinds(name: str, schema: Mapping[str, pl.DataType], settings: Settings) -> dict[str, Kind]:
    return {column: _kind(name, column, dtype, settings) for column, dtype in schema.items() if column != "customer_id"}


def _sources(name: str, project: Settings) -> list[str]:
    """The project's tables that a cleaned table's columns may come from, the likeliest first."""
    lookups = [table for table, settings in project.tables.items() if settings.holds == "lookup"]
    if name != "customers":
        return [name, *lookups]
    return [*(table for table, settings in project.tables.items() if settings.holds == "customers"), *lookups]


def _kind(name: str, column: str, dtype: pl.DataType, project: Settings) -> Kind:
    if (
        name in project.tables
        and project.tables[name].subscriptions is not None
        and (movement := MOVEMENTS.column(column))
    ):
        return movement.kind
    settings = [project.tables[table].columns.get(column) for table in _sources(name, project)]
    stated = next((column_settings.kind for column_settings in settings if column_settings is not None), None)
    if dtype == pl.Boolean():
        return Kind.FLAG
    if dtype.is_temporal():
        return Kind.TIME
    if dtype.is_numeric():
        return Kind.MONEY if stated is Kind.MONEY else Kind.NUMBER
    return Kind.CATEGORY if stated is Kind.CATEGORY else Kind.TEXT


def _unit(name: str, column: str, kind: Kind, project: Settings) -> str:
    if kind not in (Kind.NUMBER, Kind.MONEY):
        return ""
    holds = "customers" if name == "customers" else project.tables[name].holds
    settings = [project.tables[table].columns.get(column) for table in _sources(name, project)]
    stated = next(
        (column_settings.unit for column_settings in settings if column_settings is not None and column_settings.unit),
        "",
    )
    promised = contract_named(holds).column(column)
    return stated or (promised.unit if promised else "") or ("currency" if kind is Kind.MONEY else "")


def _common(counts: pl.DataFrame) -> tuple[str, ...]:
    summed = counts.group_by("value").agg(pl.col("rows").sum())
    frequent = summed.filter(pl.col("rows") >= MIN_SHARE * pl.col("rows").sum())
    return tuple(frequent.sort("rows", "value", descending=[True, False])["value"].head(MAX_VALUES).to_list())


def asks_at_cutoffs(settings: Settings) -> bool:
    """Whether features are measured at past cutoffs, where a column's value of today would be a leak."""
    return settings.churn.rule is not ChurnRule.LABEL


def facts_to_record(facts: Mapping[str, TableFacts]) -> dict[str, Any]:
    """The facts as plain values for JSON, so that scoring months later measures the same features."""
    return {
        name: {
            "holds": table.holds,
            "kinds": {column: kind.value for column, kind in table.kinds.items()},
            "units": dict(table.units),
            "values": {column: list(values) for column, values in table.values.items()},
        }
        for name, table in facts.items()
    }


def facts_from_record(record: Mapping[str, Any]) -> dict[str, TableFacts]:
    """The facts from what `facts_to_record` wrote."""
    return {
        name: TableFacts(
            table["holds"],
            {column: Kind(kind) for column, kind in table["kinds"].items()},
            dict(table["units"]),
            {column: tuple(values) for column, values in table["values"].items()},
        )
        for name, table in record.items()
    }
