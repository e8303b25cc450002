"""Delimited text to rows: polars reads what an own count of records proves sound; the rest is read strictly."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.project import ReadSettings
from holdfast.sources.encoding import Buffer, Text
from holdfast.sources.headers import column_names
from holdfast.sources.records import Parsed, SetAside
from holdfast.sources.recovery import strict_records
from holdfast.sources.scan import Scan, scan

WHITESPACE = "whitespace"
PART = 128 * 2**20  # bytes given to the reader at once
ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Layout:
    """How one delimited file is written; nothing left open."""

    delimiter: str  # one ASCII character, or "whitespace"
    quote: str | None
    header_row: int  # 0: none
    names: tuple[str, ...] = ()  # from the settings; they replace those of the header


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


def read_delimited(text: Text, layout: Layout, where: str) -> Parsed:
    """All records of a delimited file: kept as text, or set aside with the reason."""
    parsed = _read_blanks(text, layout, where) if layout.delimiter == WHITESPACE else _read(text, layout, where)
    return replace(
        parsed,
        encoding=text.encoding,
        delimiter=layout.delimiter,
        header_row=layout.header_row,
        notes=(*text.notes, *parsed.notes),
    )


def _read(text: Text, layout: Layout, where: str) -> Parsed:
    found = scan(text.data, text.start, layout.delimiter, layout.quote)
    if found.records == 0:
        raise _nothing(where)
    sound = _read_fast(text, layout, found, where) if found.in_order else None
    return sound or _read_strictly(text, layout, found, where)


def _read_fast(text: Text, layout: Layout, found: Scan, where: str) -> Parsed | None:
    head = int(np.searchsorted(found.lines, layout.header_row)) if layout.header_row else 0
    if layout.header_row and (head >= found.records or found.lines[head] != layout.header_row):
        return None
    skipped = head + 1 if layout.header_row else 0
    title = _first_row(text.data, found, head, layout)
    names = column_names(title if layout.header_row else None, layout.names, len(title), where)
    starts, ends, fields = found.starts[skipped:], found.ends[skipped:], found.fields[skipped:]
    whole = fields == len(names)
    rows = _read_sound(text.data, starts, ends, whole, names, layout)
    if rows is None or rows.height != int(whole.sum()):
        return None
    set_aside = tuple(
        SetAside(
            int(place) + 1, _count_fault(int(fields[place]), len(names)), _words(text.data, starts, ends, int(place))
        )
        for place in np.flatnonzero(~whole)
    )
    notes = _notes(found.blank, head)
    broken = _lines_inside(text.data, starts, ends)
    if broken:
        notes.append(f"{broken:,} line breaks stand inside quotes and were kept")
    return Parsed(rows, set_aside, starts.size, notes=tuple(notes))


def _first_row(data: Buffer, found: Scan, place: int, layout: Layout) -> tuple[str, ...]:
    line = data[int(found.starts[place]) : int(found.ends[place])]
    records = list(strict_records(line, 0, layout.delimiter, layout.quote, int(found.fields[place])))
    if len(records) == 1 and not records[0].fault:
        return tuple(field.decode() for field in records[0].fields)
    return tuple(line.decode(errors="replace").split(layout.delimiter))


def _read_sound(
    data: Buffer,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    whole: NDArray[np.bool_],
    names: tuple[str, ...],
    layout: Layout,
) -> pl.DataFrame | None:
    """The sound records through the fast reader; None where it disagrees with the count."""
    schema = dict.fromkeys(names, pl.String())
    parts = [pl.DataFrame(schema=schema)]
    for first, last in _runs(starts, ends, whole):
        piece = data[int(starts[first]) : int(ends[last])]
        try:
            part = pl.read_csv(
                piece,
                has_header=False,
                schema=schema,
                separator=layout.delimiter,
                quote_char=layout.quote,
                empty_string_is_null=False,
            )
        except pl.exceptions.PolarsError:
            return None
        if part.height != last - first + 1 or any(part.null_count().row(0)):
            return None
        parts.append(part)
    return pl.concat(parts)


def _runs(starts: NDArray[np.int64], ends: NDArray[np.int64], whole: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last record of each stretch of sound records without a gap, at most PART bytes long."""
    kept = np.flatnonzero(whole)
    if not kept.size:
        return []
    after_gap = starts[kept[1:]] - ends[kept[:-1]] > 2  # more than a line end lies between
    new_part = starts[kept[1:]] // PART != starts[kept[:-1]] // PART
    cut = np.flatnonzero(after_gap | new_part | (np.diff(kept) > 1))
    first = np.concatenate(([kept[0]], kept[cut + 1]))
    last = np.concatenate((kept[cut], [kept[-1]]))
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _lines_inside(data: Buffer, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> int:
    if not starts.size:
        return 0
    codes = np.frombuffer(data, np.uint8)
    every = sum(
        int(np.count_nonzero(codes[place : place + PART] == 10)) for place in range(int(starts[0]), codes.size, PART)
    )
    gaps = codes[int(ends[-1]) :]
    outside = starts.size - 1 + int(np.count_nonzero(gaps == 10))
    between = starts[1:] - ends[:-1]
    for place in np.flatnonzero(between > 2):  # blank lines lie in these gaps
        outside += int(np.count_nonzero(codes[int(ends[place]) : int(starts[place + 1])] == 10)) - 1
    return every - outside


def _read_strictly(text: Text, layout: Layout, found: Scan, where: str) -> Parsed:
    head, width = _strict_header(text, layout, found)
    names = column_names(head if layout.header_row else None, layout.names, width, where)
    rows: list[tuple[str, ...]] = []
    parts = [_frame(rows, names)]
    set_aside: list[SetAside] = []
    read = stray = above = lines_inside = 0
    for record in strict_records(text.data, text.start, layout.delimiter, layout.quote, len(names)):
        if record.line <= layout.header_row:
            above += 1
            continue
        read += 1
        if record.fault:
            set_aside.append(
                SetAside(read, record.fault, text.data[record.start : record.end].decode(errors="replace"))
            )
            continue
        stray += record.has_stray_quote
        lines_inside += text.data[record.start : record.end].count(b"\n")
        rows.append(tuple(field.decode(errors="replace") for field in record.fields))
        if len(rows) >= ROWS_AT_ONCE:
            parts.append(_frame(rows, names))
            rows = []
    parts.append(_frame(rows, names))
    notes = _notes(0, max(above - 1, 0))
    if stray:
        notes.append(f"{stray:,} records hold a quote inside a field that is not quoted; kept as written")
    if lines_inside:
        notes.append(f"{lines_inside:,} line breaks stand inside quotes and were kept")
    notes.append("quotes are damaged somewhere in this file, so it was read strictly, record by record")
    return Parsed(pl.concat(parts), tuple(set_aside), read, notes=tuple(notes))


def _strict_header(text: Text, layout: Layout, found: Scan) -> tuple[tuple[str, ...], int]:
    if layout.names and not layout.header_row:
        return (), len(layout.names)
    wanted = max(layout.header_row, 1)
    stop, line = text.start, 0
    size = len(text.data)
    while stop < size:
        begin = stop
        end = text.data.find(b"\n", begin)
        stop = size if end < 0 else end + 1
        line += 1
        content = text.data[begin:stop].strip(b"\r\n")
        if line < wanted or (layout.header_row == 0 and not content.strip()):
            continue
        fields = content.count(layout.delimiter.encode()) + 1
        one = list(strict_records(content, 0, layout.delimiter, layout.quote, fields))
        if len(one) == 1 and not one[0].fault:
            title = tuple(field.decode(errors="replace") for field in one[0].fields)
        else:
            title = tuple(content.decode(errors="replace").replace(layout.quote or "", "").split(layout.delimiter))
        if layout.header_row:
            return title, len(title)
        usual = int(np.bincount(found.fields[:1000]).argmax()) if found.records else len(title)
        return title, usual
    return (), 0


def _frame(rows: list[tuple[str, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")


def _read_blanks(text: Text, layout: Layout, where: str) -> Parsed:
    names: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    parts: list[pl.DataFrame] = []
    set_aside: list[SetAside] = []
    read = blank = line = 0
    stop, size = text.start, len(text.data)
    while stop < size:
        begin = stop
        end = text.data.find(b"\n", begin)
        stop = size if end < 0 else end + 1
        line += 1
        content = text.data[begin:stop].decode(errors="replace").rstrip("\r\n")
        fields = tuple(content.split())
        if line < layout.header_row:
            continue
        if not fields:
            blank += 1
            continue
        if not names:
            names = column_names(fields if layout.header_row else None, layout.names, len(fields), where)
            parts.append(_frame([], names))
            if layout.header_row:
                continue
        read += 1
        if len(fields) != len(names):
            set_aside.append(SetAside(read, _count_fault(len(fields), len(names)), content))
            continue
        rows.append(fields)
        if len(rows) >= ROWS_AT_ONCE:
            parts.append(_frame(rows, names))
            rows = []
    if not names:
        raise _nothing(where)
    parts.append(_frame(rows, names))
    return Parsed(pl.concat(parts), tuple(set_aside), read, notes=tuple(_notes(blank, max(layout.header_row - 1, 0))))


def _notes(blank: int, above: int) -> list[str]:
    notes = [f"{above:,} lines above the header were passed over"] if above else []
    return [*notes, f"{blank:,} blank lines were passed over"] if blank else notes


def _count_fault(fields: int, expected: int) -> str:
    return f"{fields} fields instead of {expected}"


def _words(data: Buffer, starts: NDArray[np.int64], ends: NDArray[np.int64], place: int) -> str:
    return data[int(starts[place]) : int(ends[place])].decode(errors="replace")


def _nothing(where: str) -> HoldfastError:
    return HoldfastError(f"{where}: holds no record, only blanks.", mend="Export it again, or take it off the list.")
