"""Counts in; an interval for a ROC-AUC out, and whether leavers have something more often than chance alone gives."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from holdfast.formatting import percent
from holdfast.stats.separation import FEWEST

MISSED_BOUNDS = 0.05  # of all intervals together
FALSE_ALARMS = 1e-3  # of all tests of one kind together, on records without a leak
HONEST_ODDS = 10.0  # times more likely to leave that an honest value may make a customer
LEAKING_ODDS = 50.0  # times more likely to leave, from which a value is taken for a leak
HINT_ODDS, HINT_HONEST_ODDS = 20.0, 5.0  # the same for a hint: above 16, the most that a clean column showed


@dataclass(frozen=True)
class Interval:
    """A ROC-AUC with the bounds that hold for all columns tested together."""

    auc: float
    low: float
    high: float


def interval(auc: float, leavers: int, stayers: int, tests: int = 1) -> Interval:
    """Bounds of a ROC-AUC from a number of leavers and stayers; honest near 1 and with few leavers.

    Args:
        auc: as measured, 0 to 1.
        leavers: how many. stayers: how many.
        tests: how many columns are tested: the bounds hold for all of them at once (Bonferroni).

    Source: Newcombe (2006), Statistics in Medicine 25, 559-573, method 5, with the variance of Hanley & McNeil (1982).
    """
    z = -NormalDist().inv_cdf(MISSED_BOUNDS / 2 / max(tests, 1))

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


def is_beyond(leavers: int, customers: int, odds: float, tests: int) -> bool:
    """Whether so many leavers among customers are more than chance gives where the odds of leaving are `odds`.

    Args:
        leavers: how many left of those who have it.
        customers: how many have it.
        odds: of leaving, the greatest that an honest sign may mean.
        tests: how many tests of this kind are made (Bonferroni).
    """
    from scipy.stats import binom

    tail = binom.sf(leavers - 1, customers, odds / (1 + odds))
    return leavers >= FEWEST and bool(tail <= FALSE_ALARMS / max(tests, 1))


@dataclass(frozen=True)
class Incidence:
    """How many leavers and stayers have something."""

    of_leavers: int
    of_stayers: int
    leavers: int
    stayers: int

    @classmethod
    def of(cls, flags: NDArray[np.bool_], left: NDArray[np.bool_]) -> "Incidence":
        """Count (n,) flags of customers who (n,) left or not."""
        leavers = int(left.sum())
        return cls(int((flags & left).sum()), int((flags & ~left).sum()), leavers, len(left) - leavers)

    @property
    def odds(self) -> float:
        """How many times greater the odds of leaving are where it is; half a customer is added to each count."""
        without = (self.leavers - self.of_leavers + 0.5) / (self.stayers - self.of_stayers + 0.5)
        return (self.of_leavers + 0.5) / (self.of_stayers + 0.5) / without

    def is_of_leavers_only(self, tests: int) -> bool:
        """Whether so many leavers and so few stayers are beyond what an honest column could show.

        Args:
            tests: how many tests of this kind are made.
        """
        return self._is_beyond(LEAKING_ODDS, HONEST_ODDS, tests)

    def is_worth_a_look(self, tests: int) -> bool:
        """Whether they are more than honest columns usually show; a weak leak is, and so may be a very good sign."""
        return self._is_beyond(HINT_ODDS, HINT_HONEST_ODDS, tests)

    def _is_beyond(self, least_odds: float, honest_odds: float, tests: int) -> bool:
        if not self.stayers or not self.leavers or self.odds < least_odds:
            return False
        honest = honest_odds * self.leavers / self.stayers
        return is_beyond(self.of_leavers, self.of_leavers + self.of_stayers, honest, tests)

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


def _share(count: int, whole: int) -> str:
    return f"{percent(count / whole)}" if whole else "none"
