"""A worker: takes one job after the other, keeps its lease alive, and ends it once."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from holdfast.errors import BusyError, HoldfastError, error_of_system
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.kinds import KINDS, Kind
from holdfast.service.jobs.lease import LEASE, LeasedJob, Stopped
from holdfast.service.jobs.work import Work, job_folder
from holdfast.service.logs import logging_to
from holdfast.service.results_database import PublishedResults
from holdfast.store.results import jobs
from holdfast.store.results.jobs import MOST_ATTEMPTS, Ending, Lease, State

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.3
_BUSY = timedelta(seconds=2)  # until a job looks again whether another run has ended
_UNREACHABLE = timedelta(seconds=5)  # until a job that met a database that is down is tried again
_PATIENCE = 60  # times that a result is written again while the database is down, a second apart
_REMEMBERED = timedelta(days=30)  # of jobs that ended, with their files
_BETWEEN_CLEANINGS = timedelta(hours=1)


@dataclass(frozen=True)
class _Later:
    """The job waits again."""

    wait: timedelta
    doing: str
    counts: bool  # as an attempt


class Worker:
    """Works at the jobs of a served folder, one at a time."""

    def __init__(
        self,
        home: Home,
        results: PublishedResults,
        *,
        clock: Callable[[], datetime],
        lease: timedelta = LEASE,
        kinds: Mapping[str, Kind] = KINDS,
    ) -> None:
        self.owner = f"{_machine()}/{os.getpid()}/{_began(os.getpid())}"
        self._home, self._results, self._clock = home, results, clock
        self._lease, self._kinds = lease, kinds
        self._stops = threading.Event()
        self._current: LeasedJob | None = None
        self._cleaned_at: datetime | None = None

    def stop(self) -> None:
        """Take no further job."""
        self._stops.set()

    def abandon(self) -> None:
        """Let the job in hand stop at its next tick; it waits for another worker then."""
        self._stops.set()
        if self._current is not None:
            self._current.is_abandoned = True

    def give_back(self) -> None:
        """Let the job in hand wait for another worker although it has not stopped: this process ends now."""
        if self._current is not None:
            with suppress(sa.exc.SQLAlchemyError), self._results.engine.begin() as connection:
                jobs.release(connection, self._current.lease, None, "waiting for a worker")

    def run(self, *, until_empty: bool = False, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Work until `stop`; how many jobs were taken.

        Args:
            until_empty: also end when nothing waits.
            goes_on: asked before each job; False ends the worker.
        """
        taken = 0
        while not self._stops.is_set() and goes_on():
            try:
                has_worked = self.run_one()
            except sa.exc.SQLAlchemyError as error:
                _LOG.warning("the jobs cannot be read: %s", error)
                has_worked = False
            taken += has_worked
            if not has_worked:
                if until_empty:
                    return taken
                self._stops.wait(POLL_SECONDS)
        return taken

    def run_one(self, name: str | None = None) -> bool:
        """Do the next job, or the one of a name; False: there is none, or it may not be begun."""
        self._take_from_the_dead()
        self._clean()
        lease = jobs.claim(self._results.engine, self.owner, self._clock(), self._lease, name)
        if lease is None:
            return False
        shares = _shares()
        with LeasedJob(self._results.engine, lease, clock=self._clock, length=self._lease, shares=shares) as leased:
            self._current = leased
            outcome = self._outcome(leased)
        self._end(lease, outcome)
        self._current = None
        return True

    def _outcome(self, leased: LeasedJob) -> Ending | _Later:
        job = leased.lease.job
        kind = self._kinds.get(job.kind)
        if kind is None:
            return Ending(State.FAILED, problem=f"There is no kind of job {job.kind!r}.", fix="Update the worker.")
        try:
            return Ending(State.DONE, kind(Work(self._home, self._results, job, leased, self._clock)))
        except Stopped:
            if leased.is_cancelled:
                return Ending(State.CANCELLED)
            return _Later(timedelta(0), "waiting for a worker", counts=False)
        except BusyError as error:
            return _Later(_BUSY, f"waiting: {error.problem}", counts=False)
        except (HoldfastError, sa.exc.OperationalError) as error:
            return _failed(error, job.attempts)
        except Exception as error:  # noqa: BLE001 (a job ends in words; the log has the trace)
            refused = error_of_system(error)
            return self._our_fault(job) if refused is None else _failed(refused, job.attempts)

    def _our_fault(self, job: jobs.Job) -> Ending:
        with logging_to(self._home.folder / "logs"):
            _LOG.exception("the %s job %s failed", job.kind, job.name)
        return Ending(State.FAILED, problem="This is a fault of ours.", fix="logs/errors.log says where; report it.")

    def _end(self, lease: Lease, outcome: Ending | _Later) -> None:
        """Write how the job goes on; tried again for a minute, then the lease runs out and another worker takes it."""
        for _ in range(_PATIENCE):
            now = self._clock()
            try:
                with self._results.engine.begin() as connection:
                    if isinstance(outcome, Ending):
                        jobs.finish(connection, lease, outcome, now)
                    else:
                        jobs.release(connection, lease, now + outcome.wait, outcome.doing, counts=outcome.counts)
            except sa.exc.SQLAlchemyError as error:
                _LOG.warning("job %s: its end cannot be written yet: %s", lease.job.name, error)
                if self._stops.wait(1.0):
                    return
            else:
                return

    def _take_from_the_dead(self) -> None:
        """Leases of workers of this machine that are dead need not run out."""
        with self._results.engine.connect() as connection:
            owners = jobs.owners_at_work(connection)
        dead = [owner for owner in owners if owner != self.owner and _is_dead(owner)]
        if dead:
            with self._results.engine.begin() as connection:
                jobs.expire(connection, dead, self._clock())

    def _clean(self) -> None:
        import shutil

        now = self._clock()
        if self._cleaned_at is not None and now - self._cleaned_at < _BETWEEN_CLEANINGS:
            return
        self._cleaned_at = now
        with self._results.engine.begin() as connection:
            old = jobs.remove_ended(connection, now - _REMEMBERED)
        for tenant, name in old:
            with suppress(HoldfastError):
                shutil.rmtree(job_folder(self._home, tenant, name), ignore_errors=True)


def _failed(error: Exception, attempts: int) -> Ending | _Later:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, sa.exc.DBAPIError):
        cause = cause.__cause__
    is_passing = isinstance(cause, sa.exc.OperationalError | sa.exc.InterfaceError)
    if is_passing and attempts < MOST_ATTEMPTS:
        return _Later(_UNREACHABLE * attempts, "waiting: the database does not answer", counts=True)
    if isinstance(error, HoldfastError):
        return Ending(State.FAILED, problem=error.problem, fix=error.fix)
    return Ending(State.FAILED, problem="The database does not answer.", fix="See that it runs, then try again.")


def _shares() -> dict[str, int]:
    """Each stage of a run and how much of its time it usually takes, beside the others."""
    from holdfast.pipeline.stages import STAGES

    return {stage.name: stage.share for stage in STAGES}


def _machine() -> str:
    """This machine, as far as its numbers of processes are concerned."""
    namespace = ""
    with suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()}{namespace}".replace("/", "_")[:120]


def _began(number: int) -> str:
    import psutil

    try:
        return f"{psutil.Process(number).create_time():.2f}"
    except psutil.Error:
        return ""


def _is_dead(owner: str) -> bool:
    machine, number, began = (*owner.split("/"), "", "")[:3]
    return machine == _machine() and number.isdigit() and _began(int(number)) != began
