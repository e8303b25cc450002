"""Customers whose records need no cleaning: read without it, and to the last bit as it would have left them.

PlainCustomers.of(...)                       what follows from a run's settings, worked out once
plain.read(several) -> [PlainRecords]        of those who are plain; records of the others are cleaned as a run's are
plain.cleaned(read) -> CleanedCustomers      all of them together
"""

from collections.abc import Iterable, Mapping, Sequence
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
class PlainRecords:
    """The records of customers, read together; one entry a customer, in one order."""

    positions: Sequence[int]  # of each among those whom `PlainCustomers.read` was handed
    ids: Sequence[str]
    rows: Mapping[str, PlainRows]  # table -> rows of those who have any in it
    listed: Sequence[bool]  # whether the customers table has a row of them
    set_aside: Sequence[int]
    counts: Sequence[tuple[ColumnCount, ...]]  # what is to be said of columns


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

    def read(self, several: Sequence[RecordColumns]) -> list[PlainRecords]:
        """The records of customers that are plain, in parts; who is in no part has records that are not.

        Args:
            several: of each customer; what a column holds is the same in all.
        """
        return self._read([*range(len(several))], several)

    def _read(self, positions: Sequence[int], several: Sequence[RecordColumns]) -> list[PlainRecords]:
        try:
            return [self._read_together(positions, several)] if positions else []
        except NotPlainError:  # somewhere among them: most others stay together when they are halved
            if len(positions) == 1:
                return []
            half = len(positions) // 2
            return [*self._read(positions[:half], several), *self._read(positions[half:], several)]

    def _read_together(self, positions: Sequence[int], several: Sequence[RecordColumns]) -> PlainRecords:
        """The records of some of the customers.

        Raises:
            NotPlainError: those of one of them are not plain.
        """
        sent = [several[position] for position in positions]
        if not all(records.heights.keys() <= self.tables.keys() for records in sent):
            raise NotPlainError
        ids: list[set[str | None]] = [set() for _ in sent]
        listed, set_aside = [False] * len(sent), [0] * len(sent)
        counts: list[list[ColumnCount]] = [[] for _ in sent]
        rows = dict[str, PlainRows]()
        for name, table in self.tables.items():
            owners = [owner for owner, records in enumerate(sent) if name in records.heights]
            if not owners:
                continue
            own = _read_table(table, name, [sent[owner] for owner in owners])
            is_customers = not table.is_events
            if is_customers and any(height != 1 for height in own.heights):
                raise NotPlainError
            rows[CUSTOMERS if is_customers else name] = own
            for owner, customer_id, aside, respelt in zip(owners, own.ids, own.set_aside, own.respelt, strict=True):
                ids[owner].add(customer_id)
                listed[owner] |= is_customers
                set_aside[owner] += aside
                counts[owner] += respelt
        named = [each - {None} for each in ids]
        if any(len(each) != 1 for each in named):
            raise NotPlainError
        of_each = [customer_id for each in named for customer_id in each if customer_id is not None]
        return PlainRecords(positions, of_each, rows, listed, set_aside, [*map(tuple, counts)])

    def cleaned(self, read: Sequence[PlainRecords]) -> CleanedCustomers:
        """Customers as cleaning gives them of the same records, in the order of `read`."""
        return CleanedCustomers(
            ids=[customer_id for each in read for customer_id in each.ids],
            tables=self._tables(read),
            counts=[counts for each in read for counts in each.counts],
            set_aside=[aside for each in read for aside in each.set_aside],
            are_plain=True,
        )

    def _tables(self, read: Sequence[PlainRecords]) -> dict[str, pl.DataFrame]:
        """The cleaned tables of customers, as `clean` gives them of the same records."""
        unlisted = sorted(
            customer_id
            for each in read
            for customer_id, is_listed in zip(each.ids, each.listed, strict=True)
            if not is_listed
        )
        tables = {}
        for name, schema in self.schemas.items():
            several = [each.rows[name] for each in read if name in each.rows]
            columns = _together(several, schema)
            height = sum(each.height for each in several)
            if name == CUSTOMERS and unlisted:
                columns = {name: [*values, *([None] * len(unlisted))] for name, values in columns.items()}
                columns["customer_id"] = [*columns["customer_id"][:height], *unlisted]
                height += len(unlisted)
            tables[name] = frame_of(columns, schema, height)
        return tables


def _read_table(table: PlainTable, name: str, several: Sequence[RecordColumns]) -> PlainRows:
    """The rows of a table of customers who have some in it."""
    heights = [records.heights[name] for records in several]
    sent = several[0].values[name]
    if len(several) > 1:
        columns = [*sent]
        together: Iterable[Sequence[Sequence[Any]]]
        if all([*records.values[name]] == columns for records in several):
            together = zip(*(records.values[name].values() for records in several), strict=True)
        else:
            columns = [*dict.fromkeys(column for records in several for column in records.values[name])]
            together = ([records.of(name, column) for records in several] for column in columns)
        sent = {column: [*chain.from_iterable(values)] for column, values in zip(columns, together, strict=True)}
    typed = frozenset(column for of_table, column, _ in several[0].kinds if of_table == name)
    return table.read(sent, heights, typed)


def _together(several: Sequence[PlainRows], schema: Mapping[str, pl.DataType]) -> Mapping[str, Sequence[Any]]:
    if len(several) == 1:
        return several[0].columns
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
