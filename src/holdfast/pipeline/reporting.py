"""The last stage: the report, the dashboard, the figures and the files for BI."""

from datetime import datetime

import polars as pl

from holdfast.pipeline.desk import Desk
from holdfast.reports.facts import Facts
from holdfast.reports.figures import each_figure


def gather_facts(desk: Desk) -> Facts:
    """Everything a report is drawn from."""
    moment = desk.json("timeline.json")["moment"]
    return Facts(
        project=desk.project,
        predictions=desk.table("predictions.parquet"),
        rows=desk.table("training.parquet"),
        features=desk.table("features.parquet"),
        records=desk.json("features.json"),
        tables=desk.tables("tables/"),
        cutoff=datetime.fromisoformat(moment) if moment else None,
        eda=desk.json("reports/eda.json"),
        metrics=desk.json("metrics.json") | {"value": desk.json("reports/value.json")},
        importance=pl.read_csv(desk.path_to_read("feature_importance.csv")),
        segments=pl.read_csv(desk.path_to_read("segments.csv")),
        plan=desk.table("plan.parquet"),
        plan_totals=desk.json("reports/plan.json"),
        cleaning=desk.json("reports/cleaning.json"),
        validation=pl.read_csv(desk.path_to_read("reports/validation.csv")),
        readiness=desk.json("reports/readiness.json"),
    )


def report(desk: Desk) -> str:
    """Draw and write all that people open."""
    facts = gather_facts(desk)
    drawn = 0
    if desk.plots:
        for name, page in each_figure(facts):
            desk.keep_bytes(f"reports/figures/{name}", page)
            drawn += 1
    return f"{drawn} figures"
