"""A worker process for tests, with a kind of job that is quick and leaves one file."""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from holdfast.service.jobs.home import Home
from holdfast.service.jobs.work import Work
from holdfast.service.jobs.worker import Worker
from holdfast.store.artifacts import write_json


def leave_a_file(work: Work) -> Mapping[str, Any]:
    """Write what the job says into its file, slowly enough to be killed in between."""
    write_json(work.files / "left.json", {"number": work.job.input["number"], "padding": "x" * 50_000})
    for tick in range(5):
        work.progress.update("waiting", tick, 5)
        time.sleep(work.job.input.get("seconds", 0.01) / 5)
    return {"number": work.job.input["number"], "by": os.getpid()}


def main(folder: str, seconds: str) -> None:
    """Work at the jobs of a folder until killed."""
    home = Home(Path(folder))
    with closing(home.results()) as results:
        lease = timedelta(seconds=float(seconds))
        worker = Worker(home, results, clock=lambda: datetime.now(UTC), lease=lease, kinds={"cheap": leave_a_file})
        sys.stdout.write(json.dumps({"worker": worker.owner}) + "\n")
        sys.stdout.flush()
        worker.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
