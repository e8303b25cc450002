"""Clean one partition of customers at a time, by the code that a run cleans everything with."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.pipeline.future_rows import Days
from holdfast.quality.clean import clean
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.parsing.columns import Reading
from holdfast.quality.parsing.spelling import Spellings
from holdfast.settings import FILE_NAME, Settings
from holdfast.store.events.commit import Commit, decoded
from holdfast.store.events.manifest import CUSTOMERS, EVENTS
from holdfast.store.events.ordering import Coded
from holdfast.store.events.spill import Spill
from holdfast.store.events.upsert import CUSTOMER, NUMBER, VERSION, raw_name, read_raw, revise
from holdfast.tables.mapping import contract_of

_SAMPLES = 3  # rows shown of each reason
_SUMMED = ("rows_before", "rows_after", "rows_changed", "values_changed", "set_aside", "merged", "netted", "amount")
_NO_TIME, _NO_CUSTOMER = "unreadable_time", "missing_customer"


@dataclass(frozen=True)
class Part:
    """What cleaning one partition found."""

    rows: Mapping[str, int]  # new ones, by table
    taken_back: Mapping[str, int]  # rows stored earlier that no longer stand, by table
    touched: int  # customers
    ledger: Sequence[LedgerEntry]
    set_aside: pl.DataFrame
    days: Days
    unreadable: Mapping[tuple[str, str], Reading]  # by table and column, of all rows looked at


@dataclass
class Tallies:
    """What cleaning found, summed over the partitions."""

    rows: Counter[str] = field(default_factory=Counter)  # new rows that were cleaned, by table
    set_aside: dict[str, Counter[str]] = field(default_factory=dict)  # of them, by table and step
    samples: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    taken_back: Counter[str] = field(default_factory=Counter)  # rows stored earlier that no longer stand
    touched: int = 0
    steps: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # the ledger, of all rows looked at
    days: Days = field(default_factory=Days)  # of all rows looked at
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)  # values, by table and column, of the same
    examples: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # of them

    def add(self, part: Part, last_row: Mapping[str, int]) -> None:
        """Add what was found; `last_row` numbers the newest row of earlier files, by table."""
        self.touched += part.touched
        self.rows.update(part.rows)
        self.taken_back.update(part.taken_back)
        self.days.add(part.days)
        for place, reading in part.unreadable.items():
            self.unreadable[place] += reading.unreadable
            self.examples.setdefault(place, reading.examples)
        self._add_ledger(part.ledger)
        self._add_set_aside(part.set_aside, last_row)

    def unreadable_words(self) -> list[str]:
        """Values that were taken as not known, in a sentence for each column; rows that were set aside are told so."""
        return [
            f"{table}.{column}: {plural(count, 'value')} of the customers looked at cannot be read, for example "
            + ", ".join(f'"{example}"' for example in self.examples[table, column])
            + ": taken as not known"
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

    def _add_set_aside(self, gone: pl.DataFrame, after: Mapping[str, int]) -> None:
        """Count the rows set aside whose numbers lie above those of earlier files."""
        for table, rows in gone.partition_by("table", as_dict=True).items():
            name = str(table[0])
            new = rows.filter(pl.col("row") > after.get(name, 0))
            counts = self.set_aside.setdefault(name, Counter())
            shown = self.samples.setdefault(name, {})
            for step, some in new.partition_by("step", as_dict=True).items():
                counts[str(step[0])] += some.height
                there = shown.setdefault(str(step[0]), [])
                there += some.select("row", "reason", "content").head(_SAMPLES - len(there)).to_dicts()


@dataclass(frozen=True)
class PartCleaner:
    """Everything that cleaning a partition needs; several threads may clean different ones."""

    commit: Commit
    spill: Spill
    settings: Settings
    lookups: Mapping[str, pl.DataFrame]
    spellings: Spellings
    is_anew: bool  # all rows are cleaned, not those of touched customers only
    described: set[str] = field(default_factory=set)
    describing: threading.Lock = field(default_factory=threading.Lock)

    def clean(self, partition: int) -> Part:
        """Clean the rows of the customers that new rows belong to, and store what changed by it."""
        arrived = self._arrived(partition)
        customers = None if self.is_anew else _customers_in(arrived)
        new = {name: decoded(coded) for name, coded in arrived.items()}
        raw = {name: self._raw(partition, name, new, customers) for name in self._tables()}
        for name, coded in arrived.items():
            self.commit.add(partition, raw_name(name), coded)
        cleaned = clean({**raw, **self.lookups}, self.settings, spellings=self.spellings)
        changes, taken_back = [], {}
        for name, rows in cleaned.tables.items():
            self._describe(name, rows)
            revised = revise(self.commit, partition, name, rows, customers)
            taken_back[name] = revised.gone if name != CUSTOMERS else 0
            changes.append(revised.changes)
        touched = self.commit.touch(partition, changes)
        counts = {name: rows.height for name, rows in new.items()}
        return Part(
            counts, taken_back, touched, cleaned.ledger, cleaned.set_aside, Days.of(cleaned.tables), cleaned.unreadable
        )

    def leave_out_others(self) -> None:
        """Drop tables that cleaning everything anew gave no more."""
        for name, table in self.commit.before.tables.items():
            if self.is_anew and table.kind in {EVENTS, CUSTOMERS} and name not in self.described:
                self.commit.drop(name)

    def _tables(self) -> list[str]:
        return [name for name, table in self.settings.tables.items() if table.holds != "lookup"]

    def _arrived(self, partition: int) -> dict[str, Coded]:
        taken = {name: self.spill.take(raw_name(name), partition) for name in self._tables()}
        return {name: rows for name, rows in taken.items() if rows is not None}

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
        parts = [pl.DataFrame(schema=declared.schema), *read_raw(self.commit, partition, raw_name(name), customers)]
        rows = pl.concat([*parts, *([new[name]] if name in new else [])], how="diagonal_relaxed")
        # Of customers the first row counts, so the newest file comes first.
        is_people = contract_of(self.settings, name).name == CUSTOMERS
        order = [-pl.col(VERSION), pl.col(NUMBER)] if is_people else [pl.col(NUMBER)]
        return rows.sort(*order).select(pl.col(NUMBER).cast(pl.UInt32), pl.exclude(NUMBER, CUSTOMER, VERSION))

    def _describe(self, name: str, rows: pl.DataFrame) -> None:
        kind = CUSTOMERS if name == CUSTOMERS else EVENTS
        columns = {column: str(dtype) for column, dtype in rows.schema.items()}
        with self.describing:
            self.commit.declare(name, kind, columns, anew=self.is_anew and name not in self.described)
            self.described.add(name)


def _customers_in(arrived: Mapping[str, Coded]) -> pl.Series:
    ids = [rows.words[CUSTOMER] for rows in arrived.values()]
    return pl.concat(ids).unique() if ids else pl.Series(CUSTOMER, [], dtype=pl.String)


def refuse_where_no_time_was_read(tallies: Tallies, settings: Settings) -> None:
    """Refuse a table of which not one time can be read: its format is another one.

    Raises:
        HoldfastError: with a row, and the setting to make.
    """
    for table, rows in tallies.rows.items():
        gone = tallies.set_aside.get(table, Counter())
        if rows and gone[_NO_TIME] and gone[_NO_TIME] + gone[_NO_CUSTOMER] == rows:
            layout = settings.tables[table].columns["happened_at"].format
            by = f'the format "{layout}"' if layout else "ISO 8601 (no format is set)"
            raise HoldfastError(
                f"{table}.happened_at: none of {gone[_NO_TIME]:,} rows has a time that can be read by {by}; one is "
                f"{tallies.samples[table][_NO_TIME][0]['content'][:300]}.",
                fix=f"In {FILE_NAME}: tables.{table}.columns.happened_at.format: "
                '"%d/%m/%Y %H:%M" (as the file writes it).',
            )
