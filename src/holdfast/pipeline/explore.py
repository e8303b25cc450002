"""The stage `explore`: labelled rows in, distributions, correlations and patterns in time out."""

from datetime import datetime
from typing import Any

import polars as pl

from holdfast.cutoffs.outcomes import AMOUNTS
from holdfast.pipeline.ranges.fit import FIT
from holdfast.pipeline.workspace import Workspace
from holdfast.reports.exploration.explore import explore_rows, explore_times
from holdfast.reports.exploration.text import words
from holdfast.reports.exploration.times import NO_MONTHS, monthly

MONTHS = "reports/months.parquet"


def explore(workspace: Workspace) -> str:
    """Distributions, correlations, churn by group and patterns in time, as JSON and in sentences."""
    project = workspace.settings
    if project.is_of_totals:
        workspace.keep_json("reports/eda.json", {})
        workspace.keep_text("reports/eda.txt", "")
        workspace.keep_table(MONTHS, pl.DataFrame(schema=NO_MONTHS))
        return "no outcome to explore by"
    schedule: Any = workspace.json("timeline.json")
    cutoff = datetime.fromisoformat(schedule["moment"]) if schedule["moment"] else None
    earlier = workspace.earlier_json("reports/eda.json")
    if earlier is not None and workspace.reads_as_earlier("training.parquet", "features.json", FIT):
        of_rows = {name: content for name, content in earlier.items() if name != "times"}
    else:
        rows = workspace.table("training.parquet").drop(AMOUNTS)
        of_rows = explore_rows(rows, workspace.json("features.json"), project)
    records = workspace.customer_ranges()
    months = monthly(records, project, cutoff)
    eda = of_rows | explore_times(months, records, project, cutoff)
    workspace.keep_table(MONTHS, months)
    workspace.keep_json("reports/eda.json", eda)
    workspace.keep_text("reports/eda.txt", words(eda, project.currency))
    return f"{eda['rows']['all']:,} labelled rows described"
