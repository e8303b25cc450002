"""Lists of customers in the results database: made, changed by whoever saw the newest version, filled, emptied.

Every question names the tenant: another one's lists are not there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from holdfast.store.results.customer_query import CustomerQuery, query_from_record
from holdfast.store.results.schema import LIST_ENTRIES, LISTS

STATUSES = ("open", "done", "declined", "wrong")
_IDS_A_QUESTION = 500  # SQLite takes 999 values in older versions


@dataclass(frozen=True)
class CustomerList:
    """A list as it stands."""

    id: int
    name: str
    note: str
    owner: str
    due_on: date | None
    rule: CustomerQuery | None  # who is in it; None: its entries
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime


def create_list(
    connection: sa.Connection, tenant_id: int, values: Mapping[str, Any], rule: CustomerQuery | None, now: datetime
) -> int:
    """Write a new list; its id.

    Args:
        connection: with a transaction.
        tenant_id: whose.
        values: name, note, owner, due_on, created_by.
        rule: who is in it; None: whoever is added.
        now: when it is made.
    """
    stored = None if rule is None else json.dumps(rule.to_record())
    row = {**values, "tenant_id": tenant_id, "rule": stored, "version": 1, "created_at": now, "changed_at": now}
    key = connection.execute(sa.insert(LISTS).values(**row)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def has_name(connection: sa.Connection, tenant_id: int, name: str, but: int = 0) -> bool:
    """Whether a list of the tenant, other than `but`, has a name."""
    query = sa.select(LISTS.c.id).where(LISTS.c.tenant_id == tenant_id, LISTS.c.name == name, LISTS.c.id != but)
    return connection.execute(query).first() is not None


def read_lists(connection: sa.Connection, tenant_id: int, list_id: int | None = None) -> list[CustomerList]:
    """The lists of a tenant, those changed last first; or the one of an id."""
    query = sa.select(LISTS).where(LISTS.c.tenant_id == tenant_id).order_by(LISTS.c.changed_at.desc(), LISTS.c.id)
    query = query if list_id is None else query.where(LISTS.c.id == list_id)
    return [
        CustomerList(
            row.id,
            row.name,
            row.note,
            row.owner,
            row.due_on,
            None if row.rule is None else query_from_record(json.loads(row.rule)),
            row.version,
            row.created_by,
            row.created_at,
            row.changed_at,
        )
        for row in connection.execute(query)
    ]


def change_list(
    connection: sa.Connection, stored: CustomerList, values: Mapping[str, Any], version: int | None, now: datetime
) -> bool:
    """Change a list, or only its version; False: somebody changed it since `version`."""
    condition = LISTS.c.id == stored.id
    condition = condition if version is None else condition & (LISTS.c.version == version)
    changed = connection.execute(
        sa.update(LISTS).where(condition).values(**values, version=LISTS.c.version + 1, changed_at=now)
    )
    return bool(changed.rowcount)


def delete_list(connection: sa.Connection, stored: CustomerList) -> None:
    """Remove a list with its entries."""
    connection.execute(sa.delete(LIST_ENTRIES).where(LIST_ENTRIES.c.list_id == stored.id))
    connection.execute(sa.delete(LISTS).where(LISTS.c.id == stored.id))


def entry_counts(connection: sa.Connection, tenant_id: int) -> dict[int, dict[str, int]]:
    """List -> status -> entries."""
    query = (
        sa.select(LIST_ENTRIES.c.list_id, LIST_ENTRIES.c.status, sa.func.count())
        .where(LIST_ENTRIES.c.tenant_id == tenant_id)
        .group_by(LIST_ENTRIES.c.list_id, LIST_ENTRIES.c.status)
    )
    counts: dict[int, dict[str, int]] = {}
    for list_id, status, entries in connection.execute(query):
        counts.setdefault(list_id, {})[status] = entries
    return counts


def read_entries(
    connection: sa.Connection, tenant_id: int, list_id: int, ids: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Customer -> status, note, owner, due_on, added_at, changed_at of the entries of a list."""
    columns = [
        LIST_ENTRIES.c[name] for name in ("customer_id", "status", "note", "owner", "due_on", "added_at", "changed_at")
    ]
    query = sa.select(*columns).where(LIST_ENTRIES.c.tenant_id == tenant_id, LIST_ENTRIES.c.list_id == list_id)
    if ids is None:
        return {row.customer_id: dict(row._mapping) for row in connection.execute(query)}
    entries = {}
    for chunk in _chunks(ids):
        for row in connection.execute(query.where(LIST_ENTRIES.c.customer_id.in_(chunk))):
            entries[row.customer_id] = dict(row._mapping)
    return entries


