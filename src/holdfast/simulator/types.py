"""The records of a simulation: what is requested, and the exported tables with the truth behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from holdfast.simulator.dirt import Dirt


class World(StrEnum):
    """The businesses that can be simulated."""

    CRM = "crm"
    SAAS = "saas"
    RETAIL = "retail"
    EXPERIMENT = "experiment"


@dataclass(frozen=True)
class Request:
    """Which business to simulate. The same request gives the same bytes."""

    world: World
    customers: int
    seed: int
    until: date  # the last day of history, included


@dataclass(frozen=True)
class Batch:
    """Some customers of a request: those numbered `first .. first + count - 1`."""

    first: int
    count: int
    until: date


@dataclass(frozen=True)
class BatchTables:
    """The tables and the truth of some customers."""

    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class ReadmeTexts:
    """What the README of a simulated folder says."""

    title: str
    tables: dict[str, str]  # table -> what one row is
    truth: dict[str, str]  # truth table -> what it holds
    rules: tuple[str, ...]  # how the records come about
    currency: str = "EUR"  # of all amounts


@dataclass(frozen=True)
class Business:
    """One kind of simulated business: its generator, its README, its usual dirt, its true parameters."""

    simulate_batch: Callable[[np.random.Generator, Batch], BatchTables]
    readme: ReadmeTexts
    dirt: dict[str, tuple[Dirt, ...]]
    parameters: dict[str, float]


@dataclass(frozen=True)
class Simulated:
    """A whole simulated business, clean; dirt is planted by the writer."""

    request: Request
    readme: ReadmeTexts
    batches: tuple[BatchTables, ...]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: pl.concat([batch.tables[name] for batch in self.batches]) for name in self.batches[0].tables}

    @property
    def truth(self) -> dict[str, pl.DataFrame]:
        return {name: pl.concat([batch.truth[name] for batch in self.batches]) for name in self.batches[0].truth}
