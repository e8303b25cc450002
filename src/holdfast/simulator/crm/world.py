"""The CRM world: customers, transactions, interactions and marketing contacts over two years."""

import numpy as np
import polars as pl

from holdfast.simulator.crm import goods
from holdfast.simulator.crm.history import STAYS, Diary, live, truth
from holdfast.simulator.crm.people import CATEGORIES, HISTORY_DAYS, PAYMENTS, People, days_of, people
from holdfast.simulator.draws import (
    DAY,
    Whole,
    customer_names,
    event_names,
    moments,
    named,
    pick,
    seconds_of_day,
    within_groups,
)
from holdfast.simulator.types import Batch, BatchTables

_BRANDS = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Oak", "Rowan", "Willow")
_SHOPS = ("web", "app", "store", "phone")
_KINDS = ("question", "order status", "technical", "billing", "feedback", "complaint", "how to cancel")
_CONTACT_CHANNELS = ("phone", "e-mail", "chat", "store")
_SENT_BY = ("e-mail", "sms", "push", "post")
_COSTS = np.array([0.02, 0.08, 0.01, 0.9])
_COUPONS = ("SAVE10", "SAVE20", "SAVE30")


class _Moments:
    """Who and when of the events that the diary counts, in order of customer and step."""

    def __init__(self, rng: np.random.Generator, diary: Diary, counts: np.ndarray) -> None:
        cells = np.flatnonzero(counts)
        self.repeats = counts.ravel()[cells]
        self.cell = np.repeat(cells, self.repeats)
        self.who: Whole = self.cell % counts.shape[1]
        first = diary.first_day.ravel()[self.cell].astype(np.int64)
        length = diary.last_day.ravel()[self.cell] - first
        day = first + np.floor(rng.random(len(first)) * length).astype(np.int64)
        self.seconds: Whole = day * DAY + seconds_of_day(rng, len(day))

    def __len__(self) -> int:
        return len(self.who)


def _transactions(rng: np.random.Generator, batch: Batch, who: People, diary: Diary, ended: Whole) -> pl.DataFrame:
    bought = [_Moments(rng, diary, diary.counts[name]) for name in ("full_price", "discounted")]
    customer = np.concatenate([moment.who for moment in bought])
    seconds = np.concatenate([moment.seconds for moment in bought])
    n = len(customer)
    rebate_code = 1 + pick(rng, goods.REBATE_SHARES, n)
    rebate_code[: len(bought[0])] = 0
    rebate = np.array([0.0, *goods.REBATES])[rebate_code]
    favoured = rng.random(n, dtype=np.float32) < goods.FAVOURITE_SHARE
    category = np.where(favoured, who.favourite[customer], rng.integers(0, len(CATEGORIES), n))
    rank = goods.ranks(rng, who.level[customer])
    quantity = 1 + pick(rng, goods.QUANTITY_SHARES, n)
    price = goods.PRICES[category, rank]
    value = price * quantity
    discount = np.round(value * rebate, 2)
    shipping = np.where(value < goods.FREE_SHIPPING_FROM, goods.SHIPPING, 0.0)
    channel = pick(rng, (46, 30, 19, 5), n)
    paid = pick(rng, (50, 12, 30, 8), n)
    status = (rng.random(n, dtype=np.float32) < goods.CANCELLED).astype(np.int64)
    # A return is a row of its own, 2 to 20 days after the sale, while the customer is still one.
    returned = np.flatnonzero((status == 0) & (rng.random(n, dtype=np.float32) < goods.RETURNED))
    back = seconds[returned] + rng.integers(2 * DAY, 20 * DAY, len(returned))
    in_time = back < np.minimum(ended[customer[returned]], HISTORY_DAYS) * DAY
    returned, back = returned[in_time], back[in_time]
    rows = np.concatenate([np.arange(n), returned])
    sign = np.concatenate([np.ones(n, dtype=np.int64), np.full(len(returned), -1)])
    status = np.concatenate([status, np.full(len(returned), 2)])
    seconds = np.concatenate([seconds, back])
    sort = np.argsort(seconds, kind="stable")
    rows, sign, status, seconds = rows[sort], sign[sort], status[sort], seconds[sort]
    product = (category * goods.PRODUCTS + rank)[rows]
    signed_amount = np.round(sign * (value - discount + shipping)[rows], 2)
    return pl.DataFrame(
        {
            "transaction_id": event_names("T", batch.first, len(rows)),
            "customer_id": customer_names(batch.first + customer[rows]),
            "transaction_date": _moments(batch, seconds),
            "product": named(product, [f"P{code:04d}" for code in range(len(CATEGORIES) * goods.PRODUCTS)]),
            "category": named(category[rows], CATEGORIES),
            "brand": named(product * 7 % len(_BRANDS), _BRANDS),
            "quantity": sign * quantity[rows],
            "unit_price": price[rows],
            "discount": sign * discount[rows],
            "shipping": sign * shipping[rows],
            "amount": signed_amount,
            "channel": named(channel[rows], _SHOPS),
            "payment_method": named(paid[rows], PAYMENTS),
            "coupon": named(rebate_code[rows], ("", *_COUPONS)).replace("", None),
            "status": named(status, ("completed", "cancelled", "returned")),
        }
    )


def _moments(batch: Batch, seconds: Whole) -> pl.Series:
    return moments(batch.until, seconds - (HISTORY_DAYS - 1) * DAY)


