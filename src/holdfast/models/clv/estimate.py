"""What each customer is worth: one door, which takes the best way that the data allow and says which.

`estimate_value(inputs, project) -> ValueEstimate` trains, tests and values;
`value_customers(fitted, inputs, project) -> frame` values again with what was learnt (for `score`).
Purchases -> BG/NBD x gamma-gamma against boosted regression; a monthly amount -> contract value; else no value.
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
from holdfast.models.clv.contract import contract_interval, contract_value, discount_share
from holdfast.models.clv.evaluation import judge, simulated_intervals
from holdfast.models.clv.forecasts import (
    BOOSTED,
    MEAN,
    PURCHASES,
    Forecasters,
    Money,
    forecast,
    learn,
    purchase_forecast,
)
from holdfast.models.clv.intervals import ValueIntervals
from holdfast.models.clv.purchase_value import PurchaseValue
from holdfast.models.clv.spend import SpendModel
from holdfast.settings import Settings

FROM_PURCHASES = "purchases"


CONTRACT = "contract"


NOTHING = "none"


@dataclass(frozen=True)
class ValueInputs:
    """What is known; None where the project has no such thing.

    rows: feature rows at `schedule.scoring`: customer_id, cutoff, one column a feature. One answer a row.
    transactions: cleaned canonical purchases: customer_id, happened_at, known_at, amount, ...
    history: feature rows at the training and test cutoffs, same columns as `rows`.
    customers: the customers table; monthly_amount is read.
    churn: customer_id, churn_probability within the churn horizon, for the customers of `rows`.
    """

    rows: pl.DataFrame
    schedule: Schedule
    transactions: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    customers: pl.DataFrame | None = None
    churn: pl.DataFrame | None = None


@dataclass(frozen=True)
class FittedValue:
    """Parameters only, never rows."""

    way: str  # purchases | contract | none
    chosen: str = ""  # the candidate, where the way is purchases
    horizon_days: int = 0  # of the regression and the tests
    models: Forecasters | None = None
    intervals: ValueIntervals | None = None

    def to_files(self) -> dict[str, bytes]:
        """JSON, and LightGBM text where a regression was fitted: never pickle."""
        record = {
            "way": self.way,
            "chosen": self.chosen,
            "horizon_days": self.horizon_days,
            "intervals": self.intervals.to_dict() if self.intervals else None,
            "models": None
            if self.models is None
            else {"purchases": self.models.purchases.to_dict(), "never_bought": self.models.never_bought},
        }
        files = {"value.json": json.dumps(record, indent=1).encode()}
        if self.models is not None and self.models.boosted is not None:
            files.update(self.models.boosted.to_files())
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "FittedValue":
        record = json.loads(files["value.json"])
        models, intervals = record["models"], record["intervals"]
        return cls(
            way=record["way"],
            chosen=record["chosen"],
            horizon_days=record["horizon_days"],
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


Floats = NDArray[np.float64]


VALUE_SCHEMA: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "expected_value": pl.Float64(),
    "value_low": pl.Float64(),
    "value_high": pl.Float64(),
    "expected_next_date": pl.Date(),
    "value_if_stays": pl.Float64(),
}


@dataclass(frozen=True)
class ValueEstimate:
    """Value of each scored customer, how it was tested, and what to keep for scoring."""

    frame: pl.DataFrame  # VALUE_SCHEMA, one row a row of `inputs.rows`, in its order
    metrics: dict[str, Any]
    fitted: FittedValue


def estimate_value(inputs: ValueInputs, settings: Settings) -> ValueEstimate:
    """Learn, test and answer what each customer of `inputs.rows` is worth over the project's value horizon.

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
    way = _way(inputs)
    if way != FROM_PURCHASES:
        fitted = FittedValue(way)
        return ValueEstimate(value_customers(fitted, inputs, settings), _untested(way, inputs), fitted)
    money = _money(inputs, settings)
    judged = judge(money, inputs.schedule, settings.value.horizon_days)
    money = replace(money, purchase_model=judged.purchase_model)
    models = learn(money, inputs.schedule.scoring)
    chosen = judged.chosen if models.boosted is not None else PURCHASES
    intervals = judged.intervals
    if intervals is None:
        known = forecast(models, money, inputs.rows, inputs.schedule.scoring).customers
        intervals = simulated_intervals(models, known, settings.value.horizon_days, seed=money.seed)
    fitted = FittedValue(way, chosen, money.horizon_days, models, intervals)
    metrics = {
        "way": way,
        "horizon_days": money.horizon_days,
        "candidates": list(judged.candidates),
        "total": judged.total,
        "coverage_80": judged.coverage_80,
        "words": judged.words,
    }
    return ValueEstimate(value_customers(fitted, inputs, settings), metrics, fitted)