def newest_entries(connection: sa.Connection, tenant_id: int, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Customer -> list_id, status, note, owner, due_on of the newest entry in any list.

    Owner and day are the list's where the entry has none; own_owner is the entry's, "" where it has none.
    """
    query = (
        sa.select(
            *(LIST_ENTRIES.c[name] for name in ("customer_id", "list_id", "status", "note", "owner", "due_on")),
            LISTS.c.owner.label("list_owner"),
            LISTS.c.due_on.label("list_due_on"),
        )
        .join_from(LIST_ENTRIES, LISTS, LIST_ENTRIES.c.list_id == LISTS.c.id)
        .where(LIST_ENTRIES.c.tenant_id == tenant_id)
        .order_by(LIST_ENTRIES.c.changed_at)
    )
    return {
        row.customer_id: {
            "list_id": row.list_id,
            "status": row.status,
            "note": row.note,
            "owner": row.owner or row.list_owner,
            "own_owner": row.owner,
            "due_on": row.due_on or row.list_due_on,
        }
        for chunk in _chunks(ids)
        for row in connection.execute(query.where(LIST_ENTRIES.c.customer_id.in_(chunk)))
    }


def add_entries(connection: sa.Connection, tenant_id: int, list_id: int, ids: Iterable[str], now: datetime) -> int:
    """Add customers to a list; how many were new."""
    present = read_entries(connection, tenant_id, list_id)
    fresh = [each for each in dict.fromkeys(ids) if each not in present]
    rows = [
        {
            "tenant_id": tenant_id,
            "list_id": list_id,
            "customer_id": each,
            "status": STATUSES[0],
            "note": "",
            "owner": "",
            "due_on": None,
            "added_at": now,
            "changed_at": now,
        }
        for each in fresh
    ]
    if rows:
        connection.execute(sa.insert(LIST_ENTRIES), rows)
    return len(rows)


def set_owner(
    connection: sa.Connection, tenant_id: int, ids: Sequence[str], owner: str, now: datetime
) -> dict[str, str]:
    """Give the newest entry of each customer an owner; customer -> whom it named before ("": nobody of its own)."""
    entries = newest_entries(connection, tenant_id, ids)
    by_list: dict[int, list[str]] = {}
    for customer, entry in entries.items():
        by_list.setdefault(entry["list_id"], []).append(customer)
    for list_id, members in by_list.items():
        of_list = (LIST_ENTRIES.c.tenant_id == tenant_id, LIST_ENTRIES.c.list_id == list_id)
        for chunk in _chunks(members):
            change = sa.update(LIST_ENTRIES).where(*of_list, LIST_ENTRIES.c.customer_id.in_(chunk))
            connection.execute(change.values(owner=owner, changed_at=now))
    return {customer: entry["own_owner"] for customer, entry in entries.items()}


def remove_entries(connection: sa.Connection, tenant_id: int, list_id: int, ids: Sequence[str]) -> int:
    """Take customers out of a list; how many were in it."""
    of_list = (LIST_ENTRIES.c.tenant_id == tenant_id, LIST_ENTRIES.c.list_id == list_id)
    return sum(
        connection.execute(sa.delete(LIST_ENTRIES).where(*of_list, LIST_ENTRIES.c.customer_id.in_(chunk))).rowcount
        for chunk in _chunks(ids)
    )


def change_entry(
    connection: sa.Connection, tenant_id: int, list_id: int, customer_id: str, values: Mapping[str, Any]
) -> bool:
    """Change an entry; False: the customer has none in this list."""
    condition = (
        (LIST_ENTRIES.c.tenant_id == tenant_id)
        & (LIST_ENTRIES.c.list_id == list_id)
        & (LIST_ENTRIES.c.customer_id == customer_id)
    )
    return bool(connection.execute(sa.update(LIST_ENTRIES).where(condition).values(**values)).rowcount)


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _IDS_A_QUESTION] for start in range(0, len(ids), _IDS_A_QUESTION))
