"""Jobs in the results database: each is worked at by one worker, survives its death, and ends once.

    enqueue        a new job waits
    claim          the next job, leased to one worker for a while under a token of its own
    extend         the worker lives: a longer lease, how far it is, and whether it should stop
    finish, release   the job ends, or waits again; both only for the holder of the token

A worker that dies stops extending; once the lease is over, the next claim takes the job. Whatever the dead worker, or
one that was only slow, still writes is refused: its token is none any more.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from holdfast.store.results.schema import JOBS, TENANTS
from holdfast.store.results.tenants import find_tenant, tenant_number

MOST_ATTEMPTS = 5  # a job during which so many workers died is not given to another
_NAME_BYTES, _TOKEN_BYTES = 10, 16
_TRIES = 20  # rows that others took first, or that are given up; the next look takes up the rest


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Job:
    """A job as it stands in the database."""

    name: str
    tenant: str
    kind: str
    input: Mapping[str, Any]
    requested_by: str
    state: State
    is_cancelled: bool
    doing: str
    fraction: float | None
    result: Mapping[str, Any] | None
    problem: str | None
    fix: str | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Lease:
    """A job in the hands of one worker."""

    job: Job
    token: str


@dataclass(frozen=True)
class Ending:
    """How a job ended."""

    state: State
    result: Mapping[str, Any] | None = None
    problem: str | None = None
    fix: str | None = None


@dataclass(frozen=True)
class Request:
    """What a job is to do, for whom."""

    tenant: str
    kind: str
    input: Mapping[str, Any]
    requested_by: str = ""
    name: str = ""  # empty: a new one


def new_name() -> str:
    """A name for a job that nobody can guess."""
    return secrets.token_hex(_NAME_BYTES)


def enqueue(connection: sa.Connection, request: Request, now: datetime) -> Job:
    """A new job that waits for a worker.

    Args:
        connection: with a transaction.
        request: what to do.
        now: when it was requested.
    """
    name = request.name or new_name()
    connection.execute(
        sa.insert(JOBS).values(
            name=name,
            tenant_id=tenant_number(connection, request.tenant, now),
            kind=request.kind,
            input=dict(request.input),
            requested_by=request.requested_by,
            state=State.QUEUED,
            is_cancelled=False,
            doing="waiting for a worker",
            attempts=0,
            created_at=now,
        )
    )
    return _jobs(connection, JOBS.c.name == name)[0]


def jobs_by_state(connection: sa.Connection) -> dict[str, int]:
    """How many jobs of all tenants are in each state; every state is named."""
    counted = connection.execute(sa.select(JOBS.c.state, sa.func.count().label("jobs")).group_by(JOBS.c.state))
    return dict.fromkeys(map(str, State), 0) | {row.state: row.jobs for row in counted}


def claim(engine: sa.Engine, owner: str, now: datetime, lease: timedelta, name: str | None = None) -> Lease | None:
    """The next job, leased to a worker: one whose worker died, else the one that waits longest; None: there is none.

    Args:
        engine: of the database; each look is a transaction of its own.
        owner: the worker's name.
        now: what leases are measured by.
        lease: how long it may go without `extend`.
        name: of the one job that is looked at; None: any.
    """
    is_it = sa.true() if name is None else JOBS.c.name == name
    columns = (JOBS.c.id, JOBS.c.attempts, JOBS.c.is_cancelled, JOBS.c.lease_token)
    for condition in (each & is_it for each in _due(now)):
        query = sa.select(*columns).where(condition).order_by(JOBS.c.id).limit(1)
        for _ in range(_TRIES):
            with engine.begin() as connection:
                row = connection.execute(_skipping_locked(connection, query)).first()
                if row is None:
                    break
                # The token changes with each claim: of two workers that saw the same row, the second changes none.
                same_token = JOBS.c.lease_token.is_not_distinct_from(row.lease_token)
                is_unchanged = (JOBS.c.id == row.id) & condition & same_token
                if row.is_cancelled or row.attempts >= MOST_ATTEMPTS:
                    connection.execute(sa.update(JOBS).where(is_unchanged).values(_ended(_given_up(row), now)))
                    continue
                values = _claimed(owner, now, lease)
                if connection.execute(sa.update(JOBS).where(is_unchanged).values(values)).rowcount:
                    return Lease(_jobs(connection, JOBS.c.id == row.id)[0], values["lease_token"])
    return None


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Which jobs may be begun: those whose worker died, and those that wait."""
    is_over = (JOBS.c.state == State.RUNNING) & (JOBS.c.lease_until < now)
    is_waiting = (JOBS.c.state == State.QUEUED) & (JOBS.c.wait_until.is_(None) | (JOBS.c.wait_until <= now))
    return is_over, is_waiting


