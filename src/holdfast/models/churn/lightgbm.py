"""LightGBM: leaf-wise boosted trees (Ke et al. 2017), with exact Shapley values of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.contributions import contribution_frame, shares, to_probabilities, whole
from holdfast.models.encoding import Floats, TreeEncoder, fit_tree_encoder, only
from holdfast.models.threads import LIGHTGBM_THREADS
from holdfast.models.trees.lightgbm_text import nodes_of_text
from holdfast.models.trees.walks import Trees, joined

_MODEL, _RECORD = "lightgbm.txt", "lightgbm.json"


@dataclass(frozen=True)
class FittedLightGbm:
    """The library's own text format, and the encoder of its columns."""

    features: tuple[str, ...]
    encoder: TreeEncoder
    text: bytes
    name: str = "lightgbm"

    def predict(self, rows: pl.DataFrame) -> Floats:
        return to_probabilities(self.score(rows))

    def score(self, rows: pl.DataFrame) -> Floats:
        scores = self._booster.predict(self._matrix(rows), raw_score=True, num_threads=LIGHTGBM_THREADS)
        return np.asarray(scores, dtype=np.float64)

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:
        """Shapley values by TreeSHAP (Lundberg et al. 2018); `quick`: what each step down the trees moved."""
        matrix = self._matrix(rows)
        if quick:
            trees = self.trees()
            base = np.full(rows.height, trees.base)
            return contribution_frame(self.features, self.encoder.features, trees.contributions(matrix), base)
        contributed = np.asarray(self._booster.predict(matrix, pred_contrib=True, num_threads=LIGHTGBM_THREADS))
        return contribution_frame(self.features, self.encoder.features, contributed[:, :-1], contributed[:, -1])

    def importance(self) -> dict[str, float]:
        gains = self._booster.feature_importance("gain").tolist()
        by_feature = dict(zip(self.encoder.features, gains, strict=True))
        return shares({name: float(by_feature.get(name, 0.0)) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {"features": list(self.features), "encoder": self.encoder.record()}
        return {_MODEL: self.text, _RECORD: json.dumps(record).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files[_RECORD])
        text = whole(files, _MODEL, b"pandas_categorical:")
        return cls(tuple(record["features"]), TreeEncoder.of(record["encoder"]), text)

    def trees(self) -> Trees:
        """The library's trees as flat arrays."""
        return joined(nodes_of_text(self.text.decode()))

    def _matrix(self, rows: pl.DataFrame) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.encoder.matrix(only(rows, self.features)))

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.text.decode())


@dataclass(frozen=True)
class LightGbm:
    """Many small trees, each on a share of rows and features."""

    rounds: int = 300
    learning_rate: float = 0.04
    leaves: int = 8
    least_rows: int = 30  # of a leaf
    name: str = "lightgbm"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedLightGbm:  # noqa: ARG002
        import lightgbm

        encoder = fit_tree_encoder(rows, left)
        settings = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_rows,
            "lambda_l2": 5.0,
            "feature_fraction": 0.4,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "max_bin": 127,
            "seed": seed,
            "num_threads": LIGHTGBM_THREADS,
            "deterministic": True,
            # A tree reads 0.4 of the columns, which by rows would be copied together for it; the sums are the same.
            "force_col_wise": True,
            "verbosity": -1,
        }
        matrix = np.ascontiguousarray(encoder.matrix(rows))
        rows_in_bins = lightgbm.Dataset(matrix, left.astype(np.float32))
        booster = lightgbm.train(settings, rows_in_bins, self.rounds, keep_training_booster=True)
        return FittedLightGbm(tuple(rows.columns), encoder, booster.model_to_string().encode())

    def load(self, files: Mapping[str, bytes]) -> FittedLightGbm:
        return FittedLightGbm.from_files(files)
