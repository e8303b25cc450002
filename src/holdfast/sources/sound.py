"""The fast way for files whose quotes are in order: an own count of records, values by polars, both must agree."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.sources.encoding import Buffer, Text
from holdfast.sources.layout import Columns, Layout, count_fault
from holdfast.sources.records import Parsed, SetAside
from holdfast.sources.scan import RETURN, Scan

PART = 128 * 2**20  # bytes given to the reader at once


def read_sound(text: Text, layout: Layout, found: Scan, columns: Columns) -> Parsed | None:
    """All records after the header; None where the fast reader does not find as many as were counted."""
    after = found.starts >= columns.start
    starts, ends, fields = found.starts[after], found.ends[after], found.fields[after]
    if starts.size and starts[0] != columns.start and _has_content(text.data, columns.start, int(starts[0])):
        return None  # a quoted line break in the header
    whole = fields == len(columns.names)
    rows = _values(text.data, starts, ends, whole, columns.names, layout)
    if rows is None or rows.height != int(np.count_nonzero(whole)):
        return None
    set_aside = tuple(
        SetAside(
            int(place) + 1,
            count_fault(int(fields[place]), len(columns.names)),
            text.data[int(starts[place]) : int(ends[place])].decode(errors="replace"),
        )
        for place in np.flatnonzero(~whole)
    )
    notes = [*columns.notes]
    if found.blank:
        notes.append(f"{found.blank:,} blank lines were passed over")
    broken = _line_breaks_inside(text.data, starts, ends)
    if broken:
        notes.append(f"{broken:,} records hold line breaks inside quotes; they were kept")
    return Parsed(rows, set_aside, int(starts.size), notes=tuple(notes))


def _has_content(data: Buffer, start: int, stop: int) -> bool:
    return bool(data[start:stop].strip())


def _values(
    data: Buffer,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    whole: NDArray[np.bool_],
    names: tuple[str, ...],
    layout: Layout,
) -> pl.DataFrame | None:
    schema = dict.fromkeys(names, pl.String())
    parts = [pl.DataFrame(schema=schema)]
    for first, last in _runs(np.frombuffer(data, np.uint8), starts, ends, whole):
        try:
            part = pl.read_csv(
                data[int(starts[first]) : int(ends[last])],
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


def _runs(
    codes: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], whole: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """First and last record of each stretch of whole records without a gap, about PART bytes long at most."""
    kept = np.flatnonzero(whole)
    if not kept.size:
        return []
    between = starts[kept[1:]] - ends[kept[:-1]]
    gap = between - (codes[ends[kept[:-1]]] == RETURN) > 1  # more than a line end lies between
    full = starts[kept[1:]] // PART != starts[kept[:-1]] // PART
    cut = np.flatnonzero(gap | full | (np.diff(kept) > 1))
    first = np.concatenate((kept[:1], kept[cut + 1]))
    last = np.concatenate((kept[cut], kept[-1:]))
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _line_breaks_inside(data: Buffer, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> int:
    """How many records span several lines."""
    codes = np.frombuffer(data, np.uint8)
    count, step = 0, 200_000
    for first in range(0, starts.size, step):
        begin, end = starts[first : first + step], ends[first : first + step]
        lines = np.flatnonzero(codes[int(begin[0]) : int(end[-1])] == 10) + int(begin[0])
        count += int(np.count_nonzero(np.searchsorted(lines, end) > np.searchsorted(lines, begin)))
    return count
