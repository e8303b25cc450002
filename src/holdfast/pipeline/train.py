"""The stage `train`: the split rows in, the trained churn model, its level of today and its metrics out."""

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from holdfast.cutoffs.outcomes import LEFT
from holdfast.cutoffs.schedule import Schedule
from holdfast.models.churn.evaluation import cap_grade, refuse_suspicions
from holdfast.models.churn.silence import SilenceLevel, silence_level
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import train_churn
from holdfast.models.clv.coming_events import stated_effect
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.silence import expected_silence
from holdfast.pipeline.of_totals.stages import fit_totals
from holdfast.pipeline.prepare import capped, churn_data
from holdfast.pipeline.stored_models import load_lightgbm_for
from holdfast.pipeline.value import purchases_in_turn
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule, Settings
from holdfast.store.artifacts import sha256
from holdfast.store.runs import key_of

_LOG = logging.getLogger(__name__)
_FITTED_ON = ("training.parquet", "features.json", "splits/caps.json")
_MARK = "fitted_on.json"  # beside the model: what it was fitted on
_MOST_COMPARED = 10_000  # customers of today whose level is compared; their total is sure to a percent


def train(workspace: Workspace) -> str:
    """Fit the candidates, choose one, evaluate all once on the test rows, refit the chosen one."""
    project = workspace.settings
    if project.is_of_totals:
        return fit_totals(workspace)
    records = workspace.json("features.json")
    files, is_kept = _models(workspace, records)
    trained = TrainedChurn.from_files(files)
    too_good = trained.metrics["suspicions"]
    refuse_suspicions(too_good, project.accept, trained.features)
    workspace.keep_model("models/churn/", files)
    accepted = [*_accepted(workspace.json("reports/readiness.json")), *too_good]
    metrics = {name: value for name, value in trained.metrics.items() if name != "suspicions"}
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    level = _level_of_today(workspace, trained, schedule)
    workspace.keep_model("models/level/", level.to_files())
    metrics["silence"] = level.record()
    if level.sentence:
        metrics["warnings"] = [*metrics["warnings"], level.sentence]
    if schedule is not None:
        # Buying more or less than usual moves who is silent: as much as the calendar states is not known of leavers.
        moved = stated_effect(project.calendar, schedule.scoring, schedule.horizon.days)
        metrics["drift"] = float(np.hypot(metrics["drift"], moved))
    metrics["grade"] = cap_grade(metrics["grade"], accepted)
    workspace.keep_json("metrics.json", {**metrics, "rule": project.churn.rule.value, "accepted": accepted})
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
    champion = next(each for each in metrics["candidates"] if each["champion"])
    auc = champion["test"]["roc_auc"]
    source = "; kept from an earlier run, whose rows are the same" if is_kept else ""
    return (
        f"{champion['name']} chosen; test ROC-AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}), "
        f"grade: {metrics['grade']['word']}{source}"
    )


def _models(workspace: Workspace, records: list[dict[str, Any]]) -> tuple[dict[str, bytes], bool]:
    """The model's files, and whether they are an earlier run's: fitted on the same rows, they are the same bytes."""
    project = workspace.settings
    inputs = [sha256(workspace.path_to_read(path)) for path in _FITTED_ON]
    settings = project.model_dump(mode="json", include={"shape", "churn", "training"})
    mark = json.dumps({"fitted_on": key_of(inputs, settings)}).encode()
    earlier = workspace.earlier_model("models/churn/")
    if earlier is not None and earlier.get(_MARK) == mark:
        load_lightgbm_for(earlier)
        return earlier, True
    data = churn_data(capped(workspace, workspace.table("training.parquet")), project, records)
    trained = train_churn(data, project.training, project.training.seed, workspace.progress)
    for each in trained.metrics["candidates"]:
        # Seconds differ from run to run: they go to the log, so that equal records leave equal bytes.
        _LOG.info("model %s fitted in %s s", each["name"], each.pop("seconds"))
    return {**trained.to_files(), _MARK: mark}, False


def _level_of_today(workspace: Workspace, trained: TrainedChurn, schedule: Schedule | None) -> SilenceLevel:
    """The level of the customers of the run, beside what the purchase model expects; none where that says nothing."""
    settings = workspace.settings
    purchases = purchases_in_turn(workspace.customer_ranges(), settings) if leaving_is_not_buying(settings) else None
    if schedule is None or purchases is None or not trained.signal:
        return SilenceLevel()
    features = pl.scan_parquet(workspace.path_to_read("features.parquet"))
    every = -(-int(features.select(pl.len()).collect().item()) // _MOST_COMPARED)
    rows = features.gather_every(max(every, 1)).collect()
    today = rows.select("customer_id").with_columns(pl.Series("p", trained.predict(capped(workspace, rows))))
    past = workspace.columns("training.parquet", ("customer_id", "cutoff", LEFT))
    return level_beside_purchases(purchases, schedule, past, today, drift=trained.metrics["drift"])


def leaving_is_not_buying(settings: Settings) -> bool:
    """Whether who buys nothing within the horizon has left, and nobody else."""
    tables = settings.tables
    active = settings.churn.activity or [name for name, table in tables.items() if table.holds != "customers"]
    return settings.churn.rule is ChurnRule.INACTIVITY and all(
        name in tables and tables[name].holds == "transactions" for name in active
    )


def level_beside_purchases(
    purchases: Purchases, schedule: Schedule, past: pl.DataFrame, today: pl.DataFrame, *, drift: float
) -> SilenceLevel:
    """How far the probabilities of today's customers are moved to what the purchase model expects of them.

    Args:
        purchases: with an amount, of all customers.
        schedule: its test cutoff, scoring cutoff and horizon are read.
        past: customer_id, cutoff and the outcome at past cutoffs.
        today: customer_id, and p at the scoring cutoff.
        drift: of the churn model between cutoffs.
    """
    days = schedule.horizon / timedelta(days=1)
    then, now = (expected_silence(purchases, cutoff, days) for cutoff in (schedule.test, schedule.scoring))
    if then is None or now is None:
        return SilenceLevel()
    tested = past.filter(pl.col("cutoff") == schedule.test, pl.col(LEFT).is_not_null())
    tested, today = (
        rows.join(silence, on="customer_id", how="inner", maintain_order="left")
        for rows, silence in ((tested, then), (today, now))
    )
    return silence_level(
        (tested[LEFT].to_numpy().astype(np.bool_), tested["silence"].to_numpy()),
        (today["p"].to_numpy(), today["silence"].to_numpy()),
        drift=drift,
    )


def _accepted(readiness: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the settings accept of the records: id and sentence of each."""
    return [{"id": each["id"], "sentence": each["sentence"]} for each in readiness["acceptance"]["accepted"]]
