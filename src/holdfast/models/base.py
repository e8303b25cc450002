"""What every churn model promises. Settings in the constructor, data in `fit`, a new fitted object out."""

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class FittedChurnModel(Protocol):
    """Parameters only, never rows."""

    @property
    def name(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]: ...

    def predict(self, rows: pl.DataFrame) -> Floats:
        """(n,) probability of leaving within the horizon, one a row of `rows`."""
        ...

    def explain(self, rows: pl.DataFrame) -> pl.DataFrame:
        """(n, features + 1) additive contributions in log-odds, one column a feature and one named `base`."""
        ...

    def importance(self) -> dict[str, float]:
        """Share of the model's work a feature does; sums to 1."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """The model as files (native boosters, JSON, NPZ, skops): never pickle."""
        ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self: ...


class ChurnModel(Protocol):
    """A recipe: fitting leaves it as it was."""

    @property
    def name(self) -> str: ...

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedChurnModel:
        """Learn from rows (one column a feature, nulls allowed, text columns are categories)."""
        ...
