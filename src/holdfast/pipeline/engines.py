"""Where the work is done: on this machine or on Spark's executors, as the project says; the numbers are the same."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from holdfast.features.build import measure_rows
from holdfast.features.spec import Feature
from holdfast.models.churn.trained import TrainedChurn
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Engine


def measure_questions(
    workspace: Workspace, tables: Mapping[str, pl.DataFrame], features: Sequence[Feature], questions: pl.DataFrame
) -> pl.DataFrame:
    """What `features.build.partition` says of the customers and cutoffs in `questions`: all but scores, in their order.

    Args:
        workspace: of a stage that reads "tables/".
        tables: the same, for this machine; Spark reads them from the run's folder.
        features: records.
        questions: (rows, 2) customer_id, cutoff.
    """
    project = workspace.settings
    if project.engine is Engine.LOCAL:
        return measure_rows(tables, features, questions, project.training.threads)
    from holdfast.features.spark import measure_rows_on_spark
    from holdfast.pipeline.spark.progress import telling
    from holdfast.pipeline.spark.session import read_parquet, spark_session

    with spark_session(project.spark) as session, telling(session, _told(workspace, 0.1, 0.8)):
        files = {name: workspace.path_to_read(f"tables/{name}.parquet") for name in tables}
        frames = {name: read_parquet(session, file) for name, file in files.items()}
        return measure_rows_on_spark(frames, features, questions, project.spark.partitions)


def chances_of_leaving(workspace: Workspace, trained: TrainedChurn, rows: pl.DataFrame) -> pl.Series:
    """The probability of leaving of each of `rows`, in their order."""
    project = workspace.settings
    if project.engine is Engine.LOCAL:
        return pl.Series("churn_probability", trained.predict(rows))
    from holdfast.models.churn.spark import predict_on_spark
    from holdfast.pipeline.spark.progress import telling
    from holdfast.pipeline.spark.session import spark_session

    with spark_session(project.spark) as session, telling(session, _told(workspace, 0.0, 0.5)):
        return predict_on_spark(session, trained.to_files(), rows, project.spark.partitions)


def _told(workspace: Workspace, begin: float, end: float) -> Callable[[int, int], None]:
    """Tells a stage's share from the tasks of a step; the words say more, for there are several steps."""

    def told(done: int, tasks: int) -> None:
        share = begin + (end - begin) * done / tasks
        workspace.progress.update(f"{done:,} of {tasks:,} tasks done on Spark", round(100 * share), 100)

    return told


def where(workspace: Workspace) -> str:
    """Where the project's work is done, to end a sentence with; nothing for this machine."""
    project = workspace.settings
    return "" if project.engine is Engine.LOCAL else f", on Spark ({project.spark.master})"
