"""Rows by customer: ids in; the customers and each row's among them out, and what runs of equal rows add up to."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.stats.columns import nothing_known, rows_at
from holdfast.stats.string_views import run_starts

Integers = NDArray[np.int64]
_FEW = 1_000  # ids are sorted sooner than Polars begins


def customer_indexes(ids: pl.Series) -> tuple[pl.Series, Integers]:
    """The unique ids, sorted, and (n,) the index of each id among them."""
    starts = run_starts(ids)
    heads = heads_of(ids, starts)  # few where rows are grouped by customer
    if len(heads) == 1 and not heads.null_count():
        return heads, np.zeros(len(ids), dtype=np.int64)
    lengths = np.diff(np.append(starts, len(ids)))
    if not heads.null_count() and (heads[1:] > heads[:-1]).all():
        return heads, np.repeat(np.arange(len(heads)), lengths)
    if len(heads) <= _FEW and heads.dtype == pl.String and not heads.null_count():
        names = heads.to_list()
        indexes = {name: index for index, name in enumerate(sorted(set(names)))}
        return pl.Series(ids.name, [*indexes]), np.repeat([indexes[name] for name in names], lengths)
    customers = heads.unique().sort()
    indexed = customers.to_frame().with_row_index("index")
    joined = heads.to_frame().join(indexed, on=ids.name, how="left", maintain_order="left")
    return customers, np.repeat(joined["index"].cast(pl.Int64).to_numpy(), lengths)


def heads_of(ids: pl.Series, starts: Integers) -> pl.Series:
    """The first id of each run."""
    if len(starts) == len(ids):
        return ids
    return ids[:1] if len(starts) == 1 else ids[starts]


def beside(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the columns of `more` by customer_id, rows and order unchanged; of unique customers."""
    if more.width == 1:  # nothing but the ids
        return rows
    if not more.height and rows.height:  # nobody is there
        schema = {name: dtype for name, dtype in more.schema.items() if name != "customer_id"}
        return rows.hstack(nothing_known(schema, rows.height))
    if not rows["customer_id"].equals(more["customer_id"]):
        at = _positions(more["customer_id"]) if rows.height + more.height <= _FEW else {}
        if len(at) == more.height:
            return _picked(rows, more, at)
        return rows.join(more, on="customer_id", how="left", maintain_order="left")
    return rows.hstack([column for column in more if column.name != "customer_id"])


def _positions(ids: pl.Series) -> dict[str, int]:
    """Id -> its row; nobody has the id None."""
    return {name: row for row, name in enumerate(ids.to_list()) if name is not None}


def _picked(rows: pl.DataFrame, more: pl.DataFrame, at: Mapping[str, int]) -> pl.DataFrame:
    """`rows` with the columns of `more`, of few customers: looked up one by one sooner than tables are joined."""
    positions = pl.Series([at.get(name) for name in rows["customer_id"].to_list()], dtype=pl.UInt32)
    return rows.hstack(rows_at(more[[name for name in more.columns if name != "customer_id"]], positions))


def order_of(*keys: Integers) -> Integers:
    """The positions that put rows in the order of the keys, the first before the next; equal rows keep their order.

    Cleaned tables come in order, of which one look makes sure; sorting them again would take fifty times as long.
    """
    equal = np.ones(max(len(keys[0]) - 1, 0), dtype=np.bool_)
    for key in keys:
        if (equal & (key[1:] < key[:-1])).any():
            return np.lexsort(keys[::-1])
        equal &= key[1:] == key[:-1]
    return np.arange(len(keys[0]))


def starts_of_runs(*keys: Integers) -> Integers:
    """Where each run of rows with the same keys starts."""
    is_new = np.ones(len(keys[0]), dtype=np.bool_)
    is_new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.flatnonzero(is_new)


def reduced(by: np.ufunc, values: NDArray[np.int64], starts: Integers) -> Integers:
    """What the values of each run come to, such as their sum by `np.add`."""
    return by.reduceat(values, starts) if len(starts) else values[:0]
