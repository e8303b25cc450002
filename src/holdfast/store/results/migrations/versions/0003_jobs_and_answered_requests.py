"""Jobs and answered requests."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "answered_requests",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=200), nullable=True),
        sa.Column("body", sql_types.LongText(), nullable=True),
        sa.Column("begun_at", sql_types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_answered_requests_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "caller", "key_sha256", name=op.f("pk_answered_requests")),
    )
    op.create_index("ix_answered_requests_begun_at", "answered_requests", ["begun_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("requested_by", sql_types.LongText(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("doing", sql_types.LongText(), nullable=False),
        sa.Column("fraction", sa.Double(), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sql_types.LongText(), nullable=True),
        sa.Column("fix", sql_types.LongText(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sql_types.UtcTime(), nullable=True),
        sa.Column("wait_until", sql_types.UtcTime(), nullable=True),
        sa.Column("created_at", sql_types.UtcTime(), nullable=False),
        sa.Column("started_at", sql_types.UtcTime(), nullable=True),
        sa.Column("finished_at", sql_types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("name", name=op.f("uq_jobs_name")),
    )
    op.create_index("ix_jobs_by_state", "jobs", ["state", "id"], unique=False)
    op.create_index("ix_jobs_by_tenant", "jobs", ["tenant_id", "id"], unique=False)
