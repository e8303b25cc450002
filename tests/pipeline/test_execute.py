"""Stages run in order, are skipped when unchanged, and go on where they were broken off."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.pipeline.execute import Ran, Stage, Wish, execute
from holdfast.pipeline.stages import STAGES
from holdfast.pipeline.workspace import Desk
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json, sha256
from holdfast.store.runs import Runs, StageRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = Settings.model_validate(
    {"name": "tiny", "shape": "purchases", "tables": {}, "churn": {"rule": "inactivity"}, "value": {"margin": 0.5}}
)


class Heard:
    def __init__(self) -> None:
        self.records: list[StageRecord] = []

    def stage_started(self, stage: Stage, position: int, of: int, /) -> None: ...
    def stage_progress(self, share: float, words: str) -> None: ...
    def stage_finished(self, record: StageRecord) -> None:
        self.records.append(record)


def count_to_three(desk: Desk) -> str:
    desk.keep_table("numbers.parquet", pl.DataFrame({"n": [1, 2, 3]}))
    return "three numbers"


def add_up(desk: Desk) -> str:
    total = desk.table("numbers.parquet")["n"].sum()
    desk.keep_json("total.json", {"total": total, "margin": desk.settings.value.margin})
    return f"total {total}"


def tell(desk: Desk) -> str:
    desk.keep_text("reports/words.txt", str(desk.json("total.json")["total"]))
    return "told"


def tiny(third: Callable[[Desk], str] = tell) -> tuple[Stage, ...]:
    return (
        Stage("count", "counting", count_to_three, reads=(), writes=("numbers.parquet",)),
        Stage("add", "adding", add_up, reads=("numbers.parquet",), writes=("total.json",), settings=("value",)),
        Stage("tell", "telling", third, reads=("total.json",), writes=("reports/words.txt",)),
    )


def run(
    home: Path,
    wish: Wish | None = None,
    *,
    stages: tuple[Stage, ...] = tiny(),
    day: int = 0,
    settings: Settings = PROJECT,
) -> Ran:
    return execute(stages, settings, home, wish=wish or Wish(), listener=Heard(), now=NOW + timedelta(days=day))


def reused(ran: Ran) -> list[bool]:
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


def test_a_damaged_output_is_made_anew(tmp_path: Path) -> None:
    ran = run(tmp_path)
    (ran.folder / "total.json").write_text("{}")
    again = run(tmp_path, day=1)
    assert reused(again) == [True, False, True]
    assert read_json(again.folder / "total.json")["total"] == 6


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def fail(_: Desk) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, stages=tiny(fail))
    assert not (tmp_path / "runs" / "latest").exists()
    assert reused(run(tmp_path, day=1)) == [True, True, False]
    assert not list((tmp_path / "runs").glob(".unfinished*"))


def test_resume_runs_the_stage_and_all_after_it(tmp_path: Path) -> None:
    run(tmp_path)
    assert reused(run(tmp_path, Wish(resume_from="add"), day=1)) == [True, False, False]


def test_naming_stages_runs_them_with_what_they_need_and_leaves_latest(tmp_path: Path) -> None:
    whole = run(tmp_path)
    part = run(tmp_path, Wish(stages=("add",)), day=1)
    assert [record.name for record in part.records] == ["count", "add"]
    assert Runs(tmp_path).latest == whole.folder.resolve()


def test_a_stage_that_does_not_exist_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="no stage dream") as caught:
        run(tmp_path, Wish(stages=("dream",)))
    assert "count, add, tell" in caught.value.fix


def test_a_stage_may_touch_only_what_it_declared(tmp_path: Path) -> None:
    def pry(desk: Desk) -> str:
        return str(desk.table("numbers.parquet").height)

    with pytest.raises(PermissionError, match=r"numbers\.parquet"):
        run(tmp_path, stages=tiny(pry))


OTHER_RUN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from holdfast.store.runs import Runs
with Runs(Path(sys.argv[1])).only_one(datetime(2026, 1, 1, tzinfo=UTC)):
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
