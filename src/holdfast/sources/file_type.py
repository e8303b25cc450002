"""Opens a file, whatever its name says: its format by its bytes; gzip is unpacked on the way, within limits."""

import gzip
import hashlib
import mmap
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from holdfast.errors import HoldfastError
from holdfast.sources.formats import GZIP, OpenedFile, format_of

MOST_UNPACKED = 20 * 2**30
BLANK_ALLOWED = 64 * 2**20  # unpacked bytes without one visible character before a file is refused
LINE_ALLOWED = 64 * 2**20  # unpacked bytes without one line end, at a ratio that only a bomb has
BOMB_RATIO = 200  # text seldom packs better than 30 to 1
CHUNK = 4 * 2**20


@contextmanager
def opened(path: Path) -> Iterator[OpenedFile]:
    """Open a file, unpack it if it is gzip, and tell its format from its bytes.

    Raises:
        HoldfastError: missing, empty, unreadable, a format that is not read, a packed bomb, or a file that was
            written to before the caller was done with it.
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
        before = os.fstat(raw.fileno())
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        named, unpacked = raw, path
        if raw.read(2) == GZIP:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-")))
            raw.seek(0)
            unpacked = folder / path.name.removesuffix(".gz")
            _unpack(path, raw, size, unpacked)
            raw = stack.enter_context(unpacked.open("rb"))
        data = stack.enter_context(mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ))
        yield OpenedFile(path, unpacked, data, format_of(path, data), size, sha256)
        after = os.fstat(named.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            named.seek(0)
            if hashlib.file_digest(named, "sha256").hexdigest() != sha256:
                raise changed_while_read(path)


def changed_while_read(path: Path) -> HoldfastError:
    """The error for a file that does not hold what it held when reading began: what was read is neither of both."""
    return HoldfastError(
        f"{path}: the file changed while it was read; nothing of it is used.",
        fix="Run again when nothing writes to it any more; or write it under another name and rename it at the end.",
    )


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
