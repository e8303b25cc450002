"""Where a customer stands (active, slipping, returned), and what one who leaves is still worth."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("predictions", sa.Column("lifecycle", sql_types.LongText(), nullable=True))
    op.add_column("predictions", sa.Column("value_if_leaves", sa.Double(), nullable=True))
