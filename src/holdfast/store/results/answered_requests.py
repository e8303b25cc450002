"""Answers to requests that carry an Idempotency-Key: the first is worked at, the same again gets the same answer.

The contract is Stripe's: a key belongs to one caller and one request; its answer, whatever its status, is given again
for a day. A request that was refused before it began (not allowed, not valid, too many) leaves no trace.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa

from holdfast.store.results.schema import ANSWERED_REQUESTS
from holdfast.store.results.tenants import tenant_number

KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=5)  # of a request without an answer: the server died while it worked at it


@dataclass(frozen=True)
class RequestKey:
    """Who sent which key with which request."""

    tenant: str
    caller: str
    key: str
    request_sha256: str

    @property
    def key_sha256(self) -> str:
        """The key as it is stored: a caller may put anything into it."""
        return hashlib.sha256(self.key.encode()).hexdigest()


@dataclass(frozen=True)
class StoredAnswer:
    """What the first request was answered."""

    status: int
    media_type: str
    body: str


class Refusal(Enum):
    """Why a request is not worked at."""

    OTHER_REQUEST = auto()  # the key was sent with another request before
    IN_FLIGHT = auto()  # the first is still being answered


def begin(connection: sa.Connection, request: RequestKey, now: datetime) -> str | StoredAnswer | Refusal:
    """A token to answer the request under, or the answer that was given before, or why it is refused.

    Args:
        connection: with a transaction.
        request: with its key.
        now: when it came.
    """
    tenant_id = tenant_number(connection, request.tenant, now)
    table = ANSWERED_REQUESTS
    connection.execute(sa.delete(table).where(table.c.begun_at < now - KEPT_FOR))
    token = secrets.token_hex(16)
    values = {
        "tenant_id": tenant_id,
        "caller": request.caller,
        "key_sha256": request.key_sha256,
        "request_sha256": request.request_sha256,
        "token": token,
        "begun_at": now,
    }
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(table).values(**values))
    except sa.exc.IntegrityError:
        return _as_before(connection, request, tenant_id, values)
    return token


def _as_before(
    connection: sa.Connection, request: RequestKey, tenant_id: int, values: dict[str, object]
) -> str | StoredAnswer | Refusal:
    table = ANSWERED_REQUESTS
    is_it = (table.c.tenant_id == tenant_id) & (table.c.caller == request.caller)
    is_it &= table.c.key_sha256 == request.key_sha256
    row = connection.execute(sa.select(table).where(is_it).with_for_update()).first()
    if row is None:  # answered and removed between the two questions
        return Refusal.IN_FLIGHT
    if row.request_sha256 != request.request_sha256:
        return Refusal.OTHER_REQUEST
    if row.status is not None:
        return StoredAnswer(row.status, row.media_type, row.body)
    begun = values["begun_at"]
    assert isinstance(begun, datetime)
    if begun - row.begun_at < ABANDONED_AFTER:
        return Refusal.IN_FLIGHT
    taken = sa.update(table).where(is_it, table.c.token == row.token).values(token=values["token"], begun_at=begun)
    return str(values["token"]) if connection.execute(taken).rowcount else Refusal.IN_FLIGHT


def store_answer(connection: sa.Connection, token: str, answer: StoredAnswer) -> None:
    """Keep the answer to the request that was begun under a token."""
    values = {"status": answer.status, "media_type": answer.media_type[:200], "body": answer.body}
    table = ANSWERED_REQUESTS
    connection.execute(sa.update(table).where(table.c.token == token, table.c.status.is_(None)).values(**values))


def forget(connection: sa.Connection, token: str) -> None:
    """Leave no trace of a request that was refused before it began."""
    connection.execute(sa.delete(ANSWERED_REQUESTS).where(ANSWERED_REQUESTS.c.token == token))
