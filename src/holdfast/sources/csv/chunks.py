"""Records of a file on their way into parts: some at a time, each kept or set aside."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import polars as pl

from holdfast.sources.results import SetAside

RECORDS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Piece:
    """Records that follow each other in a file."""

    rows: pl.DataFrame
    set_aside: tuple[SetAside, ...]  # numbered from the first record of the piece
    records: int
    broken: int = 0  # records with line breaks inside quotes
    stray: int = 0  # records with a quote inside a field that is not quoted

    def cut(self, records: int) -> tuple["Piece", "Piece"]:
        """The first so many records, and the others."""
        aside = bisect_right(self.set_aside, records, key=attrgetter("row"))
        kept = records - aside
        others = tuple(replace(entry, row=entry.row - records) for entry in self.set_aside[aside:])
        return (
            Piece(self.rows[:kept], self.set_aside[:aside], records),
            Piece(self.rows[kept:], others, self.records - records),
        )


@dataclass
class Pile:
    """Records read one by one, gathered into pieces."""

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
        """Whether it is time for a piece."""
        return self.records >= RECORDS_AT_ONCE

    def lay_aside(self, reason: str, content: str) -> None:
        """Set a record aside."""
        self.set_aside.append(SetAside(self.records + 1, reason, content))

    def piece(self) -> Piece:
        """What was gathered; the pile is empty after it."""
        rows = pl.DataFrame(self.rows, schema=dict.fromkeys(self.names, pl.String()), orient="row")
        piece = Piece(rows, tuple(self.set_aside), self.records, self.broken, self.stray)
        self.rows, self.set_aside, self.broken, self.stray = [], [], 0, 0
        return piece


class Parts:
    """Pieces put together to parts of so many records."""

    def __init__(self, names: tuple[str, ...], most: int) -> None:
        self._most = most
        self._held = [Piece(pl.DataFrame(schema=dict.fromkeys(names, pl.String())), (), 0)]
        self._records = 0  # held
        self.read = self.kept = self.broken = self.stray = 0
        self.first_fault = ""

    def add(self, piece: Piece) -> Iterator[Piece]:
        """Take a piece; the parts that it fills, except one that nothing follows yet."""
        self.read += piece.records
        self.kept += piece.rows.height
        self.broken += piece.broken
        self.stray += piece.stray
        if piece.set_aside and not self.first_fault:
            self.first_fault = piece.set_aside[0].reason
        while self._records + piece.records > self._most:
            first, piece = piece.cut(self._most - self._records)
            yield _joined([*self._held, first])
            self._held, self._records = [], 0
        self._held.append(piece)
        self._records += piece.records

    def last(self) -> Piece:
        """What is left when all pieces were added: records, or none in a file that holds none."""
        return _joined(self._held)


def _joined(pieces: Sequence[Piece]) -> Piece:
    set_aside: list[SetAside] = []
    before = 0
    for piece in pieces:
        set_aside += [replace(entry, row=entry.row + before) for entry in piece.set_aside]
        before += piece.records
    return Piece(pl.concat([piece.rows for piece in pieces]), tuple(set_aside), before)
