"""Writes and reads the Parquet file of one partition; its size and hash are verified before it is read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.store.artifacts import atomic_file, mismatched_hash, trust_file
from holdfast.store.events.manifest import StoredFile
from holdfast.store.events.ordering import HAPPENED_AT, KNOWN_AT, Coded, single_batch

ROWS_IN_GROUP = 524_288
_DICTIONARY = 64 * 2**20  # bytes: a coded column is written as a dictionary, however large
_SAMPLE, _FEW = 50_000, 12_500  # so many distinct texts among the first rows mean few in all


def write_rows(folder: Path, path: str, rows: Coded, version: int) -> StoredFile:
    """Write a file of a partition, completely or not at all.

    Args:
        folder: the store's.
        path: in the store.
        rows: in the order of the store.
        version: that the file comes with.
    """
    frame = rows.frame
    lacks_known_at = {HAPPENED_AT, KNOWN_AT} <= {*frame.columns} and frame[KNOWN_AT].equals(frame[HAPPENED_AT])
    content = _parquet(Coded(frame.drop(KNOWN_AT) if lacks_known_at else frame, rows.words))
    with atomic_file(folder / path) as unfinished, unfinished.open("wb") as sink:
        sink.write(content)
    first, last = None, None
    if frame.schema.get(HAPPENED_AT) == TIME and frame.height:
        times = frame[HAPPENED_AT].to_physical()
        first, last = int(times.min()), int(times.max())  # type: ignore[arg-type]
    digest = hashlib.sha256(content).hexdigest()
    trust_file(folder / path, digest)
    return StoredFile(path, frame.height, content.size, digest, version, first, last, lacks_known_at)


def read_rows(
    folder: Path,
    file: StoredFile,
    columns: Sequence[str] | None = None,
    customers: pl.Series | None = None,
    by: str = "customer_id",
) -> pl.DataFrame:
    """Rows of a file.

    Args:
        folder: the store's.
        file: of a partition.
        columns: of these the ones that it has, in this order; None: all.
        customers: only the rows of these; less is decoded for fewer.
        by: the column that names them.

    Raises:
        HoldfastError: the file is missing, cut short or changed since it was written.
    """
    verify(folder, file)
    try:
        rows = pl.scan_parquet(folder / file.path, hive_partitioning=False)
        stored = rows.collect_schema().names()
        if file.lacks_known_at:
            stored.insert(stored.index(HAPPENED_AT) + 1, KNOWN_AT)
            rows = rows.with_columns(pl.col(HAPPENED_AT).alias(KNOWN_AT))
        if customers is not None:
            rows = rows.filter(pl.col(by).is_in(customers.implode()))
        return rows.select(stored if columns is None else [name for name in columns if name in stored]).collect()
    except pl.exceptions.PolarsError as error:
        raise _damaged(folder / file.path, f"it cannot be read ({str(error).splitlines()[0][:120]})") from error


def verify(folder: Path, file: StoredFile) -> None:
    """Compare a file with what was written: its size each time, its SHA-256 once in a process."""
    path = folder / file.path
    if not path.is_file():
        raise HoldfastError(
            f"{path}: it should hold {file.bytes:,} bytes, and there is no such file. Nothing of it was used.",
            fix="Run the same command again: an ingest may have put other files in its place. If it is still missing, "
            "restore it from a backup, or move the store's folder away and run holdfast ingest again.",
        )
    size = path.stat().st_size
    if size != file.bytes:
        raise _damaged(path, f"it should hold {file.bytes:,} bytes, found {size:,}")
    if actual := mismatched_hash(path, file.sha256):
        raise _damaged(path, f"its SHA-256 should be {file.sha256[:12]}..., found {actual[:12]}...")


def _damaged(path: Path, what: str) -> HoldfastError:
    return HoldfastError(
        f"{path}: the file was changed after it was written: {what}. Nothing of it was used.",
        fix=f"Restore {path.name} from a backup, or move the store's folder away and run holdfast ingest again.",
    )


def _parquet(rows: Coded) -> Any:
    import pyarrow as pa  # late: who reads a store, or has none, writes no file
    import pyarrow.parquet as pq

    table = single_batch(rows.frame)
    words = {name: texts.to_arrow(compat_level=pl.CompatLevel.oldest()) for name, texts in rows.words.items()}
    fields = [
        pa.field(column.name, pa.dictionary(pa.int32(), pa.large_string()) if column.name in words else column.type)
        for column in table.schema
    ]
    sink = pa.BufferOutputStream()
    options = {
        "compression": {column.name: _compression(column.type) for column in table.schema},
        "store_schema": False,
        "use_dictionary": [*words, *_categories(rows)] or False,
        "write_statistics": [name for name in ("happened_at",) if name in table.schema.names],
    }
    with pq.ParquetWriter(sink, pa.schema(fields), dictionary_pagesize_limit=_DICTIONARY, **options) as out:
        for begin in range(0, max(table.num_rows, 1), ROWS_IN_GROUP):
            group = table.slice(begin, ROWS_IN_GROUP)
            columns = [_column(group.column(name), name, words) for name in group.schema.names]
            out.write_table(pa.table(columns, schema=pa.schema(fields)), row_group_size=ROWS_IN_GROUP)
    return sink.getvalue()


def _compression(dtype: Any) -> str:
    """lz4 where it pays: amounts and times take four times as long to write with it, for a quarter less space."""
    import pyarrow as pa

    return "none" if pa.types.is_floating(dtype) or pa.types.is_timestamp(dtype) else "lz4"


def _categories(rows: Coded) -> list[str]:
    """Text columns that are not coded and are worth a dictionary."""
    texts = [column for column in rows.frame.head(_SAMPLE) if column.dtype == pl.String()]
    return [
        column.name
        for column in texts
        if column.name in {"customer_id", "_customer"} or column.n_unique() <= min(_FEW, 1 + len(column) // 2)
    ]


def _column(column: Any, name: str, words: dict[str, Any]) -> Any:
    if name not in words:
        return column
    import pyarrow as pa
    import pyarrow.compute as pc

    codes, texts = column, words[name]
    ends = pc.min_max(codes)
    first, last = ends["min"].as_py(), ends["max"].as_py()
    if first is not None and last - first + 1 < len(texts):
        # Rows are sorted by customer: only the customers of a group go into its dictionary.
        texts, codes = texts.slice(first, last - first + 1), pc.subtract(codes, first)
    return pa.DictionaryArray.from_arrays(codes, texts)
