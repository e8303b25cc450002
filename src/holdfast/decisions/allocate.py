"""The plan within its limits: revenue at risk, offers and a budget in; at most one offer a customer out.

What an offer gains is one line for everybody: saves x revenue at risk - cost. Of two customers with different offers
the one with more at risk has therefore the offer that saves more, or exchanging them would gain (Hardy, Littlewood &
Polya 1934, "Inequalities", theorem 368). So a best plan lies in blocks: customers in order of their revenue at risk,
cut into those who get the offer that saves most, those who get the next one, and so on. Such a plan is a few numbers,
whatever the number of customers; its gain is concave in them, so that the best ones at a price of money are found by
bisection, without any error, and the price by bisection on what the plan costs (Everett 1963, "Generalized Lagrange
Multiplier Method", Operations Research 11(3)). What the steps of whole customers leave of the budget is spent one by
one; plans for few customers, where each of them matters, are solved as an integer program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.decisions.offers import Floats, expected_gains
from holdfast.settings import OfferSettings

Positions = NDArray[np.int64]

NO_OFFER = -1
_UNIT = 1e-6  # money is counted in whole millionths, so that a sum never passes the budget by rounding
_BISECTIONS = 200  # of the price of money at most; they end where no float lies between
_MOST_MOVES = 2_000  # of single customers, with what is left of the budget
_EXACT_UP_TO = 1_500  # customers x offers that an integer program solves in a moment


@dataclass(frozen=True)
class Allocation:
    """The best plan that was reached, and a bound that no plan can pass."""

    choice: Positions  # (n,) index of the offer, -1 for none
    gain: float
    spent: float
    upper_bound: float  # gain of the relaxation, in which the budget has a price instead of a limit
    shadow_price: float  # gain of one more unit of money; 0 where the budget does not bind

    @property
    def gap(self) -> float:
        """Share of the bound that could be missing at most."""
        return max(0.0, 1.0 - self.gain / self.upper_bound) if self.upper_bound > 0 else 0.0


def by_falling_risk(at_risk: Floats) -> Positions:
    """(n,) positions of customers from the most at risk to the least, those alike as they stand; nan last."""
    return np.argsort(-at_risk, kind="stable")


def allocate(
    at_risk: Floats, offers: Sequence[OfferSettings], budget: float | None, order: Positions | None = None
) -> Allocation:
    """The plan of greatest expected gain within the budget and the capacities of the offers.

    Args:
        at_risk: (n,) currency: revenue at risk; not a number where a customer can get no offer.
        offers: what they cost and are assumed to keep, and how many customers each is for at most.
        budget: in the currency of the costs; None for no limit.
        order: (n,) `by_falling_risk(at_risk)` where the caller has it; who can get no offer may stand anywhere.

    Returns:
        A plan in which every offer made gains at least a cent. Without a budget no plan gains more, but for the
        rounding of gains to cents; with one, the bound says how much could be missing.
    """
    order = by_falling_risk(at_risk) if order is None else order
    ordered = at_risk[order]
    order = order[ordered > 0]  # who has nothing at risk, or not a number, gains nothing
    best_first = sorted(range(len(offers)), key=lambda each: (-offers[each].saves, offers[each].cost))
    ladder = _Ladder.of(at_risk[order], [offers[each] for each in best_first])
    money = None if budget is None else int(np.floor(budget / _UNIT + 1e-3))
    cuts, bound, price = ladder.best(money)
    choice = np.full(len(at_risk), NO_OFFER, dtype=np.int64)
    for block, each in enumerate(best_first):
        choice[order[cuts[block] : cuts[block + 1]]] = each
    plan = _evaluated(choice, at_risk, offers)
    if money is None or price == 0:
        return plan
    if order.size * len(offers) <= _EXACT_UP_TO:
        plan = max(plan, _evaluated(_exact(at_risk, offers, money), at_risk, offers), key=lambda each: each.gain)
    # In whole cents, as gains are counted, a plan can pass the bound by roundings.
    return replace(plan, upper_bound=max(bound, plan.gain), shadow_price=price)


@dataclass(frozen=True)
class _Ladder:
    """Customers by falling risk and offers by falling saves: where to cut the ones into blocks of the others.

    A plan is its cuts, (offers + 1,) numbers that never fall: the customers between two get the offer of that block.
    """

    risks: Floats  # (n,) above 0, never rising
    saves: list[float]  # of each offer, never rising
    prices: list[int]  # of each offer, in units of money
    limits: list[int]  # customers of each offer at most
    reach: list[int]  # (offers + 1,) customers whom the first so many offers can be for, at most

    @classmethod
    def of(cls, risks: Floats, offers: Sequence[OfferSettings]) -> "_Ladder":
        n, reach = len(risks), [0]
        limits = [n if offer.capacity is None else min(offer.capacity, n) for offer in offers]
        for limit in limits:
            reach.append(min(reach[-1] + limit, n))
        prices = [round(offer.cost / _UNIT) for offer in offers]
        return cls(risks, [offer.saves for offer in offers], prices, limits, reach)

    def best(self, money: int | None) -> tuple[list[int], float, float]:
        """The cuts of the best plan for so much money, a bound of its gain, and the price of money at which it ends."""
        dear = self._cuts(0.0)
        if money is None or self._spent(dear) <= money:
            return dear, self._gain(dear), 0.0
        low, high = (
            0.0,
            max(
                (
                    self.risks[0] * saves / (cost * _UNIT)
                    for saves, cost in zip(self.saves, self.prices, strict=True)
                    if cost
                ),
                default=0.0,
            ),
        )
        cheap = self._cuts(high)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if middle in {low, high}:
                break
            cuts = self._cuts(middle)
            if self._spent(cuts) > money:
                low, dear = middle, cuts
            else:
                high, cheap = middle, cuts
        bound = self._gain(cheap) + high * (money - self._spent(cheap)) * _UNIT
        return self._filled(self._between(cheap, dear, money), money), bound, high

    def _cuts(self, price: float) -> list[int]:
        """The best cuts where money has a price: each unit spent takes so much off the gain."""
        worth = [cost * _UNIT * (1.0 + price) for cost in self.prices]
        # turns[k]: how many of the first k offers' customers gain more from these than from the offer below.
        turns = [0]
        for offer in range(1, len(self.saves)):
            turns.append(self._last(turns, worth, offer, below=offer))
        cuts = [self._last(turns, worth, len(self.saves), below=None)]
        for offer in reversed(range(len(self.saves))):
            least, most = max(cuts[0] - self.limits[offer], 0), min(cuts[0], self.reach[offer])
            cuts.insert(0, min(max(turns[offer], least), most))
        return cuts

    def _last(self, turns: list[int], worth: list[float], offers: int, below: int | None) -> int:
        """How many customers, from the top, gain more by one of the first offers than by the one below, or by none."""
        low, high = 0, self.reach[offers]
        while low < high:
            at = (low + high + 1) // 2
            instead = 0.0 if below is None else self.saves[below] * self.risks[at - 1] - worth[below]
            if self._more(turns, worth, offers, at) > instead:
                low = at
            else:
                high = at - 1
        return low

    def _more(self, turns: list[int], worth: list[float], offers: int, at: int) -> float:
        """What the first offers gain more for `at` customers than for one less: it never rises with `at`."""
        more = 0.0
        for offer in reversed(range(offers)):
            if at <= turns[offer]:
                continue  # those above take this one too
            before = at - self.limits[offer]
            if before <= turns[offer]:
                return more + float(self.saves[offer] * self.risks[at - 1]) - worth[offer]
            # The offer is used up: who comes on top pushes one of its customers to the offers above.
            more += float(self.saves[offer] * (self.risks[at - 1] - self.risks[before - 1]))
            at = before
        return -np.inf

    def _between(self, cheap: list[int], dear: list[int], money: int) -> list[int]:
        """The dearest cuts that the money buys of those halfway between two best ones: all of them are as good."""
        while True:
            middle = [(few + many) // 2 for few, many in zip(cheap, dear, strict=True)]
            if middle in (cheap, dear):
                return cheap
            if self._spent(middle) <= money:
                cheap = middle
            else:
                dear = middle

    def _filled(self, cuts: list[int], money: int) -> list[int]:
        """The cuts with what is left of the money spent on single customers, the greatest gain first."""
        for _ in range(_MOST_MOVES):
            left = money - self._spent(cuts)
            moves = [(self._gain_of(cuts, *move), move) for move in self._moves(cuts, left)]
            gain, (first, last) = max(moves, default=(0.0, (0, 0)))
            if gain <= 0:
                break
            cuts = [cut + (first < index <= last) for index, cut in enumerate(cuts)]
        return cuts

    def _moves(self, cuts: list[int], left: int) -> list[tuple[int, int]]:
        """One customer more for the offer `first`, one less for the offer `last`, or for none beyond the last offer."""
        count, moves = len(self.saves), []
        for first in range(count):
            if cuts[first + 1] - cuts[first] >= self.limits[first]:
                continue
            for last in range(first + 1, count + 1):
                is_open = cuts[last + 1] > cuts[last] if last < count else cuts[last] < len(self.risks)
                cost = self.prices[first] - (self.prices[last] if last < count else 0)
                if is_open and cost <= left:
                    moves.append((first, last))
        return moves

    def _gain_of(self, cuts: list[int], first: int, last: int) -> float:
        steps = [*self.saves, 0.0]
        more = sum(
            float(self.risks[cuts[each]]) * (steps[each - 1] - steps[each]) for each in range(first + 1, last + 1)
        )
        cost = self.prices[first] - (self.prices[last] if last < len(self.saves) else 0)
        return more - cost * _UNIT

    def _spent(self, cuts: list[int]) -> int:
        return sum(cost * (cuts[each + 1] - cuts[each]) for each, cost in enumerate(self.prices))

    def _gain(self, cuts: list[int]) -> float:
        saved = sum(
            saves * float(self.risks[cuts[each] : cuts[each + 1]].sum()) for each, saves in enumerate(self.saves)
        )
        return saved - self._spent(cuts) * _UNIT


def _evaluated(choice: Positions, at_risk: Floats, offers: Sequence[OfferSettings]) -> Allocation:
    """A plan without the offers that gain less than a cent, and what it comes to; nothing limits it so far."""
    treated = np.flatnonzero(choice >= 0)
    gains, costs = np.zeros(treated.size), np.zeros(treated.size)
    for each, offer in enumerate(offers):
        rows = choice[treated] == each
        gains[rows], costs[rows] = expected_gains(at_risk[treated[rows]], [offer])[:, 0], offer.cost
    pays = gains > 0
    choice[treated[~pays]] = NO_OFFER
    spent = int(np.round(costs[pays] / _UNIT).sum()) * _UNIT
    gain = float(gains[pays].sum())
    return Allocation(choice, gain, spent, gain, 0.0)


def _exact(at_risk: Floats, offers: Sequence[OfferSettings], money: int) -> Positions:
    """The best plan, by an integer program over the offers that pay."""
    gains = expected_gains(at_risk, offers)
    choice = np.full(len(at_risk), NO_OFFER, dtype=np.int64)
    customer, offer = np.nonzero(gains > 0)
    if not customer.size:
        return choice
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    each, ones = np.arange(customer.size), np.ones(customer.size)
    prices = np.array([round(each.cost / _UNIT) for each in offers], dtype=float)
    limits = [len(at_risk) if each.capacity is None else each.capacity for each in offers]
    of_customers = csr_array((ones, (customer, each)), shape=(len(at_risk), each.size))
    of_offers = csr_array((ones, (offer, each)), shape=(len(offers), each.size))
    rows = vstack([of_customers, of_offers, csr_array(prices[offer][None, :] * _UNIT)])
    most = np.concatenate([np.ones(len(at_risk)), np.array(limits, dtype=float), [money * _UNIT]])
    solved = milp(
        -gains[customer, offer],
        integrality=np.ones(customer.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, ub=most),
    )
    if solved.x is None:  # giving no offer at all is always possible
        raise ValueError(f"the integer program of the plan has no solution: {solved.message}")
    taken = np.flatnonzero(solved.x > 0.5)
    choice[customer[taken]] = offer[taken]
    return choice
