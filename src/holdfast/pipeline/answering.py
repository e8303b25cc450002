"""The answering stages: what each customer is worth, which segment, what to do, whom to treat."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from holdfast.decisions.decide import decide, decision_totals
from holdfast.decisions.plan import make_plan
from holdfast.decisions.recommend import in_agreement, worth_an_offer
from holdfast.models.clv.estimate import estimate_value
from holdfast.models.clv.fitted import ValueInputs
from holdfast.models.clv.purchases import summarise_purchases
from holdfast.models.segments.contracts import ContractSegments, fit_contract_segments
from holdfast.models.segments.kmeans import KMeansSegments, fit_kmeans
from holdfast.models.segments.rfm import FILE as RFM_FILE
from holdfast.models.segments.rfm import RfmSegments, fit_rfm
from holdfast.models.segments.strategies import segment_summary, strategies_for
from holdfast.pipeline.desk import Desk
from holdfast.pipeline.moments import schedule_from
from holdfast.project import Project
from holdfast.timeline import Schedule
from holdfast.words import plural

# A snapshot knows no time: its value needs only the length of the horizon.
TIMELESS = Schedule(datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC), ())

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


def purchases_of(tables: dict[str, pl.DataFrame], project: Project) -> pl.DataFrame | None:
    """The project's purchases with an amount, all purchase tables together; None where there are none."""
    held = [
        tables[name]
        for name, table in project.tables.items()
        if table.holds == "transactions" and name in tables and "amount" in tables[name].columns
    ]
    return pl.concat(held, how="diagonal_relaxed") if held else None


def estimate_worth(desk: Desk) -> str:
    """What each customer is worth over the value horizon."""
    project, tables = desk.project, desk.tables("tables/")
    schedule = schedule_from(desk.json("timeline.json"), project)
    training = desk.table("training.parquet")
    inputs = ValueInputs(
        rows=desk.table("features.parquet"),
        schedule=schedule or TIMELESS,
        transactions=purchases_of(tables, project) if schedule else None,
        history=training.drop("left", "spend", "purchases") if schedule else None,
        customers=tables["customers"],
        churn=desk.table("churn.parquet").select("customer_id", "churn_probability"),
    )
    estimate = estimate_value(inputs, project)
    desk.keep_table("value.parquet", estimate.frame)
    desk.keep_json("reports/value.json", estimate.metrics)
    desk.keep_model("models/value/", estimate.fitted.to_files())
    total = estimate.frame["expected_value"].sum()
    if estimate.frame["expected_value"].drop_nulls().is_empty():
        return "no value known: the records hold neither purchases with an amount nor a monthly amount"
    return f"{total:,.0f} {project.currency} expected in {project.value.horizon_days} days ({estimate.metrics['way']})"


def assign_segments(desk: Desk) -> str:
    """Name the customers' segments; fit groups by behaviour beside them."""
    project, tables = desk.project, desk.tables("tables/")
    schedule = schedule_from(desk.json("timeline.json"), project)
    churn = desk.table("churn.parquet").select("customer_id", "churn_probability")
    answers = decide(churn, project, desk.json("metrics.json")["target"]["base_rate"])
    purchases = purchases_of(tables, project)
    if schedule is not None and purchases is not None:
        summary = _summary(answers, purchases, schedule)
        by_purchases = fit_rfm(summary, schedule.scoring)
        assigned, files = by_purchases.assign(summary, schedule.scoring), by_purchases.to_files()
        told_by: tuple[str, ...] = ("recency_days", "purchases", "spent")
    else:
        frame = _contract_columns(answers, tables["customers"])
        by_contract = fit_contract_segments(frame)
        assigned, files = _with_contract(by_contract, answers, tables["customers"]), by_contract.to_files()
        told_by = tuple(name for name in frame.columns if name not in {"customer_id", "risk_band"})
    grouped = fit_kmeans(assigned, told_by, seed=project.training.seed)
    files |= grouped.to_files()
    assigned = _with_clusters(grouped, assigned.with_columns(answers["churn_probability"]))
    desk.keep_table("segment_assignments.parquet", assigned)
    desk.keep_model("models/segments/", files)
    desk.keep_json("segment_strategies.json", strategies_for(assigned["segment"].unique().to_list()))
    desk.keep_json(
        "reports/segments.json",
        {
            "clusters": grouped.groups,
            "silhouette": dict(grouped.silhouette),
            "inertia": dict(grouped.inertia),
            "elbow": grouped.elbow,
        },
    )
    return f"{assigned['segment'].n_unique()} named segments; {grouped.groups} groups by behaviour"


