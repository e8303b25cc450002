"""The stage `segment`: purchases or contracts in, a named segment and a group by behaviour for each customer out."""

from collections.abc import Mapping

import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.decisions.customers import decide
from holdfast.models.clv.rfm_summary import summarise_purchases
from holdfast.models.segments.contracts import ContractSegments, fit_contract_segments
from holdfast.models.segments.kmeans import KMeansSegments, fit_kmeans
from holdfast.models.segments.rfm import FILE as RFM_FILE
from holdfast.models.segments.rfm import RfmSegments, fit_rfm
from holdfast.models.segments.strategies import strategies_for
from holdfast.pipeline.value import purchases_of
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings


def segment(workspace: Workspace) -> str:
    """Name the customers' segments; fit groups by behaviour beside them."""
    project, tables = workspace.settings, workspace.tables("tables/")
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    churn = workspace.table("churn.parquet").select("customer_id", "churn_probability")
    answers = decide(churn, project, workspace.json("metrics.json")["target"]["base_rate"])
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
    workspace.keep_table("segment_assignments.parquet", assigned)
    workspace.keep_model("models/segments/", files)
    workspace.keep_json("segment_strategies.json", strategies_for(assigned["segment"].unique().to_list()))
    workspace.keep_json(
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
    settings: Settings,
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
    purchases = purchases_of(tables, settings)
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
