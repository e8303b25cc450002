"""Text whose columns are set apart by blanks: every line that is not blank is a record."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.sources.csv.chunks import Chunk, RecordBuffer
from holdfast.sources.csv.counts import FileCounts
from holdfast.sources.csv.dialect import Columns, count_fault
from holdfast.sources.csv.scan import NEWLINE, Scan
from holdfast.sources.encoding import Text, release_pages

BLOCK = 2**20
_IS_BLANK = np.array([chr(code).isspace() for code in range(128)])


def scan_whitespace(text: Text) -> Iterator[Scan]:
    """All lines that hold a field, a block of lines at a time."""
    begin, size = text.start, len(text.data)
    while begin < size:
        stop = text.data.rfind(b"\n", begin, begin + BLOCK) + 1 or text.data.find(b"\n", begin) + 1 or size
        block = text.data[begin:stop].removesuffix(b"\n")
        ends = np.append(np.flatnonzero(np.frombuffer(block, np.uint8) == NEWLINE), len(block)) + begin
        starts = np.concatenate(([begin], ends[:-1] + 1))
        fields = _fields(block, ends - begin)
        full = fields > 0
        blank = int(full.size - np.count_nonzero(full))
        broken = np.zeros(full.size - blank, np.bool_)
        yield Scan(begin, stop, starts[full], ends[full], fields[full], broken, blank, in_order=True)
        release_pages(text.data, stop)
        begin = stop


def _fields(block: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) fields of each line."""
    if not block.isascii():
        return np.array([len(line.split()) for line in block.decode(errors="replace").split("\n")], np.int64)
    is_blank = _IS_BLANK[np.frombuffer(block, np.uint8)]
    begins = np.flatnonzero(~is_blank & np.concatenate(([True], is_blank[:-1])))
    return np.diff(np.searchsorted(begins, ends), prepend=0)


def whitespace_chunks(text: Text, counts: FileCounts, columns: Columns) -> Iterator[Chunk]:
    """All records after the header, a block of lines at a time."""
    width = len(columns.names)
    for segment in counts.segments:
        block = text.data[max(segment.begin, columns.start) : segment.stop].decode(errors="replace")
        if segment.fields == width and segment.begin >= columns.start:
            words = block.split()
            rows = pl.DataFrame({name: words[index::width] for index, name in enumerate(columns.names)})
            yield Chunk(rows, (), segment.records)
        else:
            yield _checked(block, columns)
        release_pages(text.data, segment.stop)


def _checked(block: str, columns: Columns) -> Chunk:
    buffer = RecordBuffer(columns.names)
    for line in block.split("\n"):
        fields = line.split()
        if len(fields) == len(columns.names):
            buffer.rows.append(tuple(fields))
        elif fields:
            buffer.reject(count_fault(len(fields), len(columns.names)), "\t".join(fields))
    return buffer.chunk()