def named_segments(
    files: Mapping[str, bytes],
    answers: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
    project: Project,
    schedule: Schedule | None,
) -> pl.DataFrame:
    """Segments by what an earlier run learnt.

    Args:
        files: of models/segments/.
        answers: customer_id, churn_probability and risk_band of the customers to name.
        tables: cleaned.
        schedule: None for a snapshot.

    Returns:
        customer_id, segment, cluster and what they were told by, one a row of `answers`.
    """
    purchases = purchases_of(tables, project)
    if RFM_FILE in files and schedule is not None and purchases is not None:
        assigned = RfmSegments.from_files(files).assign(_summary(answers, purchases, schedule), schedule.scoring)
        assigned = assigned.with_columns(answers["churn_probability"])
    else:
        assigned = _with_contract(ContractSegments.from_files(files), answers, tables["customers"])
    return _with_clusters(KMeansSegments.from_files(files), assigned)


def _with_clusters(grouped: KMeansSegments, assigned: pl.DataFrame) -> pl.DataFrame:
    clusters = grouped.assign(assigned)
    return assigned.with_columns(clusters["cluster"], clusters["cluster_name"])


def _summary(answers: pl.DataFrame, purchases: pl.DataFrame, schedule: Schedule) -> pl.DataFrame:
    known = summarise_purchases(purchases, schedule.scoring)
    return answers.select("customer_id").join(known, on="customer_id", how="left", maintain_order="left")


def _contract_columns(answers: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    known = [name for name in ("monthly_amount", "tenure_months") if name in customers.columns]
    return answers.select("customer_id", "churn_probability", "risk_band").join(
        customers.select("customer_id", *known), on="customer_id", how="left", maintain_order="left"
    )


def _with_contract(fitted: ContractSegments, answers: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    frame = _contract_columns(answers, customers)
    return fitted.assign(frame).with_columns(
        frame[name] for name in frame.columns if name not in {"customer_id", "risk_band"}
    )


def decide_for_each(desk: Desk) -> str:
    """Risk bands, revenue at risk, priorities, next best actions; and the plan within the budget."""
    project = desk.project
    base_rate = desk.json("metrics.json")["target"]["base_rate"]
    segments = desk.table("segment_assignments.parquet")
    frame = (
        desk.table("churn.parquet")
        .join(desk.table("value.parquet"), on="customer_id", how="left", maintain_order="left")
        .join(segments.select("customer_id", "segment", "cluster"), on="customer_id", how="left", maintain_order="left")
    )
    still_here = frame.filter(~pl.col("has_left"))
    decided = decide(still_here, project, base_rate)
    plan = make_plan(worth_an_offer(decided), project.decisions, project.currency)
    decided = in_agreement(decided, plan.table)
    predictions = decided.select(name for name in PREDICTION_COLUMNS if name in decided.columns).sort("priority")
    desk.keep_table("predictions.parquet", predictions)
    desk.keep_table("plan.parquet", plan.table)
    totals = decision_totals(decided, project, base_rate)
    desk.keep_json("reports/decisions.json", totals)
    desk.keep_json("reports/plan.json", plan.totals)
    spent_by = segments.join(predictions, on="customer_id", how="inner", suffix="_decided", maintain_order="left")
    desk.keep_table("segments.csv", _with_strategies(segment_summary(spent_by), desk.json("segment_strategies.json")))
    at_risk = totals["revenue_at_risk"]["value"]
    ranked = f"{plural(predictions.height, 'customer')} ranked"
    return f"{ranked}; {at_risk:,.0f} {project.currency} at risk; {plan.table.height:,} in the plan"


def _with_strategies(summary: pl.DataFrame, strategies: list[dict[str, Any]]) -> pl.DataFrame:
    if not strategies:
        return summary
    return summary.join(pl.DataFrame(strategies), on="segment", how="left", maintain_order="left")
