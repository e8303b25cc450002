"""What a simulation is asked for and what it gives: exported tables, and the truth behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from holdfast.simulator.dirt import Dirt


class World(StrEnum):
    """The businesses that can be made up."""

    CRM = "crm"
    SAAS = "saas"
    RETAIL = "retail"
    EXPERIMENT = "experiment"


@dataclass(frozen=True)
class Request:
    """Which business to make up. The same request gives the same bytes."""

    world: World
    customers: int
    seed: int
    until: date  # the last day of history, included


@dataclass(frozen=True)
class Order:
    """Some customers of a request: those numbered `first .. first + count - 1`."""

    first: int
    count: int
    until: date


@dataclass(frozen=True)
class Part:
    """The tables and the truth of some customers."""

    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Words:
    """What the README of a simulated folder says."""

    title: str
    tables: dict[str, str]  # table -> what one row is
    truth: dict[str, str]  # truth table -> what it holds
    rules: tuple[str, ...]  # how the records come about


@dataclass(frozen=True)
class Business:
    """One sort of simulated business: its generator, its words, its usual dirt, its true parameters."""

    part: Callable[[np.random.Generator, Order], Part]
    words: Words
    dirt: dict[str, tuple[Dirt, ...]]
    parameters: dict[str, float]


@dataclass(frozen=True)
class Simulated:
    """A whole simulated business, clean; dirt is planted by the writer."""

    request: Request
    words: Words
    parts: tuple[Part, ...]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: pl.concat([part.tables[name] for part in self.parts]) for name in self.parts[0].tables}

    @property
    def truth(self) -> dict[str, pl.DataFrame]:
        return {name: pl.concat([part.truth[name] for part in self.parts]) for name in self.parts[0].truth}
