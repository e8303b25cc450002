"""Make up a business: block by block, so that its size is not bounded by memory."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module

import numpy as np

from holdfast.errors import HoldfastError
from holdfast.simulator.types import Business, Order, Part, Request, Simulated, World

LAST_DAY = date(2026, 6, 30)
BLOCK = 25_000  # customers made up at a time
MOST = 5_000_000


def business(world: World) -> Business:
    """The simulated business of that name; only its module is loaded."""
    module = import_module(f"holdfast.simulator.{world}.business")
    found: Business = getattr(module, world.upper())
    return found


def request(kind: str, customers: int, seed: int, until: date = LAST_DAY) -> Request:
    """Check what is asked for.

    Raises:
        HoldfastError: no such business, or a number of customers out of bounds.
    """
    if kind not in tuple(World):
        raise HoldfastError(f"--kind {kind}: no such simulated business.", fix=f"Use one of {', '.join(World)}.")
    if not 1 <= customers <= MOST:
        raise HoldfastError(
            f"--customers {customers}: the number of customers must lie between 1 and {MOST:,}.",
            fix="For example --customers 10000",
        )
    if seed < 0:
        raise HoldfastError(f"--seed {seed}: a seed is a whole number from 0.", fix="For example --seed 7")
    return Request(World(kind), customers, seed, until)


def parts(asked: Request) -> Iterator[Part]:
    """The customers of a request, a block at a time."""
    make = business(asked.world).part
    for number, first in enumerate(range(0, asked.customers, BLOCK)):
        seeds = np.random.SeedSequence([asked.seed, tuple(World).index(asked.world), number])
        count = min(BLOCK, asked.customers - first)
        yield make(np.random.Generator(np.random.SFC64(seeds)), Order(first, count, asked.until))


def simulate(kind: str, customers: int, seed: int, until: date = LAST_DAY) -> Simulated:
    """Make up a business, wholly in memory and clean.

    Args:
        kind: crm, saas, retail or experiment.
        customers: how many, 1 to 5 million.
        seed: the same seed gives the same records.
        until: the last day of history, included.
    """
    asked = request(kind, customers, seed, until)
    return Simulated(asked, business(asked.world).words, tuple(parts(asked)))
