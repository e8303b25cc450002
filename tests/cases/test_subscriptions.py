"""Cases of subscriptions: periods, Stripe's export, events with cancellations, revenue by month.

Who is asked about, who left and what is paid a month, against numbers that were computed apart from the files.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.population import population
from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.standings import standings, subscription_movements
from holdfast.quality.clean import Cleaned, clean
from holdfast.settings import Settings
from holdfast.sources.read import read_table

Folder = Callable[[str], Path]
PERIODS = {
    "customer_id": "customer_id", "happened_at": "created_date", "ended_at": "canceled_date",
    "price": "subscription_cost", "interval": "subscription_interval",
}  # fmt: skip
STRIPE = {
    "customer_id": "Customer ID", "subscription_id": "id", "happened_at": "Start (UTC)", "ended_at": "Ended At (UTC)",
    "notice_at": "Canceled At (UTC)", "paid_until": "Current Period End (UTC)", "trial_until": "Trial End (UTC)",
    "price": "Amount", "quantity": "Quantity", "interval": "Interval", "plan": "Plan", "status": "Status",
}  # fmt: skip
STRIPE_MEANS = {
    "status": {"running": ["active"], "trialing": ["trialing"], "past_due": ["past_due"], "ended": ["canceled"]}
}
EVENTS = {"customer_id": "customer_id", "happened_at": "occurred_at", "kind": "event", "price": "amount"}
EVENT_MEANS = {
    "kind": {
        "start": ["subscription_started"], "sale": ["charge_succeeded"], "pause": ["subscription_paused"],
        "resume": ["subscription_resumed"], "end": ["subscription_cancelled"],
    }
}  # fmt: skip
MONTHS = {"customer_id": "account_id", "happened_at": "month", "price": "mrr", "status": "status"}
MONTH_MEANS = {"status": {"running": ["active"], "ended": ["churned"]}}
KINDS = {"price": "money", "quantity": "number", **dict.fromkeys(("interval", "plan", "status", "kind"), "category"),
         **dict.fromkeys(("customer_id", "subscription_id"), "text")}  # fmt: skip


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cleaned(
    file: Path,
    columns: Mapping[str, str],
    means: Mapping[str, Mapping[str, list[str]]],
    horizon_days: int,
    **subscriptions: str,
) -> tuple[Cleaned, Settings]:
    table = {
        "files": [file.name],
        "holds": "subscriptions",
        "subscriptions": subscriptions,
        "statuses": [{"column": column, **meanings} for column, meanings in means.items()],
        "columns": {name: {"from": source, "kind": KINDS.get(name, "time")} for name, source in columns.items()},
    }
    settings = Settings.model_validate(
        {
            "name": "case",
            "shape": "subscriptions",
            "churn": {"rule": "subscription_end", "horizon_days": horizon_days},
            "tables": {"subscriptions": table},
        }
    )
    raw = read_table("subscriptions", settings.tables["subscriptions"], file.parent).rows
    return clean({"subscriptions": raw}, settings), settings


def leavers(result: tuple[Cleaned, Settings], cutoff: str) -> tuple[int, float]:
    """How many customers are asked about at a cutoff, and what per cent of them left within the horizon."""
    rows = outcomes(result[0].tables, result[1], day(cutoff))
    known = rows["left"].drop_nulls()
    return rows.height, round(100 * int(known.sum()) / len(known), 2)


def today(result: tuple[Cleaned, Settings]) -> pl.DataFrame:
    """How all stand on the day that is scored."""
    schedule = schedule_for(result[0].tables, result[1])
    assert schedule is not None
    movements = subscription_movements(result[0].tables, result[1])
    return standings(movements, schedule.scoring, as_exported=True)


def counts(stood: pl.DataFrame) -> dict[str, Any]:
    return dict(stood["standing"].value_counts().iter_rows())


def accounts_for_every_row(result: tuple[Cleaned, Settings]) -> bool:
    entries = result[0].ledger
    read = next(entry.rows_before for entry in entries if entry.step == "types")
    last = next(entry.rows_after for entry in entries if entry.step == "movements")
    return read == last + result[0].set_aside.height


def test_periods_of_subscriptions(case_folder: Folder) -> None:
    file = case_folder("03") / "subscriptions.csv"
    result = cleaned(file, PERIODS, {}, 90, rows="periods")
    assert leavers(result, "2023-07-02") == (573, 35.95)
    stood = today(result)
    assert (counts(stood)["running"], stood["mrr"].sum()) == (579, 22_581.0)
    assert accounts_for_every_row(result)


def test_an_export_of_stripe(case_folder: Folder) -> None:
    file = case_folder("04") / "subscriptions.csv"
    result = cleaned(file, STRIPE, STRIPE_MEANS, 365, rows="periods")
    assert leavers(result, "2024-06-30") == (335, 53.13)
    stood = today(result)
    assert counts(stood) == {"running": 271, "notice given": 58, "ended": 571}
    assert stood["mrr"].sum() == pytest.approx(8_695.17, abs=0.005)
    assert accounts_for_every_row(result)


def test_cancellations_among_events(case_folder: Folder) -> None:
    file = case_folder("06") / "events.csv"
    result = cleaned(file, EVENTS, EVENT_MEANS, 60, rows="events", interval="month")
    assert leavers(result, "2025-05-01") == (380, 6.05)
    assert counts(today(result)) == {"ended": 268, "paused": 77, "running": 355}
    before = standings(subscription_movements(*_of(result)), day("2025-05-01"))
    not_asked = before.filter(~pl.col("customer_id").is_in(population(*_of(result), day("2025-05-01")).implode()))
    assert counts(not_asked) == {"ended": 244, "paused": 76}
    assert accounts_for_every_row(result)


def test_revenue_by_month(case_folder: Folder) -> None:
    file = case_folder("23") / "mrr.csv"
    result = cleaned(file, MONTHS, MONTH_MEANS, 90, rows="months")
    stood = today(result)
    assert counts(stood) == {"ended": 357, "running": 343}
    assert stood["mrr"].sum() == 29_217.0
    assert accounts_for_every_row(result)


def _of(result: tuple[Cleaned, Settings]) -> tuple[dict[str, pl.DataFrame], Settings]:
    return result[0].tables, result[1]
