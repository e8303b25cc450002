"""Cohorts: the retention triangle of a run, each cell with the customers behind it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from holdfast.reports.cohorts import GREATEST_AGE
from holdfast.service.pages.customers import CustomerQuery
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.run_documents import COHORTS

Period = Literal["month", "week"]


def cohort_page(results: PublishedResults, tenant: str, period: Period, newest: int) -> Mapping[str, Any]:
    """The newest cohorts of the current run.

    Args:
        results: the database.
        tenant: whose.
        period: how long a cohort is.
        newest: so many cohorts.

    Returns:
        run, currency, by (the other period where nothing is old enough for this one), periods (those to choose from),
        counts (what is counted: purchases, subscriptions or events), is_empty_because; cohorts:
        cohort, customers, query and cells (age, period, customers: those who bought, subscribed or were seen,
        retention, revenue, is_complete, query), up to the age of `GREATEST_AGE`.
    """
    run = results.run(tenant)
    triangles: dict[Period, dict[str, list[Any]]] = {by: results.document(run, COHORTS[by]) or {} for by in COHORTS}
    # Records of a month or two make one row of months, which shows nothing.
    periods = [by for by, each in triangles.items() if any(each.get("age", ()))] or [period]
    period = period if period in periods else periods[0]
    triangle = triangles[period]
    names = list(triangle)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*triangle.values(), strict=True)] if names else []
    rows = [row for row in rows if row["cohort"] is not None]  # refunds of who never bought are of no cohort
    begun = sorted({row["cohort"] for row in rows})[-newest:]
    cohorts: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["cohort"] not in begun or row["age"] > GREATEST_AGE:
            continue
        first = date.fromisoformat(row["cohort"])
        entry = cohorts.setdefault(
            row["cohort"],
            {
                "cohort": row["cohort"],
                "customers": row["customers"],
                "query": _query(period, first, None).to_record(),
                "cells": [],
            },
        )
        entry["cells"].append(
            {
                "age": row["age"],
                "period": row["period"],
                "customers": row["active"],
                "retention": row["retention"],
                "revenue": row["revenue"],
                "is_complete": row["is_complete"],
                "query": _query(period, first, row["age"]).to_record(),
            }
        )
    because = None
    if not rows and any(triangle.values()):
        because = "No purchase or payment stands in the records, so there is no first one to group customers by."
    elif not rows:
        because = "The records hold no events, so there is nothing to group customers by."
    return {
        "run": run.name,
        "currency": run.currency,
        "by": period,
        "periods": periods,
        "counts": _counted(results, tenant, rows),
        "is_empty_because": because,
        "cohorts": list(cohorts.values()),
    }


def _counted(results: PublishedResults, tenant: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """What makes a customer one of a cohort and keeps them in it: buying, subscribing, or any record."""
    subscribers = {row["name"]: row["value"] for row in results.table(tenant, "kpis")}.get("running_customers")
    if subscribers is not None:
        return "subscriptions"
    return "purchases" if any(row["revenue"] is not None for row in rows) else "events"


def _query(period: Period, cohort: date, age: int | None) -> CustomerQuery:
    if period == "month":
        return CustomerQuery(who="everyone", cohort_month=cohort, active_month=age)
    return CustomerQuery(who="everyone", cohort_week=cohort, active_week=age)
