"""The learning stages: split, train, judge once, and say what is expected of each customer."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from holdfast.models.churn.data import ChurnData
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import train_churn, unseen_probabilities
from holdfast.models.reasons import reasons
from holdfast.models.splits import split_rows
from holdfast.pipeline.desk import Desk
from holdfast.pipeline.engines import chances_of_leaving, where
from holdfast.pipeline.limits import caps_of, caps_record, learn_caps
from holdfast.project import ChurnRule, Project
from holdfast.words import plural

_LOG = logging.getLogger(__name__)
KEYS = ("customer_id", "cutoff")
OUTCOMES = ("left", "spend", "purchases")
EXPLAINED_IN_FULL = 3_000  # customers most at risk, whose reasons come from exact Shapley values
EXPLAINED_AT_A_TIME = 10_000  # bounds the memory of the contributions


def churn_data(training: pl.DataFrame, project: Project, records: list[dict[str, Any]]) -> ChurnData:
    """Labelled rows as the models take them."""
    labelled = training.filter(pl.col("left").is_not_null())
    names = tuple(name for name in labelled.columns if name not in {*KEYS, *OUTCOMES})
    return ChurnData(
        rows=labelled.select(*KEYS, *names),
        left=labelled["left"].to_numpy().astype(np.bool_),
        features=names,
        horizon_days=project.churn.horizon_days,
        records={record["name"]: record for record in records},
    )


def prepare(desk: Desk) -> str:
    """Write the three sides of the split, as the models will see them."""
    project = desk.project
    data = churn_data(desk.table("training.parquet"), project, desk.json("features.json"))
    split = split_rows(data.rows, data.left, horizon_days=data.horizon_days, seed=project.training.seed)
    caps = learn_caps(data.rows[split.train], desk.json("features.json"), project)
    desk.keep_json("splits/caps.json", caps_record(caps))
    data = replace(data, rows=caps.apply(data.rows))
    counts = []
    for side, places in (("train", split.train), ("val", split.validation), ("test", split.test)):
        part = data.at(places)
        desk.keep_table(f"splits/X_{side}.parquet", part.rows)
        desk.keep_table(f"splits/y_{side}.parquet", part.rows.select(KEYS).with_columns(pl.Series("left", part.left)))
        counts.append(f"{len(places):,} {side}")
    desk.keep_json("splits/split.json", split.record(data.rows, data.left))
    return f"{split.method}: {', '.join(counts)} rows"


def _capped(desk: Desk, rows: pl.DataFrame) -> pl.DataFrame:
    return caps_of(desk.json("splits/caps.json")).apply(rows)


def train(desk: Desk) -> str:
    """Fit the candidates, choose one, judge all once on the test rows, refit the chosen one."""
    project = desk.project
    records = desk.json("features.json")
    data = churn_data(_capped(desk, desk.table("training.parquet")), project, records)
    trained = train_churn(data, project.training, project.training.seed, lambda says, share: desk.progress(share, says))
    for each in trained.metrics["candidates"]:
        # Seconds differ from run to run: they go to the log, so that equal records leave equal bytes.
        _LOG.info("model %s fitted in %s s", each["name"], each.pop("seconds"))
    desk.keep_model("models/churn/", trained.to_files())
    desk.keep_json("metrics.json", {**trained.metrics, "rule": project.churn.rule.value})
    meanings = {record["name"]: record["meaning"] for record in records}
    importance = trained.importance()
    table = pl.DataFrame(
        {
            "feature": list(importance),
            "importance": list(importance.values()),
            "meaning": [meanings.get(name, "") for name in importance],
        }
    )
    desk.keep_table("feature_importance.csv", table)
    champion = next(each for each in trained.metrics["candidates"] if each["champion"])
    auc = champion["test"]["roc_auc"]
    return (
        f"{champion['name']} chosen; test ROC-AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}), "
        f"grade: {trained.metrics['grade']['word']}"
    )


def expect(desk: Desk) -> str:
    """Each customer's chance of leaving, and why."""
    project = desk.project
    trained = TrainedChurn.from_files(desk.model("models/churn/"))
    rows = _capped(desk, desk.table("features.parquet"))
    chance = chances_of_leaving(desk, trained, rows)
    answers = rows.select(KEYS).with_columns(chance, pl.lit(value=False).alias("has_left"))
    if project.churn.rule is ChurnRule.LABEL:
        answers = _unseen(desk, trained, answers)
    records = desk.json("features.json")
    why = reasons_for(trained, rows, answers["churn_probability"], records, desk.project.currency)
    answers = answers.with_columns(why)
    desk.keep_table("churn.parquet", answers)
    present = answers.filter(~pl.col("has_left"))
    expected = present["churn_probability"].sum()
    return f"{expected:,.0f} of {plural(present.height, 'customer')} expected to leave{where(desk)}"


def _unseen(desk: Desk, trained: TrainedChurn, answers: pl.DataFrame) -> pl.DataFrame:
    """Labelled customers get the answer of models that did not see their label."""
    project = desk.project
    training = _capped(desk, desk.table("training.parquet"))
    data = churn_data(training, project, desk.json("features.json"))
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
