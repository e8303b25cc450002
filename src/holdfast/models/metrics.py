"""Metrics of probabilities against outcomes: ranking, calibration and profit."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from holdfast.stats.ranking import roc_auc

Floats = NDArray[np.float64]


Flags = NDArray[np.bool_]


# Verbraken, Verbeke & Baesens (2013), section VI: the defaults of expected maximum profit for churn.
_ALPHA, _BETA = 6.0, 14.0  # Beta distribution of the share of leavers who accept an offer


_VALUE, _OFFER, _CONTACT = 200.0, 10.0, 1.0  # a customer's lifetime value, an offer's cost, a contact's cost


def average_precision(left: Flags, probabilities: Floats) -> float:
    """Mean precision over the leavers, best first; tied rows enter together."""
    reached, leavers = _cumulated(left, probabilities)
    if not leavers[-1]:
        return float("nan")
    return float((np.diff(leavers, prepend=0) / leavers[-1] * leavers / reached).sum())


def log_loss(left: Flags, probabilities: Floats) -> float:
    """Mean negative log-likelihood; smaller is better."""
    return float(log_losses(left, probabilities).mean())


def log_losses(left: Flags, probabilities: Floats) -> Floats:
    """(n,) negative log-likelihood of each row; probabilities are kept 1e-9 off 0 and 1."""
    inside = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.where(left, -np.log(inside), -np.log1p(-inside))


def brier(left: Flags, probabilities: Floats) -> float:
    """Mean squared distance of probabilities from outcomes."""
    return float(((probabilities - left) ** 2).mean())


def calibration_error(left: Flags, probabilities: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count: mean |predicted - observed|, weighted by rows."""
    order = np.argsort(probabilities, kind="stable")
    starts = bin_starts(len(order), bins)
    gaps = np.add.reduceat(probabilities[order] - left[order], starts)
    return float(np.abs(gaps).sum() / len(order))


def lift(left: Flags, probabilities: Floats, share: float = 0.10) -> float:
    """How many times more leavers the top `share` of the list has than a random selection; ties are shared out."""
    reached, leavers = _cumulated(left, probabilities)
    if not leavers[-1]:
        return float("nan")
    captured = np.interp(share * reached[-1], np.concatenate([[0], reached]), np.concatenate([[0], leavers]))
    return float(captured / leavers[-1] / share)


def precision_recall_f1(left: Flags, probabilities: Floats, threshold: float) -> tuple[float, float, float]:
    """Of those called leavers, the share who left; of leavers, the share called; their harmonic mean."""
    called = probabilities >= threshold
    right = float((called & left).sum())
    precision = right / max(float(called.sum()), 1.0)
    recall = right / max(float(left.sum()), 1.0)
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def best_threshold(left: Flags, probabilities: Floats) -> float:
    """The probability from which calling customers leavers gives the best F1; to be tuned on validation rows only."""
    reached, leavers = _cumulated(left, probabilities)
    f1 = 2 * leavers / (reached + leavers[-1])
    return float(np.unique(probabilities)[::-1][int(np.argmax(f1))])


def expected_maximum_profit(left: Flags, probabilities: Floats) -> float:
    """Profit a customer of the best possible campaign, over how many accept an offer.

    A leaver accepts with a probability from Beta(6, 14); keeping one is worth 200, an offer costs 10, a contact 1.
    Under each acceptance the best share of the list is treated.

    Source: Verbraken, Verbeke & Baesens (2013), IEEE TKDE 25(5), equations 11 and 20, by the ROC convex hull.
    """
    from scipy.special import betainc

    stayers_met, leavers_met = _roc_hull(left, probabilities)
    rate = float(left.mean())
    offer, contact = _OFFER / _VALUE, _CONTACT / _VALUE
    rise, run = np.diff(leavers_met), np.diff(stayers_met)
    with np.errstate(divide="ignore"):
        break_even = ((1 - rate) * (offer + contact) * run / (rate * rise) + contact) / (1 - offer)
    edges = np.concatenate([[0.0], np.clip(break_even, 0.0, 1.0), [1.0]])
    mass = np.diff(betainc(_ALPHA, _BETA, edges))
    mean = _ALPHA / (_ALPHA + _BETA) * np.diff(betainc(_ALPHA + 1, _BETA, edges))
    gained = rate * leavers_met * ((1 - offer) * mean - contact * mass)
    spent = (1 - rate) * stayers_met * (offer + contact) * mass
    return float(_VALUE * (gained - spent).sum())


