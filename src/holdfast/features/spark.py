"""The same features on Apache Spark: the records spread by customer, the same kernel on the executors.

    measure_on_spark(tables, features, questions, partitions) -> pl.DataFrame     as `build.build`
    partition_on_spark(tables, features, questions, partitions) -> pl.DataFrame   as `build.partition`: all but scores

Spark brings the records of a customer together; what is said of them is `build.partition` and nothing else, so there is
no second definition of a feature. Executors need holdfast installed, see docs/guides/spark.md.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.features.build import add_scores, measure_rows
from holdfast.features.spec import Composite, Feature

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

QUESTIONS_A_BUCKET = 20_000  # about; one bucket at a time is held by a task
_FEWEST_A_TASK = 1_000  # questions; below it, starting a task costs more than its work
_ROWS_A_BATCH = 65_536  # of answers that go back to Spark at a time
_KINDS: dict[str, pl.DataType] = {
    "string": pl.String(),
    "double": pl.Float64(),
    "float": pl.Float32(),
    "boolean": pl.Boolean(),
    "tinyint": pl.Int8(),
    "smallint": pl.Int16(),
    "int": pl.Int32(),
    "bigint": pl.Int64(),
    "date": pl.Date(),
    "timestamp": TIME,
}
# Of answers: times and days as whole numbers.
_ARROW = {
    pl.String(): pa.string(),
    pl.Float64(): pa.float64(),
    pl.Boolean(): pa.bool_(),
    pl.Date(): pa.int32(),
    TIME: pa.int64(),
}
_SPARK = {pl.String(): "string", pl.Float64(): "double", pl.Boolean(): "boolean", pl.Date(): "int", TIME: "bigint"}

Schema = dict[str, pl.DataType]


def build_on_spark(
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], questions: pl.DataFrame, partitions: int
) -> pl.DataFrame:
    """What was known about customers at cutoffs, to the bit as `build.build` says it.

    The executors answer; the driver receives the answers and takes the scores (`Formula.SCORE`), which rank a customer
    among all rows of a cutoff. So the driver needs memory for the result: rows x (features + 3) x 8 bytes, and as much
    again while it is put in order.

    Args:
        tables: as in `build.build`, as Spark read them; "customers" may be lacking where no feature asks for it.
        features: records; names must differ.
        questions: (rows, 2) customer_id and cutoff (`Datetime("us", "UTC")`).
        partitions: the greatest number of tasks that the customers are spread over.

    Returns:
        customer_id, cutoff and one column a feature; rows as asked.

    Raises:
        HoldfastError: a column is of a type that no feature is made of.
    """
    return add_scores(measure_rows_on_spark(tables, features, questions, partitions), features)


def measure_rows_on_spark(
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], questions: pl.DataFrame, partitions: int
) -> pl.DataFrame:
    """The same before scores are taken, to the bit as `build.partition` says it; arguments and errors as above."""
    answered, columns = compute_on_spark(tables, features, questions, partitions)
    with silence_pandas_warning():
        collected = pl.DataFrame(pl.from_arrow(answered.toArrow()))
    order = collected.get_column("row").arg_sort()
    if collected.height != questions.height:
        raise ValueError(f"{questions.height} questions, {collected.height} answers")
    told = [
        collected.get_column(f"answer_{place}").gather(order).cast(dtype).alias(name)
        for place, (name, dtype) in enumerate(columns.items())
    ]
    return pl.DataFrame([*questions.select("customer_id", "cutoff"), *told])


def compute_on_spark(
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], questions: pl.DataFrame, partitions: int
) -> "tuple[DataFrame, Schema]":
    """The answers of `build.partition` as Spark is going to find them.

    Returns:
        row (place of the question), customer_id and answer_0, answer_1 ...; and what these columns are called and hold.
        Times come as microseconds.
    """
    used = {"customers", *(table for feature in features for table in _tables_of(feature))}
    given = {name: tables[name] for name in sorted(used) if name in tables}
    schemas = tuple((name, _schema(name, table)) for name, table in given.items())
    work = _Work(tuple(features), schemas)
    columns = work.columns()
    tasks = max(1, min(partitions, ceil(questions.height / _FEWEST_A_TASK)))
    buckets = tasks * max(1, ceil(questions.height / (tasks * QUESTIONS_A_BUCKET)))
    schema = ", ".join(
        ["row bigint", "customer_id string"]
        + [f"answer_{place} {_SPARK[dtype]}" for place, dtype in enumerate(columns.values())]
    )

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return work.answer(batches)

    with silence_pandas_warning():
        spread = _spread(given, questions, buckets).repartition(tasks, "bucket")
        return spread.sortWithinPartitions("bucket", "source").mapInArrow(answer, schema), columns


@contextmanager
def silence_pandas_warning() -> Iterator[None]:
    """PySpark wants pandas there and warns of its version; nothing here passes through it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        yield


def _tables_of(feature: Feature) -> set[str]:
    if isinstance(feature, Composite):
        return {table for part in feature.inputs for table in _tables_of(part)}
    return {feature.table}


def _schema(name: str, table: "DataFrame") -> Schema:
    unknown = [f"{field.name} ({field.dataType.simpleString()})" for field in table.schema if _kind(field) is None]
    if unknown:
        raise HoldfastError(
            f"{name}: {len(unknown)} of {len(table.columns)} columns are of a type that features are not made of: "
            f"{', '.join(unknown[:3])}.",
            fix="Cast them to string, double, boolean or timestamp, or leave them out.",
        )
    return {field.name: _KINDS[field.dataType.simpleString()] for field in table.schema}


def _kind(field: Any) -> pl.DataType | None:
    return _KINDS.get(field.dataType.simpleString())


