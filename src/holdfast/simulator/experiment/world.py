"""The experiment world: customers, an offer or none by lot, what came of it, and what would have come otherwise."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from holdfast.simulator.draws import Flags, Floats, Whole, customer_names, days, named, pick
from holdfast.simulator.types import Batch, BatchTables

ARMS = ("control", "discount", "call")
SHARES = (0.4, 0.3, 0.3)
COSTS = (0.0, 5.0, 12.0)
OUTCOME_DAYS = 60
_REGIONS = ("North", "South", "East", "West")
_PLANS = ("basic", "plus", "premium")
_CHANNELS = ("web", "store", "phone")


@dataclass(frozen=True)
class People:
    """What is known of each customer before the lot is drawn; arrays of shape (n,)."""

    tenure: Whole  # months
    recency: Whole  # days since the last purchase
    orders: Whole  # in twelve months
    spend: np.ndarray  # in twelve months
    visits: Whole  # in thirty days
    complaints: Whole
    discounts: np.ndarray  # share of orders bought with one
    plan: Whole
    newsletter: Flags
    sleeping: Flags  # long with us, hardly here any more: a call reminds them to leave
    region: Whole
    channel: Whole
    age: Whole


def _people(rng: np.random.Generator, n: int) -> People:
    tenure = np.ceil(rng.gamma(1.6, 16, n)).clip(1, 180).astype(np.int64)
    pace = rng.gamma(2.0, 3.0, n)
    orders = rng.poisson(pace * np.minimum(tenure, 12) / 12)
    recency = np.floor(rng.exponential(365 / (1 + orders))).clip(0, 365).astype(np.int64)
    visits = rng.poisson(np.exp(1.2 - recency / 120) * rng.gamma(2.0, 0.5, n))
    price_sense = rng.beta(1.4, 2.6, n)
    return People(
        tenure=tenure,
        recency=recency,
        orders=orders,
        spend=np.round(orders * rng.gamma(5, 9, n), 2),
        visits=visits,
        complaints=rng.poisson(0.22, n),
        discounts=np.round(rng.binomial(orders, price_sense) / orders.clip(1), 2),
        plan=pick(rng, (55, 32, 13), n),
        newsletter=rng.random(n) < 0.6,
        sleeping=(tenure > 24) & (visits <= 1),
        region=pick(rng, (3, 3, 2, 2), n),
        channel=pick(rng, (6, 3, 1), n),
        age=np.clip(np.rint(rng.normal(45, 15, n)), 18, 90).astype(np.int64),
    )


def _logistic(values: np.ndarray) -> Floats:
    probabilities: Floats = (1 / (1 + np.exp(-values))).astype(np.float32)
    return probabilities


def leaves(who: People) -> np.ndarray:
    """(arms, n) the probability to leave within 60 days under each arm."""
    base = (
        -2.6
        + 0.0075 * who.recency
        - 0.10 * np.minimum(who.visits, 8)
        + 0.55 * np.minimum(who.complaints, 3)
        + 0.5 * np.exp(-who.tenure / 6)
        - np.array([0.0, 0.35, 0.8])[who.plan]
    )
    # A discount helps those who buy with discounts; a call fixes complaints and wakes sleeping dogs.
    discount = -0.15 - 1.7 * who.discounts * (who.recency < 240)
    call = -0.25 - 0.9 * (who.complaints > 0) + 1.25 * who.sleeping
    return np.stack([_logistic(base), _logistic(base + discount), _logistic(base + call)])


def visits(who: People) -> np.ndarray:
    """(arms, n) the probability to visit the shop within 60 days under each arm."""
    base = -0.6 + 0.28 * np.minimum(who.visits, 8) - 0.006 * who.recency + 0.3 * who.newsletter
    return np.stack([_logistic(base), _logistic(base + 0.35 + 0.9 * who.discounts), _logistic(base + 0.2)])


def basket(who: People) -> np.ndarray:
    """(arms, n) mean spend of a customer who visits and stays, in currency."""
    usual = np.where(who.orders > 0, who.spend / who.orders.clip(1), 30.0)
    return np.stack([usual, 0.9 * usual, usual])


def simulate_batch(rng: np.random.Generator, batch: Batch) -> BatchTables:
    """Simulate some customers of an experiment."""
    n = batch.count
    who = _people(rng, n)
    leave, visit, mean = leaves(who), visits(who), basket(who)
    arm = pick(rng, SHARES, n)
    # One lot a customer for each outcome, whatever the arm: so it is known what would have been.
    lots = rng.random((2, n))
    left, came = lots[0] < leave, lots[1] < visit
    spends = np.round(mean * rng.gamma(3.0, 1 / 3.0, n), 2) * (came & ~left)
    rows = np.arange(n)
    names = customer_names(batch.first + rows)
    table = pl.DataFrame(
        {
            "customer_id": names,
            "tenure_months": who.tenure,
            "days_since_last_order": who.recency,
            "orders_12m": who.orders,
            "spend_12m": who.spend,
            "visits_30d": who.visits,
            "complaints_12m": who.complaints,
            "discount_share": who.discounts,
            "plan": named(who.plan, _PLANS),
            "newsletter": named(who.newsletter.astype(np.int64), ("no", "yes")),
            "region": named(who.region, _REGIONS),
            "channel": named(who.channel, _CHANNELS),
            "age": who.age,
            "offered_on": days(batch.until, np.full(n, -OUTCOME_DAYS)),
            "treatment": named(arm, ARMS),
            "visit": came[arm, rows].astype(np.int8),
            "left": left[arm, rows].astype(np.int8),
            "spend": spends[arm, rows],
        }
    )
    expected = visit * (1 - leave) * mean
    truth: dict[str, object] = {"customer_id": names, "sleeping_dog": who.sleeping}
    for index, name in enumerate(ARMS):
        truth |= {
            f"leave_probability_{name}": leave[index],
            f"visit_probability_{name}": visit[index],
            f"expected_spend_{name}": expected[index],
            f"left_if_{name}": left[index],
        }
    for index, name in enumerate(ARMS[1:], start=1):
        truth[f"stays_more_{name}"] = leave[0] - leave[index]
        truth[f"spends_more_{name}"] = expected[index] - expected[0]
    best = np.argmin(leave, axis=0)
    truth["fewest_leave_with"] = named(best, ARMS)
    frame = pl.DataFrame(truth).with_columns(pl.selectors.float().cast(pl.Float64).round(6))
    return BatchTables({"experiment": table}, {"experiment": frame})
