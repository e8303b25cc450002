"""The reports of a run in the results database: JSON by name, written once, read by those who ask."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from holdfast.store.results.schema import DOCUMENTS


def write_documents(connection: sa.Connection, tenant_id: int, run_id: int, documents: Mapping[str, str]) -> None:
    """Write the reports of a run in the connection's transaction; those that stand there are replaced."""
    connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.tenant_id == tenant_id, DOCUMENTS.c.run_id == run_id))
    rows = [
        {"tenant_id": tenant_id, "run_id": run_id, "name": name, "content": content}
        for name, content in documents.items()
    ]
    if rows:
        connection.execute(sa.insert(DOCUMENTS), rows)


def has_documents(connection: sa.Connection, tenant_id: int, run_id: int) -> bool:
    """Whether any report of a run stands in the database."""
    query = sa.select(DOCUMENTS.c.name).where(DOCUMENTS.c.tenant_id == tenant_id, DOCUMENTS.c.run_id == run_id)
    return connection.execute(query.limit(1)).first() is not None


def read_document(connection: sa.Connection, tenant_id: int, run_id: int, name: str) -> Any:
    """A report of a run; None where the run left none of that name."""
    query = sa.select(DOCUMENTS.c.content).where(
        DOCUMENTS.c.tenant_id == tenant_id, DOCUMENTS.c.run_id == run_id, DOCUMENTS.c.name == name
    )
    content = connection.scalar(query)
    return None if content is None else json.loads(content)