def _spread(tables: "Mapping[str, DataFrame]", questions: pl.DataFrame, buckets: int) -> "DataFrame":
    """Questions and records in one long frame: bucket of the customer, source, and one struct a source."""
    from pyspark.sql import functions as sql

    asked = questions.select("customer_id", pl.col("cutoff").to_physical()).with_row_index("row")
    asked = asked.with_columns(pl.col("row").cast(pl.Int64))
    arrow = asked.to_arrow(compat_level=pl.CompatLevel.oldest())
    arrow = arrow.cast(pa.schema([("row", pa.int64()), ("customer_id", pa.string()), ("cutoff", pa.int64())]))
    frames = [_session(tables).createDataFrame(arrow), *tables.values()]
    held = []
    for frame in frames:
        # By place: names may hold dots, or differ in case alone.
        places = {name: f"column_{place}" for place, name in enumerate(frame.columns)}
        kinds = {places[field.name]: field.dataType.simpleString() for field in frame.schema}
        plain = frame.toDF(*places.values())
        columns = [_plain(sql.col(name), kind).alias(name) for name, kind in kinds.items()]
        bucket = sql.pmod(sql.hash(sql.col(places["customer_id"])), sql.lit(buckets)).alias("bucket")
        held.append(plain.select(bucket, sql.struct(*columns).alias("held")))
    types = [frame.schema["held"].dataType for frame in held]
    long = [
        frame.select(
            "bucket",
            sql.lit(source).alias("source"),
            *(
                (sql.col("held") if place == source else sql.lit(None).cast(kind)).alias(f"held_{place}")
                for place, kind in enumerate(types)
            ),
        )
        for source, frame in enumerate(held)
    ]
    return reduce(lambda above, below: above.union(below), long)


def _plain(column: "Column", kind: str) -> "Column":
    from pyspark.sql import functions as sql

    # As microseconds, no session's time zone can move them.
    return sql.unix_micros(column) if kind == "timestamp" else column


def _session(tables: "Mapping[str, DataFrame]") -> "SparkSession":
    from pyspark.sql import SparkSession

    for table in tables.values():
        return table.sparkSession
    return SparkSession.builder.getOrCreate()


@dataclass(frozen=True)
class _Work:
    """What an executor needs to know."""

    features: tuple[Feature, ...]
    schemas: tuple[tuple[str, Schema], ...]  # of the tables, in the order of their sources

    def columns(self) -> Schema:
        """The answers' columns and types, from tables without a row."""
        empty = {name: pl.DataFrame(schema=schema) for name, schema in self.schemas}
        nobody = pl.DataFrame(schema={"customer_id": pl.String, "cutoff": TIME})
        found = measure_rows(empty, self.features, nobody, 1).drop("customer_id", "cutoff").schema
        return dict(found)

    def answer(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Answer bucket by bucket: rows come sorted by bucket, then source."""
        bucket, held = None, _Held(self.schemas)
        for batch in batches:
            buckets, sources = (batch.column(place).to_numpy() for place in (0, 1))
            begins = np.flatnonzero((np.diff(buckets) != 0) | (np.diff(sources) != 0)) + 1
            edges = [0, *begins.tolist(), batch.num_rows] if batch.num_rows else []
            for begin, end in pairwise(edges):
                if buckets[begin] != bucket:
                    yield from self._told(held)
                    bucket, held = buckets[begin], _Held(self.schemas)
                held.add(int(sources[begin]), batch, begin, end)
        yield from self._told(held)

    def _told(self, held: "_Held") -> Iterator[pa.RecordBatch]:
        questions = held.questions()
        if questions.is_empty():
            return
        told = measure_rows(held.tables(), self.features, questions.select("customer_id", "cutoff"), threads=1)
        told = told.drop("customer_id", "cutoff")
        fields = [("row", pa.int64()), ("customer_id", pa.string())]
        fields += [(f"answer_{place}", _ARROW[dtype]) for place, dtype in enumerate(told.dtypes)]
        columns = [questions["row"], questions["customer_id"], *(one.to_physical() for one in told)]
        arrays = [column.to_arrow(compat_level=pl.CompatLevel.oldest()) for column in columns]
        for begin in range(0, questions.height, _ROWS_A_BATCH):
            parts = [
                array.slice(begin, _ROWS_A_BATCH).cast(kind) for array, (_, kind) in zip(arrays, fields, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(parts, schema=pa.schema(fields))


class _Held:
    """The rows of one bucket, by source: the questions first, then the tables."""

    def __init__(self, schemas: Sequence[tuple[str, Schema]]) -> None:
        asked: Schema = {"row": pl.Int64(), "customer_id": pl.String(), "cutoff": TIME}
        self._schemas = [("", asked), *schemas]
        self._parts: list[list[pl.DataFrame]] = [[] for _ in self._schemas]

    def add(self, source: int, batch: pa.RecordBatch, begin: int, end: int) -> None:
        """The rows of a batch from `begin` up to `end`, all of one source."""
        schema = self._schemas[source][1]
        columns = batch.column(2 + source).slice(begin, end - begin).flatten()
        self._parts[source].append(
            pl.DataFrame(
                [pl.Series(name, column).cast(schema[name]) for name, column in zip(schema, columns, strict=True)]
            )
        )

    def questions(self) -> pl.DataFrame:
        return self._whole(0)

    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: self._whole(place) for place, (name, _) in enumerate(self._schemas) if place}

    def _whole(self, source: int) -> pl.DataFrame:
        empty = pl.DataFrame(schema=self._schemas[source][1])
        return pl.concat([empty, *self._parts[source]])
