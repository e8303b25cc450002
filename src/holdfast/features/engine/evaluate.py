"""Evaluate aggregates in blocks of requests (customer, cutoff), and restore the caller's row order."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.memo import remembered
from holdfast.features.formulas import Column, Numbers, series_of
from holdfast.features.spec import Aggregate
from holdfast.stats.runs import customer_indexes

if TYPE_CHECKING:
    from holdfast.features.engine.event_arrays import EventArrays
    from holdfast.features.engine.types import Scans

Tables = Mapping[str, pl.DataFrame]
Integers = NDArray[np.int64]
_BLOCK = 32_768  # requests evaluated at a time, which bounds the memory beside the result
_CHUNK = 2048  # of them, how many a thread takes at a time
_SHORT_RUN = 64  # rows; where runs are shorter, rows are picked one by one


@dataclass(frozen=True)
class Block:
    """Some of the requests, in the caller's order, and the same grouped by customer for the kernel."""

    requests: pl.DataFrame
    customers: Integers  # (q,) index of the customer, cutoffs of one customer ascending
    cutoffs: Integers  # (q,) microseconds since 1970, UTC
    rows: Integers  # (q,) row of `requests` for each of them


@dataclass
class Evaluator:
    """The aggregates of some tables, planned and ready for requests."""

    requests: pl.DataFrame
    customers: pl.Series  # unique ids, ascending
    indexes: Integers  # (q,) of each request's customer
    cutoffs: Integers  # (q,)
    order: Integers | None  # (q,) requests by customer and cutoff; None: they are in this order
    groups: list["_AggregateGroup"] = field(default_factory=list)

    @classmethod
    def of(
        cls, tables: Tables, aggregates: Mapping[Aggregate, str], requests: pl.DataFrame, pool: Executor
    ) -> "Evaluator":
        """Read the records of the customers in `requests`.

        Args:
            tables: event tables.
            aggregates: each with the name of its column in the result.
            requests: (q, 2) customer_id, cutoff.
            pool: threads to use.
        """
        customers, indexes = customer_indexes(requests["customer_id"])
        moments = requests["cutoff"].cast(pl.Int64)
        cutoffs = (moments.fill_null(0) if moments.null_count() else moments).to_numpy()
        step = np.diff(indexes)
        is_in_order = bool(((step > 0) | ((step == 0) & (np.diff(cutoffs) >= 0))).all())
        order = None if is_in_order or not aggregates else np.lexsort((cutoffs, indexes))
        return cls(requests, customers, indexes, cutoffs, order, _groups(tables, aggregates, customers, pool))

    @property
    def is_one_block(self) -> bool:
        """Whether all requests are one block, in their order."""
        return self.order is None and self.requests.height <= _BLOCK

    def blocks(self) -> Iterator[Block]:
        """All requests, at least one block."""
        height = self.requests.height
        for begin in range(0, max(height, 1), _BLOCK):
            end = min(begin + _BLOCK, height)
            if self.order is None:
                rows, chosen = np.arange(end - begin), slice(begin, end)
                yield Block(self.requests[chosen], self.indexes[chosen], self.cutoffs[chosen], rows)
                continue
            by_customer = self.order[begin:end]
            in_caller_order = np.argsort(by_customer)
            rows = np.empty_like(in_caller_order)
            rows[in_caller_order] = np.arange(len(rows))
            requests = self.requests[by_customer[in_caller_order]]
            yield Block(requests, self.indexes[by_customer], self.cutoffs[by_customer], rows)

    def evaluate(self, block: Block, pool: Executor) -> dict[str, Column]:
        """The columns of all aggregates for one block."""
        return {name: column for group in self.groups for name, column in group.evaluate(block, pool)}

    def restore_order(self, frames: list[pl.DataFrame]) -> pl.DataFrame:
        """The results of all blocks in the caller's order; `frames` is emptied, to free memory column by column."""
        if self.order is None:
            return pl.concat(frames, rechunk=False)
        blocks = [np.sort(self.order[begin : begin + _BLOCK]) for begin in range(0, len(self.order), _BLOCK)]
        # A block holds the same customers at each cutoff: where requests go cutoff by cutoff, whole slices move.
        runs = sorted(
            (int(rows[start]), number, int(start), int(end - start))
            for number, rows in enumerate(blocks)
            for start, end in _runs(rows)
        )
        columns = {name: [frame[name] for frame in frames] for name in frames[0].columns}
        frames.clear()
        positions = None
        if len(runs) * _SHORT_RUN > len(self.order):
            positions = np.argsort(np.concatenate(blocks))
        restored = []
        for name in list(columns):
            pieces = columns.pop(name)
            if positions is None:
                pieces = [pieces[number].slice(start, size) for _, number, start, size in runs]
                restored.append(pl.concat(pieces, rechunk=True))
            else:
                restored.append(pl.concat(pieces, rechunk=True).gather(positions))
        return pl.DataFrame(restored)


