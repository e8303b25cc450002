"""The fast way for files whose quotes are in order: an own count of records, values by polars, both must agree."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.sources.csv.chunks import Piece
from holdfast.sources.csv.counts import Survey
from holdfast.sources.csv.dialect import Columns, Layout, count_fault
from holdfast.sources.csv.scan import RETURN, Places, Scan, scan
from holdfast.sources.encoding import Buffer, Text, let_go
from holdfast.sources.results import SetAside

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def sound_pieces(text: Text, layout: Layout, survey: Survey, columns: Columns) -> Iterator[Piece]:
    """All records after the header, a stretch at a time."""
    for stretch in survey.stretches:
        if stretch.stop <= columns.start:
            continue
        if stretch.fields == len(columns.names) and stretch.begin >= columns.start:
            rows = _values(text.data[stretch.begin : stretch.stop], stretch.records, columns.names, layout)
            yield Piece(rows, (), stretch.records, stretch.broken)
        else:
            for found in scan(text.data, stretch.begin, layout.delimiter, layout.quote, stretch.stop):
                yield _sorted_out(text.data, found, columns, layout)
        let_go(text.data, stretch.stop)


def _sorted_out(data: Buffer, found: Scan, columns: Columns, layout: Layout) -> Piece:
    """The records of a stretch that does not hold rows alone: some stand above the start, some do not fit."""
    after = found.starts >= columns.start
    starts, ends, fields = found.starts[after], found.ends[after], found.fields[after]
    whole = fields == len(columns.names)
    rows = [pl.DataFrame(schema=dict.fromkeys(columns.names, pl.String()))]
    for first, last in _runs(data, starts, ends, whole):
        run = data[int(starts[first]) : _line_stop(data, int(ends[last]))]
        rows.append(_values(run, last - first + 1, columns.names, layout))
    set_aside = tuple(
        SetAside(
            int(place) + 1,
            count_fault(int(fields[place]), len(columns.names)),
            data[int(starts[place]) : int(ends[place])].decode(errors="replace"),
        )
        for place in np.flatnonzero(~whole)
    )
    return Piece(pl.concat(rows), set_aside, int(starts.size), int(np.count_nonzero(found.broken[after])))


def _runs(data: Buffer, starts: Places, ends: Places, whole: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last record of each run of whole records without a gap."""
    kept = np.flatnonzero(whole)
    if not kept.size:
        return []
    between = starts[kept[1:]] - ends[kept[:-1]]
    gap = between - (np.frombuffer(data, np.uint8)[ends[kept[:-1]]] == RETURN) > 1  # more than a line end lies between
    cut = np.flatnonzero(gap | (np.diff(kept) > 1))
    first = np.concatenate((kept[:1], kept[cut + 1]))
    last = np.concatenate((kept[cut], kept[-1:]))
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _line_stop(data: Buffer, end: int) -> int:
    """The byte after the line end that follows a record."""
    end += data[end : end + 1] == b"\r"
    return end + (data[end : end + 1] == b"\n")


def _values(run: bytes, records: int, names: tuple[str, ...], layout: Layout) -> pl.DataFrame:
    """The values of records that follow each other, the last one with its line end."""
    schema = dict.fromkeys(names, pl.String())
    try:
        rows = pl.read_csv(
            # The reader takes a mark off its input's start; one that stands at the start of a run is somebody's text.
            BYTE_ORDER_MARK + run if run.startswith(BYTE_ORDER_MARK) else run,
            has_header=False,
            schema=schema,
            separator=layout.delimiter,
            quote_char=layout.quote,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        rows = pl.DataFrame(schema=schema)
    if rows.height == records and not any(rows.null_count().row(0)):
        return rows
    by_hand = [
        [value.decode(errors="replace") for value in _fields(run[begin:end], layout)]
        for found in scan(run, 0, layout.delimiter, layout.quote)
        for begin, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    ]
    return pl.DataFrame(by_hand, schema=schema, orient="row")


def _fields(record: bytes, layout: Layout) -> list[bytes]:
    """The values of a record whose quotes are in order, as the fast reader gives them."""
    delimiter, quote = layout.delimiter.encode(), (layout.quote or "\n").encode()  # there is no bare line end in it
    fields: list[bytes] = []
    for piece in record.split(delimiter):
        if fields and fields[-1].count(quote) % 2:
            fields[-1] += delimiter + piece
        else:
            fields.append(piece)
    # A carriage return at a bare value's end is taken for a line end's; at the record's end that has been done.
    bare = [*(field.removesuffix(b"\r") for field in fields[:-1]), fields[-1]]
    return [field[1:-1].replace(quote * 2, quote) if field.startswith(quote) else field for field in bare]
