"""The value of each customer: purchases or contracts in; expected value, interval and value if the customer stays out.

    estimate_value(inputs, settings) -> ValueEstimate           fits, tests and values
    value_customers(fitted, inputs, settings) -> pl.DataFrame   values with what was fitted before

Purchases -> BG/NBD x gamma-gamma against boosted regression; subscriptions -> monthly revenue and renewals; a monthly
amount -> contract value; else no value. Of a customer whose end is booked, what comes until that day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.schedule import Schedule
from holdfast.models.clv.contract import contract_interval, contract_value, discount_share, share_until
from holdfast.models.clv.evaluation import evaluate, simulated_intervals
from holdfast.models.clv.forecasts import (
    BOOSTED,
    MEAN,
    PURCHASES,
    Forecasters,
    SpendTrainingData,
    fit_forecasters,
    forecast,
    purchase_forecast,
)
from holdfast.models.clv.intervals import ValueIntervals
from holdfast.models.clv.purchase_value import PurchaseValue
from holdfast.models.clv.spend import SpendModel
from holdfast.models.clv.subscription import Horizons, customers_of, renewal_shares, subscription_value
from holdfast.settings import Settings
from holdfast.tables.outputs import VALUE

FROM_PURCHASES, SUBSCRIPTION, CONTRACT, NOTHING = "purchases", "subscription", "contract", "none"
Floats = NDArray[np.float64]
_FILE = "value.json"
_LEAST_LEVEL, _GREATEST_LEVEL = 0.5, 2.0  # how far the purchase model's total may be corrected


@dataclass(frozen=True)
class ValueInputs:
    """The tables that value is estimated from; None where the project has no such table.

    rows: feature rows at `schedule.scoring`: customer_id, cutoff, one column a feature. One value a row.
    transactions: cleaned canonical purchases: customer_id, happened_at, known_at, amount, ...
    history: feature rows at the training and test cutoffs, same columns as `rows`.
    customers: the customers table; monthly_amount is read.
    churn: customer_id, churn_probability within the churn horizon, for the customers of `rows`; ends_at where booked.
    subscriptions: how customers stand at `schedule.scoring`: columns of STANDINGS.
    movements: of subscriptions, with `source`.
    """

    rows: pl.DataFrame
    schedule: Schedule
    transactions: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    customers: pl.DataFrame | None = None
    churn: pl.DataFrame | None = None
    subscriptions: pl.DataFrame | None = None
    movements: pl.DataFrame | None = None


@dataclass(frozen=True)
class FittedValue:
    """The value model of a run: parameters only, never rows."""

    method: str  # purchases | subscription | contract | none
    chosen: str = ""  # the candidate, where the method is purchases
    horizon_days: int = 0  # of the regression and the tests
    models: Forecasters | None = None
    intervals: ValueIntervals | None = None
    level: float = 1.0  # total of the chosen candidate over that of the purchase model, among the customers of the run
    renewals: Mapping[int, float] | None = None  # days of a term -> share of finished terms that were renewed

    def to_files(self) -> dict[str, bytes]:
        """JSON, and LightGBM text where a regression was fitted: never pickle."""
        record = {
            "way": self.method,
            "chosen": self.chosen,
            "horizon_days": self.horizon_days,
            "level": self.level,
            "intervals": self.intervals.to_dict() if self.intervals else None,
            "models": None
            if self.models is None
            else {"purchases": self.models.purchases.to_dict(), "never_bought": self.models.never_bought},
        }
        if self.renewals is not None:
            record["renewals"] = {str(days): share for days, share in self.renewals.items()}
        files = {_FILE: json.dumps(record, indent=1).encode()}
        if self.models is not None and self.models.boosted is not None:
            files.update(self.models.boosted.to_files())
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "FittedValue":
        record = json.loads(files[_FILE])
        models, intervals = record["models"], record["intervals"]
        return cls(
            method=record["way"],
            chosen=record["chosen"],
            horizon_days=record["horizon_days"],
            level=record["level"],
            renewals={int(days): share for days, share in record["renewals"].items()} if "renewals" in record else None,
            models=None
            if models is None
            else Forecasters(
                PurchaseValue.from_dict(models["purchases"]),
                SpendModel.from_files(files) if "spend.json" in files else None,
                models["never_bought"],
            ),
            intervals=None
            if intervals is None
            else ValueIntervals(*(tuple(intervals[name]) for name in ("edges", "low", "high"))),
        )


@dataclass(frozen=True)
class ValueEstimate:
    """The value of each customer of a run, how it was tested, and the model to store."""

    frame: pl.DataFrame  # columns of the VALUE contract, one row a row of `inputs.rows`, in its order
    metrics: dict[str, Any]
    fitted: FittedValue


def estimate_value(inputs: ValueInputs, settings: Settings) -> ValueEstimate:
    """Fit and test the value models, and value the customers of `inputs.rows` over the project's value horizon.

    Args:
        inputs: see `ValueInputs`; what is None is not used.
        settings: value.horizon_days, value.margin, value.yearly_discount, churn.horizon_days, training.seed/threads.

    Returns:
        frame: expected_value, value_low, value_high (80 % interval), value_if_stays in currency, after the margin
        and discounted to the cutoff; expected_next_date: the day by which the next purchase is as likely made as
        not, null where that lies beyond the value horizon or no purchases are known. Null values: not known.
        metrics: {"way", "horizon_days", "candidates": [{"name", "chosen", "test": {metric: {value, low, high}}}],
        "total": {"predicted", "observed", "bias"} | None, "coverage_80": float | None, "words": str}.
    """
    method = _method(inputs)
    if method != FROM_PURCHASES:
        fitted = FittedValue(method, renewals=_renewals(inputs) if method == SUBSCRIPTION else None)
        return ValueEstimate(value_customers(fitted, inputs, settings), _untested(method, inputs), fitted)
    data = _spend_data(inputs, settings)
    evaluation = evaluate(data, inputs.schedule, settings.value.horizon_days)
    data = replace(data, purchase_model=evaluation.purchase_model)
    models = fit_forecasters(data, inputs.schedule.scoring)
    intervals = evaluation.intervals
    if intervals is None:
        customers = forecast(models, data, inputs.rows, inputs.schedule.scoring).customers
        intervals = simulated_intervals(models, customers, settings.value.horizon_days, seed=data.seed)
    chosen = evaluation.chosen if models.boosted is not None else PURCHASES
    fitted = FittedValue(method, chosen, data.horizon_days, models, intervals)
    spend = _forecast_spend(fitted, inputs, settings)
    fitted = replace(fitted, level=_level(spend))
    metrics = {
        "way": method,
        "horizon_days": data.horizon_days,
        "candidates": list(evaluation.candidates),
        "total": evaluation.total,
        "coverage_80": evaluation.coverage_80,
        "words": evaluation.words,
    }
    valued = _from_purchases(fitted, spend, inputs, settings)
    return ValueEstimate(_until_booked_ends(valued, inputs, settings), metrics, fitted)


def value_customers(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    """Value the customers of `inputs.rows` with a model fitted before; each by itself.

    Args:
        fitted: the value model of a run.
        inputs: see `ValueInputs`; history is not used.
        settings: as in `estimate_value`.

    Returns:
        (n, 6) columns of the VALUE contract, one row a row of `inputs.rows`, in its order.
    """
    if fitted.method == FROM_PURCHASES:
        valued = _from_purchases(fitted, _forecast_spend(fitted, inputs, settings), inputs, settings)
        return _until_booked_ends(valued, inputs, settings)
    if fitted.method == SUBSCRIPTION:
        return _until_booked_ends(_from_subscriptions(fitted, inputs, settings), inputs, settings)
    if fitted.method == CONTRACT:
        return _until_booked_ends(_from_contracts(inputs, settings), inputs, settings)
    columns = {name: pl.lit(None, dtype).alias(name) for name, dtype in VALUE.schema.items() if name != "customer_id"}
    return inputs.rows.select("customer_id", *columns.values())


@dataclass(frozen=True)
class _Spend:
    """Spend of each customer in the value horizon, before margin and discount."""

    customers: pl.DataFrame  # purchase summaries, nulls where a customer has never bought
    has_bought: NDArray[np.bool_]
    by_purchases: Floats  # forecast of the purchase model
    chosen: Floats  # forecast of the chosen candidate


def _forecast_spend(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> _Spend:
    assert fitted.models is not None
    ahead, cutoff = settings.value.horizon_days, inputs.schedule.scoring
    forecasts = forecast(fitted.models, _spend_data(inputs, settings, fitted.horizon_days), inputs.rows, cutoff)
    has_bought = forecasts.customers["frequency"].is_not_null().to_numpy()
    near = forecasts.candidates[PURCHASES]
    far = purchase_forecast(fitted.models, forecasts.customers, ahead)
    far = np.where(has_bought, far, fitted.models.never_bought * ahead / fitted.horizon_days)
    # A regression knows its own horizon only: the purchase model carries it to the value horizon.
    stretch = np.where(near > 1e-9, far / np.maximum(near, 1e-9), ahead / fitted.horizon_days)
    chosen = far
    if fitted.chosen in {BOOSTED, MEAN}:
        boosted = forecasts.candidates[BOOSTED] * stretch
        chosen = boosted if fitted.chosen == BOOSTED else (far + boosted) / 2
    return _Spend(forecasts.customers, has_bought, far, chosen)


def _level(spend: _Spend) -> float:
    """What the purchase model's totals are multiplied by to agree with the chosen candidate's; fitted in a run only."""
    total = spend.by_purchases.sum()
    return float(np.clip(spend.chosen.sum() / total, _LEAST_LEVEL, _GREATEST_LEVEL)) if total > 0 else 1.0


def _from_purchases(fitted: FittedValue, spend: _Spend, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    assert fitted.models is not None
    assert fitted.intervals is not None
    purchases, ahead = fitted.models.purchases, settings.value.horizon_days
    if_stays = purchases.spend_if_active(spend.customers, ahead, fitted.horizon_days) * fitted.level
    low, high = fitted.intervals.around(spend.chosen)
    per_unit = settings.value.margin * discount_share(ahead, settings.value.yearly_discount)
    days = purchases.days_to_next(spend.customers)
    has_next = spend.has_bought & (days <= ahead)
    valued = inputs.rows.select("customer_id").with_columns(
        pl.Series("expected_value", spend.chosen * per_unit),
        pl.Series("value_low", low * per_unit),
        pl.Series("value_high", high * per_unit),
        pl.Series("days", np.where(has_next, np.minimum(days, ahead), 0).astype(np.int64)),
        pl.Series("has_next", has_next),
        pl.Series(
            "value_if_stays",
            np.maximum(np.where(spend.has_bought, if_stays, spend.chosen), spend.chosen) * per_unit,
        ),
    )
    day = pl.lit(inputs.schedule.scoring).dt.date() + pl.duration(days=pl.col("days"))
    return valued.with_columns(pl.when("has_next").then(day).alias("expected_next_date")).select(VALUE.names)


def _from_contracts(inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    assert inputs.customers is not None
    assert inputs.churn is not None
    customers = (
        inputs.rows.select("customer_id")
        .join(
            inputs.customers.select("customer_id", "monthly_amount"), "customer_id", how="left", maintain_order="left"
        )
        .join(inputs.churn.select("customer_id", "churn_probability"), "customer_id", how="left", maintain_order="left")
    )
    monthly = customers["monthly_amount"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    leaving = customers["churn_probability"].fill_null(float("nan")).to_numpy()
    terms = (settings.churn.horizon_days, settings.value.horizon_days, settings.value.yearly_discount)
    expected, stays = contract_value(monthly, leaving, *terms)
    low, high = contract_interval(monthly, leaving, *terms)
    return customers.select(
        "customer_id",
        *(
            pl.Series(name, values * settings.value.margin).fill_nan(None)
            for name, values in (("expected_value", expected), ("value_low", low), ("value_high", high))
        ),
        pl.lit(None, pl.Date).alias("expected_next_date"),
        pl.Series("value_if_stays", stays * settings.value.margin).fill_nan(None),
    )


def _renewals(inputs: ValueInputs) -> dict[int, float]:
    assert inputs.movements is not None
    return renewal_shares(inputs.movements, inputs.schedule.scoring)


def _from_subscriptions(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    assert inputs.subscriptions is not None
    assert inputs.churn is not None
    horizons = Horizons(settings.churn.horizon_days, settings.value.horizon_days, settings.value.yearly_discount)
    known = customers_of(inputs.rows, inputs.subscriptions, inputs.churn)
    columns = ("expected_value", "value_low", "value_high", "value_if_stays")
    values = subscription_value(known, horizons, fitted.renewals or {})
    series = [
        pl.Series(name, value * settings.value.margin).fill_nan(None)
        for name, value in zip(columns, values, strict=True)
    ]
    return inputs.rows.select("customer_id", *series, pl.lit(None, pl.Date).alias("expected_next_date")).select(
        VALUE.names
    )


def _until_booked_ends(valued: pl.DataFrame, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    """The values, with what comes until the day that a customer who gave notice ends; what is lost stays beside it."""
    if inputs.churn is None or "ends_at" not in inputs.churn.columns:
        return valued
    ends = valued.join(inputs.churn.select("customer_id", "ends_at"), "customer_id", how="left", maintain_order="left")
    days = (ends["ends_at"] - inputs.schedule.scoring).dt.total_seconds().cast(pl.Float64) / 86_400
    value = settings.value
    shares = share_until(days.fill_null(np.nan).to_numpy(), value.horizon_days, value.yearly_discount)
    share = pl.lit(pl.Series("share", shares).fill_nan(None))
    until = pl.when(share.is_not_null()).then(pl.col("value_if_stays") * share)
    return valued.with_columns(
        until.otherwise(name).alias(name) for name in ("expected_value", "value_low", "value_high")
    )


def _method(inputs: ValueInputs) -> str:
    cutoff = inputs.schedule.scoring
    if inputs.subscriptions is not None and inputs.subscriptions["mrr"].drop_nulls().len():
        return SUBSCRIPTION
    if inputs.transactions is not None and "amount" in inputs.transactions.columns:
        is_purchase = (pl.col("happened_at") < cutoff) & (pl.col("amount") > 0)
        if inputs.transactions.select(is_purchase.any()).item():
            return FROM_PURCHASES
    if (
        inputs.churn is not None
        and inputs.customers is not None
        and "monthly_amount" in inputs.customers.columns
        and inputs.customers["monthly_amount"].drop_nulls().len()
    ):
        return CONTRACT
    return NOTHING


def _spend_data(inputs: ValueInputs, settings: Settings, horizon_days: int | None = None) -> SpendTrainingData:
    assert inputs.transactions is not None
    days = horizon_days or int(inputs.schedule.horizon / timedelta(days=1))
    return SpendTrainingData(
        inputs.transactions, inputs.history, days, settings.training.seed, settings.training.threads
    )


def _untested(method: str, inputs: ValueInputs) -> dict[str, Any]:
    words = (
        "Value is what a customer pays in a month x the margin x the probability of still being one, summed over the "
        "value horizon. It cannot be tested here: the records hold no later payments. The intervals say when a "
        "customer may leave, not whether the churn probability is right."
    )
    if method == SUBSCRIPTION:
        words = (
            "Value is the monthly revenue of what runs x the margin x the probability of still subscribing, summed "
            "over the value horizon: by the month where terms are short, at each renewal where they are longer than "
            "the churn horizon. It cannot be tested here: the records hold prices, and no later payments. The "
            "intervals say when a customer may leave, not whether the churn probability is right."
        )
    if method == NOTHING:
        words = (
            "No value: the records hold neither purchases with an amount nor a monthly amount. Add a table that holds "
            "transactions (customer_id, happened_at, amount), or name the column with what a customer pays in a month "
            "as customers.monthly_amount in holdfast.yaml."
        )
    days = int(inputs.schedule.horizon / timedelta(days=1))
    return {
        "way": method,
        "horizon_days": days,
        "candidates": [],
        "total": None,
        "coverage_80": None,
        "words": words,
    }
