"""The facts that features are chosen by, from a store of events, a partition at a time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow, count_silences, known_before, learned_window, stated_window
from holdfast.cutoffs.population import activity
from holdfast.cutoffs.schedule import schedule_of_span
from holdfast.cutoffs.span import Span, count_days, span_of
from holdfast.features.library.schema import TableFacts, ValueCounts, categories_of, count_values, table_facts
from holdfast.features.membership import Membership
from holdfast.progress import SILENT, Progress
from holdfast.settings import Settings
from holdfast.store.events.store import EventStore

CUSTOMERS = "customers"


def event_tables(store: EventStore) -> list[str]:
    """The tables of a store that hold events."""
    return [name for name, schema in store.tables.items() if "happened_at" in schema]


def span_of_store(store: EventStore, progress: Progress = SILENT) -> Span | None:
    """The first and last day of the records; equal to `event_span` of whole tables."""
    columns = {name: ["is_due"] if "is_due" in store.tables[name] else [] for name in event_tables(store)}
    partitions = load_partitions(store, columns, "counting days", progress)
    return span_of([count_days(table) for tables in partitions for table in tables.values()])


def facts_of_store(
    store: EventStore, settings: Settings, before: datetime | None, progress: Progress = SILENT
) -> dict[str, TableFacts]:
    """Kinds, units and common values; equal to `describe_tables` of whole tables.

    Args:
        store: its tables are those of the project.
        settings: names each table's contract and kinds.
        before: only rows known before it count.
        progress: hears how far it is.
    """
    schemas = {name: schema for name, schema in store.tables.items() if name == CUSTOMERS or name in settings.tables}
    columns = {name: categories_of(name, schema, settings) for name, schema in schemas.items()}
    if CUSTOMERS in columns:
        columns[CUSTOMERS] = [*columns[CUSTOMERS], "signed_up_at"]
    counted: dict[str, list[ValueCounts]] = {name: [] for name in schemas}
    with_categories = {name: names for name, names in columns.items() if categories_of(name, schemas[name], settings)}
    for tables in load_partitions(store, with_categories, "counting values", progress) if with_categories else ():
        for name, table in tables.items():
            counted[name].append(count_values(name, table, settings, before))
    return {name: table_facts(name, schema, counted[name], settings) for name, schema in schemas.items()}


def window_of_store(
    store: EventStore, settings: Settings, span: Span, first: datetime, progress: Progress = SILENT
) -> ActiveWindow:
    """Within how many days customers must have been active; equal to `active_window` of whole tables.

    Args:
        store: its tables are those of the project.
        settings: its churn rule and `active_within_days`.
        span: of the store.
        first: the first cutoff to measure at: nothing known later decides.
        progress: hears how far it is.
    """
    stated, schedule = stated_window(settings), schedule_of_span(span, settings)
    if stated is not None:
        return stated
    before = known_before(replace(schedule, test=min(schedule.test, first)))
    membership = Membership.of(settings, store.tables)
    columns = {name: list(membership.columns[name]) for name in membership.tables} if membership else {}
    counts = None
    for tables in load_partitions(store, columns, "counting silences", progress):
        of_partition = count_silences(activity(tables, settings), settings.churn.horizon_days, before)
        counts = of_partition if counts is None else counts + of_partition
    if counts is None:
        return ActiveWindow(None, "not used", settings.churn.horizon_days)
    return learned_window(counts, settings.churn.horizon_days, before)


def load_partitions(
    store: EventStore, columns: dict[str, list[str]], doing: str, progress: Progress
) -> Iterator[dict[str, pl.DataFrame]]:
    """The rows of a store a partition at a time, with some columns of each table."""
    total = sum(store.rows(partition) for partition in range(store.partitions))
    done = 0
    for partition in range(store.partitions):
        yield store.load(partition, columns)
        done += store.rows(partition)
        progress.update(doing, done, total)
