"""Requests with a key, in each of the three databases: answered once, given again for a day."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from holdfast.store.results import answered_requests
from holdfast.store.results.answered_requests import ABANDONED_AFTER, KEPT_FOR, Refusal, RequestKey, StoredAnswer
from holdfast.store.results.migrate import migrate

NOW = datetime(2026, 7, 2, 8, tzinfo=UTC)
FIRST = RequestKey("north", "k1", "an üncommon key", "a" * 64)
ANSWER = StoredAnswer(202, "application/json", '{"job": "🧡"}')


@pytest.fixture
def log(engine: sa.Engine) -> sa.Engine:
    """A database with the tables of this version."""
    migrate(engine)
    return engine


def begin(engine: sa.Engine, request: RequestKey, now: datetime = NOW) -> str | StoredAnswer | Refusal:
    with engine.begin() as connection:
        return answered_requests.begin(connection, request, now)


def store(engine: sa.Engine, token: object) -> None:
    with engine.begin() as connection:
        answered_requests.store_answer(connection, str(token), ANSWER)


def test_the_same_request_gets_the_same_answer(log: sa.Engine) -> None:
    token = begin(log, FIRST)
    assert isinstance(token, str)
    assert begin(log, FIRST) is Refusal.IN_FLIGHT
    store(log, token)
    assert begin(log, FIRST) == ANSWER
    assert begin(log, RequestKey("north", "k1", FIRST.key, "b" * 64)) is Refusal.OTHER_REQUEST


@pytest.mark.parametrize(
    "other", [RequestKey("north", "k2", FIRST.key, "a" * 64), RequestKey("south", "k1", FIRST.key, "a" * 64)]
)
def test_a_key_is_its_callers_own(log: sa.Engine, other: RequestKey) -> None:
    store(log, begin(log, FIRST))
    assert isinstance(begin(log, other), str)


def test_a_key_is_forgotten_after_a_day(log: sa.Engine) -> None:
    store(log, begin(log, FIRST))
    assert isinstance(begin(log, FIRST, NOW + KEPT_FOR + timedelta(seconds=1)), str)


def test_a_request_that_was_refused_leaves_no_trace(log: sa.Engine) -> None:
    token = begin(log, FIRST)
    with log.begin() as connection:
        answered_requests.forget(connection, str(token))
    assert isinstance(begin(log, FIRST), str)


def test_a_server_that_died_in_mid_answer_does_not_block_the_key(log: sa.Engine) -> None:
    dead = begin(log, FIRST)
    alive = begin(log, FIRST, NOW + ABANDONED_AFTER)
    assert isinstance(alive, str)
    assert alive != dead
    store(log, dead)  # a zombie: its token is none any more
    assert begin(log, FIRST, NOW + ABANDONED_AFTER) is Refusal.IN_FLIGHT
    store(log, alive)
    assert begin(log, FIRST, NOW + ABANDONED_AFTER) == ANSWER
