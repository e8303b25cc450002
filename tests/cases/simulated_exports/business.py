"""Simulates small businesses: customers with purchases or subscriptions, all money in whole cents."""

import calendar
import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path

from tests.cases.simulated_exports.reading import read_words

NAMES = read_words(Path(__file__).parent / "words" / "names.txt")
GOODS = NAMES["goods"]
SALES = ("paid", "shipped", "refunded", "part_refunded")  # the states of orders that brought money


@dataclass
class Customer:
    """One customer: how each export may name them."""

    number: str
    name: str
    email: str
    phone: str
    city: int
    rate: float


@dataclass
class Order:
    """One order as it was made and what became of it; ``state`` is our own word for that."""

    number: str
    customer: Customer
    at: dt.datetime
    lines: list[tuple[int, int, int]]
    discount: int = 0
    shipping: int = 0
    state: str = "paid"
    refunded: int = 0
    refunded_at: dt.datetime | None = None
    method: str = "m_card"

    @property
    def goods(self) -> int:
        """The sum of the lines."""
        return sum(quantity * price for _, quantity, price in self.lines)

    @property
    def total(self) -> int:
        """What the customer was charged, tax included."""
        return self.goods - self.discount + self.shipping

    @property
    def received(self) -> int:
        """What came in and stayed."""
        return self.total - self.refunded if self.state in SALES else 0


@dataclass
class Subscription:
    """One subscription with its price of one term of so many months."""

    number: str
    customer: Customer
    start: dt.date
    end: dt.date | None
    plan: int
    months: int
    price: int
    state: str = "active"

    @property
    def monthly(self) -> float:
        """The price of a month, in cents."""
        return self.price / self.months


