"""Finds where records begin and end in a delimited file, aware of quotes; every reader must match its count."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.sources.encoding import Buffer, release_pages

# Bytes looked at together. Large enough for the reader that gets a segment, small enough that parts of a few
# thousand records do not cost more memory than their own.
BLOCK = 8 * 2**20
NEWLINE, RETURN, SPACE, TAB = 10, 13, 32, 9

Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Scan:
    """The records of a segment of a file, blank lines left out."""

    begin: int  # first byte of the segment
    stop: int  # after its last line end
    starts: Offsets  # (n,) first byte
    ends: Offsets  # (n,) after the last byte, line end not counted
    fields: Offsets  # (n,)
    broken: NDArray[np.bool_]  # (n,) whether it holds a line break inside quotes
    blank: int
    in_order: bool  # every quote of the bytes looked at opens or closes a field; at the file's end the last one closes


@dataclass(frozen=True)
class _Signs:
    """Line ends and delimiters of a block that stand outside quotes, line breaks inside them."""

    newlines: Offsets
    commas: Offsets
    inside: Offsets
    open_after: int  # 1 where the block ends inside quotes
    in_order: bool


def scan(data: Buffer, start: int, delimiter: str, quote: str | None, stop: int | None = None) -> Iterator[Scan]:
    """All records between two bytes in one pass: a segment of whole records for each block of bytes that ends one.

    Args:
        data: UTF-8 text.
        start: first byte of a record.
        delimiter: one ASCII character.
        quote: one ASCII character, or None.
        stop: where the last record ends; None: at the file's end.
    """
    stop = len(data) if stop is None else stop
    marks = (ord(delimiter), ord(quote) if quote else None)
    begin, commas, is_broken, is_open, in_order = start, 0, False, 0, True
    for first in range(start, stop, BLOCK):
        release_pages(data, first)  # here, not after a record: an open quote may run to the file's end
        last = min(first + BLOCK, stop)
        signs = _signs(data, start, first, last, marks, is_open)
        is_open, in_order = signs.open_after, in_order and signs.in_order
        ends, before = signs.newlines, commas + np.searchsorted(signs.commas, signs.newlines)
        commas += signs.commas.size
        if last == stop and (ends[-1] + 1 if ends.size else begin) < stop:
            ends, before = np.append(ends, stop), np.append(before, commas)
        broken = np.zeros(ends.size + 1, np.bool_)
        broken[0] = is_broken
        broken[np.searchsorted(ends, signs.inside)] = True
        if not ends.size:
            is_broken = bool(broken[0])
            continue
        yield _segment(data, begin, ends, before, broken[:-1], in_order and not (last == stop and is_open))
        begin, commas, is_broken, in_order = int(ends[-1]) + 1, commas - int(before[-1]), bool(broken[-1]), True


def _signs(data: Buffer, start: int, first: int, last: int, marks: tuple[int, int | None], is_open: int) -> _Signs:
    # No view of the mapped file may outlive this call: a mapping that is looked at cannot be closed.
    codes = np.frombuffer(data, np.uint8)
    block = codes[first:last]
    comma, quote = marks
    newlines = np.flatnonzero(block == NEWLINE) + first
    commas = np.flatnonzero(block == comma) + first
    inside = newlines[:0]
    if quote is None or (not is_open and data.find(bytes([quote]), first, last) < 0):
        return _Signs(newlines, commas, inside, 0, True)
    quotes = np.flatnonzero(block == quote) + first
    is_outside = (np.searchsorted(quotes, newlines) + is_open) % 2 == 0
    newlines, inside = newlines[is_outside], newlines[~is_outside]
    commas = commas[(np.searchsorted(quotes, commas) + is_open) % 2 == 0]
    in_order = _quotes_in_order(codes, start, quotes, is_open, comma)
    return _Signs(newlines, commas, inside, (is_open + quotes.size) % 2, in_order)


def _quotes_in_order(codes: NDArray[np.uint8], start: int, quotes: Offsets, is_open: int, comma: int) -> bool:
    is_opening = (np.arange(quotes.size) + is_open) % 2 == 0
    opening, closing = quotes[is_opening], quotes[~is_opening]
    before = codes[np.maximum(opening - 1, 0)]
    mark = codes[quotes[0]] if quotes.size else 0
    good = (opening == start) | (before == comma) | (before == NEWLINE) | (before == mark)
    after = codes[np.minimum(closing + 1, codes.size - 1)]
    then = np.where(closing + 2 < codes.size, codes[np.minimum(closing + 2, codes.size - 1)], NEWLINE)
    ends_line = (closing == codes.size - 1) | (after == NEWLINE) | ((after == RETURN) & (then == NEWLINE))
    closes = ends_line | (after == comma) | (after == mark)
    return bool(good.all() and closes.all())


def _segment(
    data: Buffer, begin: int, ends: Offsets, before: Offsets, broken: NDArray[np.bool_], in_order: bool
) -> Scan:
    codes = np.frombuffer(data, np.uint8)
    starts = np.concatenate(([begin], ends[:-1] + 1))
    fields = np.diff(before, prepend=0) + 1
    stop = min(int(ends[-1]) + 1, codes.size)
    ends = ends - ((ends > starts) & (codes[np.maximum(ends - 1, 0)] == RETURN))
    full = ~_blank(codes, starts, ends, fields)
    blank = int(full.size - np.count_nonzero(full))
    if blank:
        starts, ends, fields, broken = starts[full], ends[full], fields[full], broken[full]
    return Scan(begin, stop, starts, ends, fields, broken, blank, in_order)


def _blank(codes: NDArray[np.uint8], starts: Offsets, ends: Offsets, fields: Offsets) -> NDArray[np.bool_]:
    blank: NDArray[np.bool_] = np.equal(starts, ends)
    head = codes[np.minimum(starts, codes.size - 1)]
    maybe = np.flatnonzero(~blank & (fields == 1) & ((head == SPACE) | (head == TAB) | (head == RETURN)))
    for index in maybe:
        blank[index] = not codes[starts[index] : ends[index]].tobytes().strip(b" \t\r")
    return blank
