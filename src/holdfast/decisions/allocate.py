"""Budget allocation: expected gains and costs in; at most one offer a customer within the budget out.

A multiple-choice knapsack. Each customer's offers are reduced to their upper hull; the steps of all hulls are taken
in order of gain per money until the budget ends. That is the Lagrangian solution at every price at once, so the
last price is exact instead of bisected, and the linear bound beside it proves how much could be missing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NO_OFFER = -1
_UNIT = 1e-6  # money is counted in whole millionths, so that a sum never passes the budget by rounding


@dataclass(frozen=True)
class Allocation:
    """The best plan found, and a bound that no plan can pass."""

    choice: NDArray[np.int64]  # (n,) index of the offer, -1 for none
    gain: float
    spent: float
    upper_bound: float  # gain of the linear relaxation, which may treat one customer in part
    shadow_price: float  # gain of one more unit of money; 0 where the budget does not bind

    @property
    def gap(self) -> float:
        """Share of the bound that could be missing at most."""
        return max(0.0, 1.0 - self.gain / self.upper_bound) if self.upper_bound > 0 else 0.0


def allocate(gains: Floats, costs: Floats, budget: float | None) -> Allocation:
    """The plan of greatest expected gain that costs at most the budget; more money never gains less.

    Args:
        gains: (n, offers) expected gain net of the cost; not a number means the offer is not possible.
        costs: (offers,) cost per customer, never negative; the same for all customers.
        budget: in the currency of the costs; None for no limit.

    Returns:
        A plan in which every offer made has a positive gain.

    Source: Sinha & Zoltners (1979), "The Multiple-Choice Knapsack Problem", Operations Research 27(3).
    """
    if len(gains) == 0 or gains.shape[1] == 0:
        return Allocation(np.full(len(gains), NO_OFFER, dtype=np.int64), 0.0, 0.0, 0.0, 0.0)
    prices = np.round(costs / _UNIT).astype(np.int64)
    finite_gains = np.where(np.isfinite(gains), gains, -1.0)
    money = None if budget is None else int(np.floor(budget / _UNIT + 1e-3))
    hull = _hull(finite_gains, prices)
    best = _take(hull, money)
    if money is not None:
        menus = [best[0]]
        # Taking steps in order can stop at an expensive one: cheaper menus and one best customer are plans too.
        if len(gains) <= _SMALL:
            menus += [
                _take(_hull(finite_gains[:, prices <= limit], prices[prices <= limit]), money, prices <= limit)[0]
                for limit in np.unique(prices)[:-1]
            ]
        menus.append(_single(finite_gains, prices, money))
        choice = max(menus, key=lambda menu: _gain(finite_gains, menu))
    else:
        choice = best[0]
    spent = int(prices[choice[choice >= 0]].sum())
    gain = _gain(finite_gains, choice)
    return Allocation(choice, gain, spent * _UNIT, max(best[1], gain), best[2])


_SMALL = 20_000  # customers up to which the cheaper menus are tried; beyond, one customer is nothing in the sum


@dataclass(frozen=True)
class _Hull:
    """Free choices and the steps up from them: customer, offer stepped to, money and gain of the step."""

    start: NDArray[np.int64]  # (n,) the best offer that costs nothing, -1 for none
    start_gain: float
    customer: NDArray[np.int64]
    offer: NDArray[np.int64]
    money: NDArray[np.int64]
    gain: Floats
    slope: Floats  # gain per money, never rising from one step of a customer to the next


def _hull(worth: Floats, prices: NDArray[np.int64]) -> _Hull:
    n, offers = worth.shape
    free = np.where(prices[None, :] == 0, worth, 0.0).clip(0.0)
    start = np.where(free.max(axis=1) > 0, free.argmax(axis=1), NO_OFFER)
    at_gain, at_price = free.max(axis=1), np.zeros(n, dtype=np.int64)
    customers, last = np.arange(n), np.full(n, np.inf)
    steps: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats, Floats]] = []
    for _ in range(offers):
        rise = worth[customers] - at_gain[:, None]
        run = (prices[None, :] - at_price[:, None]).astype(float)
        slope = np.where((run > 0) & (rise > 0), rise / np.where(run > 0, run, 1.0), -1.0)
        to = slope.argmax(axis=1)
        index = np.arange(customers.size)
        goes = slope[index, to] > 0
        customers, to, index = customers[goes], to[goes], index[goes]
        # Two steps of equal slope may differ in the last bit: the later one must not be taken first.
        last = np.minimum(slope[index, to], last[index])
        if not customers.size:
            break
        steps.append((customers, to, prices[to] - at_price[index], rise[index, to], last / _UNIT))
        at_gain, at_price = worth[customers, to], prices[to]
    if not steps:
        nothing = np.empty(0, dtype=np.int64)
        return _Hull(start, float(free.max(axis=1).sum()), nothing, nothing, nothing, np.empty(0), np.empty(0))
    customer, offer, money, gain, slopes = (np.concatenate(column) for column in zip(*steps, strict=True))
    return _Hull(start, float(free.max(axis=1).sum()), customer, offer, money, gain, slopes)


def _take(
    hull: _Hull, money: int | None, menu: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], float, float]:
    """Steps in order of gain per money until the budget ends: choice, linear bound, price of the next step."""
    # Steps of one customer lie in order of falling slope, and a stable sort keeps them so.
    order = np.argsort(-hull.slope, kind="stable")
    spent = hull.money[order].cumsum()
    taken = spent.size if money is None else int(np.searchsorted(spent, money, side="right"))
    choice = hull.start.copy()
    # Later steps of a customer overwrite earlier ones: offers only ever step up.
    choice[hull.customer[order[:taken]]] = hull.offer[order[:taken]]
    bound = hull.start_gain + float(hull.gain[order[:taken]].sum())
    price = 0.0
    if taken < order.size and money is not None:
        price = float(hull.slope[order[taken]])
        left = money - (int(spent[taken - 1]) if taken else 0)
        bound += price * left * _UNIT
    if menu is not None:
        choice = np.where(choice >= 0, np.flatnonzero(menu)[choice], NO_OFFER)
    return choice, bound, price


def _single(worth: Floats, prices: NDArray[np.int64], money: int) -> NDArray[np.int64]:
    """The free offers, and the one customer whose affordable offer gains most beyond them."""
    free = np.where(prices[None, :] == 0, worth, 0.0).clip(0.0)
    choice = np.where(free.max(axis=1) > 0, free.argmax(axis=1), NO_OFFER)
    more = np.where(prices[None, :] <= money, worth, -np.inf) - free.max(axis=1)[:, None]
    customer, offer = np.unravel_index(int(more.argmax()), more.shape)
    if more[customer, offer] > 0:
        choice[customer] = offer
    return choice


def _gain(worth: Floats, choice: NDArray[np.int64]) -> float:
    treated = np.flatnonzero(choice >= 0)
    return float(worth[treated, choice[treated]].sum())
