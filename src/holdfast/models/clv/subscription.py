"""Value of subscriptions: monthly revenue x the probability that it is still paid, each customer by their own term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.meanings import Meaning
from holdfast.models.clv.contract import months, still_there, summed_by_month

Floats = NDArray[np.float64]

PSEUDO_TERMS = 20  # so many terms at the share of all pull the share of a rare interval towards it
TERM_SLACK_DAYS = 1.5  # an end so close to the end of a term is at it
_SUBSCRIPTION = ("customer_id", "source", "subscription_id")
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Horizons:
    """How far ahead leaving and value are expected, and what later money is worth."""

    churn_days: int
    value_days: int
    yearly_discount: float


@dataclass(frozen=True)
class SubscriptionCustomers:
    """What is known of each customer at the cutoff."""

    mrr: Floats  # (n,) currency a month; nan where not known
    churn_probability: Floats  # (n,) within the churn horizon
    interval_days: Floats  # (n,) of one term; nan where not known
    term_left_days: Floats  # (n,) until the next renewal; nan where not known


def renewal_shares(movements: pl.DataFrame, before: datetime) -> dict[int, float]:
    """The share of finished terms that were followed by another, by the length of the term.

    Args:
        movements: columns of `MOVEMENTS`, with `source`.
        before: only what happened and was known before it counts.

    Returns:
        Whole days of a term -> share, pulled towards the share of all terms by 20 terms. Empty where no term has
        finished, or intervals are not known.
    """
    if "interval_days" not in movements.columns:
        return {}
    moment, kind, change = pl.col("happened_at"), pl.col("kind"), pl.col("running_change")
    visible = movements.filter(moment < before, pl.col("known_at") < before).sort(*_SUBSCRIPTION, "happened_at")
    visible = visible.with_columns(run=(change > 0).cast(pl.Int64).cum_sum().over(_SUBSCRIPTION))
    runs = visible.group_by(*_SUBSCRIPTION, "run", maintain_order=True).agg(
        moment.filter(kind != Meaning.TRIAL, (change > 0) | (kind == Meaning.START)).first().alias("begin"),
        moment.filter(change < 0).first().alias("stop"),
        (kind.filter(change < 0).first() == Meaning.END).fill_null(value=False).alias("has_ended"),
        pl.col("interval_days").drop_nulls().last().alias("term"),
    )
    runs = runs.filter(pl.col("term") > 0, pl.col("begin").is_not_null())
    days = (pl.col("stop").fill_null(before) - pl.col("begin")).dt.total_seconds() / _SECONDS_A_DAY
    # The end of a term on which a subscription ended was no renewal.
    at_end = ((days - TERM_SLACK_DAYS) / pl.col("term")).ceil() - 1
    renewed = pl.when("has_ended").then(at_end).otherwise((days / pl.col("term")).floor()).clip(lower_bound=0)
    interval = pl.col("term").round().cast(pl.Int64)
    terms = runs.with_columns(renewed=renewed, ended=pl.col("has_ended").cast(pl.Float64), interval=interval)
    totals = terms.group_by("interval").agg(pl.col("renewed", "ended").sum()).sort("interval")
    closed = float((totals["renewed"] + totals["ended"]).sum())
    if closed <= 0:
        return {}
    overall = float(totals["renewed"].sum()) / closed
    return {
        int(interval): (count + PSEUDO_TERMS * overall) / (count + ended + PSEUDO_TERMS)
        for interval, count, ended in totals.rows()
    }


def subscription_value(
    customers: SubscriptionCustomers, horizons: Horizons, shares: Mapping[int, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """What each subscription is expected to bring in the value horizon, in today's money and before the margin.

    A term no longer than the churn horizon is left at any time: the customer stays to day t with
    `(1 - p) ** (t / churn horizon)`. A longer one is left when it ends: at each renewal inside the churn horizon with
    `p`, at a later one with the share of such terms that were not renewed.

    Args:
        customers: of each customer.
        horizons: of leaving and of value.
        shares: from `renewal_shares`; the mean of all where a length of term is not among them.

    Returns:
        (n,) value if the customer stays through the churn horizon; (n,) value if not; (n,) low and (n,) high end of an
        80 % interval, in which only the day of leaving is open. nan where the revenue is not known.
    """
    days, worth = months(horizons.value_days, horizons.yearly_discount)
    by_day = [_by_outcome(float(day), customers, horizons, shares) for day in days]
    stays, leaves = (np.stack([each[outcome] for each in by_day]) for outcome in (0, 1))
    leaving = customers.churn_probability
    staying = leaving * leaves + (1 - leaving) * stays
    # The customer is there in month m with probability S(m): the interval's ends are where S passes 90 % and 10 %.
    sums = (summed_by_month(worth[:, None] * share) for share in (stays, leaves, staying > 0.9, staying > 0.1))
    stay, leave, low, high = (customers.mrr * total for total in sums)
    return stay, leave, low, high


def subscriptions_of(rows: pl.DataFrame, stood: pl.DataFrame, churn_probability: Floats) -> SubscriptionCustomers:
    """What is known of the customers of `rows`, in their order. What a trial brings once it is paid for is not known.

    Args:
        rows: customer_id.
        stood: columns of STANDINGS at the scoring cutoff.
        churn_probability: (n,) within the churn horizon.
    """
    columns = ("mrr", "interval_days", "term_left_days")
    # Nothing is paid yet, and who stays does pay: worth nothing would be untrue.
    is_open = pl.col("in_trial") & (pl.col("mrr") == 0)
    stood = stood.with_columns(mrr=pl.when(~is_open.fill_null(value=False)).then("mrr"))
    joined = rows.select("customer_id").join(
        stood.select("customer_id", *columns), on="customer_id", how="left", maintain_order="left"
    )
    values = {name: joined[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in columns}
    return SubscriptionCustomers(churn_probability=churn_probability, **values)


def _by_outcome(
    day: float, customers: SubscriptionCustomers, horizons: Horizons, shares: Mapping[int, float]
) -> tuple[Floats, Floats]:
    """(n,) probability of still being there on a day: of who stays through the churn horizon, and of who does not."""
    stays, leaves = still_there(customers.churn_probability, day, horizons.churn_days)
    is_long = customers.interval_days > horizons.churn_days + TERM_SLACK_DAYS
    is_long &= ~np.isnan(customers.term_left_days)
    if not is_long.any():
        return stays, leaves
    usual = float(np.mean(list(shares.values()))) if shares else 1.0
    renewed = np.array(
        [usual if np.isnan(term) else shares.get(round(term), usual) for term in customers.interval_days]
    )
    by_term = np.ones_like(stays)
    renewal = customers.term_left_days.copy()
    # Who leaves a long term has paid for it: what runs ends at the next renewal.
    leaves = np.where(is_long, (renewal > day).astype(float), leaves)
    while bool((is_long & (renewal <= day)).any()):
        factor = np.where(renewal < horizons.churn_days, 1.0, renewed)
        by_term = np.where(is_long & (renewal <= day), by_term * factor, by_term)
        renewal = renewal + customers.interval_days
    return np.where(is_long, by_term, stays), leaves
