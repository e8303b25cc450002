"""How far chance goes: an interval for a ROC-AUC, and whether something is seen of leavers only."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.formatting import percent
from holdfast.stats.ranking import roc_auc

MISSED_BOUNDS = 0.05  # of all intervals together
FALSE_ALARMS = 1e-3  # of all questions of one kind together, on records without a leak
HONEST_ODDS = 10.0  # times more likely to leave that an honest value may make a customer
LEAKING_ODDS = 50.0  # times more likely to leave, from which a value is taken for a leak
HINT_ODDS, HINT_HONEST_ODDS = 20.0, 5.0  # the same for a hint: above 16, the most that a clean column showed
LEAST_LEAVERS = 20
_FOLDS = 5
_BINS = 20
_MOST_VALUES = 200  # more are an identifier, not a category


@dataclass(frozen=True)
class Interval:
    """A ROC-AUC with the bounds that hold for all columns asked together."""

    auc: float
    low: float
    high: float


def interval(auc: float, leavers: int, stayers: int, asked: int = 1) -> Interval:
    """Bounds of a ROC-AUC from a number of leavers and stayers; honest near 1 and with few leavers.

    Args:
        auc: as measured, 0 to 1.
        leavers: how many. stayers: how many.
        asked: how many columns are asked: the bounds hold for all of them at once (Bonferroni).

    Source: Newcombe (2006), Statistics in Medicine 25, 559-573, method 5, with the variance of Hanley & McNeil (1982).
    """
    z = -NormalDist().inv_cdf(MISSED_BOUNDS / 2 / max(asked, 1))

    def beyond(bound: float) -> bool:
        more = (leavers + stayers) / 2 - 1
        spread = 1 + more * (1 - bound) / (2 - bound) + more * bound / (1 + bound)
        return abs(auc - bound) > z * math.sqrt(bound * (1 - bound) * spread / (leavers * stayers))

    return Interval(auc, _edge(auc, 0.0, beyond), _edge(auc, 1.0, beyond))


def _edge(inside: float, outside: float, beyond: Callable[[float], bool]) -> float:
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if beyond(middle) else (middle, outside)
    return inside


def auc_alone(values: pl.Series, left: NDArray[np.bool_]) -> float:
    """How well one column tells leavers, 0.5 to 1: by its order or by groups of its values, whichever is better.

    What a group says of leaving is learnt from other rows than it is judged on, so that rare values cannot look wise.

    Args:
        values: (n,) of any type; unknown is a value too.
        left: (n,) whether each customer left.
    """
    if not 0 < left.sum() < len(left):
        return 0.5
    best = 0.5
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64).fill_nan(None)
        known = numbers.is_not_null().to_numpy()
        if 0 < left[known].sum() < known.sum():
            # Of the known only: what is unknown is asked about in the groups.
            share = known[left].mean() * known[~left].mean()
            by_order = roc_auc(left[known], numbers.drop_nulls().to_numpy())
            best = 0.5 + share * (max(by_order, 1 - by_order) - 0.5)
    groups = _groups(values)
    return best if groups is None else max(best, roc_auc(left, _crossfitted(groups, left)))


def _groups(values: pl.Series) -> NDArray[np.int64] | None:
    if values.dtype.is_numeric() and values.n_unique() > _BINS:
        ranks = values.cast(pl.Float64).fill_nan(None).rank("average")
        places = (ranks / (len(values) - values.null_count() + 1) * _BINS).floor().cast(pl.Int64)
        return places.fill_null(-1).to_numpy()
    codes = values.cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    return codes if len(np.unique(codes)) <= _MOST_VALUES else None


def _crossfitted(groups: NDArray[np.int64], left: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) share of leavers among the rows of other folds in the same group, drawn a little to the mean of all."""
    folds = np.random.default_rng(0).permutation(len(left)) % _FOLDS
    _, codes = np.unique(groups, return_inverse=True)
    size = int(codes.max()) + 1
    rows = np.bincount(codes * _FOLDS + folds, minlength=size * _FOLDS).reshape(size, _FOLDS)
    leavers = np.bincount(codes * _FOLDS + folds, weights=left, minlength=size * _FOLDS).reshape(size, _FOLDS)
    others, gone = rows.sum(1, keepdims=True) - rows, leavers.sum(1, keepdims=True) - leavers
    mean = (leavers.sum() - leavers.sum(0)) / (rows.sum() - rows.sum(0))
    rates: NDArray[np.float64] = (gone + mean) / (others + 1)
    return rates[codes, folds]


def is_beyond(leavers: int, customers: int, odds: float, asked: int) -> bool:
    """Whether so many leavers among customers are more than chance gives where the odds of leaving are `odds`.

    Args:
        leavers: how many left of those in whom something is seen.
        customers: in how many it is seen.
        odds: of leaving, the greatest that an honest sign may mean.
        asked: how many questions of this kind are asked (Bonferroni).
    """
    from scipy.stats import binom

    tail = binom.sf(leavers - 1, customers, odds / (1 + odds))
    return leavers >= LEAST_LEAVERS and bool(tail <= FALSE_ALARMS / max(asked, 1))


@dataclass(frozen=True)
class Seen:
    """Of how many leavers and stayers something is seen."""

    of_leavers: int
    of_stayers: int
    leavers: int
    stayers: int

    @classmethod
    def of(cls, flags: NDArray[np.bool_], left: NDArray[np.bool_]) -> "Seen":
        """Count (n,) flags of customers who (n,) left or not."""
        leavers = int(left.sum())
        return cls(int((flags & left).sum()), int((flags & ~left).sum()), leavers, len(left) - leavers)

    @property
    def odds(self) -> float:
        """How many times greater the odds of leaving are where it is seen; half a customer is added to each count."""
        without = (self.leavers - self.of_leavers + 0.5) / (self.stayers - self.of_stayers + 0.5)
        return (self.of_leavers + 0.5) / (self.of_stayers + 0.5) / without

    def is_of_leavers_only(self, asked: int) -> bool:
        """Whether so many leavers and so few stayers are beyond what an honest column could show.

        Args:
            asked: how many questions of this kind are asked.
        """
        return self._is_beyond(LEAKING_ODDS, HONEST_ODDS, asked)

    def is_worth_a_look(self, asked: int) -> bool:
        """Whether they are more than honest columns usually show; a weak leak is, and so may be a very good sign."""
        return self._is_beyond(HINT_ODDS, HINT_HONEST_ODDS, asked)

    def _is_beyond(self, least_odds: float, honest_odds: float, asked: int) -> bool:
        if not self.stayers or not self.leavers or self.odds < least_odds:
            return False
        honest = honest_odds * self.leavers / self.stayers
        return is_beyond(self.of_leavers, self.of_leavers + self.of_stayers, honest, asked)

    @property
    def words(self) -> str:
        return (
            f"{self.of_leavers:,} of {self.leavers:,} who left ({_share(self.of_leavers, self.leavers)}) and "
            f"{self.of_stayers:,} of {self.stayers:,} who stayed ({_share(self.of_stayers, self.stayers)})"
        )

    @property
    def numbers(self) -> dict[str, float | int | str]:
        return {
            "leavers_with": self.of_leavers,
            "leavers": self.leavers,
            "stayers_with": self.of_stayers,
            "stayers": self.stayers,
            "odds_ratio": round(self.odds, 1),
        }


def _share(part: int, whole: int) -> str:
    return f"{percent(part / whole)}" if whole else "none"
