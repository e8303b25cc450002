"""The stage `decide`: predictions, values and segments in, the ranked list and the plan out."""

from typing import Any

import polars as pl

from holdfast.decisions.customers import decide as decide_customers
from holdfast.decisions.customers import decision_totals
from holdfast.decisions.eligibility import in_agreement, worth_an_offer
from holdfast.decisions.plan import make_plan
from holdfast.formatting import plural
from holdfast.models.segments.strategies import segment_summary
from holdfast.pipeline.workspace import Workspace

PREDICTION_COLUMNS = (
    "customer_id",
    "cutoff",
    "churn_probability",
    "risk_band",
    "expected_value",
    "value_low",
    "value_high",
    "value_if_stays",
    "revenue_at_risk",
    "priority",
    "segment",
    "cluster",
    "expected_next_date",
    "next_best_action",
    "action_owner",
    "action_days",
    "action_why",
    "offer",
    "offer_cost",
    "offer_gain",
    "reason_1",
    "reason_2",
    "reason_3",
)


def decide(workspace: Workspace) -> str:
    """Risk bands, revenue at risk, priorities, next best actions; and the plan within the budget."""
    project = workspace.settings
    base_rate = workspace.json("metrics.json")["target"]["base_rate"]
    segments = workspace.table("segment_assignments.parquet")
    frame = (
        workspace.table("churn.parquet")
        .join(workspace.table("value.parquet"), on="customer_id", how="left", maintain_order="left")
        .join(segments.select("customer_id", "segment", "cluster"), on="customer_id", how="left", maintain_order="left")
    )
    still_here = frame.filter(~pl.col("has_left"))
    decided = decide_customers(still_here, project, base_rate)
    plan = make_plan(worth_an_offer(decided), project.decisions, project.currency)
    decided = in_agreement(decided, plan.table)
    predictions = decided.select(name for name in PREDICTION_COLUMNS if name in decided.columns).sort("priority")
    workspace.keep_table("predictions.parquet", predictions)
    workspace.keep_table("plan.parquet", plan.table)
    totals = decision_totals(decided, project, base_rate)
    workspace.keep_json("reports/decisions.json", totals)
    workspace.keep_json("reports/plan.json", plan.totals)
    spent_by = segments.join(predictions, on="customer_id", how="inner", suffix="_decided", maintain_order="left")
    workspace.keep_table(
        "segments.csv", _with_strategies(segment_summary(spent_by), workspace.json("segment_strategies.json"))
    )
    at_risk = totals["revenue_at_risk"]["value"]
    ranked = f"{plural(predictions.height, 'customer')} ranked"
    return f"{ranked}; {at_risk:,.0f} {project.currency} at risk; {plan.table.height:,} in the plan"


def _with_strategies(summary: pl.DataFrame, strategies: list[dict[str, Any]]) -> pl.DataFrame:
    if not strategies:
        return summary
    return summary.join(pl.DataFrame(strategies), on="segment", how="left", maintain_order="left")
