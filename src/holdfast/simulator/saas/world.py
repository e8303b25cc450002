"""The SaaS world: users, subscription events, sessions, crashes, payments and support tickets."""

import numpy as np
import polars as pl

from holdfast.simulator.draws import DAY, Whole, customer_names, days, event_names, moments, named, pick, seconds_of_day
from holdfast.simulator.saas.history import HISTORY_DAYS, STAYS, Lives, live, truth
from holdfast.simulator.saas.life import PRICES, Users
from holdfast.simulator.types import Order, Part

_PLANS = ("starter", "team", "business")
_COUNTRIES = ("Germany", "France", "United Kingdom", "Spain", "Italy", "Poland", "Netherlands", "Sweden")
_TRADES = ("retail", "software", "education", "health", "finance", "media", "crafts")
_DEVICES = ("web", "ios", "android", "windows")
_CRASHES = ("freeze", "out of memory", "network", "lost data")
_TOPICS = ("how to", "crash", "billing", "access", "feature wish")
_VERSIONS = ("4.1", "4.2", "5.0", "5.1")
_FRAILTY = np.array([0.6, 0.8, 1.5, 1.1])


def _users(rng: np.random.Generator, order: Order) -> tuple[Users, Whole, pl.DataFrame]:
    n = order.count
    before, during = -np.ceil(rng.exponential(300, n)).clip(1, 1500), np.floor(HISTORY_DAYS * rng.random(n) ** 0.9)
    signed_up = np.where(rng.random(n) < 0.4, before, during.clip(0, HISTORY_DAYS - 1)).astype(np.int64)
    plan, device = pick(rng, (50, 36, 14), n), pick(rng, (38, 22, 25, 15), n)
    seats = np.where(plan == 0, 1, 1 + rng.poisson(np.array([0, 2.5, 9.0])[plan])).astype(np.int64)
    users = Users(
        signed_up=signed_up,
        plan=plan,
        seats=seats,
        pace=(rng.gamma(4.0, 1 / 4.0, n) * np.array([3.6, 5.2, 7.0])[plan]).astype(np.float32),
        frail=(_FRAILTY[device] * rng.gamma(2.0, 0.5, n)).astype(np.float32),
        hidden=(0.25 * rng.standard_normal(n)).astype(np.float32),
    )
    table = pl.DataFrame(
        {
            "user_id": customer_names(order.first + np.arange(n)),
            "signed_up": _days(order, signed_up),
            "plan": named(plan, _PLANS),
            "seats": seats,
            "monthly_price": PRICES[plan] * seats,
            "country": named(pick(rng, (24, 16, 18, 11, 11, 8, 7, 5), n), _COUNTRIES),
            "industry": named(pick(rng, (20, 22, 12, 12, 10, 12, 12), n), _TRADES),
            "device": named(device, _DEVICES),
        }
    )
    return users, device, table


def _days(order: Order, offsets: Whole) -> pl.Series:
    return days(order.until, offsets - (HISTORY_DAYS - 1))


def _moments(order: Order, seconds: Whole) -> pl.Series:
    return moments(order.until, seconds - (HISTORY_DAYS - 1) * DAY)


def _events(rng: np.random.Generator, lives: Lives, *names: str) -> tuple[Whole, Whole, Whole]:
    """Who, when in seconds, and which of the names, of all events counted under them; sorted by time."""
    who, when, which = [], [], []
    months = lives.months
    for here, begins, ends, seen in zip(months.here, months.begins, months.ends, months.seen, strict=True):
        for place, name in enumerate(names):
            rows = np.repeat(np.arange(len(here)), getattr(seen, name))
            who.append(here[rows])
            when.append(begins[rows] + np.floor(rng.random(len(rows)) * (ends - begins)[rows]).astype(np.int64))
            which.append(np.full(len(rows), place))
    seconds = np.concatenate(when) * DAY
    seconds += seconds_of_day(rng, len(seconds))
    sort = np.argsort(seconds, kind="stable")
    return np.concatenate(who)[sort], seconds[sort], np.concatenate(which)[sort]