def _runs(rows: Integers) -> list[tuple[int, int]]:
    """Begin and end of each run of consecutive numbers."""
    edges = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
    return list(pairwise(edges))


@dataclass(frozen=True)
class _AggregateGroup:
    """Aggregates that read the same arrays of one table."""

    aggregates: Mapping[Aggregate, str]  # and their columns in the result
    arrays: "EventArrays"
    scans: "Scans"

    def evaluate(self, block: Block, pool: Executor) -> Iterator[tuple[str, Column]]:
        """The columns for the requests of a block."""
        from holdfast.features.engine.kernel import measure
        from holdfast.features.engine.types import Requests

        height = block.requests.height
        requests = Requests(block.customers, block.cutoffs, block.rows)
        for array in requests:
            array.setflags(write=False)  # as some come from Polars: for a second type all would be compiled again
        numbers = np.empty((len(self.aggregates), height))
        chunks = [
            pool.submit(measure, self.arrays.events, requests, self.scans, first, min(first + _CHUNK, height), numbers)
            for first in range(0, height, _CHUNK)
        ]
        for chunk in chunks:
            chunk.result()
        for (aggregate, name), column in zip(self.aggregates.items(), numbers, strict=True):
            yield name, self._column(aggregate, name, column)

    def _column(self, aggregate: Aggregate, name: str, numbers: Numbers) -> Column:
        if aggregate.is_category:
            codes = series_of(name, numbers).cast(pl.Int64)
            return self.arrays.dictionaries[aggregate.column].gather(codes)
        return numbers


def _groups(
    tables: Tables, aggregates: Mapping[Aggregate, str], customers: pl.Series, pool: Executor
) -> list[_AggregateGroup]:
    if not aggregates:
        return []
    # Compiled code is loaded when there is something to measure, not when records are read.
    from holdfast.features.engine.event_arrays import EventColumns, event_arrays
    from holdfast.features.engine.plan import plan_scans

    by_table = _by_table(aggregates)
    columns = {table: EventColumns(tables[table], customers) for table in {table for table, _ in by_table}}
    groups = []
    for table, members in by_table:
        arrays = event_arrays(columns[table], members, pool)
        groups.append(_AggregateGroup(members, arrays, plan_scans(members, arrays.layout)))
    return groups


@remembered(4)
def _by_table(aggregates: Mapping[Aggregate, str]) -> tuple[tuple[str, Mapping[Aggregate, str]], ...]:
    """Aggregates that read the same arrays of one table, with the names of their columns."""
    by_key: dict[tuple[str, ...], dict[Aggregate, str]] = {}
    for aggregate, name in aggregates.items():
        # Rows become one event within what `where` selects, so that no other feature changes what is one event.
        keys = (aggregate.per, *(column for column, _ in aggregate.where)) if aggregate.per else ()
        by_key.setdefault((aggregate.table, *keys), {})[aggregate] = name
    return tuple((table, members) for (table, *_), members in by_key.items())
