"""A stage of the pipeline."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.training import train_churn
from holdfast.models.splits import split_rows
from holdfast.pipeline.workspace import Desk
from holdfast.quality.capping import caps_of, caps_record, learn_caps
from holdfast.settings import Settings

_LOG = logging.getLogger(__name__)


KEYS = ("customer_id", "cutoff")


def churn_data(training: pl.DataFrame, settings: Settings, records: list[dict[str, Any]]) -> ChurnData:
    """Labelled rows as the models take them."""
    labelled = training.filter(pl.col("left").is_not_null())
    names = tuple(name for name in labelled.columns if name not in {*KEYS, *OUTCOME_NAMES})
    return ChurnData(
        rows=labelled.select(*KEYS, *names),
        left=labelled["left"].to_numpy().astype(np.bool_),
        features=names,
        horizon_days=settings.churn.horizon_days,
        records={record["name"]: record for record in records},
    )


def prepare(desk: Desk) -> str:
    """Write the three sides of the split, as the models will see them."""
    project = desk.settings
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


def capped(desk: Desk, rows: pl.DataFrame) -> pl.DataFrame:
    return caps_of(desk.json("splits/caps.json")).apply(rows)


def train(desk: Desk) -> str:
    """Fit the candidates, choose one, judge all once on the test rows, refit the chosen one."""
    project = desk.settings
    records = desk.json("features.json")
    data = churn_data(capped(desk, desk.table("training.parquet")), project, records)
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
