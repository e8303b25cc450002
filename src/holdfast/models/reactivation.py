"""Who of the lapsed customers returns, and what a return brings: a logistic regression fitted on past cutoffs.

    fit_returns(past, fallback) -> FittedReturns        past: lapsed customers of past cutoffs and what became of them
    fit_reactivation(past, fallback) -> Reactivation    the model alone
    Reactivation.predict(lapsed) -> pl.DataFrame        return_probability, value_if_returns, expected_return_value
    backtest(past, newest, fallback) -> dict            fitted before the newest closed cutoff, evaluated at it

Inputs of a customer: how long silent (against the window), on how many days active, the usual gap, and the money so
far. A return is any activity within the churn horizon; its value is the money of that horizon. All past cutoffs say who
returns; the newest of them says how many.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.formatting import about, count, percent
from holdfast.models.level import level_shift
from holdfast.models.level_range import Z_80, fit_drift, leavers_between, moved_at
from holdfast.models.metrics import calibration_error
from holdfast.models.newton import fit_logistic
from holdfast.stats.ranking import roc_auc
from holdfast.stats.sums import exact_total

Floats = NDArray[np.float64]
ENOUGH_OF_EACH = 20  # who returned, and who did not; with fewer one rate stands for all
_PENALTY = 1.0  # on standardised inputs
_ORDERS_OF_ALL = 1.0  # how many orders of the mean size are added to a customer's own
_FILE = "returns.json"


@dataclass(frozen=True)
class Reactivation:
    """A fitted model; without `weights`, one rate for all."""

    rate: float | None  # of return; None: not known
    spend_a_unit: float | None  # money of a return for each unit of the customer's usual order; None: no money known
    mean_order: float
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()  # the intercept first

    def predict(self, lapsed: pl.DataFrame) -> pl.DataFrame:
        """`lapsed` with return_probability, value_if_returns and expected_return_value (null where not known)."""
        if self.weights:
            design = (inputs(lapsed) - np.array(self.centre)) / np.array(self.scale)
            score = self.weights[0] + design @ np.array(self.weights[1:])
            probability = pl.Series(1 / (1 + np.exp(-np.clip(score, -30, 30))), dtype=pl.Float64)
        else:
            probability = pl.repeat(self.rate, lapsed.height, dtype=pl.Float64, eager=True)
        if self.spend_a_unit is None:
            value = pl.repeat(None, lapsed.height, dtype=pl.Float64, eager=True)
        else:
            value = pl.Series(self.spend_a_unit * _usual_order(lapsed, self.mean_order), dtype=pl.Float64)
        return lapsed.with_columns(
            probability.alias("return_probability"),
            value.alias("value_if_returns"),
            (probability * value).alias("expected_return_value"),
        )


@dataclass(frozen=True)
class FittedReturns:
    """The model of returns, and how well returns of the newest closed cutoff were predicted."""

    model: Reactivation
    tested: Mapping[str, Any]  # as `backtest` returns it
    cutoffs: int  # that lapsed customers were learned from

    def to_files(self) -> dict[str, bytes]:
        """One JSON."""
        record = {"model": asdict(self.model), "tested": dict(self.tested), "cutoffs": self.cutoffs}
        return {_FILE: json.dumps(record, indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files[_FILE])
        of_inputs: dict[str, Any] = {name: tuple(record["model"].pop(name)) for name in ("centre", "scale", "weights")}
        return cls(Reactivation(**record["model"], **of_inputs), record["tested"], record["cutoffs"])


def fit_returns(cutoffs: Sequence[pl.DataFrame], fallback: float | None) -> FittedReturns:
    """Fit on lapsed customers of past cutoffs, and test at the newest of them; arguments as of `fit_reactivation`."""
    tested: dict[str, Any] = {"customers": 0}
    if cutoffs:
        newest, *older = cutoffs
        tested = backtest(older, newest, fallback)
    return FittedReturns(fit_reactivation(cutoffs, fallback), tested, len(cutoffs))


def inputs(lapsed: pl.DataFrame) -> Floats:
    """(n, 4) log of silence over the window, of days active, of the usual gap, of the money so far."""
    frame = lapsed.select(
        pl.col("silence_ratio").log(),
        pl.col("active_days").cast(pl.Float64).log1p(),
        pl.col("usual_gap_days").fill_null(0.0).log1p(),
        pl.col("spend").fill_null(0.0).clip(0.0).log1p(),
    )
    return np.require(frame.to_numpy(), dtype=np.float64, requirements="W")


def fit_reactivation(cutoffs: Sequence[pl.DataFrame], fallback: float | None) -> Reactivation:
    """Fit on lapsed customers of past cutoffs.

    Args:
        cutoffs: a frame a cutoff, the newest first: silence_ratio, active_days, usual_gap_days, purchases, spend;
            returned, later_spend (null: not known).
        fallback: the rate of return where there is no row.
    """
    filled = [frame for frame in cutoffs if frame.height]
    if not filled:
        return Reactivation(fallback, None, 0.0)
    past = pl.concat(filled)
    returned = past["returned"].to_numpy().astype(np.bool_)
    rate = (float(returned.sum()) + 0.5) / (len(returned) + 1)
    orders = float(past["purchases"].fill_null(0).sum())
    mean_order = max(exact_total(past["spend"]), 0.0) / orders if orders else 0.0
    came_back = past.filter("returned").drop_nulls("later_spend")
    usual = float(_usual_order(came_back, mean_order).sum())
    spend = max(exact_total(came_back["later_spend"]), 0.0) / usual if usual > 0 else None
    if min(returned.sum(), (~returned).sum()) < ENOUGH_OF_EACH:
        return Reactivation(rate, spend, mean_order)
    design = inputs(past)
    centre, scale = design.mean(axis=0), design.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design -= centre  # in place: there are several rows for each customer of the records
    design /= scale
    weights = fit_logistic(design, returned, _PENALTY, None)
    model = Reactivation(rate, spend, mean_order, *(tuple(map(float, each)) for each in (centre, scale, weights)))
    newest = filled[0]["returned"].to_numpy().astype(np.bool_)
    if min(newest.sum(), (~newest).sum()) < ENOUGH_OF_EACH:
        return model
    shift = level_shift(newest, model.predict(filled[0])["return_probability"].to_numpy())
    return replace(model, weights=(model.weights[0] + shift, *model.weights[1:]))


def _usual_order(lapsed: pl.DataFrame, mean_order: float) -> Floats:
    """What an order of each customer is usually worth: the mean of the customer's, with one of the mean size more."""
    orders = lapsed["purchases"].fill_null(0).to_numpy().astype(float)
    spend = lapsed["spend"].fill_null(0.0).clip(0.0).to_numpy().astype(float)
    usual: Floats = (spend + _ORDERS_OF_ALL * mean_order) / (orders + _ORDERS_OF_ALL)
    return usual


