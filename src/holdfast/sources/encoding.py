"""Converts the bytes of a text file to UTF-8 without losing one; lines that are not UTF-8 are counted."""

import codecs
import mmap
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from holdfast.errors import HoldfastError
from holdfast.sources.encoding_guess import EncodingGuess, guess_encoding

Buffer = bytes | mmap.mmap
BLOCK = 16 * 2**20
LINES_SAMPLED, LINES_OF_A_BLOCK = 2_000, 50  # of those that are not UTF-8, to find their encoding by
LONGEST_LINE = 2_000
MOST_BY_ACCIDENT = 0.1  # lines of another encoding that are valid UTF-8 without being it, to those that are not
MANY_RETURNS = re.compile(rb"(?<!\r)\r\r++\n")
MARKS = (  # longest first: the UTF-32 mark begins with the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Text:
    """UTF-8 bytes with line ends `\\n` or `\\r\\n`; `start` lies after a byte-order mark."""

    data: Buffer
    start: int
    encoding: str
    notes: tuple[str, ...] = ()


def as_utf8(data: Buffer, encoding: str | None, where: str) -> Text:
    """Bytes of a text file as UTF-8; the encoding is found out where it is not given.

    A line that is not UTF-8 is read in the encoding in which such lines make sense, windows-1252 if in doubt, so a file
    that mixes both keeps every line.

    Raises:
        HoldfastError: the file is blank, its letters make no sense in any encoding, or as much in two.
    """
    mark = next(((bom, name) for bom, name in MARKS if data[: len(bom)] == bom), None)
    start = len(mark[0]) if mark else 0
    chosen = encoding or (mark[1] if mark else _wide(data)) or "utf-8"
    name = codecs.lookup(chosen).name.removesuffix("-sig")
    notes: list[str] = []
    if name == "utf-8":
        text, name, notes = _lines_as_utf8(data, start, where)
    elif name.startswith(("utf-16", "utf-32")):
        text, damaged = _wide_as_utf8(data, start, name if mark is None else mark[1])
        if damaged:
            notes.append(f"{damaged:,} characters are damaged and were replaced by \ufffd")
    elif not all(block.isascii() for block in _blocks(data)) and _is_utf8(data):
        notes.append(f"{chosen} is set, but every byte of the file is valid UTF-8 and was read so")
        text, name = data, "utf-8"
    else:
        text, more = _from(data, start, name)
        notes.extend(more)
        name = shown_name(name)
    if name != "utf-8":
        start = 0
    signs = _signs(text)
    text, more = _line_ends(text, signs)
    if signs.is_blank:
        raise HoldfastError(
            f"{where}: holds no record: its {len(data):,} bytes are blanks, line ends or zeros.",
            fix="Export it again, or take it off the list.",
        )
    if signs.zeros:
        more.append(f"{signs.zeros:,} zero bytes are in the text and were kept")
    return Text(text, start, name, (*notes, *more))


def release_pages(data: Buffer, until: int) -> None:
    """Release the pages of a mapped file before a byte; they are read again when they are used again.

    A page that was used counts as memory of this process until the system is short of it.
    """
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, 0, until)


def _blocks(data: Buffer) -> Iterator[bytes]:
    for begin in range(0, len(data), BLOCK):
        yield data[begin : begin + BLOCK]
        release_pages(data, begin)


@dataclass(frozen=True)
class _Signs:
    """The signs in a text that decide how to read it."""

    is_blank: bool
    zeros: int
    has_return: bool
    has_newline: bool
    returns_doubled: int  # line ends of two carriage returns and a newline


def _signs(data: Buffer) -> _Signs:
    is_blank, zeros, has_return, has_newline, doubled = True, 0, False, False, 0
    before = b""
    for block in _blocks(data):
        is_blank = is_blank and not block.strip(b"\x00\r\n\t \xef\xbb\xbf")
        zeros += block.count(0)
        has_newline = has_newline or b"\n" in block
        has_return = has_return or b"\r" in block
        if has_return:
            doubled += (before + block).count(b"\r\r\n")
            before = (before + block)[-2:]
    return _Signs(is_blank, zeros, has_return, has_newline, doubled)


