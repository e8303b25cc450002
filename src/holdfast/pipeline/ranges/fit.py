"""The fit of a run: on which day models are fitted, what they stand on, and whether those of an earlier run are kept.

    Fit.of(schedule, settings, tables) -> Fit                   what models of this run stand on
    KeptFit.of(workspace, fit) -> KeptFit | None, words         an earlier run's, where it stands on the same
    restated_since(fitted_on, marks) -> Restated                whose records before the fit are others now

Models know nothing from the day of the fit on, so for `training.refit_days` days they come out the same. `fit.json`
says what they stand on; a stage that reads of the records only what came before that day goes by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.schedule import Schedule
from holdfast.features.library.schema import TableFacts, facts_from_record
from holdfast.formatting import day, listed, percent, plural
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.store.runs import key_of

FIT, FIT_RECORDS = "fit.json", "fit_records.parquet"
_DECIDES = ("shape", "tables", "features", "churn", "training")  # settings that labelled rows follow from
_FEATURES = "features.json"
_FIRST = "fitted for the first time"


@dataclass(frozen=True)
class Fit:
    """When models are fitted, and on what; equal fits give equal models."""

    cutoff: datetime | None  # they know nothing from it on; None: of a snapshot, which knows no time
    next: datetime | None  # the first scoring cutoff that has another fit
    past: tuple[datetime, ...]  # the cutoffs with outcomes, oldest first
    settings: Mapping[str, str]  # setting -> hash
    columns: Mapping[str, Any]  # of the cleaned tables

    @classmethod
    def of(cls, schedule: Schedule | None, settings: Settings, tables: Mapping[str, pl.Schema]) -> Self:
        """The fit of a run.

        Args:
            schedule: None for a snapshot.
            settings: of the project.
            tables: the cleaned tables, each with its columns.
        """
        values = settings.model_dump(mode="json", include=set(_DECIDES))
        return cls(
            schedule.fitted if schedule else None,
            schedule.next_fit if schedule else None,
            schedule.past if schedule else (),
            {name: key_of(values[name]) for name in _DECIDES},
            {name: {column: str(dtype) for column, dtype in schema.items()} for name, schema in tables.items()},
        )

    def to_record(self, schedule: Schedule | None, window: ActiveWindow, marks: pl.DataFrame) -> dict[str, Any]:
        """For fit.json: nothing in it changes from one night to the next as long as the fit is the same."""
        return self._stands_on() | {
            "schedule": schedule.at_fit().to_record() if schedule else {"scoring": None},
            "active_window": window.to_record(),
            "records": {"customers": marks.height, **marks.select(pl.col("low", "high").sum()).row(0, named=True)},
        }

    def _stands_on(self) -> dict[str, Any]:
        return {
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "next": self.next.isoformat() if self.next else None,
            "past": [cutoff.isoformat() for cutoff in self.past],
            "settings": dict(self.settings),
            "columns": dict(self.columns),
        }

    def other_than(self, earlier: Mapping[str, Any]) -> str:
        """Why this is another fit than the one of an earlier fit.json, in words; empty where it is the same."""
        now = self._stands_on()
        if now["cutoff"] != earlier["cutoff"] or now["next"] != earlier["next"]:
            return f"the next fit after that of {_day(earlier['cutoff'])} was due"
        changed = [name for name in _DECIDES if now["settings"][name] != earlier["settings"].get(name)]
        if changed:
            return f"settings changed: {listed(changed)}"
        if now["columns"] != earlier["columns"]:
            return "the tables have other columns"
        return "" if now["past"] == earlier["past"] else "the records begin on another day"


@dataclass(frozen=True)
class Restated:
    """Customers whose records before the fit are others than the models learned from."""

    customers: int
    of: int

    @property
    def share(self) -> float:
        return self.customers / self.of if self.of else 0.0

    @property
    def words(self) -> str:
        return f"{percent(self.share)} of the customers ({self.customers:,} of {self.of:,})"


def restated_since(fitted_on: pl.DataFrame, marks: pl.DataFrame) -> Restated:
    """Compare what customers' records before the fit were with what they are.

    Args:
        fitted_on: `fingerprints` before the fit, as the models learned from them.
        marks: the same of today's records.
    """
    same = fitted_on.join(marks, on=["customer_id", "low", "high"], how="semi").height
    new = marks.join(fitted_on, on="customer_id", how="anti").height
    return Restated(fitted_on.height - same + new, fitted_on.height + new)


@dataclass(frozen=True)
class KeptFit:
    """What an earlier run wrote of its fit."""

    record: Mapping[str, Any]  # fit.json
    marks: pl.DataFrame  # fit_records.parquet
    features: list[dict[str, Any]]
    facts: Mapping[str, TableFacts]
    timeline: Mapping[str, Any]

    @classmethod
    def of(cls, workspace: Workspace, fit: Fit) -> tuple[Self | None, str]:
        """That of the newest run of the same code, if it stands on the same; else None, and why in words."""
        if fit.cutoff is None or workspace.settings.training.refit_days == 1:
            return None, ""
        record = workspace.earlier_json(FIT)
        marks = workspace.earlier_table(FIT_RECORDS)
        if record is None or marks is None:
            return None, _FIRST
        if why := fit.other_than(record):
            return None, f"fitted again: {why}"
        facts = facts_from_record(workspace.earlier_json("facts.json"))
        features, timeline = workspace.earlier_json(_FEATURES), workspace.earlier_json("timeline.json")
        return cls(record, marks, features, facts, timeline), ""

    @property
    def window(self) -> ActiveWindow:
        return ActiveWindow.from_record(self.record["active_window"])


def fit_record(schedule: Schedule | None, restated: Restated) -> dict[str, Any] | None:
    """For timeline.json: when the models of a run were fitted, in words too; None without a schedule.

    Args:
        schedule: of the run.
        restated: since an earlier run fitted them; nobody where this one did.
    """
    if schedule is None:
        return None
    return {
        "cutoff": schedule.fitted.isoformat(),
        "next": schedule.next_fit.isoformat(),
        "days_before": (schedule.scoring - schedule.fitted).days,
        "restated": {"customers": restated.customers, "of": restated.of} if restated.customers else None,
        "words": _words(schedule, restated) if schedule.refit_days > 1 else "",
    }


def _words(schedule: Schedule, restated: Restated) -> str:
    days = (schedule.scoring - schedule.fitted).days
    when = f"{plural(days, 'day')} before this cutoff" if days else "this cutoff"
    words = (
        f"The models were fitted on {day(schedule.fitted)}, {when}; the next fit is due on {day(schedule.next_fit)}."
    )
    if restated.customers:
        words += f" Records before the fit have changed since for {restated.words}: the models know them as they were."
    return words


def fit_in_words(record: Mapping[str, Any] | None) -> str:
    """The same for the sentence of a stage; empty where models are fitted at every run."""
    return record["words"].removesuffix(".").replace(". ", "; ") if record else ""


def _day(moment: str) -> str:
    return day(datetime.fromisoformat(moment))
