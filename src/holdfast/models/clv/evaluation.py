"""Evaluation of the forecast of purchases: chosen at an earlier cutoff, measured once at the test cutoff.

evaluate(data, past, schedule, ...) -> Evaluation
outcome_intervals(fitted, span_days) -> OutcomeIntervals        from outcomes of past cutoffs
simulated_intervals(purchases, ...) -> RiskIntervals            where no outcome is known
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.cutoffs.schedule import Schedule
from holdfast.formatting import day, forecast_error, percent, plural, short_money
from holdfast.models.clv.intervals import Forecasts, RiskIntervals, coverage, coverage_at_its_total, fit_risk_intervals
from holdfast.models.clv.mixture import FittedMixture, Span, fit_mixture
from holdfast.models.clv.past import BUYS_OF_MODEL, PastRows, SpendTrainingData, windows_after
from holdfast.models.clv.purchases.purchase_models import PURCHASE_MODELS
from holdfast.models.clv.purchases.purchase_value import PurchaseValue, fit_purchase_value
from holdfast.models.clv.spend import MOST_FOLD_ROWS, fit_leaving
from holdfast.models.clv.spend_metrics import best_forecast, value_metrics
from holdfast.models.clv.stay_spend import BOOSTED, MEAN, PURCHASES, fit_stay_spend
from holdfast.stats.runs import beside

Floats = NDArray[np.float64]

_LEAST_TESTED = 20  # customers at the test cutoff; below, no number means anything
_SIMULATED = 20_000  # customers whose futures are simulated for intervals
_LEAST_SHOWING = 300  # rows whose windows have closed, for intervals over them
_LEAST_SHARE = 0.15  # of all rows
_NO_SEASON_STARTS = datetime(1970, 1, 1, tzinfo=UTC)
_WORTH_SAYING = 0.02  # by how much nearer to 80 % the right sum brings the intervals
_TITLES = {
    PURCHASES: "the purchase model",
    BOOSTED: "the boosted regression",
    MEAN: "the mean of purchase model and boosted regression",
}


@dataclass(frozen=True)
class Evaluation:
    """The chosen candidate and its test at the test cutoff; nothing where it could not be tested."""

    chosen: str
    candidates: tuple[dict[str, Any], ...]
    total: dict[str, float] | None
    coverage_80: list[float] | None  # of all customers, then of each third of risk
    words: str


@dataclass(frozen=True)
class OutcomeIntervals:
    """Intervals from outcomes, and the days after a cutoff that the outcomes reach."""

    intervals: RiskIntervals
    days: float


def better_purchase_model(data: SpendTrainingData, schedule: Schedule) -> str:
    """BG/NBD or Pareto/NBD, by the spend of the horizon after an earlier cutoff; as it is where none shows it."""
    cutoff = choice_cutoff(schedule.training, schedule.test, data.horizon_days)
    if cutoff is None:
        return data.purchase_model
    customers = data.purchases.fitted_on.to_frame("customer_id").with_columns(pl.lit(cutoff, TIME).alias("cutoff"))
    past = data.purchases.past(customers, (data.horizon_days,))
    summary, forecasts = past.summaries[cutoff], {}
    for name in PURCHASE_MODELS:
        model = fit_purchase_value(summary, name)
        if model.purchases.rung != name:
            return data.purchase_model  # the log does not support it: both fall back to the same
        forecasts[name] = model.spend(summary, data.horizon_days)
    observed = customers.select("customer_id", pl.Series("spend", past.spend[:, 0]))
    return _best(forecasts, beside(summary[["customer_id"]], observed)["spend"].to_numpy())


def choice_cutoff(training: Sequence[datetime], test: datetime, horizon_days: int) -> datetime | None:
    """The newest training cutoff whose window closes by the test cutoff: where the choice is made."""
    closed = [cutoff for cutoff in training if cutoff + timedelta(days=horizon_days) <= test]
    return max(closed, default=None)


def origins_of(schedule: Schedule, horizon_days: int) -> list[datetime]:
    """The cutoffs of a schedule at which a purchase model is fitted: where the choice is made, and the test's."""
    chosen_at = choice_cutoff(schedule.training, schedule.test, horizon_days)
    return [schedule.test] if chosen_at is None else [chosen_at, schedule.test]


