"""Customers whose records need no cleaning: read without it, and to the last bit as it would have left them.

PlainCustomers.of(...)                       what follows from a run's settings, worked out once
plain.read(records) -> PlainCustomer | None  None: the records are cleaned as those of a run are
plain.cleaned(customers) -> CleanedCustomers several together
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from holdfast.cutoffs.schedule import cutoff_of
from holdfast.quality.clean import clean_rows
from holdfast.quality.new_rows import ColumnCount
from holdfast.quality.plain.readers import NotPlainError
from holdfast.quality.plain.table import PlainRows, PlainTable, frame_of
from holdfast.quality.table_state import read_table_state
from holdfast.quality.training_columns import TrainingColumns
from holdfast.service.scores.layout import RecordColumns, RecordLayout
from holdfast.service.scores.new_rows import MAY_LACK
from holdfast.service.scores.together import CleanedCustomers
from holdfast.settings import Settings

CUSTOMERS = "customers"


@dataclass(frozen=True)
class PlainCustomer:
    """The records of one customer, read."""

    customer_id: str
    rows: Mapping[str, PlainRows]  # table -> of those with rows that remain
    set_aside: int
    counts: tuple[ColumnCount, ...]  # what is to be said of columns


@dataclass(frozen=True)
class PlainCustomers:
    """How the plain records of a project's customers are read."""

    why_not: Mapping[str, str]  # table, or "" for all -> why its rows are cleaned, however they are written
    tables: Mapping[str, PlainTable]  # in the order in which cleaning reads them
    schemas: Mapping[str, Mapping[str, pl.DataType]]  # of the cleaned tables

    @classmethod
    def of(cls, layout: RecordLayout, settings: Settings, trained_on: TrainingColumns) -> "PlainCustomers":
        """From settings in the notation of a run.

        Args:
            layout: of the project's files.
            settings: of the project.
            trained_on: what the run saw.
        """
        why_not = _why_never(layout, settings)
        if why_not:
            return cls({"": why_not}, {}, {})
        empty = {**layout.beside, **layout.empty}
        spellings = trained_on.spellings
        cleaned = clean_rows(empty, settings, MAY_LACK, spellings, with_account=False).tables
        schemas = {name: dict(table.schema) for name, table in cleaned.items()}
        tables: dict[str, PlainTable] = {}
        reasons: dict[str, str] = {}
        for name in layout.columns:
            if name not in trained_on.tables:
                reasons[name] = "the run read no such table"
                continue
            schema = schemas[CUSTOMERS if settings.tables[name].holds == CUSTOMERS else name]
            state = read_table_state(empty, settings, name, MAY_LACK, spellings)
            plain = PlainTable.of(state, schema, trained_on.tables[name], settings)
            if isinstance(plain, str):
                reasons[name] = plain
            else:
                tables[name] = plain
        return cls(reasons, tables, schemas)

    def read(self, records: RecordColumns) -> PlainCustomer | None:
        """The records of one customer; None where they are not plain."""
        if not records.heights.keys() <= self.tables.keys():
            return None
        typed: dict[str, set[str]] = {}
        for name, column, _ in records.kinds:
            typed.setdefault(name, set()).add(column)
        rows, ids, counts = dict[str, PlainRows](), set[str](), list[ColumnCount]()
        set_aside = 0
        for name, table in self.tables.items():
            if name not in records.heights:
                continue
            try:
                own = table.read(records.values[name], records.heights[name], frozenset(typed.get(name, ())))
            except NotPlainError:
                return None
            set_aside += own.set_aside
            counts += own.respelt
            is_customers = not table.is_events
            if is_customers and own.height != 1:
                return None
            if own.height:
                rows[CUSTOMERS if is_customers else name] = own
                ids.add(own.columns["customer_id"][0])
        if len(ids) != 1:
            return None
        (customer_id,) = ids
        return PlainCustomer(customer_id, rows, set_aside, tuple(counts))

    def cleaned(self, customers: Sequence[PlainCustomer]) -> CleanedCustomers:
        """Customers as cleaning gives them of the same records."""
        return CleanedCustomers(
            ids=[each.customer_id for each in customers],
            tables=self.tables_of(customers),
            counts=[each.counts for each in customers],
            set_aside=[each.set_aside for each in customers],
            are_plain=True,
        )

    def tables_of(self, customers: Sequence[PlainCustomer]) -> dict[str, pl.DataFrame]:
        """The cleaned tables of customers, as `clean` gives them of the same records."""
        listed = [each for each in customers if CUSTOMERS in each.rows]
        unlisted = sorted((each for each in customers if CUSTOMERS not in each.rows), key=lambda each: each.customer_id)
        tables = {}
        for name, schema in self.schemas.items():
            several = [each.rows[name] for each in (listed if name == CUSTOMERS else customers) if name in each.rows]
            columns = _together(several, schema)
            height = sum(each.height for each in several)
            if name == CUSTOMERS and unlisted:
                columns = {name: [*values, *([None] * len(unlisted))] for name, values in columns.items()}
                columns["customer_id"] = [*columns["customer_id"][:height], *(each.customer_id for each in unlisted)]
                height += len(unlisted)
            tables[name] = frame_of(columns, schema, height)
        return tables


def _together(several: Sequence[PlainRows], schema: Mapping[str, pl.DataType]) -> dict[str, list[Any]]:
    if len(several) == 1:
        return {name: list(several[0].columns[name]) for name in schema}
    return {name: [*chain.from_iterable(each.columns[name] for each in several)] for name in schema}


def _why_never(layout: RecordLayout, settings: Settings) -> str:
    """Why no customer of a project is read without cleaning; "" where some may be."""
    holding = [table.holds for table in settings.tables.values()]
    if settings.is_of_totals or holding.count(CUSTOMERS) > 1:
        return "customers stand in several tables, or are totals"
    if "lookup" in holding or layout.beside:
        return "columns are looked up in other tables"
    if settings.identities is not None or settings.roll_up is not None:
        return "ids stand for others"
    if cutoff_of(settings) is not None:
        return "the settings name a cutoff"
    return ""
