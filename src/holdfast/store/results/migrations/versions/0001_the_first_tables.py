"""The first tables."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "tenants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sql_types.KeyText(), nullable=False),
        sa.Column("created_at", sql_types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("name", name=op.f("uq_tenants_name")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=100), nullable=False),
        sa.Column("note", sql_types.LongText(), nullable=False),
        sa.Column("created_at", sql_types.UtcTime(), nullable=False),
        sa.Column("expires_at", sql_types.UtcTime(), nullable=True),
        sa.Column("revoked_at", sql_types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_api_keys_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sql_types.KeyText(), nullable=False),
        sa.Column("project", sql_types.LongText(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("cutoff", sql_types.UtcTime(), nullable=True),
        sa.Column("currency", sa.String(length=20), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("published_at", sql_types.UtcTime(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_runs_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_runs_tenant_id_name")),
    )
    op.create_table(
        "current_runs",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_current_runs_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_current_runs_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_current_runs")),
    )
    op.create_table(
        "kpis",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sql_types.KeyText(), nullable=False),
        sa.Column("label", sql_types.LongText(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sql_types.LongText(), nullable=False),
        sa.Column("definition", sql_types.LongText(), nullable=False),
        sa.Column("formula", sql_types.LongText(), nullable=False),
        sa.Column("period", sql_types.LongText(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_kpis_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_kpis_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "name", name=op.f("pk_kpis")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sql_types.KeyText(), nullable=False),
        sa.Column("reason", sql_types.LongText(), nullable=True),
        sa.Column("offer", sql_types.LongText(), nullable=False),
        sa.Column("owner", sql_types.LongText(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("expected_gain", sa.Double(), nullable=False),
        sa.Column("saves_needed", sa.Double(), nullable=True),
        sa.Column("why", sql_types.LongText(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_plan_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_plan_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "customer_id", name=op.f("pk_plan")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "predictions",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sql_types.KeyText(), nullable=False),
        sa.Column("cutoff", sql_types.UtcTime(), nullable=True),
        sa.Column("churn_probability", sa.Double(), nullable=False),
        sa.Column("standing", sql_types.LongText(), nullable=True),
        sa.Column("ends_at", sql_types.UtcTime(), nullable=True),
        sa.Column("lifecycle", sql_types.LongText(), nullable=True),
        sa.Column("risk_band", sql_types.LongText(), nullable=False),
        sa.Column("expected_value", sa.Double(), nullable=True),
        sa.Column("value_low", sa.Double(), nullable=True),
        sa.Column("value_high", sa.Double(), nullable=True),
        sa.Column("value_if_stays", sa.Double(), nullable=True),
        sa.Column("value_if_leaves", sa.Double(), nullable=True),
        sa.Column("revenue_at_risk", sa.Double(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("segment", sql_types.LongText(), nullable=False),
        sa.Column("cluster", sa.BigInteger(), nullable=False),
        sa.Column("expected_next_date", sa.Date(), nullable=True),
        sa.Column("next_best_action", sql_types.LongText(), nullable=False),
        sa.Column("action_owner", sql_types.LongText(), nullable=False),
        sa.Column("action_days", sa.BigInteger(), nullable=True),
        sa.Column("action_by", sa.Date(), nullable=True),
        sa.Column("action_why", sql_types.LongText(), nullable=False),
        sa.Column("offer", sql_types.LongText(), nullable=True),
        sa.Column("offer_cost", sa.Double(), nullable=True),
        sa.Column("offer_gain", sa.Double(), nullable=True),
        sa.Column("outside_plan", sql_types.LongText(), nullable=True),
        sa.Column("reason_1", sql_types.LongText(), nullable=True),
        sa.Column("reason_2", sql_types.LongText(), nullable=True),
        sa.Column("reason_3", sql_types.LongText(), nullable=True),
        sa.Column("worth_fixing", sql_types.LongText(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_predictions_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_predictions_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "customer_id", name=op.f("pk_predictions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_predictions_by_churn_probability",
        "predictions",
        ["tenant_id", "run_id", "churn_probability", "customer_id"],
        unique=False,
    )
    op.create_index(
        "ix_predictions_by_expected_value",
        "predictions",
        ["tenant_id", "run_id", "expected_value", "customer_id"],
        unique=False,
    )
    op.create_index(
        "ix_predictions_by_priority", "predictions", ["tenant_id", "run_id", "priority", "customer_id"], unique=False
    )
    op.create_index(
        "ix_predictions_by_revenue_at_risk",
        "predictions",
        ["tenant_id", "run_id", "revenue_at_risk", "customer_id"],
        unique=False,
    )
    op.create_table(
        "segments",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("segment", sql_types.KeyText(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.Double(), nullable=True),
        sa.Column("mean_churn_probability", sa.Double(), nullable=False),
        sa.Column("mean_expected_value", sa.Double(), nullable=True),
        sa.Column("revenue_at_risk", sa.Double(), nullable=True),
        sa.Column("in_plan", sa.BigInteger(), nullable=True),
        sa.Column("share_of_customers", sa.Double(), nullable=False),
        sa.Column("share_of_revenue", sa.Double(), nullable=True),
        sa.Column("meaning", sql_types.LongText(), nullable=True),
        sa.Column("strategy", sql_types.LongText(), nullable=True),
        sa.Column("action", sql_types.LongText(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_segments_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_segments_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "segment", name=op.f("pk_segments")),
        sqlite_with_rowid=False,
    )
