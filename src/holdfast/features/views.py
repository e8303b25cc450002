"""A table of events as the kernel reads it: sorted arrays, the same whatever order the rows came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.kernel import Events, add_up
from holdfast.features.spec import OF_TIMES, Aggregate, Operator
from holdfast.kinds import TIME

Condition = tuple[tuple[str, str], ...]
_OF_VALUES = frozenset({Operator.DISTINCT})
_EITHER = frozenset({Operator.FIRST, Operator.LAST, Operator.COUNT})


@dataclass(frozen=True)
class View:
    """Sorted events with the places of what was asked for."""

    events: Events
    numbers: dict[str, int]
    values: dict[str, int]
    masks: dict[Condition, int]
    words: dict[str, pl.Series]  # column -> its dictionary, for those whose values are read out


def looks_at_values(aggregate: Aggregate, dtype: pl.DataType) -> bool:
    """Whether a column is read as places in a dictionary instead of as numbers."""
    return aggregate.operator in _OF_VALUES or (aggregate.operator in _EITHER and dtype == pl.String())


def view(table: pl.DataFrame, aggregates: Iterable[Aggregate], customers: pl.Series) -> View:
    """Arrays for aggregates that share a table and its `per`.

    Args:
        table: customer_id, happened_at, known_at (may be lacking), and the columns that the aggregates name.
        aggregates: at least one.
        customers: unique ids; the events of all others are left out.
    """
    asked = tuple(aggregates)
    per = asked[0].per
    measured = {a.column: a for a in asked if a.column and a.operator not in OF_TIMES}
    schema = table.schema
    values = sorted({a.column for a in asked if a.column in measured and looks_at_values(a, schema[a.column])})
    numbers = sorted({a.column for a in asked if a.column in measured and not looks_at_values(a, schema[a.column])})
    conditions = sorted({a.where for a in asked if a.where})
    named = sorted({column for condition in conditions for column, _ in condition})
    first = [*([per] if per else []), *named]  # rows to be put together must stand together
    rows = _sorted(table, customers, [*dict.fromkeys([*first, *values, *numbers])])
    columns = {name: _numbers(rows[name]) for name in numbers}
    if per:
        same = _same_as_before(rows, ["_customer", "happened_at", "_known", *first])
        begins = np.flatnonzero(~same).astype(np.int64)
        columns = {name: add_up(begins, column) for name, column in columns.items()}
        rows = rows[begins]
    codes = {name: _places(rows[name]) for name in values}
    masks = [_mask(rows, condition) for condition in conditions]
    happened = rows["happened_at"].to_physical().to_numpy(writable=True)
    learnt = np.maximum(happened, rows["_known"].to_physical().to_numpy())
    counts = np.bincount(rows["_customer"].to_numpy(), minlength=len(customers))
    events = Events(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        happened=happened,
        learnt=learnt,
        numbers=_stack([columns[name] for name in numbers], rows.height, np.float64),
        values=_stack([code for code, _ in codes.values()], rows.height, np.int32),
        masks=_stack(masks, rows.height, np.uint8),
        most_values=max((len(words) for _, words in codes.values()), default=0),
    )
    return View(
        events,
        {name: place for place, name in enumerate(numbers)},
        {name: place for place, name in enumerate(values)},
        {condition: place for place, condition in enumerate(conditions)},
        {name: words for name, (_, words) in codes.items()},
    )


def _sorted(table: pl.DataFrame, customers: pl.Series, columns: list[str]) -> pl.DataFrame:
    known = pl.col("known_at") if "known_at" in table.columns else pl.lit(None, TIME)
    places = pl.DataFrame({"customer_id": customers}).with_row_index("_customer")
    rows = (
        table.lazy()
        .filter(pl.col("happened_at").is_not_null())
        .select("customer_id", "happened_at", known.fill_null(pl.col("happened_at")).alias("_known"), *columns)
        .join(places.lazy(), on="customer_id", how="inner")
        .drop("customer_id")
        .sort("_customer", "happened_at", "_known")
        .collect()
    )
    if not columns:
        return rows
    # Sums of floats depend on their order: rows of one moment are ordered by what they hold.
    keys = ["_customer", "happened_at", "_known"]
    new = ~_same_as_before(rows, keys)
    tied = np.flatnonzero(~new | ~np.append(new[1:], True))
    if not tied.size:
        return rows
    order = np.arange(rows.height)
    order[tied] = tied[rows[tied].select(pl.arg_sort_by(*keys, *columns, nulls_last=False)).to_series().to_numpy()]
    return rows[order]


def _same_as_before(rows: pl.DataFrame, keys: list[str]) -> NDArray[np.bool_]:
    same = pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift(1)) for key in keys)
    told = rows.select(same.alias("same"))["same"].to_numpy().copy()
    if told.size:
        told[0] = False
    return told


def _numbers(column: pl.Series) -> NDArray[np.float64]:
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    # Minus zero would make the least of two zeros a matter of their order.
    return np.where(np.isfinite(numbers), numbers, np.nan) + 0.0


def _places(column: pl.Series) -> tuple[NDArray[np.int32], pl.Series]:
    import pyarrow as pa

    known = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    coded = pa.array(known).dictionary_encode() if not isinstance(known, pa.ChunkedArray) else known.combine_chunks()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return places, pl.Series(column.name, coded.dictionary)


def _mask(rows: pl.DataFrame, condition: Condition) -> NDArray[np.uint8]:
    holds = pl.all_horizontal(pl.col(column).cast(pl.String).eq(value).fill_null(False) for column, value in condition)
    return rows.select(holds.cast(pl.UInt8).alias("holds"))["holds"].to_numpy()


def _stack(columns: Sequence[NDArray[Any]], height: int, dtype: type) -> NDArray[Any]:
    return np.stack(columns).astype(dtype, copy=False) if columns else np.empty((0, height), dtype=dtype)
