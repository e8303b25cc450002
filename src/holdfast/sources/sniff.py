"""Profiles a file: its format, its columns, a sample, and the settings that read it the same way again."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from holdfast.notation.file_periods import FilePeriod
from holdfast.sources.file_type import opened
from holdfast.sources.formats import Format, period_of
from holdfast.sources.results import Preview
from holdfast.table_settings import ReadSettings

SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class FileProfile:
    """What one file, or one sheet of a workbook, holds."""

    path: Path
    format: Format
    settings: ReadSettings  # reading with them gives the same table; the encoding is left to be found out each time
    columns: tuple[str, ...]
    records: int
    records_exact: bool  # False: an estimate from the bytes of a sample
    set_aside: int  # of the records looked at
    sample: pl.DataFrame  # at most SAMPLE_ROWS rows, spread over the file; every column text, empty fields ""
    dtypes: dict[str, pl.DataType]  # the file's own types; all String for text and workbooks
    evidence: tuple[str, ...]  # how each of this was found out, in plain words
    encoding: str | None = None  # of a text that is not UTF-8 and all in one
    period: FilePeriod | None = None  # that the file is about by its name
    above: str = ""  # the texts above the header


def profile_file(path: Path) -> tuple[FileProfile, ...]:
    """What a file holds: one profile, or one for each sheet of a workbook that holds a table.

    Raises:
        HoldfastError: the file cannot be read as a table.
    """
    with opened(path) as file:
        packed = ("packed with gzip",) if file.unpacked != file.path else ()
        profiles = [_profile(path, file.format, each, packed) for each in file.format.previews(file, path.name)]
        return tuple(replace(profile, period=period_of(file, profile.settings.sheet)) for profile in profiles)


def _profile(path: Path, file_format: Format, preview: Preview, packed: tuple[str, ...]) -> FileProfile:
    parsed, rows = preview.parsed, preview.parsed.rows
    sample = rows
    if rows.height > SAMPLE_ROWS:
        sample = rows[np.linspace(0, rows.height - 1, SAMPLE_ROWS).astype(np.int64)]
    aside = (f"{len(parsed.set_aside):,} records cannot be read as rows and are set aside",) if parsed.set_aside else ()
    empty = ("a header and no record",) if parsed.rows_read == 0 else ()
    return FileProfile(
        path=path,
        format=file_format,
        settings=preview.settings,
        columns=tuple(rows.columns),
        records=parsed.rows_read if preview.estimated_records is None else preview.estimated_records,
        records_exact=preview.estimated_records is None,
        set_aside=len(parsed.set_aside),
        sample=_as_text(sample),
        dtypes=dict(rows.schema),
        evidence=(*packed, *preview.evidence, *parsed.notes, *aside, *empty),
        above=preview.above,
        encoding=None if parsed.encoding is None or parsed.encoding.startswith("utf") else parsed.encoding,
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
