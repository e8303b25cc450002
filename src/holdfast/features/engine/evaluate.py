"""Questions (customer, cutoff) put to the kernel block by block, and answers given back in the order of the asking."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.string_views import run_starts
from holdfast.features.formulas import Column, Numbers, series_of
from holdfast.features.spec import ZERO_WHEN_EMPTY, Aggregate, Operator

if TYPE_CHECKING:
    from holdfast.features.engine.event_arrays import View
    from holdfast.features.engine.types import Walks

Tables = Mapping[str, pl.DataFrame]
Whole = NDArray[np.int64]
_BLOCK = 32_768  # questions answered at a time, which bounds the memory beside the result
_CHUNK = 2048  # of them, how many a thread takes at a time
_ALWAYS_A_NUMBER = ZERO_WHEN_EMPTY - {Operator.SUM}  # a sum may be too great for one
_SHORT = 64  # rows; where runs are shorter, rows are picked one by one


@dataclass(frozen=True)
class Block:
    """Some questions, in the order of the asking."""

    questions: pl.DataFrame
    customers: Whole  # (q,) places of customers, one after another with the earliest cutoff first
    cutoffs: Whole  # (q,) microseconds since 1970, UTC
    rows: Whole  # (q,) row of `questions` for each of them


@dataclass
class Answers:
    """The aggregates of some tables, ready to be answered."""

    questions: pl.DataFrame
    customers: pl.Series  # unique ids, ascending
    places: Whole  # (q,) of each question's customer
    cutoffs: Whole  # (q,)
    order: Whole | None  # (q,) questions by customer and cutoff; None: as they stand
    measures: list["_Measure"] = field(default_factory=list)

    @classmethod
    def of(
        cls, tables: Tables, aggregates: Mapping[Aggregate, str], questions: pl.DataFrame, pool: ThreadPoolExecutor
    ) -> "Answers":
        """Read the records of the customers in `questions`.

        Args:
            tables: event tables.
            aggregates: each with the column that it will stand in.
            questions: (q, 2) customer_id, cutoff.
            pool: threads to use.
        """
        customers, places = _places(questions["customer_id"])
        cutoffs = questions["cutoff"].to_physical().fill_null(0).to_numpy()
        step = np.diff(places)
        is_in_order = bool(((step > 0) | ((step == 0) & (np.diff(cutoffs) >= 0))).all())
        order = None if is_in_order or not aggregates else np.lexsort((cutoffs, places))
        return cls(questions, customers, places, cutoffs, order, _measures(tables, aggregates, customers, pool))

    def blocks(self) -> Iterator[Block]:
        """All questions, at least one block."""
        height = self.questions.height
        for begin in range(0, max(height, 1), _BLOCK):
            end = min(begin + _BLOCK, height)
            if self.order is None:
                rows, chosen = np.arange(end - begin), slice(begin, end)
                yield Block(self.questions[chosen], self.places[chosen], self.cutoffs[chosen], rows)
                continue
            by_customer = self.order[begin:end]
            as_asked = np.argsort(by_customer)
            rows = np.empty_like(as_asked)
            rows[as_asked] = np.arange(len(rows))
            questions = self.questions[by_customer[as_asked]]
            yield Block(questions, self.places[by_customer], self.cutoffs[by_customer], rows)

    def to(self, block: Block, pool: ThreadPoolExecutor) -> dict[str, Column]:
        """The columns of all aggregates for one block."""
        return {name: column for one in self.measures for name, column in one.answer(block, pool)}

    def as_asked(self, parts: list[pl.DataFrame]) -> pl.DataFrame:
        """The answers to all blocks in the order of the asking; they are let go column by column."""
        if self.order is None:
            return pl.concat(parts, rechunk=False)
        blocks = [np.sort(self.order[begin : begin + _BLOCK]) for begin in range(0, len(self.order), _BLOCK)]
        # A block holds the same customers at each cutoff: where those were asked in turn, whole slices move.
        runs = sorted(
            (int(rows[start]), number, int(start), int(end - start))
            for number, rows in enumerate(blocks)
            for start, end in _runs(rows)
        )
        columns = {name: [part[name] for part in parts] for name in parts[0].columns}
        parts.clear()
        back = None
        if len(runs) * _SHORT > len(self.order):
            back = np.argsort(np.concatenate(blocks))
        answer = []
        for name in list(columns):
            pieces = columns.pop(name)
            if back is None:
                pieces = [pieces[number].slice(start, size) for _, number, start, size in runs]
                answer.append(pl.concat(pieces, rechunk=True))
            else:
                answer.append(pl.concat(pieces, rechunk=True).gather(back))
        return pl.DataFrame(answer)


def _places(ids: pl.Series) -> tuple[pl.Series, Whole]:
    """Unique ids in their order, and each one's place among them."""
    starts = run_starts(ids)
    heads = ids.gather(starts)  # few where a customer's rows stand together
    lengths = np.diff(np.append(starts, len(ids)))
    if not heads.null_count() and (heads[1:] > heads[:-1]).all():
        return heads, np.repeat(np.arange(len(heads)), lengths)
    customers = heads.unique().sort()
    found = heads.to_frame().join(
        customers.to_frame().with_row_index("place"), on=ids.name, how="left", maintain_order="left"
    )
    return customers, np.repeat(found["place"].cast(pl.Int64).to_numpy(), lengths)


