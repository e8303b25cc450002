"""Reports, known customers, the win-back list and lists of customers."""

import sqlalchemy as sa
from alembic import op

from holdfast.store.results import sql_types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sql_types.KeyText(), nullable=False),
        sa.Column("note", sql_types.LongText(), nullable=False),
        sa.Column("owner", sql_types.LongText(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("rule", sql_types.LongText(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sql_types.LongText(), nullable=False),
        sa.Column("created_at", sql_types.UtcTime(), nullable=False),
        sa.Column("changed_at", sql_types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_lists_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_lists_tenant_id_name")),
    )
    op.create_table(
        "documents",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sql_types.KeyText(), nullable=False),
        sa.Column("content", sql_types.LongText(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_documents_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_documents_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "name", name=op.f("pk_documents")),
    )
    op.create_table(
        "known_customers",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sql_types.KeyText(), nullable=False),
        sa.Column("lifecycle", sql_types.LongText(), nullable=True),
        sa.Column("value_tier", sql_types.LongText(), nullable=True),
        sa.Column("tenure_days", sa.BigInteger(), nullable=True),
        sa.Column("cohort_month", sa.Date(), nullable=True),
        sa.Column("active_months", sa.BigInteger(), nullable=True),
        sa.Column("cohort_week", sa.Date(), nullable=True),
        sa.Column("active_weeks", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_known_customers_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_known_customers_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "customer_id", name=op.f("pk_known_customers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lapsed",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sql_types.KeyText(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("last_activity_at", sql_types.UtcTime(), nullable=False),
        sa.Column("days_since", sa.BigInteger(), nullable=False),
        sa.Column("purchases", sa.BigInteger(), nullable=True),
        sa.Column("spend", sa.Double(), nullable=True),
        sa.Column("return_probability", sa.Double(), nullable=True),
        sa.Column("value_if_returns", sa.Double(), nullable=True),
        sa.Column("expected_return_value", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_lapsed_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_lapsed_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "customer_id", name=op.f("pk_lapsed")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "list_entries",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sql_types.KeyText(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("note", sql_types.LongText(), nullable=False),
        sa.Column("owner", sql_types.LongText(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("added_at", sql_types.UtcTime(), nullable=False),
        sa.Column("changed_at", sql_types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_entries_list_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_list_entries_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "list_id", "customer_id", name=op.f("pk_list_entries")),
    )
    op.create_index("ix_list_entries_by_customer", "list_entries", ["tenant_id", "customer_id"], unique=False)
    op.drop_index(op.f("ix_predictions_by_churn_probability"), table_name="predictions")
    op.drop_index(op.f("ix_predictions_by_expected_value"), table_name="predictions")
    op.drop_index(op.f("ix_predictions_by_revenue_at_risk"), table_name="predictions")
    op.add_column("runs", sa.Column("changed_at", sql_types.UtcTime(), nullable=True))
