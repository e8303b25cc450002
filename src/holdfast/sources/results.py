"""The records of what reading returns: rows, records set aside, and the files that they are from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.table_settings import ReadSettings

ROW = "_row"
SET_ASIDE_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "file": pl.String(),
    "row": pl.UInt32(),
    "reason": pl.String(),
    "content": pl.String(),
}


@dataclass(frozen=True)
class SourceFile:
    """One file (or one sheet of a workbook) as it was read."""

    path: Path
    bytes: int
    sha256: str
    rows_read: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = ()  # what was unusual and how it was read, in plain words

    def to_record(self) -> dict[str, Any]:
        """The file as JSON."""
        return {**asdict(self), "path": str(self.path), "notes": list(self.notes)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SourceFile":
        """The file that `to_record` wrote."""
        return cls(**{**record, "path": Path(record["path"]), "notes": tuple(record["notes"])})


@dataclass(frozen=True)
class SetAside:
    """One record that could not be read as a row of its table."""

    row: int  # 1-based number of the record in its file
    reason: str
    content: str


@dataclass(frozen=True)
class Parsed:
    """The records of one file or sheet, before they are numbered over the whole table."""

    rows: pl.DataFrame
    set_aside: tuple[SetAside, ...]
    rows_read: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    notes: tuple[str, ...] = ()

    def numbers(self) -> pl.Series:
        """1-based record numbers of `rows` in their file: those that were not set aside."""
        every = pl.Series(ROW, range(1, self.rows_read + 1), dtype=pl.UInt32)
        if not self.set_aside:
            return every
        set_aside = pl.Series([entry.row for entry in self.set_aside], dtype=pl.UInt32)
        return every.filter(~every.is_in(set_aside.implode()))


@dataclass(frozen=True)
class Preview:
    """How one table of a file (a sheet of a workbook) is read when nothing is set."""

    settings: ReadSettings  # reading with them gives the same table; the encoding is left to be found out each time
    parsed: Parsed  # all its records, or a sample of a large file's
    evidence: tuple[str, ...]  # how that was found out, in plain words
    estimated_records: int | None = None  # where `parsed` is a sample
    above: str = ""  # the texts above the header: a title, a period, a currency


@dataclass(frozen=True)
class ReadTable:
    """A table as its files hold it. Text formats: every column text as written, an empty field is ''.

    `rows` begins with `_row`: the record's number counted over all files of the table; numbers that are
    missing there stand in `set_aside` (table, file, row, reason, content).
    """

    name: str
    rows: pl.DataFrame
    set_aside: pl.DataFrame
    files: tuple[SourceFile, ...]
    rows_read: int

    def __post_init__(self) -> None:
        total = self.rows.height + self.set_aside.height
        if self.rows_read != total:
            raise HoldfastError(
                f"{self.name}: {self.rows_read:,} records were counted but {self.rows.height:,} kept and "
                f"{self.set_aside.height:,} set aside make {total:,}.",
                fix="Do not use this table; send the file's first lines with a report of this message.",
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was unusual in the files, each with the file's name."""
        return tuple(f"{file.path.name}: {note}" for file in self.files for note in file.notes)
