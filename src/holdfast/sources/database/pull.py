"""Rows of a database to a Parquet file: a table or a query in, a file of the project out.

The rest of Holdfast reads that file as any other. Rows are streamed, so memory stays bounded; with a watermark only
rows that are new since the last time are asked for.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.sources.database.connect import database_errors, location, with_patience
from holdfast.table_settings import DatabaseSettings

ROWS_A_BATCH = 50_000
FIX = (
    "See that the database runs and that this user may read there, then run the same command again. To go on with the "
    "rows that were fetched before, take `database` out of the table in holdfast.yaml; to try everything on simulated "
    "records meanwhile, run with --simulate-when-down."
)


@dataclass(frozen=True)
class PulledTable:
    """What a database gave for one table."""

    name: str
    rows: int  # fetched now
    total: int  # in the files of the table after that
    database: str  # without its password


def table_names(engine: sa.Engine) -> list[str]:
    """The tables and views of a database's usual schema, by name.

    Raises:
        HoldfastError: the database cannot be reached.
    """
    with_patience(engine, lambda: engine.connect().close(), FIX)
    with database_errors(engine, FIX):
        inspector = sa.inspect(engine)
        return sorted({*inspector.get_table_names(), *inspector.get_view_names()})


def pull(engine: sa.Engine, name: str, source: DatabaseSettings, folder: Path) -> PulledTable:
    """Fetch the rows of a table or a query into a folder of Parquet files.

    Args:
        engine: of the database.
        name: of the table in the project, for messages.
        source: the table or the query, and the watermark.
        folder: of the files; without a watermark its one file is replaced, with one a file is added.

    Raises:
        HoldfastError: the database cannot be reached or refuses, or a column holds what no table can.
    """
    files = sorted(folder.glob("*.parquet"))
    newest = _newest(name, files, source.watermark) if source.watermark else None
    folder.mkdir(parents=True, exist_ok=True)
    number = len(files) + 1 if newest is not None else 1
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as pieces:
        with _streamed(engine, source, newest) as (names, batches):
            _refuse_unknown_watermark(name, source.watermark, names)
            written = [_write_piece(name, names, batch, Path(pieces) / f"{i:06}.parquet") for i, batch in batches]
        rows = _together(written, names)
        if newest is not None:
            rows = rows.join(_at_newest(files, source.watermark, newest), on=names, how="anti", nulls_equal=True)
        unfinished = Path(pieces) / "rows"
        rows.sink_parquet(unfinished, compression="zstd")
        fetched = _height([unfinished])
        if fetched or newest is None:
            unfinished.replace(folder / f"{folder.name}-{number:04}.parquet")
    total = _height(sorted(folder.glob("*.parquet")))
    return PulledTable(name, fetched, total, location(engine))


@contextlib.contextmanager
def _streamed(
    engine: sa.Engine, source: DatabaseSettings, newest: Any
) -> Iterator[tuple[list[str], Iterator[tuple[int, Sequence[Any]]]]]:
    """The names of the columns, and the rows a batch at a time."""
    connection = with_patience(engine, engine.connect, FIX)
    with database_errors(engine, FIX), connection:
        streaming = connection.execution_options(stream_results=True, max_row_buffer=ROWS_A_BATCH)
        result = streaming.execute(_query(engine, source, newest))
        with result:  # closed also where the reader stops halfway
            yield list(result.keys()), enumerate(result.partitions(ROWS_A_BATCH))


def _query(engine: sa.Engine, source: DatabaseSettings, newest: Any) -> sa.TextClause:
    quote = engine.dialect.identifier_preparer.quote
    origin = f"({source.query.rstrip().rstrip(';')})" if source.query else ".".join(map(quote, source.table.split(".")))
    # The query is the user's own, and a colon in it is no parameter of ours.
    sql = f"SELECT * FROM {origin} AS asked".replace(":", "\\:")  # noqa: S608 (the query is the user's own)
    if newest is None:
        return sa.text(sql)
    return sa.text(f"{sql} WHERE {quote(source.watermark)} >= :newest").bindparams(newest=newest)


def _refuse_unknown_watermark(name: str, watermark: str, columns: Sequence[str]) -> None:
    if watermark and watermark not in columns:
        raise HoldfastError(
            f"{name}: no column {watermark}, the watermark; there are: {', '.join(columns)}.",
            fix=f"Name one that only grows, in holdfast.yaml: tables.{name}.database.watermark.",
        )


def _newest(name: str, files: Sequence[Path], watermark: str) -> Any:
    """The greatest watermark of the rows fetched before; None: there are none."""
    if not files:
        return None
    rows = _scanned(files)
    _refuse_unknown_watermark(name, watermark, rows.collect_schema().names())
    return rows.select(pl.col(watermark).max()).collect().item()


def _at_newest(files: Sequence[Path], watermark: str, newest: Any) -> pl.LazyFrame:
    """The rows fetched before that stand at the watermark itself: these come again."""
    return _scanned(files).filter(pl.col(watermark) == newest)


def _write_piece(name: str, columns: Sequence[str], batch: Sequence[Any], file: Path) -> Path:
    by_column = zip(*batch, strict=True)
    series = [_series(name, column, values) for column, values in zip(columns, by_column, strict=True)]
    pl.DataFrame(series).write_parquet(file)
    return file


def _series(name: str, column: str, values: Sequence[Any]) -> pl.Series:
    """A column of a batch, in the type that its values have."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(column, values, dtype=pl.Null)
    if kinds == {datetime}:
        aware = any(value is not None and value.tzinfo is not None for value in values)
        times = [value if value is None or value.tzinfo is None else value.astimezone(UTC) for value in values]
        return pl.Series(column, times, dtype=pl.Datetime("us", "UTC" if aware else None))
    for kind, dtype in ((bool, pl.Boolean), (int, pl.Int64), (date, pl.Date), (str, pl.String)):
        if kinds == {kind}:
            return pl.Series(column, values, dtype=dtype())
    if kinds <= {int, float}:
        return pl.Series(column, values, dtype=pl.Float64, strict=False)
    refused = kinds & {bytes, memoryview, dict, list}
    if refused:
        raise HoldfastError(
            f"{name}: the column {column} holds {min(kind.__name__ for kind in refused)}, which no table can.",
            fix=f"Leave it out: name the other columns in a query, in holdfast.yaml: tables.{name}.database.query.",
        )
    # Decimals as they are written: money is read from texts, to the cent.
    texts = [None if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value) for value in values]
    return pl.Series(column, texts, dtype=pl.String)


def _together(pieces: Sequence[Path], columns: Sequence[str]) -> pl.LazyFrame:
    """All batches as one frame: a column takes the type that holds the values of every batch."""
    if not pieces:
        return pl.LazyFrame(schema=dict.fromkeys(columns, pl.String()))
    schemas = [pl.read_parquet_schema(piece) for piece in pieces]
    types = {column: _common_type([schema[column] for schema in schemas]) for column in columns}
    casts = [pl.col(column).cast(dtype) for column, dtype in types.items()]
    return pl.concat([pl.scan_parquet(piece).select(casts) for piece in pieces])


def _common_type(dtypes: Sequence[pl.DataType]) -> pl.DataType:
    kinds = {dtype for dtype in dtypes if dtype != pl.Null()}
    if len(kinds) == 1:
        return kinds.pop()
    return pl.Float64() if kinds and all(dtype.is_numeric() for dtype in kinds) else pl.String()


def _scanned(files: Sequence[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(list(files), missing_columns="insert", extra_columns="ignore")


def _height(files: Sequence[Path]) -> int:
    return int(_scanned(files).select(pl.len()).collect().item())
