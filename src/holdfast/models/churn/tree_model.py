"""Churn models made of trees: feature rows in, probabilities and contributions out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from holdfast.models.churn.contributions import contribution_frame, shares, to_probabilities
from holdfast.models.encoding import Floats, TreeEncoder, only
from holdfast.models.trees.walks import Trees


@dataclass(frozen=True)
class FittedTrees:
    """Trees whose values add up to log-odds, or to a probability."""

    name: str
    features: tuple[str, ...]
    encoder: TreeEncoder
    trees: Trees
    start: float  # added to the trees' sum
    is_probability: bool  # whether the sum is a probability, not log-odds
    importances: Mapping[str, float]  # feature -> what its splits gained on training rows

    def predict(self, rows: pl.DataFrame) -> Floats:
        score = self.score(rows)
        return np.asarray(np.clip(score, 1e-6, 1 - 1e-6)) if self.is_probability else to_probabilities(score)

    def score(self, rows: pl.DataFrame) -> Floats:
        matrix = self.encoder.matrix(only(rows, self.features))
        return np.asarray(self.trees.scores(matrix) + self.start)

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002 (one way is quick)
        """What each step down the trees moved the score by (Saabas 2014)."""
        contributed = self.trees.contributions(self.encoder.matrix(only(rows, self.features)))
        base = np.full(rows.height, self.start + self.trees.base)
        return contribution_frame(self.features, self.encoder.features, contributed, base)

    def importance(self) -> dict[str, float]:
        return shares({name: self.importances.get(name, 0.0) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {
            "name": self.name,
            "features": list(self.features),
            "encoder": self.encoder.record(),
            "start": self.start,
            "gives_chance": self.is_probability,
            "work": dict(self.importances),
        }
        return {"trees.npz": self.trees.to_bytes(), "trees.json": json.dumps(record).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files["trees.json"])
        return cls(
            name=record["name"],
            features=tuple(record["features"]),
            encoder=TreeEncoder.of(record["encoder"]),
            trees=Trees.from_bytes(files["trees.npz"]),
            start=record["start"],
            is_probability=record["gives_chance"],
            importances=record["work"],
        )
