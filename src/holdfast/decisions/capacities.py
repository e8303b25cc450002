"""Plans whose offers are limited in number: gains, costs, budget and capacities in; an allocation with its bound out.

Each limit has a price. The prices that make the plan's upper bound least are found direction by direction: raising the
prices of any set of offers together is one exact step, because a customer takes one offer at most (Murota 2003,
"Discrete Convex Analysis": such a bound has no false valleys in these directions). At those prices nearly every
customer's best offer is settled; what ties goes to who would lose most. Plans for few customers, where each
of them matters, are solved exactly, as an integer program.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from holdfast.decisions.allocate import NO_OFFER, Allocation, Floats, allocate

Choices = NDArray[np.int64]

_MOST_OFFERS = 6  # up to which all sets of offers are tried as directions; beyond, single offers and all together
_MOST_ROUNDS = 30  # over all directions
_BISECTIONS = 30  # of the price of money
_EXACT_UP_TO = 1_500  # customers x offers that an integer program solves in a moment
_SAME = 1e-9  # of the bound; a step that lowers it by less is none


def allocate_within(gains: Floats, costs: Floats, budget: float | None, capacities: Sequence[int | None]) -> Allocation:
    """The plan of greatest expected gain within the budget and with at most so many customers an offer.

    Args:
        gains: (n, offers) expected gain net of the cost; not a number means the offer is not possible.
        costs: (offers,) cost per customer.
        budget: in the currency of the costs; None for no limit.
        capacities: (offers,) customers an offer at most; None for no limit.

    Returns:
        A plan in which every offer made has a positive gain. `upper_bound` is of the prices found: no plan within the
        limits can pass it.
    """
    free = allocate(gains, costs, budget)
    limits = np.array([len(gains) if each is None else min(each, len(gains)) for each in capacities], dtype=np.int64)
    if not limits.size or (_counts(free.choice, limits.size) <= limits).all():
        return free
    worth = np.where(np.isfinite(gains), gains, -np.inf)
    money_price, offer_prices = _prices(worth, costs, budget, limits)
    bound = _bound(worth, costs, budget, limits, money_price, offer_prices)
    if worth.size <= _EXACT_UP_TO:
        choice = _exact(worth, costs, budget, limits)
    else:
        choice = _settle(worth, costs, budget, limits, worth - money_price * costs - offer_prices)
    treated = np.flatnonzero(choice >= 0)
    gain, spent = float(worth[treated, choice[treated]].sum()), float(costs[choice[treated]].sum())
    return Allocation(choice, gain, spent, max(min(bound, free.upper_bound), gain), money_price)


def _counts(choice: Choices, offers: int) -> NDArray[np.int64]:
    return np.bincount(choice[choice >= 0], minlength=offers)


def _prices(worth: Floats, costs: Floats, budget: float | None, limits: NDArray[np.int64]) -> tuple[float, Floats]:
    """The price of money and of one customer of each offer's capacity, at which the bound is least."""
    offer_prices = _offer_prices(worth, limits, np.zeros(limits.size))
    if budget is None or _spent(worth - offer_prices, costs) <= budget:
        return 0.0, offer_prices
    paid = costs > 0
    low, high = 0.0, float(np.max(worth[:, paid] / costs[paid], initial=0.0))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        offer_prices = _offer_prices(worth - middle * costs, limits, offer_prices)
        if _spent(worth - middle * costs - offer_prices, costs) > budget:
            low = middle
        else:
            high = middle
    return high, _offer_prices(worth - high * costs, limits, offer_prices)


def _offer_prices(worth: Floats, limits: NDArray[np.int64], start: Floats) -> Floats:
    """(offers,) prices of capacity that make the bound least, without a budget."""
    prices = start.copy()
    best = _surplus(worth - prices) + float(prices @ limits)
    for _ in range(_MOST_ROUNDS):
        before = best
        for chosen in _directions(limits.size):
            prices[chosen] += _step(worth - prices, chosen, int(limits[chosen].sum()), float(prices[chosen].min()))
        best = _surplus(worth - prices) + float(prices @ limits)
        if before - best <= _SAME * max(before, 1.0):
            break
    return prices


def _directions(offers: int) -> Iterator[list[int]]:
    sizes = range(1, offers + 1) if offers <= _MOST_OFFERS else (1, offers)
    for size in sizes:
        yield from (list(chosen) for chosen in combinations(range(offers), size))


def _step(net: Floats, chosen: list[int], limit: int, most_down: float) -> float:
    """How far the prices of some offers rise together (below 0: fall) until no more than `limit` customers want one."""
    others = [offer for offer in range(net.shape[1]) if offer not in chosen]
    instead = net[:, others].max(axis=1, initial=0.0) if others else np.zeros(len(net))
    more = net[:, chosen].max(axis=1) - instead.clip(0.0)
    if limit >= len(more):
        return -most_down
    return max(float(np.partition(more, len(more) - limit - 1)[len(more) - limit - 1]), -most_down)


