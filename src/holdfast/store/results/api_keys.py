"""API keys: made once, shown once, stored as hashes; a key belongs to one tenant and opens what its scopes say."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.store.results.schema import API_KEYS, TENANTS
from holdfast.store.results.tenants import tenant_number

SCOPES = ("read", "score", "run", "admin")
_START = "hf"
_NAME_BYTES, _SECRET_BYTES = 6, 32  # the name is public and finds the row, the secret is never stored


@dataclass(frozen=True)
class ApiKey:
    """A key as the database knows it: everything but the secret."""

    name: str
    tenant: str
    scopes: tuple[str, ...]
    note: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def create_key(
    connection: sa.Connection, tenant: str, scopes: Collection[str], *, note: str, days: int | None, now: datetime
) -> tuple[ApiKey, str]:
    """A new key: its record, and the text to use, which nothing can show again.

    Args:
        connection: with a transaction.
        tenant: whose results it opens; created where it is new.
        scopes: some of `SCOPES`.
        note: what it is for.
        days: until it expires; None: never.
        now: when it is created.

    Raises:
        HoldfastError: an unknown scope, or none.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise HoldfastError(
            f"{', '.join(unknown) or 'No scope'} is not what a key can open; there are {', '.join(SCOPES)}.",
            fix="holdfast keys DIR --new NOTE --scopes read",
        )
    tenant_id = tenant_number(connection, tenant, now)
    name, secret = secrets.token_hex(_NAME_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    text = f"{_START}_{name}_{secret}"
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    expires = None if days is None else now + timedelta(days=days)
    connection.execute(
        sa.insert(API_KEYS).values(
            tenant_id=tenant_id,
            name=name,
            sha256=_hash(text),
            scopes=" ".join(ordered),
            note=note,
            created_at=now,
            expires_at=expires,
        )
    )
    return ApiKey(name, tenant, ordered, note, now, expires, None), text


def find_key(connection: sa.Connection, text: str, now: datetime) -> ApiKey | None:
    """The valid key of this text; None: unknown, changed by one letter, expired or revoked."""
    name = text.split("_")[1] if text.count("_") >= 2 else ""
    row = connection.execute(key_query().add_columns(API_KEYS.c.sha256).where(API_KEYS.c.name == name)).first()
    # Compared also where there is no such key, so that the time taken does not tell which names exist.
    is_equal = hmac.compare_digest(row.sha256 if row else _hash(""), _hash(text))
    if row is None or not is_equal:
        return None
    key = record_of_key(row)
    return key if key.is_valid(now) else None


def list_keys(connection: sa.Connection, tenant: str | None = None) -> list[ApiKey]:
    """Every key, or those of one tenant; the oldest first."""
    query = key_query().order_by(API_KEYS.c.id)
    rows = connection.execute(query if tenant is None else query.where(TENANTS.c.name == tenant))
    return [record_of_key(row) for row in rows]


def has_keys(connection: sa.Connection) -> bool:
    """Whether there is any key, valid or not."""
    return connection.execute(sa.select(API_KEYS.c.id).limit(1)).first() is not None


def revoke_key(connection: sa.Connection, name: str, now: datetime) -> None:
    """Make a key open nothing from now on; it stays in the list.

    Raises:
        HoldfastError: there is no key of that name.
    """
    revoked_at = sa.func.coalesce(API_KEYS.c.revoked_at, sa.literal(now, API_KEYS.c.revoked_at.type))
    if not connection.scalar(sa.select(sa.func.count()).select_from(API_KEYS).where(API_KEYS.c.name == name)):
        raise HoldfastError(f"There is no key {name}.", fix="holdfast keys DIR lists them.")
    connection.execute(sa.update(API_KEYS).where(API_KEYS.c.name == name).values(revoked_at=revoked_at))


def _hash(text: str) -> str:
    # The secret is 256 random bits: a slow hash, made for passwords that people choose, would protect nothing more.
    return hashlib.sha256(text.encode()).hexdigest()


def key_query() -> sa.Select[Any]:
    """Keys as `record_of_key` reads them."""
    columns = (API_KEYS.c.name, TENANTS.c.name.label("tenant"), API_KEYS.c.scopes, API_KEYS.c.note)
    times = (API_KEYS.c.created_at, API_KEYS.c.expires_at, API_KEYS.c.revoked_at)
    return sa.select(*columns, *times).join_from(API_KEYS, TENANTS, API_KEYS.c.tenant_id == TENANTS.c.id)


def record_of_key(row: sa.Row[Any]) -> ApiKey:
    """The key of a row of `key_query`."""
    return ApiKey(
        row.name, row.tenant, tuple(row.scopes.split()), row.note, row.created_at, row.expires_at, row.revoked_at
    )
