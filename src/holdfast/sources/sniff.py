"""A first look at a file: how it is written, what it holds, and the settings that read it the same way again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.dialect import layout_of
from holdfast.sources.csv.dialect_guess import guess_layout
from holdfast.sources.csv.read import read_delimited
from holdfast.sources.encoding import Text, as_utf8
from holdfast.sources.file_type import Content, Format, opened
from holdfast.sources.parquet_json import read_json, read_parquet
from holdfast.sources.results import Parsed
from holdfast.sources.workbook.read import Sheet, header_of, open_workbook, sheet_rows
from holdfast.table_settings import ReadSettings

SAMPLE_ROWS = 20_000
WHOLE = 256 * 2**20  # bytes; a larger text file is looked at in three places and its records are estimated
PIECE = 16 * 2**20


@dataclass(frozen=True)
class Look:
    """What one file, or one sheet of a workbook, is."""

    path: Path
    format: Format
    settings: ReadSettings  # reading with them gives the same table; the encoding is left to be found out each time
    columns: tuple[str, ...]
    records: int
    records_exact: bool  # False: an estimate from the bytes of a sample
    set_aside: int  # of the records looked at
    sample: pl.DataFrame  # at most SAMPLE_ROWS rows, spread over the file; every column text, empty fields ""
    dtypes: dict[str, pl.DataType]  # the file's own types; all String for text and workbooks
    evidence: tuple[str, ...]  # how each of this was told, in plain words


def look(path: Path) -> tuple[Look, ...]:
    """What a file holds: one answer a file, or one for each sheet of a workbook that holds a table.

    Raises:
        HoldfastError: the file cannot be read as a table.
    """
    where = path.name
    with opened(path) as content:
        packed = ("packed with gzip",) if content.unpacked != content.path else ()
        if content.format is Format.WORKBOOK:
            sheets, notes = open_workbook(content.unpacked, where)
            looks = tuple(_at_sheet(path, sheet, (*packed, *notes), where) for sheet in sheets if not sheet.is_empty)
            if not looks:
                raise HoldfastError(f"{where}: no sheet holds a cell.", fix="Export it again.")
            return looks
        if content.format is Format.PARQUET:
            parsed = read_parquet(content.unpacked, where)
            return (
                _look(path, content.format, ReadSettings(), parsed, (*packed, "Parquet: names and types are its own")),
            )
        text = as_utf8(content.data, None, where)
        if content.format is Format.JSON_LINES:
            said = (*packed, "JSON: one object a record")
            return (_look(path, content.format, ReadSettings(), read_json(text, where), said),)
        return (_at_text(path, content, text, packed),)


def _at_sheet(path: Path, sheet: Sheet, said: tuple[str, ...], where: str) -> Look:
    header_row, why = header_of(sheet, ReadSettings())
    settings = ReadSettings(sheet=sheet.name, header_row=header_row)
    parsed = sheet_rows(sheet, settings, where)
    return _look(path, Format.WORKBOOK, settings, parsed, (*said, f"sheet: {sheet.name}", why))


def _at_text(path: Path, content: Content, text: Text, packed: tuple[str, ...]) -> Look:
    where = path.name
    guess = guess_layout(text, ReadSettings())
    said = (*packed, f"encoding: {text.encoding}", *guess.evidence)
    layout = layout_of(guess.settings, where)
    if len(text.data) <= WHOLE:
        return _look(path, content.format, guess.settings, read_delimited(text, layout, where), said)
    pieces = _pieces(text)
    parsed = read_delimited(Text(pieces, 0, text.encoding, text.notes), layout, where)
    records = round(parsed.rows_read * len(text.data) / len(pieces))
    estimate = f"records: estimated from {len(pieces):,} of {len(text.data):,} bytes"
    return _look(path, content.format, guess.settings, parsed, (*said, estimate), records)


def _pieces(text: Text) -> bytes:
    """The first lines of a file, and whole lines from its middle and its end."""
    size = len(text.data)
    head = text.data[text.start : text.start + PIECE]
    parts = [head[: head.rfind(b"\n") + 1]]
    for begin in (size // 2, size - PIECE):
        piece = text.data[begin : begin + PIECE]
        parts.append(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1])
    return b"".join(parts)


def _look(
    path: Path,
    kind: Format,
    settings: ReadSettings,
    parsed: Parsed,
    said: tuple[str, ...],
    estimated: int | None = None,
) -> Look:
    rows = parsed.rows
    sample = rows
    if rows.height > SAMPLE_ROWS:
        sample = rows[np.linspace(0, rows.height - 1, SAMPLE_ROWS).astype(np.int64)]
    aside = (f"{len(parsed.set_aside):,} records cannot be read as rows and are set aside",) if parsed.set_aside else ()
    empty = ("a header and no record",) if parsed.rows_read == 0 else ()
    return Look(
        path=path,
        format=kind,
        settings=settings,
        columns=tuple(rows.columns),
        records=parsed.rows_read if estimated is None else estimated,
        records_exact=estimated is None,
        set_aside=len(parsed.set_aside),
        sample=_as_text(sample),
        dtypes=dict(rows.schema),
        evidence=(*said, *parsed.notes, *aside, *empty),
    )


def _as_text(rows: pl.DataFrame) -> pl.DataFrame:
    columns = []
    for name, dtype in rows.schema.items():
        if dtype.is_nested() or dtype == pl.Object:
            texts = pl.Series(
                name, [None if value is None else str(value) for value in rows[name].to_list()], dtype=pl.String
            )
        elif dtype == pl.Binary:
            texts = pl.Series(name, [None if value is None else value.hex() for value in rows[name]], dtype=pl.String)
        elif isinstance(dtype, pl.Datetime):
            texts = rows[name].dt.to_string("%Y-%m-%d %H:%M:%S%.f")
        else:
            texts = rows[name].cast(pl.String)
        columns.append(texts.fill_null(""))
    return pl.DataFrame(columns)
