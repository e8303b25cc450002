"""Whom a cutoff asks about, and what became of them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.population import population, snapshot_cutoff
from holdfast.errors import HoldfastError
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape
from holdfast.table_settings import TableSettings

TIME = pl.Datetime("us", "UTC")
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)


def day(offset: float) -> datetime:
    return CUTOFF + timedelta(days=offset)


def project(rule: ChurnRule, **churn: object) -> Settings:
    tables = {
        name: TableSettings(files=("x.csv",), holds=name, columns={})
        for name in ("customers", "transactions", "payments")
    }
    values = {"active_within_days": "all", **churn}
    settings = ChurnSettings(rule=rule, horizon_days=30, activity=("transactions",), **values)  # type: ignore[arg-type]
    return Settings(name="shop", shape=Shape.EVENTS, tables=tables, churn=settings)


def sales(*rows: tuple[str, float, float, float, str, bool]) -> pl.DataFrame:
    """Customer, day it happened, days until it was known, amount, order, whether given back."""
    schema = {
        "customer_id": pl.String,
        "happened_at": TIME,
        "known_at": TIME,
        "amount": pl.Float64,
        "order_id": pl.String,
        "is_return": pl.Boolean,
    }
    told = [(who, day(at), day(at + later), amount, order, back) for who, at, later, amount, order, back in rows]
    return pl.DataFrame(told, schema=schema, orient="row")


def customers(**columns: list[object]) -> pl.DataFrame:
    schema = {"customer_id": pl.String, "signed_up_at": TIME, "ended_at": TIME, "label": pl.Boolean}
    return pl.DataFrame(columns, schema={name: schema[name] for name in columns})


SALES = sales(
    ("active", -50, 0, 10.0, "1", False),
    ("active", 0, 0, 20.0, "2", False),
    ("active", 0, 0, 5.0, "2", False),
    ("active", 29.999, 0, 7.0, "3", False),
    ("active", 30, 0, 99.0, "4", False),
    ("returns only", -5, 0, 10.0, "5", False),
    ("returns only", 3, 0, -10.0, "6", True),
    ("learnt late", -3, 10, 10.0, "7", False),
    ("long ago", -90, 0, 10.0, "8", False),
    ("starts at the cutoff", 0, 0, 10.0, "9", False),
    ("z", 60, 0, 1.0, "10", False),
)
EVERYONE = customers(customer_id=["z", "starts at the cutoff", "long ago", "learnt late", "returns only", "active"])


def test_inactivity_asks_about_those_seen_before_the_cutoff_and_known_then() -> None:
    tables = {"customers": EVERYONE, "transactions": SALES}
    asked = population(tables, project(ChurnRule.INACTIVITY), CUTOFF)
    assert asked.to_list() == ["active", "long ago", "returns only"]
    lately = population(tables, project(ChurnRule.INACTIVITY, active_within_days=60), CUTOFF)
    assert lately.to_list() == ["active", "returns only"]


def test_who_gives_goods_back_only_has_left_and_spend_is_net_and_never_negative() -> None:
    tables = {"customers": EVERYONE, "transactions": SALES}
    found = outcomes(tables, project(ChurnRule.INACTIVITY), CUTOFF)
    assert found.rows() == [("active", False, 32.0, 2), ("long ago", True, 0.0, 0), ("returns only", True, 0.0, 0)]
    longer = outcomes(tables, project(ChurnRule.INACTIVITY), CUTOFF, horizon_days=40)
    assert longer.row(0) == ("active", False, 131.0, 3)


def test_an_end_date_is_asked_of_those_who_began_and_have_not_ended() -> None:
    people = customers(
        customer_id=["ended", "ends", "ends at the edge", "later", "new", "stays", "unknown start", "active"],
        signed_up_at=[day(-9), day(-9), day(-9), day(-9), day(0), day(-1), None, None],
        ended_at=[day(-1), day(0), day(30), day(31), None, None, None, day(29)],
    )
    found = outcomes({"customers": people, "transactions": SALES}, project(ChurnRule.END_DATE), CUTOFF)
    assert dict(found.select("customer_id", "left").iter_rows()) == {
        "active": True,
        "ends": True,
        "ends at the edge": False,
        "later": False,
        "stays": False,
    }


def test_a_given_label_is_taken_and_an_unknown_one_is_not_trained_on() -> None:
    people = customers(customer_id=["b", "a", "c"], label=[True, False, None])
    tables = {"customers": people}
    assert population(tables, project(ChurnRule.LABEL), None).to_list() == ["a", "b", "c"]
    assert outcomes(tables, project(ChurnRule.LABEL), None).rows() == [
        ("a", False, None, None),
        ("b", True, None, None),
    ]


def test_a_horizon_that_the_records_do_not_close_is_refused() -> None:
    tables = {"customers": EVERYONE, "transactions": SALES}
    assert outcomes(tables, project(ChurnRule.INACTIVITY), day(31)).height
    with pytest.raises(HoldfastError, match="2 April 2024 is not known: the horizon of 30 days") as told:
        outcomes(tables, project(ChurnRule.INACTIVITY), day(32))
    assert "at or before 2024-04-01" in told.value.fix


def test_a_quiet_last_week_is_closed_by_the_projects_own_cutoff_but_no_longer_time() -> None:
    tables = {"customers": EVERYONE, "transactions": SALES}
    settings = project(ChurnRule.INACTIVITY)
    assert outcomes(tables, settings.model_copy(update={"cutoff": day(68).date()}), day(38)).height
    with pytest.raises(HoldfastError, match="reach until"):
        outcomes(tables, settings.model_copy(update={"cutoff": day(90).date()}), day(60))


def test_a_missing_column_is_named() -> None:
    tables = {"customers": EVERYONE, "transactions": SALES}
    with pytest.raises(HoldfastError, match="no column ended_at"):
        outcomes(tables, project(ChurnRule.END_DATE), CUTOFF)
    with pytest.raises(HoldfastError, match="no column label"):
        outcomes(tables, project(ChurnRule.LABEL), None)


def test_payments_are_spend_where_there_are_no_transactions() -> None:
    paid = pl.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b"],
            "happened_at": [day(-2), day(1), day(2), day(40)],
            "amount": [5.0, 7.0, 9.0, 1.0],
            "status": ["paid", "Failed", None, "paid"],
        },
        schema_overrides={"happened_at": TIME},
    ).with_columns(known_at=pl.col("happened_at"))
    people = customers(customer_id=["a"], signed_up_at=[day(-9)], ended_at=[None])
    found = outcomes({"customers": people, "payments": paid}, project(ChurnRule.END_DATE), CUTOFF)
    assert found.rows() == [("a", False, 9.0, 1)]


def test_a_snapshot_speaks_of_the_day_after_its_latest_time() -> None:
    people = customers(customer_id=["a"], signed_up_at=[day(0.5)])
    assert snapshot_cutoff({"customers": people}, project(ChurnRule.LABEL)) == day(1)
    assert snapshot_cutoff({"customers": people.drop("signed_up_at")}, project(ChurnRule.LABEL)) is None
