"""What a worker makes of jobs that end, fail, are cancelled, or must wait."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from holdfast.errors import BusyError, HoldfastError
from holdfast.pipeline.stages import STAGES
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobEntry, JobQueue, Request
from holdfast.service.jobs.work import Work
from holdfast.service.jobs.worker import Worker
from holdfast.service.results_database import PublishedResults
from holdfast.store.results import jobs

Do = Callable[[Work], Mapping[str, Any]]


class Clock:
    """A clock that goes on, and that tests put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


def enqueue(results: PublishedResults, clock: Clock, **content: object) -> str:
    return JobQueue(results.engine).enqueue(Request("default", "test", content, "a test"), clock()).job


def worker(home: Home, results: PublishedResults, clock: Clock, do: Do, seconds: float = 30) -> Worker:
    return Worker(home, results, clock=clock, lease=timedelta(seconds=seconds), kinds={"test": do})


def shown(results: PublishedResults, name: str) -> JobEntry:
    return JobQueue(results.engine).show("default", name)


def refused(_work: Work) -> Mapping[str, Any]:
    raise HoldfastError("The file is empty.", fix="Bring another.")


def broken(_work: Work) -> Mapping[str, Any]:
    raise KeyError("secret-in-a-traceback")


def full_disk(_work: Work) -> Mapping[str, Any]:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("do", "problem"),
    [(refused, "The file is empty."), (broken, "This is a fault of ours."), (full_disk, "disk is full")],
)
def test_a_job_that_fails_says_why_and_the_next_is_done(
    home: Home, results: PublishedResults, clock: Clock, do: Do, problem: str
) -> None:
    name = enqueue(results, clock)
    assert worker(home, results, clock, do).run(until_empty=True) == 1
    failed = shown(results, name)
    assert failed.state == "failed"
    assert problem in (failed.problem or "")
    assert failed.fix
    assert "secret" not in str(failed.to_record())
    after = enqueue(results, clock)
    assert worker(home, results, clock, lambda _work: {"n": 1}).run(until_empty=True) == 1
    assert shown(results, after).result == {"n": 1}


def test_our_own_fault_is_in_the_log_with_its_trace(home: Home, results: PublishedResults, clock: Clock) -> None:
    enqueue(results, clock)
    worker(home, results, clock, broken).run(until_empty=True)
    assert "secret-in-a-traceback" in (home.folder / "logs" / "errors.log").read_text(encoding="utf-8")


def test_a_running_job_shows_how_far_it_is_and_stops_when_cancelled(
    home: Home, results: PublishedResults, clock: Clock
) -> None:
    ticks = threading.Event()

    def work_on(work: Work) -> Mapping[str, Any]:
        work.progress.stage_started("clean", "cleaning", 2, 4)
        for _ in range(2_000):
            work.progress.update("orders", 1, 2)
            ticks.set()
            time.sleep(0.01)
        return {}

    name = enqueue(results, clock)
    thread = threading.Thread(target=worker(home, results, clock, work_on, seconds=0.4).run_one)
    thread.start()
    assert ticks.wait(10)
    seen = []
    for _ in range(200):
        seen.append(shown(results, name))
        if seen[-1].doing == "cleaning: orders":
            break
        time.sleep(0.02)
    assert (seen[-1].state, seen[-1].fraction) == ("running", 0.375)
    assert "37.5 %" in seen[-1].sentence
    assert JobQueue(results.engine).cancel("default", name, clock()).doing == "stopping"
    thread.join(15)
    assert not thread.is_alive()
    assert shown(results, name).state == "cancelled"


def test_a_whole_run_is_as_far_as_its_time_not_its_stages(home: Home, results: PublishedResults, clock: Clock) -> None:
    """Training takes longest: it does not begin at the half because half of the stages are done."""
    seen: list[tuple[str, float]] = []

    def run(work: Work) -> Mapping[str, Any]:
        for position, stage in enumerate(STAGES, start=1):
            work.progress.stage_started(stage.name, stage.doing, position, len(STAGES))
            seen.append((stage.name, work.progress.fraction))
            work.progress.stage_finished(stage.name, "done", 1.0)
        work.progress.update("publishing", 1, 2)
        seen.append(("publishing", work.progress.fraction))
        return {}

    enqueue(results, clock)
    worker(home, results, clock, run).run(until_empty=True)
    fractions = dict(seen)
    assert fractions["collect"] == 0
    assert fractions["train"] < 0.2
    assert fractions["predict"] > 0.5
    assert list(fractions.values()) == sorted(fractions.values())
    assert fractions["publishing"] == 1


