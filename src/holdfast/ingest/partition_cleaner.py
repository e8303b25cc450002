"""Cleans the stored rows of one partition of customers with the code that a run cleans whole tables with."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.ingest.future_rows import Days
from holdfast.quality.clean import clean
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.parsing.columns import Reading
from holdfast.quality.parsing.spelling import Spellings
from holdfast.settings import FILE_NAME, Settings
from holdfast.store.events.commit import Commit, decoded
from holdfast.store.events.manifest import CUSTOMERS, EVENTS
from holdfast.store.events.ordering import Coded
from holdfast.store.events.spill import Spill
from holdfast.store.events.upsert import CUSTOMER, as_read, raw_name, read_raw, upsert
from holdfast.tables.mapping import contract_of

_SAMPLES = 3  # rows shown of each reason
_SUMMED = ("rows_before", "rows_after", "rows_changed", "values_changed", "set_aside", "merged", "netted", "amount")
_NO_TIME, _NO_CUSTOMER = "unreadable_time", "missing_customer"


@dataclass(frozen=True)
class CleanedPartition:
    """What cleaning one partition found."""

    rows: Mapping[str, int]  # new ones, by table
    rows_removed: Mapping[str, int]  # rows stored before that are no longer valid, by table
    touched: int  # customers
    ledger: Sequence[LedgerEntry]
    set_aside: pl.DataFrame
    days: Days
    unreadable: Mapping[tuple[str, str], Reading]  # by table and column, of all rows that were cleaned


@dataclass
class CleaningCounts:
    """What cleaning found, summed over the partitions."""

    rows: Counter[str] = field(default_factory=Counter)  # new rows that were cleaned, by table
    set_aside: dict[str, Counter[str]] = field(default_factory=dict)  # of them, by table and step
    samples: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    rows_removed: Counter[str] = field(default_factory=Counter)  # rows stored before that are no longer valid
    touched: int = 0
    steps: dict[tuple[str, str], dict[str, Any]] = field(
        default_factory=dict
    )  # the ledger, of all rows that were cleaned
    days: Days = field(default_factory=Days)  # of all rows that were cleaned
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)  # values, by table and column, of the same
    examples: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # of them

    def add(self, cleaned: CleanedPartition, last_row: Mapping[str, int]) -> None:
        """Add a partition; `last_row` is the number of the newest row of earlier files, by table."""
        self.touched += cleaned.touched
        self.rows.update(cleaned.rows)
        self.rows_removed.update(cleaned.rows_removed)
        self.days.add(cleaned.days)
        for column, reading in cleaned.unreadable.items():
            self.unreadable[column] += reading.unreadable
            self.examples.setdefault(column, reading.examples)
        self._add_ledger(cleaned.ledger)
        self._add_set_aside(cleaned.set_aside, last_row)

    def unreadable_notes(self) -> list[str]:
        """A sentence for each column with values that cannot be read and were treated as not known."""
        return [
            f"{table}.{column}: {plural(count, 'value')} of the customers in question cannot be read, for example "
            + ", ".join(f'"{example}"' for example in self.examples[table, column])
            + ": treated as not known"
            for (table, column), count in sorted(self.unreadable.items())
        ]

    def _add_ledger(self, ledger: Iterable[LedgerEntry]) -> None:
        for entry in ledger:
            step = self.steps.setdefault(
                (entry.table, entry.step),
                {"table": entry.table, "step": entry.step, "what": entry.what, **dict.fromkeys(_SUMMED, 0)},
            )
            for name in _SUMMED:
                step[name] += getattr(entry, name)

    def _add_set_aside(self, rejected: pl.DataFrame, last_row: Mapping[str, int]) -> None:
        """Count the rows set aside that belong to new files."""
        for table, rows in rejected.partition_by("table", as_dict=True).items():
            name = str(table[0])
            new = rows.filter(pl.col("row") > last_row.get(name, 0))
            counts = self.set_aside.setdefault(name, Counter())
            shown = self.samples.setdefault(name, {})
            for step, rows_of_step in new.partition_by("step", as_dict=True).items():
                counts[str(step[0])] += rows_of_step.height
                samples = shown.setdefault(str(step[0]), [])
                samples += rows_of_step.select("row", "reason", "content").head(_SAMPLES - len(samples)).to_dicts()


@dataclass(frozen=True)
class PartitionCleaner:
    """Cleans partitions of a store; several threads may clean different ones."""

    commit: Commit
    spill: Spill
    settings: Settings
    lookups: Mapping[str, pl.DataFrame]
    spellings: Spellings
    cleans_all: bool  # all rows are cleaned, not those of touched customers only
    described: set[str] = field(default_factory=set)
    describing: threading.Lock = field(default_factory=threading.Lock)

    def clean(self, partition: int) -> CleanedPartition:
        """Clean all rows of the customers that have new ones, and store the difference."""
        incoming = self._incoming(partition)
        customers = None if self.cleans_all else _customers_in(incoming)
        new = {name: decoded(coded) for name, coded in incoming.items()}
        raw = {name: self._raw(partition, name, new, customers) for name in self._tables()}
        for name, coded in incoming.items():
            self.commit.add(partition, raw_name(name), coded)
        # A run checks what is stored, all customers together; of a partition nobody would read the findings.
        cleaned = clean({**raw, **self.lookups}, self.settings, spellings=self.spellings, rules=())
        changes, rows_removed = [], {}
        for name, rows in cleaned.tables.items():
            self._describe(name, rows)
            upserted = upsert(self.commit, partition, name, rows, customers)
            rows_removed[name] = upserted.removed if name != CUSTOMERS else 0
            changes.append(upserted.changes)
        touched = self.commit.touch(partition, changes)
        counts = {name: rows.height for name, rows in new.items()}
        return CleanedPartition(
            counts,
            rows_removed,
            touched,
            cleaned.ledger,
            cleaned.set_aside,
            Days.of(cleaned.tables),
            cleaned.unreadable,
        )

    def drop_other_tables(self) -> None:
        """Drop tables that cleaning everything again did not produce."""
        for name, table in self.commit.before.tables.items():
            if self.cleans_all and table.kind in {EVENTS, CUSTOMERS} and name not in self.described:
                self.commit.drop(name)

    def _tables(self) -> list[str]:
        return [name for name, table in self.settings.tables.items() if table.holds != "lookup"]

    def _incoming(self, partition: int) -> dict[str, Coded]:
        coded = {name: self.spill.take(raw_name(name), partition) for name in self._tables()}
        return {name: rows for name, rows in coded.items() if rows is not None}

    def _raw(
        self, partition: int, name: str, new: Mapping[str, pl.DataFrame], customers: pl.Series | None
    ) -> pl.DataFrame:
        declared = self.commit.manifest.tables.get(raw_name(name))
        if declared is None:
            raise HoldfastError(
                f"{name}: none of its files was added, now or before.",
                fix=f"Name its files under tables.{name}.files in {FILE_NAME}; then "
                f"holdfast ingest {self.commit.folder.parent}",
            )
        frames = [pl.DataFrame(schema=declared.schema), *read_raw(self.commit, partition, raw_name(name), customers)]
        is_customers = contract_of(self.settings, name).name == CUSTOMERS
        return as_read([*frames, *([new[name]] if name in new else [])], newest_first=is_customers)

    def _describe(self, name: str, rows: pl.DataFrame) -> None:
        kind = CUSTOMERS if name == CUSTOMERS else EVENTS
        columns = {column: str(dtype) for column, dtype in rows.schema.items()}
        with self.describing:
            self.commit.declare(name, kind, columns, replace_columns=self.cleans_all and name not in self.described)
            self.described.add(name)


def _customers_in(incoming: Mapping[str, Coded]) -> pl.Series:
    ids = [rows.words[CUSTOMER] for rows in incoming.values()]
    return pl.concat(ids).unique() if ids else pl.Series(CUSTOMER, [], dtype=pl.String)


def refuse_unreadable_times(counts: CleaningCounts, settings: Settings) -> None:
    """Refuse a table none of whose times can be read: its time format is another one.

    Raises:
        HoldfastError: with a row, and the setting to make.
    """
    for table, rows in counts.rows.items():
        rejected = counts.set_aside.get(table, Counter())
        if rows and rejected[_NO_TIME] and rejected[_NO_TIME] + rejected[_NO_CUSTOMER] == rows:
            layout = settings.tables[table].columns["happened_at"].format
            by = f'the format "{layout}"' if layout else "ISO 8601 (no format is set)"
            raise HoldfastError(
                f"{table}.happened_at: none of {rejected[_NO_TIME]:,} rows has a time that can be read by {by}; one is "
                f"{counts.samples[table][_NO_TIME][0]['content'][:300]}.",
                fix=f"In {FILE_NAME}: tables.{table}.columns.happened_at.format: "
                '"%d/%m/%Y %H:%M" (as the file writes it).',
            )
