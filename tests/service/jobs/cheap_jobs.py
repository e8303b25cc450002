"""A worker process for tests, with a kind of job that is quick and leaves one file."""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from holdfast.service.jobs.celery_worker import work_under_celery
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.work import Work
from holdfast.service.jobs.worker import Worker
from holdfast.service.redis.server import RedisServer
from holdfast.store.artifacts import write_json


def leave_a_file(work: Work) -> Mapping[str, Any]:
    """Write what the job says into its file, slowly enough to be killed in between."""
    write_json(work.files / "left.json", {"number": work.job.input["number"], "padding": "x" * 50_000})
    for tick in range(5):
        work.progress.update("waiting", tick, 5)
        time.sleep(work.job.input.get("seconds", 0.01) / 5)
    return {"number": work.job.input["number"], "by": os.getpid()}


KINDS = {"cheap": leave_a_file}


def main(folder: str, seconds: str, redis: str = "") -> None:
    """Work at the jobs of a folder until killed; two at a time under Celery where a Redis server is named."""
    home = Home(Path(folder))
    if redis:
        work_under_celery(
            replace(home, redis=RedisServer(redis)),
            processes=2,
            clock=lambda: datetime.now(UTC),
            warn=lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
            kinds=KINDS,
            lease=timedelta(seconds=float(seconds)),
        )
        return
    with closing(home.results()) as results:
        lease = timedelta(seconds=float(seconds))
        worker = Worker(home, results, clock=lambda: datetime.now(UTC), lease=lease, kinds=KINDS)
        sys.stdout.write(json.dumps({"worker": worker.owner}) + "\n")
        sys.stdout.flush()
        worker.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