def _wide(data: Buffer) -> str | None:
    head = np.frombuffer(data[:4096], np.uint8)
    pairs = head[: head.size // 2 * 2].reshape(-1, 2)
    if not pairs.size:
        return None
    first, second = (pairs == 0).mean(axis=0)
    if second > 0.4 and first < 0.1:
        return "utf-16-le"
    return "utf-16-be" if first > 0.4 and second < 0.1 else None


def _is_utf8(data: Buffer) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(data):
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def gathered(blocks: Iterable[bytes]) -> Buffer:
    """Converted text, in a temporary file that is removed when nothing uses it any more."""
    try:
        with tempfile.TemporaryFile(prefix="holdfast-") as file:
            for block in blocks:
                file.write(block)
            file.flush()
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
    except OSError as error:
        raise HoldfastError(
            f"text could not be converted in {tempfile.gettempdir()}: {error.strerror}.",
            fix="Free some space there, or point TMPDIR at a larger disk.",
        ) from error


def _whole_lines(data: Buffer, start: int) -> Iterator[bytes]:
    """Some lines at a time, with their line ends."""
    while start < len(data):
        stop = data.rfind(b"\n", start, start + BLOCK) + 1 or data.find(b"\n", start) + 1 or len(data)
        yield data[start:stop]
        release_pages(data, stop)
        start = stop


def _wide_as_utf8(data: Buffer, start: int, name: str) -> tuple[Buffer, int]:
    """UTF-16 or UTF-32 as UTF-8, and how many characters are damaged."""
    has_order = name not in {"utf-16", "utf-32"}  # without one and without a mark, the lowest byte comes first
    decoder = codecs.getincrementaldecoder(name if has_order else f"{name}-le")(errors="replace")
    damaged = 0

    def converted() -> Iterator[bytes]:
        nonlocal damaged
        is_first = True
        for begin in range(start, len(data) + 1, BLOCK):
            words = decoder.decode(data[begin : begin + BLOCK], final=begin + BLOCK > len(data))
            damaged += words.count("\ufffd")
            yield (words.removeprefix("\ufeff") if is_first else words).encode()
            is_first = is_first and not words
            release_pages(data, begin)

    return gathered(converted()), damaged


@dataclass
class _LineByLine:
    """Lines to UTF-8, each for itself: from the encoding that was named, or else from another one."""

    name: str
    otherwise: str = "cp1252"
    named: int = 0  # lines beyond ASCII that are in it
    others: int = 0  # lines that are not

    def convert(self, data: Buffer, start: int) -> Buffer:
        return gathered(b"\n".join(map(self._line, block.split(b"\n"))) for block in _whole_lines(data, start))

    def _line(self, line: bytes) -> bytes:
        if self.name == "utf-8" and line.isascii():
            return line
        try:
            words = line.decode(self.name)
            self.named += 1
        except UnicodeDecodeError:
            words = _otherwise(line, self.otherwise)
            self.others += 1
        return words.encode()


def _lines_as_utf8(data: Buffer, start: int, where: str) -> tuple[Buffer, str, list[str]]:
    if _is_utf8(data):
        return data, "utf-8", []
    sample = _foreign_lines(data, start)
    guess = guess_encoding(sample.lines)
    if guess.rivals or not guess.is_readable:
        raise _unclear(guess, where, sample.lines)
    if guess.is_double and sample.utf8 <= MOST_BY_ACCIDENT * len(sample.lines):
        text, notes = _from(data, start, guess.encoding)
        return text, guess.shown, notes
    lines = _LineByLine("utf-8", guess.encoding)
    text = lines.convert(data, start)
    if lines.named <= MOST_BY_ACCIDENT * lines.others and guess.encoding != "cp1252":
        return text, guess.shown, []
    if lines.named == 0:
        return text, guess.shown, []
    note = f"{lines.others:,} lines are not UTF-8 and were read as {guess.shown}"
    return text, f"utf-8 and {guess.shown}", [f"{note} ({lines.named:,} lines are UTF-8 beyond ASCII)"]


@dataclass(frozen=True)
class _Foreign:
    """Some of the lines of a file that are not UTF-8, from many places, and how many beside them are UTF-8."""

    lines: list[bytes]
    utf8: int


def _foreign_lines(data: Buffer, start: int) -> _Foreign:
    lines: list[bytes] = []
    utf8 = 0
    most = max(LINES_SAMPLED // (1 + (len(data) - start) // BLOCK), LINES_OF_A_BLOCK)
    for block in _whole_lines(data, start):
        taken = 0
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode()
                utf8 += 1
            except UnicodeDecodeError:
                lines.append(line[:LONGEST_LINE])
                taken += 1
                if taken == most:
                    break
    return _Foreign(lines, utf8)


def _unclear(guess: EncodingGuess, where: str, lines: list[bytes]) -> HoldfastError:
    """The error about letters that make no sense in any encoding, or about as much in several."""
    shown = " | ".join(
        f"{code}: {_otherwise(lines[0], code)[:60].strip()!r}" for code in (guess.encoding, *guess.rivals[:2])
    )
    what = "can be read in several encodings" if guess.rivals else "make no sense in any encoding that is known here"
    return HoldfastError(
        f"{where}: it is not UTF-8, and its letters {what}: {shown}.",
        fix="Save it as UTF-8 (in Excel: CSV UTF-8), or name its encoding in holdfast.yaml: "
        f"read: {{encoding: {guess.encoding}}}",
    )


def shown_name(name: str) -> str:
    """The usual name of an encoding that Python names otherwise."""
    return EncodingGuess(name, "").shown


def _otherwise(line: bytes, name: str) -> str:
    try:
        return line.decode(name)
    except UnicodeDecodeError:
        # Five bytes have no meaning in windows-1252.
        return line.decode("latin-1") if name == "cp1252" else line.decode(name, errors="replace")


def _from(data: Buffer, start: int, name: str) -> tuple[Buffer, list[str]]:
    decoder = codecs.getincrementaldecoder(name)()
    begins = range(start, len(data) + 1, BLOCK)
    try:
        return gathered(
            decoder.decode(data[begin : begin + BLOCK], final=begin + BLOCK > len(data)).encode() for begin in begins
        ), []
    except UnicodeDecodeError:
        lines = _LineByLine(name)
        text = lines.convert(data, start)
        return text, [f"{lines.others:,} lines are not {name} and were read as windows-1252"]


def _line_ends(data: Buffer, signs: _Signs) -> tuple[Buffer, list[str]]:
    if signs.has_return and not signs.has_newline:
        return gathered(block.replace(b"\r", b"\n") for block in _blocks(data)), ["lines end in a bare carriage return"]
    count = signs.returns_doubled
    newlines = sum(block.count(b"\n") for block in _blocks(data)) if count else 0
    if count > newlines / 2:  # fewer stand inside quotes and are somebody's words
        text = gathered(MANY_RETURNS.sub(b"\r\n", lines) for lines in _whole_lines(data, 0))
        return text, [f"{count:,} lines end in more than one carriage return"]
    return data, []
