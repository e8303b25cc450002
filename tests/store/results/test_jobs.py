"""Jobs in each of the three databases: one worker a job, whoever dies, and one end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from holdfast.store.results import jobs
from holdfast.store.results.jobs import MOST_ATTEMPTS, Ending, JobQuery, Lease, Request, State
from holdfast.store.results.migrate import migrate

NOW = datetime(2026, 7, 2, 8, tzinfo=UTC)
LEASE = timedelta(seconds=30)
LATER = NOW + timedelta(seconds=31)


@pytest.fixture
def queue(engine: sa.Engine) -> sa.Engine:
    """A database with the tables of this version."""
    migrate(engine)
    return engine


def enqueue(engine: sa.Engine, tenant: str = "north", **content: object) -> str:
    with engine.begin() as connection:
        return jobs.enqueue(connection, Request(tenant, "run", content, "a test"), NOW).name


def claim(engine: sa.Engine, owner: str = "a", now: datetime = NOW) -> Lease | None:
    return jobs.claim(engine, owner, now, LEASE)


def claimed(engine: sa.Engine, owner: str = "a", now: datetime = NOW) -> Lease:
    lease = claim(engine, owner, now)
    assert lease is not None
    return lease


def finish(engine: sa.Engine, lease: Lease, **result: object) -> bool:
    with engine.begin() as connection:
        return jobs.finish(connection, lease, Ending(State.DONE, result), LATER)


def find(engine: sa.Engine, name: str, tenant: str = "north") -> jobs.Job:
    with engine.connect() as connection:
        job = jobs.find_job(connection, tenant, name)
    assert job is not None
    return job


def test_jobs_are_taken_in_the_order_of_their_request_and_end_once(queue: sa.Engine) -> None:
    names = [enqueue(queue, number=number, text="ü'\";--\n🧡") for number in range(3)]
    first = claimed(queue)
    assert (first.job.name, first.job.input) == (names[0], {"number": 0, "text": "ü'\";--\n🧡"})
    assert (first.job.state, first.job.attempts, first.job.started_at) == (State.RUNNING, 1, NOW)
    assert finish(queue, first, rows=5)
    assert not finish(queue, first, rows=6)
    done = find(queue, names[0])
    assert (done.state, done.result, done.fraction, done.finished_at) == (State.DONE, {"rows": 5}, 1.0, LATER)
    assert [claimed(queue).job.name for _ in range(2)] == names[1:]
    assert claim(queue) is None


def test_a_lease_that_ran_out_is_anothers_and_the_first_can_change_nothing(queue: sa.Engine) -> None:
    name = enqueue(queue)
    slow = claimed(queue, "slow")
    assert claim(queue, "quick") is None
    quick = claimed(queue, "quick", LATER)
    assert quick.job.name == name
    assert (quick.job.attempts, quick.job.started_at) == (2, NOW)
    with queue.begin() as connection:
        assert jobs.extend(connection, slow, LATER + LEASE, doing="x", fraction=0.5) is None
        assert not jobs.release(connection, slow, None, "x")
    assert not finish(queue, slow)
    assert finish(queue, quick, by="quick")
    assert find(queue, name).result == {"by": "quick"}


def test_a_heartbeat_keeps_the_lease_and_says_how_far_the_job_is(queue: sa.Engine) -> None:
    name = enqueue(queue)
    lease = claimed(queue)
    with queue.begin() as connection:
        for _ in range(2):  # the second changes nothing, which MySQL counts as no row
            assert jobs.extend(connection, lease, LATER + LEASE, doing="cleaning", fraction=0.25) is False
    assert claim(queue, "b", LATER) is None
    assert (find(queue, name).doing, find(queue, name).fraction) == ("cleaning", 0.25)


def test_workers_that_claim_at_once_never_share_a_job(queue: sa.Engine) -> None:
    names = {enqueue(queue, number=number) for number in range(30)}

    def take(owner: str) -> list[str]:
        taken = []
        while lease := claim(queue, owner):
            taken.append(lease.job.name)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [name for several in pool.map(take, "abcd") for name in several]
    rest = []
    while lease := claim(queue):  # a worker that lost every race looks again later
        rest.append(lease.job.name)
    assert len(taken + rest) == 30
    assert set(taken + rest) == names


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_hears_of_it(queue: sa.Engine) -> None:
    running, waiting = enqueue(queue), enqueue(queue)
    lease = claimed(queue)
    with queue.begin() as connection:
        cancelled = jobs.cancel(connection, "north", waiting, NOW)
        assert cancelled is not None
        assert cancelled.state is State.CANCELLED
        jobs.cancel(connection, "north", running, NOW)
    with queue.begin() as connection:
        assert jobs.extend(connection, lease, LATER, doing="", fraction=None) is True
    with queue.begin() as connection:
        assert jobs.finish(connection, lease, Ending(State.CANCELLED), LATER)
    assert claim(queue) is None
    assert find(queue, running).state is State.CANCELLED
    with queue.begin() as connection:
        again = jobs.cancel(connection, "north", running, NOW)
    assert again is not None
    assert again.finished_at == LATER


def test_a_cancelled_job_of_a_dead_worker_ends(queue: sa.Engine) -> None:
    name = enqueue(queue)
    claimed(queue)
    with queue.begin() as connection:
        jobs.cancel(connection, "north", name, NOW)
    assert claim(queue, "b", LATER) is None
    assert find(queue, name).state is State.CANCELLED


def test_a_job_that_kills_its_workers_is_given_up(queue: sa.Engine) -> None:
    name = enqueue(queue)
    now = NOW
    for number in range(MOST_ATTEMPTS):
        assert claimed(queue, "abcdefgh"[number], now).job.name == name
        now += timedelta(seconds=31)
    assert claim(queue, "z", now) is None
    given_up = find(queue, name)
    assert given_up.state is State.FAILED
    assert given_up.problem == f"The worker died {MOST_ATTEMPTS} times while it did this job."


def test_a_released_job_waits_as_if_nobody_had_taken_it(queue: sa.Engine) -> None:
    enqueue(queue)
    lease = claimed(queue)
    with queue.begin() as connection:
        assert jobs.release(connection, lease, LATER, "waiting: busy")
    assert claim(queue, "b", NOW) is None
    assert claimed(queue, "b", LATER).job.attempts == 1


def test_the_leases_of_the_dead_need_not_run_out(queue: sa.Engine) -> None:
    enqueue(queue)
    claimed(queue, "dead")
    with queue.begin() as connection:
        assert jobs.owners_at_work(connection) == ["dead"]
        jobs.expire(connection, ["dead"], NOW)
    assert claimed(queue, "b", NOW).job.attempts == 2


def test_a_job_is_taken_by_its_name_only_while_it_may_be_begun(queue: sa.Engine) -> None:
    first, second = enqueue(queue), enqueue(queue)

    def due(now: datetime = NOW) -> list[str]:
        with queue.connect() as connection:
            return jobs.names_of_due(connection, now, 10)

    assert due() == [first, second]
    lease = jobs.claim(queue, "a", NOW, LEASE, second)
    assert lease is not None
    assert lease.job.name == second
    assert due() == [first]
    assert jobs.claim(queue, "b", NOW, LEASE, second) is None
    assert due(LATER) == [first, second]
    assert jobs.claim(queue, "b", LATER, LEASE, second) is not None
    assert jobs.claim(queue, "b", LATER, LEASE, "no such job") is None


def test_a_tenant_sees_its_own_jobs_only(queue: sa.Engine) -> None:
    mine = [enqueue(queue) for _ in range(3)]
    theirs = enqueue(queue, tenant="south")
    with queue.begin() as connection:
        assert [job.name for job in jobs.find_jobs(connection, "north", JobQuery())] == mine[::-1]
        before = jobs.find_jobs(connection, "north", JobQuery(before=mine[2], limit=1))
        assert [job.name for job in before] == [mine[1]]
        assert jobs.find_jobs(connection, "north", JobQuery(state="done")) == []
        assert jobs.find_jobs(connection, "nobody", JobQuery()) == []
        assert jobs.find_job(connection, "north", theirs) is None
        assert jobs.cancel(connection, "north", theirs, NOW) is None
    assert find(queue, theirs, "south").state is State.QUEUED


def test_jobs_that_ended_long_ago_are_removed(queue: sa.Engine) -> None:
    old, waiting = enqueue(queue), enqueue(queue)
    finish(queue, claimed(queue))
    with queue.begin() as connection:
        assert jobs.remove_ended(connection, LATER) == []
        assert jobs.remove_ended(connection, LATER + timedelta(days=1)) == [("north", old)]
        assert [job.name for job in jobs.find_jobs(connection, "north", JobQuery())] == [waiting]
