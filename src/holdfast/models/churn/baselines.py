"""What a model has to beat: the base rate for everyone, and a rule of thumb on one feature."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.base import ChurnData, FittedChurnModel
from holdfast.models.churn.contributions import contribution_frame
from holdfast.models.churn.crossfit import sampled
from holdfast.models.churn.logistic import Logistic
from holdfast.models.encoding import Floats, finite, is_category, varies

_RULES_OF_THUMB = ("recency", "days_since_last", "tenure")  # words in a feature's name, the better known first


_ROWS = 20_000


@dataclass(frozen=True)
class SingleFeature:
    """A logistic curve on one feature."""

    feature: str
    model: FittedChurnModel

    @property
    def says(self) -> str:
        return f"{self.feature} alone"

    def predict(self, data: ChurnData) -> Floats:
        return self.model.predict(data.rows.select(self.feature))


def single_feature(train: ChurnData, *, seed: int, threads: int) -> SingleFeature | None:
    """Recency, or else tenure, by itself; None where the records have neither."""
    usable = [name for name in train.features if not is_category(train.rows[name].dtype)]
    for word in _RULES_OF_THUMB:
        named = sorted((name for name in usable if word in name.lower()), key=lambda name: (len(name), name))
        for name in named:
            if varies(finite(train.rows.get_column(name))):
                sample = sampled(train, _ROWS, seed)
                model = Logistic((4.0,)).fit(sample.rows.select(name), sample.left, seed=seed, threads=threads)
                return SingleFeature(name, model)
    return None


@dataclass(frozen=True)
class FittedBaseRate:
    """One probability for everyone."""

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
    """The model that only counts leavers."""

    name: str = "base_rate"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedBaseRate:  # noqa: ARG002
        # Half a leaver and half a stayer are added, so that the rate is neither 0 nor 1.
        return FittedBaseRate(tuple(rows.columns), float((left.sum() + 0.5) / (len(left) + 1)))

    def load(self, files: Mapping[str, bytes]) -> FittedBaseRate:
        return FittedBaseRate.from_files(files)
