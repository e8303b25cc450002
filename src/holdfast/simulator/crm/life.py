"""How a customer of the CRM world lives: ten days at a time, from moods to purchases to leaving.

Every rate that the README states as a rule stands here once; history and possible futures share it.
"""

from dataclasses import dataclass, replace

import numpy as np

from holdfast.simulator.crm.people import People
from holdfast.simulator.draws import Flags, Floats

STEP_DAYS = 10
REGULARITY = 3  # purchases follow each other with Erlang gaps of this shape: more regular than by chance
# Log hazard of leaving in ten days at a neutral mood: trial, basic, premium.
_BASE = np.array([-5.75, -6.15, -7.0], dtype=np.float32)
_PRICE, _NEW, _ATTACHMENT, _SATISFACTION, _GRIEVANCE, _DISCOUNT = 0.25, 0.5, -1.25, -1.0, 1.0, -0.12
_ENQUIRES = 0.6  # enquiries how to leave, for each unit of hazard
_FADES = np.array([0.019, 0.010, 0.003], dtype=np.float32)  # chance to start losing interest, in ten days
_RECOVERS = 0.006
_APPETITE = 1.5  # how purchases go with engagement
_KEEPS, _NOISE, _FLOOR = 0.88, 0.07, -2.0
_LAG = 0.75  # of attachment behind engagement, in ten days
_SLOPE = 0.5  # engagement lost in ten days while fading


