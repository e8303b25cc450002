"""Writes files completely or not at all, and verifies them by their hashes."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError, error_number, error_of_system
from holdfast.hashing import file_sha256

UNFINISHED = ".writing-"
_SIMULATED = "holdfast.simulated"  # in the metadata of Parquet
_ABANDONED_AFTER = 600  # seconds: a younger file may be another machine's


@contextlib.contextmanager
def atomic_file(target: Path) -> Iterator[Path]:
    """A path to write to; it becomes `target` when the block succeeds, and is removed when it fails.

    Raises:
        HoldfastError: the disk is full, or the folder may not be written to.
    """
    with writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{UNFINISHED}{os.getpid()}-")
        os.close(handle)
        unfinished = Path(name)
        try:
            yield unfinished
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            unfinished.chmod(0o644)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def clear_unfinished(beside: Path, abandoned_after: float = _ABANDONED_AFTER) -> None:
    """Remove what killed processes left half-written beside a file that was just created.

    Args:
        beside: the file.
        abandoned_after: seconds; a younger one stays.
    """
    import psutil

    now = beside.stat().st_mtime
    for path in beside.parent.glob(f"{UNFINISHED}[0-9]*-*"):
        writer = path.name.removeprefix(UNFINISHED).split("-")[0]
        with contextlib.suppress(FileNotFoundError):
            is_old = now - path.stat().st_mtime > abandoned_after
            if is_old and writer.isdigit() and not psutil.pid_exists(int(writer)):
                path.unlink()


@contextlib.contextmanager
def writable(target: Path) -> Iterator[None]:
    """Turn errors of the operating system into a HoldfastError with a fix."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        refused = error_of_system(error)
        if refused is None:
            raise
        if error_number(error) in {errno.ENOSPC, errno.EDQUOT}:
            free = shutil.disk_usage(_existing(target)).free
            raise HoldfastError(
                f"{target}: the disk is full ({free:,} bytes free); not written, older results are intact.",
                fix=refused.fix,
            ) from error
        if error_number(error) in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise HoldfastError(
                f"{target}: may not be written to.",
                fix="Give yourself the right to write there, or name another folder.",
            ) from error
        if error_number(error) == errno.EFBIG:
            raise HoldfastError(f"{target}: {refused.problem}", fix=refused.fix) from error
        raise


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def write_bytes(target: Path, content: bytes) -> None:
    """Write bytes, completely or not at all."""
    with atomic_file(target) as unfinished:
        unfinished.write_bytes(content)


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text, completely or not at all."""
    write_bytes(target, text.encode("utf-8"))


def write_json(target: Path, content: Any) -> None:
    """Write JSON that is stable to the byte; NaN and infinities are refused."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    write_text(target, text + "\n")


def write_table(target: Path, table: pl.DataFrame, *, is_simulated: bool = False) -> None:
    """Write a table as Parquet or CSV, by the suffix; Parquet says in its metadata where rows are simulated."""
    with atomic_file(target) as unfinished:
        if target.suffix == ".csv":
            table.write_csv(unfinished)
        else:
            metadata = {_SIMULATED: "true"} if is_simulated else None
            table.write_parquet(unfinished, compression="zstd", compression_level=1, metadata=metadata)


def simulated_rows(file: Path) -> bool:
    """Whether a Parquet file says in its metadata that its rows are simulated."""
    return pl.read_parquet_metadata(file).get(_SIMULATED) == "true"


def read_json(source: Path, fix: str = "Run again: holdfast run YOUR_PROJECT; or restore the file.") -> Any:
    """The content of a JSON file.

    Args:
        source: the file.
        fix: what to do where it is torn or damaged.

    Raises:
        HoldfastError: it is torn or damaged.
    """
    try:
        return json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise HoldfastError(f"{source}: the file is damaged: {error}.", fix=fix) from error


def sha256(path: Path) -> str:
    """SHA-256 of a file, or of a folder's names and files."""
    if path.is_dir():
        inside = [f"{file.relative_to(path).as_posix()}:{sha256(file)}" for file in files_in(path)]
        return hashlib.sha256("\n".join(inside).encode()).hexdigest()
    return file_sha256(path)


_verified: set[tuple[str, str]] = set()  # files whose hash this process has computed
_verifying = threading.Lock()


def mismatched_hash(path: Path, expected: str) -> str:
    """The SHA-256 of a file where it is not the expected one, else ""; a file that was right is not read again."""
    with _verifying:
        if (str(path), expected) in _verified:
            return ""
    actual = sha256(path)
    if actual != expected:
        return actual
    trust_file(path, expected)
    return ""


def trust_file(path: Path, written: str) -> None:
    """Take the hash of a file that this process wrote itself as verified."""
    with _verifying:
        _verified.add((str(path), written))


def files_in(folder: Path) -> list[Path]:
    """All files under a folder, in a stable order."""
    return sorted(file for file in folder.rglob("*") if file.is_file())


def write_model(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a model's files and the manifest of their hashes."""
    for name, content in files.items():
        write_bytes(folder / name, content)
    write_json(folder / "manifest.json", {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)})


def read_model(folder: Path) -> dict[str, bytes]:
    """A model's files, each verified by its hash before any loader sees a byte.

    Raises:
        HoldfastError: a file is missing or was changed (a damaged booster file aborts the process that loads it).
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise HoldfastError(f"{folder}: there is no model.", fix="Train one: holdfast run YOUR_PROJECT.")
    files: dict[str, bytes] = {}
    listed = read_json(manifest)
    if not isinstance(listed, dict) or not all(_names_a_file(name) for name in listed):
        raise HoldfastError(
            f"{manifest}: the file is damaged: it lists something else than the files of this model.",
            fix="Train again: holdfast run YOUR_PROJECT; or restore the file from a backup.",
        )
    for name, expected in listed.items():
        path = folder / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != expected:
            raise HoldfastError(
                f"{path}: the file is damaged or was changed (its SHA-256 is not the one in manifest.json).",
                fix="Train again: holdfast run YOUR_PROJECT; or restore the file from a backup.",
            )
        files[name] = content
    return files


def _names_a_file(name: str) -> bool:
    """Whether a manifest may list a file of that name: one that stands in its own folder."""
    return name not in {"", ".", ".."} and Path(name).name == name and "\\" not in name


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy where the disk has no links."""
    with writable(target):
        for file in files_in(source) if source.is_dir() else [source]:
            destination = target / file.relative_to(source) if source.is_dir() else target
            destination.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, destination)
            except OSError:
                shutil.copy2(file, destination)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
