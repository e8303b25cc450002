"""How far chance goes: an interval for a ROC-AUC, and whether something is seen of leavers only."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from holdfast.formatting import percent
from holdfast.stats.separation import FEWEST

MISSED_BOUNDS = 0.05  # of all intervals together
FALSE_ALARMS = 1e-3  # of all questions of one kind together, on records without a leak
HONEST_ODDS = 10.0  # times more likely to leave that an honest value may make a customer
LEAKING_ODDS = 50.0  # times more likely to leave, from which a value is taken for a leak
HINT_ODDS, HINT_HONEST_ODDS = 20.0, 5.0  # the same for a hint: above 16, the most that a clean column showed


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
    return leavers >= FEWEST and bool(tail <= FALSE_ALARMS / max(asked, 1))


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
