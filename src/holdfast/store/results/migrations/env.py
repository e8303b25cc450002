"""What Alembic runs for each change: it works in the connection and the transaction of the caller."""

from typing import Any, Literal

from alembic import context

from holdfast.store.results import sql_types
from holdfast.store.results.schema import METADATA


def our_types(kind: str, item: Any, generation: Any) -> str | Literal[False]:
    """How one of our types is written in a new script; False: as Alembic would."""
    if kind == "type" and type(item).__module__ == sql_types.__name__:
        generation.imports.add("from holdfast.store.results import sql_types")
        return f"sql_types.{type(item).__name__}()"
    return False


context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_item=our_types)
context.run_migrations()