def names_of_due(connection: sa.Connection, now: datetime, limit: int) -> list[str]:
    """The jobs of all tenants that may be begun, the oldest first."""
    query = sa.select(JOBS.c.name).where(sa.or_(*_due(now))).order_by(JOBS.c.id).limit(limit)
    return list(connection.scalars(query))


def _claimed(owner: str, now: datetime, lease: timedelta) -> dict[str, Any]:
    return {
        "state": State.RUNNING,
        "lease_owner": owner[:200],
        "lease_token": secrets.token_hex(_TOKEN_BYTES),
        "lease_until": now + lease,
        "wait_until": None,
        "attempts": JOBS.c.attempts + 1,
        "started_at": sa.func.coalesce(JOBS.c.started_at, sa.literal(now, JOBS.c.started_at.type)),
        "doing": "starting",
        "fraction": None,
    }


def _given_up(row: sa.Row[Any]) -> Ending:
    if row.is_cancelled:
        return Ending(State.CANCELLED)
    problem = f"The worker died {row.attempts} times while it did this job."
    return Ending(State.FAILED, problem=problem, fix="See logs/errors.log; often it is too little memory.")


def _skipping_locked(connection: sa.Connection, query: sa.Select[Any]) -> sa.Select[Any]:
    """In PostgreSQL, lock the row that is looked at and pass over those of other workers.

    Elsewhere the conditional update alone decides: SQLite has no such locks, and in MySQL and MariaDB the locks that it
    puts on the index of states lead to deadlocks between workers.
    """
    return query.with_for_update(skip_locked=True) if connection.dialect.name == "postgresql" else query


def extend(
    connection: sa.Connection, lease: Lease, until: datetime, *, doing: str, fraction: float | None
) -> bool | None:
    """A longer lease, with how far the job is; whether it should be stopped, None where it is another's by now."""
    values = {"lease_until": until, "doing": doing, "fraction": fraction}
    connection.execute(sa.update(JOBS).where(_is_held(lease)).values(values))
    # MySQL counts only rows that changed, so the question is asked apart.
    stops: bool | None = connection.scalar(sa.select(JOBS.c.is_cancelled).where(_is_held(lease)))
    return stops


def finish(connection: sa.Connection, lease: Lease, ending: Ending, now: datetime) -> bool:
    """End a job; False: it is another worker's by now, and nothing was changed."""
    update = sa.update(JOBS).where(_is_held(lease)).values(_ended(ending, now))
    return bool(connection.execute(update).rowcount)


def release(
    connection: sa.Connection, lease: Lease, wait_until: datetime | None, doing: str, *, counts: bool = False
) -> bool:
    """Let a job wait again; False: it is another worker's by now.

    Args:
        connection: with a transaction.
        lease: of the job.
        wait_until: nobody takes it before.
        doing: what it waits for.
        counts: whether this was an attempt; else it is as if this worker had never taken the job.
    """
    values = {
        "state": State.QUEUED,
        "lease_owner": None,
        "lease_token": None,
        "lease_until": None,
        "wait_until": wait_until,
        "attempts": JOBS.c.attempts if counts else JOBS.c.attempts - 1,
        "doing": doing,
        "fraction": None,
    }
    return bool(connection.execute(sa.update(JOBS).where(_is_held(lease)).values(values)).rowcount)


def expire(connection: sa.Connection, owners: Collection[str], now: datetime) -> None:
    """End the leases of workers that are known to be dead."""
    is_theirs = (JOBS.c.state == State.RUNNING) & JOBS.c.lease_owner.in_(owners) & (JOBS.c.lease_until > now)
    connection.execute(sa.update(JOBS).where(is_theirs).values(lease_until=now - timedelta(seconds=1)))


