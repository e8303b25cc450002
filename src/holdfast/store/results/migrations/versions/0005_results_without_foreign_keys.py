"""The tables of results without foreign keys and without the index by priority: a million rows are written sooner."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("predictions", "plan", "segments", "kpis", "lapsed", "known_customers")
_FOREIGN_KEY = re.compile(r",\s*CONSTRAINT \w+ FOREIGN KEY\s*\(\w+\) REFERENCES \w+ \(\w+\)")


def upgrade() -> None:
    """Change the tables."""
    op.drop_index("ix_predictions_by_priority", table_name="predictions")
    connection = op.get_bind()
    for table in _TABLES:
        if connection.dialect.name == "sqlite":
            _rewrite(connection, table)
            continue
        for column in ("run_id", "tenant_id"):
            op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
        if connection.dialect.name == "mysql":  # which adds an index to a foreign key that no other index begins with
            op.drop_index(f"fk_{table}_run_id", table_name=table)


def _rewrite(connection: sa.Connection, table: str) -> None:
    """SQLite takes no constraint out of a table: a new one takes its place, with the same rows."""
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    created = str(connection.scalar(query, {"name": table}))
    begun = re.sub(rf"^CREATE TABLE \"?{table}\"?", f"CREATE TABLE {table}_new", _FOREIGN_KEY.sub("", created))
    connection.exec_driver_sql(begun)
    connection.exec_driver_sql(f"INSERT INTO {table}_new SELECT * FROM {table}")  # noqa: S608 (our own names)
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {table}_new RENAME TO {table}")