def value_customers(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    """Value of the customers of `inputs.rows` with models learnt before; columns of VALUE_SCHEMA."""
    if fitted.way == FROM_PURCHASES:
        return _from_purchases(fitted, inputs, settings)
    if fitted.way == CONTRACT:
        return _from_contracts(inputs, settings)
    columns = {name: pl.lit(None, dtype).alias(name) for name, dtype in VALUE_SCHEMA.items() if name != "customer_id"}
    return inputs.rows.select("customer_id", *columns.values())


def _from_purchases(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    models, intervals, cutoff = fitted.models, fitted.intervals, inputs.schedule.scoring
    assert models is not None
    assert intervals is not None
    value, ahead = settings.value, settings.value.horizon_days
    money = _money(inputs, settings, fitted.horizon_days)
    seen = forecast(models, money, inputs.rows, cutoff)
    near = seen.candidates[PURCHASES]
    far = purchase_forecast(models, seen.customers, ahead)
    bought = seen.customers["frequency"].is_not_null().to_numpy()
    far = np.where(bought, far, models.never_bought * ahead / fitted.horizon_days)
    # A regression knows its own horizon only: the purchase model carries it to the value horizon.
    stretch = np.where(near > 1e-9, far / np.maximum(near, 1e-9), ahead / fitted.horizon_days)
    spend = far
    if fitted.chosen in {BOOSTED, MEAN}:
        boosted = seen.candidates[BOOSTED] * stretch
        spend = boosted if fitted.chosen == BOOSTED else (far + boosted) / 2
    level = float(np.clip(spend.sum() / far.sum(), 0.5, 2.0)) if far.sum() > 0 else 1.0
    stays = models.purchases.spend_if_active(seen.customers, ahead, fitted.horizon_days) * level
    low, high = intervals.around(spend)
    worth = value.margin * discount_share(ahead, value.yearly_discount)
    days = models.purchases.days_to_next(seen.customers)
    soon = bought & (days <= ahead)
    answer = inputs.rows.select("customer_id").with_columns(
        pl.Series("expected_value", spend * worth),
        pl.Series("value_low", low * worth),
        pl.Series("value_high", high * worth),
        pl.Series("days", np.where(soon, np.minimum(days, ahead), 0).astype(np.int64)),
        pl.Series("soon", soon),
        pl.Series("value_if_stays", np.maximum(np.where(bought, stays, spend), spend) * worth),
    )
    day = pl.lit(cutoff).dt.date() + pl.duration(days=pl.col("days"))
    return answer.with_columns(pl.when("soon").then(day).alias("expected_next_date")).select(list(VALUE_SCHEMA))


def _from_contracts(inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    assert inputs.customers is not None
    assert inputs.churn is not None
    known = (
        inputs.rows.select("customer_id")
        .join(
            inputs.customers.select("customer_id", "monthly_amount"), "customer_id", how="left", maintain_order="left"
        )
        .join(inputs.churn.select("customer_id", "churn_probability"), "customer_id", how="left", maintain_order="left")
    )
    monthly = known["monthly_amount"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    leaving = (
        known["churn_probability"].fill_null(float(np.asarray(known["churn_probability"].mean() or 0.0))).to_numpy()
    )
    terms = (settings.churn.horizon_days, settings.value.horizon_days, settings.value.yearly_discount)
    expected, stays = contract_value(monthly, leaving, *terms)
    low, high = contract_interval(monthly, leaving, *terms)
    return known.select(
        "customer_id",
        *(
            pl.Series(name, values * settings.value.margin).fill_nan(None)
            for name, values in (("expected_value", expected), ("value_low", low), ("value_high", high))
        ),
        pl.lit(None, pl.Date).alias("expected_next_date"),
        pl.Series("value_if_stays", stays * settings.value.margin).fill_nan(None),
    )


def _way(inputs: ValueInputs) -> str:
    cutoff = inputs.schedule.scoring
    if inputs.transactions is not None and "amount" in inputs.transactions.columns:
        bought = (pl.col("happened_at") < cutoff) & (pl.col("amount") > 0)
        if inputs.transactions.select(bought.any()).item():
            return FROM_PURCHASES
    if (
        inputs.churn is not None
        and inputs.customers is not None
        and "monthly_amount" in inputs.customers.columns
        and inputs.customers["monthly_amount"].drop_nulls().len()
    ):
        return CONTRACT
    return NOTHING


def _money(inputs: ValueInputs, settings: Settings, horizon_days: int | None = None) -> Money:
    assert inputs.transactions is not None
    days = horizon_days or int(inputs.schedule.horizon / timedelta(days=1))
    return Money(inputs.transactions, inputs.history, days, settings.training.seed, settings.training.threads)


def _untested(way: str, inputs: ValueInputs) -> dict[str, Any]:
    words = (
        "Value is what a customer pays in a month x the margin x the chance of still being one, summed over the value "
        "horizon. It cannot be tested here: the records hold no later payments. The intervals say when a customer may "
        "leave, not whether the churn probability is right."
    )
    if way == NOTHING:
        words = (
            "No value: the records hold neither purchases with an amount nor a monthly amount. Add a table that holds "
            "transactions (customer_id, happened_at, amount), or name the column with what a customer pays in a month "
            "as customers.monthly_amount in holdfast.yaml."
        )
    days = int(inputs.schedule.horizon / timedelta(days=1))
    return {
        "way": way,
        "horizon_days": days,
        "candidates": [],
        "total": None,
        "coverage_80": None,
        "words": words,
    }
