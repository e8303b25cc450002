"""The plan keeps to its budget and capacities, and says what it rests on."""

import polars as pl
import pytest
from tests.decisions.conftest import some_customers

from holdfast.decisions.plan import Plan, make_plan
from holdfast.decisions.plan_words import ORDER_BY_GAIN, order_by_gain, outside_words, sensitivity_rows
from holdfast.settings import DecisionSettings, OfferSettings
from holdfast.tables.outputs import PLAN

MINE = (OfferSettings(name="letter", cost=1, saves=0.03), OfferSettings(name="call", cost=12, saves=0.2))


def planned(customers: pl.DataFrame, currency: str = "EUR", **settings: object) -> Plan:
    frame = customers.with_columns(pl.lit(None, pl.String).alias("excluded_by"))
    return make_plan(frame, DecisionSettings(**settings), currency)  # type: ignore[arg-type]


def test_a_plan_keeps_to_the_budget_and_says_what_it_rests_on(customers: pl.DataFrame) -> None:
    plan = planned(customers, budget=100.0, offers=MINE)
    PLAN.check(plan.table)
    assert plan.table["cost"].sum() == pytest.approx(plan.totals["spent"])
    assert plan.totals["spent"] <= 100
    assert plan.table["expected_gain"].sum() == pytest.approx(plan.totals["expected_gain"])
    assert plan.totals["expected_gain"] <= plan.totals["upper_bound"]
    assert "assumption" in plan.totals["assumption"]
    assert "€" in plan.table["why"][0]


def test_the_reasons_of_many_customers_are_those_of_each_alone(customers: pl.DataFrame) -> None:
    large = customers.with_columns(
        pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit("Nothing in particular raises the risk. Lowers the risk: visits every week."))
        .otherwise(pl.lit("No visit for 90 days."))
        .alias("reason_1")
    )
    together = planned(large, "SEK", offers=MINE).table.sort("customer_id")
    assert together.height > 50
    alone = [planned(large.filter(customer_id=name), "SEK", offers=MINE).table for name in together["customer_id"]]
    words = ("customer_id", "why", "reason")
    assert together.select(words).equals(pl.concat(alone).select(words))
    assert together["reason"].str.ends_with("SEK at stake, though nothing in particular raises the risk.").any()


def test_a_plan_keeps_to_the_capacity_of_an_offer(customers: pl.DataFrame) -> None:
    call = OfferSettings(name="call", cost=12, saves=0.2, capacity=15)
    free, limited = planned(customers, offers=MINE), planned(customers, offers=(MINE[0], call))
    by_offer = {each["offer"]: each["customers"] for each in limited.totals["by_offer"]}
    assert by_offer["call"] == 15
    assert by_offer["letter"] > {each["offer"]: each["customers"] for each in free.totals["by_offer"]}["letter"]
    assert limited.totals["expected_gain"] < free.totals["expected_gain"]
    assert limited.totals["gap"] < 1e-6
    assert limited.table.filter(offer="call")["expected_gain"].min() > 0


def test_who_gets_nothing_because_of_a_capacity_reads_so() -> None:
    call = OfferSettings(name="call", cost=1, saves=0.2, capacity=3)
    plan = planned(some_customers(20), offers=(call,))
    counts = dict(plan.outside["outside_plan"].value_counts().iter_rows())
    assert plan.table.height == 3
    assert counts["capacity"] == sum(rule["would_pay"] for rule in plan.totals["outside"])
    assert "only so many" in " ".join(outside_words(plan.totals))


def test_with_placeholders_no_gain_is_promised_but_what_must_be_kept_is_said(customers: pl.DataFrame) -> None:
    plan = planned(customers)
    assert plan.totals["placeholders"]
    assert "no gain is promised" in plan.totals["words"]
    assert "“personal call” for €12 pays where it keeps at least" in plan.totals["words"]
    assert "brings" not in plan.totals["words"]


def test_with_offers_of_the_user_the_gain_is_said_with_the_assumption(customers: pl.DataFrame) -> None:
    words = planned(customers, offers=MINE).totals["words"]
    assert "If the offers keep what is assumed" in words
    assert "“call” 20 of 100" in words


