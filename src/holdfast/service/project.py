"""A project and every question that may be asked of it: the one door of all interfaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.cutoffs.schedule import as_day
from holdfast.errors import HoldfastError
from holdfast.ingest.future_rows import rows_after_today
from holdfast.pipeline.execute import RunOptions, RunResult, execute
from holdfast.progress import SILENT, Progress
from holdfast.service.database import records_to_read
from holdfast.service.logs import logging_to
from holdfast.service.privacy.remainder import finish_erasures
from holdfast.service.results import (
    ContactList,
    FeatureTable,
    IngestReport,
    Predictions,
    Readiness,
    Run,
    RunHeading,
    RunList,
    Summary,
)
from holdfast.settings import FILE_NAME, RESULTS_FILE, Settings, Shape
from holdfast.settings_file import load_settings
from holdfast.store.artifacts import read_json
from holdfast.store.pseudonyms import load_pseudonyms, pseudonyms_at_hand
from holdfast.store.runs import Runs, prove

if TYPE_CHECKING:
    from holdfast.features.custom.from_python import FeatureLike
    from holdfast.pipeline.execute import Stage
    from holdfast.service.audits.backtest import Backtest
    from holdfast.service.audits.leakage import LeakageAudit
    from holdfast.service.contacts.plan import Plan
    from holdfast.service.contacts.win_back import WinBackList
    from holdfast.service.customer import CustomerForecast
    from holdfast.service.publish import Publication
    from holdfast.service.results_database import PublishedResults
    from holdfast.service.scores.score import Scores
    from holdfast.service.scores.scorer import Scorer

__all__ = ["Project", "RunOptions", "open_project"]


@dataclass(frozen=True)
class Project:
    """One business: its folder and its settings. Each question is a method, each answer a record of `results`.

    `now` names a run and tells rows of the future; no number is computed from it. `progress` hears how the work goes.
    """

    folder: Path
    settings: Settings
    served_in: Path | None = None  # whose results database it publishes into; None: into that of its own folder

    def with_features(self, *features: "FeatureLike") -> "Project":
        """The same project with further features, beside the library's and those of holdfast.yaml.

        Args:
            features: records of `holdfast.Aggregate` and `holdfast.Composite`, or dicts as they would stand under
                `features: own:` in holdfast.yaml.

        Raises:
            HoldfastError: a feature that no table could answer; what the tables hold is looked at in the run.
        """
        from holdfast.features.custom.from_python import with_entries

        own = with_entries(self.settings.features, features)
        return replace(self, settings=self.settings.model_copy(update={"features": own}))

    def for_tenant(self, tenant: str | None) -> "Project":
        """The same project, publishing under this tenant's name; None: under the name in its settings."""
        results = self.settings.results.model_copy(update={} if tenant is None else {"tenant": tenant})
        return replace(self, settings=self.settings.model_copy(update={"results": results}))

    def check(self, *, now: datetime, progress: Progress = SILENT) -> Readiness:
        """Read, clean and grade the records; nothing is trained.

        Raises:
            HoldfastError: the records cannot be read, or a custom feature needs what they do not hold.
        """
        from holdfast.pipeline.features import unmet_of_run
        from holdfast.service.setup.money_taken import notes_of_check

        result = self._execute(RunOptions(stages=("clean",)), now, progress)
        report = read_json(result.folder / "reports" / "readiness.json")
        notes = (*result.notes, *notes_of_check(result.folder, self.settings.currency, now))
        if report["is_ready"] and self.settings.features.own:
            notes = (*notes, *unmet_of_run(result.folder, self.settings))
        return Readiness.of(result.folder, report, notes)

    def audit_leakage(self, *, now: datetime, progress: Progress = SILENT) -> "LeakageAudit":
        """Read, clean, measure and split the records, then look for leaks; nothing is trained, `latest` stays.

        Raises:
            HoldfastError: the records are not enough to train on at all.
        """
        from holdfast.pipeline.audits.leakage import AUDIT, REPORT
        from holdfast.service.audits.leakage import LeakageAudit

        result = self._execute(RunOptions(stages=(AUDIT.name,)), now, progress, AUDIT)
        report = {name: tuple(entries) for name, entries in read_json(result.folder / REPORT).items()}
        return LeakageAudit(**report, folder=result.folder, file=result.folder / REPORT)

    def backtest(self, *, now: datetime, progress: Progress = SILENT) -> "Backtest":
        """Forecast each past cutoff by what was known at it, and evaluate it by what came; `latest` stays.

        Raises:
            HoldfastError: the records are not enough to train on, or know no time.
        """
        from holdfast.pipeline.audits.backtest import BACKTEST
        from holdfast.service.audits.backtest import Backtest

        result = self._execute(RunOptions(stages=(BACKTEST.name,)), now, progress, BACKTEST)
        return Backtest.of(result.folder)

    def run(self, *, now: datetime, options: RunOptions | None = None, progress: Progress = SILENT) -> Run:
        """Run the pipeline.

        Args:
            now: names the run.
            options: which stages, whether again, whether with plots; all by default.
            progress: hears of each stage.

        Raises:
            HoldfastError: the records cannot be read or are not enough, or there is no such stage.
        """
        result = self._execute(options or RunOptions(), now, progress)
        notes = (*result.notes, *rows_after_today(result.folder, now))
        if self.settings.results.url is not None and result.manifest["complete"]:
            notes = (*notes, self.publish(now=now, progress=progress).sentence)
        return Run(
            folder=result.folder,
            **result.manifest | {"stages": result.records},
            notes=notes,
            summary=Summary.of(result.folder) if result.manifest["complete"] else None,
        )

    def _execute(self, options: RunOptions, now: datetime, progress: Progress, *further: "Stage") -> RunResult:
        from holdfast.ingest.ingest import take_in_new_files
        from holdfast.pipeline.stages import STAGES

        simulates = options.simulate_when_down
        settings, notes = records_to_read(self.settings, self.folder, now, progress, simulate_when_down=simulates)
        if settings.simulated == self.settings.simulated:
            notes += take_in_new_files(settings, self.folder, progress, now)
        with logging_to(self.folder / "logs"):
            stages = (*STAGES, *further)
            result = execute(stages, settings, self.folder, options=options, progress=progress, now=now)
        return replace(result, notes=(*notes, *result.notes))

    @property
    def latest(self) -> Path:
        """The folder of the latest complete run; HoldfastError where no run has finished yet."""
        return Runs(self.folder).latest

    def runs(self) -> RunList:
        """The finished runs, newest first; those of some stages only, too."""
        runs = Runs(self.folder)
        pointer = (runs.folder / "latest").resolve()
        headings = (RunHeading.of(folder, is_latest=folder.resolve() == pointer) for folder in runs.finished())
        return RunList(tuple(headings))

    def summary(self) -> Summary:
        """The headline of the latest run."""
        return Summary.of(self.latest)

    def predictions(self) -> Predictions:
        """The list of the latest run: one row a customer, most urgent first."""
        prove(run := self.latest, "predictions.parquet")
        return Predictions(run, pl.read_parquet(run / "predictions.parquet"), self.settings.currency)

    def to_contact(self, most: int | None = None) -> ContactList:
        """The headline of the latest run, and the customers to contact first.

        Args:
            most: how many customers at most; None: the whole list, which is the plan.
        """
        from holdfast.decisions.eligibility import whom_to_contact
        from holdfast.decisions.plan_words import without_promises
        from holdfast.decisions.risk import list_horizons

        predictions = self.predictions()
        prove(predictions.folder, "reports/plan.json")
        table = whom_to_contact(predictions.table)
        outside = tuple(without_promises(read_json(predictions.folder / "reports" / "plan.json"))["outside"])
        shown = table if most is None else table.head(most)
        horizons = list_horizons(self.settings)
        return ContactList(self.summary(), shown, table.height, outside, self.settings.currency, horizons)

    def lapsed(self, most: int | None = None) -> "WinBackList":
        """The customers who have lapsed, the first to win back first; they are in no other list.

        Args:
            most: how many customers at most; None: all.
        """
        from holdfast.service.contacts.win_back import win_back_list

        return win_back_list(self.latest, self.settings, most)

    def customer(self, customer_id: str) -> "CustomerForecast":
        """What is expected of one customer, and why.

        Raises:
            HoldfastError: no customer has that id, or no prediction is made for the customer.
        """
        from holdfast.service.customer import customer_forecast

        prove(self.latest, "predictions.parquet", "lapsed.parquet", "lifecycle.parquet")
        return customer_forecast(self.folder, self.latest, self.settings, customer_id)

    def plan(self, *, budget: float | None = None) -> "Plan":
        """Choose whom to treat with which offer.

        Args:
            budget: what may be spent, in the project's currency; None: the project's own, or all that pays.

        Raises:
            HoldfastError: no run has finished yet.
        """
        from holdfast.service.contacts.plan import plan_of

        return plan_of(self, budget)

    @property
    def tenant(self) -> str:
        """The name that this project publishes under."""
        return self.settings.results.tenant

    @property
    def results_folder(self) -> Path:
        """The folder that the results database belongs to."""
        return self.served_in or self.folder

    @property
    def has_results(self) -> bool:
        """Whether there is a results database, or one is named in the settings."""
        return self.settings.results.url is not None or (self.results_folder / RESULTS_FILE).is_file()

    def results(self) -> "PublishedResults":
        """The results database of this project, to ask again and again; close it at the end.

        Raises:
            HoldfastError: it cannot be reached, or was written by a newer version.
        """
        from holdfast.service.results_database import open_results

        opened, pseudonyms = open_results(self.results_folder, self.settings.results), pseudonyms_at_hand(self.settings)
        return replace(opened, home=self.folder, pseudonyms=lambda _: pseudonyms)

    def publish(self, *, now: datetime, progress: Progress = SILENT) -> "Publication":
        """Write the latest run into the results database, and lead its readers to it; twice is harmless.

        Args:
            now: when it is published.
            progress: hears how many rows are written.

        Raises:
            HoldfastError: no run has finished yet, or the database cannot be reached or refuses.
        """
        from holdfast.service.publish import publish

        return publish(self.results_folder, self.latest, self.settings.results, now=now, progress=progress)

    def score(self, files: Sequence[Path | str], *, progress: Progress = SILENT) -> "Scores":
        """Score new customers (labelled snapshots), or the customers as newer events show them.

        Args:
            files: new records, each in the layout of one of the project's tables. A snapshot's file replaces the
                customers; event files are added to what the latest run read.
            progress: hears what is being done.

        Raises:
            HoldfastError: no run yet, a file that fits no table, records that hold nothing to score.
        """
        from holdfast.service.scores.score import score

        self._refuse_totals()
        return score(self, [Path(file) for file in files], progress=progress)

    def _refuse_totals(self) -> None:
        if self.settings.shape is Shape.TOTALS:
            problem = f"{self.folder}: totals are not scored apart: new ones change the model of purchases."
            raise HoldfastError(problem, fix=f"Put the new file in place of the old one: holdfast run {self.folder}")

    def scorer(self) -> "Scorer":
        """A warm scorer of one customer at a time: the models of the latest run, loaded once.

        Raises:
            HoldfastError: no run yet, or settings that ask for other features than its models were trained with.
        """
        from holdfast.service.scores.scorer import Scorer

        self._refuse_totals()
        return Scorer.of(self)

    def ingest(self, files: Sequence[Path | str] = (), *, now: datetime, progress: Progress = SILENT) -> IngestReport:
        """Add files to the project's store of events, for records larger than memory.

        Args:
            files: new files, each in the layout of one of the project's tables; empty: those of holdfast.yaml that
                the store does not hold yet.
            now: rows dated after it are reported.
            progress: hears how many rows are done.

        Raises:
            HoldfastError: a file that fits no table or was added before, or records that cannot be read.
        """
        from holdfast.ingest.ingest import ingest

        result = ingest(self.settings, self.folder, [Path(file) for file in files], now=now, progress=progress)
        entries = result.report.items()
        report: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in entries}
        return IngestReport(folder=result.folder, **report, words=result.sentence)

    def measure_features(
        self,
        *,
        cutoffs: Sequence[str | date] = (),
        every: tuple[str | date, str | date, int] | None = None,
        memory_limit_gb: float | None = None,
        rebuild: bool = False,
        progress: Progress = SILENT,
    ) -> FeatureTable:
        """Measure the features of all customers in the store of events, within a memory limit.

        Args:
            cutoffs: days to measure at; with neither these nor `every`: the day after the last event.
            every: the first day, the last, and how many days from one cutoff to the next.
            memory_limit_gb: what the process may take; None: as the settings say.
            rebuild: choose the features again and measure everything.
            progress: hears how many rows are done.

        Raises:
            HoldfastError: no store, cutoffs that cannot be, or too little memory.
        """
        from holdfast.ingest.measure import FeatureOptions, measure_features

        since, until, days = every or (None, None, 1)
        options = FeatureOptions(tuple(cutoffs), since, until, days, memory_limit_gb, rebuild)
        result = measure_features(self.settings, self.folder, options, progress)
        manifest = result.features.manifest
        return FeatureTable(
            folder=result.features.folder,
            how=result.refreshed.how,
            customers_measured_again=result.refreshed.customers_again,
            new_cutoffs=result.refreshed.new_cutoffs,
            store_version=manifest.made_of.store_version,
            cutoffs=tuple(f"{cutoff:%Y-%m-%d}" for cutoff in result.features.cutoffs),
            rows_by_cutoff=tuple(manifest.rows),
            rows=result.features.rows,
            features=tuple(result.features.names),
            notes=result.notes,
            words=result.sentence,
            measured=(result.features, load_pseudonyms(self.settings)),
        )


def open_project(
    folder: Path | str,
    *,
    config: Path | str | None = None,
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
        HoldfastError: no such project, settings that are wrong, or a custom feature that no table could answer.
    """
    home = Path(folder)
    settings = load_settings(Path(config) if config else home / FILE_NAME)
    if settings.features.own:
        from holdfast.features.custom.parse import read_entries

        read_entries(settings.features.own)
    changes: dict[str, Any] = dict(overrides or {})
    if cutoff is not None:
        if settings.shape is Shape.SNAPSHOT:
            raise HoldfastError(
                f"{home}: a labelled snapshot knows no time, so there is nothing to hide after {cutoff}.",
                fix="Leave --cutoff out.",
            )
        changes["cutoff"] = as_day(cutoff)
    return finish_erasures(Project(home, settings.model_copy(update=changes) if changes else settings))
