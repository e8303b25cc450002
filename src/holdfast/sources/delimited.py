"""Delimited text to rows: the fast way where the file is in order, otherwise strictly, record by record."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.encoding import Text
from holdfast.sources.layout import WHITESPACE, Columns, Layout, columns_of, count_fault
from holdfast.sources.records import Parsed, SetAside
from holdfast.sources.recovery import strict_records
from holdfast.sources.scan import scan
from holdfast.sources.sound import read_sound

ROWS_AT_ONCE = 50_000


def read_delimited(text: Text, layout: Layout, where: str) -> Parsed:
    """All records of a delimited file: kept as text, or set aside with the reason.

    Raises:
        HoldfastError: no record at all, a header that cannot be used, or not one record that fits it.
    """
    parsed = _read_blanks(text, layout, where) if layout.delimiter == WHITESPACE else _read(text, layout, where)
    if parsed.rows_read and not parsed.rows.height:
        raise HoldfastError(
            f"{where}: none of its {parsed.rows_read:,} records fits its {parsed.rows.width} columns; "
            f"the first: {parsed.set_aside[0].reason}.",
            mend="Check read.delimiter and read.header_row in holdfast.yaml.",
        )
    return replace(
        parsed,
        encoding=text.encoding,
        delimiter=layout.delimiter,
        header_row=layout.header_row,
        notes=(*text.notes, *parsed.notes),
    )


def _read(text: Text, layout: Layout, where: str) -> Parsed:
    found = scan(text.data, text.start, layout.delimiter, layout.quote)
    if not found.records:
        raise _nothing(where)
    columns = columns_of(text, layout, found.fields, found.starts, where)
    sound = read_sound(text, layout, found, columns) if found.in_order else None
    return sound or _read_strictly(text, layout, columns)


@dataclass
class _Pile:
    """Rows gathered into tables a part at a time."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    parts: list[pl.DataFrame] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    read: int = 0

    def keep(self, row: tuple[str, ...]) -> None:
        self.read += 1
        self.rows.append(row)
        if len(self.rows) == ROWS_AT_ONCE:
            self.close_part()

    def lay_aside(self, reason: str, content: str) -> None:
        self.read += 1
        self.set_aside.append(SetAside(self.read, reason, content))

    def close_part(self) -> None:
        schema = dict.fromkeys(self.names, pl.String())
        self.parts.append(pl.DataFrame(self.rows, schema=schema, orient="row"))
        self.rows = []

    def parsed(self, notes: Iterable[str]) -> Parsed:
        self.close_part()
        return Parsed(pl.concat(self.parts), tuple(self.set_aside), self.read, notes=tuple(notes))


def _read_strictly(text: Text, layout: Layout, columns: Columns) -> Parsed:
    pile = _Pile(columns.names)
    stray = broken = 0
    for record in strict_records(text.data, columns.start, layout.delimiter, layout.quote, len(columns.names)):
        if record.fault:
            pile.lay_aside(record.fault, text.data[record.start : record.end].decode(errors="replace"))
            continue
        stray += record.has_stray_quote
        broken += record.spans_lines
        pile.keep(tuple(value.decode(errors="replace") for value in record.fields))
    notes = [*columns.notes, "quotes are not in order somewhere, so the file was read strictly, record by record"]
    if stray:
        notes.append(f"{stray:,} records hold a quote inside a field that is not quoted; kept as written")
    if broken:
        notes.append(f"{broken:,} records hold line breaks inside quotes; they were kept")
    return pile.parsed(notes)


def _read_blanks(text: Text, layout: Layout, where: str) -> Parsed:
    lines = [line.split() for line in bytes(text.data[text.start :]).decode(errors="replace").split("\n")]
    counts = np.array([len(fields) for fields in lines], np.int64)
    full = counts > 0
    if not full.any():
        raise _nothing(where)
    starts = np.cumsum([0, *(len(line) + 1 for line in bytes(text.data[text.start :]).split(b"\n"))])[:-1] + text.start
    columns = columns_of(text, layout, counts[full], starts[full], where)
    pile = _Pile(columns.names)
    for number, fields in enumerate(lines, start=1):
        if number <= layout.header_row or not fields:
            continue
        if len(fields) == len(columns.names):
            pile.keep(tuple(fields))
        else:
            pile.lay_aside(count_fault(len(fields), len(columns.names)), "\t".join(fields))
    blank = int((~full).sum()) - (not lines[-1])
    notes = [f"{blank:,} blank lines were passed over"] if blank else []
    return pile.parsed((*columns.notes, *notes))


def _nothing(where: str) -> HoldfastError:
    return HoldfastError(f"{where}: holds no record, only blanks.", mend="Export it again, or take it off the list.")
