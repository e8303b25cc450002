"""Workers under Celery: messages in Redis carry names of jobs, the jobs themselves stay in the results database.

The process that the workers are children of looks into the database every second and sends the names of jobs that may
be begun. A child that gets a name takes the job by the same lease as any other worker: a message that is lost is sent
again, one that comes twice, late or from a stranger does no harm. While Redis is away the jobs wait in the database.
"""

import hashlib
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.kinds import KINDS, Kind
from holdfast.service.jobs.lease import LEASE
from holdfast.service.jobs.worker import Worker
from holdfast.service.redis.server import REDIS_URL
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.jobs import names_of_due

if TYPE_CHECKING:
    from celery import Celery

TASK = "holdfast.job"
_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 4.0  # for the jobs in hand to end by themselves, when the worker is to stop
_MOST_SENT = 1_000  # names at a time; the rest follow when these are begun
_AWAY = "Redis does not answer: the jobs wait in the database until it is back, or for another worker."
_LOST, _BACK = "celery.worker.consumer.consumer", "celery.worker.consumer.connection"  # who log of the connection


def work_under_celery(
    home: Home,
    *,
    processes: int,
    clock: Callable[[], datetime],
    warn: Callable[[str], None],
    kinds: Mapping[str, Kind] = KINDS,
    lease: timedelta = LEASE,
) -> None:
    """Work at the jobs of a served folder in child processes of Celery until a signal ends it.

    Args:
        home: the folder, with the Redis server that the messages go through.
        processes: so many jobs at a time.
        clock: the time.
        warn: hears once that Redis is away, and what Celery warns of.
        kinds: what can be done.
        lease: how long a worker that is silent keeps a job.

    Raises:
        HoldfastError: no Redis server is named, Celery is not installed, or it ended without having been told to.
    """
    if home.redis is None:
        raise HoldfastError(
            "Celery needs a Redis server, and none is named.", fix=f"export {REDIS_URL}=redis://HOST:6379/0"
        )
    if find_spec("celery") is None:
        raise HoldfastError("Celery is not installed.", fix="pip install 'holdfast[celery]'")
    import holdfast.pipeline.stages  # noqa: F401 (here once, else again in every child)

    os.environ["REMAP_SIGTERM"] = "SIGQUIT"  # read when Celery is imported: SIGTERM does not wait for hours

    @cache
    def worker() -> Worker:  # of the child: connections do not pass from process to process
        return Worker(home, home.results(), clock=clock, lease=lease, kinds=kinds)

    def take(name: str) -> None:
        worker().run_one(name)

    with closing(home.results()) as results:
        app = _app(home.redis.url, queue_of(results))
        app.task(name=TASK, acks_late=True, reject_on_worker_lost=True)(take)
        results.engine.dispose()  # a child that inherits a connection to SQLite reads an old state for ever
        app.steps["worker"].add(_sender(app, results, clock))
        _hear(warn)
        app.Worker(
            hostname=f"holdfast-{os.getpid()}@{socket.gethostname()}",
            concurrency=processes,
            pool="prefork",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
        ).start()
    from celery.worker import state

    if state.should_stop is None and state.should_terminate is None:  # no signal ended it
        raise HoldfastError(
            "Celery ended by itself, as said above; no job is lost.",
            fix="Start the worker again. Where it ends again, somebody else writes into this Redis: name another one.",
        )


def queue_of(results: PublishedResults) -> str:
    """Where the messages about the jobs of a database wait; workers of other databases do not hear them."""
    return f"holdfast.{hashlib.sha256(results.database.encode()).hexdigest()[:16]}"


def _app(url: str, queue: str) -> "Celery":
    from celery import Celery

    app = Celery("holdfast", broker=url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        task_default_queue=queue,
        task_ignore_result=True,
        worker_enable_remote_control=False,  # whoever reaches Redis must not command the workers
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=_GRACE_SECONDS,
    )
    return app


def _sender(app: "Celery", results: PublishedResults, clock: Callable[[], datetime]) -> type:
    """The part of Celery's parent process that sends the names of jobs that may be begun."""
    from celery import bootsteps
    from kombu.exceptions import OperationalError

    queue, sent = app.conf.task_default_queue, set[str]()

    def send() -> None:
        try:
            with results.engine.connect() as connection:
                due = names_of_due(connection, clock(), _MOST_SENT)
        except sa.exc.SQLAlchemyError:  # the children say so; the next look comes soon
            return
        finally:
            results.engine.dispose()  # before another child is started
        try:
            with app.connection_or_acquire() as connection:
                if connection.default_channel.queue_declare(queue).message_count == 0:
                    sent.clear()  # all were delivered: what may be begun still was lost on the way
            sent.intersection_update(due)
            for name in due:
                if name not in sent:
                    app.send_task(TASK, (name,), retry=False)
                    sent.add(name)
        except (OperationalError, OSError):  # the consumer says so, and connects again
            return

    class Sender(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = frozenset({"celery.worker.components:Timer"})

        def start(self, parent: Any) -> None:
            parent.timer.call_repeatedly(_LOOK_SECONDS, send)

    return Sender


def _hear(warn: Callable[[str], None]) -> None:
    """Pass on what Celery warns of; of a Redis server that is away once, however often it is tried."""
    from celery import signals

    class Ear(logging.Handler):
        is_away = False

        def emit(self, record: logging.LogRecord) -> None:
            if record.name in {_LOST, _BACK}:
                was_away, self.is_away = self.is_away, record.levelno >= logging.WARNING
                if self.is_away and not was_away:
                    warn(_AWAY)
            elif record.levelno >= logging.WARNING:
                warn(record.getMessage())

    ear = Ear()
    for name in ("celery", "kombu"):
        logging.getLogger(name).addHandler(ear)
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(_BACK).setLevel(logging.INFO)
    signals.setup_logging.connect(lambda **_: None, weak=False)  # Celery sets up none of its own then
