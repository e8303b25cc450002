"""The store of events: records by partition of customers, read a partition at a time; `Commit` writes new versions.

    store = EventStore.open(folder)
    store.load(3, {"transactions": ["amount", "category"]})

Docs: docs/guides/larger-than-memory.md; why so: docs/decisions/0004-events-are-stored-by-customer.md.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.partitioning import partition_of
from holdfast.store.events.changes import changes_after
from holdfast.store.events.commit import decoded, read_index
from holdfast.store.events.files import read_rows
from holdfast.store.events.manifest import (
    CUSTOMERS,
    EVENTS,
    POINTER,
    RAW,
    Manifest,
    StoredTable,
    read_manifest,
    refuse_lost_pointer,
    write_manifest,
)
from holdfast.store.events.ordering import KEYS, in_order

ROWS_IN_PARTITION = 2_000_000  # a partition is read at once
LEAST_PARTITIONS = 16


def partitions_for(rows: int) -> int:
    """The number of partitions for that many event rows: a power of two, so that each has one to two million."""
    partitions = LEAST_PARTITIONS
    while rows > partitions * ROWS_IN_PARTITION:
        partitions *= 2
    return partitions


class EventStore:
    """Records by partition of customers; what is read is the version that was current when the store was opened."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self._manifest = manifest

    @classmethod
    def create(cls, folder: Path, partitions: int = LEAST_PARTITIONS) -> "EventStore":
        """A new, empty store.

        Args:
            folder: of the store; it has none yet.
            partitions: a power of two, see `partitions_for`.

        Raises:
            HoldfastError: there is a store already, or the number is no power of two.
        """
        partition_of(pl.Series([], dtype=pl.String), partitions)
        if (folder / POINTER).exists():
            raise HoldfastError(
                f"{folder}: there is a store of events already.", fix=f"Open it, or move {folder} away first."
            )
        refuse_lost_pointer(folder)
        write_manifest(folder, Manifest(partitions))
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> "EventStore":
        """The store as it stands now.

        Raises:
            HoldfastError: no store, or one whose manifest is damaged.
        """
        return cls(folder, read_manifest(folder))

    @property
    def manifest(self) -> Manifest:
        """Tables, files and sources of this version."""
        return self._manifest

    @property
    def partitions(self) -> int:
        return self._manifest.partitions

    @property
    def version(self) -> int:
        """0 for an empty store; one more with each commit."""
        return self._manifest.version

    @property
    def mark(self) -> str:
        """A hash that no other version and no other store has."""
        return self._manifest.mark

    def was_version(self, version: int, mark: str) -> bool:
        """Whether the version with that mark is this store's, now or before."""
        return mark == (self.mark if version == self.version else self._manifest.marks.get(version))

    @property
    def tables(self) -> dict[str, pl.Schema]:
        """The tables that can be loaded, with their columns."""
        return {name: table.schema for name, table in self._manifest.tables.items() if table.kind != RAW}

    def rows(self, partition: int) -> int:
        """Event rows of a partition."""
        return sum(
            file.rows
            for table in self._manifest.tables.values()
            if table.kind == EVENTS
            for file in table.files.get(partition, ())
        )

    @property
    def size_warning(self) -> str:
        """A note where the partitions have become too large for the store; empty where not."""
        most = max((self.rows(partition) for partition in range(self.partitions)), default=0)
        fitting = partitions_for(sum(self.rows(partition) for partition in range(self.partitions)))
        if most <= 4 * ROWS_IN_PARTITION or fitting <= self.partitions:
            return ""
        return (
            f"the largest of {self.partitions} partitions holds {most:,} rows and is read at one go; "
            f"a new store of {fitting} partitions would need less memory"
        )

    def customers(self, partition: int) -> pl.Series:
        """(n,) the ids of all customers that any table of the partition names, sorted."""
        return self._index(partition)["customer_id"].unique(maintain_order=True)

    def changes_since(self, version: int) -> dict[int, pl.DataFrame]:
        """Customers with new or changed rows after a version of the store, and since when they changed.

        Returns:
            partition -> (customers, 2) customer_id, since; sorted. Cutoffs up to `since` see no difference; null: any
            may.
        """
        changed = {
            partition: changes_after(self._index(partition), version)
            for partition, file in sorted(self._manifest.index.items())
            if file.version > version
        }
        return {partition: changes for partition, changes in changed.items() if changes.height}

    def load(
        self, partition: int, columns: Mapping[str, Sequence[str]], customers: pl.Series | None = None
    ) -> dict[str, pl.DataFrame]:
        """The rows of a partition.

        Args:
            partition: from 0.
            columns: table -> the columns wanted beside customer_id, happened_at and known_at; those that the
                store does not have are left out.
            customers: only the rows of these.

        Returns:
            For each table named: sorted by customer_id, happened_at, known_at, then all other columns of the store.

        Raises:
            HoldfastError: a table that the store does not have; a file that is missing, cut short or changed.
        """
        return {name: self._load(name, partition, names, customers) for name, names in columns.items()}

    def _index(self, partition: int) -> pl.DataFrame:
        return read_index(self.folder, self._manifest.index.get(partition))

    def _load(self, name: str, partition: int, names: Sequence[str], customers: pl.Series | None) -> pl.DataFrame:
        table = self._manifest.tables.get(name)
        if table is None and name == CUSTOMERS:  # all that is known of them is their events
            ids = self.customers(partition).to_frame()
            return ids if customers is None else ids.filter(pl.col("customer_id").is_in(customers.implode()))
        if table is None or table.kind == RAW:
            raise HoldfastError(
                f"{self.folder}: the store has no table {name}; it has {', '.join(self.tables) or 'none yet'}.",
                fix=f"Add its rows first: holdfast ingest {self.folder.parent}",
            )
        keys = KEYS if table.kind == EVENTS else KEYS[:1]
        wanted = [*keys, *(column for column in dict.fromkeys(names) if column in table.columns and column not in keys)]
        rows, files = self._read(table, partition, wanted, customers)
        if files <= 1 or table.kind == CUSTOMERS:
            return rows
        together = decoded(in_order(rows))
        ties = together.select(keys).is_duplicated().any() if len(wanted) < len(table.columns) else False
        if not ties:
            return together
        # Rows of the same time are sorted by all their columns, also by those that were not requested.
        rows, _ = self._read(table, partition, list(table.columns), customers)
        return decoded(in_order(rows)).select(wanted)

    def _read(
        self, table: StoredTable, partition: int, wanted: Sequence[str], customers: pl.Series | None
    ) -> tuple[pl.DataFrame, int]:
        schema, frames = table.schema, []
        for file in table.files.get(partition, ()):
            rows = read_rows(self.folder, file, wanted, customers)
            lacking = [name for name in wanted if name not in rows.columns]
            rows = rows.with_columns(pl.lit(None, schema[name]).alias(name) for name in lacking)
            frames.append(rows.select(pl.col(name).cast(schema[name]) for name in wanted))
        if not frames:
            return pl.DataFrame(schema={name: schema[name] for name in wanted}), 0
        # Once here, so that no reader of the columns has to: each row group of a file is a chunk.
        return pl.concat(frames).rechunk(), len(frames)