METRICS: Final[Mapping[str, Callable[[Flags, Floats], float]]] = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier": brier,
    "calibration_error": calibration_error,
    "lift_at_10_percent": lift,
    "expected_maximum_profit": expected_maximum_profit,
}


def measured(left: Flags, probabilities: Floats) -> dict[str, float]:
    """Every metric that needs no threshold."""
    return {name: metric(left, probabilities) for name, metric in METRICS.items()}


def bin_starts(rows: int, bins: int) -> NDArray[np.int64]:
    """Where each of at most `bins` runs of equal count starts in `rows` sorted rows."""
    return np.unique(np.linspace(0, rows, min(bins, rows) + 1)[:-1].astype(np.int64))


def _cumulated(left: Flags, probabilities: Floats) -> tuple[Floats, Floats]:
    """Rows and leavers so far, from the highest probability down, after each distinct probability."""
    values, positions, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    leavers = np.bincount(positions, weights=left, minlength=len(values))
    return np.cumsum(counts[::-1]).astype(np.float64), np.cumsum(leavers[::-1])


def _roc_hull(left: Flags, probabilities: Floats) -> tuple[Floats, Floats]:
    reached, leavers = _cumulated(left, probabilities)
    x = np.concatenate([[0.0], (reached - leavers) / max(reached[-1] - leavers[-1], 1.0)])
    y = np.concatenate([[0.0], leavers / max(leavers[-1], 1.0)])
    # A corner of the hull is a corner of the curve that bends down, which few points are.
    run, rise = np.diff(x), np.diff(y)
    bends_down = rise[:-1] * run[1:] > rise[1:] * run[:-1]
    corners: list[int] = []
    for point in [0, *(np.flatnonzero(bends_down) + 1).tolist(), len(x) - 1]:
        while len(corners) >= 2:
            first, second = corners[-2], corners[-1]
            turn = (x[second] - x[first]) * (y[point] - y[first]) - (y[second] - y[first]) * (x[point] - x[first])
            if turn < 0:
                break
            corners.pop()
        corners.append(point)
    # A point straight above or level with its neighbour on the hull divides by zero or adds nothing.
    return x[corners], y[corners]


def roc_curve(left: Flags, probabilities: Floats, points: int = 200) -> list[dict[str, float]]:
    """Share of leavers called against share of stayers called by mistake, at most `points` of them."""
    order = np.argsort(-probabilities, kind="stable")
    last_of_tie = np.append(np.diff(probabilities[order]) != 0, True)
    leavers = np.concatenate([[0], np.cumsum(left[order])[last_of_tie]]) / max(int(left.sum()), 1)
    stayers = np.concatenate([[0], np.cumsum(~left[order])[last_of_tie]]) / max(int((~left).sum()), 1)
    shown = np.unique(np.linspace(0, len(leavers) - 1, min(points, len(leavers))).round().astype(int))
    return [{"share_of_stayers": float(stayers[at]), "share_of_leavers": float(leavers[at])} for at in shown]


def gain_curve(left: Flags, probabilities: Floats, steps: int = 20) -> list[dict[str, float]]:
    """Share of all leavers reached when the riskiest share of customers is contacted."""
    order = np.argsort(-probabilities, kind="stable")
    cumulated = np.concatenate([[0], np.cumsum(left[order])]) / max(int(left.sum()), 1)
    shares = np.linspace(0, 1, steps + 1)
    reached = np.interp(shares * len(left), np.arange(len(left) + 1), cumulated)
    return [
        {"share_contacted": float(share), "share_of_leavers": float(value)}
        for share, value in zip(shares, reached, strict=True)
    ]


def calibration_bins(left: Flags, probabilities: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Mean predicted and observed share of leavers in bins of equal count, safest first."""
    order = np.argsort(probabilities, kind="stable")
    starts = bin_starts(len(order), bins)
    rows = np.diff(np.append(starts, len(order)))
    predicted = np.add.reduceat(probabilities[order], starts) / rows
    observed = np.add.reduceat(left[order].astype(np.float64), starts) / rows
    return [
        {"predicted": float(mean), "observed": float(share), "rows": int(count)}
        for mean, share, count in zip(predicted, observed, rows, strict=True)
    ]
