"""Logistic regression on splines and levels: the plainest churn model, and often the best."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.contributions import contribution_frame, shares, to_probabilities
from holdfast.models.design_matrix import Design, fit_design
from holdfast.models.encoding import Floats, only
from holdfast.models.newton import fit_logistic, left_out_loss
from holdfast.models.threads import linear_algebra_on_one

_FILE = "logistic.json"
_ROWS_TO_CHOOSE = 8_000  # rows that the penalty is chosen on
_ENOUGH_TO_CHOOSE = 1e-6  # as `fit_logistic` takes it: a penalty is compared by a loss of four digits


@dataclass(frozen=True)
class FittedLogistic:
    """A weight for each column of the design, and how much each feature moved the training rows."""

    features: tuple[str, ...]
    design: Design
    intercept: float
    weights: tuple[float, ...]
    penalty: float
    importances: Mapping[str, float]  # feature -> mean absolute contribution on training rows
    name: str = "logistic"

    def predict(self, rows: pl.DataFrame) -> Floats:
        return to_probabilities(self.score(rows))

    def score(self, rows: pl.DataFrame) -> Floats:
        total = np.full(rows.height, self.intercept)
        for column in self._contributions(rows).T:
            total += column
        return total

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002 (one way is exact)
        base = np.full(rows.height, self.intercept)
        return contribution_frame(self.features, self.design.features, self._contributions(rows), base)

    def importance(self) -> dict[str, float]:
        return shares({name: self.importances.get(name, 0.0) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {
            "features": list(self.features),
            "design": self.design.record(),
            "intercept": self.intercept,
            "weights": list(self.weights),
            "penalty": self.penalty,
            "work": dict(self.importances),
        }
        return {_FILE: json.dumps(record).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files[_FILE])
        return cls(
            tuple(record["features"]),
            Design.of(record["design"]),
            record["intercept"],
            tuple(record["weights"]),
            record["penalty"],
            record["work"],
        )

    def _contributions(self, rows: pl.DataFrame) -> Floats:
        return self.design.contributions(only(rows, self.features), np.array(self.weights))


@dataclass(frozen=True)
class Logistic:
    """Cubic splines on the features that need them, ridge penalty chosen by approximate leave-one-out."""

    penalties: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0, 256.0)
    name: str = "logistic"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedLogistic:  # noqa: ARG002
        design = fit_design(rows, left)
        matrix, owners = design.matrix(rows)
        with linear_algebra_on_one():
            penalty, start = self._best_penalty(matrix, left, seed)
            weights = fit_logistic(matrix, left, penalty, start)
        spread = np.array([float(np.abs(column).mean()) for column in _by_owner(matrix, weights[1:], owners)])
        return FittedLogistic(
            features=tuple(rows.columns),
            design=design,
            intercept=float(weights[0]),
            weights=tuple(float(weight) for weight in weights[1:]),
            penalty=penalty,
            importances=dict(zip(design.features, spread.tolist(), strict=True)),
        )

    def load(self, files: Mapping[str, bytes]) -> FittedLogistic:
        return FittedLogistic.from_files(files)

    def _best_penalty(
        self, matrix: NDArray[np.float32], left: NDArray[np.bool_], seed: int
    ) -> tuple[float, Floats | None]:
        """The penalty, and the weights that it gives on the rows that it was chosen on."""
        if len(self.penalties) == 1 or not matrix.shape[1]:
            return self.penalties[0], None
        if len(left) > _ROWS_TO_CHOOSE:
            chosen = np.sort(np.random.default_rng(seed).choice(len(left), _ROWS_TO_CHOOSE, replace=False))
            matrix, left = matrix[chosen], left[chosen]
        best, least, weights, start = 0.0, np.inf, None, None
        # The loss falls and then rises as the penalty does: from the largest on, the first rise ends the search.
        for penalty in sorted(self.penalties, reverse=True):
            weights = fit_logistic(matrix, left, penalty, weights, enough=_ENOUGH_TO_CHOOSE)
            loss = left_out_loss(matrix, left, weights, penalty)
            if loss >= least:
                break
            best, least, start = penalty, loss, weights
        return best, start


def _by_owner(matrix: NDArray[np.float32], weights: Floats, owners: NDArray[np.int64]) -> list[Floats]:
    count = int(owners.max()) + 1 if owners.size else 0
    return [matrix[:, owners == owner] @ weights[owners == owner] for owner in range(count)]