def test_the_plan_at_half_and_twice_the_assumption_stands_beside_it(customers: pl.DataFrame) -> None:
    plan = planned(customers, offers=MINE)
    half, same, twice = plan.totals["sensitivity"]
    assert (same["customers"], same["gain"]) == (plan.table.height, pytest.approx(plan.totals["expected_gain"]))
    assert half["customers"] < same["customers"] < twice["customers"]
    assert half["gain"] < same["gain"] < twice["gain"]
    assert next(row[0] for row in sensitivity_rows(plan.totals, "EUR")) == "half of the assumption"


def test_an_offer_breaks_even_at_its_cost_by_the_revenue_at_risk(customers: pl.DataFrame) -> None:
    plan = planned(customers, offers=MINE)
    at_risk = customers.select("customer_id", r="revenue_at_risk")
    joined = plan.table.join(at_risk, on="customer_id")
    assert joined["saves_needed"].to_list() == pytest.approx((joined["cost"] / joined["r"]).to_list())
    call = next(each for each in plan.totals["by_offer"] if each["offer"] == "call")
    called = joined.filter(offer="call")
    assert call["saves_needed"] == pytest.approx(called["cost"].sum() / called["r"].sum())


def test_the_offers_of_the_totals_are_those_of_the_table(customers: pl.DataFrame) -> None:
    plan = planned(customers)
    by_offer = {entry["offer"]: entry["customers"] for entry in plan.totals["by_offer"]}
    assert by_offer == dict(plan.table["offer"].value_counts().iter_rows())
    assert plan.table["expected_gain"].is_sorted(descending=True)


def test_what_takes_peoples_time_is_said_first(customers: pl.DataFrame) -> None:
    dear, cheap = OfferSettings(name="call", cost=9, saves=0.2), OfferSettings(name="mail", cost=0.1, saves=0.02)
    few = OfferSettings(name="visit", cost=2, saves=0.1, capacity=3)
    plan = planned(customers, offers=(cheap, dear, few))
    assert [each["offer"] for each in plan.totals["by_offer"]] == ["visit", "call", "mail"]
    assert plan.totals["words"].startswith(f"Visit to 3 of {customers.height} customers first, for €6. Then call to ")
    alone = planned(customers, offers=(dear,)).totals["words"]
    assert alone.startswith("Call to ")
    assert " first" not in alone.split(".")[0]


def test_where_no_offer_pays_the_plan_is_to_leave_everyone_alone(customers: pl.DataFrame) -> None:
    plan = planned(customers, offers=(OfferSettings(name="gold", cost=1e6, saves=0.5),))
    PLAN.check(plan.table)
    assert plan.table.height == 0
    assert plan.totals["expected_gain"] == 0
    assert "No offer pays" in plan.totals["words"]


@pytest.mark.parametrize(
    ("currency", "words"), [("units", "One more unit of budget"), ("EUR", "One more EUR of budget")]
)
def test_what_a_larger_budget_would_bring_is_said_of_one_unit(
    customers: pl.DataFrame, currency: str, words: str
) -> None:
    plan = planned(customers, currency, budget=20, offers=MINE)
    assert words in plan.totals["words"]


def test_customers_without_a_value_get_no_offer() -> None:
    frame = some_customers(10).with_columns(pl.lit(None, pl.Float64).alias("revenue_at_risk"))
    assert planned(frame).table.height == 0


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ([0.9, 0.7, 0.2], "Of these 3, 2 are likelier to leave than to stay: that an offer keeps"),
        ([0.9, 0.7, 0.8], "All 3 are likelier to leave than to stay: that an offer keeps"),
        ([0.9, 0.7], "Both are likelier to leave than to stay: that an offer keeps"),
        ([0.51], "This one is likelier to leave than to stay"),
        ([0.5, 0.5, 0.9, None], ""),
        ([], ""),
    ],
)
def test_where_most_of_the_first_will_leave_the_order_says_what_that_means(
    first: list[float | None], words: str
) -> None:
    order = order_by_gain(first)
    assert order.startswith(ORDER_BY_GAIN)
    assert words in order
    assert bool(words) == ("assumed until it is measured" in order)
