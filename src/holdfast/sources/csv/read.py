"""Delimited text to rows: the fast way where the file is in order, otherwise strictly, record by record.

A first look over the file counts its records and settles how it is read; only then the first part is given out.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.chunks import Parts, Piece, Pile
from holdfast.sources.csv.counts import Survey, Tally
from holdfast.sources.csv.dialect import WHITESPACE, Columns, Layout, columns_of, header_at, layout_of
from holdfast.sources.csv.dialect_guess import guess_layout
from holdfast.sources.csv.fast import sound_pieces
from holdfast.sources.csv.scan import scan
from holdfast.sources.csv.strict import strict_records
from holdfast.sources.csv.whitespace import blanks_pieces, scan_blanks
from holdfast.sources.encoding import Text, as_utf8, let_go
from holdfast.sources.formats import OpenedFile
from holdfast.sources.results import Parsed, Preview
from holdfast.table_settings import ReadSettings

WHOLE = 256 * 2**20  # bytes; a larger file is previewed in three places and its records are estimated
PIECE = 16 * 2**20


def read(file: OpenedFile, settings: ReadSettings, where: str) -> tuple[Parsed]:
    """All records of a delimited file: kept as text, or set aside with the reason.

    Raises:
        HoldfastError: no record at all, a header that cannot be used, or not one record that fits it.
    """
    text, layout = _as_laid_out(file, settings, where)
    return (_whole(text, layout, where),)


def batches(file: OpenedFile, settings: ReadSettings, where: str, rows: int) -> Iterator[Parsed]:
    """The records of a delimited file as `read` gives them, so many at a time; notes come with the last ones."""
    text, layout = _as_laid_out(file, settings, where)
    return _batches(text, layout, where, rows)


def preview(file: OpenedFile, where: str) -> tuple[Preview]:
    """How a delimited file is read when nothing is set; of a large one by its begin, its middle and its end."""
    text = as_utf8(file.data, None, where)
    guess = guess_layout(text, ReadSettings())
    evidence = (f"encoding: {text.encoding}", *guess.evidence)
    layout = layout_of(guess.settings, where)
    if len(text.data) <= WHOLE:
        return (Preview(guess.settings, _whole(text, layout, where), evidence),)
    sample = _sample(text)
    parsed = _whole(Text(sample, 0, text.encoding, text.notes), layout, where)
    records = round(parsed.rows_read * len(text.data) / len(sample))
    estimate = f"records: estimated from {len(sample):,} of {len(text.data):,} bytes"
    return (Preview(guess.settings, parsed, (*evidence, estimate), records),)


def _sample(text: Text) -> bytes:
    """The first lines of a file, and whole lines from its middle and its end."""
    size = len(text.data)
    head = text.data[text.start : text.start + PIECE]
    pieces = [head[: head.rfind(b"\n") + 1]]
    for begin in (size // 2, size - PIECE):
        piece = text.data[begin : begin + PIECE]
        pieces.append(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1])
    return b"".join(pieces)


def _as_laid_out(file: OpenedFile, settings: ReadSettings, where: str) -> tuple[Text, Layout]:
    text = as_utf8(file.data, settings.encoding, where)
    return text, layout_of(guess_layout(text, settings).settings, where)


def _whole(text: Text, layout: Layout, where: str) -> Parsed:
    (whole,) = _batches(text, layout, where, sys.maxsize)
    return whole


def _batches(text: Text, layout: Layout, where: str, rows: int) -> Iterator[Parsed]:
    """The records of a delimited file, so many at a time.

    Args:
        text: the file.
        layout: how it is written.
        where: the file, for messages.
        rows: how many records there are in each part but the last, which may have fewer, and none.

    Returns:
        Parts in order; records are numbered from 1 in each. The last one has the notes of the whole file.

    Raises:
        HoldfastError: as `read`; that not one record fits the header is known after the last.
    """
    columns, pieces, said = _settled(text, layout, where)
    parts = Parts(columns.names, rows)
    known = Parsed(pl.DataFrame(), (), 0, text.encoding, layout.delimiter, header_row=layout.header_row)
    for piece in pieces:
        for part in parts.add(piece):
            yield replace(known, rows=part.rows, set_aside=part.set_aside, rows_read=part.records)
    if parts.read and not parts.kept:
        raise HoldfastError(
            f"{where}: none of its {parts.read:,} records fits its {len(columns.names)} columns; "
            f"the first: {parts.first_fault}.",
            fix="Check read.delimiter and read.header_row in holdfast.yaml.",
        )
    part, notes = parts.last(), [*text.notes, *columns.notes, *said]
    if parts.stray:
        notes.append(f"{parts.stray:,} records hold a quote inside a field that is not quoted; kept as written")
    if parts.broken:
        notes.append(f"{parts.broken:,} records hold line breaks inside quotes; they were kept")
    yield replace(known, rows=part.rows, set_aside=part.set_aside, rows_read=part.records, notes=tuple(notes))


def _settled(text: Text, layout: Layout, where: str) -> tuple[Columns, Iterator[Piece], list[str]]:
    """How a file is read: its columns, its records, what to say of it."""
    header = header_at(text, layout, where)
    survey = Survey(Tally(header.places if header else (text.start,)))
    set_apart = layout.delimiter == WHITESPACE
    survey.take(scan_blanks(text) if set_apart else scan(text.data, text.start, layout.delimiter, layout.quote))
    if not any(stretch.records for stretch in survey.stretches):
        raise HoldfastError(f"{where}: holds no record, only blanks.", fix="Export it again, or take it off the list.")
    columns = columns_of(text, layout, header, survey.tally, where)
    first = survey.tally.next_start(columns.start)
    cuts_a_record = first is not None and bool(text.data[columns.start : first].strip())  # the header's quotes do
    if not survey.in_order or cuts_a_record:
        said = ["quotes are not in order somewhere, so the file was read strictly, record by record"]
        return columns, _strict_pieces(text, layout, columns), said
    said = [f"{survey.blank:,} blank lines were passed over"] if survey.blank else []
    if set_apart:
        return columns, blanks_pieces(text, survey, columns), said
    return columns, sound_pieces(text, layout, survey, columns), said


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