def _surplus(net: Floats) -> float:
    return float(net.max(axis=1, initial=0.0).clip(0.0).sum())


def _spent(net: Floats, costs: Floats) -> float:
    return float(costs[net.argmax(axis=1)[net.max(axis=1) > 0]].sum())


def _bound(
    worth: Floats,
    costs: Floats,
    budget: float | None,
    limits: NDArray[np.int64],
    money_price: float,
    offer_prices: Floats,
) -> float:
    """What no plan within the limits can pass: weak duality holds at any prices that are not negative."""
    prices = offer_prices.clip(0.0)
    return _surplus(worth - money_price * costs - prices) + float(prices @ limits) + money_price * (budget or 0.0)


def _exact(worth: Floats, costs: Floats, budget: float | None, limits: NDArray[np.int64]) -> Choices:
    """The best plan, by an integer program over the offers that pay."""
    choice = np.full(len(worth), NO_OFFER, dtype=np.int64)
    customer, offer = np.nonzero(worth > 0)
    if not customer.size:
        return choice
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    each, ones = np.arange(customer.size), np.ones(customer.size)
    of_customers = csr_array((ones, (customer, each)), shape=(len(worth), each.size))
    of_offers = csr_array((ones, (offer, each)), shape=(limits.size, each.size))
    rows, most = [of_customers, of_offers], [np.ones(len(worth)), limits.astype(float)]
    if budget is not None:
        rows.append(csr_array(costs[offer][None, :]))
        most.append(np.array([budget]))
    within = LinearConstraint(vstack(rows), ub=np.concatenate(most))
    solved = milp(
        -worth[customer, offer],
        integrality=np.ones(customer.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=within,
    )
    if solved.x is None:  # giving no offer at all is always possible
        raise ValueError(f"the integer program of the plan has no solution: {solved.message}")
    taken = np.flatnonzero(solved.x > 0.5)
    choice[customer[taken]] = offer[taken]
    return choice


def _settle(worth: Floats, costs: Floats, budget: float | None, limits: NDArray[np.int64], net: Floats) -> Choices:
    """A plan within all limits: each customer's best offer at the prices, ties to those who would lose most."""
    choice = np.full(len(worth), NO_OFFER, dtype=np.int64)
    left, money = limits.copy(), np.inf if budget is None else float(budget)
    open_net = np.where((worth > 0) & (net >= -_SAME * np.abs(worth)), net, -np.inf)
    waiting = np.arange(len(worth))
    while waiting.size:
        values = np.where(left > 0, open_net[waiting], -np.inf)
        wanted, best = values.argmax(axis=1), values.max(axis=1)
        waiting, wanted, values, best = (each[np.isfinite(best)] for each in (waiting, wanted, values, best))
        if not waiting.size:
            break
        rest = values.copy()
        rest[np.arange(waiting.size), wanted] = -np.inf
        loss = best - rest.max(axis=1, initial=0.0).clip(0.0)
        taken = np.zeros(waiting.size, dtype=bool)
        for offer in np.unique(wanted):
            rows = np.flatnonzero(wanted == offer)
            rows = rows[np.lexsort((-worth[waiting[rows], offer], -loss[rows]))][: left[offer]]
            choice[waiting[rows]], taken[rows] = offer, True
            left[offer] -= rows.size
        waiting = waiting[~taken]
    choice = _within_money(choice, worth, costs, money)
    return _filled(choice, worth, costs, money, limits)


def _within_money(choice: Choices, worth: Floats, costs: Floats, money: float) -> Choices:
    """The choices without those that gain least for their cost, until they cost no more than the money."""
    treated = np.flatnonzero((choice >= 0) & (costs[choice] > 0))
    spent = costs[choice[treated]]
    order = np.argsort(-worth[treated, choice[treated]] / spent, kind="stable")
    over = spent[order].cumsum() > money + _SAME * max(money, 1.0)
    choice = choice.copy()
    choice[treated[order[over]]] = NO_OFFER
    return choice


def _filled(choice: Choices, worth: Floats, costs: Floats, money: float, limits: NDArray[np.int64]) -> Choices:
    """The choices with what capacity and money are left, given to customers without an offer for whom one pays."""
    choice = choice.copy()
    for _ in range(limits.size + 1):
        left = limits - _counts(choice, limits.size)
        rest = money - float(costs[choice[choice >= 0]].sum())
        waiting = np.flatnonzero(choice == NO_OFFER)
        possible = np.where(left > 0, worth[waiting], np.nan)
        added = allocate(possible, costs, None if np.isinf(rest) else max(rest, 0.0)).choice
        if (added < 0).all():
            break
        for offer in np.unique(added[added >= 0]):
            rows = waiting[added == offer]
            rows = rows[np.argsort(-worth[rows, offer], kind="stable")][: left[offer]]
            choice[rows] = offer
    return choice
