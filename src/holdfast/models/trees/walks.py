"""Tree ensembles as flat arrays: one way to score and to explain the trees of every library.

A step down a tree moves its expectation from the node's mean to the child's; the move is credited to the feature
that the node splits on (Saabas 2014). The moves of a row add up to its score exactly.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from holdfast.models.encoding import Floats, Singles

_KERNEL = "holdfast.models.trees.kernel"
_QUICK_WALKS = 5_000  # down one tree each
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees one after another; a leaf splits on no feature (-1). `value` is the node's mean leaf value."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats  # a number at or below it goes to `lower`
    lower: NDArray[np.int32]
    upper: NDArray[np.int32]
    missing_lower: NDArray[np.bool_]
    value: Floats

    @property
    def base(self) -> float:
        """Where every row starts: the sum of the roots' values."""
        return float(self.value[self.roots].sum())

    def scores(self, matrix: Singles | Floats) -> Floats:
        """(n,) sums of leaf values."""
        summed, doubles = np.zeros(len(matrix)), np.ascontiguousarray(matrix, dtype=np.float64)
        if self._is_quick(len(matrix)):
            scores(doubles, self._arrays, summed)
        else:
            load_machine_code().scores(doubles, self._arrays, self._ways, summed)
        return summed

    def contributions(self, matrix: Singles) -> Floats:
        """(n, features) what each feature moved the sum of leaf values by, from `base`."""
        contributed, doubles = np.zeros(matrix.shape), np.ascontiguousarray(matrix, dtype=np.float64)
        if self._is_quick(len(matrix)):
            contributions(doubles, self._arrays, contributed)
        else:
            load_machine_code().contributions(doubles, self._arrays, self._ways, contributed)
        return contributed

    def shared_contributions(self, matrix: Floats, owners: tuple[NDArray[np.int32], NDArray[np.int32]]) -> Floats:
        """(n, owners) as `contributions`, where each feature was computed from one column or from two.

        Args:
            matrix: (n, features). owners: (features,) the first and the second column of each.
        """
        contributed = np.zeros((len(matrix), int(max(owners[0].max(initial=-1), owners[1].max(initial=-1))) + 1))
        walks = self._walks(len(matrix))
        walks.shared_contributions(np.ascontiguousarray(matrix), self._arrays, *owners, contributed)
        return contributed

    def of_roots(self, chosen: NDArray[np.bool_]) -> "Trees":
        """Only some of the trees."""
        return replace(self, roots=self.roots[chosen])

    def to_bytes(self) -> bytes:
        """The arrays as one NPZ file."""
        target = io.BytesIO()
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(target, **arrays)
        return target.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def _is_quick(self, rows: int) -> bool:
        """Whether there is so little to walk that machine code would take longer to load."""
        return rows * len(self.roots) <= _QUICK_WALKS and not load_machine_code.cache_info().currsize

    def _walks(self, rows: int) -> ModuleType:
        """Where the walks are machine code, or this module."""
        return import_module(__name__) if self._is_quick(rows) else load_machine_code()

    @cached_property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    @cached_property
    def _ways(self) -> tuple[NDArray[np.int32], ...]:
        """What the compiled walks look up of the trees; of one customer it would take longer than the walks."""
        ways: tuple[NDArray[np.int32], ...] = load_machine_code().ways(self.feature, self.lower, self.upper)
        return ways


@cache
def load_machine_code() -> ModuleType:
    """The walks below as machine code; a process that scores again and again asks for it once."""
    return import_module(_KERNEL)


def step(numbers: Any, node: Any, trees: Any) -> Any:
    """The node below `node` for one row; where a number is missing, each node knows which way to go."""
    _, feature, threshold, lower, upper, missing_lower, _ = trees
    number = numbers[feature[node]]
    below = missing_lower[node] if np.isnan(number) else number <= threshold[node]
    return lower[node] if below else upper[node]


def contributions(matrix: Any, trees: Any, contributed: Any) -> None:
    """Add to (n, features) `contributed` what each feature moves the sum of leaf values by."""
    roots, feature, value = trees[0], trees[1], trees[6]
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                following = step(matrix[row], node, trees)
                contributed[row, feature[node]] += value[following] - value[node]
                node = following


def shared_contributions(matrix: Any, trees: Any, first: Any, second: Any, contributed: Any) -> None:
    """As `contributions`, each move credited in halves to the two columns that a feature was computed from."""
    roots, feature, value = trees[0], trees[1], trees[6]
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        for root in roots:
            for row in range(start, min(start + _ROWS_AT_ONCE, matrix.shape[0])):
                node = root
                while feature[node] >= 0:
                    following = step(matrix[row], node, trees)
                    half = 0.5 * (value[following] - value[node])
                    contributed[row, first[feature[node]]] += half
                    contributed[row, second[feature[node]]] += half
                    node = following


def scores(matrix: Any, trees: Any, summed: Any) -> None:
    """Add to (n,) `summed` the leaf values of each row; `kernel` does it with many rows at a time."""
    roots, feature, value = trees[0], trees[1], trees[6]
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = step(matrix[row], node, trees)
            summed[row] += value[node]


@dataclass(frozen=True)
class Nodes:
    """One tree as a library gives it; children are positions within the tree."""

    feature: NDArray[Any]  # -1: a leaf
    threshold: NDArray[Any]
    lower: NDArray[Any]
    upper: NDArray[Any]
    missing_lower: NDArray[Any]
    leaf_value: NDArray[Any]  # read at leaves only
    weight: NDArray[Any]  # training rows (or their curvature) at each node


def joined(several: Sequence[Nodes], share: float = 1.0, *, explains: bool = True) -> Trees:
    """Trees one after another, each node given the mean of its leaves, weighted by training rows.

    Args:
        several: the trees.
        share: what every value is multiplied by, 1 / trees for a mean.
        explains: whether contributions will be requested; for scores alone only leaves need values.
    """
    if not several:
        return _NO_TREES
    starts = np.cumsum([0, *(len(nodes.feature) for nodes in several)])
    values = [share * (_means(nodes) if explains else nodes.leaf_value) for nodes in several]

    def children(name: str) -> NDArray[np.int32]:
        moved = [getattr(nodes, name).astype(np.int64) + start for nodes, start in zip(several, starts, strict=False)]
        return np.concatenate(moved).astype(np.int32)

    def column(name: str, dtype: Any) -> NDArray[Any]:
        return np.concatenate([getattr(nodes, name) for nodes in several]).astype(dtype)

    return Trees(
        roots=starts[:-1].astype(np.int32),
        feature=column("feature", np.int32),
        threshold=column("threshold", np.float64),
        lower=children("lower"),
        upper=children("upper"),
        missing_lower=column("missing_lower", np.bool_),
        value=np.concatenate(values),
    )


_NO_TREES = Trees(
    roots=np.empty(0, dtype=np.int32),
    feature=np.empty(0, dtype=np.int32),
    threshold=np.empty(0),
    lower=np.empty(0, dtype=np.int32),
    upper=np.empty(0, dtype=np.int32),
    missing_lower=np.empty(0, dtype=np.bool_),
    value=np.empty(0),
)


def _means(nodes: Nodes) -> Floats:
    from holdfast.models.trees import kernel

    value = np.array(nodes.leaf_value, dtype=np.float64)
    feature, lower, upper = (np.asarray(each, dtype=np.int64) for each in (nodes.feature, nodes.lower, nodes.upper))
    kernel.means(feature, lower, upper, np.asarray(nodes.weight, dtype=np.float64), value)
    return value
