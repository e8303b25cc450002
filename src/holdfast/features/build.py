"""Measure features: tables, records, customers and cutoffs in; one row a customer and cutoff out.

    build(tables, features, customers, cutoffs, threads=2) -> pl.DataFrame

`customers` is a Series of ids (each is asked about at each cutoff) or a frame (customer_id, cutoff) of the rows wanted.
A row depends on its own customer's records as known at its cutoff, and on nothing else; scores (`Formula.SCORE`) are
the exception: they rank the customer among all rows of the same cutoff.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.formulas import expression
from holdfast.features.spec import (
    OF_POPULATION,
    ZERO_WHEN_EMPTY,
    Aggregate,
    Attribute,
    Composite,
    DaysSince,
    Feature,
)
from holdfast.kinds import TIME

if TYPE_CHECKING:
    from holdfast.features.layout import Questions, Walks
    from holdfast.features.views import View

Tables = Mapping[str, pl.DataFrame]
_BLOCK = 32_768  # questions answered at a time, which bounds the memory beside the result
_CHUNK = 2048  # of them, how many a thread takes at a time
DAY_MICROSECONDS = 86_400_000_000


def build(
    tables: Tables,
    features: Sequence[Feature],
    customers: pl.Series | pl.DataFrame,
    cutoffs: Sequence[datetime | None],
    threads: int = 2,
) -> pl.DataFrame:
    """What was known about customers at cutoffs.

    Args:
        tables: "customers" (customer_id and attributes) and the event tables that the features name
            (customer_id, happened_at, known_at; times are `Datetime("us", "UTC")`).
        features: records; names must differ.
        customers: (n,) ids; or (rows, 2) customer_id and cutoff, then `cutoffs` is not looked at.
        cutoffs: UTC; None for a snapshot that knows no time (no feature may then need events).
        threads: how many to use; the result does not depend on it.

    Returns:
        customer_id, cutoff and one column a feature, in their order: Float64, Boolean, or String for categories.
        Rows by cutoff, then customers as given.
    """
    return ranked(partition(tables, features, _questions(customers, cutoffs), threads), features)


def ranked(frame: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    """Finished features, from what `partition` said of each part of the customers.

    Args:
        frame: (rows, ...) answers of `partition` for the same `features`, one below the other: all rows of each cutoff,
            since scores rank a customer among them. It may hold just the columns `columns_for_ranks`.
        features: records.

    Returns:
        customer_id, cutoff and one column a feature, in their order; of features that rank nobody, those in `frame`.
    """
    names = _names(features)
    frame = _composed(frame, [feature for feature in names if _ranks(feature)], names)
    there = set(frame.columns)
    return frame.select("customer_id", "cutoff", *(one.name for one in features if one.name in there))


def columns_for_ranks(features: Sequence[Feature]) -> tuple[str, ...]:
    """The columns of `partition` that features which rank customers are made of; none where no feature ranks."""
    names = _names(features)
    parts = dict.fromkeys(part for one in names if _ranks(one) for part in _inputs(one) if not _ranks(part))
    return ("customer_id", "cutoff", *(names[part] for part in parts)) if parts else ()


def partition(tables: Tables, features: Sequence[Feature], questions: pl.DataFrame, threads: int) -> pl.DataFrame:
    """What can be said of some customers without looking at others.

    Args:
        tables: as in `build`; the records of customers not asked about are ignored.
        features: records.
        questions: (rows, 2) customer_id, cutoff.
        threads: how many to use.

    Returns:
        customer_id, cutoff, the features that rank nobody, and what the others are made of.
    """
    names = _names(features)
    alone = [feature for feature in names if not _ranks(feature)]
    wanted = {*features, *(part for feature in names if _ranks(feature) for part in _inputs(feature))}
    kept = [names[feature] for feature in alone if feature in wanted]
    asked = _Asked.of(questions)
    parts = []
    measures = _measures(tables, names, asked)
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, max(questions.height, 1), _BLOCK):
            block = asked.questions.slice(begin, _BLOCK)
            columns = [block, _from_customers(tables, names, block)]
            columns += [one.answer(begin, block.height, pool) for one in measures]
            frame = _composed(pl.concat(columns, how="horizontal"), alone, names)
            parts.append(frame.select("customer_id", "cutoff", *kept))
    return asked.as_asked(parts)


@dataclass(frozen=True)
class _Asked:
    """Questions, each customer's one after another with the earliest cutoff first: the kernel goes on from there."""

    questions: pl.DataFrame
    customers: pl.Series  # unique ids
    places: NDArray[np.int64]  # (q,) of each question's customer among them
    back: NDArray[np.int64] | None  # (q,) where the answer to each question that was asked stands; None: in order

    @classmethod
    def of(cls, questions: pl.DataFrame) -> "_Asked":
        coded = questions["customer_id"].to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
        customers = pl.Series("customer_id", coded.dictionary, dtype=pl.String)
        places = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        cutoffs = questions["cutoff"].to_physical().fill_null(0).to_numpy()
        steps = np.diff(places)
        if ((steps > 0) | ((steps == 0) & (np.diff(cutoffs) >= 0))).all():
            return cls(questions, customers, places, None)
        order = np.lexsort((cutoffs, places))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return cls(questions[order], customers, places[order], back)

    def as_asked(self, parts: list[pl.DataFrame]) -> pl.DataFrame:
        """The answers, given block by block, in the order of the questions; the blocks are let go column by column."""
        if self.back is None:
            return pl.concat(parts, rechunk=False)
        columns = [[part[name] for part in parts] for name in parts[0].columns]
        parts.clear()
        for place, pieces in enumerate(columns):
            columns[place] = [pl.concat(pieces, rechunk=True).gather(self.back)]
            pieces.clear()
        return pl.DataFrame([column for (column,) in columns])


