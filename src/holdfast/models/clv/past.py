"""Past cutoffs as the value models see them: features, what a purchase model says of them, what came after.

past_rows(data, cutoffs) -> PastRows      all labelled rows
PastRows.before(cutoff)                   only the rows at cutoffs up to one
PastRows.by(purchases, horizon_days)      with what one purchase model says of each row at its own cutoff
PastRows.by_fit_at(cutoff, ...)           the same by the model that could be fitted at one of the cutoffs
PastRows.with_leaving(leaving)            with the champion's probability of leaving, by fits without the row's customer

What comes is learned relative to what the purchase model expects, so the rows are read by the same fit as the forecast:
a young business's first fits see other customers leave than its later ones, and what was learned beside them says
nothing of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.calendar_settings import CalendarEvent
from holdfast.formatting import NO_CURRENCY
from holdfast.models.clv.continuation import Window
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_models import BG_NBD
from holdfast.models.clv.purchases.purchase_value import READ_BY_PURCHASE_VALUE, PurchaseValue, fit_purchase_value
from holdfast.models.clv.season import Season
from holdfast.models.threads import side_by_side
from holdfast.stats.columns import from_numbers, with_columns
from holdfast.stats.runs import beside

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEFT, LEAVING = "left", "leaving"
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

    @property
    def window_ends(self) -> tuple[int, ...]:
        """Days after a cutoff at which each window ends, the churn horizon first."""
        return tuple(self.horizon_days + self.later_days * index for index in range(_MOST_WINDOWS))


@dataclass(frozen=True)
class PastRows:
    """Rows at past cutoffs."""

    rows: pl.DataFrame  # customer_id, cutoff, features and, after `by`, the columns of the purchase model
    history: pl.DataFrame  # what was known of each row's purchases at its cutoff: columns of `summarise_purchases`
    left: Flags
    spend: Floats  # (n, windows) what came in each window after the row's cutoff; `windows_after` says what may be read
    fits: Mapping[datetime, PurchaseValue]  # the purchase model by what was known at a cutoff
    leaving: Floats | None = None  # (n,) probability of leaving, by fits without the row's customer; None: not known

    def at(self, positions: NDArray[np.int64] | Flags) -> "PastRows":
        """Those at the positions; rows that stand together, as those of a cutoff do, are not copied."""
        chosen = np.flatnonzero(positions) if positions.dtype == np.bool_ else positions
        if chosen.size and (np.diff(chosen) == 1).all():
            return self._at(slice(int(chosen[0]), int(chosen[-1]) + 1))
        return self._at(chosen)

    def _at(self, some: slice | NDArray[np.int64] | Flags) -> "PastRows":
        leaving = None if self.leaving is None else self.leaving[some]
        return PastRows(
            self.rows[some], self.history[some], self.left[some], self.spend[some], self.fits, leaving=leaving
        )

    def before(self, cutoff: datetime) -> "PastRows":
        """The rows at cutoffs no later than this one."""
        is_before = (self.rows["cutoff"] <= cutoff).to_numpy()
        return self if is_before.all() else self.at(is_before)

    def by(self, purchases: PurchaseValue, horizon_days: float) -> "PastRows":
        """The same rows with what a purchase model says of each, by what was known at the row's own cutoff."""
        return replace(self, rows=with_purchase_model(self.rows, self.history, purchases, horizon_days))

    def by_fit_at(self, cutoff: datetime, horizon_days: float) -> "PastRows":
        """The rows up to a cutoff with what the purchase model of that cutoff says: one of those of `fits`."""
        return self.before(cutoff).by(self.fits[cutoff], horizon_days)

    def with_leaving(self, leaving: pl.DataFrame | None) -> "PastRows":
        """The same rows with the probability of leaving that customers are valued by.

        Args:
            leaving: customer_id, cutoff and LEAVING of at least these rows, by fits without the row's customer; None:
                there are no such fits.
        """
        if leaving is None:
            return self
        keys = ["customer_id", "cutoff"]
        beside_rows = self.rows.select(keys).join(leaving, on=keys, how="left", maintain_order="left")
        return replace(self, leaving=beside_rows[LEAVING].to_numpy())


def past_rows(data: SpendTrainingData, cutoffs: Sequence[datetime]) -> PastRows | None:
    """The labelled rows of all past cutoffs; None without any.

    Args:
        data: what models are trained on.
        cutoffs: those at which a purchase model is fitted; left out where there are no rows.
    """
    if data.history is None or LEFT not in data.history.columns:
        return None
    labelled = data.history if not data.history[LEFT].null_count() else data.history.filter(pl.col(LEFT).is_not_null())
    if not labelled.height:
        return None
    if not labelled["cutoff"].is_sorted():
        labelled = labelled.sort("cutoff", maintain_order=True)
    past = data.purchases.past(labelled, data.window_ends)

    def fit_at(cutoff: datetime) -> PurchaseValue:
        return fit_purchase_value(data.purchases.to_fit_on(past.summaries[cutoff]), data.purchase_model)

    fitted_at = sorted(past.summaries.keys() & set(cutoffs))
    fits = dict(zip(fitted_at, side_by_side(fit_at, fitted_at, data.threads), strict=True))
    history = pl.concat(
        customers_of(labelled.filter(pl.col("cutoff") == cutoff), summary).select(READ_BY_PURCHASE_VALUE)
        for cutoff, summary in past.summaries.items()
    )
    left = labelled[LEFT].to_numpy().astype(np.bool_)
    return PastRows(labelled.drop(LEFT), history, left, past.spend, fits)


def customers_of(rows: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """The purchase summaries of the customers of `rows`, in their order; nulls where a customer has never bought."""
    return beside(rows[["customer_id"]], summary)


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
    of_model = (from_numbers(name, values) for name, values in columns.items())
    marks = {HAS_BOUGHT: has_bought, HAS_PAID: has_paid}
    return with_columns(rows, [*of_model, *(pl.Series(name, mark) for name, mark in marks.items())])


def windows_after(
    data: SpendTrainingData, past: PastRows, known_until: datetime, season: Season | None
) -> list[Window]:
    """The windows after each row's cutoff that at least some cutoffs show in full, the churn horizon first.

    Args:
        data: its horizon.
        past: rows at past cutoffs.
        known_until: a window has closed where it ends by then; nothing is read of others.
        season: money of each window is divided by its factor.
    """
    cutoffs: Sequence[datetime] = past.rows["cutoff"].unique().sort().to_list()
    windows: list[Window] = []
    begins = 0
    for index, end in enumerate(data.window_ends):
        days = end - begins
        closed = [each for each in cutoffs if each + timedelta(days=end) <= known_until]
        is_closed = past.rows["cutoff"].is_in(closed).to_numpy()
        if is_closed.sum() < (_LEAST_CLOSED if index else 1):
            break
        spend = np.where(is_closed, past.spend[:, index], 0.0)
        if season is not None:
            for cutoff in closed:
                own = (past.rows["cutoff"] == cutoff).to_numpy()
                spend[own] /= season.factor(cutoff + timedelta(days=begins), days)
        windows.append(Window(is_closed, spend, float(days)))
        begins = end
    return windows
