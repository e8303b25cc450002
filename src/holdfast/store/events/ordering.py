"""Rows in the order of a store: by customer, happened_at, known_at, then all other columns by name.

All compiled functions stand in this file, as numba notices no change in another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.features.engine.jit import standalone
from holdfast.features.partitioning import is_too_little_to_compile

_STEPS_A_ROW = 20  # of a sort
_SHORT = 48  # events of a customer that are sorted by insertion
KEYS = CUSTOMER, HAPPENED_AT, KNOWN_AT = ("customer_id", "happened_at", "known_at")

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """Rows whose text columns may be dictionary-coded: row numbers into `words`, which names those columns."""

    frame: pl.DataFrame
    words: Mapping[str, pl.Series]


@standalone
def _group_by_customer(
    customer: NDArray[np.int32], happened_at: Whole, starts: Whole, order: Whole, happened: Whole
) -> None:
    # Counting sort: `starts` gets the first row of each customer, `order` the rows, `happened` their times.
    for row in range(customer.size):
        starts[customer[row] + 1] += 1
    for code in range(1, starts.size):
        starts[code] += starts[code - 1]
    next_free = starts[:-1].copy()
    for row in range(customer.size):
        target = next_free[customer[row]]
        order[target], happened[target] = row, happened_at[row]
        next_free[customer[row]] = target + 1


@standalone
def _sort_by_time(starts: Whole, order: Whole, happened_at: Whole, known_at: Whole) -> None:
    # `happened` and `known`, which may be one array, come in the order of `order`, and stay so.
    for customer in range(starts.size - 1):
        begin, end = starts[customer], starts[customer + 1]
        if end - begin > _SHORT:
            by = np.argsort(known_at[begin:end], kind="mergesort")
            by = by[np.argsort(happened_at[begin:end][by], kind="mergesort")]
            sorted_happened, sorted_known = happened_at[begin:end][by], known_at[begin:end][by]
            happened_at[begin:end], known_at[begin:end] = sorted_happened, sorted_known
            order[begin:end] = order[begin:end][by]
            continue
        for row in range(begin + 1, end):
            moment, visible, original = happened_at[row], known_at[row], order[row]
            back = row - 1
            while back >= begin and (
                happened_at[back] > moment or (happened_at[back] == moment and known_at[back] > visible)
            ):
                happened_at[back + 1], known_at[back + 1], order[back + 1] = (
                    happened_at[back],
                    known_at[back],
                    order[back],
                )
                back -= 1
            happened_at[back + 1], known_at[back + 1], order[back + 1] = moment, visible, original


def coded_customers(ids: pl.Series | Any) -> tuple[pl.Series, pl.Series]:
    """Customer ids as codes, and the distinct ids that the codes number.

    Args:
        ids: (n,) texts; or an Arrow array of such, which spares what Polars would make of it.

    Returns:
        (n,) Int32 codes, null for null; the distinct ids, sorted by their bytes.
    """
    texts = ids.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()) if isinstance(ids, pl.Series) else ids
    if not len(texts):
        return pl.Series(CUSTOMER, [], dtype=pl.Int32), pl.Series(CUSTOMER, [], dtype=pl.String)
    encoded = texts.dictionary_encode()
    words = pl.Series(CUSTOMER, encoded.dictionary, dtype=pl.String)
    # One thread: the others sort other partitions; and Polars takes half the time so.
    sorting = words.to_frame().select(pl.arg_sort_by(CUSTOMER, multithreaded=False)).to_series()
    rank = np.empty(len(words), np.int32)
    rank[sorting.to_numpy()] = np.arange(len(words), dtype=np.int32)
    # By way of Polars: PyArrow imports pandas, where it is installed, to go to or from NumPy (0.2 s).
    indices = pl.Series(encoded.indices)
    codes = pl.Series(rank).gather(indices) if texts.null_count else pl.Series(rank[indices.to_numpy()])
    return codes.alias(CUSTOMER), words.gather(sorting)


def in_order(rows: pl.DataFrame) -> Coded:
    """Events sorted as the store keeps them, customer_id coded by its sorted distinct ids.

    Args:
        rows: customer_id, happened_at and known_at (none of them null), and other columns.
    """
    codes, customers = coded_customers(rows[CUSTOMER])
    customer = codes.to_numpy()
    happened_at, known_at = (rows[name].to_physical().to_numpy() for name in KEYS[1:])
    is_one_time = np.array_equal(happened_at, known_at)  # no row was known later than it happened
    if is_too_little_to_compile(_STEPS_A_ROW * rows.height):
        order = np.lexsort((known_at, happened_at, customer))
        customer, happened = customer[order], happened_at[order]
        known_times = happened if is_one_time else known_at[order]
    else:
        order, starts = np.empty(rows.height, np.int64), np.zeros(len(customers) + 1, np.int64)
        happened = np.empty(rows.height, np.int64)
        _group_by_customer(customer, happened_at, starts, order, happened)
        known_times = happened if is_one_time else known_at[order]  # one column is sorted for both
        _sort_by_time(starts, order, happened, known_times)
        customer = np.repeat(np.arange(len(customers), dtype=np.int32), np.diff(starts))
    same = np.zeros(len(order), np.bool_)
    same[1:] = (customer[1:] == customer[:-1]) & (happened[1:] == happened[:-1])
    if known_times is not happened:
        same[1:] &= known_times[1:] == known_times[:-1]
    _sort_ties(rows, order, same)
    times = pl.Series("happened_at", happened).cast(TIME)
    sorted_by = [pl.Series("customer_id", customer), times]
    sorted_by.append(
        times.alias("known_at") if known_times is happened else pl.Series("known_at", known_times).cast(TIME)
    )
    others = pl.DataFrame(taken(single_batch(rows.drop(KEYS)), order)) if rows.width > len(KEYS) else pl.DataFrame()
    return Coded(pl.DataFrame(sorted_by).hstack(others).select(rows.columns), {CUSTOMER: customers})


def single_batch(frame: pl.DataFrame) -> Any:
    """The frame as one Arrow record batch, slices of which are not copied."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    if table.num_rows:
        return table.to_batches()[0]
    import pyarrow as pa  # late, as in files.py

    return pa.RecordBatch.from_pylist([], schema=table.schema)


def taken(batch: Any, rows: Whole) -> Any:
    """Rows of an Arrow record batch by their numbers; Arrow takes about half the time that Polars does."""
    return batch.take(pl.Series(rows).to_arrow())


def _sort_ties(rows: pl.DataFrame, order: Whole, same: NDArray[np.bool_]) -> None:
    """Order rows of the same customer and times by all other columns."""
    others = sorted(set(rows.columns) - set(KEYS))
    tied = np.flatnonzero(same | np.append(same[1:], False))
    if not tied.size or not others:
        return
    ties = rows.select(others)[order[tied]].with_columns(pl.Series("_run", np.cumsum(~same)[tied]))
    order[tied] = order[tied][ties.select(pl.arg_sort_by("_run", *others)).to_series().to_numpy()]
