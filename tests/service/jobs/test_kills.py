"""Workers that are killed, and databases that go away, in the middle of jobs: each job ends once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobEntry, JobQuery, JobQueue, Request
from holdfast.store.artifacts import read_json

ROOT = Path(__file__).parents[3]
PATIENCE = 240  # seconds


@contextmanager
def worker(home: Home, lease: float = 2.0) -> Iterator["subprocess.Popen[str]"]:
    """A worker in a process of its own, at work; killed at the end."""
    command = [sys.executable, "-m", "tests.service.jobs.cheap_jobs", str(home.folder), str(lease)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        assert "worker" in child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def enqueue(home: Home, number: int, seconds: float = 0.01) -> list[str]:
    with closing(home.results()) as results:
        queue = JobQueue(results.engine)
        now = datetime.now(UTC)
        wanted = [Request("default", "cheap", {"number": each, "seconds": seconds}) for each in range(number)]
        return [queue.enqueue(request, now).job for request in wanted]


def all_jobs(home: Home) -> list[JobEntry]:
    with closing(home.results()) as results:
        return list(JobQueue(results.engine).list("default", JobQuery(limit=1_000)).jobs)


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def ended(home: Home) -> int:
    return sum(job.state in {"done", "failed", "cancelled"} for job in all_jobs(home))


def killed_in_the_middle(home: Home, number: int, kills: int) -> None:
    """Two workers at a queue of so many jobs; one is killed at a random moment and replaced, again and again."""
    dice = random.Random(kills)
    names = enqueue(home, number)
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(home)) for _ in range(2)]
        for _ in range(kills):
            before = ended(home)
            wait_until(lambda before=before: ended(home) >= min(before + 2, number))
            time.sleep(dice.uniform(0, 0.05))
            victim = workers.pop(0)
            victim.send_signal(signal.SIGKILL)
            assert victim.wait() == -signal.SIGKILL
            workers.append(stack.enter_context(worker(home)))
        wait_until(lambda: ended(home) == number)
    jobs = {job.job: job for job in all_jobs(home)}
    assert sorted(jobs) == sorted(names)
    assert {job.state for job in jobs.values()} == {"done"}
    for position, name in enumerate(names):
        assert jobs[name].result is not None
        assert jobs[name].result["number"] == position
        assert read_json(home.folder / "jobs" / name / "left.json")["number"] == position
    # Only what was in the hands of a worker that was killed was begun again.
    assert sum(job.attempts for job in jobs.values()) - number <= kills


def test_workers_that_are_killed_lose_no_job_and_do_none_twice(home: Home) -> None:
    killed_in_the_middle(home, 60, kills=3)


@pytest.mark.slow
def test_twenty_kills_in_a_queue_of_five_hundred_jobs(home: Home) -> None:
    killed_in_the_middle(home, 500, kills=20)


def test_the_job_of_a_worker_that_was_killed_is_taken_at_once_on_the_same_machine(home: Home) -> None:
    [name] = enqueue(home, 1, seconds=3.0)
    with worker(home, lease=3_600) as first:
        wait_until(lambda: all_jobs(home)[0].state == "running")
        first.kill()
        first.wait()
    with worker(home, lease=3_600):
        wait_until(lambda: ended(home) == 1)
    assert [(job.job, job.state, job.attempts) for job in all_jobs(home)] == [(name, "done", 2)]


def test_a_worker_that_is_stopped_by_the_system_for_a_while_is_replaced_and_changes_nothing(home: Home) -> None:
    [name] = enqueue(home, 1, seconds=2.0)
    with worker(home, lease=1.0) as frozen:
        wait_until(lambda: all_jobs(home)[0].state == "running")
        os.kill(frozen.pid, signal.SIGSTOP)
        with worker(home, lease=1.0) as quick:
            wait_until(lambda: ended(home) == 1)
            done = all_jobs(home)[0]
            assert done.result is not None
            assert done.result["by"] == quick.pid
            os.kill(frozen.pid, signal.SIGCONT)
            time.sleep(2.0)
    assert all_jobs(home) == [done]
    assert done.job == name
