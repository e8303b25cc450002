"""Fit and test the value models: records of the past in, the fitted models and their test out.

    fit_value(history, settings) -> ValueFit

Purchases -> spend of stayers x continuation curves; subscriptions -> monthly revenue and renewals; a monthly amount ->
contract; else no value. Nothing that happened from `schedule.fitted` on is read: as long as that day stays, so do they.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.models.clv.estimate import (
    CONTRACT,
    FROM_PURCHASES,
    NOTHING,
    SUBSCRIPTION,
    FittedValue,
    ValueFit,
    horizons_of,
)
from holdfast.models.clv.evaluation import (
    Evaluation,
    better_purchase_model,
    choose,
    evaluate,
    origins_of,
    outcome_intervals,
    simulated_intervals,
)
from holdfast.models.clv.mixture import fit_mixture
from holdfast.models.clv.past import SpendTrainingData, customers_of, past_rows
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_value import fit_purchase_value
from holdfast.models.clv.subscription import renewal_shares
from holdfast.models.clv.value_words import purchase_words, untested_words
from holdfast.settings import ChurnRule, Settings


@dataclass(frozen=True)
class ValueHistory:
    """What value models are fitted on; None where the project has no such table.

    purchases: cleaned purchases with an amount, of all customers, that happened before `schedule.fitted`.
    history: feature rows at the training and test cutoffs with `left`, the outcome.
    customers: the customers table; monthly_amount is read.
    subscriptions: how customers stand at `schedule.fitted`: columns of STANDINGS.
    movements: of subscriptions, with `source`.
    population: customer_id of the customers at `schedule.fitted`; called where no past cutoff shows what came.
    leaving: customer_id, cutoff and LEAVING of the rows of `history`: what the model that customers are valued by says
        of them by fits without their customer. None where it has no such fits: another model takes its part.
    """

    schedule: Schedule
    purchases: Purchases | None = None
    history: pl.DataFrame | None = None
    customers: pl.DataFrame | None = None
    subscriptions: pl.DataFrame | None = None
    movements: pl.DataFrame | None = None
    population: Callable[[], pl.DataFrame] | None = None
    leaving: pl.DataFrame | None = None


def fit_value(history: ValueHistory, settings: Settings) -> ValueFit:
    """Fit the value models, and test them at the test cutoff.

    Args:
        history: see `ValueHistory`.
        settings: value.horizon_days, value.yearly_discount, churn, training.seed, training.threads, calendar, currency.
    """
    method = _method(history)
    if method == FROM_PURCHASES:
        return _fit_purchases(history, settings)
    renewals = None
    if method == SUBSCRIPTION:
        assert history.movements is not None
        renewals = renewal_shares(history.movements, history.schedule.fitted)
    tested = _tested(history, settings, None) | {"words": untested_words(method)}
    return ValueFit(FittedValue(method, renewals=renewals), tested)


def _fit_purchases(history: ValueHistory, settings: Settings) -> ValueFit:
    data, schedule = _spend_data(history, settings), history.schedule
    data = replace(data, purchase_model=better_purchase_model(data, schedule))
    silence = settings.churn.rule is ChurnRule.INACTIVITY
    past = past_rows(data, origins_of(schedule, data.horizon_days))
    chosen = choose(data, past, schedule)
    evaluation = evaluate(data, past, schedule, chosen, leaving_is_silence=silence)
    cutoff, ahead = schedule.fitted, settings.value.horizon_days
    purchases = fit_purchase_value(data.purchases.summary_to_fit_on(cutoff), data.purchase_model)
    if past is not None:
        # Only now: these probabilities are of all past cutoffs at once, so they know what came after the test cutoff.
        past = past.by(purchases, data.horizon_days).with_leaving(history.leaving)
    with_rows = fit_mixture(data, past, cutoff, chosen, leaving_is_silence=silence)
    mixture = replace(with_rows.mixture, level=with_rows.mixture.level.over(ahead / data.horizon_days))
    shown = outcome_intervals(with_rows, ahead)
    if shown is None:
        assert history.population is not None
        customers = customers_of(history.population(), data.purchases.summary(cutoff))
        intervals = simulated_intervals(purchases, customers, ahead, seed=data.seed)
    else:
        intervals = shown.intervals
    shown_days = shown.days if shown else None
    words = purchase_words(purchases, mixture, evaluation, shown_days, horizons_of(settings), settings.currency)
    tested = _tested(history, settings, evaluation) | {"level": mixture.level.to_record(), "words": words}
    return ValueFit(FittedValue(FROM_PURCHASES, purchases=purchases, mixture=mixture, intervals=intervals), tested)


def _method(history: ValueHistory) -> str:
    if history.subscriptions is not None and history.subscriptions["mrr"].drop_nulls().len():
        return SUBSCRIPTION
    if history.purchases is not None and history.purchases.have_any_before(history.schedule.fitted):
        return FROM_PURCHASES
    if (
        history.customers is not None
        and "monthly_amount" in history.customers.columns
        and history.customers["monthly_amount"].drop_nulls().len()
    ):
        return CONTRACT
    return NOTHING


def _spend_data(history: ValueHistory, settings: Settings) -> SpendTrainingData:
    assert history.purchases is not None
    return SpendTrainingData(
        history.purchases,
        history.history,
        history.schedule.horizon.days,
        settings.training.seed,
        settings.training.threads,
        calendar=settings.calendar,
        currency=settings.currency,
    )


def _tested(history: ValueHistory, settings: Settings, evaluation: Evaluation | None) -> dict[str, Any]:
    covered = evaluation.coverage_80 if evaluation else None
    return {
        "horizon_days": int(history.schedule.horizon / timedelta(days=1)),
        "value_horizon_days": settings.value.horizon_days,
        "candidates": list(evaluation.candidates) if evaluation else [],
        "total": evaluation.total if evaluation else None,
        "coverage_80": covered[0] if covered else None,
        # A third of risk that no customer of the test cutoff lies in has no coverage.
        "coverage_80_by_risk": [None if np.isnan(share) else share for share in covered[1:]] if covered else None,
        "level": None,
    }
