"""Removes everything that a results database holds of one tenant."""

import sqlalchemy as sa

from holdfast.store.results.schema import METADATA, TENANTS
from holdfast.store.results.tenants import find_tenant


def remove_tenant(connection: sa.Connection, name: str) -> bool:
    """Remove a tenant with all rows of every table; whether there was one.

    Args:
        connection: with a transaction: readers see all of it or none.
        name: of the tenant.
    """
    number = find_tenant(connection, name)
    if number is None:
        return False
    for table in reversed(METADATA.sorted_tables):
        if "tenant_id" in table.columns:
            connection.execute(sa.delete(table).where(table.c.tenant_id == number))
    connection.execute(sa.delete(TENANTS).where(TENANTS.c.id == number))
    return True
