"""The plan keeps to its budget and says what it rests on."""

import polars as pl
import pytest
from tests.decisions.conftest import some_customers

from holdfast.decisions.plan import make_plan
from holdfast.settings import DecisionSettings, OfferSettings
from holdfast.tables.outputs import PLAN


def test_a_plan_keeps_to_the_budget_and_says_what_it_rests_on(customers: pl.DataFrame) -> None:
    plan = make_plan(customers, DecisionSettings(budget=100.0), "EUR")
    PLAN.check(plan.table)
    assert plan.table["cost"].sum() == pytest.approx(plan.totals["spent"])
    assert plan.totals["spent"] <= 100
    assert plan.table["expected_gain"].sum() == pytest.approx(plan.totals["expected_gain"])
    assert "assumption" in plan.totals["assumption"]
    assert "which would cost €" in plan.table["why"][0]


def test_money_in_the_reasons_has_thousands_separators_and_its_currency() -> None:
    frame = some_customers(1).with_columns(churn_probability=pl.lit(0.5), revenue_at_risk=pl.lit(6_172.0))
    offers = (OfferSettings(name="call", cost=20, saves=0.125),)
    for currency, lost in (("EUR", "€12,344"), ("units", "12,344 units"), ("SEK", "12,344 SEK")):
        plan = make_plan(frame, DecisionSettings(offers=offers), currency)
        assert plan.table["why"].to_list() == [
            f"Probability of leaving 50 %, which would cost {lost}; the offer is assumed to keep 12.5 % of leavers."
        ]


def test_the_offers_of_the_totals_are_those_of_the_table(customers: pl.DataFrame) -> None:
    plan = make_plan(customers, DecisionSettings(), "EUR")
    by_offer = {entry["offer"]: entry["customers"] for entry in plan.totals["by_offer"]}
    assert by_offer == dict(plan.table["offer"].value_counts().iter_rows())
    assert plan.table["expected_gain"].is_sorted(descending=True)


def test_where_no_offer_pays_the_plan_is_to_leave_everyone_alone(customers: pl.DataFrame) -> None:
    expensive = DecisionSettings(offers=(OfferSettings(name="gold", cost=1e6, saves=0.5),))
    plan = make_plan(customers, expensive, "EUR")
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
    plan = make_plan(customers, DecisionSettings(budget=20), currency)
    assert words in plan.totals["words"]


def test_customers_without_a_value_get_no_offer() -> None:
    frame = some_customers(10).with_columns(pl.lit(None, pl.Float64).alias("revenue_at_risk"))
    assert make_plan(frame, DecisionSettings(), "EUR").table.height == 0
