"""The stage `train`: the split rows in, the trained churn model and its metrics out."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.models.churn.evaluation import cap_grade, refuse_suspicions
from holdfast.models.churn.training import train_churn
from holdfast.models.clv.coming_events import stated_effect
from holdfast.pipeline.of_totals.stages import fit_totals
from holdfast.pipeline.prepare import capped, churn_data
from holdfast.pipeline.workspace import Workspace

_LOG = logging.getLogger(__name__)


def train(workspace: Workspace) -> str:
    """Fit the candidates, choose one, evaluate all once on the test rows, refit the chosen one."""
    project = workspace.settings
    if project.is_of_totals:
        return fit_totals(workspace)
    records = workspace.json("features.json")
    data = churn_data(capped(workspace, workspace.table("training.parquet")), project, records)
    trained = train_churn(data, project.training, project.training.seed, workspace.progress)
    too_good = trained.metrics["suspicions"]
    refuse_suspicions(too_good, project.accept, data.features)
    accepted = [*_accepted(workspace.json("reports/readiness.json")), *too_good]
    metrics = {name: value for name, value in trained.metrics.items() if name != "suspicions"}
    if (schedule := Schedule.from_record(workspace.json("timeline.json"))) is not None:
        # Buying more or less than usual moves who is silent: as much as the calendar states is not known of leavers.
        moved = stated_effect(project.calendar, schedule.scoring, schedule.horizon.days)
        metrics["drift"] = float(np.hypot(metrics["drift"], moved))
    trained = replace(trained, metrics={**metrics, "grade": cap_grade(metrics["grade"], accepted)})
    for each in trained.metrics["candidates"]:
        # Seconds differ from run to run: they go to the log, so that equal records leave equal bytes.
        _LOG.info("model %s fitted in %s s", each["name"], each.pop("seconds"))
    workspace.keep_model("models/churn/", trained.to_files())
    workspace.keep_json("metrics.json", {**trained.metrics, "rule": project.churn.rule.value, "accepted": accepted})
    meanings = {record["name"]: record["meaning"] for record in records}
    importance = trained.importance()
    table = pl.DataFrame(
        {
            "feature": list(importance),
            "importance": list(importance.values()),
            "meaning": [meanings.get(name, "") for name in importance],
        }
    )
    workspace.keep_table("feature_importance.csv", table)
    champion = next(each for each in trained.metrics["candidates"] if each["champion"])
    auc = champion["test"]["roc_auc"]
    return (
        f"{champion['name']} chosen; test ROC-AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}), "
        f"grade: {trained.metrics['grade']['word']}"
    )


def _accepted(readiness: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the settings accept of the records: id and sentence of each."""
    return [{"id": each["id"], "sentence": each["sentence"]} for each in readiness["acceptance"]["accepted"]]
