"""A project as its users see it: run it, check it, ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.decisions.recommend import whom_to_contact
from holdfast.errors import HoldfastError
from holdfast.features.own_entries import read_entries
from holdfast.features.own_records import Writable, entries_of
from holdfast.features.own_values import never_met
from holdfast.pipeline.execute import Listener, Ran, Stage, Wish, execute
from holdfast.pipeline.logs import logging_to
from holdfast.pipeline.measuring import features_of
from holdfast.pipeline.stages import STAGES
from holdfast.project import FILE_NAME, Project, Shape
from holdfast.service.far_future import rows_after_today
from holdfast.settings_file import load_project
from holdfast.store.artifacts import read_json
from holdfast.store.runs import Runs, StageRecord


@dataclass(frozen=True)
class Checked:
    """The readiness report of a project's records."""

    run: Path
    readiness: dict[str, Any]
    notes: tuple[str, ...] = ()  # rows that lie after today, own features that count nothing

    @property
    def is_ready(self) -> bool:
        return bool(self.readiness["is_ready"])


class Unheard:
    """A listener for callers who do not want to know."""

    def stage_started(self, _stage: Stage, _position: int, _of: int, /) -> None: ...
    def stage_progress(self, share: float, words: str) -> None: ...
    def stage_finished(self, record: StageRecord) -> None: ...


@dataclass(frozen=True)
class OpenProject:
    """One business: its folder and its settings."""

    folder: Path
    settings: Project

    def with_features(self, *features: Writable) -> "OpenProject":
        """The same project with further features, beside the library's and those of holdfast.yaml.

        Args:
            features: records of `holdfast.Aggregate` and `holdfast.Composite`, or dicts as they would stand under
                `features: own:` in holdfast.yaml.

        Raises:
            HoldfastError: a feature that no table could answer; what the tables hold is looked at in the run.
        """
        asked = self.settings.features
        own = (*asked.own, *entries_of(features))
        read_entries(own)
        return replace(
            self, settings=self.settings.model_copy(update={"features": asked.model_copy(update={"own": own})})
        )

    def run(self, *, now: datetime, wish: Wish | None = None, listener: Listener | None = None) -> Ran:
        """Run the pipeline.

        Args:
            now: names the run; nothing is computed from it.
            wish: which stages, whether anew, whether with plots; all by default.
            listener: told of each stage; nobody by default.
        """
        with logging_to(self.folder / "logs"):
            return execute(
                STAGES, self.settings, self.folder, wish=wish or Wish(), listener=listener or Unheard(), now=now
            )

    def check(self, *, now: datetime, listener: Listener | None = None) -> Checked:
        """Read, clean and judge the records; nothing is trained.

        Raises:
            HoldfastError: the records cannot be read, or an own feature asks for what they do not hold.
        """
        ran = self.run(now=now, wish=Wish(stages=("clean",)), listener=listener)
        readiness = read_json(ran.folder / "reports" / "readiness.json")
        checked = Checked(ran.folder, readiness, rows_after_today(ran.folder, now))
        if checked.is_ready and self.settings.features.own:
            tables = {path.stem: pl.read_parquet(path) for path in sorted((ran.folder / "tables").glob("*.parquet"))}
            features_of(tables, self.settings)
            return replace(checked, notes=(*checked.notes, *never_met(self.settings, [tables])))
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
                    mend=f"The list of those who are: {self.latest / 'bi' / 'customers.csv'}.",
                )
            some = self.predictions()["customer_id"].head(3).to_list()
            raise HoldfastError(
                f"No customer {customer_id!r} in the latest run.",
                mend=f"Use an id from the list, such as {', '.join(some)}.",
            )
        return rows.row(0, named=True)


def open_project(
    folder: Path | str,
    *,
    config: Path | None = None,
    cutoff: str | date | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> OpenProject:
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
    settings = load_project(config or home / FILE_NAME)
    read_entries(settings.features.own)
    changes: dict[str, Any] = dict(overrides or {})
    if cutoff is not None:
        if settings.shape is Shape.SNAPSHOT:
            raise HoldfastError(
                f"{home}: a labelled snapshot knows no time, so there is nothing to hide after {cutoff}.",
                mend="Leave --cutoff out.",
            )
        changes["cutoff"] = as_day(cutoff)
    return OpenProject(home, settings.model_copy(update=changes) if changes else settings)


def as_day(text: str | date) -> date:
    """A day from YYYY-MM-DD."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HoldfastError(
            f"{text!r} is not a day.", mend="Write it as YYYY-MM-DD, e.g. --cutoff 2026-06-30."
        ) from error
