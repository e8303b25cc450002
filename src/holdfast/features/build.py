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
    from holdfast.features.kernel import Questions, Walks
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
    questions = _questions(customers, cutoffs)
    frame = partition(tables, features, questions, threads)
    ranked = [feature for feature in _with_inputs(features) if _ranks(feature)]
    return _composed(frame, ranked).select("customer_id", "cutoff", *(feature.name for feature in features))


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
    needed = _with_inputs(features)
    alone = [feature for feature in needed if not _ranks(feature)]
    wanted = {f.name for f in features} | {part.name for f in needed if _ranks(f) for part in _inputs(f)}
    kept = [feature.name for feature in alone if feature.name in wanted]
    parts = []
    measures = _measures(tables, needed, questions)
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, max(questions.height, 1), _BLOCK):
            block = questions.slice(begin, _BLOCK)
            columns = [block, _from_customers(tables, needed, block)]
            columns += [one.answer(begin, block.height, pool) for one in measures]
            parts.append(_composed(pl.concat(columns, how="horizontal"), alone).select("customer_id", "cutoff", *kept))
    return pl.concat(parts, rechunk=False)


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


def _with_inputs(features: Sequence[Feature]) -> list[Feature]:
    """Every feature once, what it is made of before it."""
    found: dict[str, Feature] = {}

    def add(feature: Feature) -> None:
        for one in _inputs(feature):
            add(one)
        if found.setdefault(feature.name, feature) != feature:
            raise ValueError(f"two features are called {feature.name}")

    for feature in features:
        add(feature)
    return list(found.values())


def _composed(frame: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    waiting = [feature for feature in features if isinstance(feature, Composite)]
    while waiting:
        there = set(frame.columns)
        ready = [one for one in waiting if all(part.name in there for part in one.inputs)]
        frame = frame.with_columns(expression(one) for one in ready)
        waiting = [one for one in waiting if one not in ready]
    return frame


def _from_customers(tables: Tables, features: Sequence[Feature], questions: pl.DataFrame) -> pl.DataFrame:
    plain = [feature for feature in features if isinstance(feature, Attribute | DaysSince)]
    if not plain:
        return pl.DataFrame()
    names = dict.fromkeys(feature.column for feature in plain)
    people = tables["customers"].select("customer_id", *(pl.col(name).name.prefix("_own_") for name in names))
    frame = questions.join(people, on="customer_id", how="left", maintain_order="left")
    return frame.select(_own(feature, frame.schema[f"_own_{feature.column}"]) for feature in plain)


def _own(feature: Attribute | DaysSince, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(f"_own_{feature.column}")
    if isinstance(feature, DaysSince):
        days = (pl.col("cutoff") - column).dt.total_microseconds() / DAY_MICROSECONDS
        return pl.when(column < pl.col("cutoff")).then(days).alias(feature.name)
    return (column.cast(pl.Float64) if dtype.is_numeric() else column).alias(feature.name)


@dataclass(frozen=True)
class _Measure:
    """The aggregates of one view of one table, ready to be answered."""

    aggregates: Sequence[Aggregate]
    view: "View"
    walks: "Walks"
    questions: "Questions"

    def answer(self, begin: int, height: int, pool: ThreadPoolExecutor) -> pl.DataFrame:
        """The columns for the questions from `begin` on."""
        from holdfast.features.kernel import Questions, measure

        end = begin + height
        asked = Questions(*(column[begin:end] for column in self.questions))
        numbers = np.empty((len(self.aggregates), height))
        waiting = [
            pool.submit(measure, self.view.events, asked, self.walks, first, min(first + _CHUNK, height), numbers)
            for first in range(0, height, _CHUNK)
        ]
        for one in waiting:
            one.result()
        return pl.DataFrame([self._column(one, row) for one, row in zip(self.aggregates, numbers, strict=True)])

    def _column(self, aggregate: Aggregate, numbers: NDArray[np.float64]) -> pl.Series:
        column = pl.Series(aggregate.name, numbers)
        if aggregate.operator in ZERO_WHEN_EMPTY:
            return column
        column = column.fill_nan(None)
        if aggregate.is_category:
            return self.view.words[aggregate.column].gather(column.cast(pl.Int64)).alias(aggregate.name)
        return column


def _measures(tables: Tables, features: Sequence[Feature], questions: pl.DataFrame) -> list[_Measure]:
    groups: dict[tuple[str, str], list[Aggregate]] = {}
    for feature in features:
        if isinstance(feature, Aggregate):
            groups.setdefault((feature.table, feature.per), []).append(feature)
    if not groups:
        return []
    # Compiled code is loaded when there is something to measure, not when records are read.
    from holdfast.features.kernel import Questions
    from holdfast.features.views import view
    from holdfast.features.walks import plan_walks

    customers = questions["customer_id"].unique(maintain_order=True)
    places = pl.DataFrame({"customer_id": customers}).with_row_index("place")
    placed = questions.join(places, on="customer_id", how="left", maintain_order="left")
    asked = Questions(*(placed[name].cast(pl.Int64).to_numpy(writable=True) for name in ("place", "cutoff")))
    measures = []
    for (table, _), aggregates in groups.items():
        seen = view(tables[table], aggregates, customers)
        measures.append(_Measure(aggregates, seen, plan_walks(aggregates, seen), asked))
    return measures
