"""Measures of a spend forecast: predicted and observed money in; errors, ranking and bias out, with intervals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RESAMPLES = 100
_ENOUGH = 50_000  # customers in a resample; more would only make the interval slower


def value_metrics(
    predicted: Floats, observed: Floats, *, seed: int, intervals: bool = True
) -> dict[str, dict[str, float]]:
    """Metrics of a spend forecast, each with its 95 % bootstrap interval.

    Args:
        predicted: (n,) spend. observed: (n,) spend, never negative; n >= 1.
        intervals: without, low and high are the value: enough to choose by.

    Returns:
        rmse, mae (currency); normalised_gini (1: the ranking of the observed itself; null metrics are left out
        where nobody spent); top_10_percent_capture (share of all spend of the tenth ranked highest);
        total_bias (predicted over observed total, less 1). Each {"value", "low", "high"}.
    """
    order = np.argsort(-predicted, kind="stable")
    predicted, observed = predicted[order], observed[order]
    ideal = np.argsort(-observed, kind="stable")
    every = np.ones(predicted.size)
    errors = np.abs(predicted - observed)
    squared_errors = errors**2
    metric_functions: dict[str, Callable[[Floats], float]] = {
        "rmse": lambda w: float(np.sqrt(w @ squared_errors / w.sum())),
        "mae": lambda w: float(w @ errors / w.sum()),
    }
    if observed.sum() > 0:
        metric_functions["normalised_gini"] = lambda w: (
            _gini(observed, w) / max(_gini(observed[ideal], w[ideal]), 1e-12)
        )
        metric_functions["top_10_percent_capture"] = lambda w: _capture(observed, w)
        metric_functions["total_bias"] = lambda w: float(w @ predicted / max(float(w @ observed), 1e-12) - 1)
    draws = _resamples(predicted.size, seed) if intervals else [every]
    metrics = {}
    for name, metric in metric_functions.items():
        values = [metric(weights) for weights in draws]
        low, high = np.quantile(values, [0.025, 0.975])
        metrics[name] = {"value": metric(every), "low": float(low), "high": float(high)}
    return metrics


def best_forecast(metrics: dict[str, dict[str, dict[str, float]]]) -> str:
    """The candidate with the best mean rank over all metrics; the first named wins a tie."""
    names = list(metrics)
    ranks = dict.fromkeys(names, 0.0)
    for measure in metrics[names[0]]:
        badness = [_badness(measure, metrics[name][measure]["value"]) for name in names]
        for name, value in zip(names, badness, strict=True):
            ranks[name] += sum(other < value for other in badness)
    return min(names, key=lambda name: ranks[name])


def _badness(measure: str, value: float) -> float:
    if measure == "total_bias":
        return abs(value)
    return -value if measure in {"normalised_gini", "top_10_percent_capture"} else value


def _gini(ranked: Floats, weights: Floats) -> float:
    """Area between the concentration curve and the diagonal, twice; `ranked` best first."""
    customers, spend = weights.cumsum(), (weights * ranked).cumsum()
    customers, spend = customers / customers[-1], spend / max(spend[-1], 1e-12)
    return float(2 * np.trapezoid(np.r_[0.0, spend], np.r_[0.0, customers]) - 1)


def _capture(ranked: Floats, weights: Floats) -> float:
    customers, spend = weights.cumsum(), (weights * ranked).cumsum()
    return float(np.interp(0.1 * customers[-1], np.r_[0.0, customers], np.r_[0.0, spend]) / max(spend[-1], 1e-12))


def _resamples(n: int, seed: int) -> list[Floats]:
    """How often each customer is drawn; Poisson weights are the bootstrap of large samples."""
    random = np.random.default_rng(seed)
    if n <= _ENOUGH:
        return [np.bincount(random.integers(0, n, n), minlength=n).astype(float) for _ in range(_RESAMPLES)]
    return [random.poisson(1.0, n).astype(float) for _ in range(_RESAMPLES // 4)]


_LEAST_TESTED = 20  # customers at the test cutoff; below, no number means anything


_SIMULATED = 20_000  # customers whose futures are simulated for intervals
