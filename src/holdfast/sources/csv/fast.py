"""The fast reader for files whose quotes are in order: records are counted, polars reads them, both must agree."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.sources.csv.chunks import Chunk
from holdfast.sources.csv.counts import FileCounts
from holdfast.sources.csv.dialect import Columns, Dialect, count_fault
from holdfast.sources.csv.scan import RETURN, Offsets, Scan, scan
from holdfast.sources.encoding import Buffer, Text, release_pages
from holdfast.sources.results import SetAside

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def fast_chunks(text: Text, dialect: Dialect, counts: FileCounts, columns: Columns) -> Iterator[Chunk]:
    """All records after the header, a segment at a time."""
    for segment in counts.segments:
        if segment.stop <= columns.start:
            continue
        if segment.fields == len(columns.names) and segment.begin >= columns.start:
            rows = _values(text.data[segment.begin : segment.stop], segment.records, columns.names, dialect)
            yield Chunk(rows, (), segment.records, segment.broken)
        else:
            for records in scan(text.data, segment.begin, dialect.delimiter, dialect.quote, segment.stop):
                yield _checked(text.data, records, columns, dialect)
        release_pages(text.data, segment.stop)


def _checked(data: Buffer, records: Scan, columns: Columns, dialect: Dialect) -> Chunk:
    """The records of a segment in which some begin before the first row or do not fit."""
    after = records.starts >= columns.start
    starts, ends, fields = records.starts[after], records.ends[after], records.fields[after]
    whole = fields == len(columns.names)
    rows = [pl.DataFrame(schema=dict.fromkeys(columns.names, pl.String()))]
    for first, last in _runs(data, starts, ends, whole):
        run = data[int(starts[first]) : _line_stop(data, int(ends[last]))]
        rows.append(_values(run, last - first + 1, columns.names, dialect))
    set_aside = tuple(
        SetAside(
            int(index) + 1,
            count_fault(int(fields[index]), len(columns.names)),
            data[int(starts[index]) : int(ends[index])].decode(errors="replace"),
        )
        for index in np.flatnonzero(~whole)
    )
    return Chunk(pl.concat(rows), set_aside, int(starts.size), int(np.count_nonzero(records.broken[after])))


def _runs(data: Buffer, starts: Offsets, ends: Offsets, whole: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last record of each run of fitting records without a gap."""
    whole_records = np.flatnonzero(whole)
    if not whole_records.size:
        return []
    between = starts[whole_records[1:]] - ends[whole_records[:-1]]
    gap = (
        between - (np.frombuffer(data, np.uint8)[ends[whole_records[:-1]]] == RETURN) > 1
    )  # more than a line end lies between
    cut = np.flatnonzero(gap | (np.diff(whole_records) > 1))
    first = np.concatenate((whole_records[:1], whole_records[cut + 1]))
    last = np.concatenate((whole_records[cut], whole_records[-1:]))
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _line_stop(data: Buffer, end: int) -> int:
    """The byte after the line end that follows a record."""
    end += data[end : end + 1] == b"\r"
    return end + (data[end : end + 1] == b"\n")


def _values(run: bytes, records: int, names: tuple[str, ...], dialect: Dialect) -> pl.DataFrame:
    """The values of records that follow each other, the last one with its line end."""
    schema = dict.fromkeys(names, pl.String())
    try:
        rows = pl.read_csv(
            # The reader takes a mark off its input's start; one that stands at the start of a run is somebody's text.
            BYTE_ORDER_MARK + run if run.startswith(BYTE_ORDER_MARK) else run,
            has_header=False,
            schema=schema,
            separator=dialect.delimiter,
            quote_char=dialect.quote,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        rows = pl.DataFrame(schema=schema)
    if rows.height == records and not any(rows.null_count().row(0)):
        return rows
    by_hand = [
        [value.decode(errors="replace") for value in _fields(run[begin:end], dialect)]
        for records_of_block in scan(run, 0, dialect.delimiter, dialect.quote)
        for begin, end in zip(records_of_block.starts.tolist(), records_of_block.ends.tolist(), strict=True)
    ]
    return pl.DataFrame(by_hand, schema=schema, orient="row")


def _fields(record: bytes, dialect: Dialect) -> list[bytes]:
    """The values of a record whose quotes are in order, as the fast reader gives them."""
    delimiter, quote = dialect.delimiter.encode(), (dialect.quote or "\n").encode()  # there is no bare line end in it
    fields: list[bytes] = []
    for piece in record.split(delimiter):
        if fields and fields[-1].count(quote) % 2:
            fields[-1] += delimiter + piece
        else:
            fields.append(piece)
    # A carriage return at a bare value's end is taken for a line end's; at the record's end that has been done.
    bare = [*(field.removesuffix(b"\r") for field in fields[:-1]), fields[-1]]
    return [field[1:-1].replace(quote * 2, quote) if field.startswith(quote) else field for field in bare]
