"""Past cutoffs as the value models see them: features, what the purchase model said then, what came after.

`past_rows(data) -> PastRows`, `PastRows.closed_by(cutoff)`: only the rows whose churn horizon had passed by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.calendar_settings import CalendarEvent
from holdfast.formatting import NO_CURRENCY
from holdfast.models.clv.continuation import Window
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_models import BG_NBD
from holdfast.models.clv.purchases.purchase_value import PurchaseValue, fit_purchase_value
from holdfast.models.clv.season import Season
from holdfast.stats.runs import beside

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEFT = "left"
SPEND_OF_MODEL, BUYS_OF_MODEL = "purchase_model_spend", "purchase_model_buys"
MEAN_OF_MODEL = "purchase_model_value_of_a_purchase"
RETURN_OF_MODEL = "purchase_model_return"  # spend in the window after a horizon without a purchase
HAS_BOUGHT, HAS_PAID = "purchase_model_has_bought", "purchase_model_has_paid"
_LEAST_WINDOW_DAYS = 30  # of a window beyond the churn horizon
_MOST_WINDOWS = 13
_LEAST_CLOSED = 50  # rows that show a window


@dataclass(frozen=True)
class SpendTrainingData:
    """Purchases, feature rows at past cutoffs with their outcome, and the horizon: what value models are trained on."""

    purchases: Purchases
    history: pl.DataFrame | None  # feature rows at past cutoffs: customer_id, cutoff, left, features
    horizon_days: int
    seed: int
    threads: int
    purchase_model: str = BG_NBD
    calendar: tuple[CalendarEvent, ...] = ()
    currency: str = NO_CURRENCY

    @property
    def later_days(self) -> int:
        """Days of each window after the churn horizon."""
        return max(self.horizon_days, _LEAST_WINDOW_DAYS)


@dataclass(frozen=True)
class PastRows:
    """Rows at past cutoffs."""

    rows: pl.DataFrame  # customer_id, cutoff, features and the columns of the purchase model
    left: Flags

    def at(self, positions: NDArray[np.int64] | Flags) -> "PastRows":
        chosen = np.flatnonzero(positions) if positions.dtype == np.bool_ else positions
        return PastRows(self.rows[chosen], self.left[chosen])

    def before(self, cutoff: datetime) -> "PastRows":
        """The rows at cutoffs no later than this one."""
        return self.at((self.rows["cutoff"] <= cutoff).to_numpy())


def past_rows(data: SpendTrainingData) -> PastRows | None:
    """The labelled rows of all past cutoffs, each with the purchase model of its own cutoff; None without any."""
    if data.history is None or LEFT not in data.history.columns:
        return None
    labelled = data.history.filter(pl.col(LEFT).is_not_null())
    if not labelled.height:
        return None
    frames = []
    for cutoff in labelled["cutoff"].unique().sort():
        purchases, summary = fit_purchase_value(data.purchases, cutoff, data.purchase_model)
        rows = labelled.filter(pl.col("cutoff") == cutoff)
        frames.append(with_purchase_model(rows, customers_of(rows, summary), purchases, data.horizon_days))
    rows = pl.concat(frames)
    return PastRows(rows.drop(LEFT), rows[LEFT].to_numpy().astype(np.bool_))


def customers_of(rows: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """The purchase summaries of the customers of `rows`, in their order; nulls where a customer has never bought."""
    return beside(rows[["customer_id"]], summary)


def summaries_at(data: SpendTrainingData, rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The same, of purchases known at a cutoff."""
    return customers_of(rows, data.purchases.summary(cutoff))


def with_purchase_model(
    rows: pl.DataFrame, customers: pl.DataFrame, purchases: PurchaseValue, horizon_days: float
) -> pl.DataFrame:
    """`rows` with what the purchase model expects of each in the horizon; missing where a customer has never bought."""
    has_bought = ~np.isnan(customers["frequency"].cast(pl.Float64).to_numpy())
    expected = {
        SPEND_OF_MODEL: purchases.spend(customers, horizon_days),
        BUYS_OF_MODEL: purchases.probability_of_purchase(customers, horizon_days),
        MEAN_OF_MODEL: purchases.value_of_a_purchase(customers),
        RETURN_OF_MODEL: purchases.spend_after_silence(customers, horizon_days, horizon_days),
    }
    columns = {name: np.where(has_bought, values, np.nan) for name, values in expected.items()}
    with np.errstate(invalid="ignore"):
        has_paid = customers["total_value"].to_numpy() > 0
    return rows.with_columns(
        *(pl.Series(name, values, nan_to_null=True) for name, values in columns.items()),
        pl.Series(HAS_BOUGHT, has_bought),
        pl.Series(HAS_PAID, has_paid),
    )


def windows_after(
    data: SpendTrainingData, rows: pl.DataFrame, known_until: datetime, season: Season | None
) -> list[Window]:
    """The windows after each row's cutoff that at least some cutoffs show in full, the churn horizon first.

    Args:
        data: its purchases.
        rows: customer_id, cutoff.
        known_until: a window has closed where it ends by then.
        season: money of each window is divided by its factor.
    """
    cutoffs: Sequence[datetime] = rows["cutoff"].unique().sort().to_list()
    windows: list[Window] = []
    for index in range(_MOST_WINDOWS):
        days = data.later_days if index else data.horizon_days
        begins = data.horizon_days + data.later_days * (index - 1) if index else 0
        closed = [each for each in cutoffs if each + timedelta(days=begins + days) <= known_until]
        is_closed = rows["cutoff"].is_in(closed).to_numpy()
        if is_closed.sum() < (_LEAST_CLOSED if index else 1):
            break
        spend = np.zeros(rows.height)
        for cutoff in closed:
            start = cutoff + timedelta(days=begins)
            at = np.flatnonzero((rows["cutoff"] == cutoff).to_numpy())
            spent = (
                rows[at]
                .select("customer_id")
                .join(data.purchases.spend_between(start, days), on="customer_id", how="left", maintain_order="left")
            )
            factor = season.factor(start, days) if season else 1.0
            spend[at] = spent["spend"].fill_null(0.0).to_numpy() / factor
        windows.append(Window(is_closed, spend, float(days)))
    return windows
