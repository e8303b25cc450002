"""Simulates a business, a batch of customers at a time, so that memory does not limit its size."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module

import numpy as np

from holdfast.errors import HoldfastError
from holdfast.simulator.types import Batch, BatchTables, Business, Request, Simulated, World

LAST_DAY = date(2026, 6, 30)
BATCH_CUSTOMERS = 25_000  # customers simulated at a time
MOST = 5_000_000


def business(world: World) -> Business:
    """The simulated business of that name; only its module is loaded."""
    module = import_module(f"holdfast.simulator.{world}.business")
    result: Business = getattr(module, world.upper())
    return result


def checked_request(kind: str, customers: int, seed: int, until: date = LAST_DAY) -> Request:
    """Check what is to be simulated.

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


def batches(request: Request) -> Iterator[BatchTables]:
    """The tables of the customers of a request, a batch at a time."""
    simulate_batch = business(request.world).simulate_batch
    for number, first in enumerate(range(0, request.customers, BATCH_CUSTOMERS)):
        seeds = np.random.SeedSequence([request.seed, tuple(World).index(request.world), number])
        count = min(BATCH_CUSTOMERS, request.customers - first)
        yield simulate_batch(np.random.Generator(np.random.SFC64(seeds)), Batch(first, count, request.until))


def simulate(kind: str, customers: int, seed: int, until: date = LAST_DAY) -> Simulated:
    """Simulate a business, wholly in memory and clean.

    Args:
        kind: crm, saas, retail or experiment.
        customers: how many, 1 to 5 million.
        seed: the same seed gives the same records.
        until: the last day of history, included.
    """
    request = checked_request(kind, customers, seed, until)
    return Simulated(request, business(request.world).readme, tuple(batches(request)))