@dataclass(frozen=True)
class Mood:
    """What changes about each customer; arrays of shape (n,)."""

    engagement: Floats  # 0 is usual; purchases go with its exponential
    attachment: Floats  # follows engagement weeks later; leaving goes with it
    satisfaction: Floats  # 0 is usual; what surveys measure with noise
    grievance: Floats  # unresolved complaints, fading with a half-life of about six weeks
    discounts: Floats  # discounts enjoyed lately
    fading: Flags  # losing interest step by step
    reachable: Flags  # has not unsubscribed
    phase: np.ndarray  # how far towards the next purchase, 0 .. REGULARITY - 1

    def take(self, rows: np.ndarray) -> "Mood":
        """The same of these rows."""
        return Mood(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Shocks:
    """How often each thing that moves the mood happens in one step; arrays of shape (n,)."""

    full_price: np.ndarray
    discounted: np.ndarray
    settled: np.ndarray  # complaints resolved
    failed: np.ndarray  # complaints not resolved
    phase: np.ndarray


@dataclass(frozen=True)
class Contacts:
    """How often each thing that does not move the mood happens in one step; arrays of shape (n,)."""

    contacts: np.ndarray
    enquiries: np.ndarray  # how to end the contract
    messages: np.ndarray
    opened: np.ndarray
    unsubscribed: np.ndarray


def first_mood(rng: np.random.Generator, who: People) -> Mood:
    """The mood in which each customer enters the history."""
    n = len(who.type)
    normal = rng.standard_normal((2, n), dtype=np.float32)
    old = who.signed_up < 0
    fading = old & (rng.random(n) < 14 * _FADES[who.type])
    nothing = np.zeros(n, dtype=np.float32)
    engagement = np.where(old, 0.4 * normal[0] - 1.5 * fading, 0.2 + 0.5 * normal[0]).astype(np.float32)
    return Mood(
        engagement=engagement,
        attachment=engagement.copy(),
        satisfaction=(0.4 * normal[1] + 0.1).astype(np.float32),
        grievance=nothing.copy(),
        discounts=nothing,
        fading=fading,
        reachable=who.newsletter | (rng.random(n) < 0.5),
        phase=rng.integers(0, REGULARITY, n),
    )


def season(day_of_year: int) -> float:
    """How busy the shop is: Christmas quarter up, January and August down."""
    if day_of_year > 320:
        return 1.45
    if day_of_year > 273:
        return 1.15
    return 0.82 if day_of_year < 46 or 205 < day_of_year < 240 else 0.95


def discount_share(who: People, day_of_year: int) -> Floats:
    """The share of purchases that use a discount."""
    sale = 1.6 if 320 < day_of_year < 345 else 1.0
    return np.clip(sale * (0.16 + 0.09 * who.sensitivity + 0.05 * who.loyal), 0.02, 0.9).astype(np.float32)


def hazard_parts(who: People, mood: Mood, day: int) -> dict[str, Floats]:
    """What the log hazard of leaving within ten days is the sum of, by driver."""
    tenure = np.maximum(day - who.signed_up, 0).astype(np.float32)
    return {
        "customer_type": _BASE[who.type],
        "profile": who.from_profile,
        "price": _PRICE * who.sensitivity * (1 + 0.02 * who.fee),
        "newness": _NEW * np.exp(-tenure / 90),
        "engagement": _ATTACHMENT * mood.attachment,
        "satisfaction": _SATISFACTION * mood.satisfaction,
        "complaints": _GRIEVANCE * mood.grievance,
        "discounts": _DISCOUNT * np.minimum(mood.discounts, 4),
        "hidden": who.hidden,
    }


def leaving(who: People, mood: Mood, day: int) -> Floats:
    """The hazard of leaving within ten days, capped where a customer would have left already."""
    total = sum(hazard_parts(who, mood, day).values())
    return np.minimum(np.exp(total), 0.7).astype(np.float32)


def purchase_rate(who: People, mood: Mood, day_of_year: int) -> Floats:
    """Purchases expected in ten days."""
    return who.pace * np.exp(_APPETITE * np.minimum(mood.engagement, 1.2) - 0.1) * season(day_of_year)


@dataclass(frozen=True)
class Moment:
    """A step for each customer."""

    day_of_year: int
    present: Floats  # (n,) share of the step that the customer is there
    danger: Floats  # (n,) hazard of leaving within ten days


def shocks(rng: np.random.Generator, who: People, mood: Mood, moment: Moment) -> Shocks:
    """Draw the purchases and complaints of a step."""
    cheap = discount_share(who, moment.day_of_year)
    unsolved = np.clip(0.34 - 0.08 * mood.satisfaction, 0.08, 0.7)
    complaints = moment.present * (0.025 * np.exp(-0.75 * mood.satisfaction) + 0.06 * (mood.grievance > 0.4))
    rate = moment.present * purchase_rate(who, mood, moment.day_of_year)
    phase = mood.phase + rng.poisson(rate * REGULARITY)
    purchases = phase // REGULARITY
    discounted = rng.binomial(purchases, cheap)
    return Shocks(
        full_price=purchases - discounted,
        discounted=discounted,
        settled=rng.poisson(complaints * (1 - unsolved)),
        failed=rng.poisson(complaints * unsolved),
        phase=phase % REGULARITY,
    )


def contacts(rng: np.random.Generator, who: People, mood: Mood, moment: Moment) -> Contacts:
    """Draw the other contacts and the messages of a step."""
    present = moment.present
    messages = rng.poisson(present * mood.reachable * np.where(who.newsletter, 0.20, 0.10))
    tired = np.clip(0.006 - 0.016 * mood.engagement, 0.002, 0.08)
    return Contacts(
        contacts=rng.poisson(present * 0.1045 * np.exp(0.25 * np.minimum(mood.engagement, 1.5))),
        enquiries=rng.poisson(present * np.minimum(_ENQUIRES * moment.danger, 0.5)),
        messages=messages,
        opened=rng.binomial(messages, np.clip(0.44 + 0.26 * mood.engagement, 0.03, 0.85)),
        unsubscribed=rng.random(len(messages)) < messages * tired,
    )


def next_mood(rng: np.random.Generator, who: People, mood: Mood, shocks: Shocks) -> Mood:
    """The mood ten days later, after what was seen."""
    normal = rng.standard_normal((2, len(mood.engagement)), dtype=np.float32)
    change = rng.random(len(mood.engagement), dtype=np.float32)
    displeased = np.minimum(shocks.failed, 2).astype(np.float32)
    starts = _FADES[who.type] * np.exp(-0.6 * mood.satisfaction)
    fading = np.where(mood.fading, change > _RECOVERS, change < starts)
    engagement = _KEEPS * mood.engagement + _NOISE * normal[0] - _SLOPE * mood.fading - 0.05 * displeased
    satisfaction = 0.94 * mood.satisfaction + 0.16 * normal[1] - 0.35 * displeased - 0.07 * mood.fading
    satisfaction += 0.08 * shocks.settled + 0.06 * np.minimum(shocks.discounted, 2)
    return replace(
        mood,
        engagement=np.clip(engagement, _FLOOR, 2.0).astype(np.float32),
        satisfaction=np.clip(satisfaction, -2.5, 2.0).astype(np.float32),
        grievance=(0.86 * mood.grievance + displeased).astype(np.float32),
        discounts=(0.90 * mood.discounts + shocks.discounted).astype(np.float32),
        fading=fading,
        attachment=(_LAG * mood.attachment + (1 - _LAG) * mood.engagement).astype(np.float32),
        phase=shocks.phase,
    )