def _runs(rows: Whole) -> list[tuple[int, int]]:
    """Where consecutive numbers begin and end."""
    edges = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
    return list(pairwise(edges))


@dataclass(frozen=True)
class _Measure:
    """The aggregates of one view of one table."""

    aggregates: Mapping[Aggregate, str]  # and the columns they stand in
    view: "View"
    walks: "Walks"

    def answer(self, block: Block, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Column]]:
        """The columns for the questions of a block."""
        from holdfast.features.engine.kernel import measure
        from holdfast.features.engine.types import Questions

        height = block.questions.height
        asked = Questions(block.customers, block.cutoffs, block.rows)
        numbers = np.empty((len(self.aggregates), height))
        waiting = [
            pool.submit(measure, self.view.events, asked, self.walks, first, min(first + _CHUNK, height), numbers)
            for first in range(0, height, _CHUNK)
        ]
        for one in waiting:
            one.result()
        for (aggregate, name), column in zip(self.aggregates.items(), numbers, strict=True):
            yield name, self._told(aggregate, name, column)

    def _told(self, aggregate: Aggregate, name: str, numbers: Numbers) -> Column:
        if aggregate.operator in _ALWAYS_A_NUMBER:
            return pl.Series(name, numbers)
        if aggregate.is_category:
            return self.view.words[aggregate.column].gather(series_of(name, numbers).cast(pl.Int64))
        return numbers


def _measures(
    tables: Tables, aggregates: Mapping[Aggregate, str], customers: pl.Series, pool: ThreadPoolExecutor
) -> list[_Measure]:
    groups: dict[tuple[str, ...], dict[Aggregate, str]] = {}
    for aggregate, name in aggregates.items():
        # Rows are put together within what `where` asks for, so that no other feature changes what is one event.
        apart = (aggregate.per, *(column for column, _ in aggregate.where)) if aggregate.per else ()
        groups.setdefault((aggregate.table, *apart), {})[aggregate] = name
    if not groups:
        return []
    # Compiled code is loaded when there is something to measure, not when records are read.
    from holdfast.features.engine.event_arrays import Records, view
    from holdfast.features.engine.plan import plan_walks

    records = {table: Records(tables[table], customers) for table in {table for table, *_ in groups}}
    measures = []
    for (table, *_), alike in groups.items():
        seen = view(records[table], alike, pool)
        measures.append(_Measure(alike, seen, plan_walks([*alike], seen)))
    return measures
