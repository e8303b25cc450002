"""A feature is a record: its name is computed from its definition, so it cannot lie."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import polars as pl


class Operator(StrEnum):
    """What the kernel can measure. A closed set: no code runs that a user wrote."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    STD = "std"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"
    DAYS_ACTIVE = "days_active"  # distinct UTC days with an event
    DAYS_SINCE_FIRST = "days_since_first"
    DAYS_SINCE_LAST = "days_since_last"
    GAP_MEAN = "gap_mean"  # days between consecutive active days
    GAP_STD = "gap_std"
    GAP_MAX = "gap_max"


@dataclass(frozen=True)
class Window:
    """Days before the cutoff: events with `cutoff - days - ends_days_ago <= happened_at < cutoff - ends_days_ago`."""

    days: int | None = None  # None: all time
    ends_days_ago: int = 0

    @property
    def name(self) -> str:
        if self.days is None:
            return "ever"
        return f"{self.days}d" if not self.ends_days_ago else f"{self.days}d_until_{self.ends_days_ago}d_ago"

    @property
    def words(self) -> str:
        if self.days is None:
            return "ever"
        if not self.ends_days_ago:
            return f"in the last {self.days} days"
        return f"in the {self.days} days that ended {self.ends_days_ago} days ago"


class Feature(Protocol):
    """What docs, the API's feature list and the reasons are drawn from."""

    @property
    def name(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def is_category(self) -> bool: ...
    def record(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Aggregate:
    """A measure of one table's events in a window, from the compiled kernel."""

    table: str  # the project's name of the event table
    operator: Operator
    column: str = ""  # what is measured; empty for counts and times
    window: Window = Window()
    where: tuple[str, str] | None = None  # only events whose column has this value
    unit: str = ""
    says: str = ""  # plain words, without window and full stop
    is_category: bool = False

    @property
    def name(self) -> str:
        subject = f"{self.table}_{self.column}" if self.column else self.table
        which = f"_{self.where[0]}_{_slug(self.where[1])}" if self.where else ""
        return f"{subject}{which}_{self.operator.value}_{self.window.name}"

    @property
    def meaning(self) -> str:
        return f"{self.says} {self.window.words}."

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "aggregate",
            "table": self.table,
            "operator": self.operator.value,
            "column": self.column,
            "window_days": self.window.days,
            "window_ends_days_ago": self.window.ends_days_ago,
            "where": list(self.where) if self.where else None,
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


@dataclass(frozen=True)
class Attribute:
    """A column of the customers table, as it stands."""

    column: str
    unit: str
    meaning: str
    is_category: bool = False
    table: str = "customers"

    @property
    def name(self) -> str:
        return self.column

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "attribute",
            "table": self.table,
            "column": self.column,
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


@dataclass(frozen=True)
class Composite:
    """A row-local formula over other features: a ratio, a trend, a score."""

    name: str
    inputs: tuple[str, ...]  # names of the features it needs
    formula: pl.Expr
    unit: str
    meaning: str
    table: str = "several"
    is_category: bool = False

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "composite",
            "table": self.table,
            "inputs": list(self.inputs),
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text.lower()).strip("_")