def owners_at_work(connection: sa.Connection) -> list[str]:
    """The workers that hold a lease."""
    query = sa.select(JOBS.c.lease_owner).where(JOBS.c.state == State.RUNNING).distinct()
    return [owner for owner in connection.scalars(query) if owner]


def cancel(connection: sa.Connection, tenant: str, name: str, now: datetime) -> Job | None:
    """Stop a job: at once while it waits, soon while it runs; an ended one stays as it is; None: no such job."""
    is_it = (JOBS.c.name == name) & (JOBS.c.tenant_id == find_tenant(connection, tenant))
    is_waiting = is_it & (JOBS.c.state == State.QUEUED)
    connection.execute(sa.update(JOBS).where(is_waiting).values(_ended(Ending(State.CANCELLED), now)))
    is_at_work = is_it & (JOBS.c.state == State.RUNNING)
    connection.execute(sa.update(JOBS).where(is_at_work).values(is_cancelled=True))
    return find_job(connection, tenant, name)


def find_job(connection: sa.Connection, tenant: str, name: str) -> Job | None:
    """A tenant's job; None: there is none of that name."""
    matches = _jobs(connection, (JOBS.c.name == name) & (TENANTS.c.name == tenant))
    return matches[0] if matches else None


@dataclass(frozen=True)
class JobQuery:
    """Which jobs, from where on; every condition must hold."""

    state: str | None = None
    kind: str | None = None
    before: str | None = None  # only jobs that were requested before the one of this name
    limit: int = 50


def find_jobs(connection: sa.Connection, tenant: str, query: JobQuery) -> list[Job]:
    """A tenant's jobs, newest first."""
    conditions: list[sa.ColumnElement[bool]] = [TENANTS.c.name == tenant]
    if query.state is not None:
        conditions.append(JOBS.c.state == query.state)
    if query.kind is not None:
        conditions.append(JOBS.c.kind == query.kind)
    if query.before is not None:
        before = JOBS.alias()
        conditions.append(JOBS.c.id < sa.select(before.c.id).where(before.c.name == query.before).scalar_subquery())
    return _jobs(connection, *conditions, limit=query.limit)


def remove_ended(connection: sa.Connection, before: datetime) -> list[tuple[str, str]]:
    """Remove the jobs that ended before a moment; tenant and name of each."""
    is_old = JOBS.c.state.in_(ENDS) & (JOBS.c.finished_at < before)
    query = sa.select(TENANTS.c.name, JOBS.c.name).join_from(JOBS, TENANTS, JOBS.c.tenant_id == TENANTS.c.id)
    old = [(row[0], row[1]) for row in connection.execute(query.where(is_old).limit(1_000))]
    if old:
        connection.execute(sa.delete(JOBS).where(JOBS.c.name.in_([name for _, name in old])))
    return old


def _is_held(lease: Lease) -> sa.ColumnElement[bool]:
    return (JOBS.c.name == lease.job.name) & (JOBS.c.state == State.RUNNING) & (JOBS.c.lease_token == lease.token)


def _ended(ending: Ending, now: datetime) -> dict[str, Any]:
    return {
        "state": ending.state,
        "result": ending.result,
        "problem": ending.problem,
        "fix": ending.fix,
        "finished_at": now,
        "doing": "",
        "fraction": 1.0 if ending.state is State.DONE else None,
        "lease_owner": None,
        "lease_token": None,
        "lease_until": None,
    }


def _jobs(connection: sa.Connection, *conditions: sa.ColumnElement[bool], limit: int = 1) -> list[Job]:
    columns = (JOBS.c.name, TENANTS.c.name.label("tenant"), *_PLAIN)
    query = sa.select(*columns).join_from(JOBS, TENANTS, JOBS.c.tenant_id == TENANTS.c.id).where(*conditions)
    rows = connection.execute(query.order_by(JOBS.c.id.desc()).limit(limit))
    return [Job(**{**row._mapping, "state": State(row.state)}) for row in rows]


_PLAIN = tuple(
    column
    for column in JOBS.columns
    if column.name not in {"id", "name", "tenant_id", "wait_until"} and not column.name.startswith("lease_")
)
