"""Fitted trees kept as flat arrays: what the scikit-learn recipes leave behind, free of the library."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from holdfast.models.churn.records import chances, contribution_frame, shares
from holdfast.models.churn.trees import Trees
from holdfast.models.encoding import Floats, TreeEncoder, only


@dataclass(frozen=True)
class FittedTrees:
    """Trees whose values add up to log-odds, or to a probability."""

    name: str
    features: tuple[str, ...]
    encoder: TreeEncoder
    trees: Trees
    start: float  # added to the trees' sum
    gives_chance: bool  # the sum is a probability, not log-odds
    work: Mapping[str, float]  # feature -> share of what the splits gained on training rows

    def predict(self, rows: pl.DataFrame) -> Floats:
        score = self.score(rows)
        return np.asarray(np.clip(score, 1e-6, 1 - 1e-6)) if self.gives_chance else chances(score)

    def score(self, rows: pl.DataFrame) -> Floats:
        matrix = self.encoder.matrix(only(rows, self.features))
        return np.asarray(self.trees.scores(matrix) + self.start)

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002 (one way is quick)
        """What each step down the trees moved the score by (Saabas 2014)."""
        given = self.trees.contributions(self.encoder.matrix(only(rows, self.features)))
        base = np.full(rows.height, self.start + self.trees.base)
        return contribution_frame(self.features, self.encoder.features, given, base)

    def importance(self) -> dict[str, float]:
        return shares({name: self.work.get(name, 0.0) for name in self.features})

    def to_files(self) -> dict[str, bytes]:
        record = {
            "name": self.name,
            "features": list(self.features),
            "encoder": self.encoder.record(),
            "start": self.start,
            "gives_chance": self.gives_chance,
            "work": dict(self.work),
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
            gives_chance=record["gives_chance"],
            work=record["work"],
        )
