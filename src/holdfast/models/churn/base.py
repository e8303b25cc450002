"""What every churn model can do: settings in the constructor, data in `fit`, a new fitted model out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class FittedChurnModel(Protocol):
    """A model after fitting: parameters only, never rows."""

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
        """Feature -> its share of the model's importance; sums to 1."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """The model as files (native boosters, JSON, NPZ): never pickle."""
        ...


class ChurnModel(Protocol):
    """A model before fitting: its settings. Fitting leaves it as it was."""

    @property
    def name(self) -> str: ...

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedChurnModel:
        """Fit on rows (one column a feature, nulls allowed, text columns are categories)."""
        ...

    def load(self, files: Mapping[str, bytes]) -> FittedChurnModel:
        """A model that was fitted before, from the files that its `to_files` gave."""
        ...


@dataclass(frozen=True)
class ChurnData:
    """Labelled feature rows, and what is known of the features."""

    rows: pl.DataFrame  # customer_id, cutoff (UTC; null for a snapshot), and one column a feature
    left: NDArray[np.bool_]  # (n,) whether the customer left within the horizon after the cutoff
    features: tuple[str, ...]
    horizon_days: int
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # feature -> name, meaning, unit, table
    ends_at_cutoffs: bool = False  # events end at each row's cutoff, outcomes begin there; not so of a given label

    def is_measured_before(self, name: str) -> bool:
        """Whether a feature holds nothing but events before each row's cutoff, so that it cannot know the outcome.

        A column of the customers' table may have been written at any time.
        """
        record = self.records.get(name)
        if not self.ends_at_cutoffs or record is None:
            return False
        if record.get("type") == "aggregate":
            return True
        if record.get("type") != "composite":
            return False
        if record.get("table") not in {"customers", "several"}:
            return True
        inputs = record.get("inputs") or ()
        return bool(inputs) and all(each != name and self.is_measured_before(each) for each in inputs)

    def at(self, positions: NDArray[np.int64]) -> "ChurnData":
        """The rows at these positions."""
        return replace(self, rows=self.rows[positions], left=self.left[positions])


@dataclass(frozen=True)
class FoldedFit:
    """A model fitted on folds, and what it predicts of each training row by fits without the row's customer."""

    fitted: FittedChurnModel
    probabilities: Floats  # (n,) out of fold
    fold: NDArray[np.int64]  # (n,)
    model: "FoldedChurnModel"  # what is to be fitted where the same is fitted again on more rows


@runtime_checkable
class FoldedChurnModel(ChurnModel, Protocol):
    """A churn model that is itself fitted on folds: out-of-fold probabilities come with the fit."""

    def fit_folds(self, data: ChurnData, *, seed: int, threads: int) -> FoldedFit:
        """Fit on labelled rows; all rows of a customer share a fold."""
        ...

    def folds_of(self, data: ChurnData, *, seed: int) -> NDArray[np.int64]:
        """(n,) the fold of each row, as `fit_folds` draws them."""
        ...


@runtime_checkable
class FoldedFitted(Protocol):
    """A fitted model that keeps the fits of its folds."""

    def out_of_fold(self, rows: pl.DataFrame, fold: NDArray[np.int64]) -> Floats:
        """(n,) probabilities by the fits without the row's fold; below 0: the row is in none."""
        ...
