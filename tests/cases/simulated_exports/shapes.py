"""What a layout makes: tables of typed columns, and the truth that a reader of them must come to."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.cases.simulated_exports.business import Business, Customer
from tests.cases.simulated_exports.style import Style


@dataclass
class Column:
    """One column: a concept of the word lists, what its cells are, and the cells (money in cents)."""

    concept: str
    kind: str
    cells: list[Any]
    name: str = ""


@dataclass
class Table:
    """One file: the concept of its name, and its columns."""

    concept: str
    columns: list[Column] = field(default_factory=list)

    def add(self, concept: str, kind: str, cells: Iterable[Any]) -> None:
        """Adds a column."""
        self.columns.append(Column(concept, kind, list(cells)))


@dataclass
class Truth:
    """The right figures, money in cents: each of a list is right, of ``net_if_asked`` only where `init` asks."""

    net: list[float] = field(default_factory=list)
    net_if_asked: list[float] = field(default_factory=list)
    customers: tuple[int, int] | None = None
    running: list[int] = field(default_factory=list)
    mrr: list[float] = field(default_factory=list)


@dataclass
class Case:
    """One export before it is written."""

    tables: list[Table]
    truth: Truth


@dataclass
class Draw:
    """What a layout draws from: the business, the house style and a random source of its own."""

    business: Business
    style: Style
    rng: random.Random

    def chance(self, share: float) -> bool:
        """True in this share of the seeds."""
        return self.rng.random() < share


def name_customers(table: Table, draw: Draw, people: list[Customer], ways: tuple[str, ...] = ()) -> None:
    """Adds the columns that name the customer, in one of several forms."""
    form = draw.rng.choice(ways or ("id", "id", "id_name", "id_email", "email", "email_name", "name", "id_name_email"))
    if "id" in form.split("_"):
        table.add("customer_id", "id", [person.number for person in people])
    if "name" in form:
        table.add("customer_name", "text", [person.name for person in people])
    if "email" in form:
        table.add("email", "text", [person.email for person in people])
    if "phone" in form:
        table.add("phone", "text", [person.phone for person in people])


def distract(table: Table, draw: Draw, totals: list[int], people: list[Customer], most: int = 3) -> None:
    """Adds columns that are no revenue: costs, commissions, weights, points, places."""
    rng, unit = draw.rng, draw.business.unit
    places, stores = ("DE", "FR", "ES", "PT", "PL", "GB"), ("Centro", "Nord", "Bahnhof", "Plaza", "Online", "Marina")
    cities = ("Lyon", "Porto", "Bern", "Graz", "Gdynia", "Sevilla", "Leeds", "Gent", "Turku")
    pool: list[tuple[str, str, Callable[[int, Customer], Any]]] = [
        ("rate", "num", lambda _, __: 1.0),
        ("weight", "num", lambda _, __: round(rng.uniform(0.2, 12), 2)),
        ("stock", "int", lambda _, __: rng.randint(0, 300)),
        ("commission", "money", lambda total, _: round(abs(total) * 0.08)),
        ("cost", "money", lambda total, _: round(abs(total) * rng.uniform(0.5, 0.6))),
        ("points", "int", lambda total, _: max(0, total) // (unit * 10)),
        ("store", "text", lambda _, __: rng.choice(stores)),
        ("city", "text", lambda _, person: cities[person.city]),
        ("country", "text", lambda _, person: places[person.city % len(places)]),
        ("note", "text", lambda _, __: "" if rng.random() < 0.97 else "ok"),
    ]
    for concept, kind, cell in rng.sample(pool, rng.randint(0, most)):
        table.add(concept, kind, [cell(total, person) for total, person in zip(totals, people, strict=True)])


def span(kept: Iterable[Customer], everybody: Iterable[Customer]) -> tuple[int, int]:
    """The least and the most customers that a right reading counts."""
    return len({person.number for person in kept}), len({person.number for person in everybody})


def tax_of(total: int, percent: int) -> int:
    """The tax contained in a total."""
    return round(total * percent / (100 + percent))
