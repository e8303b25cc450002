"""A plan for another budget than the run's, from the latest predictions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.decisions.plan import make_plan
from holdfast.decisions.recommend import worth_an_offer
from holdfast.reports.bi import spreadsheet_safe
from holdfast.service.projects import open_project
from holdfast.store.artifacts import write_table


@dataclass(frozen=True)
class Planned:
    """Whom to treat with what, best first, and what it adds up to."""

    table: pl.DataFrame
    totals: dict[str, Any]

    @property
    def words(self) -> list[str]:
        return [str(self.totals["words"]), f"Assumed, not measured: {self.totals['assumption']}"]


def plan_with(folder: Path, *, budget: float | None, out: Path | None = None) -> Planned:
    """Choose whom to treat within a budget.

    Args:
        folder: the project's folder; its latest run is asked.
        budget: what may be spent, in the project's currency; None: the project's own, or all that pays.
        out: where to write the list too (CSV, safe to open in a spreadsheet; or Parquet).

    Raises:
        HoldfastError: no run has finished yet.
    """
    project = open_project(folder)
    settings = project.settings.decisions
    if budget is not None:
        settings = settings.model_copy(update={"budget": budget})
    plan = make_plan(worth_an_offer(project.predictions()), settings, project.settings.currency)
    if out is not None:
        write_table(out, spreadsheet_safe(_in_cents(plan.table)) if out.suffix == ".csv" else plan.table)
    return Planned(plan.table, plan.totals)


def _in_cents(table: pl.DataFrame) -> pl.DataFrame:
    """Money as people write it, for a list that people read."""
    return table.with_columns(pl.col("cost", "expected_gain").round(2))
