"""Parquet files to rows, with their own types."""

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
    return (Parsed(named(rows, where), (), rows.height),)


def batches(file: OpenedFile, _settings: ReadSettings, where: str, rows: int) -> Iterator[Parsed]:
    """The rows of a file as `read` gives them, so many at a time.

    Raises:
        HoldfastError: the file is damaged; what came before the damage was given.
    """
    try:
        scan = pl.scan_parquet(file.unpacked)
        for begin in range(0, max(_rows(file.unpacked), 1), rows):
            batch = scan.slice(begin, rows).collect()
            yield Parsed(named(batch, where), (), batch.height)
    except pl.exceptions.PolarsError as error:
        raise _damaged(where, error) from error


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