def test_a_job_that_finds_the_place_taken_waits(home: Home, results: PublishedResults, clock: Clock) -> None:
    calls = []

    def busy_once(_work: Work) -> Mapping[str, Any]:
        calls.append(1)
        if len(calls) == 1:
            raise BusyError("another run is active here", fix="Wait.")
        return {}

    name = enqueue(results, clock)
    one = worker(home, results, clock, busy_once)
    assert one.run_one()
    assert (shown(results, name).state, shown(results, name).attempts) == ("queued", 0)
    assert shown(results, name).doing == "waiting: another run is active here"
    assert not one.run_one()
    clock.ahead = timedelta(seconds=3)
    assert one.run_one()
    assert shown(results, name).state == "done"


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_a_database_that_is_down_for_a_while_costs_time_and_not_the_job(
    home: Home, results: PublishedResults, clock: Clock, *, is_wrapped: bool
) -> None:
    calls = []

    def unreachable_twice(_work: Work) -> Mapping[str, Any]:
        calls.append(1)
        if len(calls) > 2:
            return {"calls": len(calls)}
        error = sa.exc.OperationalError("SELECT 1", {}, ConnectionError("gone"))
        if is_wrapped:
            raise HoldfastError("postgresql://...: gone", fix="Start it.") from error
        raise error

    name = enqueue(results, clock)
    one = worker(home, results, clock, unreachable_twice)
    for _ in range(3):
        assert one.run_one()
        clock.ahead += timedelta(minutes=1)
    assert shown(results, name).result == {"calls": 3}


def test_a_database_that_stays_down_ends_the_job_in_words(home: Home, results: PublishedResults, clock: Clock) -> None:
    def unreachable(_work: Work) -> Mapping[str, Any]:
        raise sa.exc.OperationalError("SELECT 1", {}, ConnectionError("gone"))

    name = enqueue(results, clock)
    one = worker(home, results, clock, unreachable)
    while one.run_one():
        clock.ahead += timedelta(minutes=10)
    assert shown(results, name).problem == "The database does not answer."


def test_a_worker_that_lost_its_lease_stops_and_changes_nothing(
    home: Home, results: PublishedResults, clock: Clock
) -> None:
    taken = threading.Event()
    finished = []

    def slow(work: Work) -> Mapping[str, Any]:
        taken.set()
        for _ in range(1_000):
            work.progress.update("", 0, None)
            time.sleep(0.01)
        finished.append("slow")
        return {"by": "slow"}

    name = enqueue(results, clock)
    thread = threading.Thread(target=worker(home, results, clock, slow, seconds=0.4).run_one)
    thread.start()
    assert taken.wait(10)
    with results.engine.begin() as connection:
        jobs.expire(connection, jobs.owners_at_work(connection), clock())
    lease = jobs.claim(results.engine, "quick", clock() + timedelta(seconds=60), timedelta(seconds=600))
    assert lease is not None
    thread.join(15)
    assert not thread.is_alive()
    assert finished == []
    assert shown(results, name).state == "running"  # it is the quick one's


def test_a_worker_that_must_end_gives_its_job_back(home: Home, results: PublishedResults, clock: Clock) -> None:
    taken = threading.Event()

    def long(work: Work) -> Mapping[str, Any]:
        taken.set()
        while True:
            work.progress.update("", 0, None)
            time.sleep(0.01)

    name = enqueue(results, clock)
    one = worker(home, results, clock, long)
    thread = threading.Thread(target=one.run)
    thread.start()
    assert taken.wait(10)
    one.abandon()
    thread.join(15)
    assert not thread.is_alive()
    assert (shown(results, name).state, shown(results, name).attempts) == ("queued", 0)


def test_a_kind_that_nobody_knows_fails(home: Home, results: PublishedResults, clock: Clock) -> None:
    name = JobQueue(results.engine).enqueue(Request("default", "dance", {}, "a test"), clock()).job
    worker(home, results, clock, refused).run(until_empty=True)
    assert shown(results, name).problem == "There is no kind of job 'dance'."


def test_the_files_of_old_jobs_go_with_them(home: Home, results: PublishedResults, clock: Clock) -> None:
    def write(work: Work) -> Mapping[str, Any]:
        work.files.mkdir(parents=True)
        (work.files / "result.csv").write_text("x")
        return {}

    name = enqueue(results, clock)
    worker(home, results, clock, write).run(until_empty=True)
    assert (home.folder / "jobs" / name / "result.csv").is_file()
    clock.ahead = timedelta(days=31)
    worker(home, results, clock, write).run(until_empty=True)
    assert not (home.folder / "jobs" / name).exists()
