"""The plan under a budget, held against brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from holdfast.decisions.allocate import NO_OFFER, allocate
from holdfast.decisions.capacities import allocate_within

COSTS = np.array([0.1, 5.0, 12.0])
MONEY = st.floats(-20, 200).map(lambda value: round(value, 2))
WORLDS = some.arrays(float, st.tuples(st.integers(1, 5), st.just(3)), elements=MONEY)
PRICES = some.arrays(float, 3, elements=st.floats(0, 20).map(lambda value: round(value, 2)))


def best_by_trying_all(gains: np.ndarray, costs: np.ndarray, budget: float) -> float:
    best = 0.0
    for choice in product(range(NO_OFFER, gains.shape[1]), repeat=len(gains)):
        spent = sum(costs[offer] for offer in choice if offer >= 0)
        if spent <= budget + 1e-9:
            best = max(best, sum(gains[row, offer] for row, offer in enumerate(choice) if offer >= 0))
    return best


@settings(max_examples=150, deadline=None)
@given(WORLDS, PRICES, st.floats(0, 60))
def test_no_plan_beats_the_bound_and_ours_lies_within_one_customer_of_the_best(gains, costs, budget):
    found = allocate(gains, costs, budget)
    best = best_by_trying_all(gains, costs, budget)
    assert found.gain <= best + 1e-6
    assert best <= found.upper_bound + 1e-6 + 1e-3 * max(found.shadow_price, 1)
    assert found.gain >= best - max(gains.max(), 0) - 1e-6
    assert found.gain >= best / 2 - 1e-6


@settings(max_examples=150, deadline=None)
@given(WORLDS, PRICES, st.floats(0, 60))
def test_a_plan_never_spends_more_than_the_budget_and_never_makes_an_offer_that_does_not_pay(gains, costs, budget):
    found = allocate(gains, costs, budget)
    treated = np.flatnonzero(found.choice >= 0)
    assert costs[found.choice[treated]].sum() <= budget + 1e-5
    assert (gains[treated, found.choice[treated]] > 0).all()
    assert found.spent == pytest.approx(costs[found.choice[treated]].sum(), abs=1e-5)
    assert found.gain == pytest.approx(gains[treated, found.choice[treated]].sum())


@settings(max_examples=150, deadline=None)
@given(WORLDS, PRICES, st.floats(0, 60), st.floats(0, 60))
def test_more_money_never_gains_less(gains, costs, one, other):
    low, high = sorted((one, other))
    assert allocate(gains, costs, low).gain <= allocate(gains, costs, high).gain + 1e-9


def test_without_a_limit_every_customer_gets_the_best_offer_that_pays():
    gains = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0], [5.0, 2.0, np.nan]])
    found = allocate(gains, COSTS, None)
    assert found.choice.tolist() == [2, NO_OFFER, 0]
    assert found.gap == 0
    assert found.shadow_price == 0


def test_a_budget_of_nothing_still_makes_the_offers_that_cost_nothing():
    found = allocate(np.array([[2.0, 9.0], [1.0, 4.0]]), np.array([0.0, 5.0]), 0.0)
    assert found.choice.tolist() == [0, 0]
    assert found.spent == 0
    assert found.shadow_price > 0


def test_many_customers_leave_almost_no_gap():
    dice = np.random.default_rng(3)
    gains = dice.gamma(1.0, 40.0, (100_000, 1)) * np.array([[0.02, 0.08, 0.15]]) - COSTS
    found = allocate(gains, COSTS, 20_000.0)
    assert found.spent <= 20_000
    assert found.gap < 1e-4


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0)])
def test_nobody_or_no_offers_make_an_empty_plan(shape):
    found = allocate(np.zeros(shape), np.zeros(shape[1]), 10.0)
    assert found.choice.tolist() == [NO_OFFER] * shape[0]
    assert found.gain == found.spent == 0


CAPACITIES = st.lists(st.none() | st.integers(0, 4), min_size=3, max_size=3)


@settings(max_examples=150, deadline=None)
@given(WORLDS, PRICES, st.none() | st.floats(0, 60), CAPACITIES)
def test_with_capacities_no_plan_beats_the_bound_and_all_limits_are_kept(gains, costs, budget, capacities):
    found = allocate_within(gains, costs, budget, capacities)
    counts = np.bincount(found.choice[found.choice >= 0], minlength=3)
    assert all(most is None or number <= most for number, most in zip(counts, capacities, strict=True))
    assert budget is None or costs[found.choice[found.choice >= 0]].sum() <= budget + 1e-5
    treated = np.flatnonzero(found.choice >= 0)
    assert (gains[treated, found.choice[treated]] > 0).all()
    best = max(
        sum(gains[row, offer] for row, offer in enumerate(choice) if offer >= 0)
        for choice in product(range(NO_OFFER, 3), repeat=len(gains))
        if all(most is None or choice.count(offer) <= most for offer, most in enumerate(capacities))
        and (budget is None or sum(costs[offer] for offer in choice if offer >= 0) <= budget + 1e-9)
    )
    assert found.gain <= best + 1e-6
    assert best <= found.upper_bound + 1e-6 + 1e-3 * max(found.shadow_price, 1)
    if budget is None:
        assert found.gain == pytest.approx(best)


@pytest.mark.parametrize("budget", [None, 400.0])
def test_with_capacities_many_customers_leave_almost_no_gap(budget):
    dice = np.random.default_rng(3)
    gains = dice.gamma(1.0, 60.0, (20_000, 1)) * np.array([[0.02, 0.08, 0.15]]) - COSTS
    found = allocate_within(gains, COSTS, budget, [None, 100, 50])
    assert (np.bincount(found.choice + 1, minlength=4)[2:] <= [100, 50]).all()
    assert found.gap < 1e-3
