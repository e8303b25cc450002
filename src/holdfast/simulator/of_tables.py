"""Simulated records in the columns of a project's own tables: its settings in, a table of rows a name out.

For a project whose database is down: everything after the reading can be tried on them. Customers come at their own
pace and some stop, so there is something to predict; what the columns hold besides is made up by their kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.settings import Settings
from holdfast.table_settings import ColumnSettings, TableSettings
from holdfast.tables.mapping import contract_of

CUSTOMERS = 1_500
_DAYS = 730
_SEED = 7
_CATEGORIES = ("first", "second", "third")
_MONTH = 30.44  # days
_EVENTS_A_DAY = 0.03  # of a customer, on average


@dataclass(frozen=True)
class _People:
    """When each customer begins and ends, in days before the end of the records; ends below 0 lie after it."""

    ids: pl.Series
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    until: datetime

    @classmethod
    def drawn(cls, rng: np.random.Generator, until: datetime) -> "_People":
        begins = rng.uniform(60, _DAYS, CUSTOMERS)
        ends = begins - rng.exponential(400, CUSTOMERS) - 20
        ids = pl.Series([f"SIMULATED-{number:05}" for number in range(CUSTOMERS)])
        return cls(ids, begins, ends, until)

    def moments(self, days_before: NDArray[np.float64]) -> pl.Series:
        times = [
            None if np.isnan(days) else self.until - timedelta(seconds=round(float(days) * 86_400))
            for days in days_before
        ]
        return pl.Series(times, dtype=pl.Datetime("us"))


def simulated_tables(settings: Settings, until: datetime) -> dict[str, pl.DataFrame]:
    """Rows of every table of a project, in the columns that its settings name; the same for the same day.

    Args:
        settings: of the project.
        until: when the records end.

    Raises:
        HoldfastError: a table is of a kind that cannot be simulated.
    """
    rng = np.random.default_rng(_SEED)
    people = _People.drawn(rng, until.replace(tzinfo=None))
    tables = {}
    for name, table in settings.tables.items():
        _refuse_what_cannot_be(name, table, settings)
        is_of_customers = table.holds == "customers"
        owners, at = _events(rng, people) if not is_of_customers else (np.arange(CUSTOMERS), people.begins)
        columns: dict[str, pl.Series] = {}
        for ours, column in table.columns.items():
            values = _of_customers(ours, people, rng) if is_of_customers else None
            if ours == "customer_id":
                values = people.ids.gather(pl.Series(owners))
            elif ours in {"happened_at", "known_at"}:
                values = people.moments(at)
            if values is None:
                values = _values(rng, ours, column, table, settings, len(owners))
            columns |= _written(column, values)
        tables[name] = pl.DataFrame(columns)
    return tables


def _refuse_what_cannot_be(name: str, table: TableSettings, settings: Settings) -> None:
    contract = contract_of(settings, name)
    is_other = not contract.is_events and contract.name != "customers"
    odd = [table.through, table.parts_of, table.month_columns, table.subscriptions, table.carry_down]
    if is_other or any(each is not None for each in odd) or table.from_file_name or "customer_id" not in table.columns:
        raise HoldfastError(
            f"tables.{name} cannot be simulated: only customers, and events that name their customer, are.",
            fix="Run again once the database is there.",
        )


def _events(rng: np.random.Generator, people: _People) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n,) whose event each is, and how many days before the end it happened."""
    rates = rng.gamma(2.0, _EVENTS_A_DAY / 2, CUSTOMERS)
    spans = people.begins - np.maximum(people.ends, 0.0)
    owners = np.repeat(np.arange(CUSTOMERS), 1 + rng.poisson(rates * spans))
    return owners, people.begins[owners] - rng.random(len(owners)) * spans[owners]


def _of_customers(ours: str, people: _People, rng: np.random.Generator) -> pl.Series | None:
    """What the records of customers say by when each begins and ends; None: a column of another kind."""
    has_left = people.ends > 0
    months = (people.begins - np.maximum(people.ends, 0.0)) / _MONTH
    monthly = np.round(rng.gamma(4, 8, CUSTOMERS), 2)
    return {
        "signed_up_at": people.moments(people.begins),
        "first_purchase_at": people.moments(people.begins),
        "last_purchase_at": people.moments(np.maximum(people.ends, 0.1)),
        "ended_at": people.moments(np.where(has_left, people.ends, np.nan)),
        "label": pl.Series(has_left),
        "monthly_amount": pl.Series(monthly),
        "total_amount": pl.Series(np.round(monthly * months, 2)),
        "tenure_months": pl.Series(np.floor(months)),
        "purchases": pl.Series(np.ceil(months)),
        "mean_amount": pl.Series(monthly),
    }.get(ours)


def _values(
    rng: np.random.Generator, ours: str, column: ColumnSettings, table: TableSettings, settings: Settings, rows: int
) -> pl.Series:
    """Simulated values of a column, by its kind."""
    stated = _stated(ours, table, settings)
    if stated is not None:
        return pl.Series([stated]).new_from_index(0, rows)
    values_by_kind: Mapping[Kind, Any] = {
        Kind.MONEY: lambda: np.round(rng.gamma(2.0, 20.0, rows) + 1, 2),
        Kind.NUMBER: lambda: rng.integers(1, 6, rows).astype(np.float64),
        Kind.FLAG: lambda: rng.random(rows) < 0.5,
        Kind.TIME: lambda: [None] * rows,
        Kind.CATEGORY: lambda: rng.choice(_CATEGORIES, rows),
        Kind.TEXT: lambda: [f"simulated-{number}" for number in range(rows)],
    }
    values = values_by_kind[column.kind]()
    return pl.Series(values, dtype=pl.Datetime("us")) if column.kind is Kind.TIME else pl.Series(values)


def _stated(ours: str, table: TableSettings, settings: Settings) -> str | None:
    """The one text that lets a row count, where the settings say which texts do."""
    if ours == "currency":
        return settings.currency
    if ours in table.only and "*" not in table.only[ours]:
        return table.only[ours][0]
    for status in table.statuses:
        if status.column == ours:
            return next(iter((*status.sale, *status.start, *status.neutral)), None)
    return None


def _written(column: ColumnSettings, values: pl.Series) -> dict[str, pl.Series]:
    """The values under the names of the file's columns, flags in its words."""
    if column.kind is Kind.FLAG and column.true and values.dtype == pl.Boolean:
        values = pl.select(pl.when(values).then(pl.lit(column.true[0])).otherwise(pl.lit("no"))).to_series()
    percents = [column.less_percent] if column.less_percent else []
    others = (*column.otherwise, *column.joined_with, *column.plus, *column.minus, *percents)
    return {column.source: values.alias(column.source)} | {
        name: pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(values)) for name in others
    }
