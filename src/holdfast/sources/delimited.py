"""Delimited text to rows: the fast way where the file is in order, otherwise strictly, record by record.

A first look over the file counts its records and settles how it is read; only then the first part is given out.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.encoding import Text, let_go
from holdfast.sources.layout import WHITESPACE, Columns, Layout, columns_of, count_fault, header_at
from holdfast.sources.pieces import Parts, Piece, Pile
from holdfast.sources.records import Parsed
from holdfast.sources.recovery import strict_records
from holdfast.sources.scan import scan
from holdfast.sources.sound import sound_pieces
from holdfast.sources.survey import Survey, Tally

LINES = 2**20  # bytes of lines split together where blanks set the columns apart

# How a file is read, settled before its first record is given out: its columns, its records, what to say of it.
_Reading = tuple[Columns, Iterator[Piece], list[str]]


def read_delimited(text: Text, layout: Layout, where: str) -> Parsed:
    """All records of a delimited file: kept as text, or set aside with the reason.

    Raises:
        HoldfastError: no record at all, a header that cannot be used, or not one record that fits it.
    """
    (whole,) = delimited_parts(text, layout, where, sys.maxsize)
    return whole


def delimited_parts(text: Text, layout: Layout, where: str, rows: int) -> Iterator[Parsed]:
    """The records of a delimited file as `read_delimited` gives them, so many at a time.

    Args:
        text: the file.
        layout: how it is written.
        where: the file, for messages.
        rows: how many records there are in each part but the last, which may have fewer, and none.

    Returns:
        Parts in order; records are numbered from 1 in each. The last one has the notes of the whole file.

    Raises:
        HoldfastError: as `read_delimited`; that not one record fits the header is known after the last.
    """
    read = _blanks if layout.delimiter == WHITESPACE else _in_order_or_not
    columns, pieces, said = read(text, layout, where)
    parts = Parts(columns.names, rows)
    known = Parsed(pl.DataFrame(), (), 0, text.encoding, layout.delimiter, header_row=layout.header_row)
    for piece in pieces:
        for part in parts.add(piece):
            yield replace(known, rows=part.rows, set_aside=part.set_aside, rows_read=part.records)
    if parts.read and not parts.kept:
        raise HoldfastError(
            f"{where}: none of its {parts.read:,} records fits its {len(columns.names)} columns; "
            f"the first: {parts.first_fault}.",
            mend="Check read.delimiter and read.header_row in holdfast.yaml.",
        )
    part, notes = parts.last(), [*text.notes, *columns.notes, *said]
    if parts.stray:
        notes.append(f"{parts.stray:,} records hold a quote inside a field that is not quoted; kept as written")
    if parts.broken:
        notes.append(f"{parts.broken:,} records hold line breaks inside quotes; they were kept")
    yield replace(known, rows=part.rows, set_aside=part.set_aside, rows_read=part.records, notes=tuple(notes))


def _in_order_or_not(text: Text, layout: Layout, where: str) -> _Reading:
    header = header_at(text, layout, where)
    survey = Survey(Tally(header.places if header else (text.start,)))
    survey.take(scan(text.data, text.start, layout.delimiter, layout.quote))
    if not any(stretch.records for stretch in survey.stretches):
        raise _nothing(where)
    columns = columns_of(text, layout, header, survey.tally, where)
    first = survey.tally.next_start(columns.start)
    cuts_a_record = first is not None and bool(text.data[columns.start : first].strip())  # the header's quotes do
    if survey.in_order and not cuts_a_record:
        return columns, sound_pieces(text, layout, survey, columns), _of_blank(survey.blank)
    said = ["quotes are not in order somewhere, so the file was read strictly, record by record"]
    return columns, _strict_pieces(text, layout, columns), said


def _strict_pieces(text: Text, layout: Layout, columns: Columns) -> Iterator[Piece]:
    pile = Pile(columns.names)
    for record in strict_records(text.data, columns.start, layout.delimiter, layout.quote, len(columns.names)):
        if record.fault:
            pile.lay_aside(record.fault, text.data[record.start : record.end].decode(errors="replace"))
        else:
            pile.stray += record.has_stray_quote
            pile.broken += record.spans_lines
            pile.rows.append(tuple(value.decode(errors="replace") for value in record.fields))
        if pile.is_full:
            yield pile.piece()
            let_go(text.data, record.end)
    yield pile.piece()


def _blanks(text: Text, layout: Layout, where: str) -> _Reading:
    header = header_at(text, layout, where)
    tally, blank = Tally(header.places if header else (text.start,)), 0
    for lines in _split_lines(text):
        counts = np.array([len(fields) for _, fields in lines], np.int64)
        full = counts > 0
        tally.add(np.array([start for start, _ in lines], np.int64)[full], counts[full])
        blank += int(full.size - np.count_nonzero(full))
    if not tally.first_fields.size:
        raise _nothing(where)
    columns = columns_of(text, layout, header, tally, where)
    return columns, _blanks_pieces(text, columns), _of_blank(blank)


def _blanks_pieces(text: Text, columns: Columns) -> Iterator[Piece]:
    pile = Pile(columns.names)
    for lines in _split_lines(text):
        for start, fields in lines:
            if start < columns.start or not fields:
                continue
            if len(fields) == len(columns.names):
                pile.rows.append(tuple(fields))
            else:
                pile.lay_aside(count_fault(len(fields), len(columns.names)), "\t".join(fields))
            if pile.is_full:
                yield pile.piece()
    yield pile.piece()


def _split_lines(text: Text) -> Iterator[list[tuple[int, list[str]]]]:
    """First byte and fields of each line, of some lines at a time."""
    begin = text.start
    while begin < len(text.data):
        stop = text.data.rfind(b"\n", begin, begin + LINES) + 1 or text.data.find(b"\n", begin) + 1 or len(text.data)
        found = []
        for line in text.data[begin:stop].removesuffix(b"\n").split(b"\n"):
            found.append((begin, line.decode(errors="replace").split()))
            begin += len(line) + 1
        yield found
        let_go(text.data, stop)


def _of_blank(lines: int) -> list[str]:
    return [f"{lines:,} blank lines were passed over"] if lines else []


def _nothing(where: str) -> HoldfastError:
    return HoldfastError(f"{where}: holds no record, only blanks.", mend="Export it again, or take it off the list.")