class Business:
    """A random source, the last recorded day and the customers of one simulated business."""

    def __init__(self, seed: int, unit: int) -> None:
        self.rng = random.Random(seed)
        rng = self.rng
        self.unit = unit  # what all prices are multiples of, in cents
        self.last_day = dt.date(rng.choice((2023, 2024, 2025)), rng.randint(1, 12), rng.randint(1, 28))
        self.days = rng.randint(540, 1000)
        self.first_day = self.last_day - dt.timedelta(days=self.days)
        people = [(a, b) for a in NAMES["first"] for b in NAMES["last"]]
        rng.shuffle(people)
        first, step = rng.choice(((1001, 1), (48213, 7), (700130, 3)))
        self.customers = []
        for i, (a, b) in enumerate(people[: rng.randint(120, 150)]):
            mail = f"{a.lower()}.{b.lower()}{rng.choice(('', '1', '77'))}@{rng.choice(('mail', 'post', 'web'))}.example"
            phone = f"+{rng.choice((33, 34, 39, 44, 48, 49, 55))}{rng.randint(600_000_000, 799_999_999)}"
            number = str(first + step * i)
            self.customers.append(
                Customer(number, f"{a} {b}", mail, phone, rng.randrange(9), rng.gammavariate(1.2, 1.0))
            )

    def price(self, low: int, high: int) -> int:
        """Draws a price between so many units; in cents, ending as prices do."""
        units = self.rng.randint(low, high)
        ending = self.rng.choice((0, -1, -5, -10, 50)) if self.unit == 100 else 0
        return units * self.unit + ending

    def moment(self, day: dt.date) -> dt.datetime:
        """A time of this day in opening hours."""
        return dt.datetime.combine(
            day, dt.time(self.rng.randint(7, 21), self.rng.randrange(60), self.rng.randrange(60))
        )

    def orders(self, states: dict[str, float], *, several_lines: bool = False) -> list[Order]:
        """Makes the orders in order of time, each in one of ``states`` (our word: share of the orders)."""
        rng = self.rng
        prices = [self.price(5, 120) for _ in GOODS]
        times: list[tuple[dt.datetime, Customer]] = []
        for customer in self.customers:
            number = 1 + min(int(rng.expovariate(1 / (3 * customer.rate + 0.3))), 18)
            joined = rng.randrange(self.days - 30)
            times += [(self.moment(self._day(rng.randint(joined, self.days))), customer) for _ in range(number)]
        times.append((self.moment(self.last_day), self.customers[0]))
        times.sort(key=lambda pair: pair[0])
        with_discount, with_shipping = rng.random() < 0.6, rng.random() < 0.6
        fees = [self.price(3, 9) for _ in range(3)]
        first = rng.choice((1, 1000, 20_400))
        made = []
        for i, (at, customer) in enumerate(times):
            goods = rng.sample(range(len(GOODS)), rng.choice((1, 1, 2, 3)) if several_lines else 1)
            lines = [(g, rng.choice((1, 1, 1, 2, 3)), prices[g]) for g in goods]
            order = Order(str(first + i), customer, at, lines)
            if with_discount and rng.random() < 0.25:
                order.discount = round(order.goods * rng.choice((0.05, 0.1, 0.2)) / self.unit) * self.unit
            if with_shipping and rng.random() < 0.7:
                order.shipping = rng.choice(fees)
            order.method = rng.choice(("m_card", "m_card", "m_transfer", "m_wallet"))
            self._decide(order, states)
            made.append(order)
        return made

    def _day(self, number: int) -> dt.date:
        return self.first_day + dt.timedelta(days=number)

    def _decide(self, order: Order, states: dict[str, float]) -> None:
        """Draws what became of an order; only those of the last weeks still wait for their money."""
        rng = self.rng
        late = (self.last_day - order.at.date()).days < 45
        names = [name for name in states if name != "pending" or late]
        order.state = rng.choices(names, [states[name] * (12 if name == "pending" else 1) for name in names])[0]
        if order.state == "refunded":
            order.refunded = order.total
        if order.state == "part_refunded":
            order.refunded = max(self.unit, round(order.total * rng.uniform(0.15, 0.6) / self.unit) * self.unit)
        if order.refunded:
            span = min(rng.randint(1, 20), max(0, (self.last_day - order.at.date()).days))
            order.refunded_at = order.at + dt.timedelta(days=span)

    def subscriptions(self, intervals: tuple[int, ...], *, states: tuple[str, ...] = ()) -> list[Subscription]:
        """Makes one subscription a customer (some come back); terms of ``intervals`` months, extra ``states``."""
        rng = self.rng
        base = sorted({self.price(9, 60) for _ in range(3)})
        made: list[Subscription] = []
        for customer in self.customers:
            day = self._day(rng.randrange(self.days))
            for _ in range(rng.choice((1, 1, 1, 2))):
                if day >= self.last_day:
                    break
                plan, months = rng.randrange(len(base)), rng.choice(intervals)
                price = {1: base[plan], 3: round(base[plan] * 2.7 / 10) * 10}.get(months, base[plan] * 10)
                terms = 1 + int(rng.expovariate(1 / max(1.0, 14 / months)))
                end: dt.date | None = add_months(day, terms * months)
                if end is not None and end >= self.last_day:
                    end = None
                made.append(
                    Subscription("", customer, day, end, plan, months, price, "active" if end is None else "ended")
                )
                if end is None:
                    break
                day = end + dt.timedelta(days=rng.randint(20, 200))
        self._settle(made, base, states)
        return made

    def _settle(self, made: list[Subscription], base: list[int], states: tuple[str, ...]) -> None:
        """Numbers the subscriptions by their begin, lets one begin on the last day, and draws the extra states."""
        rng = self.rng
        spare = Customer("990001", "Wanda Zeman", "wanda.zeman@mail.example", "+34700000001", 1, 1.0)
        made.append(Subscription("", spare, self.last_day, None, 0, 1, base[0]))
        made.sort(key=lambda sub: sub.start)
        for i, sub in enumerate(made):
            sub.number = f"{30_000 + i}"
            if sub.state == "active" and states and rng.random() < 0.08:
                sub.state = rng.choice(states)
            if sub.state == "trial":
                sub.start = self.last_day - dt.timedelta(days=rng.randint(0, 10))


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
