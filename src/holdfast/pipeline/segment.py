"""The stage `segment`: purchases or contracts in, a named segment and a group by behaviour for each customer out."""

from datetime import datetime

import polars as pl

from holdfast.cutoffs.columns import columns_of_amounts
from holdfast.cutoffs.money import revenue_by_customer, revenue_tables
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import Standing, running_contracts
from holdfast.decisions.risk import HIGH, RiskBands, risk_bands
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.segments.assign import assign_segments, fit_segments
from holdfast.models.segments.contracts import ContractSegments
from holdfast.models.segments.strategies import strategies_for
from holdfast.pipeline.of_totals.stages import moment_of, summary_of
from holdfast.pipeline.value import customers_and_subscriptions, purchases_in_turn
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings, Shape
from holdfast.stats.columns import flags
from holdfast.stats.runs import beside
from holdfast.store.run_tables import CustomerRanges


def segment(workspace: Workspace) -> str:
    """Assign a named segment to each customer, and a group by behaviour beside it."""
    settings, records = workspace.settings, workspace.customer_ranges()
    schedule = Schedule.from_record(workspace.json("timeline.json"))
    bands = risk_bands(settings.decisions, workspace.json("metrics.json")["target"]["base_rate"])
    churn = workspace.columns("churn.parquet", ("customer_id", "churn_probability", "has_left", "standing"))
    everybody = records.run.load(columns={"customers": [*records.tables["customers"]]})["customers"]
    purchases = contracts = None
    if schedule is not None:
        tables = customers_and_subscriptions(records, settings)
        contracts = running_contracts(tables, settings, schedule.scoring, as_exported=True)
        purchases = purchases_in_turn(records, settings) if contracts is None else None
    customers = customers_to_segment(churn, bands, everybody, purchases, schedule, contracts)
    cutoff = schedule.scoring if schedule else moment_of(workspace) if settings.shape is Shape.TOTALS else None
    if schedule is None and cutoff is not None:
        customers = customers.hstack(summary_of(everybody, customers, cutoff).drop("customer_id").get_columns())
    models = fit_segments(customers, cutoff=cutoff, seed=settings.training.seed)
    assigned, groups = assign_segments(models, customers, cutoff), models.groups
    received = _revenue(records, settings, cutoff) if cutoff else None
    if received is not None:
        assigned = assigned.join(received, on="customer_id", how="left", maintain_order="left")
        assigned = assigned.with_columns(pl.col("revenue").fill_null(0.0))
    workspace.keep_table("segment_assignments.parquet", assigned)
    workspace.keep_model("models/segments/", models.to_files())
    workspace.keep_model("models/risk_bands/", bands.to_files())
    strategies = strategies_for(
        _risk_of(assigned, churn["has_left"], bands), of_contracts=isinstance(models.named, ContractSegments)
    )
    workspace.keep_json("segment_strategies.json", strategies)
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


def _revenue(records: CustomerRanges, settings: Settings, before: datetime) -> pl.DataFrame | None:
    """`revenue_by_customer`, a range of customers at a time."""
    with_amounts = [name for name, schema in records.tables.items() if "amount" in schema and records.run.height(name)]
    names = revenue_tables(with_amounts, settings)
    columns = columns_of_amounts({name: records.tables[name] for name in names}, settings)
    received = (revenue_by_customer(tables, settings, before, names) for tables in records.in_turn(columns))
    return pl.concat([frame for frame in received if frame is not None], rechunk=True) if names else None


def _risk_of(assigned: pl.DataFrame, has_left: pl.Series, bands: RiskBands) -> dict[str, str]:
    """The band of each segment's mean probability of leaving, of the customers who have not left."""
    present = assigned.select("segment", "churn_probability").with_columns(has_left)
    # A segment all of whose customers have left is on no list; its risk is that of everyone in it.
    means = present.group_by("segment").agg(
        pl.coalesce(
            pl.col("churn_probability").filter(~pl.col("has_left")).mean(), pl.col("churn_probability").mean()
        ).alias("mean")
    )
    means = means.sort("segment")
    return dict(zip(means["segment"], bands.in_words(means["mean"]), strict=True))


def customers_to_segment(
    churn: pl.DataFrame,
    bands: RiskBands,
    everybody: pl.DataFrame,
    purchases: Purchases | None,
    schedule: Schedule | None,
    contracts: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What segments are assigned by, as `models.segments.assign` reads it, in the order of `churn`.

    Args:
        churn: customer_id, churn_probability; standing where it is known: who gave notice counts as high risk.
        bands: of the run.
        everybody: the table of customers.
        purchases: with an amount; None: there are none.
        schedule: None for a snapshot.
        contracts: of `running_contracts`, where people subscribe: segments follow from them whatever was purchased,
            because who pays by the year is not lost 300 days after the last invoice.
    """
    if contracts is not None:
        own = [name for name in ("monthly_amount", "tenure_months") if name in everybody.columns]
        everybody = everybody.drop(own).join(contracts, on="customer_id", how="left", maintain_order="left")
    contract = [name for name in ("monthly_amount", "tenure_months") if name in everybody.columns]
    band = bands.in_words(churn["churn_probability"])
    if "standing" in churn.columns:  # who leaves after the horizon has given notice all the same
        band = band.set(pl.Series(flags(churn["standing"] == Standing.NOTICE.value)), HIGH)
    customers = churn[["customer_id", "churn_probability"]].hstack([band])
    customers = beside(customers, everybody[["customer_id", *contract]])
    if schedule is None or purchases is None or contracts is not None:
        return customers
    return beside(customers, purchases.summary(schedule.scoring))
