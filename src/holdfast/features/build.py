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
    names = _names(features)
    ranked = [feature for feature in names if _ranks(feature)]
    return _composed(frame, ranked, names).select("customer_id", "cutoff", *(feature.name for feature in features))


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
    parts = []
    measures = _measures(tables, names, questions)
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, max(questions.height, 1), _BLOCK):
            block = questions.slice(begin, _BLOCK)
            columns = [block, _from_customers(tables, names, block)]
            columns += [one.answer(begin, block.height, pool) for one in measures]
            frame = _composed(pl.concat(columns, how="horizontal"), alone, names)
            parts.append(frame.select("customer_id", "cutoff", *kept))
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


def _measures(tables: Tables, names: Mapping[Feature, str], questions: pl.DataFrame) -> list[_Measure]:
    groups: dict[tuple[str, ...], dict[Aggregate, str]] = {}
    for feature, name in names.items():
        if isinstance(feature, Aggregate):
            # Rows are put together within what `where` asks for, so that no other feature changes what is one event.
            apart = (feature.per, *(column for column, _ in feature.where)) if feature.per else ()
            groups.setdefault((feature.table, *apart), {})[feature] = name
    if not groups:
        return []
    # Compiled code is loaded when there is something to measure, not when records are read.
    from holdfast.features.kernel import Questions
    from holdfast.features.views import Records, view
    from holdfast.features.walks import plan_walks

    customers = questions["customer_id"].unique(maintain_order=True)
    places = pl.DataFrame({"customer_id": customers}).with_row_index("place")
    placed = questions.join(places, on="customer_id", how="left", maintain_order="left")
    asked = Questions(*(placed[name].cast(pl.Int64).to_numpy(writable=True) for name in ("place", "cutoff")))
    records = {table: Records(tables[table], customers) for table in {table for table, *_ in groups}}
    measures = []
    for (table, *_), aggregates in groups.items():
        seen = view(records[table], aggregates)
        measures.append(_Measure(aggregates, seen, plan_walks([*aggregates], seen), asked))
    return measures
