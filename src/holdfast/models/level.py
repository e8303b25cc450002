"""The level of the probabilities, apart from the ranking: more or fewer left at the newest cutoff than was expected.

A ranking can hold while the level moves with time or season. Then the log-odds of everybody are moved by one number, so
that the expected total of the newest cutoff with a known outcome is the observed one; who stands above whom stays.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from holdfast.formatting import about, day_of, percent
from holdfast.models.calibration import Calibrator
from holdfast.models.encoding import Floats
from holdfast.models.metrics import Flags, log_loss

_FOLDS = 5
_FEWEST = 20  # leavers, and stayers, of the newest cutoff


@dataclass(frozen=True)
class Level:
    """What was expected of the newest cutoff, what came, and by how much log-odds were moved for it."""

    origin: str | None  # the day of the newest cutoff; None: the records have one cutoff, or none
    expected: float  # leavers
    observed: float
    low: float  # of the range that luck explains
    high: float
    shift: float = 0.0  # of the log-odds; 0: not recalibrated
    log_loss_before: float | None = None  # of that cutoff's rows by fits without their customer, at the old level
    log_loss_after: float | None = None  # at a level fitted on other customers

    @property
    def is_off(self) -> bool:
        return not self.low <= self.observed <= self.high

    @property
    def sentence(self) -> str:
        """What a reader has to know; "" where luck explains the difference."""
        if not self.is_off:
            return ""
        direction = "More" if self.observed > self.high else "Fewer"
        counts = (
            f"{direction} customers left on the test rows than expected ({self.observed:,.0f} against "
            f"{about(self.expected)}; luck explains {about(self.low)} to {about(self.high)}): "
        )
        if self.origin is None:
            return f"{counts}trust the ranking more than the probabilities."
        origin = day_of(self.origin)
        if self.shift:
            before, after = percent(_risk(0.0)), percent(_risk(self.shift))
            return (
                f"{counts}the level moves with time or season. The ranking holds and stays as it is; all probabilities "
                f"were recalibrated to the level of {origin} (what was {before} is {after} now). If the level "
                "moves again, they are off again."
            )
        return (
            f"{counts}the level moves with time or season. The model has since been fitted on {origin} too, and "
            "moving its level further would not have predicted that day better. Trust the ranking more than the "
            "probabilities."
        )

    def record(self) -> dict[str, Any]:
        return asdict(self) | {"is_off": self.is_off, "sentence": self.sentence}


def level_of(total: Mapping[str, float], origin: str | None) -> Level:
    """What the total of the test rows says.

    Args:
        total: predicted, observed, low and high counts of leavers. origin: the day of the test cutoff, if it is later.
    """
    return Level(origin, total["predicted"], total["observed"], total["low"], total["high"])


def level_shift(left: Flags | Floats, probabilities: Floats) -> float:
    """By how much log-odds have to be moved so that the expected total is the observed one.

    Args:
        left: (n,) outcomes, both of them present; or other probabilities, whose total it is. probabilities: (n,) within
            0 and 1.
    """
    from scipy.optimize import brentq

    odds = np.log(np.clip(probabilities, 1e-9, 1 - 1e-9)) - np.log1p(-np.clip(probabilities, 1e-9, 1 - 1e-9))
    return float(brentq(lambda shift: float((1 / (1 + np.exp(-(odds + shift))) - left).sum()), -30, 30))


def recalibrated(level: Level, calibrator: Calibrator, left: Flags, probabilities: Floats) -> tuple[Level, Calibrator]:
    """The calibrator at the level of the newest cutoff, where the level was off and that lowers the log loss.

    Args:
        level: what the test rows said.
        calibrator: of the model in use.
        left: (n,) outcomes of the newest cutoff.
        probabilities: (n,) of these rows by fits without their customer, calibrated.

    Returns:
        The level with the shift and both log losses, cross-validated; the calibrator, moved or as it was.
    """
    if not level.is_off or min(left.sum(), (~left).sum()) < _FEWEST:
        return level, calibrator
    fold = np.random.default_rng(0).permutation(len(left)) % _FOLDS
    moved = np.empty(len(left))
    for number in range(_FOLDS):
        other = fold != number
        moved[~other] = _moved(level_shift(left[other], probabilities[other]), probabilities[~other])
    before, after = log_loss(left, probabilities), log_loss(left, moved)
    shift = level_shift(left, probabilities) if after < before else 0.0
    level = Level(level.origin, level.expected, level.observed, level.low, level.high, shift, before, after)
    return level, calibrator.at_level(shift) if shift else calibrator


def _moved(shift: float, probabilities: Floats) -> Floats:
    return Calibrator("identity").at_level(shift).apply(probabilities)


def _risk(shift: float, of: float = 0.10) -> float:
    """What a risk of 10 % is after its log-odds were moved."""
    return float(1 / (1 + (1 - of) / of * np.exp(-shift)))
