"""The customers of the CRM world: what they are, before anything happens."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from holdfast.simulator.draws import Flags, Floats, Whole, customer_names, days, named, pick
from holdfast.simulator.types import Batch

HISTORY_DAYS = 730
TYPES = ("trial", "basic", "premium")
TRIAL, BASIC, PREMIUM = range(3)
REGIONS = ("North", "South", "East", "West", "Centre", "Coast", "Highlands", "Islands")
AREAS = ("city", "suburb", "town", "country")
CHANNELS = ("search", "social", "paid ads", "referral", "partner", "organic")
PLANS = ("flexible", "monthly", "yearly")
GENDERS = ("female", "male", "not given")
INCOMES = ("low", "middle", "high")
DEVICES = ("phone", "desktop", "tablet")
PAYMENTS = ("card", "direct debit", "wallet", "invoice")
CATEGORIES = ("Electronics", "Home", "Garden", "Fashion", "Beauty", "Sports", "Books", "Grocery")
LEVELS = 20  # steps of how dear a customer buys

_FEES = np.array([[0.0, 0.0, 0.0], [11.9, 9.9, 7.9], [32.9, 27.9, 23.9]])
_CHANNEL_HAZARD = np.array([0.0, 0.45, 0.7, -0.8, 0.2, -0.3], dtype=np.float32)
_REGION_HAZARD = np.array([0.0, 0.05, -0.05, 0.1, -0.1, 0.0, 0.1, -0.05], dtype=np.float32)
_PLAN_HAZARD = np.array([0.4, 0.0, -0.9], dtype=np.float32)


@dataclass(frozen=True)
class People:
    """What is fixed about each customer; arrays of shape (n,)."""

    signed_up: Whole  # day of the history, negative before it began
    type: Whole
    plan: Whole
    fee: Floats  # a month, currency
    loyal: Flags  # in the loyalty programme
    newsletter: Flags
    sensitivity: Floats  # to prices; standard normal, never seen, but shows in discounts used
    level: Whole  # how dear the customer buys, 0 .. LEVELS - 1
    favourite: Whole  # category bought most
    pace: Floats  # purchases in ten days at engagement 0
    from_profile: Floats  # log hazard that the visible attributes carry
    hidden: Floats  # log hazard that nothing visible carries

    def take(self, rows: Whole) -> "People":
        """The same of these rows."""
        return People(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def _signed_up(rng: np.random.Generator, count: int) -> Whole:
    """Two in five were customers before the history begins; the rest join, a little more each month."""
    before = -np.ceil(rng.exponential(420, count)).clip(1, 2000)
    during = np.floor(HISTORY_DAYS * rng.random(count) ** 0.85).clip(0, HISTORY_DAYS - 1)
    return np.where(rng.random(count) < 0.40, before, during).astype(np.int64)


def people(rng: np.random.Generator, batch: Batch) -> tuple[People, pl.DataFrame]:
    """Draw customers; and the table of them, still without the day they left."""
    n = batch.count
    signed_up = _signed_up(rng, n)
    # Of those who joined long ago, fewer are still on trial terms.
    kind = np.where(signed_up < 0, pick(rng, (0.36, 0.40, 0.24), n), pick(rng, (0.55, 0.32, 0.13), n))
    plan = np.where(kind == TRIAL, pick(rng, (0.5, 0.5, 0), n), pick(rng, (0.2, 0.5, 0.3), n))
    channel, region, income = (
        pick(rng, s, n) for s in ((24, 20, 18, 14, 9, 15), (18, 16, 14, 14, 16, 10, 7, 5), (3, 5, 2))
    )
    age = np.clip(np.rint(rng.normal(44, 15, n)), 18, 90).astype(np.int64)
    sensitivity = (0.9 * rng.standard_normal(n) - 0.45 * (income - 0.9)).astype(np.float32)
    loyal = rng.random(n) < np.array([0.12, 0.38, 0.62])[kind]
    dearness = 0.8 * rng.standard_normal(n) + 0.5 * (income - 0.9) - 0.3 * sensitivity
    level = np.clip(np.floor(LEVELS / (1 + np.exp(-1.2 * dearness))), 0, LEVELS - 1).astype(np.int64)
    profile = _CHANNEL_HAZARD[channel] + _REGION_HAZARD[region] + _PLAN_HAZARD[plan]
    profile += np.where(age < 28, 0.45, np.where(age > 58, -0.35, 0.0)) - 0.6 * loyal - 0.15 * (income - 0.9)
    drawn = People(
        signed_up=signed_up,
        type=kind,
        plan=plan,
        fee=_FEES[kind, plan].astype(np.float32),
        loyal=loyal,
        newsletter=rng.random(n) < 0.62,
        sensitivity=sensitivity,
        level=level,
        favourite=pick(rng, (16, 15, 8, 16, 11, 10, 10, 14), n),
        pace=(rng.gamma(3.5, 1 / 3.5, n) * np.array([0.3537, 0.4611, 0.608])[kind]).astype(np.float32),
        from_profile=profile.astype(np.float32),
        hidden=(0.25 * rng.standard_normal(n)).astype(np.float32),
    )
    table = pl.DataFrame(
        {
            "customer_id": customer_names(batch.first + np.arange(n)),
            "signed_up": days_of(batch, signed_up),
            "customer_type": named(kind, TYPES),
            "plan": named(plan, PLANS),
            "monthly_fee": pl.Series(_FEES[kind, plan]),
            "region": named(region, REGIONS),
            "area": named(pick(rng, (34, 31, 22, 13), n), AREAS),
            "age": age,
            "gender": named(pick(rng, (50, 47, 3), n), GENDERS),
            "household_size": 1 + pick(rng, (28, 33, 17, 15, 7), n),
            "income_band": named(income, INCOMES),
            "acquisition_channel": named(channel, CHANNELS),
            "preferred_device": named(pick(rng, (58, 33, 9), n), DEVICES),
            "payment_method": named(pick(rng, (46, 27, 19, 8), n), PAYMENTS),
            "loyalty_member": named(loyal.astype(np.int64), ("no", "yes")),
            "newsletter": named(drawn.newsletter.astype(np.int64), ("no", "yes")),
        }
    )
    return drawn, table


def days_of(batch: Batch, offsets: Whole) -> pl.Series:
    """Dates of days of the history, whose last day is `batch.until`."""
    return days(batch.until, offsets - (HISTORY_DAYS - 1))
