"""A subscriber's contract as a page shows it: a run and an id in; plan, price, term and next renewal out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.purchase_words import purchase_words
from holdfast.cutoffs.standings import Standing, standings, subscription_movements
from holdfast.features.terms import term_in_words
from holdfast.service.results_database import PublishedResults, PublishedRun
from holdfast.settings import ChurnRule, Settings
from holdfast.store.run_tables import CustomerRange, RunTables

_RUNS = (Standing.RUNNING, Standing.PAST_DUE)  # what goes on by itself once its term ends
_SAME_DAY = timedelta(days=3)  # months of 28 to 31 days, counted as months of one length


def settings_of(results: PublishedResults, run: PublishedRun) -> Settings | None:
    """The settings that a published run was made with; None where it left none."""
    stored = (results.document(run, "manifest") or {}).get("settings") or {}
    return Settings.model_validate(stored) if "tables" in stored else None


def purchase_called(results: PublishedResults, run: PublishedRun) -> str:
    """What a purchase is called in the business of a run: purchase, or payment where customers subscribe."""
    return purchase_words(settings_of(results, run)).counted


def contract_of(folder: Path | None, settings: Settings | None, customer_id: str, cutoff: datetime | None) -> Any:
    """What a customer subscribes to at the cutoff.

    Args:
        folder: of the run; None: not on this machine.
        settings: of the run; None: not known.
        customer_id: as the run's tables have it.
        cutoff: of the run.

    Returns:
        plan, monthly_amount, term ("monthly"), renews_on, each None where the records do not say it; None where the
        business does not subscribe, or nothing of the customer runs.
    """
    if folder is None or settings is None or cutoff is None or settings.churn.rule is not ChurnRule.SUBSCRIPTION_END:
        return None
    tables = RunTables.of(folder / "tables").load(CustomerRange(customer_id, f"{customer_id}\0"))
    if not any(table.subscriptions is not None and name in tables for name, table in settings.tables.items()):
        return None
    movements = subscription_movements(tables, settings)
    stood = standings(movements, cutoff, as_exported=True)
    if not stood.height or stood["standing"][0] not in {*_RUNS, Standing.NOTICE, Standing.TRIAL}:
        return None
    row = stood.row(0, named=True)
    return {
        "plan": _plan(movements, cutoff),
        "monthly_amount": row["mrr"] or None,
        "term": term_in_words(row["interval_days"]).strip() or None,
        "renews_on": _renews_on(row, _last_payment(tables, settings, cutoff), cutoff),
    }


def _plan(movements: pl.DataFrame, cutoff: datetime) -> str | None:
    """The plan of what began or changed last; None where more than one subscription may run."""
    if "plan" not in movements.columns or movements["subscription_id"].n_unique() > 1:
        return None
    facts = movements.filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff, pl.col("plan").is_not_null())
    return str(facts.sort("happened_at")["plan"][-1]) if facts.height else None


def _last_payment(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime) -> datetime | None:
    days = [
        table.filter(pl.col("amount") > 0, pl.col("happened_at") < cutoff)["happened_at"].max()
        for name, table in tables.items()
        if name in settings.tables and settings.tables[name].holds == "transactions" and "amount" in table.columns
    ]
    return max((day for day in days if isinstance(day, datetime)), default=None)


def _renews_on(row: Mapping[str, Any], paid_at: datetime | None, cutoff: datetime) -> date | None:
    """When the term ends that runs; None where it does not go on by itself, or the last payment tells another day."""
    if row["standing"] not in _RUNS or row["term_left_days"] is None:
        return None
    renews_at = cutoff + timedelta(days=row["term_left_days"])
    began_at = renews_at - timedelta(days=row["interval_days"])
    if paid_at is not None and abs(paid_at - began_at) > _SAME_DAY:
        return None
    return renews_at.date()
