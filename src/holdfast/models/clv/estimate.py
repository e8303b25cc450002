"""The value of each customer: purchases or contracts in; value by outcome, expected value and interval out.

    value_today(fit, inputs, settings) -> ValueEstimate         everybody, with what `models.clv.fit_value` fitted
    value_customers(fitted, inputs, settings) -> pl.DataFrame   some customers, with what a run stored

Whatever the method, each customer has p, V_stay and V_leave, and expected_value = p x V_leave + (1 - p) x V_stay.
Purchases -> spend of stayers x continuation curves; subscriptions -> monthly revenue and renewals; a monthly amount ->
contract; else no value. Of a customer whose end is booked, what comes until that day.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.schedule import Schedule
from holdfast.models.clv.coming_events import refuse_unseen
from holdfast.models.clv.contract import contract_interval, contract_value, share_until
from holdfast.models.clv.intervals import RiskIntervals, with_mean_inside
from holdfast.models.clv.mixture import Mixture, Span
from holdfast.models.clv.past import customers_of, with_purchase_model
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_value import PurchaseValue
from holdfast.models.clv.spend import SpendModel
from holdfast.models.clv.subscription import Horizons, subscription_value, subscriptions_of
from holdfast.models.clv.value_words import beside_the_past
from holdfast.models.threads import side_by_side
from holdfast.settings import ChurnRule, Settings
from holdfast.stats.columns import all_alike, from_numbers
from holdfast.stats.runs import beside
from holdfast.tables.outputs import VALUE

FROM_PURCHASES, SUBSCRIPTION, CONTRACT, NOTHING = "purchases", "subscription", "contract", "none"
Floats = NDArray[np.float64]
_EPOCH = date(1970, 1, 1)
_FILE = "value.json"
_TESTED = "tested.json"
_USUAL = 0.1  # probability of leaving of customers of whom none is known


@dataclass(frozen=True)
class ValueInputs:
    """The tables that customers are valued by today; None where the project has no such table.

    rows: feature rows at `schedule.scoring`: customer_id, cutoff, one column a feature. One value a row.
    purchases: cleaned purchases with an amount, of all customers.
    customers: the customers table; monthly_amount is read.
    churn: customer_id, churn_probability within the churn horizon, for the customers of `rows`; ends_at where booked.
    subscriptions: how customers stand at `schedule.scoring`: columns of STANDINGS.
    movements: of subscriptions, with `source`.
    """

    rows: pl.DataFrame
    schedule: Schedule
    churn: pl.DataFrame
    purchases: Purchases | None = None
    customers: pl.DataFrame | None = None
    subscriptions: pl.DataFrame | None = None
    movements: pl.DataFrame | None = None


@dataclass(frozen=True)
class FittedValue:
    """The value model of a run: parameters only, never rows."""

    method: str  # purchases | subscription | contract | none
    usual_probability: float = _USUAL  # of leaving, among the customers of the run whose end is not booked
    purchases: PurchaseValue | None = None
    mixture: Mixture | None = None
    intervals: RiskIntervals | None = None
    renewals: Mapping[int, float] | None = None  # days of a term -> share of finished terms that were renewed

    def to_files(self) -> dict[str, bytes]:
        """JSON, and LightGBM text where a regression was fitted: never pickle."""
        record = {
            "method": self.method,
            "usual_probability": self.usual_probability,
            "purchases": self.purchases.to_dict() if self.purchases else None,
            "mixture": self.mixture.to_record() if self.mixture else None,
            "intervals": self.intervals.to_record() if self.intervals else None,
            "renewals": None if self.renewals is None else {str(days): share for days, share in self.renewals.items()},
        }
        files = {_FILE: json.dumps(record, indent=1).encode()}
        if self.mixture is not None and self.mixture.base.boosted is not None:
            files.update(self.mixture.base.boosted.to_files())
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "FittedValue":
        record = json.loads(files[_FILE])
        boosted = SpendModel.from_files(files) if "spend.json" in files else None
        renewals = record["renewals"]
        return cls(
            method=record["method"],
            usual_probability=record["usual_probability"],
            purchases=PurchaseValue.from_dict(record["purchases"]) if record["purchases"] else None,
            mixture=Mixture.of(record["mixture"], boosted) if record["mixture"] else None,
            intervals=RiskIntervals.of(record["intervals"]) if record["intervals"] else None,
            renewals=None if renewals is None else {int(days): share for days, share in renewals.items()},
        )


@dataclass(frozen=True)
class ValueFit:
    """Value models as they were fitted, and how they were tested: all that valuing everybody later needs of the past.

    tested: {"horizon_days", "value_horizon_days", "candidates", "total", "coverage_80", "coverage_80_by_risk", "level",
    "words"} as `value_today` returns them.
    """

    fitted: FittedValue
    tested: Mapping[str, Any]

    def to_files(self) -> dict[str, bytes]:
        """Those of the models, and one more JSON."""
        return {**self.fitted.to_files(), _TESTED: json.dumps(dict(self.tested), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "ValueFit":
        return cls(FittedValue.from_files(files), json.loads(files[_TESTED]))


@dataclass(frozen=True)
class ValueEstimate:
    """The value of each customer of a run, how it was tested, and the model to store."""

    frame: pl.DataFrame  # columns of the VALUE contract, one row a row of `inputs.rows`, in its order
    metrics: dict[str, Any]
    fitted: FittedValue


def value_today(
    fit: ValueFit, inputs: ValueInputs, settings: Settings, pieces: Iterable[pl.DataFrame] | None = None
) -> ValueEstimate:
    """Value the customers of `inputs.rows` over the project's value horizon; nothing is fitted again.

    Args:
        fit: from `fit_value`, at `inputs.schedule.scoring` or earlier.
        inputs: see `ValueInputs`; what is None is not used.
        settings: value.horizon_days, value.margin, value.yearly_discount, churn.horizon_days, training.threads.
        pieces: `inputs.rows` some at a time, where those hold customer_id and cutoff alone.

    Returns:
        frame: columns of the VALUE contract, in currency, after the margin and discounted to the cutoff;
        expected_next_date: the day by which the next purchase is as likely made as not, null where that lies beyond
        the value horizon, no purchases are known, or the churn probability says otherwise. Null values: not known.
        metrics: {"way", "horizon_days", "value_horizon_days", "candidates": [{"name", "chosen", "test": {metric:
        {value, low, high}}}], "total": {"predicted", "observed", "low", "high", "bias"} | None, "coverage_80": float |
        None, "coverage_80_by_risk": [...] | None, "level": {...} | None, "brought_before": float | None (by the same
        customers in as many days before the cutoff, after the margin), "words": str}.
    """
    fitted = replace(fit.fitted, usual_probability=_usual_probability(inputs.churn))
    metrics = {"way": fitted.method, **fit.tested, "brought_before": None}
    frame = _valued(fitted, inputs, settings, pieces)
    if fitted.mixture is None or inputs.purchases is None:
        return ValueEstimate(frame, metrics, fitted)
    cutoff, ahead = inputs.schedule.scoring, settings.value.horizon_days
    refuse_unseen(settings.calendar, inputs.purchases, cutoff, cutoff + timedelta(days=ahead))
    brought = _brought_before(inputs.purchases, inputs.rows, cutoff, ahead)
    if brought is not None:
        brought *= settings.value.margin
        past = beside_the_past(float(frame["expected_value"].sum()), brought, fitted.mixture.level, settings)
        metrics |= {"brought_before": brought, "words": f"{metrics['words']} {past}"}
    return ValueEstimate(frame, metrics, fitted)


def _valued(
    fitted: FittedValue, inputs: ValueInputs, settings: Settings, pieces: Iterable[pl.DataFrame] | None
) -> pl.DataFrame:
    """Each customer is valued by itself, so it may be done some at a time."""
    if pieces is None:
        return value_customers(fitted, inputs, settings)

    def valued(rows: pl.DataFrame) -> pl.DataFrame:
        return value_customers(fitted, replace(inputs, rows=rows), settings)

    return pl.concat(side_by_side(valued, pieces, settings.training.threads), rechunk=True)


def _brought_before(purchases: Purchases, rows: pl.DataFrame, cutoff: datetime, days: int) -> float | None:
    """What the customers brought in the days before the cutoff; None where the records do not reach back so far."""
    start = cutoff - timedelta(days=days)
    first = purchases.first()
    return None if first is None or first > start else purchases.amount_of(rows, start, cutoff)


def value_customers(fitted: FittedValue, inputs: ValueInputs, settings: Settings) -> pl.DataFrame:
    """Value the customers of `inputs.rows` with a model fitted before; each by itself.

    Args:
        fitted: the value model of a run.
        inputs: see `ValueInputs`.
        settings: as in `value_today`.

    Returns:
        (n, ...) columns of the VALUE contract, one row a row of `inputs.rows`, in its order.
    """
    if fitted.method == NOTHING:
        names = [name for name in VALUE.names if name != "customer_id"]
        return inputs.rows.select("customer_id", *(pl.lit(None, VALUE.schema[name]).alias(name) for name in names))
    probability, days_left = _probability_and_end(fitted, inputs)
    # Where the end is booked, the value of staying is that of a usual customer: notice says nothing of later years.
    usual = np.where(np.isnan(days_left), probability, fitted.usual_probability)
    by_method = {FROM_PURCHASES: _from_purchases, SUBSCRIPTION: _from_subscriptions, CONTRACT: _from_contracts}
    valued = by_method[fitted.method]
    by_outcome = valued(fitted, inputs, settings, usual)
    if not np.isnan(days_left).all():
        unending = valued(fitted, inputs, settings, np.zeros_like(usual)).stay
        by_outcome = _until_booked_ends(by_outcome, unending, probability, days_left, settings)
    return _framed(inputs.rows, by_outcome, probability, settings)


@dataclass(frozen=True)
class _ByOutcome:
    """Value of each customer by outcome, before the margin; nan where it is not known."""

    stay: Floats
    leave: Floats
    low: Floats  # ends of an 80 % interval
    high: Floats
    next_date: pl.Series | None = None


def _framed(rows: pl.DataFrame, by_outcome: _ByOutcome, probability: Floats, settings: Settings) -> pl.DataFrame:
    """The columns of VALUE. The mixture is computed from the very numbers that stand beside it."""
    margin = settings.value.margin
    stay, leave, low, high = (
        values * margin for values in (by_outcome.stay, by_outcome.leave, by_outcome.low, by_outcome.high)
    )
    leave = np.minimum(leave, stay)
    expected = probability * leave + (1 - probability) * stay
    low, high = with_mean_inside(low, high, expected=expected, stay=stay, leave=leave)
    columns = {
        "expected_value": expected,
        "value_low": low,
        "value_high": high,
        "value_if_stays": stay,
        "value_if_leaves": leave,
    }
    next_date = by_outcome.next_date
    if next_date is None:
        next_date = all_alike("expected_next_date", None, pl.Date(), rows.height)
    series = (from_numbers(name, values) for name, values in columns.items())
    return rows[["customer_id"]].hstack([*series, next_date.alias("expected_next_date")])[[*VALUE.names]]


def _from_purchases(fitted: FittedValue, inputs: ValueInputs, settings: Settings, probability: Floats) -> _ByOutcome:
    assert fitted.mixture is not None
    assert fitted.purchases is not None
    assert fitted.intervals is not None
    assert inputs.purchases is not None
    cutoff, value = inputs.schedule.scoring, settings.value
    customers = customers_of(inputs.rows, inputs.purchases.summary(cutoff))
    rows = with_purchase_model(inputs.rows, customers, fitted.purchases, fitted.mixture.horizon_days)
    stay, leave = fitted.mixture.by_outcome(rows, probability, Span(cutoff, value.horizon_days, value.yearly_discount))
    low, high = fitted.intervals.around(probability * leave + (1 - probability) * stay, probability)
    days = fitted.purchases.days_to_next(customers)
    has_bought = ~np.isnan(customers["frequency"].cast(pl.Float64).to_numpy())
    has_next = has_bought & (days <= value.horizon_days)
    # No day where the one probability contradicts it. To leave by silence is to buy nothing within the churn horizon,
    # so the probability says on which side of its end the day lies; who is likely to leave otherwise has none.
    is_within = (days <= settings.churn.horizon_days) | (settings.churn.rule is not ChurnRule.INACTIVITY)
    has_next &= is_within == (probability < 0.5)
    whole_days = np.where(has_next, np.minimum(days, value.horizon_days), 0).astype(np.int32)
    next_day = np.where(has_next, (cutoff.date() - _EPOCH).days + whole_days, np.nan)
    next_date = pl.Series("next", next_day, nan_to_null=True).cast(pl.Int32).cast(pl.Date)
    return _ByOutcome(stay, leave, low, high, next_date)


def _from_contracts(_: FittedValue, inputs: ValueInputs, settings: Settings, probability: Floats) -> _ByOutcome:
    assert inputs.customers is not None
    paid = inputs.customers.select("customer_id", "monthly_amount")
    paid = inputs.rows.select("customer_id").join(paid, "customer_id", how="left", maintain_order="left")
    monthly = paid["monthly_amount"].cast(pl.Float64).to_numpy()
    monthly = np.where(monthly >= 0, monthly, np.nan)  # nobody pays less than nothing a month: a slip, not known
    terms = (settings.churn.horizon_days, settings.value.horizon_days, settings.value.yearly_discount)
    return _ByOutcome(*contract_value(monthly, probability, *terms), *contract_interval(monthly, probability, *terms))


def _from_subscriptions(
    fitted: FittedValue, inputs: ValueInputs, settings: Settings, probability: Floats
) -> _ByOutcome:
    assert inputs.subscriptions is not None
    subscribers = subscriptions_of(inputs.rows, inputs.subscriptions, probability)
    return _ByOutcome(*subscription_value(subscribers, horizons_of(settings), fitted.renewals or {}))


def _until_booked_ends(
    by_outcome: _ByOutcome, unending: Floats, probability: Floats, days_left: Floats, settings: Settings
) -> _ByOutcome:
    """The values, with what comes until the day that a customer who gave notice ends.

    Within the churn horizon that is the value if the customer leaves; beyond it, staying ends on that day too.

    Args:
        by_outcome: of customers like them without notice.
        unending: (n,) value of who never leaves.
        probability: (n,) of leaving within the churn horizon: 1 or 0 where the end is booked.
        days_left: (n,) until the booked end, nan where none is.
    """
    is_booked = ~np.isnan(days_left)
    share = share_until(days_left, settings.value.horizon_days, settings.value.yearly_discount)
    until = np.where(is_booked, unending * np.nan_to_num(share), 0.0)
    leaves_inside = is_booked & (probability >= 1)
    stay = np.where(is_booked & ~leaves_inside, until, by_outcome.stay)
    leave = np.where(leaves_inside, until, by_outcome.leave)
    low, high = (np.where(is_booked, until, ends) for ends in (by_outcome.low, by_outcome.high))
    return replace(by_outcome, stay=stay, leave=leave, low=low, high=high)


def _probability_and_end(fitted: FittedValue, inputs: ValueInputs) -> tuple[Floats, Floats]:
    """(n,) probability of leaving, and (n,) days until a booked end, nan where none is."""
    churn = beside(inputs.rows[["customer_id"]], inputs.churn)
    of_churn = churn["churn_probability"].cast(pl.Float64)
    probability = (of_churn.fill_null(fitted.usual_probability) if of_churn.null_count() else of_churn).to_numpy()
    if "ends_at" not in churn.columns:
        return probability, np.full(probability.size, np.nan)
    days = (churn["ends_at"] - inputs.schedule.scoring).dt.total_seconds().cast(pl.Float64) / 86_400
    return probability, days.fill_null(np.nan).to_numpy()


def _usual_probability(churn: pl.DataFrame) -> float:
    unbooked = churn.filter(pl.col("ends_at").is_null()) if "ends_at" in churn.columns else churn
    mean = unbooked["churn_probability"].mean()
    return float(mean) if isinstance(mean, float) else _USUAL


def horizons_of(settings: Settings) -> Horizons:
    """Of churn and of value, and what later money is worth."""
    return Horizons(settings.churn.horizon_days, settings.value.horizon_days, settings.value.yearly_discount)
