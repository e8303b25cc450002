"""Who makes the offers and why the others get none."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("plan", sa.Column("reason", sql_types.LongText(), nullable=True))
    op.add_column("plan", sa.Column("owner", sql_types.LongText(), nullable=True))
    op.add_column("plan", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("plan", sa.Column("saves_needed", sa.Double(), nullable=True))
    op.add_column("predictions", sa.Column("action_by", sa.Date(), nullable=True))
    op.add_column("predictions", sa.Column("outside_plan", sql_types.LongText(), nullable=True))
    op.add_column("predictions", sa.Column("worth_fixing", sql_types.LongText(), nullable=True))
    op.add_column("segments", sa.Column("in_plan", sa.BigInteger(), nullable=True))
    op.drop_column("segments", "budget_share")
