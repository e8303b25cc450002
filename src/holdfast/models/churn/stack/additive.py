"""A stack after fitting: one sum of trees and one linear model, whose weights are already inside.

Every member is additive in log-odds and so is the stack: the fold models of a member are averaged, the members are
weighted, and what remains is one long list of trees with scaled leaves and one vector of linear weights.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.contributions import contribution_frame, shares, to_probabilities, whole
from holdfast.models.churn.stack.columns import Columns
from holdfast.models.design_matrix import Design
from holdfast.models.encoding import Floats, only
from holdfast.models.trees.walks import Trees

_RECORD, _TREES, _NUMBERS = "stack.json", "stack_trees.npz", "stack_numbers.npz"
_BATCH = 10_000  # rows at a time, so that memory stays bounded


@dataclass(frozen=True)
class FittedStack:
    """Weighted trees and linear weights of all members and folds."""

    features: tuple[str, ...]
    columns: Columns
    trees: Trees  # leaves times the member's weight over the number of folds
    fold_of_tree: NDArray[np.int64]
    design: Design | None  # of the linear member
    linear: Floats  # (folds, width + 1) intercept and weights, times the member's weight over the number of folds
    start: float  # the intercept of the stack
    members: Mapping[str, float]  # member -> its weight
    importances: Mapping[str, float]
    name: str = "stack"

    @property
    def folds(self) -> int:
        return len(self.linear)

    def predict(self, rows: pl.DataFrame) -> Floats:
        return to_probabilities(self.score(rows))

    def score(self, rows: pl.DataFrame) -> Floats:
        return self._scores(only(rows, self.features), self.trees, self._linear_sum)

    def out_of_fold(self, rows: pl.DataFrame, fold: NDArray[np.int64]) -> Floats:
        """(n,) probabilities by the models of each row's own fold, which saw no row of its customer.

        Args:
            rows: one column a feature. fold: (n,) that of each row; below 0: the row is in none, all models predict it.
        """
        features = only(rows, self.features)
        scores = np.empty(rows.height)
        for number in np.unique(fold):
            chosen = np.flatnonzero(fold == number)
            if number < 0:
                scores[chosen] = self._scores(features[chosen], self.trees, self._linear_sum)
                continue
            trees, linear = self.trees.of_roots(self.fold_of_tree == number), self.linear[number]
            own = self._scores(features[chosen], trees, linear) - self.start
            scores[chosen] = self.start + self.folds * own
        return to_probabilities(scores)

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002 (one way is exact)
        """What each step down the trees moved the score by (Saabas 2014), and each term of the linear member."""
        features = only(rows, self.features)
        base_columns = self.columns.base.features
        positions = {name: position for position, name in enumerate(base_columns)}
        contributed = np.zeros((rows.height, len(base_columns)))
        if len(self.trees.roots):
            matrix = self.columns.matrix(features)
            contributed += self.trees.shared_contributions(matrix, self._owners)
        start = self.start + self.trees.base
        if self.design:
            terms = self.design.contributions(features, self._linear_sum[1:])
            for index, name in enumerate(self.design.features):
                contributed[:, positions[name]] += terms[:, index]
            start += float(self._linear_sum[0])
        return contribution_frame(self.features, base_columns, contributed, np.full(rows.height, start))

    def importance(self) -> dict[str, float]:
        return shares({name: self.importances.get(name, 0.0) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {
            "features": list(self.features),
            "columns": self.columns.record(),
            "design": self.design.record() if self.design else None,
            "start": self.start,
            "members": dict(self.members),
            "importances": dict(self.importances),
        }
        numbers = io.BytesIO()
        np.savez_compressed(
            numbers, lookups=self.columns.lookup_values(), fold_of_tree=self.fold_of_tree, linear=self.linear
        )
        return {
            _RECORD: json.dumps(record).encode(),
            _TREES: self.trees.to_bytes(),
            _NUMBERS: numbers.getvalue(),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(whole(files, _RECORD, b"}"))
        with np.load(io.BytesIO(files[_NUMBERS]), allow_pickle=False) as numbers:
            lookups, fold_of_tree, linear = (numbers[name] for name in ("lookups", "fold_of_tree", "linear"))
        return cls(
            features=tuple(record["features"]),
            columns=Columns.of(record["columns"], lookups),
            trees=Trees.from_bytes(files[_TREES]),
            fold_of_tree=fold_of_tree,
            design=Design.of(record["design"]) if record["design"] else None,
            linear=linear,
            start=record["start"],
            members=record["members"],
            importances=record["importances"],
        )

    def _scores(self, features: pl.DataFrame, trees: Trees, linear: Floats) -> Floats:
        scores = np.full(features.height, self.start)
        if len(trees.roots):
            for first in range(0, features.height, _BATCH):
                batch = features[first : first + _BATCH]
                scores[first : first + _BATCH] += trees.scores(self.columns.matrix(batch))
        if self.design:
            scores += linear[0]
            for column in self.design.contributions(features, linear[1:]).T:
                scores += column
        return scores

    @cached_property
    def _linear_sum(self) -> Floats:
        return np.asarray(self.linear.sum(axis=0))

    @cached_property
    def _owners(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self.columns.owners()
