"""Whom the rule subscription_end asks about, and who left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.population import activity, departed, population
from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.span import event_span
from holdfast.cutoffs.standings import Standing, standings_today, under_notice
from holdfast.settings import Settings

CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)
TIME = pl.Datetime("us", "UTC")
SCHEMA = {
    "customer_id": pl.String,
    "kind": pl.String,
    "happened_at": TIME,
    "known_at": TIME,
    "running_change": pl.Float64,
}
Movement = tuple[str, str, float, float, float]  # customer, kind, day, day it was known, change


def day(offset: float) -> datetime:
    return CUTOFF + timedelta(days=offset)


def project(**more: Any) -> Settings:
    table = {"files": ["x.csv"], "holds": "subscriptions", "columns": {}, "subscriptions": {"rows": "periods"}}
    churn = {"rule": "subscription_end", "horizon_days": 30}
    return Settings.model_validate(
        {"name": "x", "shape": "subscriptions", "churn": churn, "tables": {"subs": table}, **more}
    )


def tables(*told: Movement) -> dict[str, pl.DataFrame]:
    """What the movements say, and somebody else's renewal on day 60, by which the records reach so far."""
    told = (*told, ("zoe", "start", -300, -300, 1), ("zoe", "renewal", 60, 60, 0))
    rows = pl.DataFrame(
        [(who, kind, day(at), day(known), float(runs)) for who, kind, at, known, runs in told],
        schema={
            "customer_id": pl.String,
            "kind": pl.String,
            "happened_at": TIME,
            "known_at": TIME,
            "running_change": pl.Float64,
        },
        orient="row",
    )
    in_trial = pl.col("customer_id").str.starts_with("trial") & (pl.col("kind") == "end")
    rows = rows.with_columns(
        subscription_id=pl.lit("1"),
        is_due=pl.lit(value=False),
        begins_term=pl.col("kind").is_in(["start", "trial", "resume", "renewal"]),
        cause=pl.when(in_trial).then(pl.lit("trial")),
    )
    return {"customers": rows.select("customer_id").unique().sort("customer_id"), "subs": rows}


RUNS: tuple[Movement, ...] = (("runs", "start", -90, -90, 1),)
ENDED: tuple[Movement, ...] = (("ended", "start", -90, -90, 1), ("ended", "end", -9, -9, -1))
PAUSED: tuple[Movement, ...] = (("paused", "start", -90, -90, 1), ("paused", "pause", -9, -9, -1))
NOTICE: tuple[Movement, ...] = (("notice", "start", -90, -90, 1), ("notice", "end", 9, -9, -1))
TRIAL: tuple[Movement, ...] = (("trial", "trial", -5, -5, 1),)


def test_who_runs_is_on_trial_or_has_given_notice_is_asked_about() -> None:
    asked = population(tables(*RUNS, *ENDED, *PAUSED, *NOTICE, *TRIAL), project(), CUTOFF)
    assert asked.to_list() == ["notice", "runs", "trial", "zoe"]


def test_who_ended_has_departed_and_who_paused_has_not() -> None:
    world = tables(*RUNS, *ENDED, *PAUSED)
    assert departed(world, project(), CUTOFF).to_list() == ["ended"]


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ((), False),
        ((("runs", "end", 5, 5, -1),), True),
        ((("runs", "end", 5, 5, -1), ("runs", "start", 20, 20, 1)), False),  # back before the horizon ends
        ((("runs", "end", 35, 35, -1),), False),
        ((("runs", "pause", 5, 5, -1),), False),
        ((("runs", "end", 29, 40, -1),), True),  # known later, and true all the same
    ],
)
def test_left_is_who_has_nothing_that_runs_at_the_end_of_the_horizon(later: tuple[Movement, ...], left: bool) -> None:
    rows = outcomes(tables(*RUNS, *later), project(), CUTOFF)
    assert rows.filter(customer_id="runs")["left"].item() is left


def test_a_trial_that_nobody_takes_up_has_no_outcome() -> None:
    ended: Movement = ("trial", "end", 5, 5, -1)
    assert outcomes(tables(*TRIAL, ended), project(), CUTOFF).filter(customer_id="trial")["left"].item() is None
    paid: tuple[Movement, ...] = (("try", "trial", -5, -5, 1), ("try", "start", 3, 3, 0), ("try", "end", 9, 9, -1))
    assert outcomes(tables(*paid), project(), CUTOFF).filter(customer_id="try")["left"].item() is True


def test_who_has_given_notice_is_known() -> None:
    assert under_notice(tables(*RUNS, *NOTICE), project(), CUTOFF).to_list() == ["notice"]


def test_an_end_is_no_activity() -> None:
    kinds = activity(tables(*ENDED, *PAUSED), project()).filter(pl.col("customer_id").is_in(["ended", "paused"]))
    assert kinds["happened_at"].unique().to_list() == [day(-90)]


def test_bookings_do_not_extend_the_records() -> None:
    world = tables(*RUNS, ("runs", "end", 400, 50, -1))
    span, schedule = event_span(world), schedule_for(world, project())
    assert span is not None
    assert schedule is not None
    assert (span.last, schedule.scoring) == (day(60), day(61))


def test_the_day_of_the_export_is_the_day_that_is_scored() -> None:
    settings = project(exported_on=day(65).date())
    schedule = schedule_for(tables(*RUNS), settings)
    assert schedule is not None
    assert schedule.scoring == day(65)
    assert outcomes(tables(*RUNS), settings, day(35)).height  # and until then outcomes are known


def test_ends_booked_under_the_rule_end_date_are_notices() -> None:
    people = pl.DataFrame(
        {"customer_id": ["gone", "booked", "stays"], "ended_at": [day(-5), day(5), None]},
        schema={"customer_id": pl.String, "ended_at": TIME},
    )
    settings = project(shape="events", churn={"rule": "end_date"})
    stood = standings_today({"customers": people}, settings, CUTOFF)
    assert stood is not None
    assert stood.rows() == [("booked", Standing.NOTICE.value, day(5))]
    for nobody in (people.head(1), people.tail(1)):  # a customer alone is answered in the same columns
        without = standings_today({"customers": nobody}, settings, CUTOFF)
        assert without is not None
        assert without.is_empty()
        assert without.columns == stood.columns
    assert standings_today({"customers": people}, settings, None) is None
