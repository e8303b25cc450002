"""Compute features and probabilities on this machine or on Spark, as the settings say; the numbers are the same."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from holdfast.features.build import measure_rows
from holdfast.features.spec import Feature
from holdfast.models.churn.trained import TrainedChurn
from holdfast.pipeline.workspace import Workspace
from holdfast.progress import Progress
from holdfast.settings import Engine, Settings


def compute_features(
    workspace: Workspace, tables: Mapping[str, pl.DataFrame], features: Sequence[Feature], requests: pl.DataFrame
) -> pl.DataFrame:
    """Compute all features but scores for the requested customers and cutoffs, in the order of the requests.

    Args:
        workspace: of a stage that reads "tables/".
        tables: the same, for this machine; Spark reads them from the run's folder.
        features: records.
        requests: (rows, 2) customer_id, cutoff.

    Returns:
        (rows, ...) as `features.build.measure_rows` gives them.
    """
    settings = workspace.settings
    if settings.engine is Engine.LOCAL:
        return measure_rows(tables, features, requests, settings.training.threads)
    from holdfast.features.spark import measure_rows_on_spark
    from holdfast.pipeline.spark.progress import watching_tasks
    from holdfast.pipeline.spark.session import read_parquet, spark_session

    report = _task_report(workspace.progress, 10, 80)
    with spark_session(settings.spark) as session, watching_tasks(session, report):
        files = {name: workspace.path_to_read(f"tables/{name}.parquet") for name in tables}
        frames = {name: read_parquet(session, file) for name, file in files.items()}
        return measure_rows_on_spark(frames, features, requests, settings.spark.partitions)


def predict_probabilities(workspace: Workspace, trained: TrainedChurn, rows: pl.DataFrame) -> pl.Series:
    """(n,) the probability of leaving of each of `rows`, in their order."""
    settings = workspace.settings
    if settings.engine is Engine.LOCAL:
        return pl.Series("churn_probability", trained.predict(rows))
    from holdfast.models.churn.spark import predict_on_spark
    from holdfast.pipeline.spark.progress import watching_tasks
    from holdfast.pipeline.spark.session import spark_session

    report = _task_report(workspace.progress, 0, 50)
    with spark_session(settings.spark) as session, watching_tasks(session, report):
        return predict_on_spark(session, trained.to_files(), rows, settings.spark.partitions)


def engine_note(settings: Settings) -> str:
    """On which cluster the work is done, to end a sentence with; nothing for this machine."""
    return "" if settings.engine is Engine.LOCAL else f", on Spark ({settings.spark.master})"


def _task_report(progress: Progress, begin: int, end: int) -> Callable[[int, int], None]:
    """Maps Spark's task counts to percents of a stage; the text gives the counts, since there are several steps."""

    def report(done: int, tasks: int) -> None:
        percent = round(begin + (end - begin) * done / tasks)
        progress.update(f"{done:,} of {tasks:,} tasks done on Spark", percent, 100)

    return report
