"""Capping of far values by interquartile range: learnt from training rows, then applied to any."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.kinds import Kind

REACH = 3.0  # interquartile ranges beyond the quartiles; Tukey (1977) calls values past 3 "far out"


@dataclass(frozen=True)
class Caps:
    """For each column the least and the greatest value that stays as it is."""

    limits: Mapping[str, tuple[float, float]]

    def apply(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with values beyond the limits moved onto them; empty stays empty, other columns stay."""
        return rows.with_columns(
            pl.col(name).clip(least, most) for name, (least, most) in self.limits.items() if name in rows.columns
        )

    def counts(self, rows: pl.DataFrame) -> dict[str, int]:
        """How many values of each column `apply` would move."""
        there = {name: limits for name, limits in self.limits.items() if name in rows.columns}
        if not there:
            return {}
        beyond = [
            ((pl.col(name) < least) | (pl.col(name) > most)).sum().alias(name) for name, (least, most) in there.items()
        ]
        return {name: int(count or 0) for name, count in rows.select(beyond).row(0, named=True).items()}


def fit_caps(rows: pl.DataFrame, kinds: Mapping[str, Kind], *, cap_money: bool = False, reach: float = REACH) -> Caps:
    """Learn the limits of numeric columns.

    Args:
        rows: training rows only; limits learnt from others would carry the future into the past.
        kinds: column -> kind; NUMBER columns are capped, MONEY columns only with `cap_money`, others never.
        cap_money: great sums are real money: leave them unless there is a reason.
        reach: interquartile ranges beyond the quartiles.

    Returns:
        Limits of the columns whose middle half is not a single value; columns never known have none.
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
