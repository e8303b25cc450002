"""API keys of a project, as people see them: never with their secrets, but once."""

from dataclasses import dataclass
from datetime import datetime

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.formatting import plural
from holdfast.service.results import Result
from holdfast.service.results_database import SCOPES, ApiKey, PublishedResults

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("read",),
    "marketer": ("read", "score"),
    "analyst": ("read", "score", "run"),
    "admin": SCOPES,
}  # who does what in a business -> what a key opens


@dataclass(frozen=True)
class KeyEntry(Result):
    """One key of the list."""

    name: str
    tenant: str
    scopes: tuple[str, ...]
    note: str
    created_at: str
    expires_at: str | None
    state: str  # valid | expired | revoked

    @property
    def sentence(self) -> str:
        return f"Key {self.name} of {self.tenant}: {self.state}."

    @classmethod
    def of(cls, key: ApiKey, now: datetime) -> "KeyEntry":
        """The entry of a key."""
        state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
        expires = key.expires_at.isoformat() if key.expires_at else None
        return cls(key.name, key.tenant, key.scopes, key.note, key.created_at.isoformat(), expires, state)


@dataclass(frozen=True)
class KeyList(Result):
    """The API keys of a project."""

    keys: tuple[KeyEntry, ...]
    """each with name, tenant, scopes, note, created_at, expires_at, state (valid, expired, revoked)"""

    @property
    def sentence(self) -> str:
        if not self.keys:
            return "There is no API key: the API answers this machine alone, without a key."
        valid = sum(key.state == "valid" for key in self.keys)
        return f"{plural(len(self.keys), 'API key')}, {valid} of them valid."


@dataclass(frozen=True)
class NewKey(Result):
    """A key that was created just now."""

    name: str
    """its public half, to list and to revoke it by"""
    key: str
    """the whole key; nothing can show it again"""
    tenant: str
    """whose results it opens"""
    scopes: tuple[str, ...]
    """what it opens"""

    @property
    def sentence(self) -> str:
        return f"Key {self.name} of {self.tenant} opens {', '.join(self.scopes)}. Keep it now; it is not shown again:"


def valid_keys(results: PublishedResults, tenant: str, *, now: datetime) -> tuple[ApiKey, ...]:
    """The keys of a tenant that open something now."""
    return tuple(each for each in results.api_keys(tenant) if each.is_valid(now))


def key_list(results: PublishedResults, *, now: datetime, tenant: str | None = None) -> KeyList:
    """The API keys of a results database.

    Args:
        results: the database.
        now: tells which have expired.
        tenant: only the keys of this one; None: all.
    """
    return KeyList(tuple(KeyEntry.of(key, now) for key in results.api_keys(tenant)))


def revoke(results: PublishedResults, tenant: str, name: str, *, now: datetime) -> KeyEntry:
    """Let a key of a tenant open nothing from now on.

    Raises:
        NotFoundError: the tenant has no such key.
    """
    if name not in {key.name for key in results.api_keys(tenant)}:
        raise NotFoundError(f"There is no key {name}.", fix="GET /api/v1/keys lists them.")
    results.revoke_key(name, now)
    return next(entry for entry in key_list(results, now=now, tenant=tenant).keys if entry.name == name)


def scopes_of(role: str) -> tuple[str, ...]:
    """What a key of a role opens.

    Raises:
        HoldfastError: there is no such role.
    """
    if role not in ROLES:
        raise HoldfastError(f"There is no role {role!r}; there are {', '.join(ROLES)}.", fix="--role viewer")
    return ROLES[role]


def new_key(
    results: PublishedResults, tenant: str, scopes: tuple[str, ...], *, note: str, days: int | None, now: datetime
) -> NewKey:
    """A new API key.

    Args:
        results: the database.
        tenant: whose results it opens.
        scopes: what it opens: read, score, run, admin.
        note: what it is for.
        days: until it expires; None: never.
        now: when it is created.

    Raises:
        HoldfastError: an unknown scope.
    """
    key, text = results.create_key(tenant, scopes, note=note, days=days, now=now)
    return NewKey(key.name, text, key.tenant, key.scopes)
