"""The stage `decide`: predictions, values and segments in, the ranked list and the plan out."""

import numpy as np
import polars as pl

from holdfast.decisions.amounts import in_cents
from holdfast.decisions.customers import DecisionLimits, decision_totals
from holdfast.decisions.customers import decide as decide_customers
from holdfast.decisions.eligibility import PAID, PlanBasis
from holdfast.decisions.plan import kept_plan
from holdfast.decisions.plan_words import without_promises
from holdfast.decisions.risk import RiskBands
from holdfast.decisions.value_tiers import fit_value_tiers
from holdfast.formatting import plural, short_money
from holdfast.models.segments.strategies import segment_summary, with_strategies
from holdfast.pipeline.workspace import Workspace
from holdfast.stats.columns import rows_at
from holdfast.stats.runs import beside
from holdfast.tables.lifecycle_outputs import LIFECYCLE
from holdfast.tables.outputs import PREDICTIONS


def decide(workspace: Workspace) -> str:
    """Decide about each customer who has not left: risk band, priority, next best action, and the plan."""
    settings = workspace.settings
    segments = workspace.table("segment_assignments.parquet")
    customers = customers_to_decide(
        workspace.table("churn.parquet"), workspace.table("value.parquet"), segments, workspace.table(LIFECYCLE.path)
    )
    customers = customers.filter(~pl.col("has_left"))
    bands = RiskBands.from_files(workspace.model("models/risk_bands/"))
    values = in_cents(customers)["value_if_stays"]
    basis = PlanBasis(bool(workspace.json("metrics.json").get("signal", True)), values.drop_nulls().len() > 0)
    limits = DecisionLimits(bands, fit_value_tiers(values), basis)
    decisions = decide_customers(customers, limits, settings)
    predictions, totals = predictions_of(decisions.table), decision_totals(decisions.table, bands)
    workspace.keep_model("models/value_tiers/", limits.tiers.to_files())
    workspace.keep_model("models/plan_basis/", basis.to_files())
    workspace.keep_table("predictions.parquet", predictions)
    workspace.keep_table("plan.parquet", kept_plan(decisions.plan))
    workspace.keep_json("reports/decisions.json", totals)
    workspace.keep_json("reports/plan.json", without_promises(decisions.plan.totals))
    present = segments.join(predictions, on="customer_id", how="inner", suffix="_decided", maintain_order="left")
    strategies = workspace.json("segment_strategies.json")
    workspace.keep_table("segments.csv", with_strategies(segment_summary(present), strategies))
    at_risk = totals["revenue_at_risk"]["value"]
    ranked = f"{plural(predictions.height, 'customer')} ranked"
    return f"{ranked}; {short_money(at_risk, settings.currency)} at risk; {decisions.plan.table.height:,} in the plan"


def customers_to_decide(
    churn: pl.DataFrame, values: pl.DataFrame, segments: pl.DataFrame, states: pl.DataFrame
) -> pl.DataFrame:
    """Predictions, values, segments and states side by side, as `decisions.customers` reads them, as in `churn`."""
    paid = [name for name in PAID if name in segments.columns]
    rows = churn
    for more in (values, segments[["customer_id", "segment", "cluster", *paid]], states):
        rows = beside(rows, more)
    return rows


def predictions_of(decided: pl.DataFrame) -> pl.DataFrame:
    """The columns of predictions.parquet, first priority first."""
    predictions = decided[PREDICTIONS.names_for(decided)]
    if predictions.height == 1:
        return predictions
    return rows_at(predictions, np.argsort(predictions["priority"].to_numpy()))
