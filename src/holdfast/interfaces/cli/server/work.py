"""`holdfast work`: a worker alone, for a server elsewhere or for more hands."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import ConfigFile, ProjectFolder, complain, say

if TYPE_CHECKING:
    from holdfast.service.jobs.worker import Worker

RESULTS = ()
_GRACE_SECONDS = 4.0  # for the job in hand to end by itself
_LAST_SECONDS = 2.0  # for it to stop at its next tick
STOP_SECONDS = _GRACE_SECONDS + _LAST_SECONDS + 1.0
_NICENESS = 5  # the API beside it goes first


def work(
    project: ProjectFolder,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when no job waits.")] = False,
    celery: Annotated[
        bool, typer.Option("--celery", help="Work under Celery, by way of the Redis server of HOLDFAST_REDIS_URL.")
    ] = False,
    processes: Annotated[int, typer.Option("--processes", min=1, max=256, help="Jobs at a time, with --celery.")] = 1,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
    config: ConfigFile = None,
) -> None:
    """Work at the jobs of a project until stopped: runs, imports, large batches; several workers share the jobs.

    `holdfast serve` starts one by itself. SIGTERM and Ctrl-C let the job in hand end, or give it back to the others.

    Example: holdfast work shop
    """
    from holdfast.service.jobs.home import Home
    from holdfast.service.jobs.worker import Worker

    if not project.is_dir():
        raise HoldfastError(f"{project}: there is no such folder.", fix="Name the folder that is served.")
    if parent is not None:
        with suppress(OSError):
            os.nice(_NICENESS)
    home = Home(project, config)
    if celery:
        from holdfast.service.jobs.celery_worker import work_under_celery
        from holdfast.service.redis.server import redis_at_hand

        home = replace(home, redis=redis_at_hand())
        say(f"Working under Celery, {plural(processes, 'job')} at a time   (stop with Ctrl-C)")
        work_under_celery(home, processes=processes, clock=lambda: datetime.now(UTC), warn=complain)
        return
    with closing(home.results()) as results:
        worker = Worker(home, results, clock=lambda: datetime.now(UTC))
        say(f"Working at the jobs in {results.database}   (stop with Ctrl-C)")
        with _answering_signals(worker):
            taken = worker.run(until_empty=until_empty, goes_on=lambda: parent is None or os.getppid() == parent)
    say(f"Done: {plural(taken, 'job')}.")


@contextmanager
def _answering_signals(worker: "Worker") -> Iterator[None]:
    """Stop the worker on SIGTERM or SIGINT, however busy it is.

    Python hears a signal between two of its own instructions, and a library's compiled code may run for minutes. So a
    thread listens too; where the job does not stop in time it is given back, and the process ends.
    """
    hearing, speaking = socket.socketpair()
    speaking.setblocking(False)
    earlier_descriptor = signal.set_wakeup_fd(speaking.fileno(), warn_on_full_buffer=False)
    earlier = {each: signal.signal(each, lambda *_: worker.stop()) for each in (signal.SIGTERM, signal.SIGINT)}
    ended = threading.Event()
    threading.Thread(target=_end_in_time, args=(hearing, worker, ended), daemon=True, name="signals").start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(earlier_descriptor)
        for each, handler in earlier.items():
            signal.signal(each, handler)
        speaking.close()


def _end_in_time(hearing: socket.socket, worker: "Worker", ended: threading.Event) -> None:
    with hearing:
        while content := hearing.recv(16):
            if signal.SIGTERM in content or signal.SIGINT in content:
                break
        else:
            return
        worker.stop()
        if ended.wait(_GRACE_SECONDS):
            return
        worker.abandon()
        if ended.wait(_LAST_SECONDS):
            return
        worker.give_back()
        os._exit(0)
