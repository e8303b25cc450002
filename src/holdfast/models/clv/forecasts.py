"""Forecasts of spend: purchases and feature rows in; what each candidate model expects of each customer out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.purchase_models import BG_NBD
from holdfast.models.clv.purchase_value import PurchaseValue, fit_purchase_value
from holdfast.models.clv.rfm_summary import spend_between, summarise_purchases
from holdfast.models.clv.spend import SpendModel, fit_spend

Floats = NDArray[np.float64]

PURCHASES = "purchase_model"  # BG/NBD x gamma-gamma, or what it fell back to
BOOSTED = "boosted_spend"
MEAN = "mean_of_both"


@dataclass(frozen=True)
class SpendTrainingData:
    """Purchases, feature rows at past cutoffs, and the horizon: what forecasts of spend are trained on."""

    transactions: pl.DataFrame
    history: pl.DataFrame | None  # feature rows at past cutoffs: customer_id, cutoff, features
    horizon_days: int
    seed: int
    threads: int
    purchase_model: str = BG_NBD


@dataclass(frozen=True)
class Forecasters:
    """The candidate models, fitted on what was known at one cutoff."""

    purchases: PurchaseValue
    boosted: SpendModel | None
    never_bought: float  # mean spend in the horizon of customers without a purchase so far


@dataclass(frozen=True)
class Forecast:
    """Every candidate's forecast for the same customers at one cutoff."""

    customers: pl.DataFrame  # customer_id and its summary; nulls where the customer has never bought
    candidates: Mapping[str, Floats]  # name -> (n,) spend in the horizon


def fit_forecasters(data: SpendTrainingData, cutoff: datetime) -> Forecasters:
    """Fit all candidates on what was known at the cutoff: outcome windows must have closed by then."""
    purchases, _ = fit_purchase_value(data.transactions, cutoff, data.purchase_model)
    closed = _closed_rows(data, cutoff)
    if closed is None:
        return Forecasters(purchases, None, 0.0)
    spend = observed_spend(data, closed)
    outcomes = closed.select("customer_id", "cutoff").with_columns(pl.Series("spend", spend))
    spend_of_newcomers = pl.concat(
        rows.join(buyers_before(data, rows["cutoff"][0]), on="customer_id", how="anti")["spend"]
        for rows in outcomes.partition_by("cutoff", maintain_order=True)
    )
    boosted = fit_spend(closed, spend, seed=data.seed, threads=data.threads)
    return Forecasters(purchases, boosted, float(np.asarray(spend_of_newcomers.mean() or 0.0)))


def forecast(fitted: Forecasters, data: SpendTrainingData, rows: pl.DataFrame, cutoff: datetime) -> Forecast:
    """What each candidate expects the customers of `rows` to spend in the horizon after the cutoff."""
    summary = summarise_purchases(data.transactions, cutoff)
    customers = rows.select("customer_id").join(summary, on="customer_id", how="left", maintain_order="left")
    candidates = {PURCHASES: purchase_forecast(fitted, customers, data.horizon_days)}
    if fitted.boosted is not None:
        candidates[BOOSTED] = fitted.boosted.predict(rows)
        candidates[MEAN] = (candidates[PURCHASES] + candidates[BOOSTED]) / 2
    return Forecast(customers, candidates)


def purchase_forecast(fitted: Forecasters, customers: pl.DataFrame, ahead: float) -> Floats:
    """(n,) spend in the next `ahead` days by the purchase model; the mean of newcomers for who has never bought."""
    has_bought = customers["frequency"].is_not_null().to_numpy()
    return np.where(has_bought, fitted.purchases.spend(customers, ahead), fitted.never_bought)


def observed_spend(data: SpendTrainingData, rows: pl.DataFrame) -> Floats:
    """(n,) what each row's customer spent in the horizon after the row's cutoff."""
    by_cutoff = []
    for cutoff in rows["cutoff"].unique().sort():
        spent = spend_between(data.transactions, cutoff, data.horizon_days)
        by_cutoff.append(spent.select("customer_id", pl.lit(cutoff, rows["cutoff"].dtype).alias("cutoff"), "spend"))
    if not by_cutoff:
        return np.zeros(rows.height)
    joined = rows.select("customer_id", "cutoff").join(
        pl.concat(by_cutoff), on=["customer_id", "cutoff"], how="left", maintain_order="left"
    )
    return joined["spend"].fill_null(0.0).to_numpy().astype(float)


def buyers_before(data: SpendTrainingData, cutoff: datetime) -> pl.DataFrame:
    """customer_id of everyone who bought before the cutoff."""
    return data.transactions.filter(pl.col("happened_at") < cutoff, pl.col("amount") >= 0).select("customer_id")


def rows_at(data: SpendTrainingData, cutoff: datetime) -> pl.DataFrame:
    """Feature rows at a cutoff; without features, the customers who had bought by then."""
    if data.history is not None:
        rows = data.history.filter(pl.col("cutoff") == cutoff)
        if rows.height:
            return rows
    buyers = buyers_before(data, cutoff).unique().sort("customer_id")
    return buyers.with_columns(pl.lit(cutoff).dt.cast_time_unit("us").alias("cutoff"))


def choice_cutoff(training: Sequence[datetime], test: datetime, horizon_days: int) -> datetime | None:
    """The newest training cutoff whose window closes by the test cutoff: where the choice is made."""
    closed = [cutoff for cutoff in training if cutoff + timedelta(days=horizon_days) <= test]
    return max(closed, default=None)


def _closed_rows(data: SpendTrainingData, cutoff: datetime) -> pl.DataFrame | None:
    if data.history is None:
        return None
    rows = data.history.filter(pl.col("cutoff") <= cutoff - timedelta(days=data.horizon_days))
    return rows if rows.height else None
