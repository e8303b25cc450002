"""Rows on their way into a store: which can be kept, in which types, and a count of every one that cannot."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.quality.parsing.texts import as_text
from holdfast.store.events.manifest import CUSTOMERS, types_known

NO_CUSTOMER = "no customer id"
NO_TIME = "no happened_at"
REPEATED = "exact repeat of a stored row"
SAMPLES = 3  # rows shown of each reason


@dataclass
class Counts:
    """What became of the rows of one table: rows in = kept + set aside, by reason."""

    rows_in: int = 0
    kept: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # reason -> the first rows, as they came
    notes: Counter[str] = field(default_factory=Counter)  # of rows that are kept: what was found -> how many

    def lay_aside(self, reason: str, rows: pl.DataFrame) -> None:
        """Count rows that are not kept, and hold on to the first of them."""
        if not rows.height:
            return
        self.set_aside[reason] += rows.height
        shown = self.samples.setdefault(reason, [])
        shown += rows.head(SAMPLES - len(shown)).to_dicts()

    def record(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "rows_in": self.rows_in,
            "rows_kept": self.kept,
            "rows_set_aside": sum(self.set_aside.values()),
            "set_aside": dict(self.set_aside),
            "samples": self.samples,
            "notes": {words: count for words, count in self.notes.items() if count},
        }


def accepted(table: str, frame: pl.DataFrame, known: Mapping[str, pl.DataType], counts: Counts) -> pl.DataFrame:
    """The rows that can be kept, customer_id first, in the types that the store holds.

    Args:
        table: its name; "customers" needs no happened_at.
        frame: rows as they come; times carry a time zone.
        known: the table's columns and types so far; new columns are added to them by the caller.
        counts: what is set aside and found is added to it.

    Raises:
        HoldfastError: a column that is needed is lacking, a time without a time zone, a type that cannot be kept or
            is not the one stored.
    """
    counts.rows_in += frame.height
    needed = ["customer_id"] if table == CUSTOMERS else ["customer_id", "happened_at"]
    lacking = [name for name in needed if name not in frame.columns]
    if lacking:
        raise HoldfastError(
            f"{table}: no column {' and no '.join(lacking)}; the rows have {', '.join(frame.columns[:12])}.",
            fix=f'Name it so: frame.rename({{"YOUR COLUMN": "{lacking[0]}"}})',
        )
    ids = as_text(frame["customer_id"].cast(_plain(frame.schema["customer_id"]))).str.strip_chars()
    rows = frame.with_columns(ids.set(ids == "", None).alias("customer_id"))
    rows = rows.with_columns(_typed(table, rows[name], known) for name in rows.columns)
    bad = rows["customer_id"].is_null()
    if bad.any():
        counts.lay_aside(NO_CUSTOMER, frame.filter(bad))
        frame, rows = frame.filter(~bad), rows.filter(~bad)
    if table == CUSTOMERS:
        return rows.select("customer_id", pl.exclude("customer_id"))
    bad = rows["happened_at"].is_null()
    if bad.any():
        counts.lay_aside(NO_TIME, frame.filter(bad))
        rows = rows.filter(~bad)
    return _with_known_at(rows, counts).select(
        "customer_id", "happened_at", "known_at", pl.exclude("customer_id", "happened_at", "known_at")
    )


def _with_known_at(rows: pl.DataFrame, counts: Counts) -> pl.DataFrame:
    if "known_at" not in rows.columns:
        counts.notes["known_at not given: taken as happened_at"] += rows.height
        return rows.with_columns(pl.col("happened_at").alias("known_at"))
    empty = rows["known_at"].null_count()
    if empty:
        counts.notes["known_at not given: taken as happened_at"] += empty
        rows = rows.with_columns(pl.col("known_at").fill_null(pl.col("happened_at")))
    counts.notes["known before it happened: seen from happened_at on"] += int(
        (rows["known_at"] < rows["happened_at"]).sum()
    )
    return rows


def _plain(dtype: pl.DataType) -> pl.DataType:
    return pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) or dtype == pl.Null() else dtype


def _typed(table: str, column: pl.Series, known: Mapping[str, pl.DataType]) -> pl.Series:
    wanted, dtype = known.get(column.name), column.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").cast(TIME)
    elif isinstance(dtype, pl.Decimal):
        column = column.cast(pl.Float64())
    else:
        column = column.cast(_plain(dtype))
    is_time = column.name in {"happened_at", "known_at"}
    if (isinstance(dtype, pl.Datetime) and dtype.time_zone is None) or (is_time and column.dtype != TIME):
        raise HoldfastError(
            f"{table}.{column.name}: {len(column):,} times without a time zone ({dtype}).",
            fix=f'Say which one they are in: pl.col("{column.name}").cast(pl.Datetime("us"))'
            '.dt.replace_time_zone("Europe/Berlin"); holdfast ingest reads them by the time_zone of holdfast.yaml.',
        )
    if wanted is not None and column.dtype != wanted:
        return _as_stored(table, column, wanted)
    if not types_known(column.dtype):
        raise HoldfastError(
            f"{table}.{column.name}: columns of type {dtype} cannot be stored.",
            fix=f'Take it out, or write it as text: frame.with_columns(pl.col("{column.name}").cast(pl.String))',
        )
    return column


def _as_stored(table: str, column: pl.Series, wanted: pl.DataType) -> pl.Series:
    empty = column.null_count() == len(column)
    if empty or (column.dtype.is_numeric() and wanted.is_numeric()):
        cast = column.cast(wanted, strict=False)
        # A number that does not survive the way there and back would be another number.
        if empty or (cast.cast(column.dtype, strict=False).eq_missing(column).all()):
            return cast
    raise HoldfastError(
        f"{table}.{column.name}: the rows hold {column.dtype}, the store holds {wanted}.",
        fix=f"Write it as before: frame.with_columns(pl.col({column.name!r}).cast(pl.{wanted})); "
        "or give it another name.",
    )
