"""Build features on Apache Spark: the records spread by customer, the same kernel on the executors.

    build_on_spark(tables, features, requests, partitions) -> pl.DataFrame          as `build.build`
    measure_rows_on_spark(tables, features, requests, partitions) -> pl.DataFrame   as `build.measure_rows`: no scores

Spark brings the records of a customer together and calls `build.measure_rows` on them, so there is no second definition
of a feature. Executors need holdfast installed, see docs/guides/spark.md.
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

REQUESTS_PER_BUCKET = 20_000  # about; a task holds one bucket at a time
_MIN_REQUESTS_PER_TASK = 1_000  # below it, starting a task costs more than its work
_ROWS_PER_BATCH = 65_536  # of results that go back to Spark at a time
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
# Of results: times and days as whole numbers.
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
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], requests: pl.DataFrame, partitions: int
) -> pl.DataFrame:
    """The features of customers at cutoffs, equal to the bit to those of `build.build`.

    The executors measure; the driver receives the rows and adds the scores (`Formula.SCORE`), which rank a customer
    among all rows of a cutoff. So the driver needs memory for the result: rows x (features + 3) x 8 bytes, and as much
    again while it is put in order.

    Args:
        tables: as in `build.build`, as Spark read them; "customers" may be missing where no feature needs it.
        features: records; names must differ.
        requests: (rows, 2) customer_id and cutoff (`Datetime("us", "UTC")`).
        partitions: the greatest number of tasks that the customers are spread over.

    Returns:
        customer_id, cutoff and one column a feature; rows as in `requests`.

    Raises:
        HoldfastError: a column is of a type that no feature is made of.
    """
    return add_scores(measure_rows_on_spark(tables, features, requests, partitions), features)


def measure_rows_on_spark(
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], requests: pl.DataFrame, partitions: int
) -> pl.DataFrame:
    """The rows before scores, equal to the bit to those of `build.measure_rows`; arguments and errors as above."""
    frame, columns = plan_on_spark(tables, features, requests, partitions)
    with silence_pandas_warning():
        collected = pl.DataFrame(pl.from_arrow(frame.toArrow()))
    order = collected.get_column("row").arg_sort()
    if collected.height != requests.height:
        raise ValueError(f"{requests.height} requests, {collected.height} results")
    results = [
        collected.get_column(f"result_{index}").gather(order).cast(dtype).alias(name)
        for index, (name, dtype) in enumerate(columns.items())
    ]
    return pl.DataFrame([*requests.select("customer_id", "cutoff"), *results])


def plan_on_spark(
    tables: "Mapping[str, DataFrame]", features: Sequence[Feature], requests: pl.DataFrame, partitions: int
) -> "tuple[DataFrame, Schema]":
    """The rows of `build.measure_rows` as a Spark frame, computed when it is collected.

    Returns:
        row (index of the request), customer_id and result_0, result_1 ...; and the names and types of these columns.
        Times come as microseconds.
    """
    used = {"customers", *(table for feature in features for table in _tables_of(feature))}
    sources = {name: tables[name] for name in sorted(used) if name in tables}
    schemas = tuple((name, _schema(name, table)) for name, table in sources.items())
    task = _Task(tuple(features), schemas)
    columns = task.columns()
    tasks = max(1, min(partitions, ceil(requests.height / _MIN_REQUESTS_PER_TASK)))
    buckets = tasks * max(1, ceil(requests.height / (tasks * REQUESTS_PER_BUCKET)))
    schema = ", ".join(
        ["row bigint", "customer_id string"]
        + [f"result_{index} {_SPARK[dtype]}" for index, dtype in enumerate(columns.values())]
    )

    def measure(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return task.measure(batches)

    with silence_pandas_warning():
        spread = _spread(sources, requests, buckets).repartition(tasks, "bucket")
        return spread.sortWithinPartitions("bucket", "source").mapInArrow(measure, schema), columns


@contextmanager
def silence_pandas_warning() -> Iterator[None]:
    """Ignore the warning that PySpark gives about the version of pandas; nothing here passes through pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        yield


def _tables_of(feature: Feature) -> set[str]:
    if isinstance(feature, Composite):
        return {table for input_ in feature.inputs for table in _tables_of(input_)}
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


