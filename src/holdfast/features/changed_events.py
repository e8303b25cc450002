"""A customer with other habits: events and wanted facts in, events of a customer who has these facts out.

Orders that the facts leave no room for are left out; those that they need beside are copies of the last one, at other
times. So every other feature, measured of the same events, agrees with the changed ones.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.build import DAY_MICROSECONDS
from holdfast.features.operators import Operator
from holdfast.features.spec import Aggregate, Feature

Wanted = Mapping[Aggregate, float | None]
Conditions = tuple[tuple[str, str], ...]
_AGE, _UNIT, _NUMBER = "_age", "_unit", "_number"


def is_made_of_events(feature: Feature) -> bool:
    """Whether a fact can be changed through the events: how long ago the last was, or how many there were."""
    if not isinstance(feature, Aggregate) or feature.window.ends_days_ago:
        return False
    if feature.operator is Operator.DAYS_SINCE_LAST:
        return feature.window.days is None
    if feature.operator is Operator.DISTINCT:
        return bool(feature.per) and feature.column == feature.per
    return feature.operator is Operator.COUNT and not feature.column and not feature.per


def events_with(
    tables: Mapping[str, pl.DataFrame], wanted: Wanted, cutoff: datetime
) -> tuple[dict[str, pl.DataFrame], list[Aggregate]]:
    """The tables of one customer, changed so that facts take other values.

    Args:
        tables: cleaned tables, of one customer alone.
        wanted: facts for which `is_made_of_events`, with their values; None: never.
        cutoff: at which they are measured.

    Returns:
        The tables; and the facts that the events cannot give: there is no event to repeat.

    Raises:
        HoldfastError: values that contradict each other.
    """
    changed, without_events = dict(tables), list[Aggregate]()
    for (table, where, per), facts in _grouped(wanted).items():
        events = _Events.of(tables[table], where, per, cutoff)
        if events is None:
            without_events += facts
            continue
        for fact in sorted(facts, key=_order):
            events = events.with_fact(fact, facts[fact])
        changed[table] = events.replaced_in(changed[table])
    return changed, without_events


def _grouped(wanted: Wanted) -> dict[tuple[str, Conditions, str], dict[Aggregate, float | None]]:
    """By the events that they are about; where orders are counted by their id, it says which lines belong together."""
    per = {(fact.table, fact.where): fact.per for fact in wanted if fact.per}
    groups: dict[tuple[str, Conditions, str], dict[Aggregate, float | None]] = {}
    for fact, value in wanted.items():
        key = (fact.table, fact.where, per.get((fact.table, fact.where), ""))
        groups.setdefault(key, {})[fact] = value
    return groups


def _order(fact: Aggregate) -> tuple[bool, float]:
    """When the last was comes first, then counts from the narrowest window to all time."""
    return fact.operator is not Operator.DAYS_SINCE_LAST, _days(fact)


def _days(fact: Aggregate) -> float:
    return math.inf if fact.window.days is None else float(fact.window.days)


@dataclass(frozen=True)
class _Order:
    """What counts as one event: a row, or the lines of an order."""

    age: float  # days before the cutoff
    unit: int | None  # its number among the rows; None: a copy


@dataclass(frozen=True)
class _Events:
    """The events that facts are about, as far as the facts have been met."""

    rows: pl.DataFrame  # as they were, with the age and the number of what they belong to
    per: str
    orders: tuple[_Order, ...]  # newest first
    settled: float = 0.0  # up to this age nothing may change any more

    @classmethod
    def of(cls, table: pl.DataFrame, where: Conditions, per: str, cutoff: datetime) -> "_Events | None":
        """The events that match; None where there is none to repeat."""
        visible_from = pl.coalesce("known_at", "happened_at") if "known_at" in table.columns else pl.col("happened_at")
        matches = [pl.col(name).cast(pl.String) == value for name, value in where]
        numbered = table.with_row_index(_NUMBER).filter(pl.col("happened_at") < cutoff, visible_from < cutoff, *matches)
        if numbered.is_empty() or (per and table.schema[per] != pl.String):
            return None
        age = (pl.lit(cutoff) - pl.col("happened_at")).dt.total_microseconds() / DAY_MICROSECONDS
        unit = pl.coalesce(pl.col(per), pl.format("row {}", _NUMBER)) if per else pl.col(_NUMBER)
        rows = numbered.with_columns(age.alias(_AGE), unit.rank("dense").cast(pl.Int64).alias(_UNIT))
        ages = rows.group_by(_UNIT).agg(pl.col(_AGE).min()).sort(_AGE, _UNIT)
        return cls(rows, per, tuple(_Order(age, unit) for unit, age in ages.iter_rows()))

    def with_fact(self, fact: Aggregate, value: float | None) -> "_Events":
        """The events with one more fact as it is wanted.

        Raises:
            HoldfastError: it contradicts one that was met before.
        """
        if fact.operator is not Operator.DAYS_SINCE_LAST:
            return self._counted(fact, int(value or 0))
        if value is None:
            return replace(self, orders=())
        age = max(value, 1 / DAY_MICROSECONDS)  # what happens on the cutoff itself is not known at it
        older = tuple(order for order in self.orders if order.age >= age)
        is_there = bool(older) and older[0].age == age
        return replace(self, orders=older if is_there else (_Order(age, None), *older), settled=age)

    def _counted(self, fact: Aggregate, wanted: int) -> "_Events":
        window = _days(fact)
        inside = [order for order in self.orders if order.age <= window]
        outside = [order for order in self.orders if order.age > window]
        fixed = sum(order.age <= self.settled for order in inside)
        added = wanted - len(inside)
        if wanted < fixed or (added > 0 and self.settled >= window):
            raise HoldfastError(
                f"{fact.name}: {wanted:,} contradicts what else is changed.", fix="Leave one of the two as it is."
            )
        # The oldest of the window go, so that the last stays where it was; what is added lies between it and the end.
        begin = max(self.settled, inside[0].age if inside else 0.0)
        end = window if window < math.inf else max([begin + added + 1, *(order.age for order in inside)])
        step = (end - begin) / (added + 1) if added > 0 else 0.0
        copies = [_Order(begin + step * (number + 1), None) for number in range(added)]
        orders = sorted([*inside[:wanted], *copies, *outside], key=lambda order: order.age)
        return replace(self, orders=tuple(orders), settled=window)

    def replaced_in(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table with these events in place of those that match."""
        units = [order.unit for order in self.orders if order.unit is not None]
        removed = self.rows.filter(~pl.col(_UNIT).is_in(units))[_NUMBER]
        stays = table.with_row_index(_NUMBER).filter(~pl.col(_NUMBER).is_in(removed.implode())).drop(_NUMBER)
        last = self.rows.filter(pl.col(_UNIT) == self.rows.sort(_AGE, _UNIT)[_UNIT][0])
        copies = [order.age for order in self.orders if order.unit is None]
        again = self._again(last, copies, table.columns)
        return pl.concat([stays, again]).sort("happened_at", maintain_order=True)

    def _again(self, last: pl.DataFrame, ages: Sequence[float], columns: Sequence[str]) -> pl.DataFrame:
        """The last order once more for each age: so many days before the cutoff."""
        newest: float = last[_AGE].min()  # type: ignore[assignment]
        moved = [timedelta(microseconds=round((newest - age) * DAY_MICROSECONDS)) for age in ages]
        copies = pl.DataFrame({"_moved": pl.Series(moved, dtype=pl.Duration("us"))}).with_row_index("_copy")
        times = [name for name in ("happened_at", "known_at") if name in columns]
        again = last.join(copies, how="cross").with_columns(
            (pl.col("happened_at") + pl.col("_moved")).alias(name) for name in times
        )
        if self.per:
            again = again.with_columns(pl.format("{} again {}", self.per, "_copy").alias(self.per))
        return again.select(columns)
