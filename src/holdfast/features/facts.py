"""The facts that features are chosen by, from records that are read a partition of customers at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import polars as pl

from holdfast.cutoffs.active_window import SilenceCounts, count_silences
from holdfast.cutoffs.population import activity
from holdfast.cutoffs.span import Span, count_days, span_of
from holdfast.features.library.schema import TableFacts, ValueCounts, categories_of, count_values, table_facts
from holdfast.features.membership import CUSTOMERS, Membership
from holdfast.features.out_of_core import Records
from holdfast.progress import SILENT, Progress
from holdfast.settings import Settings


class Tables(Records, Protocol):
    """Records by partition of customers that say which tables they hold."""

    @property
    def tables(self) -> Mapping[str, pl.Schema]:
        """Each table with its columns."""
        ...


def event_tables(records: Tables) -> list[str]:
    """The tables that hold events."""
    return [name for name, schema in records.tables.items() if "happened_at" in schema]


def span_of_records(records: Tables, progress: Progress = SILENT) -> Span | None:
    """The first and last day of the records; equal to `event_span` of whole tables."""
    columns = {name: ["is_due"] if "is_due" in records.tables[name] else [] for name in event_tables(records)}
    partitions = load_partitions(records, columns, "counting days", progress)
    return span_of([count_days(table) for tables in partitions for table in tables.values()])


def facts_of_records(
    records: Tables, settings: Settings, before: datetime | None, progress: Progress = SILENT
) -> dict[str, TableFacts]:
    """Kinds, units and common values; equal to `describe_tables` of whole tables.

    Args:
        records: their tables are those of the project.
        settings: names each table's contract and kinds.
        before: only rows known before it count.
        progress: hears how far it is.
    """
    schemas = {name: schema for name, schema in records.tables.items() if name == CUSTOMERS or name in settings.tables}
    columns = {name: categories_of(name, schema, settings) for name, schema in schemas.items()}
    if CUSTOMERS in columns:
        columns[CUSTOMERS] = [*columns[CUSTOMERS], "signed_up_at"]
    counted: dict[str, list[ValueCounts]] = {name: [] for name in schemas}
    with_categories = {name: names for name, names in columns.items() if categories_of(name, schemas[name], settings)}
    for tables in load_partitions(records, with_categories, "counting values", progress) if with_categories else ():
        for name, table in tables.items():
            counted[name].append(count_values(name, table, settings, before))
    return {name: table_facts(name, schema, counted[name], settings) for name, schema in schemas.items()}


def silences_of_records(
    records: Tables, settings: Settings, before: datetime, progress: Progress = SILENT
) -> SilenceCounts | None:
    """The silences of all customers, as `count_silences` of whole tables; None: the churn rule knows no activity.

    Args:
        records: their tables are those of the project.
        settings: its churn rule and horizon.
        before: what happened or became known from it on does not count.
        progress: hears how far it is.
    """
    membership = Membership.of(settings, records.tables)
    columns = {name: list(membership.columns[name]) for name in membership.tables} if membership else {}
    counts = None
    for tables in load_partitions(records, columns, "counting silences", progress):
        of_partition = count_silences(activity(tables, settings), settings.churn.horizon_days, before)
        counts = of_partition if counts is None else counts + of_partition
    return counts


def load_partitions(
    records: Tables, columns: Mapping[str, Sequence[str]], doing: str, progress: Progress = SILENT
) -> Iterator[dict[str, pl.DataFrame]]:
    """The records a partition at a time, with some columns of each table."""
    total = sum(records.rows(partition) for partition in range(records.partitions))
    done = 0
    for partition in range(records.partitions):
        yield records.load(partition, columns)
        done += records.rows(partition)
        progress.update(doing, done, total)
