"""Rows whose status undoes them: no purchase, and no sign of life, wherever somebody asks who is active."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.lifecycle import sightings_for_states
from holdfast.cutoffs.money import revenue_rows
from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.population import population
from holdfast.features.membership import Membership, members
from holdfast.inference.guesses import Sample
from holdfast.inference.infer import infer
from holdfast.meanings import TAKEN_FOR, Meaning
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.money_kinds import kinds_of
from holdfast.settings import Settings

Build = Callable[..., Any]
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)
ORDERS = "customer_id:text order_id:text happened_at<at:time amount:money status:category"
ROWS: dict[str, list[Any]] = {
    "customer_id": ["stays", "stays", "left", "left", "never", "other"],
    "order_id": ["1", "2", "3", "4", "5", "6"],
    "at": ["2024-02-01", "2024-03-05", "2024-02-01", "2024-03-05", "2024-02-20", "2024-04-30"],
    "amount": [10, 10, 10, 10, 10, 10],
    "status": ["completed", "completed", "completed", "Cancelled", "failed", "completed"],
}


def left_by(done: Cleaned, settings: Settings) -> dict[str, bool]:
    became = outcomes(done.tables, settings, CUTOFF)
    return dict(became.select("customer_id", "left").iter_rows())


def check_that_they_agree(done: Cleaned, settings: Settings) -> None:
    """The label, the population of both paths and the last day seen: an undone row counts in none of them."""
    assert left_by(done, settings) == {"stays": False, "left": True}
    assert population(done.tables, settings, CUTOFF).to_list() == ["left", "stays"]
    membership = Membership.of(settings, {name: table.schema for name, table in done.tables.items()})
    assert membership is not None
    ids = done.tables["customers"]["customer_id"].sort()
    belongs = members(done.tables, ids, [CUTOFF], membership)[:, 0]
    assert ids.filter(pl.Series(belongs)).to_list() == ["left", "stays"]
    last = datetime(2024, 4, 1, tzinfo=UTC)
    seen = sightings_for_states(done.tables, settings, [last]).before(last)
    assert dict(seen.select("customer_id", "last_at").iter_rows())["left"] == datetime(2024, 2, 1, tzinfo=UTC)
    assert "never" not in seen["customer_id"]


@pytest.fixture
def churn() -> dict[str, Any]:
    return {"horizon_days": 30, "active_within_days": "all"}


def test_a_status_in_plain_words_undoes_its_row_where_the_settings_say_nothing(
    project: Build, table: Build, raw: Build, churn: dict[str, Any]
) -> None:
    settings = project(churn=churn, tables={"orders": table("transactions", ORDERS)})
    done = clean({"orders": raw(**ROWS)}, settings)
    check_that_they_agree(done, settings)
    assert {line.line: line.amount for line in done.money} == {"gross": 60.0, "void": 10.0, "failed": 10.0, "net": 40.0}
    stated = {"statuses": [{"column": "status", "neutral": ["*"]}]}
    as_any_other = project(churn=churn, tables={"orders": table("transactions", ORDERS, **stated)})
    kept = clean({"orders": raw(**ROWS)}, as_any_other)
    assert left_by(kept, as_any_other) == {"stays": False, "left": False, "never": True}


def test_payments_that_failed_or_gave_money_back_show_nobody_active(
    project: Build, table: Build, raw: Build, churn: dict[str, Any]
) -> None:
    by_flag = table("payments", "customer_id:text happened_at<at:time amount:money failed:flag")
    by_word = table("payments", "customer_id:text happened_at<at:time amount:money status:category")
    for columns, rows in (
        (by_flag, {"failed": [False, False, False, True, True, False]}),
        (by_word, {"status": ["paid", "paid", "paid", "declined", "error", "paid"]}),
        (by_word, {"amount": [10, 10, 10, -10, -10, 10], "status": ["paid"] * 6}),
    ):
        settings = project(churn=churn, tables={"payments": columns})
        check_that_they_agree(clean({"payments": raw(**{**ROWS, **rows})}, settings), settings)


def test_failed_payments_stay_as_rows_and_are_taken_off_the_net(
    project: Build, table: Build, raw: Build, churn: dict[str, Any]
) -> None:
    statuses = {"statuses": [{"column": "status", "sale": ["paid"], "failed": ["declined"]}]}
    columns = table("payments", "customer_id:text happened_at<at:time amount:money status:category", **statuses)
    settings = project(churn=churn, tables={"payments": columns})
    amounts = [10, 10, -4, 10, -3, 10]
    states = ["paid", "paid", "paid", "declined", "declined", "paid"]
    done = clean({"payments": raw(**{**ROWS, "amount": amounts, "status": states})}, settings)
    lines = {line.line: (line.rows, line.amount) for line in done.money}
    assert lines == {"gross": (6, 37.0), "not_paid": (2, 7.0), "refunds": (1, 4.0), "net": (6, 26.0)}
    received = revenue_rows(done.tables, settings)
    assert received is not None
    assert received["amount"].sum() == 26.0


@pytest.mark.parametrize("holds", ["payments", "transactions"])
def test_rows_of_an_undone_order_are_undone_with_it(
    project: Build, table: Build, raw: Build, churn: dict[str, Any], holds: str
) -> None:
    of_orders = {"through": {"table": "orders", "on": "order_id"}}
    statuses = {"statuses": [{"column": "status", "sale": ["completed"], "void": ["cancelled"], "failed": ["failed"]}]}
    lines = table(holds, "order_id:text happened_at<at:time amount:money", **of_orders)
    tables = {"orders": table("transactions", ORDERS, **statuses), "lines": lines}
    settings = project(churn=churn, tables=tables)
    rows = {name: ROWS[name] for name in ("order_id", "at", "amount")}
    done = clean({"orders": raw(**ROWS), "lines": raw(**rows)}, settings)
    check_that_they_agree(done, settings)
    if holds == "transactions":
        account = {line.line: line.amount for line in done.money if line.table == "lines"}
        assert account == {"gross": 60.0, "of_undone_order": 20.0, "net": 40.0}


def test_a_day_of_cancellation_undoes_an_order_and_is_proposed_by_init() -> None:
    days = [f"2024-0{1 + number % 4}-{1 + number % 27:02d}" for number in range(200)]
    orders = pl.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(200)],
            "customer_id": [f"c{number % 40}" for number in range(200)],
            "created_at": days,
            "cancelled_at": [
                f"{day[:5]}0{int(day[6]) + 1}-28" if number % 9 == 0 else "" for number, day in enumerate(days)
            ],
            "total": [f"{10 + number % 7}.50" for number in range(200)],
        }
    )
    (guess,) = infer([Sample("orders", orders, orders.height)]).tables
    (status,) = guess.statuses
    assert {meaning.value: texts for meaning, texts in status.means.items()} == {"void": ("*",)}
    days = orders["cancelled_at"].replace("", None)
    kinds = kinds_of("orders", "cancelled_at", days, None, {"*": TAKEN_FOR[Meaning.VOID]})
    shown = {kind.text: (kind.rows, kind.taken_for) for kind in kinds}
    assert shown == {"(empty)": (177, "counts as it stands"), "(filled)": (23, "cancelled, no revenue")}


SHOP = "customer_id:text order_id:text happened_at<at:time amount:money refunded_amount<back:money status:category"
SOLD: dict[str, list[Any]] = {
    "customer_id": ["whole", "whole", "part", "day", "void", "other"],
    "order_id": ["1", "1", "2", "3", "4", "5"],
    "at": ["2024-02-01", "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04", "2024-04-30"],
    "amount": [10, 10, 10, 10, 10, 10],
    "back": [10, 10, 4, 10, 0, 0],
    "status": ["refunded", "refunded", "part", "refunded", "voided", "paid"],
    "cancelled": [None, None, None, "2024-03-05T00:00:00Z", "2024-03-01T10:00:00Z", None],
}


def shop(project: Build, table: Build, **more: Any) -> Settings:
    money = {"refunds": ["refunded_amount"], "once_per": "order_id"}
    statuses = [
        {"column": "status", "sale": ["paid", "part", "refunded"], "void": ["voided"]},
        {"column": "cancelled_at", "void": ["*"], "unless": {"column": "status", "says": ["paid", "refunded"]}},
    ]
    columns = table("transactions", f"{SHOP} cancelled_at<cancelled:time", money=money, statuses=statuses)
    return project(churn={"horizon_days": 30, "active_within_days": "all"}, tables={"orders": columns}, **more)


def test_an_order_that_was_given_back_in_whole_is_no_purchase(project: Build, table: Build, raw: Build) -> None:
    settings = shop(project, table)
    done = clean({"orders": raw(**SOLD)}, settings)
    assert done.tables["orders"]["order_id"].to_list() == ["2", "5"]
    assert population(done.tables, settings, CUTOFF).to_list() == ["part"]
    lines = {line.line: line.amount for line in done.money}
    assert lines == {"gross": 50.0, "refunds": 24.0, "void": 10.0, "net": 16.0}
    shown = {kind.text: kind.taken_for for kind in done.kinds if kind.column == "cancelled"}
    words = {"(empty)": "counts as it stands", "(filled)": "cancelled, no revenue"}
    assert shown == words | {"(filled), status refunded": "as status says"}


def test_a_cancellation_at_the_cutoff_or_later_undoes_nothing_yet(project: Build, table: Build, raw: Build) -> None:
    settings = shop(project, table, cutoff="2024-03-01")
    done = clean({"orders": raw(**SOLD)}, settings)
    assert done.tables["orders"].select("order_id", "amount").rows() == [("2", 6.0), ("3", 10.0), ("4", 10.0)]
    assert population(done.tables, settings, CUTOFF).to_list() == ["day", "part", "void"]
