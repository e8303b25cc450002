"""What the trees of a stack read: a table's own columns, and columns derived from them by each fold.

A derived column is a number a level (a leaving rate, or its rank), or a sum, difference, product or ratio of two
numbers. All of a stack are computed together, so that one customer costs a few array operations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.encoding import Floats, Singles, TreeEncoder

Positions = NDArray[np.int64]
OPERATIONS = ("+", "-", "*", "/")


@dataclass(frozen=True)
class Lookup:
    """A category's levels as numbers; the last one is for levels that are rare or were not in the training rows."""

    column: int  # of the base matrix
    values: Singles  # (levels + 1,)

    def of(self, base: Singles) -> Singles:
        return self.values[base[:, self.column].astype(np.int64)]


@dataclass(frozen=True)
class Pair:
    """Two numbers combined."""

    first: int
    second: int
    operation: str

    def of(self, base: Singles) -> Singles:
        return combined(base[:, self.first], base[:, self.second], self.operation)


Derived = Lookup | Pair


def combined(first: Singles, second: Singles, operation: str) -> Singles:
    """(n,) the sum, difference, product or ratio; NaN where either is missing or the result is not finite."""
    with np.errstate(all="ignore"):
        if operation == "+":
            result = first + second
        elif operation == "-":
            result = first - second
        elif operation == "*":
            result = first * second
        else:
            result = first / second
    result[~np.isfinite(result)] = np.nan
    return result


@dataclass(frozen=True)
class Columns:
    """Base columns first, then the derived ones, in order."""

    base: TreeEncoder
    derived: tuple[Derived, ...]

    @property
    def width(self) -> int:
        return len(self.base.features) + len(self.derived)

    def matrix(self, rows: pl.DataFrame) -> Floats:
        """(n, width) numbers in double precision, as the compiled walks want them; single-precision values."""
        base = self.base.matrix(rows)
        inner = len(self.base.features)
        filled = np.empty((rows.height, self.width))
        filled[:, :inner] = base
        for at, columns, codes in self._lookups:
            filled[:, at] = codes[base[:, columns].astype(np.int64) + self._starts]
        for at, first, second, operation in self._pairs:
            filled[:, at] = combined(base[:, first], base[:, second], operation)
        return filled

    def owners(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(width,) the base column that each column comes from, and the other one where there are two."""
        inner = np.arange(len(self.base.features))
        first = [each.first if isinstance(each, Pair) else each.column for each in self.derived]
        second = [each.second if isinstance(each, Pair) else each.column for each in self.derived]
        return np.array([*inner, *first], dtype=np.int32), np.array([*inner, *second], dtype=np.int32)

    def record(self) -> dict[str, Any]:
        """What JSON can hold; the numbers of the lookups are `lookup_values`."""
        written = [
            [each.first, each.second, each.operation] if isinstance(each, Pair) else [each.column, len(each.values)]
            for each in self.derived
        ]
        return {"base": self.base.record(), "derived": written}

    def lookup_values(self) -> Singles:
        """The numbers of all lookups, one after another."""
        values = [each.values for each in self.derived if isinstance(each, Lookup)]
        return np.concatenate([np.empty(0, dtype=np.float32), *values])

    @classmethod
    def of(cls, record: Mapping[str, Any], values: Singles) -> Self:
        derived: list[Derived] = []
        start = 0
        for each in record["derived"]:
            if len(each) == 3:
                derived.append(Pair(*each))
            else:
                derived.append(Lookup(each[0], values[start : start + each[1]]))
                start += each[1]
        return cls(TreeEncoder.of(record["base"]), tuple(derived))

    @cached_property
    def _starts(self) -> Positions:
        sizes = [len(each.values) for each in self.derived if isinstance(each, Lookup)]
        return np.cumsum([0, *sizes[:-1]]).astype(np.int64) if sizes else np.empty(0, dtype=np.int64)

    @cached_property
    def _lookups(self) -> list[tuple[Positions, Positions, Singles]]:
        at = _positions(self, [index for index, each in enumerate(self.derived) if isinstance(each, Lookup)])
        columns = np.array([each.column for each in self.derived if isinstance(each, Lookup)], dtype=np.int64)
        return [(at, columns, self.lookup_values())] if len(at) else []

    @cached_property
    def _pairs(self) -> list[tuple[Positions, Positions, Positions, str]]:
        grouped = []
        for operation in OPERATIONS:
            pairs = [
                (index, each)
                for index, each in enumerate(self.derived)
                if isinstance(each, Pair) and each.operation == operation
            ]
            if pairs:
                at = _positions(self, [index for index, _ in pairs])
                first, second = (np.array(side) for side in zip(*((p.first, p.second) for _, p in pairs), strict=True))
                grouped.append((at, first, second, operation))
        return grouped


def _positions(columns: Columns, derived: Sequence[int]) -> Positions:
    return np.array(derived, dtype=np.int64) + len(columns.base.features)
