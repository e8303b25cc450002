"""The file formats that can be read: the one list.

A new format is a reader module and a record here; docs/guides/extending.md shows both.
"""

import mmap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.notation.file_periods import FilePeriod, file_period, sheet_period
from holdfast.sources.results import Parsed, Preview
from holdfast.table_settings import ReadSettings

START_BYTES = 4096
MOST_CONTROLS = 0.02  # of the first bytes of a text
CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")  # zeros: UTF-16, padding
_FIRST_YEAR = 2000  # of a file; archives write earlier ones where they know none
GZIP = b"\x1f\x8b"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

REFUSED = {
    b"BZh": ("packed with bzip2", "Unpack it first: bunzip2 {name}"),
    b"\xfd7zXZ\x00": ("packed with xz", "Unpack it first: unxz {name}"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "Unpack it first: unzstd {name}"),
    b"Rar!": ("a RAR archive", "Unpack it first and name the file inside."),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", "Unpack it first and name the file inside."),
    b"%PDF": ("a PDF document", "Export the table behind it as CSV or XLSX."),
    b"SQLite format 3\x00": ("an SQLite database", 'Export the table: sqlite3 -header -csv {name} "select * from ..."'),
    b"ARROW1\x00": ("an Arrow file", "Save it as Parquet."),
    b"\x89PNG": ("a picture", "Name the file that holds the table."),
    b"\xff\xd8\xff": ("a picture", "Name the file that holds the table."),
}


@dataclass(frozen=True)
class OpenedFile:
    """A file that is open for reading: where its (unpacked) bytes are, and what they are."""

    path: Path  # as the user named it
    unpacked: Path  # where the bytes are now
    data: mmap.mmap
    format: "Format"
    bytes: int  # size of the file that the user named
    sha256: str  # of the file that the user named


@dataclass(frozen=True)
class Reader:
    """The functions that read the files of one format. `where` names the table and the file in messages."""

    read: Callable[[OpenedFile, ReadSettings, str], Iterable[Parsed]]
    """All records of a file; of a workbook one result for each chosen sheet."""
    batches: Callable[[OpenedFile, ReadSettings, str, int], Iterator[Parsed]] | None = None
    """The same records, at most so many at a time; None: a file is read whole."""
    preview: Callable[[OpenedFile, str], Iterable[Preview]] | None = None
    """How each table of a file is read when nothing is set; None: `read` with the default settings."""
    count: Callable[[Path], int] | None = None
    """The records of a file without reading them; None: estimated from its size."""


@dataclass(frozen=True)
class Format:
    """One file format: how its files are recognised, and what reads them."""

    name: str
    suffixes: tuple[str, ...]
    """Names of its files end so; a folder's files with other endings are not taken for tables."""
    recognizes: Callable[[bytes], bool]
    """Whether a file of it can begin with these bytes, 4,096 at most; what a file is called does not count."""
    describes: str
    """What `holdfast init` says of its files."""
    reader: Callable[[], Reader]
    """Imports the reader, so that its libraries are loaded when a file of it is read."""

    def previews(self, file: OpenedFile, where: str) -> Iterable[Preview]:
        """How each table of a file is read when nothing is set.

        Raises:
            HoldfastError: the file cannot be read as a table.
        """
        reader = self.reader()
        if reader.preview is not None:
            return reader.preview(file, where)
        settings = ReadSettings()
        return [Preview(settings, parsed, (self.describes,)) for parsed in reader.read(file, settings, where)]


def _parquet() -> Reader:
    from holdfast.sources import parquet

    return Reader(parquet.read, batches=parquet.batches, count=parquet.count)


def _workbook() -> Reader:
    from holdfast.sources.workbook import read as workbook

    return Reader(workbook.read, preview=workbook.preview)


def _json_lines() -> Reader:
    from holdfast.sources import json_lines

    return Reader(json_lines.read)


def _csv() -> Reader:
    from holdfast.sources.csv import read as csv

    return Reader(csv.read, batches=csv.batches, preview=csv.preview)


