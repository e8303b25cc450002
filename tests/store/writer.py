"""Rows straight into a store of events, for tests that need a store and no files."""

import polars as pl

from holdfast.features.partitioning import partition_of
from holdfast.store.events.changes import changes_by_events
from holdfast.store.events.commit import committing
from holdfast.store.events.manifest import CUSTOMERS, EVENTS
from holdfast.store.events.ordering import in_order
from holdfast.store.events.store import EventStore
from holdfast.store.events.upsert import upsert


def add_rows(store: EventStore, **tables: pl.DataFrame) -> EventStore:
    """The store's next version: events are added to those it has, customers replaced by their new rows.

    Args:
        store: of any version.
        tables: customer_id, for events happened_at and known_at too, and other columns.
    """
    with committing(store.folder) as commit:
        for name, rows in tables.items():
            kind = CUSTOMERS if name == CUSTOMERS else EVENTS
            commit.declare(name, kind, {column: str(dtype) for column, dtype in rows.schema.items()})
        for partition in range(store.partitions):
            changes = []
            for name, rows in tables.items():
                own = rows.filter(partition_of(rows["customer_id"], store.partitions) == partition)
                if name == CUSTOMERS:
                    changes.append(upsert(commit, partition, name, own, own["customer_id"]).changes)
                elif own.height:
                    events = in_order(own)
                    commit.add(partition, name, events)
                    changes.append(changes_by_events(events))
            commit.touch(partition, changes)
        commit.finish()
    return EventStore.open(store.folder)
