"""Between what the number of leavers lies: luck among the customers, and how far the level moves between cutoffs.

moved_at(left, probabilities) -> Move | None        what one past cutoff says of the level
fit_drift(moves) -> float                           how far the level moves from one cutoff to the next
leavers_between(probabilities, drift, z) -> (low, high)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.models.encoding import Floats
from holdfast.models.level import level_shift
from holdfast.models.metrics import Flags

Z_80, Z_95 = 1.2815515655446004, 1.959963984540054
# Standard deviation of the log-odds before any cutoff says more, and how many cutoffs it counts for. A rate of 20 %
# then lies between 15 and 27 % in 80 of 100 cases: as far as the money of a quarter moves where no season is known.
USUAL_DRIFT = 0.30
_USUAL_COUNTS = 2.0
_MOST = 1.5  # of one cutoff's move


@dataclass(frozen=True)
class Move:
    """By how much log-odds would have had to be moved at one past cutoff, and how much of it may be luck."""

    shift: float
    luck: float  # standard deviation


def moved_at(left: Flags, probabilities: Floats) -> Move | None:
    """What the outcomes of one cutoff say of its level; None where all or none left.

    Args:
        left: (n,) outcomes. probabilities: (n,) by a model that knew nothing from the cutoff on.
    """
    weight = _weight(probabilities)
    if not 0 < left.sum() < len(left) or weight <= 0:
        return None
    return Move(float(np.clip(level_shift(left, probabilities), -_MOST, _MOST)), weight**-0.5)


def fit_drift(moves: Sequence[Move]) -> float:
    """How far the log-odds move between cutoffs beyond luck: a standard deviation, drawn to the usual one.

    Args:
        moves: of cutoffs whose outcome is known where the drift is used.
    """
    beyond_luck = sum(max(each.shift**2 - each.luck**2, 0.0) for each in moves)
    return float(np.sqrt((_USUAL_COUNTS * USUAL_DRIFT**2 + beyond_luck) / (_USUAL_COUNTS + len(moves))))


def leavers_between(probabilities: Floats, drift: float, z: float) -> tuple[float, float]:
    """The range of the number of leavers; the sum of the probabilities lies inside.

    Args:
        probabilities: (n,) of leaving. drift: from `fit_drift`; 0: customers are independent.
        z: of a normal distribution: how many standard deviations the range reaches.
    """
    weight = _weight(probabilities)
    if weight <= 0:
        total = float(probabilities.sum())
        return total, total
    reach = z * float(np.sqrt(drift**2 + 1 / weight))
    inside = np.clip(probabilities, 1e-9, 1 - 1e-9)
    odds = np.log(inside) - np.log1p(-inside)
    certain = (probabilities <= 0) | (probabilities >= 1)
    low, high = (
        float(np.where(certain, probabilities, 1 / (1 + np.exp(-(odds + move)))).sum()) for move in (-reach, reach)
    )
    return low, high


def _weight(probabilities: Floats) -> float:
    return float((probabilities * (1 - probabilities)).sum())