def _interactions(rng: np.random.Generator, batch: Batch, diary: Diary) -> pl.DataFrame:
    events = [_Moments(rng, diary, diary.counts[name]) for name in ("contacts", "settled", "failed", "enquiries")]
    sizes = [len(event) for event in events]
    n = sum(sizes)
    kind = np.concatenate([pick(rng, (36, 26, 16, 14, 8), sizes[0]), np.repeat((5, 5, 6), sizes[1:])])
    resolved = np.concatenate([rng.random(sizes[0]) < 0.95, np.repeat((True, False, True), sizes[1:])])
    cell = np.concatenate([event.cell for event in events])
    felt = diary.mood.ravel()[cell] - 0.9 * (kind == 5) * ~resolved - 0.25 * (kind == 5)
    score = np.clip(np.rint(3.9 + 1.0 * felt + 0.7 * rng.standard_normal(n)), 1, 5).astype(np.int64)
    answered = rng.random(n) < 0.6
    seconds = np.concatenate([event.seconds for event in events])
    minutes = np.round(np.exp(1.6 + 0.5 * (kind == 5) + 0.6 * rng.standard_normal(n)), 1)
    late = rng.random(n) < 0.05
    known_at = seconds + (60 * minutes).astype(np.int64) + 60
    known_at = known_at + np.where(late, rng.integers(1 * DAY, 45 * DAY, n), rng.integers(0, 3600, n))
    customer = np.concatenate([event.who for event in events])
    # What was not entered by the last day cannot be in an export of that day.
    sort = np.argsort(seconds, kind="stable")
    sort = sort[known_at[sort] < HISTORY_DAYS * DAY]
    return pl.DataFrame(
        {
            "interaction_id": event_names("I", batch.first, len(sort)),
            "customer_id": customer_names(batch.first + customer[sort]),
            "interaction_date": _moments(batch, seconds[sort]),
            "known_at": _moments(batch, known_at[sort]),
            "kind": named(kind[sort], _KINDS),
            "channel": named(pick(rng, (40, 28, 24, 8), len(sort)), _CONTACT_CHANNELS),
            "duration": minutes[sort],
            "satisfaction": pl.Series(score[sort]).set(pl.Series(~answered[sort]), None),
            "resolved": named(resolved[sort].astype(np.int64), ("no", "yes")),
            "team": named(pick(rng, (3, 3, 2, 2), len(sort)), ("A", "B", "C", "D")),
        }
    )


def _marketing(rng: np.random.Generator, batch: Batch, diary: Diary, ended: Whole) -> pl.DataFrame:
    sent = _Moments(rng, diary, diary.counts["messages"])
    opens = within_groups(sent.repeats) < diary.counts["opened"].ravel()[sent.cell]
    stops = (within_groups(sent.repeats) == 0) & (diary.counts["unsubscribed"].ravel()[sent.cell] > 0)
    opened = np.flatnonzero(opens)
    clicked = opened[rng.random(len(opened)) < 0.32]
    converted = clicked[rng.random(len(clicked)) < 0.22]
    message = np.concatenate([np.arange(len(sent)), opened, clicked, converted, np.flatnonzero(stops)])
    sizes = (len(sent), len(opened), len(clicked), len(converted), int(stops.sum()))
    kind = np.repeat(np.arange(5), sizes)
    # Each answer comes after the one before it: opened, then clicked, then bought.
    delay = np.zeros((5, len(sent)), dtype=np.int64)
    for answer, longest in ((1, 2 * DAY), (2, 1800), (3, DAY)):
        delay[answer] = delay[answer - 1] + rng.integers(60, longest, len(sent))
    delay[4] = 60 + rng.integers(0, DAY, len(sent))
    seconds = sent.seconds[message] + delay[kind, message]
    customer = sent.who[message]
    in_time = seconds < np.minimum(ended[customer], HISTORY_DAYS) * DAY
    sort = np.argsort(seconds, kind="stable")
    sort = sort[in_time[sort]]
    channel = pick(rng, (72, 12, 14, 2), len(sent))
    offer = np.array([0, 10, 20])[pick(rng, (60, 28, 12), len(sent))]
    number = sent.seconds // (14 * DAY)
    chosen = message[sort]
    return pl.DataFrame(
        {
            "message_id": event_names("M", batch.first, len(sent)).gather(pl.Series(chosen)),
            "customer_id": customer_names(batch.first + customer[sort]),
            "sent_at": _moments(batch, sent.seconds[chosen]),
            "happened_at": _moments(batch, seconds[sort]),
            "kind": named(kind[sort], ("sent", "opened", "clicked", "converted", "unsubscribed")),
            "campaign": named(number[chosen], [f"Campaign {index + 1:02d}" for index in range(HISTORY_DAYS // 14 + 1)]),
            "channel": named(channel[chosen], _SENT_BY),
            "offer_percent": offer[chosen],
            "cost": np.where(kind[sort] == 0, _COSTS[channel[chosen]], 0.0),
        }
    )


def simulate_batch(rng: np.random.Generator, batch: Batch) -> BatchTables:
    """Simulate some customers of the CRM world and everything that happened to them."""
    who, customers = people(rng, batch)
    diary, mood, ended = live(rng, batch, who)
    left = ended != STAYS
    ended_at = days_of(batch, np.where(left, ended, 0)).set(pl.Series(~left), None)
    tables = {
        "customers": customers.with_columns(ended_at.alias("ended_at")),
        "transactions": _transactions(rng, batch, who, diary, ended),
        "interactions": _interactions(rng, batch, diary),
        "marketing": _marketing(rng, batch, diary, ended),
    }
    return BatchTables(tables, {"customers": truth(rng, batch, who, mood, ended)})
