"""How a user of the SaaS world lives, a billing month of 30 days at a time."""

from dataclasses import dataclass, fields, replace

import numpy as np

from holdfast.simulator.draws import Flags, Floats, Whole

MONTH = 30

PRICES = np.array([9.0, 29.0, 79.0])
# Log hazard a month of leaving by choice at a neutral mood: starter, team, business.
_BASE = np.array([-4.3, -5.0, -5.7], dtype=np.float32)
_INTEREST, _ANNOYANCE, _NEW = -1.7, 0.6, 0.6
FAILS, FAILS_IN_TROUBLE = 0.025, 0.8
TROUBLE_STARTS, TROUBLE_ENDS = 0.022, 0.35
ATTEMPT_DAYS = (0, 3, 7)  # a failed payment is tried again after these days; then the subscription ends


@dataclass(frozen=True)
class Users:
    """What is fixed about each user; arrays of shape (n,)."""

    signed_up: Whole  # day of the history, negative before it began
    plan: Whole
    seats: Whole
    pace: Floats  # sessions a month at neutral interest
    frail: Floats  # crashes of the user's device: multiplies the usual rate
    hidden: Floats

    def take(self, rows: Whole) -> "Users":
        """The same of these rows."""
        return Users(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class State:
    """What changes about each user; arrays of shape (n,)."""

    interest: Floats
    annoyance: Floats  # from crashes and open tickets, fading by half in six weeks
    losing_interest: Flags
    card_trouble: Flags

    def take(self, rows: Whole) -> "State":
        """The same of these rows."""
        return State(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class MonthOfUse:
    """What happens to each user in a month; arrays of shape (n,)."""

    sessions: np.ndarray
    crashes: np.ndarray
    solved: np.ndarray  # tickets
    unsolved: np.ndarray


def first_state(rng: np.random.Generator, users: Users) -> State:
    """The state in which each user enters the history."""
    n = len(users.plan)
    normal = rng.standard_normal(n, dtype=np.float32)
    return State(
        interest=(0.1 + 0.3 * normal).astype(np.float32),
        annoyance=np.zeros(n, dtype=np.float32),
        losing_interest=(users.signed_up < 0) & (rng.random(n) < 0.08),
        card_trouble=np.zeros(n, dtype=bool),
    )


def hazard_parts(users: Users, state: State, day: int) -> dict[str, Floats]:
    """What the log hazard of leaving by choice within a month is the sum of, by driver."""
    tenure = np.maximum(day - users.signed_up, 0).astype(np.float32)
    return {
        "plan": _BASE[users.plan] - 0.08 * np.log(users.seats).astype(np.float32),
        "interest": _INTEREST * state.interest,
        "annoyance": _ANNOYANCE * np.minimum(state.annoyance, 4),
        "newness": _NEW * np.exp(-tenure / 75),
        "hidden": users.hidden,
    }


def leaving(users: Users, state: State, day: int) -> Floats:
    """The hazard of leaving by choice within a month."""
    return np.minimum(np.exp(sum(hazard_parts(users, state, day).values())), 1.2).astype(np.float32)


def payment_fails(state: State) -> Floats:
    """The probability that one attempt to take the payment fails."""
    return np.where(state.card_trouble, FAILS_IN_TROUBLE, FAILS).astype(np.float32)


def session_rate(users: Users, state: State) -> Floats:
    """Sessions expected in a month."""
    return users.pace * np.exp(1.4 * np.minimum(state.interest, 1.0))


def use(rng: np.random.Generator, users: Users, state: State, present: Floats) -> MonthOfUse:
    """Draw a month of use, of which each user is there for the share `present`."""
    sessions = rng.poisson(present * session_rate(users, state))
    crashes = rng.poisson(0.035 * users.frail * sessions)
    tickets = rng.poisson(present * 0.07 + 0.25 * crashes)
    unsolved = rng.binomial(tickets, 0.28)
    return MonthOfUse(sessions, crashes, tickets - unsolved, unsolved)


def next_state(rng: np.random.Generator, state: State, used: MonthOfUse) -> State:
    """The state a month later."""
    n = len(state.interest)
    normal, change, card = rng.standard_normal(n, dtype=np.float32), rng.random(n), rng.random(n)
    starts = 0.035 * np.exp(0.3 * np.minimum(state.annoyance, 3))
    interest = 0.75 * state.interest + 0.12 * normal - 0.65 * state.losing_interest
    annoyance = 0.6 * state.annoyance + 0.35 * np.minimum(used.crashes, 4) + 0.9 * np.minimum(used.unsolved, 2)
    return replace(
        state,
        interest=np.clip(interest, -2.2, 1.5).astype(np.float32),
        annoyance=annoyance.astype(np.float32),
        losing_interest=np.where(state.losing_interest, change > 0.04, change < starts),
        card_trouble=np.where(state.card_trouble, card > TROUBLE_ENDS, card < TROUBLE_STARTS),
    )
