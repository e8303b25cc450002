"""Reads delimited text: by the fast reader where its quotes are in order, otherwise strictly, record by record.

A first pass counts the records and decides how the file is read; only then the first batch is yielded.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.chunks import Batches, Chunk, RecordBuffer
from holdfast.sources.csv.counts import FieldCounts, FileCounts
from holdfast.sources.csv.dialect import WHITESPACE, Columns, Dialect, columns_of, dialect_of, header_at
from holdfast.sources.csv.dialect_guess import guess_dialect
from holdfast.sources.csv.fast import fast_chunks
from holdfast.sources.csv.line_ends import with_newlines
from holdfast.sources.csv.scan import scan
from holdfast.sources.csv.strict import strict_records
from holdfast.sources.csv.whitespace import scan_whitespace, whitespace_chunks
from holdfast.sources.encoding import Text, as_utf8, release_pages
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
    text, dialect = _with_dialect(file, settings, where)
    return (_whole(text, dialect, where),)


def batches(file: OpenedFile, settings: ReadSettings, where: str, rows: int) -> Iterator[Parsed]:
    """The records of a delimited file as `read` gives them, so many at a time; notes come with the last ones."""
    text, dialect = _with_dialect(file, settings, where)
    return _batches(text, dialect, where, rows)


def preview(file: OpenedFile, where: str) -> tuple[Preview]:
    """How a delimited file is read when nothing is set; a large one is sampled at its begin, middle and end."""
    text = with_newlines(as_utf8(file.data, None, where), ReadSettings().quote)
    guess = guess_dialect(text, ReadSettings())
    evidence = (f"encoding: {text.encoding}", *guess.evidence)
    dialect = dialect_of(guess.settings, where)
    if len(text.data) <= WHOLE:
        return (Preview(guess.settings, _whole(text, dialect, where), evidence, above=guess.above),)
    sample = _sample(text)
    parsed = _whole(Text(sample, 0, text.encoding, text.notes), dialect, where)
    records = round(parsed.rows_read * len(text.data) / len(sample))
    estimate = f"records: estimated from {len(sample):,} of {len(text.data):,} bytes"
    return (Preview(guess.settings, parsed, (*evidence, estimate), records, guess.above),)


def _sample(text: Text) -> bytes:
    """The first lines of a file, and whole lines from its middle and its end."""
    size = len(text.data)
    head = text.data[text.start : text.start + PIECE]
    pieces = [head[: head.rfind(b"\n") + 1]]
    for begin in (size // 2, size - PIECE):
        piece = text.data[begin : begin + PIECE]
        pieces.append(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1])
    return b"".join(pieces)


def _with_dialect(file: OpenedFile, settings: ReadSettings, where: str) -> tuple[Text, Dialect]:
    text = with_newlines(as_utf8(file.data, settings.encoding, where), settings.quote)
    return text, dialect_of(guess_dialect(text, settings).settings, where)


def _whole(text: Text, dialect: Dialect, where: str) -> Parsed:
    (whole,) = _batches(text, dialect, where, sys.maxsize)
    return whole


def _batches(text: Text, dialect: Dialect, where: str, rows: int) -> Iterator[Parsed]:
    """The records of a delimited file, so many at a time.

    Args:
        text: the file.
        dialect: how it is written.
        where: the file, for messages.
        rows: how many records each batch has; the last may have fewer, and none.

    Returns:
        Batches in order; records are numbered from 1 in each. The last one has the notes of the whole file.

    Raises:
        HoldfastError: as `read`; that not one record fits the header is known after the last.
    """
    columns, chunks, findings = _plan(text, dialect, where)
    batches = Batches(columns.names, rows)
    common = Parsed(pl.DataFrame(), (), 0, text.encoding, dialect.delimiter, header_row=dialect.header_row)
    for chunk in chunks:
        for batch in batches.add(chunk):
            yield replace(common, rows=batch.rows, set_aside=batch.set_aside, rows_read=batch.records)
    if batches.read and not batches.rows_kept:
        raise HoldfastError(
            f"{where}: none of its {batches.read:,} records fits its {len(columns.names)} columns; "
            f"the first: {batches.first_fault}.",
            fix="Check read.delimiter and read.header_row in holdfast.yaml.",
        )
    batch, notes = batches.last(), [*text.notes, *columns.notes, *findings]
    if batches.stray:
        notes.append(f"{batches.stray:,} records hold a quote inside a field that is not quoted; kept as written")
    if batches.broken:
        notes.append(f"{batches.broken:,} records hold line breaks inside quotes; they were kept")
    yield replace(common, rows=batch.rows, set_aside=batch.set_aside, rows_read=batch.records, notes=tuple(notes))


def _plan(text: Text, dialect: Dialect, where: str) -> tuple[Columns, Iterator[Chunk], list[str]]:
    """How a file is read: its columns, its records, and notes on it."""
    header = header_at(text, dialect, where)
    counts = FileCounts(FieldCounts(header.offsets if header else (text.start,)))
    by_whitespace = dialect.delimiter == WHITESPACE
    counts.take(
        scan_whitespace(text) if by_whitespace else scan(text.data, text.start, dialect.delimiter, dialect.quote)
    )
    if not any(segment.records for segment in counts.segments):
        raise HoldfastError(f"{where}: holds no record, only blanks.", fix="Export it again, or take it off the list.")
    columns = columns_of(text, dialect, header, counts.field_counts, where)
    first = counts.field_counts.next_start(columns.start)
    cuts_a_record = first is not None and bool(text.data[columns.start : first].strip())  # the header's quotes do
    if not counts.in_order or cuts_a_record:
        findings = ["quotes are not in order somewhere, so the file was read strictly, record by record"]
        return columns, _strict_chunks(text, dialect, columns), findings
    findings = [f"{counts.blank:,} blank lines were skipped"] if counts.blank else []
    if by_whitespace:
        return columns, whitespace_chunks(text, counts, columns), findings
    return columns, fast_chunks(text, dialect, counts, columns), findings


def _strict_chunks(text: Text, dialect: Dialect, columns: Columns) -> Iterator[Chunk]:
    buffer = RecordBuffer(columns.names)
    for record in strict_records(text.data, columns.start, dialect.delimiter, dialect.quote, len(columns.names)):
        if record.fault:
            buffer.reject(record.fault, text.data[record.start : record.end].decode(errors="replace"))
        else:
            buffer.stray += record.has_stray_quote
            buffer.broken += record.spans_lines
            buffer.rows.append(tuple(value.decode(errors="replace") for value in record.fields))
        if buffer.is_full:
            yield buffer.chunk()
            release_pages(text.data, record.end)
    yield buffer.chunk()
