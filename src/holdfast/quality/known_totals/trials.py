"""Every reading of the money that a few changes make, with the totals it gives; and which of them prove something."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

from holdfast.quality.known_totals.changes import ALL_TABLES, SCALE, MoneyChange
from holdfast.quality.known_totals.sums import Floats, TableSums

MOST_TRIED = 30_000  # readings, so that the search takes seconds
MOST_CHANGES = 3
_ROUNDING = 1e-6  # of sums of floats
_NEAR = 0.1  # share of a total: how many readings come so near says how many agree with it by accident
_BY_ACCIDENT = 0.01  # expected readings that agree by accident, from which on an agreement proves nothing
_Own = tuple[int, ...]  # positions of changes


@dataclass(frozen=True)
class Trials:
    """The readings that were tried."""

    changes: tuple[tuple[MoneyChange, ...], ...]
    weights: Floats  # (readings,) how many changes, unlikely ones more
    totals: Floats  # (readings, periods)

    @classmethod
    def of(cls, sums: Sequence[TableSums], changes: Sequence[MoneyChange]) -> Self:
        """Readings of one change, of two, and of three likely ones, as long as there are not too many."""
        several: list[tuple[MoneyChange, ...]] = []
        totals: list[Floats] = []
        cache: dict[tuple[str, _Own], Floats] = {}
        likely = [position for position, each in enumerate(changes) if each.change.weight <= 1]
        for number in range(1, MOST_CHANGES + 1):
            among = range(len(changes)) if number < MOST_CHANGES else likely
            if len(several) + math.comb(len(among), number) > MOST_TRIED:
                break
            for positions in combinations(among, number):
                reading = tuple(changes[position] for position in positions)
                if len({each.change.group for each in reading}) == number:
                    several.append(reading)
                    totals.append(np.sum([_total(table, changes, positions, cache) for table in sums], axis=0))
        weights = np.array([sum(each.change.weight for each in reading) for reading in several])
        return cls(tuple(several), weights, np.array(totals))

    def matches(self, weight: float, expected: Floats, distance: Floats) -> list[tuple[MoneyChange, ...]]:
        """Readings of one weight that come within a distance of the totals, unless some may do so by accident.

        Args:
            weight: of `weights`.
            expected: (periods,) the totals that are known.
            distance: (periods,) how far from them is near enough.
        """
        own, up_to = self.weights == weight, self.weights <= weight
        away = np.abs(self.totals - expected)
        matches = own & (away <= distance + _ROUNDING).all(axis=1)
        if not matches.any():
            return []
        others = self.totals[up_to & ~matches & (away <= _window(expected, distance)).all(axis=1)]
        near = len(np.unique(np.round(others, 2), axis=0))
        if is_by_accident(near, expected, np.maximum(distance, self._step(expected) / 2)):
            return []
        return [self.changes[position] for position in np.flatnonzero(matches)]

    def _step(self, expected: Floats) -> float:
        """What all totals are multiples of, tried and expected: a cent, or more where prices are whole."""
        as_priced = [not any(each.change.group[-1] == SCALE for each in reading) for reading in self.changes]
        cents = np.unique(np.round(np.abs(np.vstack([self.totals[as_priced], expected])) * 100).astype(np.int64))
        return max(int(np.gcd.reduce(cents)), 1) / 100


def is_by_accident(near: int, expected: Floats, distance: Floats, most: float = _BY_ACCIDENT) -> bool:
    """Whether so many readings come near the totals that one may well agree without being right.

    As if their totals lay evenly there: the expected number of those within the distance.

    Args:
        near: how many other readings give totals within a tenth of the known ones.
        expected, distance: (totals,) the known ones, and how far from them counts as agreeing.
        most: expected number of such readings, from which on an agreement proves nothing.
    """
    reach = np.minimum(distance / _window(expected, distance), 1.0)
    return (near + 1) * float(np.prod(reach)) > most


def _window(expected: Floats, distance: Floats) -> Floats:
    return np.asarray(np.maximum(_NEAR * np.abs(expected), distance + _ROUNDING), dtype=np.float64)


def _total(
    table: TableSums, changes: Sequence[MoneyChange], positions: _Own, cache: dict[tuple[str, _Own], Floats]
) -> Floats:
    """A table's totals by a reading; many readings change a table in the same way."""
    own = tuple(position for position in positions if changes[position].table in {table.table, ALL_TABLES})
    if (table.table, own) not in cache:
        reading = table.reading
        for position in own:
            reading = changes[position].alter(reading)
        cache[table.table, own] = table.total(reading)
    return cache[table.table, own]
