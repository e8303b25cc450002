"""The value of customers who leave."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("predictions", sa.Column("value_if_leaves", sa.Double(), nullable=True))
