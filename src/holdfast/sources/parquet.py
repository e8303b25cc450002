"""Parquet files to rows, with their own types."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.headers import named
from holdfast.sources.formats import OpenedFile
from holdfast.sources.results import Parsed
from holdfast.table_settings import ReadSettings


def read(file: OpenedFile, _settings: ReadSettings, where: str) -> tuple[Parsed]:
    """All rows of a file; its footer's row count must agree with what was read."""
    try:
        counted = _rows(file.unpacked)
        rows = pl.read_parquet(file.unpacked)
    except pl.exceptions.PolarsError as error:
        raise _damaged(where, error) from error
    if counted != rows.height:
        raise HoldfastError(
            f"{where}: its footer promises {counted:,} rows and {rows.height:,} were read.", fix="Export it again."
        )
    return (Parsed(named(with_plain_types(rows), where), (), rows.height, notes=_notes(rows.schema)),)


def batches(file: OpenedFile, _settings: ReadSettings, where: str, rows: int) -> Iterator[Parsed]:
    """The rows of a file as `read` gives them, so many at a time.

    Raises:
        HoldfastError: the file is damaged; what came before the damage was given.
    """
    try:
        scan = pl.scan_parquet(file.unpacked)
        for begin in range(0, max(_rows(file.unpacked), 1), rows):
            batch = scan.slice(begin, rows).collect()
            yield Parsed(named(with_plain_types(batch), where), (), batch.height, notes=_notes(batch.schema))
    except pl.exceptions.PolarsError as error:
        raise _damaged(where, error) from error


def with_plain_types(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON texts, durations as seconds, times of day and bytes as texts; all else as it is."""
    return rows.with_columns(_plain(rows[name]) for name, dtype in rows.schema.items() if not _is_plain(dtype))


def _is_plain(dtype: pl.DataType) -> bool:
    return not (dtype.is_nested() or dtype in (pl.Object, pl.Duration, pl.Time, pl.Binary, pl.Null))


def _plain(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Duration:
        return (column.dt.total_microseconds() / 1_000_000).alias(column.name)
    if column.dtype == pl.Time:
        return column.dt.to_string("%H:%M:%S%.f")
    if column.dtype == pl.Binary:
        return pl.Series(column.name, [_text(value) for value in column], dtype=pl.String)
    if column.dtype == pl.Null:
        return column.cast(pl.String)
    values = [
        None if value is None else json.dumps(value, default=str, ensure_ascii=False) for value in column.to_list()
    ]
    return pl.Series(column.name, values, dtype=pl.String)


def _text(value: bytes | None) -> str | None:
    """Bytes as the text that some programs forget to call text; else as hexadecimal digits."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


def _notes(schema: pl.Schema) -> tuple[str, ...]:
    durations = [name for name, dtype in schema.items() if dtype == pl.Duration]
    nested = [name for name, dtype in schema.items() if dtype.is_nested()]
    notes = [f"{', '.join(durations)}: durations, read as seconds"] if durations else []
    return (*notes, f"{', '.join(nested)}: lists or structs, read as JSON texts") if nested else tuple(notes)


def count(path: Path) -> int:
    """The rows that a file's footer promises; 0 where it cannot be read."""
    try:
        return _rows(path)
    except pl.exceptions.PolarsError:  # reading it will say what is wrong
        return 0


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _damaged(where: str, error: Exception) -> HoldfastError:
    first_line = str(error).splitlines()[0][:200]
    return HoldfastError(f"{where}: the Parquet file is damaged: {first_line}.", fix="Fetch or export it again.")
