"""The stage `train_value`: labelled rows and purchases or contracts in, the fitted value models and their test out."""

from datetime import datetime

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.cutoffs.outcomes import AMOUNTS
from holdfast.cutoffs.population import population
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import standings_today, subscription_movements
from holdfast.formatting import forecast_error
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import by_own_folds
from holdfast.models.clv.estimate import NOTHING, ValueFit
from holdfast.models.clv.fit_value import ValueHistory, fit_value
from holdfast.models.clv.past import LEAVING
from holdfast.pipeline.prepare import KEYS, capped, churn_data
from holdfast.pipeline.ranges.fit import FIT
from holdfast.pipeline.stored_models import load_lightgbm_for
from holdfast.pipeline.value import TIMELESS, customers_and_subscriptions, purchases_in_turn
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import ChurnRule, Settings
from holdfast.store.run_tables import CustomerRanges


def train_value(workspace: Workspace) -> str:
    """Fit what customers are valued by on what was known at the cutoff of the fit, and test it."""
    settings, records = workspace.settings, workspace.customer_ranges()
    if settings.is_of_totals:
        workspace.keep_model("models/value_fit/", {})
        return "nothing to fit apart: the model of purchases of the stage train gives values too"
    of_fit = workspace.json(FIT)
    schedule = Schedule.from_record(of_fit["schedule"])
    window = ActiveWindow.from_record(of_fit["active_window"])
    fit = fit_value(_history(workspace, records, schedule, window), settings)
    workspace.keep_model("models/value_fit/", fit.to_files())
    return _sentence(fit)


def _history(
    workspace: Workspace, records: CustomerRanges, schedule: Schedule | None, window: ActiveWindow
) -> ValueHistory:
    """What the models are fitted on; of a snapshot, which knows no time, only what customers pay."""
    settings = workspace.settings
    tables = customers_and_subscriptions(records, settings)
    if schedule is None:
        return ValueHistory(TIMELESS, customers=tables["customers"])
    has_subscriptions = settings.churn.rule is ChurnRule.SUBSCRIPTION_END
    movements = subscription_movements(tables, settings) if has_subscriptions else None
    purchases = purchases_in_turn(records, settings)
    training = workspace.table("training.parquet")
    return ValueHistory(
        schedule,
        purchases.before(schedule.fitted) if purchases else None,
        training.drop(AMOUNTS),
        tables["customers"],
        standings_today(tables, settings, schedule.fitted) if has_subscriptions else None,
        movements,
        lambda: customers_at(records, window.applied_to(settings), schedule.fitted),
        _leaving(workspace, training) if purchases and not has_subscriptions else None,
    )


def _leaving(workspace: Workspace, training: pl.DataFrame) -> pl.DataFrame | None:
    """Of each labelled row its probability of leaving by the folds of the churn model without its customer."""
    files = workspace.model("models/churn/")
    load_lightgbm_for(files)
    data = churn_data(capped(workspace, training), workspace.settings, workspace.json("features.json"))
    unseen = by_own_folds(TrainedChurn.from_files(files), data, workspace.settings.training.seed)
    return None if unseen is None else data.rows.select(*KEYS, pl.Series(LEAVING, unseen))


def customers_at(records: CustomerRanges, settings: Settings, cutoff: datetime) -> pl.DataFrame:
    """customer_id of the population at a cutoff, sorted.

    Args:
        records: the cleaned tables.
        settings: with the active window applied.
        cutoff: UTC.
    """
    columns = columns_of_activity_and_money(records.tables, settings)
    ids = [population(tables, settings, cutoff) for tables in records.in_turn(columns)]
    return pl.concat(ids, rechunk=True).to_frame("customer_id")


def _sentence(fit: ValueFit) -> str:
    total, method = fit.tested["total"], fit.fitted.method
    if method == NOTHING:
        return "no amount to value anybody by"
    error = forecast_error(total["predicted"], total["observed"]) if total else ""
    if not total:
        return f"values from {method}, not tested"
    return f"values from {method}; at the test cutoff the forecast of all was {error or 'not comparable'}"
