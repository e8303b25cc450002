"""The plan under a budget and capacities, compared with all plans there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.decisions.allocate import NO_OFFER, allocate, by_falling_risk
from holdfast.decisions.offers import expected_gains
from holdfast.settings import OfferSettings

# Whole amounts at risk and whole percents saved: gains are whole cents, so that rounding decides nothing.
RISKS = st.lists(st.none() | st.integers(-20, 400), min_size=1, max_size=5).map(
    lambda risks: np.array([np.nan if each is None else each for each in risks], dtype=float)
)
CAPACITIES = st.none() | st.integers(0, 4)
OFFERS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 50), CAPACITIES), min_size=1, max_size=3).map(
    lambda offers: [offer(cents / 100, percent / 100, most) for cents, percent, most in offers]
)
FREE = [(0.1, 0.02), (5.0, 0.08), (12.0, 0.15)]


def offer(cost: float, saves: float, capacity: int | None = None) -> OfferSettings:
    return OfferSettings(name=f"for {cost}, {saves}", cost=cost, saves=saves, owner="sales", capacity=capacity)


def best_by_trying_all(risks: np.ndarray, offers: list[OfferSettings], budget: float | None) -> float:
    gains = np.nan_to_num(expected_gains(risks, offers), nan=-1.0)
    best = 0.0
    for choice in product(range(NO_OFFER, len(offers)), repeat=len(risks)):
        spent = sum(offers[each].cost for each in choice if each >= 0)
        is_within = all(one.capacity is None or choice.count(at) <= one.capacity for at, one in enumerate(offers))
        if is_within and (budget is None or spent <= budget + 1e-9):
            best = max(best, sum(gains[row, each] for row, each in enumerate(choice) if each >= 0))
    return float(best)


@settings(max_examples=300, deadline=None)
@given(RISKS, OFFERS)
def test_without_a_budget_no_plan_gains_more(risks, offers):
    plan = allocate(risks, offers, None)
    assert plan.gain == pytest.approx(best_by_trying_all(risks, offers, None), abs=1e-6)
    assert plan.gap == 0
    assert plan.shadow_price == 0


@settings(max_examples=150, deadline=None)
@given(RISKS, OFFERS, st.floats(0, 60))
def test_with_a_budget_no_plan_passes_the_bound_and_ours_is_the_best(risks, offers, budget):
    plan = allocate(risks, offers, budget)
    best = best_by_trying_all(risks, offers, budget)
    assert plan.gain == pytest.approx(best, rel=1e-3, abs=1e-6)
    assert best <= plan.upper_bound + 1e-6 + 1e-3 * max(plan.shadow_price, 1)


@settings(max_examples=150, deadline=None)
@given(RISKS, OFFERS, st.none() | st.floats(0, 60))
def test_all_limits_are_observed_and_no_offer_is_made_that_does_not_pay(risks, offers, budget):
    plan = allocate(risks, offers, budget)
    treated = np.flatnonzero(plan.choice >= 0)
    counts = np.bincount(plan.choice[treated], minlength=len(offers))
    assert all(one.capacity is None or count <= one.capacity for one, count in zip(offers, counts, strict=True))
    spent = sum(offers[each].cost for each in plan.choice[treated])
    assert budget is None or spent <= budget + 1e-5
    assert plan.spent == pytest.approx(spent, abs=1e-5)
    gains = expected_gains(risks, offers)[treated, plan.choice[treated]]
    assert (gains > 0).all()
    assert plan.gain == pytest.approx(gains.sum())


@settings(max_examples=150, deadline=None)
@given(RISKS, OFFERS, st.floats(0, 60), st.floats(0, 60))
def test_more_money_never_gains_less(risks, offers, one, other):
    low, high = sorted((one, other))
    assert allocate(risks, offers, low).gain <= allocate(risks, offers, high).gain + 1e-9


def test_each_customer_gets_the_best_offer_that_pays():
    plan = allocate(np.array([400.0, 1.0, 20.0, np.nan, -80.0]), [offer(*each) for each in FREE], None)
    assert plan.choice.tolist() == [2, NO_OFFER, 0, NO_OFFER, NO_OFFER]  # 60 - 12 beats 32 - 5; 0.02 is less than 0.1
    assert plan.spent == pytest.approx(12.1)


def test_a_budget_of_nothing_still_makes_the_offers_that_cost_nothing():
    plan = allocate(np.array([100.0, 40.0]), [offer(0.0, 0.02), offer(5.0, 0.3)], 0.0)
    assert plan.choice.tolist() == [0, 0]
    assert plan.spent == 0
    assert plan.shadow_price > 0


def test_an_order_that_the_caller_has_gives_the_same_plan():
    risks = np.random.default_rng(5).integers(-5, 60, 4_000).astype(float)
    offers = [offer(*FREE[0]), offer(*FREE[1], 300), offer(*FREE[2], 20)]
    alone, handed = (allocate(risks, offers, 500.0, order) for order in (None, by_falling_risk(risks)))
    assert alone.choice.tolist() == handed.choice.tolist()


@pytest.mark.parametrize("capacities", [(None, None, None), (None, 100, 50), (2_000, 2_000, 0)])
@pytest.mark.parametrize("budget", [400.0, 20_000.0])
def test_many_customers_leave_almost_no_gap(budget, capacities):
    risks = np.random.default_rng(3).gamma(1.0, 60.0, 100_000)
    plan = allocate(risks, [offer(*each, most) for each, most in zip(FREE, capacities, strict=True)], budget)
    assert plan.spent <= budget
    assert plan.gap < 1e-3
    counts = np.bincount(plan.choice + 1, minlength=4)[1:]
    assert all(most is None or count <= most for count, most in zip(counts, capacities, strict=True))


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_customers_with_the_same_at_risk_share_a_budget_to_the_last_offer(share):
    risks = np.where(np.arange(10_000) < share * 10_000, 90.0, 10.0)
    plan = allocate(risks, [offer(5.0, 0.2), offer(12.0, 0.3)], 5_003.0)  # 13 or 15 a customer: 5 for 13 is better
    assert plan.spent == 5_000
    assert plan.gain == 13_000
    assert set(risks[plan.choice >= 0]) == {90.0}


@pytest.mark.parametrize(("customers", "offers"), [(0, 3), (4, 0), (0, 0)])
def test_nobody_or_no_offers_make_an_empty_plan(customers, offers):
    plan = allocate(np.full(customers, 100.0), [offer(*each) for each in FREE[:offers]], 10.0)
    assert plan.choice.tolist() == [NO_OFFER] * customers
    assert plan.gain == plan.spent == 0
