"""How one delimited file is written, and what follows from it for its first line."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.project import ReadSettings
from holdfast.sources.encoding import Text
from holdfast.sources.headers import column_names
from holdfast.sources.recovery import strict_records

WHITESPACE = "whitespace"
LONGEST_HEADER = 2 * 2**20
WIDER_SHARE = 0.9  # of the records must be wider than the header before it is taken as too short


@dataclass(frozen=True)
class Layout:
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


def layout_of(settings: ReadSettings, where: str) -> Layout:
    """The layout that complete settings describe.

    Raises:
        HoldfastError: a delimiter or quote that is not one ASCII character.
    """
    delimiter = settings.delimiter or ","
    for what, mark in (("delimiter", delimiter), ("quote", settings.quote or '"')):
        if mark != WHITESPACE and (len(mark) != 1 or not mark.isascii() or mark in "\r\n"):
            raise HoldfastError(
                f"{where}: {mark!r} cannot be a {what}: it must be one plain character.",
                mend=f'Set read.{what} in holdfast.yaml to one character, e.g. ";", or leave it out.',
            )
    return Layout(delimiter, settings.quote, settings.header_row or 0, settings.column_names)


def columns_of(text: Text, layout: Layout, fields: NDArray[np.int64], starts: NDArray[np.int64], where: str) -> Columns:
    """Names and the place of the first record.

    Args:
        text: the file.
        layout: how it is written.
        fields: (n,) number of fields of each record found, header and all.
        starts: (n,) first byte of each record found.
        where: the file, for messages.
    """
    if not layout.header_row:
        width = int(np.bincount(fields[:1000]).argmax())
        return Columns(column_names(None, layout.names, width, where), text.start)
    begin, end = _line(text, layout.header_row, where)
    usual = int(np.bincount(fields[starts > begin]).argmax()) if (starts > begin).any() else 0
    title, end = _title(text, begin, end, layout, usual)
    wide, notes = fields[starts >= end], []
    is_short = usual > len(title) and np.count_nonzero(wide == usual) >= WIDER_SHARE * wide.size
    if is_short and not layout.names:
        notes.append(f"the header names {len(title)} of {usual} columns; the last ones are named by their place")
        title = (*title, *("" for _ in range(usual - len(title))))
    above = int(np.count_nonzero(starts < begin))
    if above:
        notes.append(f"{above:,} lines above the header were passed over")
    stop = min(end + 1, len(text.data))
    return Columns(column_names(title, layout.names, len(title), where), stop, tuple(notes))


def _line(text: Text, number: int, where: str) -> tuple[int, int]:
    """First byte of a line and the byte after its last, line end not counted."""
    begin, size = text.start, len(text.data)
    for passed in range(number - 1):
        end = text.data.find(b"\n", begin)
        if end < 0 or end + 1 >= size:
            raise HoldfastError(
                f"{where}: read.header_row is {number} but the file has {passed + 1} lines.",
                mend="Correct read.header_row in holdfast.yaml; 1 is the first line, 0 means no header.",
            )
        begin = end + 1
    end = text.data.find(b"\n", begin)
    end = size if end < 0 else end
    if not text.data[begin:end].strip():
        raise HoldfastError(
            f"{where}: read.header_row is {number} but that line is blank.",
            mend="Correct read.header_row in holdfast.yaml; 1 is the first line, 0 means no header.",
        )
    return begin, end


def _title(text: Text, begin: int, end: int, layout: Layout, usual: int) -> tuple[tuple[str, ...], int]:
    """The header's cells and the byte after it; it may hold line breaks inside quotes."""
    line = text.data[begin:end]
    if layout.delimiter == WHITESPACE:
        return tuple(line.decode(errors="replace").split()), end
    piece = text.data[begin : begin + LONGEST_HEADER]
    record = next(strict_records(piece, 0, layout.delimiter, layout.quote, None))
    if record.fault or (record.spans_lines and len(record.fields) != usual):
        return tuple(line.decode(errors="replace").replace(layout.quote or "", "").split(layout.delimiter)), end
    return tuple(cell.decode(errors="replace") for cell in record.fields), begin + record.end


def count_fault(fields: int, expected: int) -> str:
    """Why a record with another number of fields is no row."""
    return f"{fields} fields instead of {expected}"
