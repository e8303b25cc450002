"""Events of customers with several subscriptions at once and no id of a subscription: an end ends the one it names."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.standings import standings_today

Begin = Callable[..., Any]
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 28)
PRICES = {"News": 9.0, "Sports": 14.0, "Films": 19.0}


@pytest.fixture(scope="module")
def planted() -> tuple[pl.DataFrame, set[str], float]:
    """Events; the customers for whom nothing runs at the end; the monthly revenue of what runs."""
    dice, rows, over, revenue = random.Random(3), [], set(), 0.0
    for number in range(400):
        customer, runs = f"K{number:04d}", False
        for plan in dice.sample(sorted(PRICES), 2 if number % 3 == 0 else 1):
            day, kind = FIRST + timedelta(days=dice.randrange(500)), "subscription started"
            ends = day + timedelta(days=30 * dice.randint(2, 20)) if dice.random() < 0.5 else None
            while day <= LAST and (ends is None or day < ends):
                rows.append((customer, day, kind, plan, PRICES[plan]))
                day, kind = day + timedelta(days=30), "renewed"
            if ends is not None and ends <= LAST:
                rows.append((customer, ends, "cancelled", plan, None))
            else:
                runs, revenue = True, revenue + PRICES[plan]
        if not runs:
            over.add(customer)
    names = ["customer_id", "event_date", "event", "plan", "price"]
    return pl.DataFrame(rows, schema=names, orient="row").sort("event_date"), over, revenue


def test_a_cancellation_ends_the_plan_that_it_names(
    begin: Begin, planted: tuple[pl.DataFrame, set[str], float]
) -> None:
    events, over, revenue = planted
    begun = begin(events=events)
    settings = begun.settings
    [table] = [table for table in settings.tables.values() if table.subscriptions is not None]
    assert table.columns["subscription_id"].source == table.columns["plan"].source == "plan"
    tables = begun.cleaned().tables
    schedule = schedule_for(tables, settings)
    assert schedule is not None
    stood = standings_today(tables, settings, schedule.scoring)
    assert stood is not None
    ended = set(stood.filter(pl.col("standing") == "ended")["customer_id"])
    assert ended == over
    monthly = revenue * 365.25 / 12 / 30 if table.subscriptions.interval != "month" else revenue
    assert stood["mrr"].sum() == pytest.approx(monthly, rel=0.02)


def test_a_change_of_plan_is_no_second_subscription(
    begin: Begin, planted: tuple[pl.DataFrame, set[str], float]
) -> None:
    events, _, _ = planted
    single = events.filter(pl.col("plan").n_unique().over("customer_id") == 1)
    later = (pl.col("event_date") > date(2025, 3, 1)) & (pl.col("event") == "renewed")
    is_first = later & (pl.col("event_date") == pl.col("event_date").filter(later).min().over("customer_id"))
    begins_anew = is_first & (pl.col("customer_id").str.tail(1) == "1")
    changed = single.with_columns(
        plan=pl.when(later).then(pl.lit("Bundle")).otherwise("plan"),
        event=pl.when(begins_anew).then(pl.lit("subscription started")).otherwise("event"),
    )
    assert changed["event"].eq("subscription started").sum() > single["event"].eq("subscription started").sum() + 10
    [table] = [table for table in begin(events=changed).settings.tables.values() if table.subscriptions is not None]
    assert "plan" in table.columns
    assert "subscription_id" not in table.columns


def revenue_of(begun: Any) -> tuple[float, set[str]]:
    """What is paid a month at the end, and for whom nothing runs."""
    tables = begun.cleaned().tables
    schedule = schedule_for(tables, begun.settings)
    assert schedule is not None
    stood = standings_today(tables, begun.settings, schedule.scoring)
    assert stood is not None
    return round(float(stood["mrr"].sum()), 2), set(stood.filter(pl.col("standing") == "ended")["customer_id"])


@pytest.mark.parametrize("named", ["plan", "service"])
def test_begins_and_ends_alone_tell_several_subscriptions_apart(
    begin: Begin, planted: tuple[pl.DataFrame, set[str], float], named: str
) -> None:
    events, over, revenue = planted
    log = events.filter(pl.col("event") != "renewed").rename({"plan": named})
    begun = begin(events=log)
    (question,) = begun.draft.open_questions
    assert question.about == "subscriptions.subscriptions.interval"
    begun.answer('interval: "?"', "interval: month")
    assert begun.settings.tables["subscriptions"].columns["subscription_id"].source == named
    assert revenue_of(begun) == (revenue, over)


def test_the_price_names_the_subscription_where_nothing_else_does(
    begin: Begin, planted: tuple[pl.DataFrame, set[str], float]
) -> None:
    events, over, _ = planted
    begun = begin(events=events.with_columns(price=pl.col("plan").replace_strict(PRICES)).drop("plan"))
    assert begun.settings.tables["subscriptions"].columns["subscription_id"].source == "price"
    assert revenue_of(begun)[1] == over


def test_an_attribute_of_an_event_is_no_subscription(
    begin: Begin, planted: tuple[pl.DataFrame, set[str], float]
) -> None:
    events, _, _ = planted
    single = events.filter(pl.col("plan").n_unique().over("customer_id") == 1).drop("plan")
    devices = pl.Series("device", ["web", "app", "phone"] * single.height)[: single.height]
    table = begin(events=single.with_columns(devices)).settings.tables["subscriptions"]
    assert "subscription_id" not in table.columns
