"""Bootstrap intervals of metrics: outcomes and probabilities in; each metric in many resamples of the customers out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.models.metrics import Flags, Floats, bin_starts, log_losses, measured, precision_recall_f1

_AT_ONCE = 4_000_000  # weights in memory at a time
_SCORE_BINS = 1_000  # distinct scores; more change an interval in its fourth digit
_PROFIT_POINTS = 200
_ACCEPTANCES = 48


@dataclass(frozen=True)
class Draws:
    """How often each row is drawn; the same for every model, so that differences are paired."""

    customers: NDArray[np.int64]  # (n,) index of each row's customer
    seed: int
    times: int = 500

    def blocks(self) -> list[tuple[int, int]]:
        """(replicates, seed) of each block; a block is drawn again from its seed instead of being kept."""
        size = int(max(1, min(self.times, _AT_ONCE // max(len(self.customers), 1))))
        return [(min(size, self.times - first), self.seed + first) for first in range(0, self.times, size)]

    def weights(self, block: tuple[int, int]) -> NDArray[np.float32]:
        """(n, replicates) how often each row is drawn when as many customers are drawn as there are."""
        count = int(self.customers.max()) + 1
        random = np.random.default_rng(block[1])
        drawn = np.empty((count, block[0]), dtype=np.float32)
        for replicate in range(block[0]):
            drawn[:, replicate] = np.bincount(random.integers(0, count, count), minlength=count)
        return drawn[self.customers]


def replicates(
    left: Flags, by_model: Mapping[str, Floats], threshold: Mapping[str, float], draws: Draws
) -> dict[str, dict[str, Floats]]:
    """Model name -> metric name -> (times,) its value in each drawn set of customers.

    Args:
        left: (n,) outcomes.
        by_model: model name -> (n,) probabilities.
        threshold: model name -> the probability from which a customer is called a leaver.
        draws: which rows are drawn how often; the same for every model.
    """
    orders = {name: np.argsort(-probabilities, kind="stable") for name, probabilities in by_model.items()}
    plans = {name: _Plan(left[order], by_model[name][order], threshold[name]) for name, order in orders.items()}
    results: dict[str, list[dict[str, Floats]]] = {name: [] for name in by_model}
    for block in draws.blocks():
        weights = draws.weights(block)
        for name, plan in plans.items():
            results[name].append(plan.metrics(weights[orders[name]]))
    return {
        name: {metric: np.concatenate([block[metric] for block in of_model]) for metric in of_model[0]}
        for name, of_model in results.items()
    }


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of the replicates."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [0.025, 0.975])
    return float(low), float(high)


def with_intervals(left: Flags, probabilities: Floats, threshold: float, drawn: Mapping[str, Floats]) -> dict[str, Any]:
    """Each metric of a model with its 95 % interval: metric name -> value, low, high.

    Args:
        left: (n,) outcomes. probabilities: (n,) of the model. threshold: from which a customer is called a leaver.
        drawn: the model's replicates.
    """
    values = measured(left, probabilities)
    values |= zip(("precision", "recall", "f1"), precision_recall_f1(left, probabilities, threshold), strict=True)
    results = {}
    for name, value in values.items():
        low, high = interval(drawn[name])
        results[name] = {"value": value, "low": min(low, value), "high": max(high, value)}
    return results


class _Plan:
    """One model's rows in bins of nearly equal scores, riskiest first: all that a metric needs is counts by bin."""

    def __init__(self, left: Flags, probabilities: Floats, threshold: float) -> None:
        edges = np.unique(-probabilities)
        if len(edges) > _SCORE_BINS:
            edges = np.unique(np.quantile(-probabilities, np.linspace(0, 1, _SCORE_BINS + 1)[1:]))
        edges = np.union1d(edges, -threshold)  # so that no bin lies on both sides of it
        bins, self.starts = np.unique(np.searchsorted(edges, -probabilities, side="left"), return_index=True)
        sizes = np.diff(np.append(self.starts, len(left)))
        bin_of_row = np.repeat(np.arange(len(bins)), sizes)
        self.leaver_rows = np.flatnonzero(left)
        self.leaver_bins, self.leaver_starts = np.unique(bin_of_row[self.leaver_rows], return_index=True)
        self.probability = _bin_means(bin_of_row, probabilities)
        self.losses = [
            _bin_means(bin_of_row, log_losses(np.full(len(left), each), probabilities)) for each in (False, True)
        ]
        self.squares = [_bin_means(bin_of_row, (probabilities - each) ** 2) for each in (0.0, 1.0)]
        self.calibration = np.unique(bin_of_row[bin_starts(len(left), 10)])
        self.called = int(np.searchsorted(self.starts, int((probabilities >= threshold).sum())))

    def metrics(self, weights: NDArray[np.float32]) -> dict[str, Floats]:
        rows = np.add.reduceat(weights, self.starts, axis=0).astype(np.float64)
        leavers = np.zeros_like(rows)
        leavers[self.leaver_bins] = np.add.reduceat(weights[self.leaver_rows], self.leaver_starts, axis=0)
        stayers = rows - leavers
        reached, leavers_reached = rows.cumsum(axis=0), leavers.cumsum(axis=0)
        total, all_leavers = reached[-1], leavers_reached[-1]
        below = (total - all_leavers) - (reached - leavers_reached)
        right = leavers[: self.called].sum(axis=0)
        called = rows[: self.called].sum(axis=0)
        gaps = np.add.reduceat(rows * self.probability[:, None] - leavers, self.calibration, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "roc_auc": (leavers * (below + stayers / 2)).sum(axis=0) / (all_leavers * (total - all_leavers)),
                "average_precision": (leavers * leavers_reached / np.maximum(reached, 1)).sum(axis=0) / all_leavers,
                "log_loss": (self.losses[0] @ stayers + self.losses[1] @ leavers) / total,
                "brier": (self.squares[0] @ stayers + self.squares[1] @ leavers) / total,
                "calibration_error": np.abs(gaps).sum(axis=0) / total,
                "lift_at_10_percent": _captured(reached, leavers_reached, 0.1 * total) / all_leavers / 0.1,
                "expected_maximum_profit": _profit(reached, leavers_reached),
                "precision": right / np.maximum(called, 1),
                "recall": right / np.maximum(all_leavers, 1),
                "f1": 2 * right / np.maximum(called + all_leavers, 1),
            }


