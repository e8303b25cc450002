"""How many customers a churn rule would ask about at a cutoff, and how many of them left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from holdfast.project import ChurnRule, Project


@dataclass(frozen=True)
class Outcomes:
    """Who was asked about at one cutoff, by customer id."""

    cutoff: datetime
    asked: pl.Series
    left: pl.Series

    @property
    def stayed(self) -> pl.Series:
        return self.asked.filter(~self.asked.is_in(self.left.implode()))


def activity_tables(tables: Mapping[str, pl.DataFrame], project: Project) -> list[str]:
    """The event tables that show that a customer is alive: as the settings name them, else all."""
    events = [name for name, frame in tables.items() if "happened_at" in frame.columns]
    named = [name for name in project.churn.activity if name in events]
    return named or events


def activity(tables: Mapping[str, pl.DataFrame], project: Project) -> pl.DataFrame:
    """(n, 3) customer_id, happened_at, known_at of all activity; giving goods back is none."""
    parts = []
    for name in activity_tables(tables, project):
        rows = tables[name].lazy()
        if "is_return" in tables[name].columns:
            rows = rows.filter(~pl.col("is_return").fill_null(False))
        parts.append(rows.select("customer_id", "happened_at", "known_at"))
    if not parts:
        return pl.DataFrame(
            schema={"customer_id": pl.String, **dict.fromkeys(("happened_at", "known_at"), pl.Datetime("us", "UTC"))}
        )
    return pl.concat(parts).collect()


def outcomes(tables: Mapping[str, pl.DataFrame], project: Project, seen: pl.DataFrame, cutoff: datetime) -> Outcomes:
    """Who is asked about at a cutoff, and who left in the horizon after it.

    Args:
        tables: the cleaned tables.
        project: its churn rule (inactivity or end date), horizon and `active_within_days`.
        seen: all activity, from `activity`.
        cutoff: midnight, UTC.
    """
    horizon = timedelta(days=project.churn.horizon_days)
    before = seen.filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)
    if project.churn.active_within_days is not None:
        before = before.filter(pl.col("happened_at") >= cutoff - timedelta(days=project.churn.active_within_days))
    asked = before["customer_id"].unique()
    if project.churn.rule is ChurnRule.END_DATE:
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
