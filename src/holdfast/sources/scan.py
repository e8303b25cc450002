"""Where records begin and end in a delimited file: an own quote-aware count that every reader must match."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.sources.encoding import Buffer

BLOCK = 16 * 2**20
NEWLINE, RETURN, SPACE, TAB = 10, 13, 32, 9


@dataclass(frozen=True)
class Scan:
    """The records of a file, blank lines left out."""

    starts: NDArray[np.int64]  # (n,) first byte
    ends: NDArray[np.int64]  # (n,) after the last byte, line end not counted
    fields: NDArray[np.int64]  # (n,)
    blank: int
    in_order: bool  # every quote opens or closes a field and the last one closes

    @property
    def records(self) -> int:
        return int(self.starts.size)


def scan(data: Buffer, start: int, delimiter: str, quote: str | None) -> Scan:
    """Find all records in one pass over the bytes, a block at a time."""
    codes = np.frombuffer(data, np.uint8)
    comma, mark = ord(delimiter), ord(quote) if quote else -1
    ends: list[NDArray[np.int64]] = []
    commas: list[NDArray[np.int64]] = []
    open_quotes, seen, in_order = 0, 0, True
    for first in range(start, codes.size, BLOCK):
        block = codes[first : first + BLOCK]
        newline = np.flatnonzero(block == NEWLINE) + first
        comma_at = np.flatnonzero(block == comma) + first
        quotes = np.flatnonzero(block == mark) + first if quote else newline[:0]
        if quotes.size or open_quotes:
            newline = newline[(np.searchsorted(quotes, newline) + open_quotes) % 2 == 0]
            comma_at = comma_at[(np.searchsorted(quotes, comma_at) + open_quotes) % 2 == 0]
            in_order = in_order and _well_placed(codes, start, quotes, open_quotes, comma)
            open_quotes = (open_quotes + quotes.size) % 2
        ends.append(newline)
        commas.append(seen + np.searchsorted(comma_at, newline))
        seen += comma_at.size
    last = next((int(found[-1]) + 1 for found in reversed(ends) if found.size), start)
    if last < codes.size:
        ends.append(np.array([codes.size]))
        commas.append(np.array([seen]))
    end = np.concatenate(ends).astype(np.int64) if ends else np.empty(0, np.int64)
    before = np.concatenate(commas).astype(np.int64) if commas else np.empty(0, np.int64)
    begin = np.concatenate(([start], end[:-1] + 1)).astype(np.int64) if end.size else end
    fields = np.diff(before, prepend=0) + 1
    if end.size:
        end = end - ((end > begin) & (codes[np.maximum(end - 1, 0)] == RETURN))
    full = ~_blank(codes, begin, end, fields)
    return Scan(begin[full], end[full], fields[full], int((~full).sum()), in_order and open_quotes == 0)


def _well_placed(codes: NDArray[np.uint8], start: int, quotes: NDArray[np.int64], open_quotes: int, comma: int) -> bool:
    is_opening = (np.arange(quotes.size) + open_quotes) % 2 == 0
    opening, closing = quotes[is_opening], quotes[~is_opening]
    before = codes[np.maximum(opening - 1, 0)]
    mark = codes[quotes[0]] if quotes.size else 0
    good = (opening == start) | (before == comma) | (before == NEWLINE) | (before == mark)
    after = codes[np.minimum(closing + 1, codes.size - 1)]
    then = np.where(closing + 2 < codes.size, codes[np.minimum(closing + 2, codes.size - 1)], NEWLINE)
    ends_line = (closing == codes.size - 1) | (after == NEWLINE) | ((after == RETURN) & (then == NEWLINE))
    closes = ends_line | (after == comma) | (after == mark)
    return bool(good.all() and closes.all())


def _blank(
    codes: NDArray[np.uint8], begin: NDArray[np.int64], end: NDArray[np.int64], fields: NDArray[np.int64]
) -> NDArray[np.bool_]:
    blank: NDArray[np.bool_] = np.equal(begin, end)
    if codes.size:
        head = codes[np.minimum(begin, codes.size - 1)]
        maybe = np.flatnonzero(~blank & (fields == 1) & ((head == SPACE) | (head == TAB) | (head == RETURN)))
        for place in maybe:
            blank[place] = not codes[begin[place] : end[place]].tobytes().strip(b" \t\r")
    return blank
