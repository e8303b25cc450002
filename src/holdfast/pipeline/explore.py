"""A stage of the pipeline."""

from datetime import datetime
from typing import Any

from holdfast.cutoffs.outcomes import AMOUNTS
from holdfast.pipeline.workspace import Desk
from holdfast.reports.exploration.explore import explore
from holdfast.reports.exploration.text import words


def look_around(desk: Desk) -> str:
    """Distributions, correlations, churn by group and patterns in time, as JSON and in sentences."""
    project = desk.settings
    training = desk.table("training.parquet")
    schedule: Any = desk.json("timeline.json")
    cutoff = datetime.fromisoformat(schedule["moment"]) if schedule["moment"] else None
    rows = training.drop(AMOUNTS)
    eda = explore(rows, desk.tables("tables/"), desk.json("features.json"), project, cutoff)
    desk.keep_json("reports/eda.json", eda)
    desk.keep_text("reports/eda.txt", words(eda, project.currency))
    return f"{rows.height:,} labelled rows described"
