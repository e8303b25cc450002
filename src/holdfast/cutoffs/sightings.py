"""When customers were first and last active, as known at each of some cutoffs: every row of activity is looked at once.

Sightings.of(activity, cutoffs) -> Sightings
sightings.before(cutoff) -> pl.DataFrame        customer_id, first_at, last_at, active_days
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import polars as pl

from holdfast.column_types import TIME


@dataclass(frozen=True)
class Sightings:
    """Activity by customer and by the cutoff that sees it first; of each cutoff the rows up to it are put together."""

    cutoffs: tuple[datetime, ...]  # ascending
    rows: pl.DataFrame  # customer_id, position of the cutoff, first_at, last_at, active_days that no earlier one sees

    @classmethod
    def of(cls, activity: pl.DataFrame, cutoffs: Iterable[datetime]) -> Self:
        """Of rows of `cutoffs.population.activity`.

        Args:
            activity: customer_id, happened_at, known_at.
            cutoffs: UTC, in any order.
        """
        moments = tuple(sorted(set(cutoffs)))
        happened = activity.filter(pl.col("happened_at").is_not_null())
        visible = happened.select(pl.max_horizontal("happened_at", "known_at").to_physical()).to_series()
        edges = pl.Series(moments, dtype=TIME).to_physical().to_numpy()
        position = pl.Series("position", np.searchsorted(edges, visible.to_numpy(), side="right"), dtype=pl.UInt32)
        visible_rows = happened.select("customer_id", "happened_at", position).filter(pl.col("position") < len(moments))
        days = (
            visible_rows.group_by("customer_id", pl.col("happened_at").dt.truncate("1d").alias("day"))
            .agg(pl.col("position").min())
            .group_by("customer_id", "position")
            .agg(pl.len().cast(pl.Int64).alias("active_days"))
        )
        times = visible_rows.group_by("customer_id", "position").agg(
            pl.col("happened_at").min().alias("first_at"), pl.col("happened_at").max().alias("last_at")
        )
        return cls(moments, times.join(days, on=["customer_id", "position"], how="left"))

    def before(self, cutoff: datetime) -> pl.DataFrame:
        """customer_id, first_at, last_at, active_days: of all activity that happened and was known before a cutoff.

        Args:
            cutoff: one of `cutoffs`.
        """
        return (
            self.rows.filter(pl.col("position") <= self.cutoffs.index(cutoff))
            .group_by("customer_id")
            .agg(pl.col("first_at").min(), pl.col("last_at").max(), pl.col("active_days").sum())
        )
