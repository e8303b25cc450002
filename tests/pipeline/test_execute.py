"""Stages run in order, are skipped when unchanged, and go on where they were broken off."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.recorded_progress import RecordedProgress

from holdfast.errors import HoldfastError
from holdfast.pipeline.audits.leakage import AUDIT
from holdfast.pipeline.execute import RunOptions, RunResult, Stage, execute
from holdfast.pipeline.stages import STAGES
from holdfast.pipeline.workspace import Workspace
from holdfast.progress import SILENT, Progress
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json, sha256
from holdfast.store.runs import Runs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = Settings.model_validate(
    {"name": "tiny", "shape": "purchases", "tables": {}, "churn": {"rule": "inactivity"}, "value": {"margin": 0.5}}
)


def count_to_three(workspace: Workspace) -> str:
    workspace.keep_table("numbers.parquet", pl.DataFrame({"n": [1, 2, 3]}))
    return "three numbers"


def add_up(workspace: Workspace) -> str:
    total = workspace.table("numbers.parquet")["n"].sum()
    workspace.keep_json("total.json", {"total": total, "margin": workspace.settings.value.margin})
    return f"total {total}"


def tell(workspace: Workspace) -> str:
    workspace.keep_text("reports/words.txt", str(workspace.json("total.json")["total"]))
    return "told"


def tiny(third: Callable[[Workspace], str] = tell) -> tuple[Stage, ...]:
    return (
        Stage("count", "counting", count_to_three, reads=(), writes=("numbers.parquet",)),
        Stage("add", "adding", add_up, reads=("numbers.parquet",), writes=("total.json",), settings=("value",)),
        Stage("tell", "telling", third, reads=("total.json",), writes=("reports/words.txt",)),
    )


def run(
    home: Path,
    options: RunOptions | None = None,
    *,
    stages: tuple[Stage, ...] = tiny(),
    day: int = 0,
    settings: Settings = PROJECT,
    progress: Progress = SILENT,
) -> RunResult:
    return execute(
        stages, settings, home, options=options or RunOptions(), progress=progress, now=NOW + timedelta(days=day)
    )


def reused(ran: RunResult) -> list[bool]:
    return [record.reused for record in ran.records]


def test_a_run_leaves_what_its_stages_declared_and_a_pointer_to_it(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert read_json(ran.folder / "total.json") == {"total": 6, "margin": 0.5}
    assert Runs(tmp_path).latest == ran.folder.resolve()
    assert [stage["rows_out"] for stage in ran.manifest["stages"]] == [3, 0, 0]
    assert not list((tmp_path / "runs").glob(".unfinished*"))


def test_an_unchanged_run_is_kept_whole(tmp_path: Path) -> None:
    first, second = run(tmp_path), run(tmp_path, day=1)
    assert reused(second) == [True, True, True]
    assert sha256(first.folder / "reports" / "words.txt") == sha256(second.folder / "reports" / "words.txt")


def test_a_changed_setting_runs_what_depends_on_it_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path)
    changed = PROJECT.model_copy(update={"value": PROJECT.value.model_copy(update={"margin": 0.25})})
    assert reused(run(tmp_path, settings=changed, day=1)) == [True, False, False]


def test_a_damaged_output_is_made_again(tmp_path: Path) -> None:
    ran = run(tmp_path)
    (ran.folder / "total.json").write_text("{}")
    again = run(tmp_path, day=1)
    assert reused(again) == [True, False, True]
    assert read_json(again.folder / "total.json")["total"] == 6


def test_an_input_that_another_stage_wrote_over_is_noticed(tmp_path: Path) -> None:
    def meddle(workspace: Workspace) -> str:
        workspace.keep_table("numbers.parquet", pl.DataFrame({"n": [1, 2, 4]}))  # as many bytes as there were
        return tell(workspace)

    def sum_again(workspace: Workspace) -> str:
        workspace.keep_json("again.json", int(workspace.table("numbers.parquet")["n"].sum()))
        return "added again"

    last = Stage("again", "adding again", sum_again, reads=("numbers.parquet",), writes=("again.json",))
    first, second, third = tiny(meddle)
    meddling = (first, second, replace(third, writes=(*third.writes, "numbers.parquet")), last)
    honest = run(tmp_path, stages=(*tiny(), last))
    meddled = run(tmp_path, RunOptions(resume_from="tell"), stages=meddling, day=1)
    assert read_json(honest.folder / "again.json") == 6
    assert read_json(meddled.folder / "again.json") == 7
    for ran in (honest, meddled):
        for record in ran.records[2:]:
            assert record.outputs == {path: sha256(ran.folder / path) for path in record.outputs}
    assert honest.records[-1].key != meddled.records[-1].key


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def fail(_: Workspace) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, stages=tiny(fail))
    assert not (tmp_path / "runs" / "latest").exists()
    assert reused(run(tmp_path, day=1)) == [True, True, False]
    assert not list((tmp_path / "runs").glob(".unfinished*"))


def test_resume_runs_the_stage_and_all_after_it(tmp_path: Path) -> None:
    run(tmp_path)
    assert reused(run(tmp_path, RunOptions(resume_from="add"), day=1)) == [True, False, False]


def test_naming_stages_runs_them_with_what_they_need_and_leaves_latest(tmp_path: Path) -> None:
    whole = run(tmp_path)
    part = run(tmp_path, RunOptions(stages=("add",)), day=1)
    assert [record.name for record in part.records] == ["count", "add"]
    assert Runs(tmp_path).latest == whole.folder.resolve()


def test_a_stage_that_does_not_exist_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="no stage dream") as caught:
        run(tmp_path, RunOptions(stages=("dream",)))
    assert "count, add, tell" in caught.value.fix


def test_progress_hears_each_stage_in_order_and_whether_it_was_reused(tmp_path: Path) -> None:
    def add_slowly(workspace: Workspace) -> str:
        workspace.progress.update("half way", 1, 2)
        return add_up(workspace)

    count, add, _ = tiny()
    stages = (count, replace(add, work=add_slowly))
    run(tmp_path, stages=(count,))
    progress = RecordedProgress()
    run(tmp_path, stages=stages, day=1, progress=progress)
    assert progress.events == [
        ("started", "count", "counting", 1, 2),
        ("finished", "count", "three numbers", False),
        ("started", "add", "adding", 2, 2),
        ("update", "half way", 1, 2),
        ("finished", "add", "total 6", True),
    ]


def test_a_stage_is_found_by_the_name_of_an_earlier_version_with_a_hint(tmp_path: Path) -> None:
    count, _, _ = tiny()
    stages = (replace(count, name="predict"),)
    run(tmp_path, stages=stages)
    again = run(tmp_path, RunOptions(stages=("expect",), resume_from="expect"), stages=stages, day=1)
    assert reused(again) == [False]
    assert again.notes == ("The stage expect is called predict now.",)
    assert run(tmp_path, RunOptions(stages=("predict",)), stages=stages, day=2).notes == ()


@pytest.mark.parametrize("stage", [*STAGES, AUDIT], ids=lambda stage: stage.name)
def test_a_stage_its_function_and_its_module_have_one_name(stage: Stage) -> None:
    assert stage.work.__name__ == stage.name
    assert stage.work.__module__.rpartition(".")[2] == stage.name


def test_a_stage_may_touch_only_what_it_declared(tmp_path: Path) -> None:
    def pry(workspace: Workspace) -> str:
        return str(workspace.table("numbers.parquet").height)

    with pytest.raises(PermissionError, match=r"numbers\.parquet"):
        run(tmp_path, stages=tiny(pry))


OTHER_RUN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from holdfast.store.runs import Runs
from tests.recorded_progress import RecordedProgress
with Runs(Path(sys.argv[1])).exclusive(datetime(2026, 1, 1, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_run_at_the_same_time_is_refused_with_the_owner(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OTHER_RUN, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(HoldfastError, match=f"process {other.pid}"):
            run(tmp_path)
        other.kill()  # however it ends, the operating system lets go
    assert run(tmp_path).folder.exists()


def test_each_stage_of_the_product_reads_only_what_an_earlier_one_wrote() -> None:
    written: set[str] = set()
    for stage in STAGES:
        for path in stage.reads:
            assert any(path == made or (made.endswith("/") and path.startswith(made)) for made in written), (
                f"{stage.name} reads {path}, which nothing before it writes"
            )
        written |= set(stage.writes)


def test_no_two_stages_write_the_same_path() -> None:
    written = [path for stage in STAGES for path in stage.writes]
    assert len(written) == len(set(written))
