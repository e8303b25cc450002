"""The stage `segment`: purchases or contracts in, a named segment and a group by behaviour for each customer out."""

from collections.abc import Mapping

import polars as pl

from holdfast.cutoffs.money import revenue_by_customer
from holdfast.cutoffs.schedule import Schedule
from holdfast.decisions.risk import RiskBands, risk_bands
from holdfast.models.clv.rfm_summary import summarise_purchases
from holdfast.models.segments.assign import assign_segments, fit_segments
from holdfast.models.segments.strategies import strategies_for
from holdfast.pipeline.of_totals.stages import moment_of, summary_of
from holdfast.pipeline.value import purchases_of
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings, Shape


def segment(workspace: Workspace) -> str:
    """Assign a named segment to each customer, and a group by behaviour beside it."""
    settings, tables = workspace.settings, workspace.activity_and_money()
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    bands = risk_bands(settings.decisions, workspace.json("metrics.json")["target"]["base_rate"])
    churn = workspace.table("churn.parquet")
    customers = customers_to_segment(churn, bands, tables, settings, schedule)
    cutoff = schedule.scoring if schedule else moment_of(workspace) if settings.shape is Shape.TOTALS else None
    if schedule is None and cutoff is not None:
        customers = customers.hstack(
            summary_of(tables["customers"], customers, cutoff).drop("customer_id").get_columns()
        )
    models = fit_segments(customers, cutoff=cutoff, seed=settings.training.seed)
    assigned, groups = assign_segments(models, customers, cutoff), models.groups
    received = revenue_by_customer(tables, settings, cutoff) if cutoff else None
    if received is not None:
        assigned = assigned.join(received, on="customer_id", how="left", maintain_order="left")
        assigned = assigned.with_columns(pl.col("revenue").fill_null(0.0))
    workspace.keep_table("segment_assignments.parquet", assigned)
    workspace.keep_model("models/segments/", models.to_files())
    workspace.keep_model("models/risk_bands/", bands.to_files())
    workspace.keep_json("segment_strategies.json", strategies_for(_risk_of(assigned, churn["has_left"], bands)))
    workspace.keep_json(
        "reports/segments.json",
        {
            "clusters": groups.groups,
            "silhouette": dict(groups.silhouette),
            "inertia": dict(groups.inertia),
            "elbow": groups.elbow,
        },
    )
    return f"{assigned['segment'].n_unique()} named segments; {groups.groups} groups by behaviour"


def _risk_of(assigned: pl.DataFrame, has_left: pl.Series, bands: RiskBands) -> dict[str, str]:
    """The band of each segment's mean probability of leaving, of the customers who have not left."""
    present = assigned.select("segment", "churn_probability").with_columns(has_left)
    # A segment all of whose customers have left is on no list; its risk is that of everyone in it.
    means = present.group_by("segment").agg(
        pl.coalesce(
            pl.col("churn_probability").filter(~pl.col("has_left")).mean(), pl.col("churn_probability").mean()
        ).alias("mean")
    )
    return dict(means.select("segment", bands.of(pl.col("mean"))).sort("segment").iter_rows())


def customers_to_segment(
    churn: pl.DataFrame,
    bands: RiskBands,
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    schedule: Schedule | None,
) -> pl.DataFrame:
    """What segments are assigned by, as `models.segments.assign` reads it, in the order of `churn`.

    Args:
        churn: customer_id, churn_probability.
        bands: of the run.
        tables: cleaned.
        settings: which tables hold purchases.
        schedule: None for a snapshot.
    """
    contract = [name for name in ("monthly_amount", "tenure_months") if name in tables["customers"].columns]
    customers = churn.select(
        "customer_id", "churn_probability", bands.of(pl.col("churn_probability")).alias("risk_band")
    ).join(tables["customers"].select("customer_id", *contract), on="customer_id", how="left", maintain_order="left")
    purchases = purchases_of(tables, settings)
    if schedule is None or purchases is None:
        return customers
    summary = summarise_purchases(purchases, schedule.scoring)
    return customers.join(summary, on="customer_id", how="left", maintain_order="left")
