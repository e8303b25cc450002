"""The report compares with the run before that has other predictions, and shows the newest backtest."""

import json
from pathlib import Path

import polars as pl
import pytest

from holdfast.pipeline.earlier_runs import hashes_of_earlier_runs, latest_backtest, previous_run
from holdfast.settings import Settings

SETTINGS = Settings.model_validate(
    {
        "name": "shop",
        "shape": "purchases",
        "tables": {"sales": {"files": ["s.csv"], "holds": "transactions", "columns": {}}},
        "churn": {"rule": "inactivity", "horizon_days": 90},
    }
)


def a_run(home: Path, name: str, cutoff: str | None, leavers: float, settings: Settings = SETTINGS) -> Path:
    """A finished run's files, as far as a later report reads them."""
    folder = home / "runs" / name
    (folder / "bi").mkdir(parents=True)
    pl.DataFrame({"customer_id": ["a", "b"], "churn_probability": [leavers, 0.1]}).write_parquet(
        folder / "predictions.parquet"
    )
    pl.DataFrame({"name": ["expected_leavers"], "value": [leavers + 0.1]}).write_csv(folder / "bi" / "kpis.csv")
    (folder / "timeline.json").write_text(json.dumps({"moment": cutoff}))
    manifest = {
        "complete": True,
        "started_at": "2026-06-02T05:00:00+00:00",
        "settings": settings.model_dump(mode="json"),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


MAY, JUNE, JULY = (f"2026-0{month}-01T00:00:00+00:00" for month in (5, 6, 7))


def test_the_newest_earlier_run_with_other_predictions_is_compared(tmp_path: Path) -> None:
    a_run(tmp_path, "20260502-050000", MAY, 0.2)
    a_run(tmp_path, "20260602-050000", JUNE, 0.3)
    a_run(tmp_path, "20260702-050000", JULY, 0.4)
    again = a_run(tmp_path, ".unfinished-20260702-060000", JULY, 0.4)
    previous = previous_run(tmp_path, again, SETTINGS)
    assert previous is not None
    assert previous.cutoff is not None
    assert previous.cutoff.isoformat() == JUNE
    assert previous.figures == {"expected_leavers": pytest.approx(0.4)}
    assert previous.customers.height == 2
    assert previous.differs == ()


def test_a_repeated_run_compares_with_the_same_run_so_its_report_is_kept(tmp_path: Path) -> None:
    first = a_run(tmp_path, "20260702-050000", JULY, 0.4)
    again = a_run(tmp_path, ".unfinished-20260702-060000", JULY, 0.4)
    assert previous_run(tmp_path, again, SETTINGS) is None
    assert hashes_of_earlier_runs(tmp_path, again) == hashes_of_earlier_runs(tmp_path, first)


def test_a_run_of_a_later_day_is_none_before_it(tmp_path: Path) -> None:
    a_run(tmp_path, "20260702-050000", JULY, 0.4)
    assert previous_run(tmp_path, a_run(tmp_path, ".unfinished-20260703-060000", JUNE, 0.3), SETTINGS) is None


def test_what_was_set_otherwise_is_named(tmp_path: Path) -> None:
    churn = SETTINGS.churn.model_copy(update={"horizon_days": 60})
    a_run(tmp_path, "20260602-050000", JUNE, 0.3, SETTINGS.model_copy(update={"churn": churn, "currency": "SEK"}))
    previous = previous_run(tmp_path, a_run(tmp_path, ".unfinished-20260703-060000", JULY, 0.4), SETTINGS)
    assert previous is not None
    assert previous.differs == ("currency", "number of days in which customers leave")


def test_the_newest_backtest_is_read_and_changes_the_key(tmp_path: Path) -> None:
    run = a_run(tmp_path, "20260702-050000", JULY, 0.4)
    before = hashes_of_earlier_runs(tmp_path, run)
    assert latest_backtest(tmp_path) == {}
    for name, days in (("20260703-050000", 60), ("20260704-050000", 90)):
        (tmp_path / "runs" / name / "reports").mkdir(parents=True)
        (tmp_path / "runs" / name / "manifest.json").write_text("{}")
        (tmp_path / "runs" / name / "reports" / "backtest.json").write_text(json.dumps({"horizon_days": days}))
    assert latest_backtest(tmp_path) == {"horizon_days": 90}
    assert hashes_of_earlier_runs(tmp_path, run) != before
