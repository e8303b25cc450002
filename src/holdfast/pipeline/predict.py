"""The stage `predict`: the trained churn model and today's features in, probabilities with reasons out."""

from typing import Any

import numpy as np
import polars as pl

from holdfast.formatting import plural
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import unseen_probabilities
from holdfast.models.reasons import reasons
from holdfast.pipeline.engines import chances_of_leaving, where
from holdfast.pipeline.prepare import KEYS, capped, churn_data
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule

EXPLAINED_IN_FULL = 3_000  # customers most at risk, whose reasons come from exact Shapley values


EXPLAINED_AT_A_TIME = 10_000  # bounds the memory of the contributions


def predict(workspace: Workspace) -> str:
    """Predict each customer's probability of leaving, with reasons."""
    project = workspace.settings
    trained = TrainedChurn.from_files(workspace.model("models/churn/"))
    rows = capped(workspace, workspace.table("features.parquet"))
    chance = chances_of_leaving(workspace, trained, rows)
    answers = rows.select(KEYS).with_columns(chance, pl.lit(value=False).alias("has_left"))
    if project.churn.rule is ChurnRule.LABEL:
        answers = _unseen(workspace, trained, answers)
    records = workspace.json("features.json")
    why = reasons_for(trained, rows, answers["churn_probability"], records, workspace.settings.currency)
    answers = answers.with_columns(why)
    workspace.keep_table("churn.parquet", answers)
    present = answers.filter(~pl.col("has_left"))
    expected = present["churn_probability"].sum()
    return f"{expected:,.0f} of {plural(present.height, 'customer')} expected to leave{where(workspace)}"


def _unseen(workspace: Workspace, trained: TrainedChurn, answers: pl.DataFrame) -> pl.DataFrame:
    """Labelled customers get the answer of models that did not see their label."""
    project = workspace.settings
    training = capped(workspace, workspace.table("training.parquet"))
    data = churn_data(training, project, workspace.json("features.json"))
    honest = data.rows.select("customer_id").with_columns(
        pl.Series("honest", unseen_probabilities(trained, data, project.training, project.training.seed)),
        pl.Series("label", data.left),
    )
    return answers.join(honest, on="customer_id", how="left", maintain_order="left").select(
        *KEYS,
        pl.coalesce("honest", "churn_probability").alias("churn_probability"),
        pl.col("label").fill_null(value=False).alias("has_left"),
    )


def reasons_for(
    trained: TrainedChurn, rows: pl.DataFrame, chance: pl.Series, records: list[dict[str, Any]], currency: str
) -> list[pl.Series]:
    """Three reasons a customer and the family of the first.

    Those most at risk are explained by Shapley values, the others by decision paths: both add up to the score, and
    only the first takes minutes for a large base.

    Returns:
        reason_1, reason_2, reason_3 (sentences; null where nothing moves the score) and reason_family.
    """
    order = chance.arg_sort(descending=True).to_numpy()
    by_name = {record["name"]: record for record in records}
    sentences = np.full((rows.height, 3), None, dtype=object)
    families = np.full(rows.height, None, dtype=object)
    for places, quick in ((order[:EXPLAINED_IN_FULL], False), (order[EXPLAINED_IN_FULL:], True)):
        for start in range(0, len(places), EXPLAINED_AT_A_TIME):
            part = places[start : start + EXPLAINED_AT_A_TIME]
            asked = rows[part]
            found = reasons(trained.explain(asked, quick=quick), asked, by_name, trained.typical, currency)
            for place, given in zip(part, found, strict=True):
                sentences[place, : len(given)] = [reason.sentence for reason in given]
                if given:
                    families[place] = by_name.get(given[0].feature, {}).get("table")
    columns = [pl.Series(f"reason_{place + 1}", sentences[:, place].tolist(), dtype=pl.String) for place in range(3)]
    return [*columns, pl.Series("reason_family", families.tolist(), dtype=pl.String)]