def _bin_means(bins: NDArray[np.int64], values: Floats) -> Floats:
    return np.asarray(np.bincount(bins, weights=values) / np.bincount(bins))


def _captured(reached: Floats, leavers_reached: Floats, rows: Floats) -> Floats:
    return np.array(
        [
            np.interp(
                rows[replicate], np.append(0.0, reached[:, replicate]), np.append(0.0, leavers_reached[:, replicate])
            )
            for replicate in range(reached.shape[1])
        ]
    )


def _profit(reached: Floats, leavers_reached: Floats) -> Floats:
    """Expected maximum profit at a grid of list lengths and acceptances; see `metrics.expected_maximum_profit`."""
    from scipy.special import betaincinv

    points = np.unique(np.linspace(0, len(reached) - 1, min(_PROFIT_POINTS, len(reached))).round().astype(int))
    acceptances = betaincinv(6.0, 14.0, (np.arange(_ACCEPTANCES) + 0.5) / _ACCEPTANCES)
    leavers = leavers_reached[points] / reached[-1]
    stayers = (reached[points] - leavers_reached[points]) / reached[-1]
    best = np.zeros(reached.shape[1])
    for acceptance in acceptances:
        profit = (200.0 * acceptance * 0.95 - 1.0) * leavers - 11.0 * stayers
        best += np.maximum(profit.max(axis=0), 0.0)
    return best / _ACCEPTANCES
