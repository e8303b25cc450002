"""Measure features: tables, records, customers and cutoffs in; one row a customer and cutoff out.

    build(tables, features, customers, cutoffs, threads=2) -> pl.DataFrame

`customers` is a Series of ids (each is measured at each cutoff) or a frame (customer_id, cutoff) of the rows requested.
A row depends on its own customer's records as known at its cutoff, and on nothing else; scores (`Formula.SCORE`) are
the exception: they rank the customer among all rows of the same cutoff.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.features.engine.evaluate import Block, Evaluator
from holdfast.features.engine.memo import remembered
from holdfast.features.engine.workers import workers
from holdfast.features.formulas import (
    FEW_ROWS,
    OF_PAIRS,
    Column,
    compose,
    frame_of,
    numbers_of,
    of_pairs,
    score_edges,
)
from holdfast.features.operators import OF_POPULATION, Formula
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature
from holdfast.stats.columns import times
from holdfast.stats.runs import beside

Tables = Mapping[str, pl.DataFrame]
DAY_MICROSECONDS = 86_400_000_000


def build(
    tables: Tables,
    features: Sequence[Feature],
    customers: pl.Series | pl.DataFrame,
    cutoffs: Sequence[datetime | None],
    threads: int = 2,
    edges: "ScoreEdges | None" = None,
) -> pl.DataFrame:
    """The features of customers at cutoffs.

    Args:
        tables: "customers" (customer_id and attributes) and the event tables that the features name
            (customer_id, happened_at, known_at; times are `Datetime("us", "UTC")`).
        features: records; names must differ.
        customers: (n,) ids; or (rows, 2) customer_id and cutoff, then `cutoffs` is not read.
        cutoffs: UTC; None for a snapshot that knows no time (no feature may then need events).
        threads: how many to use; the result does not depend on it.
        edges: of `edges_of_scores`, where scores are to rank customers among others than those requested.

    Returns:
        customer_id, cutoff and one column a feature, in their order: Float64, Boolean, or String for categories.
        Rows by cutoff, then customers as in `customers`.
    """
    requests = _requests(customers, cutoffs)
    with workers(threads) as pool:
        measurement = _Measurement.of(tables, features, requests, pool)
        if measurement.evaluator.is_one_block:
            (block,) = measurement.evaluator.blocks()
            return _finished(measurement.columns(block, pool), features, edges)
        measured = measurement.all_rows(pool)
    return add_scores(measured, features, edges)


ScoreEdges = Mapping[str, pl.Series]  # score -> where its values begin, among the customers of one cutoff
Fact = float | bool | str | None
Change = Callable[[Mapping[str, Fact]], Mapping[str, Fact]]


def build_changed(
    tables: Tables,
    features: Sequence[Feature],
    customer: str,
    cutoff: datetime | None,
    edges: ScoreEdges,
    change: Change,
) -> pl.DataFrame:
    """The features of one customer of whom some facts are other than the tables say; what is computed of them follows.

    Args:
        tables: as in `build`, as `features`, `cutoff` and `edges`.
        customer: id.
        change: is given the features that are no composites, with their values, and returns those that are changed.

    Returns:
        (1, ...) as `build`.
    """
    requests = _requests(pl.Series("customer_id", [customer]), [cutoff])
    with workers(1) as pool:
        measurement = _Measurement.of(tables, features, requests, pool)
        (block,) = measurement.evaluator.blocks()
        return _finished(measurement.columns(block, pool, change), features, edges)


def add_scores(frame: pl.DataFrame, features: Sequence[Feature], edges: ScoreEdges | None = None) -> pl.DataFrame:
    """Finished features: the rows that `measure_rows` gave, with the features that rank customers added.

    Args:
        frame: (rows, ...) rows of `measure_rows` for the same `features`: all rows of each cutoff, since scores rank a
            customer among them. It may hold just the columns `columns_for_scores`.
        features: records.
        edges: of `edges_of_scores`, where customers are to be ranked among others than those in `frame`.

    Returns:
        customer_id, cutoff and one column a feature, in their order; of features that rank nobody, those in `frame`.
    """
    return _finished({column.name: column for column in frame}, features, edges)


def _finished(columns: dict[str, Column], features: Sequence[Feature], edges: ScoreEdges | None) -> pl.DataFrame:
    """Customer, cutoff and features, from their columns; those that rank customers are added to `columns`."""
    plan = _planned(tuple(features))
    _add_composites(columns, plan.ranking, edges or {})
    return frame_of({name: columns[name] for name in plan.finished if name in columns})


def edges_of_scores(frame: pl.DataFrame, features: Sequence[Feature]) -> dict[str, pl.Series]:
    """Where each score's values begin among the rows of one cutoff: with these a customer is ranked among them later.

    Args:
        frame: (rows, ...) with the columns `columns_for_scores`.
        features: records.
    """
    names = _names(features)
    scores = [f for f in names if isinstance(f, Composite) and f.formula in OF_POPULATION]
    return {names[score]: score_edges(score, frame[names[score.inputs[0]]]) for score in scores}


def columns_for_scores(features: Sequence[Feature]) -> tuple[str, ...]:
    """The columns of `measure_rows` that `add_scores` needs; none where no feature ranks customers."""
    names = _names(features)
    ranking = [feature for feature in names if _ranks(feature)]
    inputs = dict.fromkeys(inner for feature in ranking for inner in _inputs(feature) if not _ranks(inner))
    return ("customer_id", "cutoff", *(names[feature] for feature in inputs)) if inputs else ()


def measure_rows(tables: Tables, features: Sequence[Feature], requests: pl.DataFrame, threads: int) -> pl.DataFrame:
    """All features of customers at cutoffs but those that rank customers, and what the ranks are made of.

    Args:
        tables: as in `build`; the records of customers without a request are ignored.
        features: records.
        requests: (rows, 2) customer_id, cutoff.
        threads: how many to use.

    Returns:
        customer_id, cutoff, the features that rank nobody, and what the others are made of; rows as in `requests`.
    """
    with workers(threads) as pool:
        return _Measurement.of(tables, features, requests, pool).all_rows(pool)


@dataclass(frozen=True)
class _Measurement:
    """Records that are read and features that are planned, to be measured block by block."""

    evaluator: Evaluator
    attributes: pl.DataFrame  # (customers, columns) what features need of the customers table
    plan: "_Plan"

    @classmethod
    def of(cls, tables: Tables, features: Sequence[Feature], requests: pl.DataFrame, pool: Executor) -> "_Measurement":
        plan = _planned(tuple(features))
        evaluator = Evaluator.of(tables, plan.aggregates, requests, pool)
        return cls(evaluator, _attributes(tables, plan, evaluator.customers), plan)

    def all_rows(self, pool: Executor) -> pl.DataFrame:
        """The features that rank nobody, and what the others are made of, in the order of the requests."""
        frames = []
        for block in self.evaluator.blocks():
            columns = self.columns(block, pool)
            names = ("customer_id", "cutoff", *self.plan.outputs)
            frames.append(frame_of({name: columns[name] for name in names}))
        return self.evaluator.restore_order(frames)

    def columns(self, block: Block, pool: Executor, change: Change | None = None) -> dict[str, Column]:
        """The columns of a block, in the order of its `requests`; a change is made before composites are computed."""
        plain = _from_customers(self.attributes, self.plan, block)
        columns = {column.name: column for column in block.requests} | plain | self.evaluator.evaluate(block, pool)
        if change is not None:
            facts = {
                name: _fact(columns[name])
                for feature, name in self.plan.names.items()
                if not isinstance(feature, Composite)
            }
            columns |= {name: _column_of(columns[name], fact) for name, fact in change(facts).items()}
        _add_composites(columns, self.plan.not_ranking)
        return columns


def _fact(column: Column) -> Fact:
    value: Fact = column[0] if isinstance(column, pl.Series) else float(column[0])
    return None if isinstance(value, float) and np.isnan(value) else value


def _column_of(like: Column, fact: Fact) -> Column:
    if isinstance(like, pl.Series):
        return pl.Series(like.name, [fact], dtype=like.dtype)
    return np.array([np.nan if fact is None else float(fact)])


def _requests(customers: pl.Series | pl.DataFrame, cutoffs: Sequence[datetime | None]) -> pl.DataFrame:
    if isinstance(customers, pl.DataFrame):
        return customers.select(pl.col("customer_id").cast(pl.String), pl.col("cutoff").cast(TIME))
    ids = customers.cast(pl.String).alias("customer_id")
    if len(cutoffs) == 1:
        return pl.DataFrame([ids, times("cutoff", cutoffs).new_from_index(0, len(ids))])
    moments = times("cutoff", cutoffs)[np.repeat(np.arange(len(cutoffs)), len(ids))]
    return pl.DataFrame([pl.concat([ids] * len(cutoffs)), moments]) if cutoffs else pl.DataFrame([ids.clear(), moments])


def _inputs(feature: Feature) -> tuple[Feature, ...]:
    return feature.inputs if isinstance(feature, Composite) else ()


def _ranks(feature: Feature) -> bool:
    """Whether a feature looks at other customers, itself or through its inputs."""
    if not isinstance(feature, Composite):
        return False
    return feature.formula in OF_POPULATION or any(map(_ranks, feature.inputs))


def _names(features: Sequence[Feature]) -> Mapping[Feature, str]:
    """Every feature and input once, inputs first, each with the name of its column."""
    return _planned(tuple(features)).names


_NamedComposites = tuple[tuple[Composite, str, tuple[str, ...]], ...]  # each with its column and those of its inputs


@dataclass(frozen=True)
class _Plan:
    """What follows from the features alone."""

    names: Mapping[Feature, str]  # every feature and input once, inputs first, with the name of its column
    aggregates: Mapping[Aggregate, str]  # those that the kernel measures
    plain: tuple[Attribute | DaysSince, ...]  # those that are read from the customers table
    not_ranking: tuple["_NamedComposites", ...]  # in steps, inputs first
    ranking: tuple["_NamedComposites", ...]
    outputs: tuple[str, ...]  # columns of what ranks nobody: asked for, or what ranks are made of
    finished: tuple[str, ...]  # columns of what is asked for


@remembered(4)
def _planned(features: tuple[Feature, ...]) -> _Plan:
    return _plan_of(features)


@lru_cache(maxsize=4)  # where features are put together again, they are equal
def _plan_of(features: tuple[Feature, ...]) -> _Plan:
    names = _named(features)
    ranking = [feature for feature in names if _ranks(feature)]
    needed = {*features, *(inner for feature in ranking for inner in _inputs(feature))}
    composites = [
        (feature, name, tuple(names[inner] for inner in feature.inputs))
        for feature, name in names.items()
        if isinstance(feature, Composite)
    ]
    return _Plan(
        names=names,
        aggregates={feature: name for feature, name in names.items() if isinstance(feature, Aggregate)},
        plain=tuple(feature for feature in names if isinstance(feature, Attribute | DaysSince)),
        not_ranking=_steps([each for each in composites if not _ranks(each[0])]),
        ranking=_steps([each for each in composites if _ranks(each[0])]),
        outputs=tuple(names[feature] for feature in names if feature in needed and not _ranks(feature)),
        finished=("customer_id", "cutoff", *(names[feature] for feature in features)),
    )


def _named(features: tuple[Feature, ...]) -> Mapping[Feature, str]:
    names: dict[Feature, str] = {}
    taken = {"customer_id", "cutoff", *(feature.name for feature in features)}
    if len(taken) != len(features) + 2:
        raise ValueError("two features have the same name")

    def add(feature: Feature, *, is_output: bool) -> None:
        for inner in _inputs(feature):
            add(inner, is_output=inner in outputs)
        if feature in names:
            return
        name = feature.name
        while not is_output and name in taken:  # an input that is not among the features
            name += "_"
        taken.add(name)
        names[feature] = name

    outputs = set(features)
    for feature in features:
        add(feature, is_output=True)
    return names


def _steps(composites: Sequence[tuple[Composite, str, tuple[str, ...]]]) -> tuple[_NamedComposites, ...]:
    """Composites of one formula of which none needs another one, together; each step after those it needs."""
    levels: dict[str, int] = {}
    steps: dict[tuple[int, Formula], list[tuple[Composite, str, tuple[str, ...]]]] = {}
    for composite, name, inputs in composites:
        levels[name] = 1 + max((levels.get(each, 0) for each in inputs), default=0)
        steps.setdefault((levels[name], composite.formula), []).append((composite, name, inputs))
    return tuple(tuple(steps[key]) for key in sorted(steps, key=lambda key: key[0]))


def _add_composites(
    columns: dict[str, Column], steps: Sequence[_NamedComposites], edges: ScoreEdges = MappingProxyType({})
) -> None:
    """Add composites, which come after their inputs."""
    rows = len(columns["cutoff"])
    for step in steps:
        formula = step[0][0].formula
        if rows <= FEW_ROWS and formula in OF_PAIRS:
            first, second = (np.array([numbers_of(columns[inputs[side]]) for _, _, inputs in step]) for side in (0, 1))
            results = of_pairs(formula, first, second, np.empty((2, *first.shape)))
            columns.update(zip((name for _, name, _ in step), results, strict=True))
            continue
        buffers = np.empty((len(step) + 1, rows))
        for index, (feature, name, inputs) in enumerate(step):
            own = buffers[index : index + 2]
            columns[name] = compose(
                feature, [columns[each] for each in inputs], columns["cutoff"], own, edges.get(name)
            )


def _attributes(tables: Tables, plan: _Plan, customers: pl.Series) -> pl.DataFrame:
    """(customers, columns) what features need of the customers table; nothing where they need none of it."""
    columns = dict.fromkeys(feature.column for feature in plan.plain)
    if not columns:
        return pl.DataFrame()
    everybody = tables["customers"]
    own = pl.DataFrame([everybody["customer_id"], *(everybody[name].alias(f"_own_{name}") for name in columns)])
    joined = beside(customers.to_frame("customer_id"), own)
    if joined.height != len(customers):
        raise ValueError("a customer has more than one row in the customers table")
    return joined[joined.columns[1:]]


def _from_customers(attributes: pl.DataFrame, plan: _Plan, block: Block) -> dict[str, Column]:
    """The features that are read from the customers table, as columns."""
    if not plan.plain:
        return {}
    customers = np.empty_like(block.customers)
    customers[block.rows] = block.customers
    own = attributes if np.array_equal(customers, np.arange(attributes.height)) else attributes[customers]
    cutoffs = block.requests["cutoff"]
    return {
        plan.names[feature]: _from_column(feature, own[f"_own_{feature.column}"], cutoffs) for feature in plan.plain
    }


def _from_column(feature: Attribute | DaysSince, column: pl.Series, cutoffs: pl.Series) -> Column:
    if isinstance(feature, DaysSince):
        elapsed = numbers_of(cutoffs - column) / DAY_MICROSECONDS
        return np.where(elapsed > 0, elapsed, np.nan)
    if not column.dtype.is_numeric():
        return column
    numbers = numbers_of(column)
    return np.where(np.isfinite(numbers), numbers, np.nan)
