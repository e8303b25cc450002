"""Writes and reads one Parquet file of a result; a file that is not what was written is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import atomic_file, mismatched_hash, sha256
from holdfast.store.features.layout import File

_ROWS_IN_GROUP = 65_536
_ROWS_IN_SHARED_GROUP = 4_096  # so that one partition is read without the others


@dataclass(frozen=True)
class Chunk:
    """Rows of one partition on their way to the disk; sorted by customer_id where they have it."""

    frame: pl.DataFrame
    partition: int = 0
    after: str = ""  # see `File`


def write_file(folder: Path, path: str, *chunks: Chunk) -> list[File]:
    """Write chunks one below the other; returns where each is."""
    target = folder / path
    frame = pl.concat([chunk.frame for chunk in chunks]) if len(chunks) > 1 else chunks[0].frame
    group = _ROWS_IN_GROUP if len(chunks) == 1 else _ROWS_IN_SHARED_GROUP
    with atomic_file(target) as unfinished:
        frame.write_parquet(unfinished, compression="lz4", statistics=False, row_group_size=group)
    size, digest = target.stat().st_size, sha256(target)
    begins = accumulate((chunk.frame.height for chunk in chunks), initial=0) if len(chunks) > 1 else [None]
    return [
        File(path, chunk.partition, chunk.frame.height, size, digest, *_ends(chunk.frame), begin, chunk.after)
        for chunk, begin in zip(chunks, begins, strict=False)
    ]


def _ends(frame: pl.DataFrame) -> tuple[str, str]:
    ids = frame["customer_id"] if "customer_id" in frame.columns else pl.Series([], dtype=pl.String)
    return (ids[0], ids[-1]) if len(ids) else ("", "")


def read_file(folder: Path, file: File, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a file.

    Raises:
        HoldfastError: the file is missing, cut short or no Parquet any more.
    """
    return scan_file(folder, file).select(columns).collect()


def scan_file(folder: Path, file: File) -> pl.LazyFrame:
    """A file, to read some of its rows and columns."""
    check_size(folder, file)
    rows = pl.scan_parquet(folder / file.path, hive_partitioning=False)
    return rows if file.begin is None else rows.slice(file.begin, file.rows)


def check_size(folder: Path, file: File) -> None:
    """Refuse a file that is missing or of another size than was written, without reading it."""
    path = folder / file.path
    size = path.stat().st_size if path.is_file() else None
    if size != file.bytes:
        actual = "no such file" if size is None else f"found {size:,}"
        raise damaged(folder, file, f"it should hold {file.bytes:,} bytes, {actual}")


def verify(folder: Path, file: File) -> None:
    """Compare a file with what was written: its size each time, its SHA-256 once in a process."""
    check_size(folder, file)
    path = folder / file.path
    if actual := mismatched_hash(path, file.sha256):
        raise damaged(folder, file, f"its SHA-256 should be {file.sha256[:12]}..., found {actual[:12]}...")


def damaged(folder: Path, file: File, what: str) -> HoldfastError:
    """The error for a file that is not the one that was written."""
    return HoldfastError(
        f"{folder / file.path}: the file was changed after it was written: {what}.",
        fix=f"holdfast features {folder.parent} --rebuild",
    )
