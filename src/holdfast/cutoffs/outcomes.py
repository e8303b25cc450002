"""Whom a cutoff asks about, and what became of them.

    population(tables, project, cutoff) -> pl.Series            customer ids, sorted
    outcomes(tables, project, cutoff, horizon_days=None) -> pl.DataFrame(customer_id, left, spend, purchases)
    snapshot_moment(tables, project) -> datetime | None          the cutoff of a labelled snapshot

Population looks before the cutoff only, outcomes at `[cutoff, cutoff + horizon)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import polars as pl

from holdfast.cutoffs.schedule import day_after
from holdfast.cutoffs.span import event_span
from holdfast.errors import HoldfastError
from holdfast.settings import FILE_NAME, ChurnRule, Settings


@dataclass(frozen=True)
class Outcomes:
    """Who was asked about at one cutoff, by customer id."""

    cutoff: datetime
    asked: pl.Series
    left: pl.Series

    @property
    def stayed(self) -> pl.Series:
        return self.asked.filter(~self.asked.is_in(self.left.implode()))


def activity_tables(tables: Mapping[str, pl.DataFrame], settings: Settings) -> list[str]:
    """The event tables that show that a customer is alive: as the settings name them, else all."""
    events = [name for name, frame in tables.items() if "happened_at" in frame.columns]
    named = [name for name in settings.churn.activity if name in events]
    return named or events


def activity(tables: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame:
    """(n, 3) customer_id, happened_at, known_at of all activity; giving goods back is none."""
    parts = []
    for name in activity_tables(tables, settings):
        rows = tables[name].lazy()
        if "is_return" in tables[name].columns:
            rows = rows.filter(~pl.col("is_return").fill_null(False))
        parts.append(rows.select("customer_id", "happened_at", "known_at"))
    if not parts:
        return pl.DataFrame(
            schema={"customer_id": pl.String, **dict.fromkeys(("happened_at", "known_at"), pl.Datetime("us", "UTC"))}
        )
    return pl.concat(parts).collect()


def readiness_outcomes(
    tables: Mapping[str, pl.DataFrame], settings: Settings, seen: pl.DataFrame, cutoff: datetime
) -> Outcomes:
    """Who is asked about at a cutoff, and who left in the horizon after it.

    Args:
        tables: the cleaned tables.
        settings: its churn rule (inactivity or end date), horizon and `active_within_days`.
        seen: all activity, from `activity`.
        cutoff: midnight, UTC.
    """
    horizon = timedelta(days=settings.churn.horizon_days)
    before = seen.filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)
    if settings.churn.active_within_days is not None:
        before = before.filter(pl.col("happened_at") >= cutoff - timedelta(days=settings.churn.active_within_days))
    asked = before["customer_id"].unique()
    if settings.churn.rule is ChurnRule.END_DATE:
        return _by_end_date(tables["customers"], asked, cutoff, cutoff + horizon)
    asked = asked.filter(~asked.is_in(_elsewhere(tables["customers"], cutoff).implode()))
    after = seen.filter(pl.col("happened_at") >= cutoff, pl.col("happened_at") < cutoff + horizon)
    return Outcomes(cutoff, asked, asked.filter(~asked.is_in(after["customer_id"].unique().implode())))


def _elsewhere(customers: pl.DataFrame, cutoff: datetime) -> pl.Series:
    """Customers who sign up at the cutoff or later, or had ended before it, whatever events they have."""
    gone = [pl.lit(value=False)]
    if "signed_up_at" in customers.columns:
        gone.append(pl.col("signed_up_at") >= cutoff)
    if "ended_at" in customers.columns:
        gone.append(pl.col("ended_at") < cutoff)
    return customers.filter(pl.any_horizontal(gone).fill_null(False))["customer_id"]


def _by_end_date(customers: pl.DataFrame, active: pl.Series, start: datetime, end: datetime) -> Outcomes:
    there = pl.col("customer_id").is_in(active.implode())
    if "signed_up_at" in customers.columns:
        there |= pl.col("signed_up_at") < start
    if "ended_at" not in customers.columns:
        return Outcomes(start, active, active.clear())
    asked = customers.filter(there, pl.col("ended_at").is_null() | (pl.col("ended_at") >= start))
    return Outcomes(start, asked["customer_id"], asked.filter(pl.col("ended_at") < end)["customer_id"])


FAILED_WORDS = ("failed", "declined", "rejected", "unpaid", "error", "overdue")


def was_paid(rows: pl.DataFrame) -> pl.Expr:
    """Whether each payment went through; payments that say nothing did."""
    paid = pl.lit(True)
    if rows.schema.get("failed") == pl.Boolean():
        paid = paid & ~pl.col("failed").fill_null(False)
    elif rows.schema.get("status") == pl.String():
        paid = paid & ~pl.col("status").str.to_lowercase().is_in(list(FAILED_WORDS)).fill_null(False)
    return paid


Tables = Mapping[str, pl.DataFrame]


QUIET = timedelta(days=7)  # how long before the project's cutoff the last event may lie


OUTCOMES: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "left": pl.Boolean(),
    "spend": pl.Float64(),
    "purchases": pl.Int64(),
}


def population(tables: Tables, settings: Settings, cutoff: datetime | None) -> pl.Series:
    """Who is a customer at the cutoff: begun, not ended, and seen where the churn rule asks for it.

    Args:
        tables: the cleaned tables.
        settings: its churn rule, `activity` and `active_within_days`.
        cutoff: UTC; not looked at under the rule `label`, where every row of customers is asked about.

    Returns:
        Sorted customer ids. Under `inactivity`, those with an activity known before the cutoff (within
        `active_within_days` where set). Under `end_date`, those signed up before the cutoff; where the sign-up is
        not known, those with an activity before it. Nobody who signs up at the cutoff or later, or ended before it.
    """
    customers = tables["customers"]
    if settings.churn.rule is ChurnRule.LABEL or cutoff is None:
        return customers["customer_id"].sort()
    seen = activity(tables, settings).filter(
        pl.col("happened_at") < cutoff, pl.coalesce("known_at", "happened_at") < cutoff
    )
    within = settings.churn.active_within_days
    if within is not None:
        seen = seen.filter(pl.col("happened_at") >= cutoff - timedelta(days=within))
    was_seen = pl.col("customer_id").is_in(seen["customer_id"].unique().implode())
    began = pl.col("signed_up_at") if "signed_up_at" in customers.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    ended = pl.col("ended_at") if "ended_at" in customers.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    there = [began.is_null() | (began < cutoff), ended.is_null() | (ended >= cutoff)]
    if settings.churn.rule is ChurnRule.INACTIVITY or within is not None:
        there.append(was_seen)
    else:
        there.append(began.is_not_null() | was_seen)
        own = [column for column in customers.columns if column != "customer_id"]
        # An id that stands in events only has no end date to be told by: it is a mistyped id, not a customer.
        there.append(pl.any_horizontal(pl.col(own).is_not_null()) if own else pl.lit(value=True))
    return customers.filter(*there)["customer_id"].sort()


def outcomes(
    tables: Tables, settings: Settings, cutoff: datetime | None, horizon_days: int | None = None
) -> pl.DataFrame:
    """What became of each customer of the population within the horizon.

    Args:
        tables: the cleaned tables.
        settings: its churn rule and horizon.
        cutoff: UTC; not looked at under the rule `label`.
        horizon_days: for spend and purchases; `churn.horizon_days` where not given. `left` is always about the latter.

    Returns:
        customer_id, sorted; left; spend (currency, returns taken off, never below 0) and purchases (orders), null
        where no table tells. Under `label`: those whose label is known, spend and purchases null.

    Raises:
        HoldfastError: the horizon ends after the records do, or a column that the rule needs is missing.
    """
    customers = tables["customers"]
    rule = settings.churn.rule
    if rule is ChurnRule.LABEL or cutoff is None:
        _need(customers, "label", "flag")
        known = customers.filter(pl.col("label").is_not_null()).sort("customer_id")
        unknown = (pl.lit(None, pl.Float64).alias("spend"), pl.lit(None, pl.Int64).alias("purchases"))
        return known.select("customer_id", pl.col("label").alias("left"), *unknown).cast(OUTCOMES)  # type: ignore[arg-type]
    churn_end = cutoff + timedelta(days=settings.churn.horizon_days)
    value_end = cutoff + timedelta(days=horizon_days or settings.churn.horizon_days)
    _closed(tables, settings, cutoff, max(churn_end, value_end))
    asked = population(tables, settings, cutoff)
    rows = pl.DataFrame({"customer_id": asked})
    if rule is ChurnRule.END_DATE:
        _need(customers, "ended_at", "time")
        ended = customers.filter(pl.col("ended_at") >= cutoff, pl.col("ended_at") < churn_end)["customer_id"]
        left = pl.col("customer_id").is_in(ended.implode())
    else:
        seen = activity(tables, settings).filter(pl.col("happened_at") >= cutoff, pl.col("happened_at") < churn_end)
        left = ~pl.col("customer_id").is_in(seen["customer_id"].unique().implode())
    rows = rows.with_columns(left.alias("left"))
    spent = _spend(tables, settings, cutoff, value_end)
    if spent is None:
        rows = rows.with_columns(pl.lit(None).alias("spend"), pl.lit(None).alias("purchases"))
    else:
        rows = rows.join(spent, on="customer_id", how="left", maintain_order="left").with_columns(
            pl.col("spend", "purchases").fill_null(0)
        )
    return rows.cast(OUTCOMES)  # type: ignore[arg-type]


def snapshot_moment(tables: Tables, settings: Settings) -> datetime | None:
    """The moment that a labelled snapshot speaks of: the project's cutoff, else the day after its latest time.

    Looks at events and sign-ups; None where there are none.
    """
    if settings.cutoff is not None:
        return datetime.combine(settings.cutoff, time(), UTC)
    span = event_span(tables)
    customers = tables["customers"]
    signed_up = customers["signed_up_at"].max() if "signed_up_at" in customers.columns else None
    latest = [moment for moment in (span.last if span else None, signed_up) if isinstance(moment, datetime)]
    return day_after(max(latest)) if latest else None


def _need(customers: pl.DataFrame, column: str, kind: str) -> None:
    if column not in customers.columns:
        raise HoldfastError(
            f"customers: no column {column}, which the churn rule asks for; there are: {', '.join(customers.columns)}.",
            fix=f'In {FILE_NAME}: tables.YOUR_CUSTOMERS.columns.{column}: {{from: "YOUR COLUMN", kind: {kind}}}, '
            "or choose another churn.rule.",
        )


def _closed(tables: Tables, settings: Settings, cutoff: datetime, end: datetime) -> None:
    span = event_span(tables)
    last = day_after(span.last) if span else None
    if last and settings.cutoff:
        # A business may be quiet on its last days: its own cutoff then says how far the records reach.
        said = datetime.combine(settings.cutoff, time(), UTC)
        last = said if last < said <= last + QUIET else last
    if last is None or end > last:
        until = f"reach until {last:%Y-%m-%d}" if last else "hold no events"
        newest = f"{last - (end - cutoff):%Y-%m-%d}" if last else "a day that the records cover"
        raise HoldfastError(
            f"What becomes of customers after {cutoff:%Y-%m-%d} is not known: the horizon of "
            f"{(end - cutoff).days} days ends on {end:%Y-%m-%d}, the records {until}.",
            fix=f"Choose a cutoff at or before {newest}, or a shorter horizon_days in {FILE_NAME}.",
        )


def _spend(tables: Tables, project: Settings, start: datetime, end: datetime) -> pl.DataFrame | None:
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
