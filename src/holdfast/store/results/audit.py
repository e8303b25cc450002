"""The audit of a results database: who changed or took out what, and when; an action in, a row out, and read again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from holdfast.store.results.schema import AUDIT, TENANTS
from holdfast.store.results.tenants import tenant_number


@dataclass(frozen=True)
class Action:
    """One thing that somebody did, or was refused."""

    number: int  # the newest has the greatest
    at: datetime
    who: str  # the name of a key, or who typed a command
    action: str  # method and route, or the command; it names no customer
    is_refused: bool


def record_action(
    connection: sa.Connection, tenant: str, who: str, action: str, now: datetime, *, is_refused: bool = False
) -> None:
    """Write one row in the connection's transaction.

    Args:
        connection: with a transaction.
        tenant: whose results it was about.
        who: did it.
        action: in the words of an API or a command line, without ids of customers.
        now: when.
        is_refused: whether it was wanted and not allowed.
    """
    number = tenant_number(connection, tenant, now)
    values = {"tenant_id": number, "at": now, "who": who, "action": action, "is_refused": is_refused}
    connection.execute(sa.insert(AUDIT).values(**values))


def list_actions(connection: sa.Connection, tenant: str, *, limit: int, before: int | None = None) -> list[Action]:
    """The newest actions of a tenant.

    Args:
        connection: to the database.
        tenant: whose.
        limit: so many at most.
        before: only those with a smaller number, for the next page.
    """
    query = (
        sa.select(AUDIT.c.id, AUDIT.c.at, AUDIT.c.who, AUDIT.c.action, AUDIT.c.is_refused)
        .join_from(AUDIT, TENANTS, AUDIT.c.tenant_id == TENANTS.c.id)
        .where(TENANTS.c.name == tenant)
        .order_by(AUDIT.c.id.desc())
        .limit(limit)
    )
    rows = connection.execute(query if before is None else query.where(AUDIT.c.id < before))
    return [Action(*row) for row in rows]
