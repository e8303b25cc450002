"""XGBoost (Chen & Guestrin 2016): depth-wise boosted trees, with exact Shapley values of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.contributions import contribution_frame, shares, to_probabilities
from holdfast.models.encoding import Floats, TreeEncoder, fit_tree_encoder, only
from holdfast.models.trees.walks import Nodes, Trees, joined

_MODEL, _RECORD = "xgboost.ubj", "xgboost.json"


@dataclass(frozen=True)
class FittedXgBoost:
    """The library's own binary JSON, and the encoder of its columns."""

    features: tuple[str, ...]
    encoder: TreeEncoder
    content: bytes
    threads: int = 2
    name: str = "xgboost"

    def predict(self, rows: pl.DataFrame) -> Floats:
        return to_probabilities(self.score(rows))

    def score(self, rows: pl.DataFrame) -> Floats:
        booster, matrix = self._booster, self._matrix(rows)
        return np.asarray(booster.inplace_predict(matrix, predict_type="margin"), dtype=np.float64)

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:
        """Shapley values by TreeSHAP (Lundberg et al. 2018); `quick`: what each step down the trees moved."""
        import xgboost

        booster, matrix = self._booster, self._matrix(rows)
        if quick:
            trees, start = self.trees()
            base = np.full(rows.height, trees.base + start)
            return contribution_frame(self.features, self.encoder.features, trees.contributions(matrix), base)
        raw = booster.predict(xgboost.DMatrix(matrix, nthread=self.threads), pred_contribs=True)
        contributed = np.asarray(raw, dtype=np.float64)
        return contribution_frame(self.features, self.encoder.features, contributed[:, :-1], contributed[:, -1])

    def importance(self) -> dict[str, float]:
        gains = self._booster.get_score(importance_type="total_gain")
        by_feature = {name: gains.get(f"f{index}", 0.0) for index, name in enumerate(self.encoder.features)}
        return shares({name: float(by_feature.get(name, 0.0)) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {"features": list(self.features), "encoder": self.encoder.record()}
        return {_MODEL: self.content, _RECORD: json.dumps(record).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files[_RECORD])
        return cls(tuple(record["features"]), TreeEncoder.of(record["encoder"]), files[_MODEL])

    def trees(self) -> tuple[Trees, float]:
        """The library's trees as flat arrays, and the log-odds they start from."""
        learner = json.loads(self._booster.save_raw("json"))["learner"]
        trees = learner["gradient_booster"]["model"]["trees"]
        start = float(learner["learner_model_param"]["base_score"].strip("[]"))
        return joined([_nodes(tree) for tree in trees]), float(np.log(start) - np.log1p(-start))

    def _matrix(self, rows: pl.DataFrame) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.encoder.matrix(only(rows, self.features)))

    @cached_property
    def _booster(self) -> Any:
        import xgboost

        booster = xgboost.Booster({"nthread": self.threads})
        booster.load_model(bytearray(self.content))
        return booster


@dataclass(frozen=True)
class XgBoost:
    """Many small trees, each on a share of rows and features."""

    rounds: int = 200
    learning_rate: float = 0.05
    depth: int = 3
    name: str = "xgboost"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedXgBoost:
        import xgboost

        encoder = fit_tree_encoder(rows, left)
        settings = {
            "objective": "binary:logistic",
            "eta": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": 5.0,
            "lambda": 5.0,
            "colsample_bytree": 0.4,
            "subsample": 0.7,
            "max_bin": 127,
            "tree_method": "hist",
            "nthread": threads,
            "seed": seed,
            "verbosity": 0,
        }
        matrix = np.ascontiguousarray(encoder.matrix(rows))
        data = xgboost.QuantileDMatrix(matrix, left.astype(np.float32), max_bin=127, nthread=threads)
        booster = xgboost.train(settings, data, self.rounds)
        return FittedXgBoost(tuple(rows.columns), encoder, bytes(booster.save_raw("ubj")))

    def load(self, files: Mapping[str, bytes]) -> FittedXgBoost:
        return FittedXgBoost.from_files(files)


def _nodes(tree: Mapping[str, Any]) -> Nodes:
    lower = np.array(tree["left_children"])
    leaf = lower < 0
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    return Nodes(
        feature=np.where(leaf, -1, np.array(tree["split_indices"])),
        # The library sends numbers below a threshold to the lower child; the arrays here those at or below it.
        threshold=np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64),
        lower=np.maximum(lower, 0),
        upper=np.maximum(np.array(tree["right_children"]), 0),
        missing_lower=np.array(tree["default_left"], dtype=np.bool_),
        leaf_value=conditions,
        weight=np.array(tree["sum_hessian"]),
    )
