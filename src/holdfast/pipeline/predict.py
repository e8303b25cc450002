"""The stage `predict`: the trained churn model and today's features in, probabilities with reasons out."""

from collections.abc import Iterator

import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import standings_today
from holdfast.formatting import plural
from holdfast.models.churn.notices import with_standings
from holdfast.models.churn.predict import fit_reason_basis, predict_churn
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import unseen_probabilities
from holdfast.models.threads import side_by_side
from holdfast.pipeline.engines import engine_note, predict_probabilities
from holdfast.pipeline.of_totals.stages import predict_totals
from holdfast.pipeline.prepare import capped, churn_data
from holdfast.pipeline.stored_models import churn_of_run, load_lightgbm_for
from holdfast.pipeline.value import customers_and_subscriptions
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule, Engine


def predict(workspace: Workspace) -> str:
    """Predict each customer's probability of leaving, with reasons."""
    settings, feature_records = workspace.settings, workspace.json("features.json")
    if settings.is_of_totals:
        return predict_totals(workspace)
    files = workspace.model("models/churn/")
    load_lightgbm_for(files)
    trained = churn_of_run(files, workspace.model("models/level/"))
    # On Spark, which divides the rows itself, there is one piece.
    threads = settings.training.threads if settings.engine is Engine.LOCAL else 1

    def probabilities_of(rows: pl.DataFrame) -> pl.Series:
        return predict_probabilities(workspace, trained, capped(workspace, rows))

    chunks = side_by_side(probabilities_of, workspace.pieces("features.parquet"), threads)
    probabilities = pl.concat(chunks, rechunk=True)
    has_left = pl.repeat(False, len(probabilities), dtype=pl.Boolean, eager=True)
    if settings.churn.rule is ChurnRule.LABEL:
        customers = workspace.columns("features.parquet", ("customer_id",))["customer_id"]
        probabilities, has_left = _of_labelled(workspace, trained, customers, probabilities)
    with_prediction = ~has_left
    columns = (column.filter(with_prediction) for column in _columns_of_features(workspace, trained))
    basis = fit_reason_basis(trained, columns, probabilities.filter(with_prediction))
    schedule, done = Schedule.from_record(workspace.json("timeline.json")), 0
    cutoff = schedule.scoring if schedule else None
    stood = standings_today(customers_and_subscriptions(workspace.customer_ranges(), settings), settings, cutoff)

    def predicted_of(piece: tuple[int, pl.DataFrame]) -> pl.DataFrame:
        first, rows = piece
        predicted = predict_churn(
            trained,
            basis,
            capped(workspace, rows),
            feature_records=feature_records,
            currency=settings.currency,
            probabilities=probabilities.slice(first, rows.height),
        )
        labels = has_left.slice(first, rows.height).alias("has_left")
        predicted.insert_column(predicted.get_column_index("churn_probability") + 1, labels)
        return with_standings(predicted, stood, cutoff, settings.churn.horizon_days)

    with workspace.table_in_pieces("churn.parquet") as add:
        for predicted in side_by_side(predicted_of, _numbered(workspace.pieces("features.parquet")), threads):
            add(predicted)
            done += predicted.height
            workspace.progress.update("customers explained", done, len(probabilities))
    workspace.keep_model("models/reasons/", basis.to_files())
    predicted = workspace.columns("churn.parquet", ("churn_probability", "has_left"))
    present = predicted.filter(~pl.col("has_left"))
    expected = present["churn_probability"].sum()
    return f"{expected:,.0f} of {plural(present.height, 'customer')} expected to leave{engine_note(settings)}"


def _numbered(pieces: Iterator[pl.DataFrame]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Each piece with the number of its first row."""
    first = 0
    for rows in pieces:
        yield first, rows
        first += rows.height


def _columns_of_features(workspace: Workspace, trained: TrainedChurn) -> Iterator[pl.Series]:
    """The customers' values of one feature after the other, as the model sees them."""
    file = workspace.path_to_read("features.parquet")
    stored = pl.read_parquet_schema(file)
    for name in trained.features:
        if name in stored:
            yield capped(workspace, pl.read_parquet(file, columns=[name]))[name]


def _of_labelled(
    workspace: Workspace, trained: TrainedChurn, customers: pl.Series, probabilities: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Probabilities in which labelled customers are predicted by models that did not see their label; who has left.

    Args:
        workspace: of the stage.
        trained: the model of the run.
        customers: (n,) ids.
        probabilities: (n,) by the trained model.

    Returns:
        (n,) probabilities and (n,) whether the label says that the customer left, in the order of `customers`.
    """
    training = workspace.settings.training
    labelled = churn_data(
        capped(workspace, workspace.table("training.parquet")), workspace.settings, workspace.json("features.json")
    )
    by_customer = labelled.rows.select("customer_id").with_columns(
        pl.Series("unseen", unseen_probabilities(trained, labelled, training, training.seed)),
        pl.Series("label", labelled.left),
    )
    joined = pl.DataFrame({"customer_id": customers, "by_model": probabilities}).join(
        by_customer, on="customer_id", how="left", maintain_order="left"
    )
    return (
        joined.select(pl.coalesce("unseen", "by_model")).to_series(),
        joined["label"].fill_null(value=False),
    )
