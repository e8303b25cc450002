"""What the report takes from earlier runs of a project: the run to compare with, and the newest backtest."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.pipeline.audits.backtest import REPORT
from holdfast.reports.inputs import PreviousRun
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json, sha256, simulated_rows
from holdfast.store.runs import Runs

_KPIS, _PREDICTIONS, _TIMELINE = "bi/kpis.csv", "predictions.parquet", "timeline.json"
# Figures are comparable where these settings are the same: their names in words.
_COMPARED = {
    ("currency",): "currency",
    ("churn", "rule"): "definition of leaving",
    ("churn", "horizon_days"): "number of days in which customers leave",
    ("value", "horizon_days"): "number of days over which value is counted",
    ("value", "margin"): "margin",
}


def hashes_of_earlier_runs(home: Path, run: Path) -> list[str | None]:
    """What of earlier runs decides a report, for the stage's key."""
    previous, backtest = _previous(home, run), _newest_backtest(home)
    files = [previous / name if previous else None for name in (_KPIS, _PREDICTIONS)]
    return [sha256(file) if file else None for file in (*files, backtest)]


def previous_run(home: Path, run: Path, settings: Settings) -> PreviousRun | None:
    """The newest earlier run with other predictions, as of the same cutoff or an earlier one; None where there is none.

    A run on the same records gives the same predictions: comparing with it would say that nothing changes.
    """
    folder = _previous(home, run)
    if folder is None:
        return None
    manifest = read_json(folder / "manifest.json")
    return PreviousRun(
        started_on=datetime.fromisoformat(manifest["started_at"]).date(),
        cutoff=_cutoff(folder),
        figures=dict(pl.read_csv(folder / _KPIS).select("name", "value").iter_rows()),
        customers=pl.read_parquet(folder / _PREDICTIONS),
        differs=_differing(manifest["settings"], settings.model_dump(mode="json")),
    )


def latest_backtest(home: Path) -> Mapping[str, Any]:
    """What the newest backtest of the project says; empty where none was run."""
    file = _newest_backtest(home)
    report: Mapping[str, Any] = read_json(file) if file else {}
    return report


def _previous(home: Path, run: Path) -> Path | None:
    own, cutoff, is_simulated = sha256(run / _PREDICTIONS), _cutoff(run), simulated_rows(run / _PREDICTIONS)
    for folder in _complete(home, run):
        if simulated_rows(folder / _PREDICTIONS) != is_simulated:
            continue  # a business that does not exist says nothing of one that does
        theirs = _cutoff(folder)
        is_later = cutoff is not None and theirs is not None and theirs > cutoff
        if not is_later and (cutoff is None) == (theirs is None) and sha256(folder / _PREDICTIONS) != own:
            return folder
    return None


def _complete(home: Path, run: Path) -> Iterator[Path]:
    """Earlier runs of all stages whose files are there, newest first."""
    for folder in Runs(home).finished():
        is_earlier = folder.name < run.name.removeprefix(".unfinished-")
        if is_earlier and all((folder / name).is_file() for name in (_KPIS, _PREDICTIONS, _TIMELINE)):
            yield folder


def _newest_backtest(home: Path) -> Path | None:
    return next((folder / REPORT for folder in Runs(home).finished() if (folder / REPORT).is_file()), None)


def _cutoff(folder: Path) -> datetime | None:
    moment = read_json(folder / _TIMELINE)["moment"]
    return datetime.fromisoformat(moment) if moment else None


def _differing(earlier: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(words for path, words in _COMPARED.items() if _at(earlier, path) != _at(current, path))


def _at(settings: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    node: Any = settings
    for name in path:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
