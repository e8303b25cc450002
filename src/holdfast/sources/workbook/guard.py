"""Checks an XLSX before anything parses it: a zip bomb or a far cell would kill the parser without an error."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import HoldfastError

MOST_ENTRIES = 10_000
MOST_UNPACKED = 2 * 2**30
BOMB_SIZE = 64 * 2**20  # a part this big ...
BOMB_RATIO = 200  # ... packed this well is no table; real sheets pack 5 to 40 to 1
MOST_CELLS = 100_000_000  # the parser holds the whole rectangle in memory
SPARSE_CELLS = 5_000_000  # a rectangle this big must be filled to at least 1 in 50
CHUNK = 4 * 2**20
CELL = re.compile(rb"<(?:\w{1,8}:)?c\s[^>]{0,200}?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml$")


@dataclass(frozen=True)
class Extent:
    """The rectangle that a sheet's cells span."""

    rows: int
    columns: int
    cells: int


def check_workbook(file: Path, where: str) -> tuple[str, ...]:
    """Refuse a harmful workbook; otherwise return notes on what is ignored (macros, links).

    Raises:
        HoldfastError: no zip, no workbook, a bomb, a cell far outside the table, a document type declaration.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            _check_parts(names, where)
            _check_sizes(entries, where)
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _check_declaration(archive, entry, where)
                if SHEET_PART.match(entry.filename):
                    _check_extent(_extent(archive, entry), entry.filename, where)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _damaged(where, error) from error
    except (OSError, zlib.error) as error:
        raise _damaged(where, error) from error
    notes = []
    if any(name.endswith("vbaProject.bin") for name in names):
        notes.append("the workbook carries macros; they were not run")
    if any(name.startswith("xl/externalLinks/") for name in names):
        notes.append("the workbook links to others; the values stored in it were read, nothing was fetched")
    return tuple(notes)


def _damaged(where: str, error: Exception) -> HoldfastError:
    return HoldfastError(
        f"{where}: the workbook is damaged or is no zip archive: {error}.", fix="Open it and save it again as .xlsx."
    )


def _check_parts(names: set[str], where: str) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise HoldfastError(f"{where}: a binary workbook (.xlsb).", fix="Open it and save it as .xlsx or CSV.")
    if "content.xml" in names:
        raise HoldfastError(f"{where}: an OpenDocument file.", fix="Open it and save it as .xlsx or CSV.")
    listed = ", ".join(sorted(names)[:5]) or "nothing"
    raise HoldfastError(
        f"{where}: a zip archive that is no workbook; it holds {listed}{' ...' if len(names) > 5 else ''}.",
        fix="Unpack it and name the files inside.",
    )


def _check_sizes(entries: list[zipfile.ZipInfo], where: str) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise _bomb(where, f"{len(entries):,} parts, at most {MOST_ENTRIES:,} are read")
    if total > MOST_UNPACKED:
        raise _bomb(where, f"{total:,} bytes when unpacked, at most {MOST_UNPACKED:,} are read")
    for entry in entries:
        if entry.file_size > BOMB_SIZE and entry.file_size > BOMB_RATIO * max(entry.compress_size, 1):
            ratio = entry.file_size / max(entry.compress_size, 1)
            raise _bomb(
                where, f"part {entry.filename} unpacks to {entry.file_size:,} bytes, {ratio:,.0f} times its size"
            )


def _bomb(where: str, what: str) -> HoldfastError:
    return HoldfastError(f"{where}: {what}.", fix="Export the sheet you need as CSV and name that file.")


def _check_declaration(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> None:
    with archive.open(entry) as stream:
        head = stream.read(4096).upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise HoldfastError(
            f"{where}: part {entry.filename} declares a document type, which no spreadsheet program writes.",
            fix="Do not trust this file. Open it in a spreadsheet program and save it again if you know its sender.",
        )


def _extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Extent:
    """The true rectangle, from the cells themselves: the dimension tag can lie."""
    rows: set[int] = set()
    columns: set[bytes] = set()
    cells = 0
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            text = tail + chunk
            cut = text.rfind(b"<")
            text, tail = (text[:cut], text[cut:]) if cut > 0 else (b"", text)
            matches = CELL.findall(text)
            cells += len(matches)
            columns.update({letters for letters, _ in matches})
            numbers = [int(digits) for digits in {digits for _, digits in matches}]
            rows.update((min(numbers), max(numbers)) if numbers else ())
            tail = tail[:256] if len(tail) > CHUNK else tail
    if not cells:
        return Extent(0, 0, 0)
    columns_used = [_column_number(letters) for letters in columns]
    return Extent(max(rows) - min(rows) + 1, max(columns_used) - min(columns_used) + 1, cells)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_extent(extent: Extent, name: str, where: str) -> None:
    area = extent.rows * extent.columns
    if area <= SPARSE_CELLS or (area <= MOST_CELLS and area <= 50 * extent.cells):
        return
    raise HoldfastError(
        f"{where}: {name} spans {extent.rows:,} rows by {extent.columns:,} columns but holds {extent.cells:,} cells.",
        fix="Press Ctrl+End in the sheet, delete what stands far outside the table, save; or export the table as CSV.",
    )
