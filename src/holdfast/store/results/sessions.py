"""Sessions of browsers: opened with a key, they open pages for 12 hours, until they are ended or the key is revoked.

A session is 256 random bits, stored as a hash; what it opens is looked up in its key with every request.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from holdfast.store.results.api_keys import ApiKey, key_query, record_of_key
from holdfast.store.results.schema import API_KEYS, SESSIONS

SESSION_HOURS = 12
_SECRET_BYTES = 32


def open_session(connection: sa.Connection, key: ApiKey, now: datetime) -> str:
    """The text of a new session of a valid key, which nothing can show again.

    Args:
        connection: with a transaction.
        key: whose pages it opens.
        now: when it begins.
    """
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
    text = secrets.token_urlsafe(_SECRET_BYTES)
    row = connection.execute(sa.select(API_KEYS.c.id, API_KEYS.c.tenant_id).where(API_KEYS.c.name == key.name)).one()
    connection.execute(
        sa.insert(SESSIONS).values(
            sha256=_hash(text),
            tenant_id=row.tenant_id,
            key_id=row.id,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
    )
    return text


def key_of_session(connection: sa.Connection, text: str, now: datetime) -> ApiKey | None:
    """The valid key of a session that runs; None: it ended, or its key is revoked or expired."""
    query = key_query().join(SESSIONS, SESSIONS.c.key_id == API_KEYS.c.id)
    runs = (SESSIONS.c.sha256 == _hash(text)) & (SESSIONS.c.expires_at > now)
    row = connection.execute(query.where(runs)).first()
    key = None if row is None else record_of_key(row)
    return key if key is not None and key.is_valid(now) else None


def close_session(connection: sa.Connection, text: str) -> None:
    """Let a session open nothing from now on."""
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.sha256 == _hash(text)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
