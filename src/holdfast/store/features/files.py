"""One Parquet file of a result: written whole with its hash, and refused when it is not what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import changed_hash, sha256, whole_file
from holdfast.store.features.layout import File

_ROWS_IN_GROUP = 65_536
_ROWS_IN_SHARED_GROUP = 4_096  # so that one partition is read without the others


@dataclass(frozen=True)
class Part:
    """Rows of one partition on their way to the disk; sorted by customer_id where they have it."""

    frame: pl.DataFrame
    partition: int = 0
    after: str = ""  # see `File`


def write_file(folder: Path, path: str, *parts: Part) -> list[File]:
    """Write parts one below the other; where each stands."""
    target = folder / path
    frame = pl.concat([part.frame for part in parts]) if len(parts) > 1 else parts[0].frame
    group = _ROWS_IN_GROUP if len(parts) == 1 else _ROWS_IN_SHARED_GROUP
    with whole_file(target) as unfinished:
        frame.write_parquet(unfinished, compression="lz4", statistics=False, row_group_size=group)
    size, digest = target.stat().st_size, sha256(target)
    begins = accumulate((part.frame.height for part in parts), initial=0) if len(parts) > 1 else [None]
    return [
        File(path, part.partition, part.frame.height, size, digest, *_ends(part.frame), begin, part.after)
        for part, begin in zip(parts, begins, strict=False)
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
    """A file, for a part of it to be read."""
    weigh(folder, file)
    rows = pl.scan_parquet(folder / file.path, hive_partitioning=False)
    return rows if file.begin is None else rows.slice(file.begin, file.rows)


def weigh(folder: Path, file: File) -> None:
    """Refuse a file that is missing or of another size than was written; nothing of it is read."""
    path = folder / file.path
    size = path.stat().st_size if path.is_file() else None
    if size != file.bytes:
        found = "no such file" if size is None else f"found {size:,}"
        raise harmed(folder, file, f"it should hold {file.bytes:,} bytes, {found}")


def prove(folder: Path, file: File) -> None:
    """Compare a file with what was written: its size each time, its SHA-256 once in a process."""
    weigh(folder, file)
    path = folder / file.path
    if found := changed_hash(path, file.sha256):
        raise harmed(folder, file, f"its SHA-256 should be {file.sha256[:12]}..., found {found[:12]}...")


def harmed(folder: Path, file: File, what: str) -> HoldfastError:
    """What to say of a file that is not the one that was written."""
    return HoldfastError(
        f"{folder / file.path}: the file was changed after it was written: {what}.",
        fix=f"holdfast features {folder.parent} --rebuild",
    )
