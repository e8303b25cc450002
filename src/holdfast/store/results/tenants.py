"""The tenants of a results database: a name in, its number out; a new name becomes a tenant."""

from datetime import datetime

import sqlalchemy as sa

from holdfast.store.results.schema import CURRENT_RUNS, RUNS, TENANTS


def tenant_number(connection: sa.Connection, name: str, now: datetime) -> int:
    """The number of a tenant, who is created where the name is new.

    Args:
        connection: with a transaction.
        name: of the tenant.
        now: when it is created.
    """
    number = find_tenant(connection, name)
    if number is not None:
        return number
    try:
        with connection.begin_nested():
            key = connection.execute(sa.insert(TENANTS).values(name=name, created_at=now)).inserted_primary_key
    except sa.exc.IntegrityError:  # somebody else was first
        return int(connection.scalars(sa.select(TENANTS.c.id).where(TENANTS.c.name == name)).one())
    return int(key[0]) if key is not None else 0


def find_tenant(connection: sa.Connection, name: str) -> int | None:
    """The number of a tenant; None: there is none of that name."""
    number: int | None = connection.scalar(sa.select(TENANTS.c.id).where(TENANTS.c.name == name))
    return number


def tenants_with_runs(connection: sa.Connection) -> dict[str, str | None]:
    """Every tenant by name, with the name of the run that its readers see; None: nothing is published."""
    query = (
        sa.select(TENANTS.c.name, RUNS.c.name.label("run"))
        .outerjoin_from(TENANTS, CURRENT_RUNS, CURRENT_RUNS.c.tenant_id == TENANTS.c.id)
        .outerjoin(RUNS, RUNS.c.id == CURRENT_RUNS.c.run_id)
    )
    return {row.name: row.run for row in connection.execute(query)}
