"""Counts of records and fields from a first pass over a file, by which it can be read in batches afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from holdfast.sources.csv.scan import Offsets, Scan

FIRST = 1000  # records that decide the number of columns where there is no header


@dataclass(frozen=True)
class Segment:
    """Bytes of a file that hold whole records."""

    begin: int
    stop: int
    records: int
    fields: int  # of every record; 0 where they differ or where blank lines lie between them
    broken: int  # records with line breaks inside quotes


class FieldCounts:
    """How many records have how many fields, from each of a few offsets of the file on."""

    def __init__(self, offsets: Iterable[int]) -> None:
        self._offsets = np.unique(np.fromiter(offsets, np.int64))
        self._fields = [np.zeros(1, np.int64) for _ in range(self._offsets.size + 1)]
        self._next: list[int | None] = [None] * self._offsets.size
        self.first_fields: NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, starts: Offsets, fields: NDArray[np.int64]) -> None:
        """Count records that come after those counted so far.

        Args:
            starts: (n,) their first bytes.
            fields: (n,) their numbers of fields.
        """
        if self.first_fields.size < FIRST:
            self.first_fields = np.concatenate((self.first_fields, fields[: FIRST - self.first_fields.size]))
        cuts = np.searchsorted(starts, self._offsets)
        for group, group_fields in enumerate(np.split(fields, cuts)):
            if group_fields.size:
                self._fields[group] = _sum(self._fields[group], np.bincount(group_fields))
        for group, cut in enumerate(cuts.tolist()):
            if self._next[group] is None and cut < starts.size:
                self._next[group] = int(starts[cut])

    def fields_from(self, offset: int) -> NDArray[np.int64]:
        """(most fields + 1,) how many records have so many fields, of those that begin at an offset or after it."""
        total = np.zeros(1, np.int64)
        for counted in self._fields[int(np.searchsorted(self._offsets, offset)) + 1 :]:
            total = _sum(total, counted)
        return total

    def records_before(self, offset: int) -> int:
        """How many records begin before an offset."""
        return sum(int(counted.sum()) for counted in self._fields[: int(np.searchsorted(self._offsets, offset)) + 1])

    def next_start(self, offset: int) -> int | None:
        """Where the first record begins that does not begin before an offset."""
        return self._next[int(np.searchsorted(self._offsets, offset))]


@dataclass
class FileCounts:
    """The counts of a whole file."""

    field_counts: FieldCounts
    segments: list[Segment] = field(default_factory=list)
    blank: int = 0
    in_order: bool = True

    def take(self, scans: Iterable[Scan]) -> None:
        """Count the records of scans."""
        for scan in scans:
            self.field_counts.add(scan.starts, scan.fields)
            usual = int(scan.fields[0]) if scan.fields.size and not scan.blank else 0
            alike = usual if (scan.fields == usual).all() else 0
            broken = int(np.count_nonzero(scan.broken))
            self.segments.append(Segment(scan.begin, scan.stop, scan.starts.size, alike, broken))
            self.blank += scan.blank
            self.in_order = self.in_order and scan.in_order


def _sum(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (left, right) if left.size >= right.size else (right, left)
    total = longer.copy()
    total[: shorter.size] += shorter
    return total
