"""What churn models learn from: one row a customer and cutoff, with what came after."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


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
