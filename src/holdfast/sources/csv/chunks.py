"""Chunks of records, kept or set aside, and how they are put together to batches of a given size."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import polars as pl

from holdfast.sources.results import SetAside

RECORDS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Chunk:
    """Records that follow each other in a file."""

    rows: pl.DataFrame
    set_aside: tuple[SetAside, ...]  # numbered from the first record of the chunk
    records: int
    broken: int = 0  # records with line breaks inside quotes
    stray: int = 0  # records with a quote inside a field that is not quoted

    def cut(self, records: int) -> tuple["Chunk", "Chunk"]:
        """Split after so many records."""
        aside = bisect_right(self.set_aside, records, key=attrgetter("row"))
        rows_before = records - aside
        others = tuple(replace(entry, row=entry.row - records) for entry in self.set_aside[aside:])
        return (
            Chunk(self.rows[:rows_before], self.set_aside[:aside], records),
            Chunk(self.rows[rows_before:], others, self.records - records),
        )


@dataclass
class RecordBuffer:
    """Records read one by one, gathered into chunks."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    broken: int = 0
    stray: int = 0

    @property
    def records(self) -> int:
        """How many there are."""
        return len(self.rows) + len(self.set_aside)

    @property
    def is_full(self) -> bool:
        """Whether it holds enough for a chunk."""
        return self.records >= RECORDS_AT_ONCE

    def reject(self, reason: str, content: str) -> None:
        """Set a record aside."""
        self.set_aside.append(SetAside(self.records + 1, reason, content))

    def chunk(self) -> Chunk:
        """The records so far; the buffer is empty afterwards."""
        rows = pl.DataFrame(self.rows, schema=dict.fromkeys(self.names, pl.String()), orient="row")
        chunk = Chunk(rows, tuple(self.set_aside), self.records, self.broken, self.stray)
        self.rows, self.set_aside, self.broken, self.stray = [], [], 0, 0
        return chunk


class Batches:
    """Puts chunks together to batches of so many records."""

    def __init__(self, names: tuple[str, ...], most: int) -> None:
        self._most = most
        self._waiting = [Chunk(pl.DataFrame(schema=dict.fromkeys(names, pl.String())), (), 0)]
        self._records = 0  # in waiting chunks
        self.read = self.rows_kept = self.broken = self.stray = 0
        self.first_fault = ""

    def add(self, chunk: Chunk) -> Iterator[Chunk]:
        """Add a chunk; yields the batches that it completes, except one that nothing follows yet."""
        self.read += chunk.records
        self.rows_kept += chunk.rows.height
        self.broken += chunk.broken
        self.stray += chunk.stray
        if chunk.set_aside and not self.first_fault:
            self.first_fault = chunk.set_aside[0].reason
        while self._records + chunk.records > self._most:
            first, chunk = chunk.cut(self._most - self._records)
            yield _joined([*self._waiting, first])
            self._waiting, self._records = [], 0
        self._waiting.append(chunk)
        self._records += chunk.records

    def last(self) -> Chunk:
        """The last batch, once all chunks are added: it is empty where the file has no records."""
        return _joined(self._waiting)


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    set_aside: list[SetAside] = []
    before = 0
    for chunk in chunks:
        set_aside += [replace(entry, row=entry.row + before) for entry in chunk.set_aside]
        before += chunk.records
    return Chunk(pl.concat([chunk.rows for chunk in chunks]), tuple(set_aside), before)