def _support(rng: np.random.Generator, order: Order, lives: Lives) -> pl.DataFrame:
    who, seconds, unsolved = _events(rng, lives, "solved", "unsolved")
    n = len(who)
    hours = np.round(np.exp(1.5 + 1.3 * unsolved + 0.8 * rng.standard_normal(n)), 1)
    score = np.clip(np.rint(4.2 - 1.6 * unsolved + 0.8 * rng.standard_normal(n)), 1, 5).astype(np.int64)
    closed = seconds + (hours * 3600).astype(np.int64)
    # A ticket enters the export when it is closed.
    kept = np.flatnonzero(closed < HISTORY_DAYS * DAY)
    return pl.DataFrame(
        {
            "ticket_id": event_names("H", order.first, len(kept)),
            "user_id": customer_names(order.first + who[kept]),
            "opened_at": _moments(order, seconds[kept]),
            "known_at": _moments(order, closed[kept]),
            "topic": named(pick(rng, (34, 26, 14, 14, 12), len(kept)), _TOPICS),
            "priority": named(pick(rng, (55, 33, 12), len(kept)), ("low", "normal", "high")),
            "resolution_hours": hours[kept],
            "satisfaction": pl.Series(score[kept]).set(pl.Series(rng.random(len(kept)) < 0.35), None),
            "resolved": named(1 - unsolved[kept], ("no", "yes")),
        }
    )


def _payments(rng: np.random.Generator, order: Order, users: Users, lives: Lives) -> pl.DataFrame:
    tried = lives.attempts
    seconds = tried.day * DAY + 4 * 3600 + rng.integers(0, 7200, len(tried.day))
    sort = np.argsort(seconds, kind="stable")
    who = tried.user[sort]
    return pl.DataFrame(
        {
            "payment_id": event_names("B", order.first, len(sort)),
            "user_id": customer_names(order.first + who),
            "paid_at": _moments(order, seconds[sort]),
            "amount": PRICES[users.plan[who]] * users.seats[who],
            "method": named((who * 7919 + order.first) % 3, ("card", "direct debit", "wallet")),
            "status": named(tried.failed[sort].astype(np.int64), ("paid", "failed")),
        }
    )


def _subscriptions(order: Order, users: Users, lives: Lives) -> pl.DataFrame:
    gone = np.flatnonzero(lives.ended != STAYS)
    who = np.concatenate([np.arange(order.count), gone])
    day = np.concatenate([users.signed_up, lives.ended[gone]])
    event = np.concatenate([np.zeros(order.count, dtype=np.int64), np.where(lives.chose[gone], 1, 2)])
    sort = np.argsort(day, kind="stable")
    who = who[sort]
    return pl.DataFrame(
        {
            "event_id": event_names("S", order.first, len(who)),
            "user_id": customer_names(order.first + who),
            "event_date": _days(order, day[sort]),
            "event": named(event[sort], ("started", "cancelled", "ended for failed payment")),
            "plan": named(users.plan[who], _PLANS),
        }
    )


def part(rng: np.random.Generator, order: Order) -> Part:
    """Make up some users of the SaaS world and all that happened to them."""
    users, device, table = _users(rng, order)
    lives = live(rng, order, users)
    left = lives.ended != STAYS
    ended_at = _days(order, np.where(left, lives.ended, 0)).set(pl.Series(~left), None)
    who, seconds, _ = _events(rng, lives, "sessions")
    sessions = pl.DataFrame(
        {
            "user_id": customer_names(order.first + who),
            "started_at": _moments(order, seconds),
            "minutes": np.round(np.exp(2.4 + 0.7 * rng.standard_normal(len(who))), 1),
            "device": named(device[who], _DEVICES),
        }
    )
    who, seconds, _ = _events(rng, lives, "crashes")
    crashes = pl.DataFrame(
        {
            "user_id": customer_names(order.first + who),
            "crashed_at": _moments(order, seconds),
            "kind": named(pick(rng, (45, 22, 28, 5), len(who)), _CRASHES),
            "device": named(device[who], _DEVICES),
            "version": named((seconds // DAY * len(_VERSIONS) // HISTORY_DAYS).clip(0, 3), _VERSIONS),
        }
    )
    tables = {
        "users": table.with_columns(ended_at.alias("ended_at")),
        "subscriptions": _subscriptions(order, users, lives),
        "sessions": sessions,
        "crashes": crashes,
        "payments": _payments(rng, order, users, lives),
        "support": _support(rng, order, lives),
    }
    return Part(tables, {"users": truth(rng, order, users, lives)})
