"""The stage `prepare`: labelled rows in, the three sides of the split out, as the models will see them."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.models.churn.base import ChurnData
from holdfast.models.splits import split_rows
from holdfast.pipeline.workspace import Workspace
from holdfast.quality.capping import Caps, fit_feature_caps
from holdfast.settings import ChurnRule, Settings

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
        ends_at_cutoffs=settings.churn.rule is not ChurnRule.LABEL,
    )


def prepare(workspace: Workspace) -> str:
    """Split the labelled rows and write the three sides, as the models will see them."""
    project = workspace.settings
    if project.is_of_totals:
        return "no split: nothing says who left, so a model of purchases takes the place of trained ones"
    data = churn_data(workspace.table("training.parquet"), project, workspace.json("features.json"))
    split = split_rows(data.rows, data.left, horizon_days=data.horizon_days, seed=project.training.seed)
    caps = fit_feature_caps(data.rows[split.train], workspace.json("features.json"), project)
    workspace.keep_json("splits/caps.json", caps.to_record())
    data = replace(data, rows=caps.apply(data.rows))
    counts = []
    for side, positions in (("train", split.train), ("val", split.validation), ("test", split.test)):
        labelled = data.at(positions)
        workspace.keep_table(f"splits/X_{side}.parquet", labelled.rows)
        workspace.keep_table(
            f"splits/y_{side}.parquet", labelled.rows.select(KEYS).with_columns(pl.Series("left", labelled.left))
        )
        counts.append(f"{len(positions):,} {side}")
    used = len(split.train) + len(split.validation) + len(split.test)
    workspace.keep_json("splits/split.json", split.record(data.rows, data.left))
    return f"{split.method}: {', '.join(counts)} rows{_elsewhere(len(data.left) - used)}"


def _elsewhere(rows: int) -> str:
    """Why labelled rows stand on no side, in words; empty where all do."""
    if not rows:
        return ""
    return (
        f"; {rows:,} more in none: cutoffs within a horizon of the test's, and earlier cutoffs of the customers of val"
    )


def capped(workspace: Workspace, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with far values moved onto the limits that this run fitted on its training rows."""
    return Caps.from_record(workspace.json("splits/caps.json")).apply(rows)
