"""The level of spend: what the newest closed cutoff brought against what was expected; how much of it to carry on.

`fit_level(past, curves, cutoffs, season_is_known=...) -> Level`. The deviation is shrunk by its own uncertainty: by
chance among the customers, and by the season where that is not known.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import polars as pl

from holdfast.formatting import day, percent, short_money
from holdfast.models.clv.continuation import Curves, PastSpend

_Z_80 = 1.2815515655446004
# Of the log of what the same customers spend from one horizon to the next.
_LASTING = 0.15  # lasting changes: prices, range, competition
# A quarter against the others where no season is known: hobby, toy and game stores, which depend most on Christmas,
# make 34.5 % of a year's money in its last quarter (US Census Bureau, Monthly Retail Trade, 2022), 1.58 times the mean
# of the others. That is taken as the upper end of an 80 % range: log(1.58) / 1.28.
_SEASON_UNKNOWN = 0.36
_SEASON_KNOWN = 0.05
_MOST = 0.5  # of the log of the factor


@dataclass(frozen=True)
class Level:
    """By what forecasts are multiplied, and between what the true total lies in 80 of 100 cases."""

    factor: float
    low: float  # of the total, over the forecast
    high: float
    expected: float = 0.0  # at the newest closed cutoff, before the correction
    observed: float = 0.0
    cutoff: str = ""  # that cutoff's day
    season_is_known: bool = False

    @classmethod
    def unknown(cls) -> Self:
        """Where no cutoff has closed."""
        spread = float(np.hypot(_LASTING, _SEASON_UNKNOWN))
        return cls(1.0, float(np.exp(-_Z_80 * spread)), float(np.exp(_Z_80 * spread)))

    def widened(self, by: float) -> Self:
        """The same level with a wider range.

        Args:
            by: standard deviation of the log of the total that comes on top.
        """
        low, high = (float(np.hypot(np.log(end), _Z_80 * by)) for end in (self.low, self.high))
        return replace(self, low=float(np.exp(-low)), high=float(np.exp(high)))

    def over(self, horizons: float) -> Self:
        """The same level for the sum of so many churn horizons, whose range is wider: lasting changes go on.

        They are taken as a random walk, of which the range holds the first step; what counts is the mean of all.

        Args:
            horizons: at least 1; below, the range stays.
        """
        of_mean = (horizons + 1) * (2 * horizons + 1) / (6 * horizons) if horizons > 1 else 1.0
        return self.widened(_LASTING * float(np.sqrt(of_mean - 1)))

    def words(self, currency: str) -> str:
        """What the level follows from, in sentences; amounts in that currency."""
        range_ = (
            f"the total of all customers lies between {percent(self.low, 0)} and {percent(self.high, 0)} of the sum"
        )
        season = (
            "The season was measured on the past years."
            if self.season_is_known
            else "The season is not known: fewer than two years are recorded, so no Christmas or summer is in it."
        )
        if not self.cutoff:
            return f"No past cutoff shows the level. {season} With a probability of 80 %, {range_}."
        without = " (both without the season, which the amounts above contain)" if self.season_is_known else ""
        return (
            f"The level comes from {day(date.fromisoformat(self.cutoff))}, the newest cutoff whose horizon has passed: "
            f"fitted on all past cutoffs, that one among them, the models give "
            f"{short_money(self.expected, currency)} there, and {short_money(self.observed, currency)} came{without}; "
            f"as much of the difference as is more than chance goes on, so all forecasts are multiplied by "
            f"{self.factor:.3f}. {season} With a probability of 80 %, {range_}."
        )

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        return cls(**record)


def fit_level(past: PastSpend, curves: Curves, cutoffs: pl.Series, *, season_is_known: bool) -> Level:
    """The level of the newest cutoff among the rows, whose churn horizon has passed for all of them.

    Args:
        past: forecasts by models that did not see the customers, what became of them, and their spend.
        curves: fitted on all these rows.
        cutoffs: (n,) of the rows.
        season_is_known: whether the spend has the season taken out.
    """
    newest = cutoffs.max()
    assert isinstance(newest, datetime)
    at = (cutoffs == newest).to_numpy()
    probability, base, left = past.probability[at], past.base[at], past.left[at]
    stays, leaves = (curves.ratio(0, probability, base, left=outcome) for outcome in (False, True))
    expected = np.where(left, past.returns[at] * leaves, base * stays)
    observed = past.windows[0].spend[at]
    season = _SEASON_KNOWN if season_is_known else _SEASON_UNKNOWN
    total, came = float(expected.sum()), float(observed.sum())
    if total <= 0 or came <= 0:
        return Level.unknown()
    sampling = float(np.sqrt(((observed - expected) ** 2).sum())) / total
    doubt = sampling**2 + season**2
    share = _LASTING**2 / (_LASTING**2 + doubt)
    logs = float(np.clip(share * np.log(came / total), -_MOST, _MOST))
    # What is left unsure of the level, the season of the coming horizon, and chance among the customers once more.
    spread = _Z_80 * float(np.sqrt(_LASTING**2 * (1 - share) + season**2 + sampling**2))
    return Level(
        factor=float(np.exp(logs)),
        low=float(np.exp(-spread)),
        high=float(np.exp(spread)),
        expected=total,
        observed=came,
        cutoff=f"{newest:%Y-%m-%d}",
        season_is_known=season_is_known,
    )
