"""Which forecast of money to trust: all compared at an earlier cutoff, the choice reported at the test cutoff."""

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

PURCHASES = "purchase_model"  # BG/NBD x gamma-gamma, or what the ladder gave
BOOSTED = "boosted_spend"
MEAN = "mean_of_both"


@dataclass(frozen=True)
class Money:
    """What a forecast of money is learnt from."""

    transactions: pl.DataFrame
    history: pl.DataFrame | None  # feature rows at past cutoffs: customer_id, cutoff, features
    horizon_days: int
    seed: int
    threads: int
    purchase_model: str = BG_NBD


@dataclass(frozen=True)
class Forecasters:
    """The models fitted on what was known at one cutoff."""

    purchases: PurchaseValue
    boosted: SpendModel | None
    never_bought: float  # mean money in the horizon of customers without a purchase so far


@dataclass(frozen=True)
class Forecast:
    """Every candidate's forecast of the same customers at one cutoff, and the outcome where it is known."""

    customers: pl.DataFrame  # customer_id and its summary; nulls where the customer has never bought
    candidates: Mapping[str, Floats]  # name -> (n,) money in the horizon


def learn(money: Money, cutoff: datetime) -> Forecasters:
    """Fit everything on what was known at the cutoff: label windows must have closed by then."""
    purchases, _ = fit_purchase_value(money.transactions, cutoff, money.purchase_model)
    closed = _closed_rows(money, cutoff)
    if closed is None:
        return Forecasters(purchases, None, 0.0)
    spend = observed_money(money, closed)
    new = closed.select("customer_id", "cutoff").with_columns(pl.Series("spend", spend))
    strangers = [
        part.join(buyers_before(money, part["cutoff"][0]), on="customer_id", how="anti")["spend"]
        for part in new.partition_by("cutoff", maintain_order=True)
    ]
    never = pl.concat(strangers)
    boosted = fit_spend(closed, spend, seed=money.seed, threads=money.threads)
    return Forecasters(purchases, boosted, float(np.asarray(never.mean() or 0.0)))


def forecast(fitted: Forecasters, money: Money, rows: pl.DataFrame, cutoff: datetime) -> Forecast:
    """What each candidate expects of the customers of `rows` in the horizon after the cutoff."""
    known = summarise_purchases(money.transactions, cutoff)
    customers = rows.select("customer_id").join(known, on="customer_id", how="left", maintain_order="left")
    candidates = {PURCHASES: purchase_forecast(fitted, customers, money.horizon_days)}
    if fitted.boosted is not None:
        candidates[BOOSTED] = fitted.boosted.predict(rows)
        candidates[MEAN] = (candidates[PURCHASES] + candidates[BOOSTED]) / 2
    return Forecast(customers, candidates)


def purchase_forecast(fitted: Forecasters, customers: pl.DataFrame, ahead: float) -> Floats:
    """(n,) money in the next `ahead` days by the purchase model; who has never bought gets the mean of such."""
    bought = customers["frequency"].is_not_null().to_numpy()
    return np.where(bought, fitted.purchases.spend(customers, ahead), fitted.never_bought)


def observed_money(money: Money, rows: pl.DataFrame) -> Floats:
    """(n,) money that each row's customer spent in the horizon after the row's cutoff."""
    parts = []
    for cutoff in rows["cutoff"].unique().sort():
        spent = spend_between(money.transactions, cutoff, money.horizon_days)
        parts.append(spent.select("customer_id", pl.lit(cutoff, rows["cutoff"].dtype).alias("cutoff"), "spend"))
    if not parts:
        return np.zeros(rows.height)
    joined = rows.select("customer_id", "cutoff").join(
        pl.concat(parts), on=["customer_id", "cutoff"], how="left", maintain_order="left"
    )
    return joined["spend"].fill_null(0.0).to_numpy().astype(float)


def buyers_before(money: Money, cutoff: datetime) -> pl.DataFrame:
    """customer_id of everyone who bought before the cutoff."""
    return money.transactions.filter(pl.col("happened_at") < cutoff, pl.col("amount") >= 0).select("customer_id")


def rows_at(money: Money, cutoff: datetime) -> pl.DataFrame:
    """Feature rows at a cutoff; without features, the customers who had bought by then."""
    if money.history is not None:
        own = money.history.filter(pl.col("cutoff") == cutoff)
        if own.height:
            return own
    buyers = buyers_before(money, cutoff).unique().sort("customer_id")
    return buyers.with_columns(pl.lit(cutoff).dt.cast_time_unit("us").alias("cutoff"))


def choice_cutoff(training: Sequence[datetime], test: datetime, horizon_days: int) -> datetime | None:
    """The newest training cutoff whose window closes by the test cutoff: where the choice is made."""
    closed = [cutoff for cutoff in training if cutoff + timedelta(days=horizon_days) <= test]
    return max(closed, default=None)


def _closed_rows(money: Money, cutoff: datetime) -> pl.DataFrame | None:
    if money.history is None:
        return None
    rows = money.history.filter(pl.col("cutoff") <= cutoff - timedelta(days=money.horizon_days))
    return rows if rows.height else None
