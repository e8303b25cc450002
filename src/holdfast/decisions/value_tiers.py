"""Value tiers: which customers are worth a person's time, by limits that a run fits and stores."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
import polars as pl

from holdfast.stats.columns import numbers, words

TIERS = LOW_VALUE, MIDDLE_VALUE, HIGH_VALUE = "low", "middle", "high"
_MIDDLE_QUANTILE, _HIGH_QUANTILE = 0.4, 0.8  # of value_if_stays among the customers of a run
_LEAST_VALUES = 3  # different values; fewer tell no tiers apart
_FILE = "value_tiers.json"


@dataclass(frozen=True)
class ValueTiers:
    """From which value on a customer is middle and high, in currency; None: every known value is middle."""

    middle_from: float | None
    high_from: float | None

    def of(self, value: pl.Series) -> pl.Series:
        """value_tier: low, middle or high; null where the value is not known."""
        values = numbers(value)
        if self.middle_from is None or self.high_from is None:
            tier = np.full(len(values), TIERS.index(MIDDLE_VALUE))
        else:
            tier = (values >= self.middle_from).astype(np.int64) + (values >= self.high_from)
        return words("value_tier", (*TIERS, None), np.where(np.isnan(values), len(TIERS), tier))

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(**json.loads(files[_FILE]))


def fit_value_tiers(value_if_stays: pl.Series) -> ValueTiers:
    """The top fifth of the known values is high, the next two fifths are middle.

    Args:
        value_if_stays: (n,) currency, of the customers of the run; null: not known.
    """
    values = value_if_stays.cast(pl.Float64).drop_nulls().drop_nans()
    if values.n_unique() < _LEAST_VALUES:
        return ValueTiers(None, None)
    return ValueTiers(values.quantile(_MIDDLE_QUANTILE), values.quantile(_HIGH_QUANTILE))
