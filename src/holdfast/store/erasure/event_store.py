"""Takes customers out of a store of events: their partitions are written again, older versions are removed."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from holdfast.features.partitioning import partition_of
from holdfast.store.erasure.rows import without_names
from holdfast.store.erasure.runs import Removed
from holdfast.store.events.commit import Commit, clear_older_versions, committing
from holdfast.store.events.files import read_rows
from holdfast.store.events.manifest import EVENTS, POINTER, RAW
from holdfast.store.events.ordering import Coded, in_order
from holdfast.store.events.upsert import CUSTOMER

WHERE = "event store"


def erase_from_store(folder: Path, ids: Sequence[str], removed: Removed) -> None:
    """Take customers out of a store of events; nothing happens where there is none.

    Args:
        folder: the store's.
        ids: of the customers.
        removed: is added to.
    """
    if not (folder / POINTER).is_file():
        return
    with committing(folder) as commit:
        rows = 0
        customers = pl.Series("customer_id", ids, dtype=pl.String)
        where = partition_of(customers, commit.before.partitions)
        for partition in where.unique().sort().to_list():
            rows += _erase_from_partition(commit, partition, customers.filter(where == partition))
        if rows:
            commit.finish()
            removed.add(WHERE, rows)
        clear_older_versions(folder)


def _erase_from_partition(commit: Commit, partition: int, customers: pl.Series) -> int:
    rows = 0
    for name, table in commit.before.tables.items():
        key = CUSTOMER if table.kind == RAW else "customer_id"
        files = table.files.get(partition, ())
        frames = [read_rows(commit.folder, file) for file in files]
        if not frames:
            continue
        together = pl.concat(frames, how="diagonal_relaxed")
        remaining = together.filter(~pl.col(key).is_in(customers.implode()).fill_null(value=False))
        if remaining.height < together.height:
            rows += together.height - remaining.height
            remaining = without_names(remaining, customers)
            ordered = in_order(remaining) if table.kind == EVENTS else Coded(remaining, {})
            commit.replace(partition, name, ordered)
    if rows:
        commit.forget(partition, customers)
    return rows