def choose(data: SpendTrainingData, past: PastRows | None, schedule: Schedule) -> str:
    """The candidate that forecasts best what stayers of an earlier cutoff spent; the mean where none is comparable."""
    cutoff = choice_cutoff(schedule.training, schedule.test, data.horizon_days)
    if past is None or cutoff is None or cutoff not in past.fits:
        return MEAN
    past = past.by_fit_at(cutoff, data.horizon_days)
    training = past.before(cutoff - timedelta(days=data.horizon_days))
    at = past.at(((past.rows["cutoff"] == cutoff).to_numpy()) & ~past.left)
    if not training.left.size or at.left.size < _LEAST_TESTED:
        return MEAN
    spend = windows_after(data, training, cutoff, None)[0].spend
    candidates = fit_stay_spend(training, spend, data, most_rows=MOST_FOLD_ROWS).candidates(at.rows)
    observed = windows_after(data, at, cutoff + timedelta(days=data.horizon_days), None)[0].spend
    return _best(candidates, observed) if len(candidates) > 1 else MEAN


def evaluate(
    data: SpendTrainingData, past: PastRows | None, schedule: Schedule, chosen: str, *, leaving_is_silence: bool
) -> Evaluation:
    """Measure a candidate once at the test cutoff, by models that know nothing from it on.

    Args:
        data: to train on; its horizon is the tested one.
        past: rows at all past cutoffs.
        schedule: says which is the test cutoff.
        chosen: from `choose`.
        leaving_is_silence: as in `fit_mixture`.
    """
    cutoff = schedule.test
    past = past.by_fit_at(cutoff, data.horizon_days) if past is not None and cutoff in past.fits else None
    tested = past.at((past.rows["cutoff"] == cutoff).to_numpy()) if past is not None else None
    if past is None or tested is None or tested.left.size < _LEAST_TESTED:
        words = "Not tested: too few customers had bought before the test cutoff; the purchase model is used as it is."
        return Evaluation(chosen, (), None, None, words)
    probability = _probability(data, past, tested, cutoff)
    origin = evaluated_origin(data, past, cutoff, chosen, probability, leaving_is_silence=leaving_is_silence)
    candidates = tuple(
        {
            "name": name,
            "chosen": name == origin.chosen,
            "test": value_metrics(forecasts.expected, origin.observed, seed=data.seed),
        }
        for name, forecasts in origin.forecasts.items()
    )
    total = origin.total
    words = f"Spend of who stays: {_TITLES[origin.chosen]}. {_tested_words(data, cutoff, origin.observed.size, total)}"
    covered = None
    if origin.intervals is not None:
        outcome = (origin.intervals, origin.forecasts[origin.chosen], origin.observed)
        covered = coverage(*outcome)
        words += f" The 80 % intervals contained {percent(covered[0], 0)} of them"
        at_its_total = coverage_at_its_total(*outcome)
        if at_its_total is not None and abs(at_its_total - 0.8) + _WORTH_SAYING < abs(covered[0] - 0.8):
            words += f", and {percent(at_its_total, 0)} if the sum had been right"
        words += "."
    return Evaluation(chosen, candidates, total, covered, words)


@dataclass(frozen=True)
class Origin:
    """The forecast of spend in the churn horizon at one past cutoff, and what came; (n,) in the order of the rows."""

    chosen: str
    forecasts: Mapping[str, Forecasts]  # by candidate
    observed: Floats
    intervals: RiskIntervals | None
    total: dict[str, float]  # predicted, observed, low, high (80 %), bias


def evaluated_origin(
    data: SpendTrainingData,
    past: PastRows,
    cutoff: datetime,
    chosen: str,
    probability: Floats,
    *,
    leaving_is_silence: bool,
) -> Origin:
    """Forecast the rows of one past cutoff by what was known at it, and set what came beside it.

    Args:
        data, chosen, leaving_is_silence: as in `fit_mixture`.
        past: rows at past cutoffs, by the purchase model fitted at this one.
        cutoff: one of theirs.
        probability: (n,) of leaving, of its rows, by a model that knows nothing from the cutoff on.
    """
    tested = past.at((past.rows["cutoff"] == cutoff).to_numpy())
    fitted = fit_mixture(data, past, cutoff, chosen, leaving_is_silence=leaving_is_silence, compares=True)
    span = Span(cutoff, data.horizon_days)
    observed = windows_after(data, tested, cutoff + timedelta(days=data.horizon_days), None)[0].spend
    mixture, forecasts = fitted.mixture, {}
    for name, base in mixture.base.candidates(tested.rows).items():
        returns = mixture.base.of_returns(tested.rows, base, probability)
        stay, leave = mixture.by_outcome_of(base, returns, probability, span)
        forecasts[name] = Forecasts(probability, stay, leave)
    predicted, came = float(forecasts[mixture.chosen].expected.sum()), float(observed.sum())
    total = {
        "predicted": predicted,
        "observed": came,
        "low": predicted * mixture.level.low,
        "high": predicted * mixture.level.high,
    }
    if came > 0:
        total["bias"] = predicted / came - 1
    shown = outcome_intervals(fitted, data.horizon_days)
    return Origin(mixture.chosen, forecasts, observed, shown.intervals if shown else None, total)


