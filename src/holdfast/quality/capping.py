"""Limits that outliers are capped to: interquartile fences, fitted on training rows, applied to any rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from holdfast.column_types import Kind
from holdfast.settings import Settings
from holdfast.stats.columns import numbers

_FEW = 64  # rows that are looked at before they are moved
REACH = 3.0  # interquartile ranges beyond the quartiles; Tukey (1977) calls values past 3 "far out"


@dataclass(frozen=True)
class Caps:
    """For each column the least and the greatest value that stays as it is."""

    limits: Mapping[str, tuple[float, float]]

    def to_record(self) -> dict[str, list[float]]:
        """The limits as JSON holds them."""
        return {name: list(limits) for name, limits in self.limits.items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Sequence[float]]) -> "Caps":
        """The limits that `to_record` wrote."""
        return cls({name: (limits[0], limits[1]) for name, limits in record.items()})

    def apply(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with values beyond the limits moved onto them; empty stays empty, other columns stay."""
        present = set(rows.columns)
        names = [name for name in self.limits if name in present]
        if rows.height <= _FEW and not self._lie_beyond(rows, names):
            return rows
        return rows.with_columns(self._moved[name] for name in names)

    def _lie_beyond(self, rows: pl.DataFrame, names: Sequence[str]) -> bool:
        """Whether a value is to be moved: to look takes a tenth of what moving them does."""
        least, most = (np.array([self.limits[name][end] for name in names]) for end in (0, 1))
        values = np.array([numbers(rows[name]) for name in names]).reshape(len(names), rows.height)
        return bool(((values < least[:, None]) | (values > most[:, None])).any())

    @cached_property
    def _moved(self) -> dict[str, pl.Expr]:
        # Kept: for one customer, to write these down takes longer than to evaluate them.
        return {name: pl.col(name).clip(least, most) for name, (least, most) in self.limits.items()}

    def counts(self, rows: pl.DataFrame) -> dict[str, int]:
        """How many values of each column `apply` would move."""
        present = {name: limits for name, limits in self.limits.items() if name in rows.columns}
        if not present:
            return {}
        beyond = [
            ((pl.col(name) < least) | (pl.col(name) > most)).sum().alias(name)
            for name, (least, most) in present.items()
        ]
        return {name: int(count or 0) for name, count in rows.select(beyond).row(0, named=True).items()}


def fit_caps(rows: pl.DataFrame, kinds: Mapping[str, Kind], *, cap_money: bool = False, reach: float = REACH) -> Caps:
    """Fit the limits of numeric columns.

    Args:
        rows: training rows only; limits fitted on others would carry the future into the past.
        kinds: column -> kind; NUMBER columns are capped, MONEY columns only with `cap_money`, others never.
        cap_money: great sums are real money: leave them unless there is a reason.
        reach: interquartile ranges beyond the quartiles.

    Returns:
        Limits of the columns whose middle half is not a single value; columns without values have none.
    """
    wanted = {Kind.NUMBER, Kind.MONEY} if cap_money else {Kind.NUMBER}
    limits: dict[str, tuple[float, float]] = {}
    for name, kind in kinds.items():
        if kind not in wanted or name not in rows.columns:
            continue
        low, high = rows[name].quantile(0.25, "linear"), rows[name].quantile(0.75, "linear")
        if low is not None and high is not None and high > low:
            limits[name] = (low - reach * (high - low), high + reach * (high - low))
    return Caps(limits)


def fit_feature_caps(training: pl.DataFrame, records: Sequence[Mapping[str, Any]], settings: Settings) -> Caps:
    """Limits of the numeric features; none where quality.cap_outliers is off.

    Args:
        training: rows of the training side only.
        records: the feature records; a unit of currency makes a feature money, capped only with quality.cap_money.
        settings: its quality settings.
    """
    if not settings.quality.cap_outliers:
        return Caps({})
    numbers = {name for name, dtype in training.schema.items() if dtype.is_numeric()}
    kinds = {
        record["name"]: Kind.MONEY if record["unit"] == "currency" else Kind.NUMBER
        for record in records
        if record["name"] in numbers
    }
    return fit_caps(training, kinds, cap_money=settings.quality.cap_money)
