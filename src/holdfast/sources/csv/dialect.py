"""The dialect of a delimited file, its header and the names of its columns."""

from dataclasses import dataclass

import numpy as np

from holdfast.errors import HoldfastError
from holdfast.sources.csv.counts import FieldCounts
from holdfast.sources.csv.headers import column_names
from holdfast.sources.csv.strict import strict_records
from holdfast.sources.encoding import Text
from holdfast.table_settings import ReadSettings

WHITESPACE = "whitespace"
LONGEST_HEADER = 2 * 2**20
WIDER_SHARE = 0.9  # of the records must be wider than the header before it is taken as too short


@dataclass(frozen=True)
class Dialect:
    """How one delimited file is written; nothing left open."""

    delimiter: str  # one ASCII character, or "whitespace"
    quote: str | None
    header_row: int  # 1-based line; 0: none
    names: tuple[str, ...] = ()  # from the settings; they replace those of the header


@dataclass(frozen=True)
class Columns:
    """The names of the columns and where the records begin."""

    names: tuple[str, ...]
    start: int  # byte after the header
    notes: tuple[str, ...] = ()


def dialect_of(settings: ReadSettings, where: str) -> Dialect:
    """The dialect that complete settings describe.

    Raises:
        HoldfastError: a delimiter or quote that is not one ASCII character.
    """
    delimiter = settings.delimiter or ","
    for what, mark in (("delimiter", delimiter), ("quote", settings.quote or '"')):
        if mark != WHITESPACE and (len(mark) != 1 or not mark.isascii() or mark in "\r\n"):
            raise HoldfastError(
                f"{where}: {mark!r} cannot be a {what}: it must be one plain character.",
                fix=f'Set read.{what} in holdfast.yaml to one character, e.g. ";", or leave it out.',
            )
    return Dialect(delimiter, settings.quote, settings.header_row or 0, settings.column_names)


@dataclass(frozen=True)
class Header:
    """Where the header may stand: its line alone, or with the line breaks inside its quotes."""

    begin: int
    line_end: int  # line end not counted
    line: tuple[str, ...]
    record_end: int
    record: tuple[str, ...]  # empty where its quotes do not close

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where records must be counted apart: before the header, after its first byte, after each of its ends."""
        return self.begin, self.begin + 1, self.line_end + 1, self.record_end + 1

    def title(self, usual: int) -> tuple[tuple[str, ...], int]:
        """Its cells and the byte after it, where records usually have so many fields."""
        is_long = self.record_end > self.line_end
        if not self.record or (is_long and len(self.record) != usual):
            return self.line, self.line_end
        return self.record, self.record_end


def header_at(text: Text, dialect: Dialect, where: str) -> Header | None:
    """The header on the line that the dialect names; None where it names none.

    Raises:
        HoldfastError: the file has no such line, or it is blank.
    """
    if not dialect.header_row:
        return None
    begin, end = _line(text, dialect.header_row, where)
    line = text.data[begin:end].decode(errors="replace")
    if dialect.delimiter == WHITESPACE:
        return Header(begin, end, tuple(line.split()), end, ())
    cells = tuple(line.replace(dialect.quote or "", "").split(dialect.delimiter))
    head = text.data[begin : begin + LONGEST_HEADER]
    record = next(strict_records(head, 0, dialect.delimiter, dialect.quote, None))
    if record.fault:
        return Header(begin, end, cells, end, ())
    title = tuple(cell.decode(errors="replace") for cell in record.fields)
    return Header(begin, end, cells, begin + record.end, title)


def columns_of(text: Text, dialect: Dialect, header: Header | None, field_counts: FieldCounts, where: str) -> Columns:
    """The names of the columns and where the first record begins.

    Args:
        text: the file.
        dialect: how it is written.
        header: what `header_at` says.
        field_counts: of all its records, the header as one of them, counted apart at `header.offsets`.
        where: the file, for messages.
    """
    if header is None:
        width = int(np.bincount(field_counts.first_fields).argmax())
        return Columns(column_names(None, dialect.names, width, where), text.start)
    usual = int(field_counts.fields_from(header.begin + 1).argmax())
    title, end = header.title(usual)
    wide, notes = field_counts.fields_from(end + 1), []
    is_short = usual > len(title) and wide[usual : usual + 1].sum() >= WIDER_SHARE * wide.sum()
    if is_short and not dialect.names:
        notes.append(f"the header names {len(title)} of {usual} columns; the last ones are named by their position")
        title = (*title, *("" for _ in range(usual - len(title))))
    above = field_counts.records_before(header.begin)
    if above:
        notes.append(f"{above:,} lines above the header were skipped")
    stop = min(end + 1, len(text.data))
    return Columns(column_names(title, dialect.names, len(title), where), stop, tuple(notes))


def _line(text: Text, number: int, where: str) -> tuple[int, int]:
    """First byte of a line and the byte after its last, line end not counted."""
    begin, size = text.start, len(text.data)
    for passed in range(number - 1):
        end = text.data.find(b"\n", begin)
        if end < 0 or end + 1 >= size:
            raise HoldfastError(
                f"{where}: read.header_row is {number} but the file has {passed + 1} lines.",
                fix="Correct read.header_row in holdfast.yaml; 1 is the first line, 0 means no header.",
            )
        begin = end + 1
    end = text.data.find(b"\n", begin)
    end = size if end < 0 else end
    if not text.data[begin:end].strip():
        raise HoldfastError(
            f"{where}: read.header_row is {number} but that line is blank.",
            fix="Correct read.header_row in holdfast.yaml; 1 is the first line, 0 means no header.",
        )
    return begin, end


def count_fault(fields: int, expected: int) -> str:
    """Why a record with another number of fields is no row."""
    return f"{fields} fields instead of {expected}"
