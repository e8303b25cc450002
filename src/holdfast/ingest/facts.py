"""What the features of a project are chosen by, learnt from its store of events a partition at a time."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from holdfast.cutoffs.span import Span, count_days, span_of
from holdfast.features.library.schema import TableFacts, ValueCounts, categories_of, count_values, table_facts
from holdfast.progress import SILENT, Progress
from holdfast.settings import Settings
from holdfast.store.events.store import EventStore

CUSTOMERS = "customers"


def event_tables(store: EventStore) -> list[str]:
    """The tables of a store that hold events."""
    return [name for name, schema in store.tables.items() if "happened_at" in schema]


def span_of_store(store: EventStore, progress: Progress = SILENT) -> Span | None:
    """From when to when the records reach; as `event_span` says of whole tables."""
    wanted = {name: ["is_due"] if "is_due" in store.tables[name] else [] for name in event_tables(store)}
    parts = [count_days(table) for tables in loaded(store, wanted, "dating", progress) for table in tables.values()]
    return span_of(parts)


def facts_of_store(
    store: EventStore, settings: Settings, before: datetime | None, progress: Progress = SILENT
) -> dict[str, TableFacts]:
    """Kinds, units and common values; as `describe_tables` says of whole tables.

    Args:
        store: its tables are those of the project.
        settings: names each table's contract and kinds.
        before: only rows known before it are learnt from.
        progress: hears how far it is.
    """
    schemas = {name: schema for name, schema in store.tables.items() if name == CUSTOMERS or name in settings.tables}
    wanted = {name: categories_of(name, schema, settings) for name, schema in schemas.items()}
    if CUSTOMERS in wanted:
        wanted[CUSTOMERS] = [*wanted[CUSTOMERS], "signed_up_at"]
    counted: dict[str, list[ValueCounts]] = {name: [] for name in schemas}
    asked = {name: columns for name, columns in wanted.items() if categories_of(name, schemas[name], settings)}
    for tables in loaded(store, asked, "counting values", progress) if asked else ():
        for name, table in tables.items():
            counted[name].append(count_values(name, table, settings, before))
    return {name: table_facts(name, schema, counted[name], settings) for name, schema in schemas.items()}


def loaded(
    store: EventStore, columns: dict[str, list[str]], doing: str, progress: Progress
) -> Iterator[dict[str, pl.DataFrame]]:
    """The rows of a store a partition at a time, with the columns that are wanted of each table."""
    total = sum(store.rows(partition) for partition in range(store.partitions))
    done = 0
    for partition in range(store.partitions):
        yield store.load(partition, columns)
        done += store.rows(partition)
        progress.update(doing, done, total)
