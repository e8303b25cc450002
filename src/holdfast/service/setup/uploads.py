"""Files that came in over the network: whole or not at all, under a name that is no path."""

import hashlib
import os
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import polars as pl

from holdfast.errors import ConflictError, HoldfastError, NotFoundError
from holdfast.formatting import plural
from holdfast.hashing import file_sha256
from holdfast.service.results import Result
from holdfast.sources.formats import suffixes
from holdfast.sources.locate import WILDCARDS, is_table_file
from holdfast.sources.sniff import profile_file
from holdfast.store.artifacts import writable

FOLDER = "uploads"  # in the project's folder
LONGEST_NAME = 200  # bytes; disks take 255, and what is being written has a longer name
_UNFINISHED = ".uploading-"
_ABANDONED_SECONDS = 24 * 3600
_SHOWN = 3  # values of a column
_LONGEST = 40  # letters of a value


@dataclass(frozen=True)
class UploadedFile(Result):
    """A file that was uploaded whole."""

    name: str
    """its name, to refer to it by"""
    size: int
    """in bytes"""
    uploaded_at: str
    """when, UTC"""

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.size:,} bytes."


@dataclass(frozen=True)
class UploadList(Result):
    """The uploaded files of a tenant."""

    files: tuple[UploadedFile, ...]
    """each with name, size, uploaded_at"""

    @property
    def sentence(self) -> str:
        return f"{plural(len(self.files), 'uploaded file')}."


def checked_name(name: str) -> str:
    """A file's name as it is kept.

    Raises:
        HoldfastError: a path, a hidden file, letters that no name should hold, or no kind of table.
    """
    plain = unicodedata.normalize("NFC", name).strip()
    shown = "".join(letter if letter.isprintable() else "?" for letter in plain)[:80]
    if not plain or plain.startswith((".", "~")) or any(sign in plain for sign in "/\\"):
        raise HoldfastError(f'"{shown}" is not the name of a file.', fix="Name the file alone, without folders.")
    if any(not letter.isprintable() or letter in f'{WILDCARDS}<>:"|' for letter in plain):
        raise HoldfastError(f'"{shown}": this name holds letters that files should not have.', fix="Rename the file.")
    if len(plain.encode()) > LONGEST_NAME:
        raise HoldfastError(f'"{shown}...": this name is longer than {LONGEST_NAME} bytes.', fix="Use a shorter name.")
    if not is_table_file(Path(plain)):
        raise HoldfastError(
            f'"{shown}": tables are read from files that end in {", ".join(suffixes())}.',
            fix="Export the records as CSV or Excel, and upload that file.",
        )
    return plain


class Upload:
    """A file on its way in; it appears under its name by `finish`, or not at all."""

    def __init__(self, folder: Path, name: str, *, replaces: bool) -> None:
        self.size = 0
        self._home, self._name, self._replaces = folder / FOLDER, checked_name(name), replaces
        with writable(self._home):
            self._home.mkdir(parents=True, exist_ok=True)
            _clear_abandoned(self._home)
            self._path = self._home / f"{_UNFINISHED}{secrets.token_hex(8)}"
            self._file = self._path.open("xb")
        self._sha256 = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)  # after `finish` the file has its own name

    def write(self, content: bytes) -> None:
        """The next bytes."""
        with writable(self._path):
            self._file.write(content)
        self._sha256.update(content)
        self.size += len(content)

    def finish(self) -> UploadedFile:
        """The file under its name.

        Raises:
            HoldfastError: nothing came.
            ConflictError: another file has this name, and it is not to be replaced.
        """
        target = self._home / self._name
        if not self.size:
            raise HoldfastError(f"{self._name}: the file is empty.", fix="Export the records again.")
        with writable(target):
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._replaces:
                self._path.replace(target)
                return _uploaded(target)
            try:
                os.link(self._path, target)
            except FileExistsError:
                if target.stat().st_size != self.size or file_sha256(target) != self._sha256.hexdigest():
                    raise ConflictError(
                        f"{self._name}: another file of this name was uploaded before.",
                        fix="Delete it first, send this one with replace=true, or rename it.",
                    ) from None
            return _uploaded(target)


def uploads(folder: Path) -> UploadList:
    """The uploaded files of a project, by name."""
    home = folder / FOLDER
    paths = sorted(path for path in home.glob("*") if path.is_file() and not path.name.startswith("."))
    return UploadList(tuple(_uploaded(path) for path in paths))


def uploaded_path(folder: Path, name: str) -> Path:
    """Where an uploaded file lies.

    Raises:
        NotFoundError: no file of that name was uploaded.
    """
    path = folder / FOLDER / checked_name(name)
    if path.is_symlink() or not path.is_file():
        raise NotFoundError(f"No file {path.name!r} was uploaded.", fix="GET /api/v1/uploads lists the files.")
    return path


def delete_upload(folder: Path, name: str) -> None:
    """Remove an uploaded file.

    Raises:
        NotFoundError: no file of that name was uploaded.
    """
    path = uploaded_path(folder, name)
    with writable(path):
        path.unlink(missing_ok=True)


def _uploaded(path: Path) -> UploadedFile:
    status = path.stat()
    at = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
    return UploadedFile(path.name, status.st_size, at)


def _clear_abandoned(home: Path) -> None:
    """Remove what servers that died left of uploads."""
    newest = max((path.stat().st_mtime for path in home.glob("*") if path.is_file()), default=0.0)
    for path in home.glob(f"{_UNFINISHED}*"):
        with suppress(FileNotFoundError):
            if newest - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()


def examples_of(paths: Sequence[Path]) -> Mapping[str, Mapping[str, str]]:
    """For each file, its columns with a few of their values and how many different ones there are.

    Args:
        paths: of files that can be read as tables.
    """
    examples: dict[str, dict[str, str]] = {}
    for path in paths:
        columns = examples.setdefault(path.name, {})
        for profile in profile_file(path):
            rows = profile.sample.height
            of_rows = (
                f"in {plural(rows, 'row')}" if rows == profile.records else f"in a sample of {plural(rows, 'row')}"
            )
            for name in profile.columns:
                columns.setdefault(name, _sentence(profile.sample[name], of_rows))
    return examples


def _sentence(values: pl.Series, of_rows: str) -> str:
    filled = values.filter(values.str.strip_chars() != "")
    different = filled.unique(maintain_order=True)
    if not len(different):
        return f"empty {of_rows}"
    shown = ", ".join(_short(value) for value in different.head(_SHOWN))
    more = ", ..." if len(different) > _SHOWN else ""
    empty = f", {len(values) - len(filled):,} empty" if len(filled) < len(values) else ""
    return f"{shown}{more} ({plural(len(different), 'different value')}{empty} {of_rows})"


def _short(value: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}..."
