"""A project as its users see it: run it, check it, ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.schedule import as_day
from holdfast.decisions.eligibility import whom_to_contact, worth_an_offer
from holdfast.decisions.plan import make_plan
from holdfast.errors import HoldfastError
from holdfast.features.custom.from_python import FeatureLike, to_entries
from holdfast.features.custom.parse import read_entries
from holdfast.features.custom.unmet import unmet_conditions
from holdfast.pipeline.execute import RunOptions, RunResult, execute
from holdfast.pipeline.features import features_of
from holdfast.pipeline.future_rows import rows_after_today
from holdfast.pipeline.leakage import AUDIT, REPORT
from holdfast.pipeline.logs import logging_to
from holdfast.pipeline.stages import STAGES
from holdfast.progress import SILENT, Progress
from holdfast.reports.bi import spreadsheet_safe
from holdfast.settings import FILE_NAME, Settings, Shape
from holdfast.settings_file import load_settings
from holdfast.store.artifacts import read_json, write_table
from holdfast.store.runs import Runs


@dataclass(frozen=True)
class Checked:
    """The readiness report of a project's records."""

    run: Path
    readiness: dict[str, Any]
    notes: tuple[str, ...] = ()  # rows that lie after today, own features that count nothing

    @property
    def is_ready(self) -> bool:
        return bool(self.readiness["is_ready"])


@dataclass(frozen=True)
class Project:
    """One business: its folder and its settings."""

    folder: Path
    settings: Settings

    def with_features(self, *features: FeatureLike) -> "Project":
        """The same project with further features, beside the library's and those of holdfast.yaml.

        Args:
            features: records of `holdfast.Aggregate` and `holdfast.Composite`, or dicts as they would stand under
                `features: own:` in holdfast.yaml.

        Raises:
            HoldfastError: a feature that no table could answer; what the tables hold is looked at in the run.
        """
        asked = self.settings.features
        own = (*asked.own, *to_entries(features))
        read_entries(own)
        return replace(
            self, settings=self.settings.model_copy(update={"features": asked.model_copy(update={"own": own})})
        )

    def run(self, *, now: datetime, options: RunOptions | None = None, progress: Progress = SILENT) -> RunResult:
        """Run the pipeline.

        Args:
            now: names the run; nothing is computed from it.
            options: which stages, from which one again, whether with plots; all by default.
            progress: gets each stage and what it is doing.
        """
        with logging_to(self.folder / "logs"):
            return execute(
                STAGES, self.settings, self.folder, options=options or RunOptions(), progress=progress, now=now
            )

    def check(self, *, now: datetime, progress: Progress = SILENT) -> Checked:
        """Read, clean and judge the records; nothing is trained.

        Raises:
            HoldfastError: the records cannot be read, or an own feature asks for what they do not hold.
        """
        ran = self.run(now=now, options=RunOptions(stages=("clean",)), progress=progress)
        readiness = read_json(ran.folder / "reports" / "readiness.json")
        checked = Checked(ran.folder, readiness, rows_after_today(ran.folder, now))
        if checked.is_ready and self.settings.features.own:
            tables = {path.stem: pl.read_parquet(path) for path in sorted((ran.folder / "tables").glob("*.parquet"))}
            features_of(tables, self.settings)
            return replace(checked, notes=(*checked.notes, *unmet_conditions(self.settings, [tables])))
        return checked

    @property
    def latest(self) -> Path:
        """The folder of the latest complete run."""
        return Runs(self.folder).latest

    def summary(self) -> dict[str, Any]:
        """The headline of the latest run."""
        content: dict[str, Any] = read_json(self.latest / "reports" / "summary.json")
        return content

    def predictions(self) -> pl.DataFrame:
        """One row a customer, most urgent first; columns as in docs/reference/predictions.md."""
        return pl.read_parquet(self.latest / "predictions.parquet")

    def to_contact(self) -> pl.DataFrame:
        """The predictions without the customers whom it is best to leave alone."""
        return whom_to_contact(self.predictions())

    def customer(self, customer_id: str) -> dict[str, Any]:
        """What is expected of one customer, and why.

        Raises:
            HoldfastError: no customer has that id.
        """
        found = pl.scan_parquet(self.latest / "predictions.parquet").filter(pl.col("customer_id") == customer_id)
        rows = found.collect()
        if rows.is_empty():
            known = pl.scan_parquet(self.latest / "tables" / "customers.parquet")
            if known.filter(pl.col("customer_id") == customer_id).collect().height:
                raise HoldfastError(
                    f"Customer {customer_id!r} is in the records, but was not there to be asked about at the cutoff: "
                    "already left, not yet begun, or without activity.",
                    fix=f"The list of those who are: {self.latest / 'bi' / 'customers.csv'}.",
                )
            some = self.predictions()["customer_id"].head(3).to_list()
            raise HoldfastError(
                f"No customer {customer_id!r} in the latest run.",
                fix=f"Use an id from the list, such as {', '.join(some)}.",
            )
        return rows.row(0, named=True)


def open_project(
    folder: Path | str,
    *,
    config: Path | None = None,
    cutoff: str | date | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Project:
    """Open a project.

    Args:
        folder: the folder that holds holdfast.yaml.
        config: another settings file.
        cutoff: hide everything from this day on (a date or YYYY-MM-DD).
        overrides: settings to replace, by their top-level name.

    Raises:
        HoldfastError: no such project, settings that are wrong, or an own feature that no table could answer.
    """
    home = Path(folder)
    settings = load_settings(config or home / FILE_NAME)
    read_entries(settings.features.own)
    changes: dict[str, Any] = dict(overrides or {})
    if cutoff is not None:
        if settings.shape is Shape.SNAPSHOT:
            raise HoldfastError(
                f"{home}: a labelled snapshot knows no time, so there is nothing to hide after {cutoff}.",
                fix="Leave --cutoff out.",
            )
        changes["cutoff"] = as_day(cutoff)
    return Project(home, settings.model_copy(update=changes) if changes else settings)


@dataclass(frozen=True)
class Audited:
    """What the leakage audit of a project found."""

    run: Path
    report: dict[str, Any]  # findings, looked_at, not_looked_at

    @property
    def is_clean(self) -> bool:
        return not self.report["findings"]

    @property
    def file(self) -> Path:
        return self.run / REPORT


def look_for_leaks(project: Project, *, now: datetime, progress: Progress = SILENT) -> Audited:
    """Read, clean, measure and split the records, then look for leaks; nothing is trained, `latest` stays.

    Args:
        project: from `open_project`.
        now: names the run; nothing is computed from it.
        progress: gets each stage and what it is doing.

    Raises:
        HoldfastError: the records cannot be learnt from at all.
    """
    with logging_to(project.folder / "logs"):
        ran = execute(
            (*STAGES, AUDIT),
            project.settings,
            project.folder,
            options=RunOptions(stages=(AUDIT.name,)),
            progress=progress,
            now=now,
        )
    return Audited(ran.folder, read_json(ran.folder / REPORT))


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
