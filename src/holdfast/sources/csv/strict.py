"""Reading a damaged delimited file strictly, record by record: each is a row or is set aside.

A quote that never closes costs its own line, not the rest of the file: reading goes on at the next line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.sources.encoding import Buffer

LONGEST_QUOTED = 256 * 1024  # bytes; a quoted field that runs on for longer is taken as never closed


@dataclass(frozen=True)
class Record:
    """A record's bytes: its fields, or why it has none."""

    start: int
    end: int
    line: int  # 1-based number of its first line
    fields: tuple[bytes, ...]
    fault: str = ""
    has_stray_quote: bool = False
    spans_lines: bool = False


class _Grammar:
    def __init__(self, delimiter: str, quote: str) -> None:
        mark, comma = re.escape(quote.encode()), re.escape(delimiter.encode())
        self.delimiter, self.quote = delimiter.encode(), quote.encode()
        self.quoted = re.compile(mark + b"[^" + mark + b"]*+(?:" + mark * 2 + b"[^" + mark + b"]*+)*+" + mark)
        self.bare = re.compile(b"[^" + comma + b"\n]*+")
        self.line_end = re.compile(b"\r*(?:\n|\\Z)")


def strict_records(
    data: Buffer, start: int, delimiter: str, quote: str | None, expected: int | None
) -> Iterator[Record]:
    """Every record from `start` on that is not blank; with a fault where it lacks the `expected` fields (None: any)."""
    grammar = _Grammar(delimiter, quote or "\x00")
    offset, line = start, 0
    while offset < len(data):
        line += 1
        stop = data.find(b"\n", offset)
        stop = len(data) if stop < 0 else stop
        content = data[offset:stop].rstrip(b"\r")
        if not content.strip(b" \t\r") and grammar.delimiter not in content:
            offset = stop + 1
            continue
        if quote is None or grammar.quote not in content:
            fields, end, fault, stray = content.split(grammar.delimiter), stop, "", False
        else:
            fields, end, fault, stray = _with_quotes(data, offset, grammar)
        if end != stop and expected and (len(fields) != expected or _swallows(data, stop + 1, end, grammar, expected)):
            fault = fault or "a quoted field is not closed on its line"
        if not fault and expected and len(fields) != expected:
            fault = f"{len(fields)} fields instead of {expected}"
        if fault:
            yield Record(offset, offset + len(content), line, (), fault)
            offset = stop + 1
            continue
        yield Record(offset, end, line, tuple(fields), has_stray_quote=stray, spans_lines=end != stop)
        line += data[stop:end].count(b"\n") if end != stop else 0
        offset = end + 1


def _with_quotes(data: Buffer, offset: int, grammar: _Grammar) -> tuple[list[bytes], int, str, bool]:
    fields: list[bytes] = []
    has_stray = False
    while True:
        if data[offset : offset + 1] == grammar.quote:
            match = grammar.quoted.match(data, offset, min(offset + LONGEST_QUOTED, len(data)))
            if match is None:
                return fields, offset, "a quoted field is not closed", has_stray
            value = match.group()[1:-1].replace(grammar.quote * 2, grammar.quote)
        else:
            match = grammar.bare.match(data, offset)
            if match is None:
                return fields, offset, "not readable", has_stray
            value = match.group()
            has_stray = has_stray or grammar.quote in value
        offset = match.end()
        if data[offset : offset + 1] == grammar.delimiter:
            fields.append(value)
            offset += 1
            continue
        ended = grammar.line_end.match(data, offset)
        if ended is None:
            return fields, offset, "text stands between a closing quote and the next delimiter", has_stray
        fields.append(value if value.endswith(grammar.quote) else value.rstrip(b"\r"))
        return fields, ended.end() - ended.group().endswith(b"\n"), "", has_stray


def _swallows(data: Buffer, start: int, end: int, grammar: _Grammar, expected: int) -> bool:
    """Whether a line inside a quoted field would be a whole record by itself: then the quote is the damage."""
    if expected < 3:  # free words hold one delimiter often enough
        return False
    return any(line.count(grammar.delimiter) == expected - 1 for line in data[start:end].split(b"\n"))
