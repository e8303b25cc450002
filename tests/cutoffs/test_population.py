"""Who is a customer at a cutoff, and who has departed."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from holdfast.column_types import TIME
from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.population import departed, in_population, is_customer, population
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape

CUTOFF = datetime(2023, 3, 1, tzinfo=UTC)
FLAGS = (False, True)


def day(offset: int) -> datetime:
    return CUTOFF + timedelta(days=offset)


def project(rule: ChurnRule, **churn: object) -> Settings:
    settings = ChurnSettings(rule=rule, horizon_days=30, **{"active_within_days": "all", **churn})  # type: ignore[arg-type]
    return Settings(name="x", shape=Shape.EVENTS, tables={}, churn=settings)


def events(**days: list[int]) -> pl.DataFrame:
    rows = [(name, day(offset)) for name, offsets in days.items() for offset in offsets]
    table = pl.DataFrame(rows, schema={"customer_id": pl.String, "happened_at": TIME}, orient="row")
    return table.with_columns(known_at=pl.col("happened_at"))


def people(**lives: tuple[int | None, int | None]) -> pl.DataFrame:
    rows = [(name, *(None if at is None else day(at) for at in life)) for name, life in lives.items()]
    schema = {"customer_id": pl.String, "signed_up_at": TIME, "ended_at": TIME}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize("rule", [ChurnRule.INACTIVITY, ChurnRule.END_DATE])
def test_whoever_signs_up_later_is_no_customer_whatever_events_there_are(rule: ChurnRule) -> None:
    tables = {
        "customers": people(early=(-59, None), later=(92, None), ended=(-59, -1)),
        "use": events(early=[-28], later=[-28], ended=[-28], other=[60]),
    }
    assert population(tables, project(rule), CUTOFF).to_list() == ["early"]


def test_with_active_within_days_a_signed_up_customer_needs_an_activity_under_both_rules() -> None:
    tables = {
        "customers": people(active=(-90, 10), silent=(-90, 10), never=(-90, 10)),
        "use": events(active=[-5], silent=[-60], other=[60]),
    }
    for rule in (ChurnRule.INACTIVITY, ChurnRule.END_DATE):
        assert population(tables, project(rule, active_within_days=30), CUTOFF).to_list() == ["active"]
    ends = outcomes(tables, project(ChurnRule.END_DATE), CUTOFF)
    assert ends["customer_id"].to_list() == ["active", "never", "silent"]
    assert ends["left"].all()


def test_only_the_named_tables_are_activity() -> None:
    tables = {
        "customers": people(buyer=(None, None), caller=(None, None)),
        "use": events(buyer=[-5], other=[60]),
        "support": events(caller=[-5]),
    }
    assert population(tables, project(ChurnRule.INACTIVITY), CUTOFF).to_list() == ["buyer", "caller"]
    assert population(tables, project(ChurnRule.INACTIVITY, activity=("use",)), CUTOFF).to_list() == ["buyer"]


def test_an_id_that_stands_in_events_only_is_no_customer_who_can_end() -> None:
    tables = {"customers": people(mistyped=(None, None), listed=(-9, None)), "use": events(mistyped=[-5], listed=[-5])}
    assert population(tables, project(ChurnRule.END_DATE), CUTOFF).to_list() == ["listed"]


def test_whoever_ended_before_the_cutoff_has_departed_under_every_rule_that_knows_ends() -> None:
    customers = people(before=(-9, -1), then=(-9, 0), never=(-9, None))
    for rule in (ChurnRule.INACTIVITY, ChurnRule.END_DATE):
        assert departed({"customers": customers}, project(rule), CUTOFF).to_list() == ["before"]
        many = pl.DataFrame({"customer_id": [f"c{number}" for number in range(30_000)]})
        assert departed({"customers": many}, project(rule), CUTOFF).is_empty()
    assert departed({"customers": customers}, project(ChurnRule.LABEL), CUTOFF).is_empty()
    labelled = customers.with_columns(label=pl.Series([None, True, False]))
    assert departed({"customers": labelled}, project(ChurnRule.LABEL), None).to_list() == ["then"]


def test_every_population_is_a_part_of_the_customers_whatever_the_rule() -> None:
    days = [None, day(-40), day(-5), day(0)]
    lives = pl.DataFrame(
        [(began, ended, active, listed) for began in days for ended in days for active in FLAGS for listed in FLAGS],
        schema={"began": TIME, "ended": TIME, "active": pl.Boolean, "listed": pl.Boolean},
        orient="row",
    )
    columns = {"began": pl.col("began"), "ended": pl.col("ended"), "was_active": pl.col("active")}
    customer = lives.select(is_customer(**columns, cutoff=pl.lit(CUTOFF, TIME)).alias("is")).to_series()
    assert customer.null_count() == 0
    for rule in (ChurnRule.INACTIVITY, ChurnRule.END_DATE):
        for within in ("all", 30):
            churn = ChurnSettings(rule=rule, active_within_days=within)
            belongs = in_population(churn, **columns, is_listed=pl.col("listed"), cutoff=pl.lit(CUTOFF, TIME))
            member = lives.select(belongs.alias("is")).to_series()
            assert member.null_count() == 0
            assert member.any()
            assert not (member & ~customer).any()
