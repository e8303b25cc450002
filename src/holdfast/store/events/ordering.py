"""Rows in the order of a store: by customer, happened_at, known_at, then all other columns by name.

All compiled functions stand in this file, as numba notices no change in another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.features.engine.jit import standalone

_SHORT = 48  # events of a customer that are sorted by insertion
KEYS = CUSTOMER, HAPPENED, KNOWN = ("customer_id", "happened_at", "known_at")

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """Rows whose texts may stand as places in lists of words; `words` names those columns."""

    frame: pl.DataFrame
    words: Mapping[str, pl.Series]

    def texts(self, names: list[str], rows: pl.DataFrame) -> pl.DataFrame:
        """Columns of some of the rows, the coded ones as texts again."""
        coded = [name for name in names if name in self.words]
        return rows.select(names).with_columns(self.words[name].gather(rows[name]).alias(name) for name in coded)


@standalone
def _placed(place: NDArray[np.int32], moments: Whole, starts: Whole, order: Whole, happened: Whole) -> None:
    for row in range(place.size):
        starts[place[row] + 1] += 1
    for one in range(1, starts.size):
        starts[one] += starts[one - 1]
    following = starts[:-1].copy()
    for row in range(place.size):
        at = following[place[row]]
        order[at], happened[at] = row, moments[row]
        following[place[row]] = at + 1


@standalone
def _by_time(starts: Whole, order: Whole, happened: Whole, known: Whole) -> None:
    # `happened` and `known`, which may be one array, come in the order of `order`, and stay so.
    for one in range(starts.size - 1):
        begin, end = starts[one], starts[one + 1]
        if end - begin > _SHORT:
            by = np.argsort(known[begin:end], kind="mergesort")
            by = by[np.argsort(happened[begin:end][by], kind="mergesort")]
            moments, learnts = happened[begin:end][by], known[begin:end][by]
            happened[begin:end], known[begin:end] = moments, learnts
            order[begin:end] = order[begin:end][by]
            continue
        for row in range(begin + 1, end):
            moment, learnt, held = happened[row], known[row], order[row]
            back = row - 1
            while back >= begin and (happened[back] > moment or (happened[back] == moment and known[back] > learnt)):
                happened[back + 1], known[back + 1], order[back + 1] = happened[back], known[back], order[back]
                back -= 1
            happened[back + 1], known[back + 1], order[back + 1] = moment, learnt, held


def coded_customers(ids: pl.Series | Any) -> tuple[pl.Series, pl.Series]:
    """(n,) Int32, the place of each id among the different ones, null for null; and those, sorted by their bytes.

    Args:
        ids: texts; or an Arrow array of such, which spares what Polars would make of it.
    """
    texts = ids.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()) if isinstance(ids, pl.Series) else ids
    if not len(texts):
        return pl.Series(CUSTOMER, [], dtype=pl.Int32), pl.Series(CUSTOMER, [], dtype=pl.String)
    found = texts.dictionary_encode()
    words = pl.Series(CUSTOMER, found.dictionary, dtype=pl.String)
    # One thread: the others sort other partitions; and Polars takes half the time so.
    sorting = words.to_frame().select(pl.arg_sort_by(CUSTOMER, multithreaded=False)).to_series()
    rank = np.empty(len(words), np.int32)
    rank[sorting.to_numpy()] = np.arange(len(words), dtype=np.int32)
    # By way of Polars: PyArrow imports pandas, where it is there, to go to or from NumPy (0.2 s).
    places = pl.Series(found.indices)
    coded = pl.Series(rank).gather(places) if texts.null_count else pl.Series(rank[places.to_numpy()])
    return coded.alias(CUSTOMER), words.gather(sorting)


def in_order(rows: Coded) -> Coded:
    """The rows sorted, with customer_id coded as places in its sorted words.

    Args:
        rows: customer_id (texts, or places in sorted words), happened_at and known_at (none of them null), and others.
    """
    frame, customers = rows.frame, rows.words.get(CUSTOMER)
    places = frame[CUSTOMER]
    if customers is None:
        places, customers = coded_customers(places)
    place = places.to_numpy()
    moments, learnt = (frame[name].to_physical().to_numpy() for name in KEYS[1:])
    order, starts = np.empty(frame.height, np.int64), np.zeros(len(customers) + 1, np.int64)
    happened = np.empty(frame.height, np.int64)
    _placed(place, moments, starts, order, happened)
    # Where no row was learnt later than it happened, one column is sorted for both.
    known = happened if np.array_equal(moments, learnt) else learnt[order]
    _by_time(starts, order, happened, known)
    place = np.repeat(np.arange(len(customers), dtype=np.int32), np.diff(starts))
    same = np.zeros(len(order), np.bool_)
    same[1:] = (place[1:] == place[:-1]) & (happened[1:] == happened[:-1])
    if known is not happened:
        same[1:] &= known[1:] == known[:-1]
    words = {**rows.words, CUSTOMER: customers}
    _order_ties(rows, order, same)
    times = pl.Series("happened_at", happened).cast(TIME)
    sorted_by = [pl.Series("customer_id", place), times]
    sorted_by.append(times.alias("known_at") if known is happened else pl.Series("known_at", known).cast(TIME))
    others = pl.DataFrame(picked(frame.drop(KEYS), order)) if frame.width > len(KEYS) else pl.DataFrame()
    return Coded(pl.DataFrame(sorted_by).hstack(others).select(frame.columns), words)


def single_batch(frame: pl.DataFrame) -> Any:
    """The frame as one Arrow record batch, slices of which are not copied."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=table.schema)


def picked(frame: pl.DataFrame, rows: Whole) -> Any:
    """Rows of a frame as one Arrow record batch; Arrow picks them in about half the time that Polars takes."""
    return taken(single_batch(frame), rows)


def taken(batch: Any, rows: Whole) -> Any:
    """Rows of an Arrow record batch."""
    return batch.take(pl.Series(rows).to_arrow())


def _order_ties(rows: Coded, order: Whole, same: NDArray[np.bool_]) -> None:
    others = sorted(set(rows.frame.columns) - set(KEYS))
    tied = np.flatnonzero(same | np.append(same[1:], False))
    if not tied.size or not others:
        return
    held = rows.texts(others, rows.frame[order[tied]]).with_columns(pl.Series("_run", np.cumsum(~same)[tied]))
    order[tied] = order[tied][held.select(pl.arg_sort_by("_run", *others)).to_series().to_numpy()]
