"""Readiness asks the customers that training asks, at the cutoffs that training asks at."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.cutoffs.schedule import schedule_for
from holdfast.formatting import percent
from holdfast.pipeline.sample import labelled_customers
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.readiness.grade import readiness
from holdfast.quality.readiness.items import Item, Mark
from holdfast.settings import Settings

BEGIN, DAYS = date(2023, 1, 1), 220
Build = Callable[..., Any]


def business(seed: int, raw: Build) -> dict[str, Any]:
    """Raw tables of 60 customers: sign-ups and ends that are missing now and then, purchases, returns and calls."""
    draw = np.random.default_rng(seed)

    def days(count: int, missing: float) -> list[str | None]:
        offsets = draw.integers(0, DAYS, count)
        lacking = draw.random(count) < missing
        return [None if lack else str(BEGIN + timedelta(days=int(n))) for n, lack in zip(offsets, lacking, strict=True)]

    def ids(count: int) -> list[str]:
        return [f"c{n}" for n in draw.integers(0, 65, count)]  # five of them stand in events only

    return {
        "people": raw(
            customer_id=[f"c{n}" for n in range(60)],
            signed_up_at=days(60, 0.3),
            ended_at=days(60, 0.6),
            city=["x"] * 60,
        ),
        "sales": raw(
            customer_id=ids(150), happened_at=days(150, 0), known_at=days(150, 0.7), is_return=["no", "no", "yes"] * 50
        ),
        "calls": raw(customer_id=ids(60), happened_at=days(60, 0)),
    }


def of(cleaned: Cleaned, settings_: Settings) -> dict[str, Item]:
    return {item.name: item for item in readiness(cleaned, settings_).items}


def churners_by_hand(cleaned: Cleaned, settings_: Settings, cutoff: datetime) -> dict[str, bool]:
    """Customer -> whether they left: the rule once more, row by row."""
    churn, horizon = settings_.churn, timedelta(days=settings_.churn.horizon_days)
    active: dict[str, list[tuple[datetime, datetime]]] = {}
    for name in churn.activity or ("sales", "calls"):
        for row in cleaned.tables[name].iter_rows(named=True):
            if not row.get("is_return"):
                active.setdefault(row["customer_id"], []).append((row["happened_at"], row["known_at"]))
    result = {}
    for row in cleaned.tables["customers"].iter_rows(named=True):
        began, ended = row["signed_up_at"], row["ended_at"]
        times = active.get(row["customer_id"], [])
        oldest = cutoff - timedelta(days=churn.seen_within_days or 10_000)
        was_active = any(oldest <= happened < cutoff and known < cutoff for happened, known in times)
        if (began and began >= cutoff) or (ended and ended < cutoff):
            continue
        if churn.rule.value == "inactivity" or churn.seen_within_days:
            belongs = was_active
        else:
            belongs = (began is not None or was_active) and row["city"] is not None
        if belongs and churn.rule.value == "inactivity":
            result[row["customer_id"]] = not any(cutoff <= happened < cutoff + horizon for happened, _ in times)
        elif belongs:
            result[row["customer_id"]] = ended is not None and ended < cutoff + horizon
    return result


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rule=st.sampled_from(["inactivity", "end_date"]),
    within=st.sampled_from(["all", 20, 60]),
    activity=st.sampled_from([[], ["sales"], ["calls"]]),
    stated=st.sampled_from([None, date(2023, 7, 20)]),
)
def test_readiness_asks_the_customers_that_training_asks(
    project: Build,
    table: Build,
    raw: Build,
    seed: int,
    rule: str,
    within: int | str,
    activity: list[str],
    stated: date | None,
) -> None:
    settings_ = project(
        rule=rule,
        cutoff=stated,
        churn={"horizon_days": 30, "active_within_days": within, "activity": activity},
        training={"step_days": 15, "history_days": 20},
        tables={
            "people": table("customers", "customer_id:text signed_up_at:time ended_at:time city:category"),
            "sales": table("transactions", "customer_id:text happened_at:time known_at:time is_return:flag"),
            "calls": table("interactions", "customer_id:text happened_at:time"),
        },
    )
    cleaned = clean(business(seed, raw), settings_)
    schedule = schedule_for(cleaned.tables, settings_)
    assert schedule is not None
    training = labelled_customers(cleaned.tables, settings_, schedule.past).rows
    items = of(cleaned, settings_)
    classes = {flag: training.filter(left=flag)["customer_id"].n_unique() for flag in (True, False)}
    assert items["leavers"].result == f"{classes[True]:,} left, {classes[False]:,} stayed"
    assert f"{schedule.past[0].date()} to {schedule.test.date()}" in items["leavers"].sentence or (
        items["leavers"].mark is not Mark.GOOD
    )
    by_hand = {cutoff: churners_by_hand(cleaned, settings_, cutoff) for cutoff in schedule.past}
    assert {
        cutoff: dict(training.filter(cutoff=cutoff).select("customer_id", "left").iter_rows()) for cutoff in by_hand
    } == by_hand
    last = by_hand[schedule.test]
    assert items["base rate"].result == (percent(sum(last.values()) / len(last)) if last else "no customer")


def test_where_training_would_refuse_readiness_says_so_with_the_same_fix(
    project: Build, table: Build, raw: Build
) -> None:
    settings_ = project(
        cutoff=date(2024, 1, 9),
        churn={"horizon_days": 90},
        tables={"use": table("usage", "customer_id:text happened_at:time")},
    )
    days = [str(BEGIN + timedelta(days=n)) for n in range(365)]  # eight quiet days before the project's cutoff
    rows = raw(customer_id=[f"c{n % 7}" for n in range(365)], happened_at=days)
    items = of(clean({"use": rows}, settings_), settings_)
    assert items["recency"].mark is Mark.GOOD
    assert items["outcomes"].mark is Mark.BAD
    assert "the records reach until 1 January 2024" in items["outcomes"].sentence
    assert "Choose a cutoff at or before" in items["outcomes"].fix


@pytest.mark.parametrize("rule", ["inactivity", "end_date"])
def test_activity_that_lies_far_after_everything_is_no_event_to_learn_from(
    rule: str, project: Build, table: Build, raw: Build
) -> None:
    settings_ = project(
        rule=rule,
        churn={"horizon_days": 30, "activity": ["sales"]},
        tables={
            "sales": table("transactions", "customer_id:text happened_at:time"),
            "calls": table("interactions", "customer_id:text happened_at:time"),
        },
    )
    calls = raw(customer_id=["a"] * 300, happened_at=[str(BEGIN + timedelta(days=n)) for n in range(300)])
    sales = raw(customer_id=["a"], happened_at=["2099-01-01"])
    assert of(clean({"sales": sales, "calls": calls}, settings_), settings_)["events"].mark is Mark.BAD
