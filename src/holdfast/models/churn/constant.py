"""The base rate for everyone: what is said when the records hold no signal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.records import contribution_frame
from holdfast.models.encoding import Floats


@dataclass(frozen=True)
class FittedBaseRate:
    """One number."""

    features: tuple[str, ...]
    rate: float
    name: str = "base_rate"

    def predict(self, rows: pl.DataFrame) -> Floats:
        return np.full(rows.height, self.rate)

    def score(self, rows: pl.DataFrame) -> Floats:
        return np.full(rows.height, float(np.log(self.rate) - np.log1p(-self.rate)))

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002 (nothing to split)
        return contribution_frame(self.features, (), np.empty((rows.height, 0)), self.score(rows))

    def importance(self) -> dict[str, float]:
        return dict.fromkeys(self.features, 0.0)

    def to_files(self) -> dict[str, bytes]:
        return {"base_rate.json": json.dumps({"features": list(self.features), "rate": self.rate}).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files["base_rate.json"])
        return cls(tuple(record["features"]), record["rate"])


@dataclass(frozen=True)
class BaseRate:
    """The recipe that only counts."""

    name: str = "base_rate"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedBaseRate:  # noqa: ARG002
        # Half a leaver and half a stayer are added, so that the rate is neither 0 nor 1.
        return FittedBaseRate(tuple(rows.columns), float((left.sum() + 0.5) / (len(left) + 1)))
