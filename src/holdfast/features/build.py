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

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.features.engine.evaluate import Answers, Block
from holdfast.features.formulas import Column, compose, series_of
from holdfast.features.spec import (
    OF_POPULATION,
    Aggregate,
    Attribute,
    Composite,
    DaysSince,
    Feature,
)

Tables = Mapping[str, pl.DataFrame]
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
    return add_scores(measure_rows(tables, features, _questions(customers, cutoffs), threads), features)


def add_scores(frame: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    """Finished features, from what `measure_rows` said of each part of the customers.

    Args:
        frame: (rows, ...) rows of `measure_rows` for the same `features`: all rows of each cutoff,
            since scores rank a customer among them. It may hold just the columns `columns_for_scores`.
        features: records.

    Returns:
        customer_id, cutoff and one column a feature, in their order; of features that rank nobody, those in `frame`.
    """
    names = _names(features)
    held: dict[str, Column] = {column.name: column for column in frame}
    _compose(held, [feature for feature in names if _ranks(feature)], names)
    told = ["customer_id", "cutoff", *(one.name for one in features if one.name in held)]
    return pl.DataFrame([series_of(name, held[name]) for name in told])


def columns_for_scores(features: Sequence[Feature]) -> tuple[str, ...]:
    """The columns of `measure_rows` that features which rank customers are made of; none where no feature ranks."""
    names = _names(features)
    parts = dict.fromkeys(part for one in names if _ranks(one) for part in _inputs(one) if not _ranks(part))
    return ("customer_id", "cutoff", *(names[part] for part in parts)) if parts else ()


def measure_rows(tables: Tables, features: Sequence[Feature], questions: pl.DataFrame, threads: int) -> pl.DataFrame:
    """What can be said of some customers without looking at others.

    Args:
        tables: as in `build`; the records of customers not asked about are ignored.
        features: records.
        questions: (rows, 2) customer_id, cutoff.
        threads: how many to use.

    Returns:
        customer_id, cutoff, the features that rank nobody, and what the others are made of.
    """
    with ThreadPoolExecutor(threads) as pool:
        made = _Made.of(tables, features, questions, pool)
        return made.answers.as_asked([made.frame(block, pool) for block in made.answers.blocks()])


@dataclass(frozen=True)
class _Made:
    """Records that are read and a plan that is made, for questions to be answered block by block."""

    answers: Answers
    people: pl.DataFrame  # what the customers table says of each place
    names: Mapping[Feature, str]
    alone: Sequence[Feature]  # features that rank nobody
    kept: Sequence[str]  # columns

    @classmethod
    def of(
        cls, tables: Tables, features: Sequence[Feature], questions: pl.DataFrame, pool: ThreadPoolExecutor
    ) -> "_Made":
        names = _names(features)
        alone = [feature for feature in names if not _ranks(feature)]
        wanted = {*features, *(part for feature in names if _ranks(feature) for part in _inputs(feature))}
        kept = [names[feature] for feature in alone if feature in wanted]
        aggregates = {feature: name for feature, name in names.items() if isinstance(feature, Aggregate)}
        answers = Answers.of(tables, aggregates, questions, pool)
        return cls(answers, _people(tables, names, answers.customers), names, alone, kept)

    def frame(self, block: Block, pool: ThreadPoolExecutor) -> pl.DataFrame:
        """The answers to a block of questions, in the order of its `questions`."""
        own = _from_customers(self.people, self.names, block)
        held = {column.name: column for column in [*block.questions, *own]} | self.answers.to(block, pool)
        _compose(held, self.alone, self.names)
        return pl.DataFrame([series_of(name, held[name]) for name in ("customer_id", "cutoff", *self.kept)])


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


def _compose(held: dict[str, Column], features: Sequence[Feature], names: Mapping[Feature, str]) -> None:
    """Add the composites among features that stand behind what they are made of."""
    composites = [feature for feature in features if isinstance(feature, Composite)]
    room = np.empty((len(composites) + 1, len(held["cutoff"])))
    for place, feature in enumerate(composites):
        inputs = [held[names[part]] for part in feature.inputs]
        held[names[feature]] = compose(feature, inputs, held["cutoff"], room[place : place + 2])


def _people(tables: Tables, names: Mapping[Feature, str], customers: pl.Series) -> pl.DataFrame:
    """(customers, columns) what features need of the customers table; nothing where they need none of it."""
    columns = dict.fromkeys(one.column for one in names if isinstance(one, Attribute | DaysSince))
    if not columns:
        return pl.DataFrame()
    people = tables["customers"].select("customer_id", *(pl.col(name).name.prefix("_own_") for name in columns))
    found = customers.to_frame("customer_id").join(people, on="customer_id", how="left", maintain_order="left")
    if found.height != len(customers):
        raise ValueError("a customer has more than one row in the customers table")
    return found.drop("customer_id")


def _from_customers(people: pl.DataFrame, names: Mapping[Feature, str], block: Block) -> pl.DataFrame:
    plain = [feature for feature in names if isinstance(feature, Attribute | DaysSince)]
    if not plain:
        return pl.DataFrame()
    asked = np.empty_like(block.customers)
    asked[block.rows] = block.customers
    frame = people[asked].with_columns(block.questions["cutoff"])
    return frame.select(_own(one, frame.schema[f"_own_{one.column}"]).alias(names[one]) for one in plain)


def _own(feature: Attribute | DaysSince, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(f"_own_{feature.column}")
    if isinstance(feature, DaysSince):
        days = (pl.col("cutoff") - column).dt.total_microseconds() / DAY_MICROSECONDS
        return pl.when(column < pl.col("cutoff")).then(days)
    if not dtype.is_numeric():
        return column
    number = column.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)
