"""A carriage return alone ends a record, as a newline does, wherever it stands outside quotes; files may mix them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from holdfast.sources.csv.strict import LONGEST_QUOTED
from holdfast.sources.encoding import Buffer, Text, gathered, release_pages

_PIECE = 2**20  # bytes gathered before they are written
_LOOK = 16 * 2**20
_MOST_DOUBLED = 1_000  # quotes inside one quoted field; more are damage, and looking further would take for ever
_SEPARATORS = rb",;\t|"  # a quote opens a field only behind one of these or a line end


def with_newlines(text: Text, quote: str | None) -> Text:
    """The text with every bare carriage return outside quotes as a newline; as long as before.

    Args:
        text: UTF-8.
        quote: the character around texts that hold a delimiter or a line end.
    """
    if not _has_bare_returns(text.data, text.start):
        return text
    counts: list[int] = []
    data = gathered(_converted(text.data, text.start, quote, counts))
    if not sum(counts):
        return text
    note = f"{sum(counts):,} records end in a bare carriage return, others in a newline"
    return replace(text, data=data, notes=(*text.notes, note))


def _has_bare_returns(data: Buffer, start: int) -> bool:
    for begin in range(start, len(data), _LOOK):
        block = data[begin : begin + _LOOK + 1]  # one byte more: the newline of the last return
        stop = min(_LOOK, len(block))
        if block.count(b"\r", 0, stop) != block.count(b"\r\n"):
            return True
        release_pages(data, begin)
    return False


def _converted(data: Buffer, start: int, quote: str | None, counts: list[int]) -> Iterator[bytes]:
    pieces, size, before = [data[:start]], 0, start
    for match in _up_to_a_bare_return(quote).finditer(data, start):
        if match.lastindex is None:  # the end of the file
            break
        end = match.end() - 1
        pieces += (data[before:end], b"\n")
        size += match.end() - before
        before = match.end()
        counts.append(1)
        if size > _PIECE:
            yield b"".join(pieces)
            pieces, size = [], 0
            release_pages(data, before)
    yield b"".join(pieces)
    for begin in range(before, len(data), _PIECE):
        yield data[begin : begin + _PIECE]


def _up_to_a_bare_return(quote: str | None) -> "re.Pattern[bytes]":
    """Matches whatever stands before the next bare return outside quotes, and it; else up to the end of the file.

    It matches wherever it is put, so a file is looked through once.
    """
    if quote is None:
        return re.compile(rb"(?:[^\r]++|\r\n)*+(?:(\r)|\Z)")
    mark, separators = re.escape(quote.encode()), _SEPARATORS
    content = b"[^" + mark + b"]{0,%d}+" % LONGEST_QUOTED
    field = mark + content + b"(?:" + mark * 2 + content + b"){0,%d}+" % _MOST_DOUBLED + mark
    opened = b"(?<![^" + separators + rb"\r\n])" + field + b"(?=[" + separators + rb"\r\n]|\Z)"
    return re.compile(b"(?:[^\r" + mark + b"]++|" + opened + b"|" + mark + rb"|\r\n)*+(?:(\r)|\Z)")
