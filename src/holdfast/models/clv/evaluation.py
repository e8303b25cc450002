"""Evaluation of spend forecasts: chosen at an earlier cutoff, measured once at the test cutoff."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.schedule import Schedule
from holdfast.formatting import percent
from holdfast.models.clv.forecasts import (
    MEAN,
    PURCHASES,
    Forecast,
    Forecasters,
    SpendTrainingData,
    choice_cutoff,
    fit_forecasters,
    forecast,
    observed_spend,
    rows_at,
)
from holdfast.models.clv.intervals import ValueIntervals, coverage, fit_intervals
from holdfast.models.clv.purchase_models import PURCHASE_MODELS
from holdfast.models.clv.purchase_value import fit_purchase_value

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


@dataclass(frozen=True)
class Evaluation:
    """The chosen forecast, its test, and intervals from outcomes (None: no outcome of that horizon is known)."""

    chosen: str
    purchase_model: str  # bg_nbd or pareto_nbd: which the choice cutoff favoured
    candidates: tuple[dict[str, Any], ...]
    total: dict[str, float] | None
    coverage_80: float | None
    intervals: ValueIntervals | None
    words: str


@dataclass(frozen=True)
class _Backtest:
    forecast: Forecast
    observed: Floats
    fitted: Forecasters


def evaluate(data: SpendTrainingData, schedule: Schedule, value_horizon_days: int) -> Evaluation:
    """Choose a forecast and measure how good it is.

    Args:
        data: to train on; its horizon is the tested one.
        schedule: the choice is made at the newest training cutoff whose window closes by the test cutoff.
        value_horizon_days: where it is the tested horizon the intervals come from outcomes, else from simulated
            futures; the measured coverage is of the same kind of interval, always at the tested horizon.
    """
    earlier_cutoff = choice_cutoff(schedule.training, schedule.test, data.horizon_days)
    if earlier_cutoff is not None:
        data = replace(data, purchase_model=_better_purchase_model(data, earlier_cutoff))
    test = _backtest(data, schedule.test)
    if test is None:
        words = "Not tested: too few customers had bought before the test cutoff; the purchase model is used as it is."
        return Evaluation(PURCHASES, data.purchase_model, (), None, None, None, words)
    choice = _backtest(data, earlier_cutoff) if earlier_cutoff else None
    # Not comparable earlier: the mean, because a combination seldom loses to the worse of the two.
    chosen = MEAN if MEAN in test.forecast.candidates else PURCHASES
    if choice is not None and len(choice.forecast.candidates) > 1:
        names = [name for name in choice.forecast.candidates if name in test.forecast.candidates]
        chosen = _best({name: choice.forecast.candidates[name] for name in names}, choice.observed)
    candidates = tuple(
        {"name": name, "chosen": name == chosen, "test": value_metrics(values, test.observed, seed=data.seed)}
        for name, values in test.forecast.candidates.items()
    )
    from_outcomes = value_horizon_days == data.horizon_days
    covered = _coverage(data, test, choice, chosen) if from_outcomes else _simulated_coverage(data, test, chosen)
    predicted, observed = float(test.forecast.candidates[chosen].sum()), float(test.observed.sum())
    total = {"predicted": predicted, "observed": observed}
    if observed > 0:
        total["bias"] = predicted / observed - 1
    words = _words(data, schedule.test, test, chosen, total)
    intervals = fit_intervals(test.forecast.candidates[chosen], test.observed) if from_outcomes else None
    words = f"{words} The 80 % intervals contained {percent(covered, 0)} of them."
    return Evaluation(chosen, data.purchase_model, candidates, total, covered, intervals, words)


def simulated_intervals(fitted: Forecasters, customers: pl.DataFrame, ahead: float, *, seed: int) -> ValueIntervals:
    """Intervals from the purchase model's own simulated futures, one for each of at most 20,000 customers.

    Args:
        customers: rows of `summarise_purchases`, nulls where a customer has never bought (left out).
    """
    buyers = customers.filter(pl.col("frequency").is_not_null())
    if buyers.height > _SIMULATED:
        buyers = buyers.sample(_SIMULATED, seed=seed)
    if not buyers.height:
        return ValueIntervals((), (0.0,), (1.0,))
    return fit_intervals(
        fitted.purchases.spend(buyers, ahead), fitted.purchases.simulate_spend(buyers, ahead, seed=seed)
    )


def _better_purchase_model(data: SpendTrainingData, cutoff: datetime) -> str:
    """BG/NBD or Pareto/NBD, by the spend of the horizon after an earlier cutoff."""
    forecasts = {}
    for name in PURCHASE_MODELS:
        model, summary = fit_purchase_value(data.transactions, cutoff, name)
        if model.purchases.rung != name:
            return data.purchase_model  # the log does not support it: both fall back to the same
        forecasts[name] = model.spend(summary, data.horizon_days)
    rows = summary.select("customer_id", pl.lit(cutoff).dt.cast_time_unit("us").alias("cutoff"))
    observed = observed_spend(data, rows)
    return _best(forecasts, observed)


def _best(forecasts: Mapping[str, Floats], observed: Floats) -> str:
    return best_forecast(
        {name: value_metrics(spend, observed, seed=0, intervals=False) for name, spend in forecasts.items()}
    )


def _backtest(data: SpendTrainingData, cutoff: datetime) -> _Backtest | None:
    rows = rows_at(data, cutoff)
    if rows.height < _LEAST_TESTED:
        return None
    fitted = fit_forecasters(data, cutoff)
    forecasts = forecast(fitted, data, rows, cutoff)
    if forecasts.customers["frequency"].drop_nulls().len() < _LEAST_TESTED:
        return None
    return _Backtest(forecasts, observed_spend(data, rows), fitted)


def _coverage(data: SpendTrainingData, test: _Backtest, choice: _Backtest | None, chosen: str) -> float:
    predicted = test.forecast.candidates[chosen]
    if choice is not None and chosen in choice.forecast.candidates:
        intervals = fit_intervals(choice.forecast.candidates[chosen], choice.observed)
        return coverage(intervals, predicted, test.observed)
    # No earlier outcome: fit on one half of the test customers, count on the other.
    half = np.random.default_rng(data.seed).random(predicted.size) < 0.5
    if not 0 < half.sum() < half.size:
        half[: half.size // 2] = ~half[: half.size // 2]
    intervals = fit_intervals(predicted[half], test.observed[half])
    return coverage(intervals, predicted[~half], test.observed[~half])


def _simulated_coverage(data: SpendTrainingData, test: _Backtest, chosen: str) -> float:
    intervals = simulated_intervals(test.fitted, test.forecast.customers, data.horizon_days, seed=data.seed)
    return coverage(intervals, test.forecast.candidates[chosen], test.observed)


def _words(data: SpendTrainingData, cutoff: datetime, test: _Backtest, chosen: str, total: dict[str, float]) -> str:
    names = {
        "purchase_model": "the purchase model",
        "boosted_spend": "the boosted regression",
        "mean_of_both": "the mean of purchase model and boosted regression",
    }
    off = f" ({'+' if total['bias'] > 0 else ''}{percent(total['bias'], 0)})" if "bias" in total else ""
    return (
        f"{test.fitted.purchases.purchases.words} Chosen: {names[chosen]}. At {cutoff:%Y-%m-%d} it expected "
        f"{test.observed.size:,} customers to spend {total['predicted']:,.0f} in {data.horizon_days} days; "
        f"they spent {total['observed']:,.0f}{off}."
    )
