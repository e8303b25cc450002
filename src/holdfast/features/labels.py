"""Whom a cutoff asks about, and what became of them.

    population(tables, project, cutoff) -> pl.Series            customer ids, sorted
    outcomes(tables, project, cutoff, horizon_days=None) -> pl.DataFrame(customer_id, left, spend, purchases)
    snapshot_moment(tables, project) -> datetime | None          the cutoff of a labelled snapshot

Population looks before the cutoff only, outcomes at `[cutoff, cutoff + horizon)`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.payments import was_paid
from holdfast.project import FILE_NAME, ChurnRule, Project
from holdfast.quality.leavers import activity
from holdfast.quality.span import event_span
from holdfast.timeline import day_after

Tables = Mapping[str, pl.DataFrame]
QUIET = timedelta(days=7)  # how long before the project's cutoff the last event may lie
OUTCOMES: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "left": pl.Boolean(),
    "spend": pl.Float64(),
    "purchases": pl.Int64(),
}


def population(tables: Tables, project: Project, cutoff: datetime | None) -> pl.Series:
    """Who is a customer at the cutoff: begun, not ended, and seen where the churn rule asks for it.

    Args:
        tables: the cleaned tables.
        project: its churn rule, `activity` and `active_within_days`.
        cutoff: UTC; not looked at under the rule `label`, where every row of customers is asked about.

    Returns:
        Sorted customer ids. Under `inactivity`, those with an activity known before the cutoff (within
        `active_within_days` where set). Under `end_date`, those signed up before the cutoff; where the sign-up is
        not known, those with an activity before it. Nobody who signs up at the cutoff or later, or ended before it.
    """
    customers = tables["customers"]
    if project.churn.rule is ChurnRule.LABEL or cutoff is None:
        return customers["customer_id"].sort()
    seen = activity(tables, project).filter(
        pl.col("happened_at") < cutoff, pl.coalesce("known_at", "happened_at") < cutoff
    )
    within = project.churn.active_within_days
    if within is not None:
        seen = seen.filter(pl.col("happened_at") >= cutoff - timedelta(days=within))
    was_seen = pl.col("customer_id").is_in(seen["customer_id"].unique().implode())
    began = pl.col("signed_up_at") if "signed_up_at" in customers.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    ended = pl.col("ended_at") if "ended_at" in customers.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    there = [began.is_null() | (began < cutoff), ended.is_null() | (ended >= cutoff)]
    if project.churn.rule is ChurnRule.INACTIVITY or within is not None:
        there.append(was_seen)
    else:
        there.append(began.is_not_null() | was_seen)
        own = [column for column in customers.columns if column != "customer_id"]
        # An id that stands in events only has no end date to be told by: it is a mistyped id, not a customer.
        there.append(pl.any_horizontal(pl.col(own).is_not_null()) if own else pl.lit(value=True))
    return customers.filter(*there)["customer_id"].sort()


def outcomes(
    tables: Tables, project: Project, cutoff: datetime | None, horizon_days: int | None = None
) -> pl.DataFrame:
    """What became of each customer of the population within the horizon.

    Args:
        tables: the cleaned tables.
        project: its churn rule and horizon.
        cutoff: UTC; not looked at under the rule `label`.
        horizon_days: for spend and purchases; `churn.horizon_days` where not given. `left` is always about the latter.

    Returns:
        customer_id, sorted; left; spend (currency, returns taken off, never below 0) and purchases (orders), null
        where no table tells. Under `label`: those whose label is known, spend and purchases null.

    Raises:
        HoldfastError: the horizon ends after the records do, or a column that the rule needs is missing.
    """
    customers = tables["customers"]
    rule = project.churn.rule
    if rule is ChurnRule.LABEL or cutoff is None:
        _need(customers, "label", "flag")
        known = customers.filter(pl.col("label").is_not_null()).sort("customer_id")
        unknown = (pl.lit(None, pl.Float64).alias("spend"), pl.lit(None, pl.Int64).alias("purchases"))
        return known.select("customer_id", pl.col("label").alias("left"), *unknown).cast(OUTCOMES)  # type: ignore[arg-type]
    churn_end = cutoff + timedelta(days=project.churn.horizon_days)
    value_end = cutoff + timedelta(days=horizon_days or project.churn.horizon_days)
    _closed(tables, project, cutoff, max(churn_end, value_end))
    asked = population(tables, project, cutoff)
    rows = pl.DataFrame({"customer_id": asked})
    if rule is ChurnRule.END_DATE:
        _need(customers, "ended_at", "time")
        ended = customers.filter(pl.col("ended_at") >= cutoff, pl.col("ended_at") < churn_end)["customer_id"]
        left = pl.col("customer_id").is_in(ended.implode())
    else:
        seen = activity(tables, project).filter(pl.col("happened_at") >= cutoff, pl.col("happened_at") < churn_end)
        left = ~pl.col("customer_id").is_in(seen["customer_id"].unique().implode())
    rows = rows.with_columns(left.alias("left"))
    spent = _spend(tables, project, cutoff, value_end)
    if spent is None:
        rows = rows.with_columns(pl.lit(None).alias("spend"), pl.lit(None).alias("purchases"))
    else:
        rows = rows.join(spent, on="customer_id", how="left", maintain_order="left").with_columns(
            pl.col("spend", "purchases").fill_null(0)
        )
    return rows.cast(OUTCOMES)  # type: ignore[arg-type]


def snapshot_moment(tables: Tables, project: Project) -> datetime | None:
    """The moment that a labelled snapshot speaks of: the project's cutoff, else the day after its latest time.

    Looks at events and sign-ups; None where there are none.
    """
    if project.cutoff is not None:
        return datetime.combine(project.cutoff, time(), UTC)
    span = event_span(tables)
    customers = tables["customers"]
    signed_up = customers["signed_up_at"].max() if "signed_up_at" in customers.columns else None
    latest = [moment for moment in (span.last if span else None, signed_up) if isinstance(moment, datetime)]
    return day_after(max(latest)) if latest else None


def _need(customers: pl.DataFrame, column: str, kind: str) -> None:
    if column not in customers.columns:
        raise HoldfastError(
            f"customers: no column {column}, which the churn rule asks for; there are: {', '.join(customers.columns)}.",
            mend=f'In {FILE_NAME}: tables.YOUR_CUSTOMERS.columns.{column}: {{from: "YOUR COLUMN", kind: {kind}}}, '
            "or choose another churn.rule.",
        )


def _closed(tables: Tables, project: Project, cutoff: datetime, end: datetime) -> None:
    span = event_span(tables)
    last = day_after(span.last) if span else None
    if last and project.cutoff:
        # A business may be quiet on its last days: its own cutoff then says how far the records reach.
        said = datetime.combine(project.cutoff, time(), UTC)
        last = said if last < said <= last + QUIET else last
    if last is None or end > last:
        until = f"reach until {last:%Y-%m-%d}" if last else "hold no events"
        newest = f"{last - (end - cutoff):%Y-%m-%d}" if last else "a day that the records cover"
        raise HoldfastError(
            f"What becomes of customers after {cutoff:%Y-%m-%d} is not known: the horizon of "
            f"{(end - cutoff).days} days ends on {end:%Y-%m-%d}, the records {until}.",
            mend=f"Choose a cutoff at or before {newest}, or a shorter horizon_days in {FILE_NAME}.",
        )


def _spend(tables: Tables, project: Project, start: datetime, end: datetime) -> pl.DataFrame | None:
    """customer_id, spend, purchases within `[start, end)`, from transactions, else payments; None without either."""
    for holds in ("transactions", "payments"):
        paid = [
            _paid(tables[name].filter(pl.col("happened_at") >= start, pl.col("happened_at") < end), name)
            for name, settings in project.tables.items()
            if settings.holds == holds and name in tables
        ]
        if paid:
            # Sorted, so that sums of floats do not depend on the order of rows.
            money = pl.concat(paid).sort("customer_id", "order", "amount")
            return money.group_by("customer_id", maintain_order=True).agg(
                pl.col("amount").sum().clip(0.0).alias("spend"),
                pl.col("order").filter("bought").n_unique().alias("purchases"),
            )
    return None


def _paid(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """customer_id, amount (negative for money given back), order, bought."""
    back = pl.col("is_return").fill_null(False) if "is_return" in rows.columns else pl.lit(False)
    amount = pl.col("amount").fill_nan(None).fill_null(0.0) if "amount" in rows.columns else pl.lit(None, pl.Float64)
    lines = rows.filter(was_paid(rows)).with_row_index("_line")
    order = pl.format("{}:{}", pl.lit(name), pl.col("_line"))
    if "order_id" in rows.columns:
        order = pl.coalesce(pl.format("{}:{}", pl.lit(name), pl.col("order_id")), order)
    return lines.select(
        "customer_id",
        pl.when(back).then(-amount.abs()).otherwise(amount).alias("amount"),
        order.alias("order"),
        (~back & (amount.is_null() | (amount >= 0))).alias("bought"),
    )
