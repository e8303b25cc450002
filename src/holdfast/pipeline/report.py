"""The last stage: the report, the dashboard, the figures and the files for BI."""

from datetime import datetime

import polars as pl

from holdfast.pipeline.workspace import Desk
from holdfast.reports.bi import bi_tables
from holdfast.reports.dashboard import dashboard_html
from holdfast.reports.figures import each_figure
from holdfast.reports.headline import summary
from holdfast.reports.html import report_html, report_md
from holdfast.reports.inputs import Facts
from holdfast.reports.kpis import kpi_definitions


def gather_facts(desk: Desk) -> Facts:
    """Everything a report is drawn from."""
    moment = desk.json("timeline.json")["moment"]
    return Facts(
        settings=desk.settings,
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
    desk.progress(0.1, "report")
    desk.keep_text("reports/report.html", report_html(facts))
    desk.keep_text("reports/report.md", report_md(facts))
    desk.keep_json("reports/summary.json", summary(facts))
    desk.progress(0.3, "dashboard")
    desk.keep_text("reports/dashboard.html", dashboard_html(facts))
    desk.progress(0.4, "files for BI")
    for name, table in bi_tables(facts).items():
        desk.keep_table(f"bi/{name}.csv", table)
    desk.keep_text("bi/kpi_definitions.md", kpi_definitions(desk.settings))
    drawn = 0
    if desk.plots:
        for name, page in each_figure(facts):
            desk.progress(0.5 + 0.04 * drawn, name)
            desk.keep_bytes(f"reports/figures/{name}", page)
            drawn += 1
    return f"report.html, dashboard.html, {drawn} figures, files for BI"