def backtest(past: Sequence[pl.DataFrame], newest: pl.DataFrame, fallback: float | None) -> dict[str, Any]:
    """How well returns were predicted at the newest closed cutoff, by a model that knew nothing after it.

    Args:
        past: lapsed customers of cutoffs whose outcome was known by the newest closed one, the newest first.
        newest: those of the newest closed cutoff, with what became of them.
        fallback: the rate of return where `past` has no row.

    Returns:
        customers, returned, predicted, low and high (80 %), drift (of the level, for later forecasts), roc_auc,
        calibration_error, spend, predicted_spend; None where not known.
    """
    predicted = fit_reactivation(past, fallback).predict(newest)
    if newest.is_empty() or predicted["return_probability"].null_count():
        return {"customers": newest.height}
    returned, probabilities = (predicted[name].to_numpy() for name in ("returned", "return_probability"))
    flags = returned.astype(np.bool_)
    auc = roc_auc(flags, probabilities)
    low, high = leavers_between(probabilities, fit_drift([]), Z_80)
    move = moved_at(flags, probabilities)
    has_money = not predicted["expected_return_value"].null_count()
    return {
        "customers": newest.height,
        "returned": int(flags.sum()),
        "predicted": float(probabilities.sum()),
        "low": low,
        "high": high,
        "drift": fit_drift([move] if move else []),
        "roc_auc": float(auc) if np.isfinite(auc) else None,
        "calibration_error": float(calibration_error(flags, probabilities)),
        "spend": exact_total(predicted["later_spend"]) if has_money else None,
        "predicted_spend": exact_total(predicted["expected_return_value"]) if has_money else None,
    }


def in_words(evaluated: Mapping[str, Any], horizon_days: int) -> str:
    """The backtest in a sentence; empty where there was none."""
    if "predicted" not in evaluated:
        return ""
    ranking = f"; the ranking was right {percent(evaluated['roc_auc'])} of the time" if evaluated["roc_auc"] else ""
    return (
        f"Tested {horizon_days} days before: of {count(evaluated['customers'])} lapsed customers "
        f"{about(evaluated['predicted'])} ({about(evaluated['low'])} to {about(evaluated['high'])}) were expected to "
        f"return and {count(evaluated['returned'])} did{ranking}."
    )
