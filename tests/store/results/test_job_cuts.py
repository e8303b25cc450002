"""A database that cuts its connections in the middle of a job, as a restart does: the job ends once all the same."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobQueue, Request
from holdfast.service.jobs.work import Work
from holdfast.service.jobs.worker import Worker
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.migrate import migrate


def cut_connections(engine: sa.Engine) -> None:
    """End every other connection to the database; in SQLite, which has none to end, keep everybody out for a while."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            time.sleep(1.0)
            connection.exec_driver_sql("ROLLBACK")
        return
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            ours = "datname = current_database() AND pid <> pg_backend_pid()"
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")  # noqa: S608
            return
        query = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        for number in connection.exec_driver_sql(query).scalars().all():
            with suppress(sa.exc.OperationalError):  # it ended by itself meanwhile
                connection.exec_driver_sql(f"KILL {int(number)}")


def test_a_job_outlives_connections_that_are_cut(engine: sa.Engine, tmp_path: Path) -> None:
    migrate(engine)
    begun, go_on = threading.Event(), threading.Event()

    def long(work: Work) -> Mapping[str, Any]:
        begun.set()
        while not go_on.is_set():
            work.progress.update("counting", 1, 2)
            time.sleep(0.01)
        return {"attempt": work.job.attempts}

    queue = JobQueue(engine)
    names = [queue.enqueue(Request("default", "long", {}, "a test"), datetime.now(UTC)).job for _ in range(2)]
    lease = timedelta(seconds=60)  # a beat each second: some meet the cut
    results = PublishedResults(engine)
    one = Worker(Home(tmp_path), results, clock=lambda: datetime.now(UTC), lease=lease, kinds={"long": long})
    thread = threading.Thread(target=one.run, kwargs={"until_empty": True})
    thread.start()
    assert begun.wait(60)
    for _ in range(3):
        cut_connections(engine)
        time.sleep(0.7)
    go_on.set()
    cut_connections(engine)
    thread.join(120)
    assert not thread.is_alive()
    shown = [queue.show("default", name) for name in names]
    assert [(job.state, job.attempts, job.result) for job in shown] == [("done", 1, {"attempt": 1})] * 2
