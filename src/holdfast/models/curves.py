"""The curves behind the plots: ROC, gain, and predicted against observed."""

import numpy as np

from holdfast.models.scores import Flags, Floats, bin_starts


def roc_curve(left: Flags, chance: Floats, points: int = 200) -> list[dict[str, float]]:
    """Share of leavers called against share of stayers called by mistake, at most `points` of them."""
    order = np.argsort(-chance, kind="stable")
    last_of_tie = np.append(np.diff(chance[order]) != 0, True)
    leavers = np.concatenate([[0], np.cumsum(left[order])[last_of_tie]]) / max(int(left.sum()), 1)
    stayers = np.concatenate([[0], np.cumsum(~left[order])[last_of_tie]]) / max(int((~left).sum()), 1)
    kept = np.unique(np.linspace(0, len(leavers) - 1, min(points, len(leavers))).round().astype(int))
    return [{"share_of_stayers": float(stayers[at]), "share_of_leavers": float(leavers[at])} for at in kept]


def gain_curve(left: Flags, chance: Floats, steps: int = 20) -> list[dict[str, float]]:
    """Share of all leavers met when the riskiest share of customers is contacted."""
    order = np.argsort(-chance, kind="stable")
    met = np.concatenate([[0], np.cumsum(left[order])]) / max(int(left.sum()), 1)
    shares = np.linspace(0, 1, steps + 1)
    found = np.interp(shares * len(left), np.arange(len(left) + 1), met)
    return [
        {"share_contacted": float(share), "share_of_leavers": float(value)}
        for share, value in zip(shares, found, strict=True)
    ]


def calibration_bins(left: Flags, chance: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Mean predicted and observed share of leavers in bins of equal count, safest first."""
    order = np.argsort(chance, kind="stable")
    starts = bin_starts(len(order), bins)
    rows = np.diff(np.append(starts, len(order)))
    predicted = np.add.reduceat(chance[order], starts) / rows
    observed = np.add.reduceat(left[order].astype(np.float64), starts) / rows
    return [
        {"predicted": float(said), "observed": float(seen), "rows": int(count)}
        for said, seen, count in zip(predicted, observed, rows, strict=True)
    ]
