"""Plans without expected gains: by offers that nobody has set none is promised, so none is stored."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("plan", "expected_gain", existing_type=sa.Double(), nullable=True)
        return
    with op.batch_alter_table("plan") as plan:  # SQLite changes no column: Alembic copies the table into a new one
        plan.alter_column("expected_gain", existing_type=sa.Double(), nullable=True)