def _questions(customers: pl.Series | pl.DataFrame, cutoffs: Sequence[datetime | None]) -> pl.DataFrame:
    if isinstance(customers, pl.DataFrame):
        return customers.select(pl.col("customer_id").cast(pl.String), pl.col("cutoff").cast(TIME))
    moments = pl.DataFrame({"cutoff": pl.Series(list(cutoffs), dtype=TIME)})
    ids = customers.cast(pl.String).alias("customer_id").to_frame()
    return moments.join(ids, how="cross").select("customer_id", "cutoff")


def _inputs(feature: Feature) -> tuple[Feature, ...]:
    return feature.inputs if isinstance(feature, Composite) else ()


def _ranks(feature: Feature) -> bool:
    """Whether a feature looks at other customers, itself or through its inputs."""
    if not isinstance(feature, Composite):
        return False
    return feature.formula in OF_POPULATION or any(_ranks(one) for one in feature.inputs)


def _names(features: Sequence[Feature]) -> dict[Feature, str]:
    """Every feature once, what it is made of before it, and the column that it stands in."""
    found: dict[Feature, str] = {}
    taken = {"customer_id", "cutoff", *(feature.name for feature in features)}
    if len(taken) != len(features) + 2:
        raise ValueError("two features have the same name")

    def add(feature: Feature, *, is_wanted: bool) -> None:
        for part in _inputs(feature):
            add(part, is_wanted=part in wanted)
        if feature in found:
            return
        name = feature.name
        while not is_wanted and name in taken:  # an input that is no feature of its own
            name += "_"
        taken.add(name)
        found[feature] = name

    wanted = set(features)
    for feature in features:
        add(feature, is_wanted=True)
    return found


def _composed(frame: pl.DataFrame, features: Sequence[Feature], names: Mapping[Feature, str]) -> pl.DataFrame:
    waiting = [feature for feature in features if isinstance(feature, Composite)]
    while waiting:
        there = set(frame.columns)
        ready = [one for one in waiting if all(names[part] in there for part in one.inputs)]
        frame = frame.with_columns(expression(one, [names[part] for part in one.inputs], names[one]) for one in ready)
        waiting = [one for one in waiting if one not in ready]
    return frame


def _from_customers(tables: Tables, names: Mapping[Feature, str], questions: pl.DataFrame) -> pl.DataFrame:
    plain = [feature for feature in names if isinstance(feature, Attribute | DaysSince)]
    if not plain:
        return pl.DataFrame()
    columns = dict.fromkeys(feature.column for feature in plain)
    people = tables["customers"].select("customer_id", *(pl.col(name).name.prefix("_own_") for name in columns))
    frame = questions.join(people, on="customer_id", how="left", maintain_order="left")
    return frame.select(_own(one, frame.schema[f"_own_{one.column}"]).alias(names[one]) for one in plain)


def _own(feature: Attribute | DaysSince, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(f"_own_{feature.column}")
    if isinstance(feature, DaysSince):
        days = (pl.col("cutoff") - column).dt.total_microseconds() / DAY_MICROSECONDS
        return pl.when(column < pl.col("cutoff")).then(days)
    return column.cast(pl.Float64) if dtype.is_numeric() else column


@dataclass(frozen=True)
class _Measure:
    """The aggregates of one view of one table, ready to be answered."""

    aggregates: Mapping[Aggregate, str]  # and the columns they stand in
    view: "View"
    walks: "Walks"
    questions: "Questions"

    def answer(self, begin: int, height: int, pool: ThreadPoolExecutor) -> pl.DataFrame:
        """The columns for the questions from `begin` on."""
        from holdfast.features.kernel import measure
        from holdfast.features.layout import Questions

        end = begin + height
        asked = Questions(*(column[begin:end] for column in self.questions))
        numbers = np.empty((len(self.aggregates), height))
        waiting = [
            pool.submit(measure, self.view.events, asked, self.walks, first, min(first + _CHUNK, height), numbers)
            for first in range(0, height, _CHUNK)
        ]
        for one in waiting:
            one.result()
        columns = zip(self.aggregates.items(), numbers, strict=True)
        return pl.DataFrame([self._column(one, row).alias(name) for (one, name), row in columns])

    def _column(self, aggregate: Aggregate, numbers: NDArray[np.float64]) -> pl.Series:
        column = pl.Series(numbers)
        if aggregate.operator in ZERO_WHEN_EMPTY:
            return column
        column = column.fill_nan(None)
        if aggregate.is_category:
            return self.view.words[aggregate.column].gather(column.cast(pl.Int64))
        return column


def _measures(tables: Tables, names: Mapping[Feature, str], asked: _Asked) -> list[_Measure]:
    groups: dict[tuple[str, ...], dict[Aggregate, str]] = {}
    for feature, name in names.items():
        if isinstance(feature, Aggregate):
            # Rows are put together within what `where` asks for, so that no other feature changes what is one event.
            apart = (feature.per, *(column for column, _ in feature.where)) if feature.per else ()
            groups.setdefault((feature.table, *apart), {})[feature] = name
    if not groups:
        return []
    # Compiled code is loaded when there is something to measure, not when records are read.
    from holdfast.features.layout import Questions
    from holdfast.features.views import Records, view
    from holdfast.features.walks import plan_walks

    questions = Questions(asked.places, asked.questions["cutoff"].to_physical().fill_null(0).to_numpy(writable=True))
    records = {table: Records(tables[table], asked.customers) for table in {table for table, *_ in groups}}
    measures = []
    for (table, *_), aggregates in groups.items():
        seen = view(records[table], aggregates)
        measures.append(_Measure(aggregates, seen, plan_walks([*aggregates], seen), questions))
    return measures
