"""What a file really is, whatever its name says; gzip is unpacked on the way, within limits."""

import gzip
import hashlib
import mmap
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from holdfast.errors import HoldfastError

MOST_UNPACKED = 20 * 2**30
BLANK_ALLOWED = 64 * 2**20  # unpacked bytes without one visible character before a file is refused
LINE_ALLOWED = 64 * 2**20  # unpacked bytes without one line end, at a ratio that only a bomb has
BOMB_RATIO = 200  # text seldom packs better than 30 to 1
CHUNK = 4 * 2**20

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
CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")  # zeros: UTF-16, padding
MOST_CONTROLS = 0.02


class Format(StrEnum):
    """The formats that can be read."""

    TEXT = "text"
    JSON_LINES = "json lines"
    PARQUET = "parquet"
    WORKBOOK = "workbook"


@dataclass(frozen=True)
class Content:
    """An opened file: where its (unpacked) bytes lie, and what they are."""

    path: Path  # the file named by the user
    unpacked: Path  # where the bytes lie now
    data: mmap.mmap
    format: Format
    bytes: int  # size of the file named by the user
    sha256: str  # of the file named by the user


@contextmanager
def opened(path: Path) -> Iterator[Content]:
    """Open a file, unpack it if it is gzip, and tell its format from its bytes.

    Raises:
        HoldfastError: missing, empty, unreadable, a format that is not read, or a packed bomb.
    """
    with ExitStack() as stack:
        try:
            size = path.stat().st_size
            raw = stack.enter_context(path.open("rb"))
        except FileNotFoundError as error:
            raise HoldfastError(f"{path}: there is no such file.", fix="Check the name and the folder.") from error
        except OSError as error:
            raise HoldfastError(
                f"{path}: cannot be opened: {error.strerror}.", fix=f"Make it readable: chmod u+r '{path}'"
            ) from error
        if size == 0:
            raise HoldfastError(
                f"{path}: the file is empty (0 bytes).", fix="Export it again, or take it off the list."
            )
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        unpacked = path
        if raw.read(2) == b"\x1f\x8b":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-")))
            raw.seek(0)
            unpacked = folder / path.name.removesuffix(".gz")
            _unpack(path, raw, size, unpacked)
            raw = stack.enter_context(unpacked.open("rb"))
        data = stack.enter_context(mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ))
        yield Content(path, unpacked, data, _format_of(path, data), size, sha256)


def _unpack(path: Path, packed: BinaryIO, size: int, target: Path) -> None:
    written, has_text, has_line = 0, False, False
    try:
        with gzip.open(packed) as source, target.open("wb") as out:
            while chunk := source.read(CHUNK):
                out.write(chunk)
                written += len(chunk)
                has_text = has_text or bool(chunk.strip(b"\x00\r\n\t "))
                has_line = has_line or b"\n" in chunk or b"\r" in chunk
                _refuse_bomb(path, written, written / size, has_text, has_line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise HoldfastError(
            f"{path}: the gzip data is damaged after {written:,} unpacked bytes: {error}.",
            fix="Fetch the file again; what is missing cannot be known, so nothing of it is used.",
        ) from error
    except OSError as error:
        raise HoldfastError(
            f"{path}: could not be unpacked into {target.parent}: {error.strerror}.",
            fix="Free some space there, or point TMPDIR at a larger disk.",
        ) from error
    if written == 0:
        raise HoldfastError(f"{path}: unpacks to nothing (0 bytes).", fix="Export it again.")


def _refuse_bomb(path: Path, written: int, ratio: float, has_text: bool, has_line: bool) -> None:
    if not has_text and written > BLANK_ALLOWED:
        problem = (
            f"its first {written:,} unpacked bytes are blank ({ratio:,.0f} times its packed size): no record found"
        )
    elif not has_line and written > LINE_ALLOWED and ratio > BOMB_RATIO:
        problem = f"its first {written:,} unpacked bytes hold no line end ({ratio:,.0f} times its packed size)"
    elif written > MOST_UNPACKED:
        problem = f"it unpacks to more than {MOST_UNPACKED / 2**30:.0f} GiB"
    else:
        return
    raise HoldfastError(f"{path}: {problem}.", fix="Look at it with: zcat FILE | head. Export it again, or in parts.")


def _format_of(path: Path, data: mmap.mmap) -> Format:
    start = data[:4096]
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.WORKBOOK
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise HoldfastError(
                f"{path}: the workbook is protected with a password.",
                fix="Open it, save it without a password (File > Info > Protect Workbook), and name that file.",
            )
        raise HoldfastError(f"{path}: a workbook of the old .xls kind.", fix="Open it and save it as .xlsx or CSV.")
    if start.startswith(b"\x1f\x8b"):
        raise HoldfastError(f"{path}: packed with gzip twice.", fix="Unpack it once: gunzip FILE")
    for mark, (what, fix) in REFUSED.items():
        if start.startswith(mark):
            raise HoldfastError(f"{path}: this is {what}, not a table.", fix=fix.format(name=path.name))
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    inside = text[1:].lstrip()
    if text[:1] == b"{" and inside[:1] in (b'"', b"}"):
        return Format.JSON_LINES
    if text[:1] == b"[" and inside[:1] in (b"{", b"]"):
        return Format.JSON_LINES
    controls = len(start) - len(start.translate(None, CONTROLS))
    if controls > max(8, MOST_CONTROLS * len(start)):
        raise HoldfastError(
            f"{path}: not text and of no known kind: {controls:,} of its first {len(start):,} bytes are control codes.",
            fix="Export it again as CSV, XLSX, Parquet or JSON lines; damaged workbooks look like this.",
        )
    return Format.TEXT
