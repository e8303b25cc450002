"""What every churn model promises. Settings in the constructor, data in `fit`, a new fitted object out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

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

    def score(self, rows: pl.DataFrame) -> Floats:
        """(n,) what the contributions of `explain` add up to: log-odds, or for the forest a probability."""
        ...

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:
        """(n, features + 1) additive contributions to `score`, one column a feature and one named `base`.

        Args:
            rows: (n, features) customers to explain.
            quick: take the fast attribution where the model has two; the sums are the same.
        """
        ...

    def importance(self) -> dict[str, float]:
        """Share of the model's work a feature does; sums to 1."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """The model as files (native boosters, JSON, NPZ): never pickle."""
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


@dataclass(frozen=True)
class ChurnData:
    """Labelled rows."""

    rows: pl.DataFrame  # customer_id, cutoff (UTC; null for a snapshot), and one column a feature
    left: NDArray[np.bool_]  # (n,) whether the customer left within the horizon after the cutoff
    features: tuple[str, ...]
    horizon_days: int
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # feature -> name, meaning, unit, table

    def at(self, places: NDArray[np.int64]) -> "ChurnData":
        """The rows at these places."""
        return replace(self, rows=self.rows[places], left=self.left[places])
