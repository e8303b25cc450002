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

from holdfast.features.compiling import standalone

_SHORT = 48  # events of a customer that are sorted by insertion
KEYS = ("customer_id", "happened_at", "known_at")

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
def _placed(place: NDArray[np.int32], starts: Whole, order: Whole) -> None:
    for row in range(place.size):
        starts[place[row] + 1] += 1
    for one in range(1, starts.size):
        starts[one] += starts[one - 1]
    following = starts[:-1].copy()
    for row in range(place.size):
        order[following[place[row]]] = row
        following[place[row]] += 1


@standalone
def _by_time(starts: Whole, order: Whole, happened: Whole, known: Whole) -> None:
    # `happened` and `known` come in the order of `order`, and stay so.
    for one in range(starts.size - 1):
        begin, end = starts[one], starts[one + 1]
        if end - begin > _SHORT:
            by = np.argsort(known[begin:end], kind="mergesort")
            by = by[np.argsort(happened[begin:end][by], kind="mergesort")]
            happened[begin:end] = happened[begin:end][by]
            known[begin:end] = known[begin:end][by]
            order[begin:end] = order[begin:end][by]
            continue
        for row in range(begin + 1, end):
            moment, learnt, held = happened[row], known[row], order[row]
            back = row - 1
            while back >= begin and (happened[back] > moment or (happened[back] == moment and known[back] > learnt)):
                happened[back + 1], known[back + 1], order[back + 1] = happened[back], known[back], order[back]
                back -= 1
            happened[back + 1], known[back + 1], order[back + 1] = moment, learnt, held


def coded_customers(ids: pl.Series) -> tuple[NDArray[np.int32], pl.Series]:
    """(n,) the place of each id among the different ones; and those, sorted by their bytes."""
    if not len(ids):
        return np.empty(0, np.int32), ids.clear()
    found = ids.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    words = pl.Series(ids.name, found.dictionary, dtype=pl.String)
    sorting = words.arg_sort().to_numpy()
    rank = np.empty(len(words), np.int32)
    rank[sorting] = np.arange(len(words), dtype=np.int32)
    # By way of Polars: PyArrow imports pandas, where it is there, to go to or from NumPy (0.2 s).
    return rank[pl.Series(found.indices).to_numpy()], words.gather(sorting)


def in_order(rows: Coded) -> Coded:
    """The rows sorted, with customer_id coded as places in its sorted words.

    Args:
        rows: customer_id (String), happened_at and known_at (neither null), and any others.
    """
    frame = rows.frame
    place, customers = coded_customers(frame["customer_id"])
    order, starts = np.empty(frame.height, np.int64), np.zeros(len(customers) + 1, np.int64)
    _placed(place, starts, order)
    times = [frame[name].cast(pl.Int64).to_numpy()[order] for name in KEYS[1:]]
    _by_time(starts, order, *times)
    frame = frame.with_columns(pl.Series("customer_id", place))
    place = place[order]
    same = np.zeros(len(order), np.bool_)
    same[1:] = (place[1:] == place[:-1]) & (times[0][1:] == times[0][:-1]) & (times[1][1:] == times[1][:-1])
    _order_ties(Coded(frame, rows.words), order, same)
    return Coded(pl.DataFrame(picked(frame, order)), {**rows.words, "customer_id": customers})


def single_batch(frame: pl.DataFrame) -> Any:
    """The frame as one Arrow record batch, slices of which are not copied."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=table.schema)


def picked(frame: pl.DataFrame, rows: Whole) -> Any:
    """Rows of a frame as one Arrow record batch; Arrow picks them in about half the time that Polars takes."""
    return single_batch(frame).take(pl.Series(rows).to_arrow())


def _order_ties(rows: Coded, order: Whole, same: NDArray[np.bool_]) -> None:
    others = sorted(set(rows.frame.columns) - set(KEYS))
    tied = np.flatnonzero(same | np.append(same[1:], False))
    if not tied.size or not others:
        return
    held = rows.texts(others, rows.frame[order[tied]]).with_columns(pl.Series("_run", np.cumsum(~same)[tied]))
    order[tied] = order[tied][held.select(pl.arg_sort_by("_run", *others)).to_series().to_numpy()]
