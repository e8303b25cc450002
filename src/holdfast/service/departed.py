"""A customer who has left: the run's tables in; when that was and what the customer brought, in words, out."""

from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.cutoffs.money import revenue_by_customer
from holdfast.cutoffs.standings import standings, subscription_movements
from holdfast.formatting import day, money_to_the_cent
from holdfast.settings import ChurnRule, Settings
from holdfast.store.artifacts import read_json
from holdfast.store.run_tables import CustomerRange, RunTables


def departure_in_words(run: Path, settings: Settings, customer_id: str) -> str:
    """When a customer left, what was paid a month at the end, and what was brought in all; "" where nothing says it.

    Args:
        run: its folder.
        settings: of the project.
        customer_id: as the run's tables have it.
    """
    moment = read_json(run / "timeline.json")["moment"]
    if moment is None:
        return ""
    cutoff = datetime.fromisoformat(moment)
    tables = RunTables.of(run / "tables").load(CustomerRange(customer_id, f"{customer_id}\0"))
    ended_at, monthly = _end(tables, settings, cutoff)
    words = []
    if ended_at is not None:
        paid = f", {money_to_the_cent(monthly, settings.currency)} a month until then" if monthly else ""
        words.append(f" The end was on {day(ended_at)}{paid}.")
    received = revenue_by_customer(tables, settings, cutoff)
    if received is not None and received.height:
        words.append(f" Revenue so far: {money_to_the_cent(received['revenue'][0], settings.currency)}.")
    return "".join(words)


def _end(tables: dict[str, pl.DataFrame], settings: Settings, cutoff: datetime) -> tuple[datetime | None, float | None]:
    """When the customer ended before the cutoff, and what ran until then brought a month."""
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        movements = subscription_movements(tables, settings)
        stood = standings(movements, cutoff, as_exported=True)
        ended_at = stood["ended_at"][0] if stood.height else None
        before = standings(movements, ended_at, known_before=cutoff) if ended_at is not None else stood.clear()
        return ended_at, before["mrr"][0] if before.height else None
    customers = tables["customers"]
    if "ended_at" not in customers.columns or not customers.height:
        return None, None
    return customers["ended_at"][0], None
