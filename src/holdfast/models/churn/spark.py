"""Scoring on Apache Spark: the trained model goes to the executors as the bytes of its files."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from holdfast.features.spark import silence_pandas_warning
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.threads import linear_algebra_on_one

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FEWEST_A_TASK = 10_000
_SCHEMA = pa.schema([("row", pa.int64()), ("churn_probability", pa.float64())])


def score_frames(rows: "DataFrame", files: Mapping[str, bytes], names: Mapping[str, str], key: str) -> "DataFrame":
    """Probabilities of leaving, from rows that Spark holds; the executors predict as `TrainedChurn.predict` does.

    Args:
        rows: one column a feature and a key (bigint).
        files: of the trained model, as `TrainedChurn.to_files` gives them.
        names: columns of `rows` and the features they hold.
        key: the column that tells the rows apart.

    Returns:
        row (the key) and churn_probability.
    """

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        trained = TrainedChurn.from_files(files)
        for batch in batches:
            frame = pl.DataFrame(pl.from_arrow(batch))
            with linear_algebra_on_one():
                probabilities = trained.predict(frame.rename(dict(names)))
            yield pa.RecordBatch.from_arrays([batch.column(key), pa.array(probabilities)], schema=_SCHEMA)

    with silence_pandas_warning():
        return rows.mapInArrow(score, "row bigint, churn_probability double")


def predict_on_spark(
    session: "SparkSession", files: Mapping[str, bytes], rows: pl.DataFrame, partitions: int
) -> pl.Series:
    """(n,) probabilities of leaving of the driver's rows, in their order, to the bit as this machine predicts them.

    Args:
        session: of Spark.
        files: of the trained model.
        rows: one column a feature.
        partitions: the greatest number of tasks.
    """
    features = [name for name in TrainedChurn.from_files(files).features if name in rows.columns]
    columns = {f"feature_{number}": name for number, name in enumerate(features)}
    sent = rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), *(pl.col(n).alias(p) for p, n in columns.items())
    )
    tasks = max(1, min(partitions, ceil(rows.height / _FEWEST_A_TASK)))
    with silence_pandas_warning():
        frame = session.createDataFrame(sent.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition(tasks)
        scored = pl.DataFrame(pl.from_arrow(score_frames(frame, files, columns, "row").toArrow()))
    return scored.sort("row").get_column("churn_probability")
