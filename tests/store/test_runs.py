"""What stopped runs leave behind: their finished stages, in one folder, until a run is complete."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from holdfast.store.artifacts import sha256, write_json
from holdfast.store.runs import Runs, StageRecord, write_stage_record

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def finish_stage(folder: Path, name: str, key: str) -> None:
    """Write the outputs of a stage, a file and a folder, and its record."""
    write_json(folder / "reports" / f"{name}.json", key)
    write_json(folder / f"{name}s" / "part.json", key)
    outputs = {path: sha256(folder / path) for path in (f"reports/{name}.json", f"{name}s/")}
    position = ["clean", "train"].index(name)
    write_stage_record(folder, position, StageRecord(name, key, 1.0, 1.0, 0, 0, reused=False, outputs=outputs))


def start(runs: Runs, hours: int) -> Path:
    return runs.start(NOW + timedelta(hours=hours))


def found(runs: Runs, key: str) -> bool:
    return runs.find_stage(key) is not None


def test_stages_of_stopped_runs_are_found_however_often_a_run_is_stopped(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    first = start(runs, 0)
    finish_stage(first, "clean", "clean 1")
    finish_stage(first, "train", "train 1")
    second = start(runs, 1)
    finish_stage(second, "clean", "clean 2")
    third = start(runs, 2)
    assert [path.name for path in runs.folder.glob(".unfinished-*")] == [third.name]
    assert found(runs, "train 1")
    assert found(runs, "clean 2")
    assert not found(runs, "clean 1")


def test_a_complete_run_clears_what_stopped_runs_left_and_a_partial_one_does_not(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    finish_stage(start(runs, 0), "train", "train 1")
    for hours, is_latest in ((1, False), (2, True)):
        folder = start(runs, hours)
        write_json(folder / "manifest.json", {})
        runs.finish(folder, is_latest=is_latest)
        assert found(runs, "train 1") is not is_latest
    assert sorted(path.name for path in runs.folder.iterdir()) == ["20260101-010000", "20260101-020000", "latest"]


def test_a_stopped_runs_harmed_output_is_not_used(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    folder = start(runs, 0)
    finish_stage(folder, "train", "train 1")
    write_json(folder / "trains" / "part.json", "harmed")
    start(runs, 1)
    assert not found(runs, "train 1")
