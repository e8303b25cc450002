"""The stage `report`: everything a run computed in; the report, the dashboard, the figures and the files for BI out."""

from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.cutoffs.outcomes import LEFT
from holdfast.decisions.few_purchases import COLUMNS
from holdfast.pipeline.earlier_runs import latest_backtest, previous_run
from holdfast.pipeline.explore import MONTHS
from holdfast.pipeline.workspace import Workspace
from holdfast.reports.bi import bi_files
from holdfast.reports.dashboard import dashboard_html
from holdfast.reports.figures import each_figure
from holdfast.reports.headline import summary
from holdfast.reports.html import report_html, report_md
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.kpis import kpi_definitions
from holdfast.reports.spreadsheets import whole_numbers_plain
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE, LIFECYCLE_MOVES


def read_moves(file: Path) -> pl.DataFrame:
    """The transition matrices of a run, from their CSV file."""
    return pl.read_csv(file, schema_overrides=LIFECYCLE_MOVES.schema, try_parse_dates=True)


def report_inputs(workspace: Workspace) -> ReportInputs:
    """Everything a report is drawn from."""
    timeline = workspace.json("timeline.json")
    moment = timeline["moment"]
    bought = workspace.columns("segment_assignments.parquet", COLUMNS)
    return ReportInputs(
        settings=workspace.settings,
        predictions=workspace.table("predictions.parquet"),
        rows=workspace.columns("training.parquet", ("customer_id", "cutoff", LEFT)),
        features=pl.scan_parquet(workspace.path_to_read("features.parquet")),
        records=workspace.json("features.json"),
        cleaned_tables=workspace.customer_ranges(),
        past_outcomes=timeline.get("past_outcomes", {}),
        cutoff=datetime.fromisoformat(moment) if moment else None,
        eda=workspace.json("reports/eda.json"),
        months=workspace.table(MONTHS),
        metrics=workspace.json("metrics.json") | {"value": workspace.json("reports/value.json")},
        importance=pl.read_csv(workspace.path_to_read("feature_importance.csv")),
        segments=pl.read_csv(workspace.path_to_read("segments.csv")),
        bought=bought if set(COLUMNS) <= set(bought.columns) else None,
        plan=workspace.table("plan.parquet"),
        plan_totals=workspace.json("reports/plan.json"),
        cleaning=workspace.json("reports/cleaning.json"),
        validation=pl.read_csv(workspace.path_to_read("reports/validation.csv")),
        readiness=workspace.json("reports/readiness.json"),
        states=workspace.table(LIFECYCLE.path),
        moves=read_moves(workspace.path_to_read(LIFECYCLE_MOVES.path)),
        lapsed=workspace.table(LAPSED.path),
        returns=workspace.json("reports/lapsed.json"),
        sample=timeline.get("sample", {}),
        window=timeline["active_window"],
        fit=timeline["fit"] or {},
        previous=previous_run(workspace.home, workspace.run, workspace.settings),
        backtest=latest_backtest(workspace.home),
    )


def report(workspace: Workspace) -> str:
    """Draw and write all that people open."""
    inputs = report_inputs(workspace)
    workspace.progress.update("report", 10, 100)
    workspace.keep_text("reports/report.html", report_html(inputs))
    workspace.keep_text("reports/report.md", report_md(inputs))
    workspace.keep_json("reports/summary.json", summary(inputs))
    workspace.progress.update("dashboard", 30, 100)
    workspace.keep_text("reports/dashboard.html", dashboard_html(inputs))
    workspace.progress.update("files for BI", 40, 100)
    for name, pieces in bi_files(inputs):
        plain = (whole_numbers_plain(piece, "value") for piece in pieces) if name == "kpis" else pieces
        workspace.keep_csv_in_pieces(f"bi/{name}.csv", plain)
    workspace.keep_text("bi/kpi_definitions.md", kpi_definitions(workspace.settings))
    drawn = 0
    if workspace.plots:
        for name, page in each_figure(inputs):
            workspace.progress.update(name, min(50 + 4 * drawn, 100), 100)
            workspace.keep_bytes(f"reports/figures/{name}", page)
            drawn += 1
    return f"report.html, dashboard.html, {drawn} figures, files for BI"
