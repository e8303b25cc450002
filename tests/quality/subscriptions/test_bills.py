"""Payments in a table of their own say from which day a paid term counts, who ever paid, and what ended unpaid."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.standings import Standing, ended_before, standings, subscription_movements
from holdfast.errors import HoldfastError
from holdfast.quality.clean import clean
from holdfast.settings import Settings
from holdfast.settings_file import check_settings

NOW = datetime(2026, 6, 2, tzinfo=UTC)
SUBSCRIPTIONS = {"happened_at": "time", "ended_at": "time", "notice_at": "time", "trial_until": "time",
                 "price": "money", "interval": "category", "status": "category"}  # fmt: skip
BILLS = {"happened_at": "time", "amount": "money", "status": "category"}


def settings(cutoff: str = "2026-06-02", paid_in: str = "bills") -> Settings:
    """The table of subscriptions stands first: the order in the settings is not that of what needs what."""
    tables: dict[str, Any] = {
        "subs": {
            "files": ["subs.csv"],
            "holds": "subscriptions",
            "columns": {name: {"from": name, "kind": kind} for name, kind in SUBSCRIPTIONS.items()},
            "statuses": [{"column": "status", "running": ["active"], "trialing": ["trialing"], "ended": ["canceled"]}],
            "subscriptions": {"rows": "periods", "interval": "interval", "paid_in": paid_in},
        },
        "bills": {
            "files": ["bills.csv"],
            "holds": "transactions",
            "columns": {name: {"from": name, "kind": kind} for name, kind in BILLS.items()},
            "statuses": [{"column": "status", "sale": ["paid"], "failed": ["uncollectible"], "open": ["open"]}],
        },
    }
    for table in tables.values():
        table["columns"]["customer_id"] = {"from": "customer_id", "kind": "text"}
    churn = {"rule": "subscription_end", "horizon_days": 30}
    content = {"name": "x", "shape": "subscriptions", "churn": churn, "tables": tables, "cutoff": cutoff}
    return Settings.model_validate(content)


def cleaned(subs: list[dict[str, str]], bills: list[tuple[str, str, str, str]], **more: str) -> dict[str, pl.DataFrame]:
    """The cleaned tables of subscriptions by the month for 30, and of bills (customer, day, amount, status)."""
    plain = dict.fromkeys(SUBSCRIPTIONS) | {"price": "30", "interval": "month", "status": "active"}
    names = ("customer_id", "happened_at", "amount", "status")
    raw = {
        "subs": pl.DataFrame([plain | row for row in subs], schema=dict.fromkeys(["customer_id", *plain], pl.String)),
        "bills": pl.DataFrame(bills, schema=dict.fromkeys(names, pl.String), orient="row"),
    }
    rows = {name: table.with_row_index("_row", offset=1) for name, table in raw.items()}
    return clean(rows, settings(**more), rules=()).tables


def standing(tables: dict[str, pl.DataFrame], at: datetime = NOW) -> dict[str, Any]:
    (row,) = standings(subscription_movements(tables, settings()), at, as_exported=at == NOW).to_dicts()
    return row


def paid(*days: str, customer: str = "a") -> list[tuple[str, str, str, str]]:
    return [(customer, day, "30", "paid") for day in days]


def test_a_term_runs_from_the_last_payment_before_the_moment_not_from_the_begin() -> None:
    tables = cleaned(
        [{"customer_id": "a", "happened_at": "2026-02-20"}], paid("2026-03-05", "2026-04-05", "2026-05-05")
    )
    assert round(standing(tables)["term_left_days"], 1) == 2.4  # of a mean month since 5 May
    april = standing(tables, datetime(2026, 4, 15, tzinfo=UTC))
    assert round(april["term_left_days"], 1) == 20.4
    assert standing(tables)["mrr"] == 30.0


def test_a_bill_of_the_days_before_the_day_of_payment_is_no_term() -> None:
    bills = [("a", "2026-05-20", "9", "paid"), *paid("2026-05-30")]
    tables = cleaned([{"customer_id": "a", "happened_at": "2026-05-20"}], bills)
    assert tables["subs"]["kind"].to_list() == ["start", "renewal"]
    assert round(standing(tables)["term_left_days"], 1) == 27.4


def test_a_notice_ends_with_the_term_that_was_paid_last() -> None:
    subs = [{"customer_id": "a", "happened_at": "2026-02-20", "notice_at": "2026-05-25"}]
    tables = cleaned(subs, paid("2026-03-05", "2026-04-05", "2026-05-05"))
    assert standing(tables)["standing"] == Standing.NOTICE
    assert standing(tables)["ends_at"] == datetime(2026, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("notice", "last", "cause"),
    [
        ("2026-05-26", ("a", "2026-05-05", "30", "uncollectible"), "involuntary"),
        ("2026-05-26", ("a", "2026-05-05", "30", "open"), "involuntary"),
        ("2026-04-20", ("a", "2026-05-05", "30", "open"), "voluntary"),  # wanted before the bill came
        ("2026-04-25", ("a", "2026-04-05", "30", "paid"), "voluntary"),
        ("2026-05-26", ("a", "2026-04-05", "30", "paid"), None),  # nothing was paid for weeks, and no bill says why
    ],
)
def test_an_end_on_a_bill_that_was_not_paid_is_involuntary(
    notice: str, last: tuple[str, str, str, str], cause: str | None
) -> None:
    ended = {"notice_at": notice, "ended_at": "2026-05-26", "status": "canceled"}
    subs = [{"customer_id": "a", "happened_at": "2026-03-05", **ended}]
    tables = cleaned(subs, [*paid("2026-03-05", "2026-04-05"), last])
    assert ended_before(tables, settings(), NOW)["cause"].to_list() == [cause]


def test_a_trial_after_which_nothing_was_paid_brings_nothing_and_is_no_customer_who_left() -> None:
    trial = {"trial_until": "2026-05-01", "ended_at": "2026-05-20", "status": "canceled"}
    subs = [{"customer_id": "a", "happened_at": "2026-04-17", **trial}]
    tables = cleaned(subs, [("a", "2026-05-01", "30", "uncollectible"), *paid("2026-05-01", customer="b")])
    assert standing(tables)["standing"] == Standing.NEVER_PAID
    assert tables["subs"]["mrr_change"].to_list() == [0.0, 0.0]


def test_a_trial_becomes_a_customer_with_the_first_payment_and_not_before() -> None:
    subs = [{"customer_id": "a", "happened_at": "2026-04-17", "trial_until": "2026-05-01"}]
    late = cleaned(subs, paid("2026-05-10"))
    assert standing(late, datetime(2026, 5, 5, tzinfo=UTC))["standing"] == Standing.TRIAL
    assert standing(late, datetime(2026, 5, 12, tzinfo=UTC))["mrr"] == 30.0


def test_no_later_payment_moves_what_was_known_before() -> None:
    subs = [{"customer_id": "a", "happened_at": "2026-02-20", "notice_at": "2026-04-25", "ended_at": "2026-06-05"}]
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    days = ["2026-03-05", "2026-04-05", "2026-05-05"]
    whole, cut = cleaned(subs, paid(*days)), cleaned(subs, paid(*days[:2]), cutoff="2026-05-01")
    assert standing(whole, moment) == standing(cut, moment)


def test_a_table_that_is_none_is_refused() -> None:
    with pytest.raises(HoldfastError, match="paid_in"):
        check_settings(settings(paid_in="invoices"))
