"""Calibration: outcomes and probabilities in; a calibrator of a few numbers out, chosen by cross-validated log loss."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.models.metrics import Flags, Floats, bin_starts, calibration_error, log_losses
from holdfast.models.newton import fit_logistic

_EDGE = 1e-6  # how far from 0 and 1 a probability is kept, so that its logarithm exists
_FOLDS = 5
_SIMULATIONS = 500


@dataclass(frozen=True)
class Calibrator:
    """log-odds = intercept + rise * log(p) - fall * log(1 - p), both slopes never negative.

    Rise = fall = 1 and intercept 0: identity; another intercept: a level. Rise = fall: Platt (1999). Free: beta
    calibration, Kull, Silva Filho & Flach (2017), equation 5.
    """

    kind: str
    intercept: float = 0.0
    rise: float = 1.0
    fall: float = 1.0

    def apply(self, probabilities: Floats) -> Floats:
        """(n,) calibrated probabilities of (n,) probabilities; never changes who is ranked above whom."""
        if self.kind == "identity":
            return probabilities
        inside = np.clip(probabilities, _EDGE, 1 - _EDGE)
        score = self.intercept + self.rise * np.log(inside) - self.fall * np.log1p(-inside)
        return np.asarray(1 / (1 + np.exp(-np.clip(score, -40, 40))))

    def at_level(self, shift: float) -> "Calibrator":
        """This calibrator with all log-odds moved by `shift`; an identity becomes a "level"."""
        return replace(self, kind="level" if self.kind == "identity" else self.kind, intercept=self.intercept + shift)

    def record(self) -> dict[str, Any]:
        return {"kind": self.kind, "intercept": self.intercept, "rise": self.rise, "fall": self.fall}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Calibrator":
        return cls(record["kind"], record["intercept"], record["rise"], record["fall"])


IDENTITY = Calibrator("identity")


def choose_calibrator(left: Flags, probabilities: Floats, folds: NDArray[np.int64]) -> Calibrator:
    """The calibrator with the least cross-validated log loss; a plainer one is kept unless it is clearly worse.

    Args:
        left: (n,) outcomes.
        probabilities: (n,) probabilities by a model that did not see the row's customer.
        folds: (n,) fold of each row, all rows of a customer in one.
    """
    losses = {"identity": log_losses(left, probabilities)}
    for kind in ("platt", "beta"):
        held_out = np.empty(len(left))
        for fold in np.unique(folds):
            other = folds != fold
            held_out[~other] = fit_calibrator(kind, left[other], probabilities[other]).apply(probabilities[~other])
        losses[kind] = log_losses(left, held_out)
    best = "identity"
    for kind in ("platt", "beta"):
        gain = losses[best] - losses[kind]
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            best = kind
    return fit_calibrator(best, left, probabilities)


def fit_calibrator(kind: str, left: Flags, probabilities: Floats) -> Calibrator:
    """Fit one kind of calibrator; identity where the rows do not allow an increasing one.

    Args:
        kind: "identity", "platt" or "beta".
        left: (n,) outcomes. probabilities: (n,) out-of-fold probabilities.
    """
    if kind == "identity" or left.all() or not left.any():
        return IDENTITY
    inside = np.clip(probabilities, _EDGE, 1 - _EDGE)
    rise, fall = np.log(inside), -np.log1p(-inside)
    design = np.column_stack([rise, fall]) if kind == "beta" else (rise + fall)[:, None]
    weights = fit_logistic(design, left, 1e-3, None)
    if (weights[1:] < 0).any():
        return fit_calibrator("platt", left, probabilities) if kind == "beta" else IDENTITY
    return Calibrator(kind, float(weights[0]), float(weights[1]), float(weights[-1]))


def calibration_test(left: Flags, probabilities: Floats, *, seed: int, bins: int = 10) -> dict[str, float]:
    """Whether the calibration error is more than a perfectly calibrated model would show by luck.

    Args:
        left: (n,) outcomes. probabilities: (n,) probabilities. seed: of the simulation. bins: of equal count.

    Returns:
        ece, expected_ece_if_perfect, and p_value: the share of simulated perfect models with as large an error.
    """
    order = np.argsort(probabilities, kind="stable")
    ordered = probabilities[order].astype(np.float32)
    starts = bin_starts(len(order), bins)
    random = np.random.default_rng(seed)
    simulated = np.empty(_SIMULATIONS)
    for draw in range(_SIMULATIONS):
        outcome = random.random(len(order), dtype=np.float32) < ordered
        simulated[draw] = np.abs(np.add.reduceat(ordered - outcome, starts, dtype=np.float64)).sum() / len(order)
    error = calibration_error(left, probabilities, bins)
    return {
        "ece": error,
        "expected_ece_if_perfect": float(simulated.mean()),
        "p_value": float((1 + (simulated >= error).sum()) / (1 + _SIMULATIONS)),
    }


def expected_total(left: Flags, probabilities: Floats) -> dict[str, float]:
    """Leavers predicted and observed, with the 95 % range in which a calibrated model's count falls.

    Args:
        left: (n,) outcomes. probabilities: (n,) probabilities, taken as independent.
    """
    predicted = float(probabilities.sum())
    spread = 1.96 * float(np.sqrt((probabilities * (1 - probabilities)).sum()))
    return {
        "predicted": predicted,
        "observed": float(left.sum()),
        "low": max(predicted - spread, 0.0),
        "high": min(predicted + spread, float(len(left))),
    }
