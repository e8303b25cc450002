"""The season of a business: purchases of two years or more in; how much above or below usual each day of a year is.

`fit_season(transactions, cutoff) -> Season | None`. None where fewer than two years are known: one Christmas does not
tell a season from growth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.rfm_summary import with_money

Floats = NDArray[np.float64]

_MONTHS = 12
_LEAST_DAYS = 726  # two years, a few quiet days at the ends apart
_USUAL_SPREAD = 0.25  # of the log of a month's money around its trend, before anything is seen: retail's is about so


@dataclass(frozen=True)
class Season:
    """What each calendar month brings a day, as a factor on the usual; their mean over a year is 1."""

    months: tuple[float, ...]  # January first

    def factor(self, start: datetime, days: float) -> float:
        """The mean factor over the days of a window.

        Args:
            start: first day of the window, UTC.
            days: its length; at least one day is looked at.
        """
        each = [self.months[(start + timedelta(days=day)).month - 1] for day in range(max(1, round(days)))]
        return float(np.mean(each))


def fit_season(transactions: pl.DataFrame, cutoff: datetime) -> Season | None:
    """The season that the money of all customers together followed before a cutoff.

    Money a day of each month, in logs, is a straight trend plus one effect a calendar month; the effects are shrunk
    towards none by how much the months scatter around them.

    Args:
        transactions: customer_id, happened_at, amount; known_at and is_return where there are any.
        cutoff: nothing that happened or became known from it on is read.

    Returns:
        The season, or None: under two years, or a month without money.
    """
    rows = with_money(transactions, cutoff).filter(pl.col("happened_at") < cutoff)
    first = rows["happened_at"].min()
    if not isinstance(first, datetime) or (cutoff - first).days < _LEAST_DAYS:
        return None
    days = rows.group_by(pl.col("happened_at").dt.truncate("1d").alias("day")).agg(pl.col("money").sum())
    whole = pl.DataFrame({"day": pl.datetime_range(first, cutoff, "1d", closed="left", eager=True).dt.truncate("1d")})
    monthly = (
        whole.join(days.with_columns(pl.col("day").cast(whole["day"].dtype)), on="day", how="left")
        .group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(pl.col("money").sum(), pl.len().alias("days"))
        .filter(pl.col("days") >= 7)
        .sort("month")
    )
    money, length = monthly["money"].to_numpy().astype(float), monthly["days"].to_numpy().astype(float)
    month = monthly["month"].dt.month().to_numpy() - 1
    if (money <= 0).any() or np.unique(month).size < _MONTHS:
        return None
    effects = _shrunken_effects(np.log(money / length), month, length / length.max())
    factors = np.exp(effects)
    return Season(tuple(map(float, factors / factors.mean())))


def _shrunken_effects(level: Floats, month: NDArray[np.int64], weight: Floats) -> Floats:
    """(12,) log effect of each calendar month beside a straight trend; months weigh by the days that are known."""
    trend = np.linspace(-1.0, 1.0, level.size)
    design = np.column_stack([np.ones_like(trend), trend, np.eye(_MONTHS)[month]])
    noise = _USUAL_SPREAD**2 / 4
    for _ in range(5):
        ridge = np.diag([0.0, 0.0, *np.full(_MONTHS, noise / _USUAL_SPREAD**2)])
        weighted = design * weight[:, None]
        solved = np.linalg.solve(design.T @ weighted + ridge, weighted.T @ level)
        freedom = max(level.size - _MONTHS - 2, 1)
        noise = max(float(weight @ (level - design @ solved) ** 2) / freedom, 1e-6)
    effects: Floats = solved[2:] - solved[2:].mean()
    return effects
