"""scikit-learn's histogram gradient boosting (Friedman 2001), its trees kept as flat arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.tree_model import FittedTrees
from holdfast.models.encoding import fit_tree_encoder
from holdfast.models.threads import loops_on
from holdfast.models.trees.walks import Nodes, joined


@dataclass(frozen=True)
class HistGradient:
    """Shallow trees, a share of the features at each split."""

    rounds: int = 150
    learning_rate: float = 0.05
    leaves: int = 8
    least_rows: int = 30  # of a leaf
    name: str = "gradient"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedTrees:
        from sklearn.ensemble import HistGradientBoostingClassifier

        encoder = fit_tree_encoder(rows, left)
        matrix = encoder.matrix(rows) if encoder.features else np.zeros((rows.height, 1), dtype=np.float32)
        model = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least_rows,
            l2_regularization=5.0,
            max_features=0.4,
            max_bins=127,
            early_stopping=False,
            random_state=seed,
        )
        with loops_on(threads):
            fitted = model.fit(matrix, left)
        nodes = [predictor.nodes for (predictor,) in fitted._predictors]
        gains = np.zeros(len(encoder.features))
        for tree in nodes:
            splits = tree[tree["is_leaf"] == 0]
            np.add.at(gains, splits["feature_idx"], splits["gain"])
        return FittedTrees(
            name=self.name,
            features=tuple(rows.columns),
            encoder=encoder,
            trees=joined([_nodes(tree) for tree in nodes]),
            start=float(fitted._baseline_prediction.ravel()[0]),
            is_probability=False,
            importances=dict(zip(encoder.features, gains.tolist(), strict=True)),
        )

    def load(self, files: Mapping[str, bytes]) -> FittedTrees:
        return FittedTrees.from_files(files)


def _nodes(tree: NDArray[Any]) -> Nodes:
    return Nodes(
        feature=np.where(tree["is_leaf"] == 1, -1, tree["feature_idx"]),
        threshold=tree["num_threshold"],
        lower=tree["left"],
        upper=tree["right"],
        missing_lower=tree["missing_go_to_left"].astype(np.bool_),
        leaf_value=tree["value"],
        weight=tree["count"],
    )
