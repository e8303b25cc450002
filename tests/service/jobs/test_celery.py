"""Workers under Celery: children that are killed, and a Redis server that goes away, lose no job and do none twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from celery import Celery
from tests.database_servers import mariadb, postgresql
from tests.interfaces.commands import holdfast
from tests.redis_servers import OwnRedis
from tests.service.jobs.cheap_jobs import KINDS
from tests.service.jobs.test_kills import ROOT, wait_until

from holdfast.service.jobs import celery_worker
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobEntry, JobQuery, JobQueue, Request
from holdfast.service.jobs.worker import Worker
from holdfast.service.redis.server import REDIS_URL
from holdfast.service.results_database import PublishedResults
from holdfast.settings import FILE_NAME
from holdfast.store.artifacts import read_json

AWAY = "does not answer"


@dataclass(frozen=True)
class Jobs:
    """The jobs of a served folder, and two workers under Celery for them."""

    home: Home
    results: PublishedResults
    redis: OwnRedis
    log: Path  # what the workers warn of

    @contextmanager
    def workers(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The process whose children do the jobs; ended by SIGTERM."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.service.jobs.cheap_jobs", str(self.home.folder), "3600"]
        with self.log.open("w") as errors:
            parent = subprocess.Popen([*command, self.redis.url], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors)
            try:
                yield parent
            finally:
                parent.terminate()
                parent.wait(timeout=60)

    def enqueue(self, number: int, seconds: float = 0.01) -> None:
        """Request jobs."""
        now = datetime.now(UTC)
        for each in range(number):
            wanted = {"number": each, "seconds": seconds}
            JobQueue(self.results.engine).enqueue(Request("default", "cheap", wanted), now)

    def all(self) -> list[JobEntry]:
        """Every job, the oldest first."""
        return list(JobQueue(self.results.engine).list("default", JobQuery(limit=1_000)).jobs)[::-1]

    def wait_for(self, ended: int) -> None:
        """Wait until so many have ended."""
        wait_until(lambda: sum(job.state in {"done", "failed"} for job in self.all()) >= ended)

    def at_work(self) -> set[int]:
        """The children that have a job in hand which was not begun before."""
        query = sa.text("SELECT lease_owner FROM jobs WHERE state = 'running' AND attempts = 1")
        with self.results.engine.connect() as connection:
            return {int(owner.split("/")[1]) for owner in connection.execute(query).scalars()}

    def kill_children(self, kills: int) -> None:
        """Cut off so many jobs, one after the other."""
        killed = set[int]()
        while len(killed) < kills:
            self.wait_for(len(killed))
            for child in sorted(self.at_work() - killed)[:1]:
                os.kill(child, signal.SIGKILL)
                killed.add(child)
            time.sleep(0.02)

    def prove(self, kills: int) -> None:
        """Each job was done once, and left what it was to leave; no more were begun again than were cut off."""
        jobs = self.all()
        assert {job.state for job in jobs} == {"done"}
        for job in jobs:
            assert job.result is not None
            left = read_json(self.home.folder / "jobs" / job.job / "left.json")
            assert job.result["number"] == left["number"] == job.input["number"]
        assert 1 <= sum(job.attempts for job in jobs) - len(jobs) <= kills


@pytest.fixture
def jobs(home: Home, results: PublishedResults, own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(home, results, own_redis, tmp_path_factory.mktemp("log") / "warnings")


def test_killed_children_and_a_redis_server_that_goes_away_lose_no_job_and_do_none_twice(jobs: Jobs) -> None:
    jobs.enqueue(6, seconds=0.5)
    with jobs.workers() as parent:
        jobs.kill_children(2)
        jobs.wait_for(6)
        jobs.prove(kills=2)

        jobs.redis.stop()
        wait_until(lambda: AWAY in jobs.log.read_text())
        jobs.enqueue(2)
        without_celery = Worker(jobs.home, jobs.results, clock=lambda: datetime.now(UTC), kinds=KINDS)
        assert without_celery.run(until_empty=True) == 2
        jobs.enqueue(2)
        jobs.redis.start()
        stranger = Celery(broker=jobs.redis.url, set_as_current=False)
        queue, again = celery_worker.queue_of(jobs.results), jobs.all()[0].job
        for name in ("no such job", again, again):
            stranger.send_task(celery_worker.TASK, (name,), queue=queue)
        jobs.wait_for(10)
        jobs.prove(kills=2)

        jobs.enqueue(1, seconds=3_600)
        wait_until(lambda: jobs.at_work() != set())
        parent.send_signal(signal.SIGTERM)
        parent.wait(timeout=60)
        assert jobs.all()[-1].state != "done"  # nobody waited for its hour
    assert jobs.log.read_text().count(AWAY) == 1


@pytest.mark.slow
def test_fifty_kills_of_children(jobs: Jobs) -> None:
    jobs.enqueue(102, seconds=0.5)
    with jobs.workers():
        jobs.kill_children(50)
        jobs.wait_for(102)
    jobs.prove(kills=50)


@pytest.mark.slow
@pytest.mark.parametrize("server", [postgresql, mariadb])
def test_killed_children_do_each_job_once_with_a_database_server(
    server: Callable[[Path], AbstractContextManager[str]],
    home: Home,
    own_redis: OwnRedis,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with server(tmp_path_factory.mktemp("server")) as url:
        (home.folder / FILE_NAME).write_text(json.dumps({"results": {"url": url}}), encoding="utf-8")
        with closing(home.results()) as results:
            assert results.engine.dialect.name != "sqlite"
            jobs = Jobs(home, results, own_redis, tmp_path_factory.mktemp("log") / "warnings")
            jobs.enqueue(12, seconds=0.5)
            with jobs.workers():
                jobs.kill_children(4)
                jobs.wait_for(12)
            jobs.prove(kills=4)


def test_celery_needs_redis_and_its_extra(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REDIS_URL, raising=False)
    refused = holdfast("work", home.folder, "--celery")
    assert (refused.code, REDIS_URL in refused.err) == (2, True)
    monkeypatch.setenv(REDIS_URL, "redis://127.0.0.1:1/0")
    monkeypatch.setattr(celery_worker, "find_spec", lambda _: None)
    refused = holdfast("work", home.folder, "--celery")
    assert (refused.code, "pip install 'holdfast[celery]'" in refused.err) == (2, True)
