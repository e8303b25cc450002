"""The jobs of a results database, for those who request, watch and stop them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.errors import NotFoundError
from holdfast.formatting import percent, plural
from holdfast.service.results import Result
from holdfast.store.results import jobs
from holdfast.store.results.engine import results_errors
from holdfast.store.results.jobs import ENDS, Job, JobQuery, Request, State, new_name

__all__ = ["Job", "JobEntry", "JobList", "JobQuery", "JobQueue", "Request", "State", "new_name"]


@dataclass(frozen=True)
class JobEntry(Result):
    """One job."""

    job: str
    """its name"""
    kind: str
    """run, retrain, import, check, setup, sample or batch_predict"""
    state: str
    """queued, running, done, failed or cancelled"""
    doing: str
    """what it is busy with, in words"""
    fraction: float | None
    """how much of it is done, 0 to 1; null where nobody knows"""
    result: Mapping[str, Any] | None
    """what came out; null until it is done"""
    problem: str | None
    """why it failed"""
    fix: str | None
    """what to do about it"""
    input: Mapping[str, Any]
    """what was requested"""
    requested_by: str
    """who requested it"""
    attempts: int
    """how often a worker began it; more than 1 where workers died"""
    created_at: str
    """when it was requested, UTC"""
    started_at: str | None
    """when it was begun"""
    finished_at: str | None
    """when it ended"""

    @classmethod
    def of(cls, job: Job) -> "JobEntry":
        """The entry of a job."""
        stops = job.is_cancelled and job.state is State.RUNNING
        return cls(
            job=job.name,
            kind=job.kind,
            state=job.state.value,
            doing="stopping" if stops else job.doing,
            fraction=job.fraction,
            result=job.result,
            problem=job.problem,
            fix=job.fix,
            input=job.input,
            requested_by=job.requested_by,
            attempts=job.attempts,
            created_at=job.created_at.isoformat(timespec="seconds"),
            started_at=job.started_at.isoformat(timespec="seconds") if job.started_at else None,
            finished_at=job.finished_at.isoformat(timespec="seconds") if job.finished_at else None,
        )

    @property
    def sentence(self) -> str:
        how_far = f", {percent(self.fraction)}" if self.fraction is not None and self.state == State.RUNNING else ""
        words = self.problem or (
            str(self.result["sentence"]) if self.result and "sentence" in self.result else self.doing
        )
        return f"{self.kind} {self.job}: {self.state}{how_far}{f'. {words}' if words else '.'}"


@dataclass(frozen=True)
class JobList(Result):
    """Some jobs of a tenant."""

    jobs: tuple[JobEntry, ...]
    """newest first: job, kind, state, doing, fraction, result, problem, fix, input, requested_by, attempts,
    created_at, started_at, finished_at"""

    @property
    def sentence(self) -> str:
        waiting = sum(each.state == State.QUEUED for each in self.jobs)
        running = sum(each.state == State.RUNNING for each in self.jobs)
        return f"{plural(len(self.jobs), 'job')}: {running} at work, {waiting} waiting."


@dataclass(frozen=True)
class JobQueue:
    """The jobs of all tenants; every question is about one of them."""

    engine: sa.Engine

    def enqueue(self, request: Request, now: datetime) -> JobEntry:
        """Request a job.

        Args:
            request: what to do, for whom.
            now: when it was requested.
        """
        with results_errors(self.engine), self.engine.begin() as connection:
            return JobEntry.of(jobs.enqueue(connection, request, now))

    def show(self, tenant: str, name: str) -> JobEntry:
        """One job.

        Raises:
            NotFoundError: the tenant has none of that name.
        """
        with results_errors(self.engine), self.engine.connect() as connection:
            job = jobs.find_job(connection, tenant, name)
        if job is None:
            raise _no_such_job(name)
        return JobEntry.of(job)

    def list(self, tenant: str, query: JobQuery) -> JobList:
        """A page of a tenant's jobs, newest first."""
        with results_errors(self.engine), self.engine.connect() as connection:
            return JobList(tuple(JobEntry.of(job) for job in jobs.find_jobs(connection, tenant, query)))

    def unfinished(self, tenant: str, kind: str) -> JobEntry | None:
        """A tenant's job of a kind that waits or is at work; None: there is none."""
        recent = self.list(tenant, JobQuery(kind=kind, limit=20)).jobs
        return next((job for job in recent if State(job.state) not in ENDS), None)

    def cancel(self, tenant: str, name: str, now: datetime) -> JobEntry:
        """Stop a job: at once while it waits, soon while it is at work; one that has ended stays as it is.

        Raises:
            NotFoundError: the tenant has none of that name.
        """
        with results_errors(self.engine), self.engine.begin() as connection:
            job = jobs.cancel(connection, tenant, name, now)
        if job is None:
            raise _no_such_job(name)
        return JobEntry.of(job)


def _no_such_job(name: str) -> NotFoundError:
    return NotFoundError(f"There is no job {name!r}.", fix="GET /api/v1/jobs lists the jobs; old ones are removed.")
