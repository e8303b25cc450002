"""The SaaS world: users, subscription events, sessions, crashes, payments and support tickets."""

import numpy as np
import polars as pl

from holdfast.simulator.draws import DAY, Whole, customer_names, days, event_names, moments, named, pick, seconds_of_day
from holdfast.simulator.saas.history import HISTORY_DAYS, STAYS, Lives, live, truth
from holdfast.simulator.saas.life import PRICES, Users
from holdfast.simulator.types import Batch, BatchTables

_PLANS = ("starter", "team", "business")
_COUNTRIES = ("Germany", "France", "United Kingdom", "Spain", "Italy", "Poland", "Netherlands", "Sweden")
_TRADES = ("retail", "software", "education", "health", "finance", "media", "crafts")
_DEVICES = ("web", "ios", "android", "windows")
_CRASHES = ("freeze", "out of memory", "network", "lost data")
_TOPICS = ("how to", "crash", "billing", "access", "feature wish")
_VERSIONS = ("4.1", "4.2", "5.0", "5.1")
_FRAILTY = np.array([0.6, 0.8, 1.5, 1.1])


def _users(rng: np.random.Generator, batch: Batch) -> tuple[Users, Whole, pl.DataFrame]:
    n = batch.count
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
            "user_id": customer_names(batch.first + np.arange(n)),
            "signed_up": _days(batch, signed_up),
            "plan": named(plan, _PLANS),
            "seats": seats,
            "monthly_price": PRICES[plan] * seats,
            "country": named(pick(rng, (24, 16, 18, 11, 11, 8, 7, 5), n), _COUNTRIES),
            "industry": named(pick(rng, (20, 22, 12, 12, 10, 12, 12), n), _TRADES),
            "device": named(device, _DEVICES),
        }
    )
    return users, device, table


def _days(batch: Batch, offsets: Whole) -> pl.Series:
    return days(batch.until, offsets - (HISTORY_DAYS - 1))


def _moments(batch: Batch, seconds: Whole) -> pl.Series:
    return moments(batch.until, seconds - (HISTORY_DAYS - 1) * DAY)


def _events(rng: np.random.Generator, lives: Lives, *names: str) -> tuple[Whole, Whole, Whole]:
    """Who, when in seconds, and which of the names, of all events counted under them; sorted by time."""
    who, when, which = [], [], []
    months = lives.months
    for present, begins, ends, used in zip(months.users, months.begins, months.ends, months.use, strict=True):
        for index, name in enumerate(names):
            rows = np.repeat(np.arange(len(present)), getattr(used, name))
            who.append(present[rows])
            when.append(begins[rows] + np.floor(rng.random(len(rows)) * (ends - begins)[rows]).astype(np.int64))
            which.append(np.full(len(rows), index))
    seconds = np.concatenate(when) * DAY
    seconds += seconds_of_day(rng, len(seconds))
    sort = np.argsort(seconds, kind="stable")
    return np.concatenate(who)[sort], seconds[sort], np.concatenate(which)[sort]


def _support(rng: np.random.Generator, batch: Batch, lives: Lives) -> pl.DataFrame:
    who, seconds, unsolved = _events(rng, lives, "solved", "unsolved")
    n = len(who)
    hours = np.round(np.exp(1.5 + 1.3 * unsolved + 0.8 * rng.standard_normal(n)), 1)
    score = np.clip(np.rint(4.2 - 1.6 * unsolved + 0.8 * rng.standard_normal(n)), 1, 5).astype(np.int64)
    closed = seconds + (hours * 3600).astype(np.int64)
    # A ticket enters the export when it is closed.
    entered = np.flatnonzero(closed < HISTORY_DAYS * DAY)
    return pl.DataFrame(
        {
            "ticket_id": event_names("H", batch.first, len(entered)),
            "user_id": customer_names(batch.first + who[entered]),
            "opened_at": _moments(batch, seconds[entered]),
            "known_at": _moments(batch, closed[entered]),
            "topic": named(pick(rng, (34, 26, 14, 14, 12), len(entered)), _TOPICS),
            "priority": named(pick(rng, (55, 33, 12), len(entered)), ("low", "normal", "high")),
            "resolution_hours": hours[entered],
            "satisfaction": pl.Series(score[entered]).set(pl.Series(rng.random(len(entered)) < 0.35), None),
            "resolved": named(1 - unsolved[entered], ("no", "yes")),
        }
    )


def _payments(rng: np.random.Generator, batch: Batch, users: Users, lives: Lives) -> pl.DataFrame:
    tried = lives.attempts
    seconds = tried.day * DAY + 4 * 3600 + rng.integers(0, 7200, len(tried.day))
    sort = np.argsort(seconds, kind="stable")
    who = tried.user[sort]
    return pl.DataFrame(
        {
            "payment_id": event_names("B", batch.first, len(sort)),
            "user_id": customer_names(batch.first + who),
            "paid_at": _moments(batch, seconds[sort]),
            "amount": PRICES[users.plan[who]] * users.seats[who],
            "method": named((who * 7919 + batch.first) % 3, ("card", "direct debit", "wallet")),
            "status": named(tried.failed[sort].astype(np.int64), ("paid", "failed")),
        }
    )


def _subscriptions(batch: Batch, users: Users, lives: Lives) -> pl.DataFrame:
    left = np.flatnonzero(lives.ended != STAYS)
    who = np.concatenate([np.arange(batch.count), left])
    day = np.concatenate([users.signed_up, lives.ended[left]])
    event = np.concatenate([np.zeros(batch.count, dtype=np.int64), np.where(lives.chose[left], 1, 2)])
    sort = np.argsort(day, kind="stable")
    who = who[sort]
    return pl.DataFrame(
        {
            "event_id": event_names("S", batch.first, len(who)),
            "user_id": customer_names(batch.first + who),
            "event_date": _days(batch, day[sort]),
            "event": named(event[sort], ("started", "cancelled", "ended for failed payment")),
            "plan": named(users.plan[who], _PLANS),
        }
    )


def simulate_batch(rng: np.random.Generator, batch: Batch) -> BatchTables:
    """Simulate some users of the SaaS world and everything that happened to them."""
    users, device, table = _users(rng, batch)
    lives = live(rng, batch, users)
    left = lives.ended != STAYS
    ended_at = _days(batch, np.where(left, lives.ended, 0)).set(pl.Series(~left), None)
    who, seconds, _ = _events(rng, lives, "sessions")
    sessions = pl.DataFrame(
        {
            "user_id": customer_names(batch.first + who),
            "started_at": _moments(batch, seconds),
            "minutes": np.round(np.exp(2.4 + 0.7 * rng.standard_normal(len(who))), 1),
            "device": named(device[who], _DEVICES),
        }
    )
    who, seconds, _ = _events(rng, lives, "crashes")
    crashes = pl.DataFrame(
        {
            "user_id": customer_names(batch.first + who),
            "crashed_at": _moments(batch, seconds),
            "kind": named(pick(rng, (45, 22, 28, 5), len(who)), _CRASHES),
            "device": named(device[who], _DEVICES),
            "version": named((seconds // DAY * len(_VERSIONS) // HISTORY_DAYS).clip(0, 3), _VERSIONS),
        }
    )
    tables = {
        "users": table.with_columns(ended_at.alias("ended_at")),
        "subscriptions": _subscriptions(batch, users, lives),
        "sessions": sessions,
        "crashes": crashes,
        "payments": _payments(rng, batch, users, lives),
        "support": _support(rng, batch, lives),
    }
    return BatchTables(tables, {"users": truth(rng, batch, users, lives)})
