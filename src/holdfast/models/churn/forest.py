"""Random forest (Breiman 2001): the mean of deep trees, each grown on its own draw of rows and features.

Numbers are cut at training quantiles before growing, which halves the time; the trees are then kept with the
cuts' own values as thresholds, so that a fitted forest reads raw numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.tree_model import FittedTrees
from holdfast.models.encoding import Floats, Singles, fit_tree_encoder
from holdfast.models.trees.walks import Nodes, joined

_CUTS = 31
_BELOW_ALL = -1  # the bin of missing numbers


@dataclass(frozen=True)
class Forest:
    """Trees of at most `rows_a_tree` drawn rows each, so that time stays bounded."""

    trees: int = 100
    least_rows: int = 12  # of a leaf
    rows_a_tree: int = 8_000
    name: str = "forest"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedTrees:
        from sklearn.ensemble import RandomForestClassifier

        encoder = fit_tree_encoder(rows, left)
        matrix = encoder.matrix(rows)
        cuts = [_cuts(matrix[:, index]) for index in range(matrix.shape[1])]
        binned = np.empty((rows.height, max(len(cuts), 1)), dtype=np.float32)
        binned[:, 0] = 0.0
        for index, edges in enumerate(cuts):
            absent = np.isnan(matrix[:, index])
            binned[:, index] = np.where(absent, _BELOW_ALL, np.searchsorted(edges, matrix[:, index], side="left"))
        forest = RandomForestClassifier(
            n_estimators=self.trees,
            min_samples_leaf=self.least_rows,
            max_features="sqrt",
            max_samples=self.rows_a_tree if rows.height > self.rows_a_tree else None,
            n_jobs=threads,
            random_state=seed,
        ).fit(binned, left)
        leavers = list(forest.classes_).index(True)
        trees = joined([_nodes(tree.tree_, cuts, leavers) for tree in forest.estimators_], 1 / self.trees)
        return FittedTrees(
            name=self.name,
            features=tuple(rows.columns),
            encoder=encoder,
            trees=trees,
            start=0.0,
            is_probability=True,
            importances=dict(zip(encoder.features, forest.feature_importances_.tolist(), strict=False)),
        )

    def load(self, files: Mapping[str, bytes]) -> FittedTrees:
        return FittedTrees.from_files(files)


def _cuts(numbers: Singles) -> Floats:
    present = numbers[~np.isnan(numbers)]
    distinct = np.unique(present)
    if len(distinct) <= _CUTS + 1:
        return distinct[:-1].astype(np.float64)
    return np.unique(np.quantile(present, np.linspace(0, 1, _CUTS + 2)[1:-1], method="lower")).astype(np.float64)


def _nodes(tree: Any, cuts: list[Floats], leavers: int) -> Nodes:
    feature = np.where(tree.children_left >= 0, tree.feature, -1)
    threshold = np.zeros(len(feature))
    for node in np.flatnonzero(feature >= 0):
        edges, index = cuts[feature[node]], int(np.floor(tree.threshold[node]))
        # At or below bin 0's upper edge is "up to the first cut"; below bin 0 there is only what is missing.
        threshold[node] = edges[index] if index >= 0 else -np.inf
    return Nodes(
        feature=feature,
        threshold=threshold,
        lower=np.maximum(tree.children_left, 0),
        upper=np.maximum(tree.children_right, 0),
        missing_lower=np.ones(len(feature), dtype=np.bool_),
        leaf_value=tree.value[:, 0, leavers],
        weight=tree.weighted_n_node_samples,
    )