def outcome_intervals(fitted: FittedMixture, span_days: float) -> OutcomeIntervals | None:
    """Intervals from what the rows of past cutoffs brought, over as many windows as enough of them show.

    Args:
        fitted: with the rows it was fitted on; None comes back where it has none.
        span_days: no longer than this, the churn horizon apart.
    """
    rows, mixture = fitted.rows, fitted.mixture
    if rows is None:
        return None
    windows, days, closed = rows.windows, 0.0, np.ones(rows.left.size, dtype=np.bool_)
    observed, shown = np.zeros(closed.size), 0
    for window in windows:
        is_closed = closed & window.closed
        least = max(_LEAST_SHOWING, _LEAST_SHARE * closed.size)
        if shown and (is_closed.sum() < least or days + window.days > span_days):
            break
        closed, days, shown = is_closed, days + window.days, shown + 1
        observed = observed + window.spend
    usual = replace(mixture, level=replace(mixture.level, factor=1.0), season=None)
    base, risk = rows.base[closed], rows.probability[closed]
    span = Span(_NO_SEASON_STARTS, days)
    stay, leave = usual.by_outcome_of(base, rows.returns[closed], risk, span)
    expected = risk * leave + (1 - risk) * stay
    return OutcomeIntervals(fit_risk_intervals(expected, observed[closed], risk), days)


def simulated_intervals(purchases: PurchaseValue, customers: pl.DataFrame, ahead: float, *, seed: int) -> RiskIntervals:
    """Intervals from the purchase model's own simulated futures, one for each of at most 20,000 customers.

    Args:
        customers: rows of `summarise_purchases`, nulls where a customer has never bought (left out).
    """
    buyers = customers.filter(pl.col("frequency").is_not_null())
    if buyers.height > _SIMULATED:
        buyers = buyers.sample(_SIMULATED, seed=seed)
    if not buyers.height:
        return fit_risk_intervals(np.zeros(1), np.zeros(1), np.zeros(1))
    expected = purchases.spend(buyers, ahead)
    return fit_risk_intervals(expected, purchases.simulate_spend(buyers, ahead, seed=seed), np.zeros(buyers.height))


def _best(forecasts: Mapping[str, Floats], observed: Floats) -> str:
    return best_forecast(
        {name: value_metrics(spend, observed, seed=0, intervals=False) for name, spend in forecasts.items()}
    )


def _probability(data: SpendTrainingData, past: PastRows, tested: PastRows, cutoff: datetime) -> Floats:
    """(n,) of leaving, by a fit on what was known at the cutoff; the purchase model's silence where none can be fit."""
    earlier = np.flatnonzero((past.rows["cutoff"] <= cutoff - timedelta(days=data.horizon_days)).to_numpy())
    model = fit_leaving(past.rows, past.left, seed=data.seed, among=earlier) if earlier.size else None
    if model is not None:
        return model.predict(tested.rows)
    return 1 - tested.rows[BUYS_OF_MODEL].fill_null(0.5).to_numpy()


def _tested_words(data: SpendTrainingData, cutoff: datetime, customers: int, total: Mapping[str, float]) -> str:
    predicted, came = total["predicted"], total["observed"]
    error = forecast_error(predicted, came)
    return (
        f"On {day(cutoff)} {plural(customers, 'customer')} were expected to spend "
        f"{short_money(predicted, data.currency)} in {data.horizon_days} days; they spent "
        f"{short_money(came, data.currency)}"
        f"{f': the forecast was {error}' if error else ''}."
    )
