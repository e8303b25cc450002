"""Who did what, and when."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("at", sql_types.UtcTime(), nullable=False),
        sa.Column("who", sql_types.LongText(), nullable=False),
        sa.Column("action", sql_types.LongText(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_audit_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_by_tenant", "audit", ["tenant_id", "id"], unique=False)