def _spread(tables: "Mapping[str, DataFrame]", requests: pl.DataFrame, buckets: int) -> "DataFrame":
    """Requests and records in one long frame: bucket of the customer, source, and one struct a source."""
    from pyspark.sql import functions as sql

    numbered = requests.select("customer_id", pl.col("cutoff").to_physical()).with_row_index("row")
    numbered = numbered.with_columns(pl.col("row").cast(pl.Int64))
    arrow = numbered.to_arrow(compat_level=pl.CompatLevel.oldest())
    arrow = arrow.cast(pa.schema([("row", pa.int64()), ("customer_id", pa.string()), ("cutoff", pa.int64())]))
    packed = []
    for frame in (_session(tables).createDataFrame(arrow), *tables.values()):
        # By index: names may hold dots, or differ in case alone.
        names = {name: f"column_{index}" for index, name in enumerate(frame.columns)}
        kinds = {names[field.name]: field.dataType.simpleString() for field in frame.schema}
        plain = frame.toDF(*names.values())
        columns = [_plain(sql.col(name), kind).alias(name) for name, kind in kinds.items()]
        bucket = sql.pmod(sql.hash(sql.col(names["customer_id"])), sql.lit(buckets)).alias("bucket")
        packed.append(plain.select(bucket, sql.struct(*columns).alias("content")))
    types = [frame.schema["content"].dataType for frame in packed]
    long = [
        frame.select(
            "bucket",
            sql.lit(source).alias("source"),
            *(
                (sql.col("content") if index == source else sql.lit(None).cast(kind)).alias(f"content_{index}")
                for index, kind in enumerate(types)
            ),
        )
        for source, frame in enumerate(packed)
    ]
    return reduce(lambda first, second: first.union(second), long)


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
class _Task:
    """What an executor measures, and of which tables."""

    features: tuple[Feature, ...]
    schemas: tuple[tuple[str, Schema], ...]  # of the tables, in the order of their sources

    def columns(self) -> Schema:
        """The names and types of the results, from tables without a row."""
        empty = {name: pl.DataFrame(schema=schema) for name, schema in self.schemas}
        no_requests = pl.DataFrame(schema={"customer_id": pl.String, "cutoff": TIME})
        return dict(measure_rows(empty, self.features, no_requests, 1).drop("customer_id", "cutoff").schema)

    def measure(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The results bucket by bucket, from rows that are sorted by bucket, then source."""
        number, bucket = None, _Bucket(self.schemas)
        for batch in batches:
            buckets, sources = (batch.column(index).to_numpy() for index in (0, 1))
            begins = np.flatnonzero((np.diff(buckets) != 0) | (np.diff(sources) != 0)) + 1
            edges = [0, *begins.tolist(), batch.num_rows] if batch.num_rows else []
            for begin, end in pairwise(edges):
                if buckets[begin] != number:
                    yield from self._results(bucket)
                    number, bucket = buckets[begin], _Bucket(self.schemas)
                bucket.add(int(sources[begin]), batch, begin, end)
        yield from self._results(bucket)

    def _results(self, bucket: "_Bucket") -> Iterator[pa.RecordBatch]:
        requests = bucket.requests()
        if requests.is_empty():
            return
        rows = measure_rows(bucket.tables(), self.features, requests.select("customer_id", "cutoff"), threads=1)
        rows = rows.drop("customer_id", "cutoff")
        fields = [("row", pa.int64()), ("customer_id", pa.string())]
        fields += [(f"result_{index}", _ARROW[dtype]) for index, dtype in enumerate(rows.dtypes)]
        columns = [requests["row"], requests["customer_id"], *(column.to_physical() for column in rows)]
        arrays = [column.to_arrow(compat_level=pl.CompatLevel.oldest()) for column in columns]
        for begin in range(0, requests.height, _ROWS_PER_BATCH):
            slices = [
                array.slice(begin, _ROWS_PER_BATCH).cast(kind) for array, (_, kind) in zip(arrays, fields, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(slices, schema=pa.schema(fields))


class _Bucket:
    """The rows of one bucket, by source: the requests first, then the tables."""

    def __init__(self, schemas: Sequence[tuple[str, Schema]]) -> None:
        of_requests: Schema = {"row": pl.Int64(), "customer_id": pl.String(), "cutoff": TIME}
        self._schemas = [("", of_requests), *schemas]
        self._frames: list[list[pl.DataFrame]] = [[] for _ in self._schemas]

    def add(self, source: int, batch: pa.RecordBatch, begin: int, end: int) -> None:
        """Add the rows of a batch from `begin` up to `end`, all of one source."""
        schema = self._schemas[source][1]
        columns = batch.column(2 + source).slice(begin, end - begin).flatten()
        self._frames[source].append(
            pl.DataFrame(
                [pl.Series(name, column).cast(schema[name]) for name, column in zip(schema, columns, strict=True)]
            )
        )

    def requests(self) -> pl.DataFrame:
        return self._whole(0)

    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: self._whole(source) for source, (name, _) in enumerate(self._schemas) if source}

    def _whole(self, source: int) -> pl.DataFrame:
        empty = pl.DataFrame(schema=self._schemas[source][1])
        return pl.concat([empty, *self._frames[source]])