def _is_json(start: bytes) -> bool:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    inside = text[1:].lstrip()
    return (text[:1] == b"{" and inside[:1] in (b'"', b"}")) or (text[:1] == b"[" and inside[:1] in (b"{", b"]"))


def _is_text(start: bytes) -> bool:
    is_refused = start.startswith((GZIP, OLD_WORKBOOK, *REFUSED))
    return not is_refused and _controls(start) <= max(8, MOST_CONTROLS * len(start))


def _controls(start: bytes) -> int:
    return len(start) - len(start.translate(None, CONTROLS))


FORMATS = (  # the first that recognises a file reads it: plain text, which is almost anything, comes last
    Format(
        "Parquet",
        (".parquet", ".pq"),
        lambda start: start.startswith(b"PAR1"),
        "Parquet: names and types are its own",
        _parquet,
    ),
    Format(
        "XLSX",
        (".xlsx", ".xlsm"),
        lambda start: start.startswith((b"PK\x03\x04", b"PK\x05\x06")),
        "workbook: one table a sheet",
        _workbook,
    ),
    Format("JSON lines", (".jsonl", ".ndjson", ".json"), _is_json, "JSON: one object a record", _json_lines),
    Format("CSV", (".csv", ".tsv", ".txt", ".dat"), _is_text, "text: one record a line", _csv),
)


def format_of(path: Path, data: mmap.mmap) -> Format:
    """The format of a file's bytes.

    Args:
        path: the file, for messages.
        data: its bytes, unpacked.

    Raises:
        HoldfastError: a format that is not read, with the way to one that is.
    """
    start = data[:START_BYTES]
    for candidate in FORMATS:
        if candidate.recognizes(start):
            return candidate
    if start.startswith(OLD_WORKBOOK):
        if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise HoldfastError(
                f"{path}: the workbook is protected with a password.",
                fix="Open it, save it without a password (File > Info > Protect Workbook), and name that file.",
            )
        raise HoldfastError(f"{path}: a workbook of the old .xls kind.", fix="Open it and save it as .xlsx or CSV.")
    if start.startswith(GZIP):
        raise HoldfastError(f"{path}: packed with gzip twice.", fix="Unpack it once: gunzip FILE")
    for mark, (what, fix) in REFUSED.items():
        if start.startswith(mark):
            raise HoldfastError(f"{path}: this is {what}, not a table.", fix=fix.format(name=path.name))
    *others, last = (candidate.name for candidate in FORMATS)
    raise HoldfastError(
        f"{path}: not text and of no known kind: {_controls(start):,} of its first {len(start):,} bytes are control "
        "codes.",
        fix=f"Export it again as {', '.join(others)} or {last}; damaged workbooks look like this.",
    )


def suffixes() -> tuple[str, ...]:
    """What the names of table files end in, before a .gz."""
    return tuple(suffix for file_format in FORMATS for suffix in file_format.suffixes)


def without_suffixes(name: str) -> str:
    """A file's name without the endings that only say how it is written: orders for orders.csv.gz."""
    while True:
        lower = name.lower()
        suffix = next((suffix for suffix in (*suffixes(), ".gz") if lower.endswith(suffix)), "")
        if not suffix:
            return name
        name = name[: -len(suffix)]


def period_of(file: OpenedFile, sheet: str | None = None) -> FilePeriod | None:
    """The period that a file, or a sheet of a workbook, is about by its first line or its name; None where none says.

    A period that began after the file was written is none: 2089 in its name numbers something.
    """
    period = file_period(without_suffixes(file.path.name), bytes(file.data[:START_BYTES]))
    if sheet is not None:
        period = sheet_period(sheet, period)
    written = datetime.fromtimestamp(file.path.stat().st_mtime, UTC).date()
    is_to_come = period is not None and written.year >= _FIRST_YEAR and period.first > written + timedelta(days=1)
    return None if is_to_come else period


def expected_records(path: Path) -> int | None:
    """How many records a file holds by its name and without reading them; None where only reading tells."""
    for file_format in FORMATS:
        if path.name.lower().endswith(file_format.suffixes):
            count = file_format.reader().count
            return None if count is None else count(path)
    return None
