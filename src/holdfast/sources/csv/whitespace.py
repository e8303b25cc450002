"""Text whose columns are set apart by blanks: every line that is not blank is a record."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.sources.csv.chunks import Piece, Pile
from holdfast.sources.csv.counts import Survey
from holdfast.sources.csv.dialect import Columns, count_fault
from holdfast.sources.csv.scan import NEWLINE, Scan
from holdfast.sources.encoding import Text, let_go

BLOCK = 2**20
_IS_BLANK = np.array([chr(code).isspace() for code in range(128)])


def scan_blanks(text: Text) -> Iterator[Scan]:
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
        let_go(text.data, stop)
        begin = stop


def _fields(block: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) fields of each line."""
    if not block.isascii():
        return np.array([len(line.split()) for line in block.decode(errors="replace").split("\n")], np.int64)
    is_blank = _IS_BLANK[np.frombuffer(block, np.uint8)]
    begins = np.flatnonzero(~is_blank & np.concatenate(([True], is_blank[:-1])))
    return np.diff(np.searchsorted(begins, ends), prepend=0)


def blanks_pieces(text: Text, survey: Survey, columns: Columns) -> Iterator[Piece]:
    """All records after the header, a block of lines at a time."""
    width = len(columns.names)
    for stretch in survey.stretches:
        block = text.data[max(stretch.begin, columns.start) : stretch.stop].decode(errors="replace")
        if stretch.fields == width and stretch.begin >= columns.start:
            words = block.split()
            rows = pl.DataFrame({name: words[place::width] for place, name in enumerate(columns.names)})
            yield Piece(rows, (), stretch.records)
        else:
            yield _sorted_out(block, columns)
        let_go(text.data, stretch.stop)


def _sorted_out(block: str, columns: Columns) -> Piece:
    pile = Pile(columns.names)
    for line in block.split("\n"):
        fields = line.split()
        if len(fields) == len(columns.names):
            pile.rows.append(tuple(fields))
        elif fields:
            pile.lay_aside(count_fault(len(fields), len(columns.names)), "\t".join(fields))
    return pile.piece()
