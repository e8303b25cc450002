"""What a first look over a whole file keeps of it: counts, so that it can be read in parts afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from holdfast.sources.csv.scan import Places, Scan

FIRST = 1000  # records that tell the number of columns where there is no header


@dataclass(frozen=True)
class Stretch:
    """Whole records that lie together in a file."""

    begin: int
    stop: int
    records: int
    fields: int  # of every record; 0 where they differ or where blank lines lie between them
    broken: int  # records with line breaks inside quotes


class Tally:
    """How many records have how many fields, from each of a few places of the file on."""

    def __init__(self, places: Iterable[int]) -> None:
        self._places = np.unique(np.fromiter(places, np.int64))
        self._fields = [np.zeros(1, np.int64) for _ in range(self._places.size + 1)]
        self._next: list[int | None] = [None] * self._places.size
        self.first_fields: NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, starts: Places, fields: NDArray[np.int64]) -> None:
        """Count records that come after those counted so far.

        Args:
            starts: (n,) their first bytes.
            fields: (n,) their numbers of fields.
        """
        if self.first_fields.size < FIRST:
            self.first_fields = np.concatenate((self.first_fields, fields[: FIRST - self.first_fields.size]))
        cuts = np.searchsorted(starts, self._places)
        for part, counted in enumerate(np.split(fields, cuts)):
            if counted.size:
                self._fields[part] = _sum(self._fields[part], np.bincount(counted))
        for part, cut in enumerate(cuts.tolist()):
            if self._next[part] is None and cut < starts.size:
                self._next[part] = int(starts[cut])

    def fields_from(self, place: int) -> NDArray[np.int64]:
        """(most fields + 1,) how many records have so many fields, of those that begin at a place or after it."""
        total = np.zeros(1, np.int64)
        for counted in self._fields[int(np.searchsorted(self._places, place)) + 1 :]:
            total = _sum(total, counted)
        return total

    def records_before(self, place: int) -> int:
        """How many records begin before a place."""
        return sum(int(counted.sum()) for counted in self._fields[: int(np.searchsorted(self._places, place)) + 1])

    def next_start(self, place: int) -> int | None:
        """Where the first record begins that does not begin before a place."""
        return self._next[int(np.searchsorted(self._places, place))]


@dataclass
class Survey:
    """A whole file, counted."""

    tally: Tally
    stretches: list[Stretch] = field(default_factory=list)
    blank: int = 0
    in_order: bool = True

    def take(self, scans: Iterable[Scan]) -> None:
        """Count what a scan finds."""
        for found in scans:
            self.tally.add(found.starts, found.fields)
            usual = int(found.fields[0]) if found.fields.size and not found.blank else 0
            alike = usual if (found.fields == usual).all() else 0
            broken = int(np.count_nonzero(found.broken))
            self.stretches.append(Stretch(found.begin, found.stop, found.starts.size, alike, broken))
            self.blank += found.blank
            self.in_order = self.in_order and found.in_order


def _sum(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (one, other) if one.size >= other.size else (other, one)
    total = longer.copy()
    total[: shorter.size] += shorter
    return total
