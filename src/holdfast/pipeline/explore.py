"""The stage `explore`: labelled rows in, distributions, correlations and patterns in time out."""

from datetime import datetime
from typing import Any

from holdfast.cutoffs.outcomes import AMOUNTS
from holdfast.pipeline.workspace import Workspace
from holdfast.reports.exploration.explore import explore as explore_rows
from holdfast.reports.exploration.text import words


def explore(workspace: Workspace) -> str:
    """Distributions, correlations, churn by group and patterns in time, as JSON and in sentences."""
    project = workspace.settings
    if project.is_of_totals:
        workspace.keep_json("reports/eda.json", {})
        workspace.keep_text("reports/eda.txt", "")
        return "no outcome to explore by"
    training = workspace.table("training.parquet")
    schedule: Any = workspace.json("timeline.json")
    cutoff = datetime.fromisoformat(schedule["moment"]) if schedule["moment"] else None
    rows = training.drop(AMOUNTS)
    eda = explore_rows(rows, workspace.customer_ranges(), workspace.json("features.json"), project, cutoff)
    workspace.keep_json("reports/eda.json", eda)
    workspace.keep_text("reports/eda.txt", words(eda, project.currency))
    return f"{rows.height:,} labelled rows described"
