"""Changes of the results database's tables, for Alembic: one file a change, oldest first."""
