"""What subscriptions are worth: revenue and survival by their own term."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv.contract import contract_interval, contract_value, share_until
from holdfast.models.clv.subscription import (
    PSEUDO_TERMS,
    Horizons,
    SubscriptionCustomers,
    renewal_shares,
    subscription_value,
    subscriptions_of,
)

FIRST = datetime(2022, 1, 1, tzinfo=UTC)
HORIZONS = Horizons(churn_days=30, value_days=365, yearly_discount=0.0)
MONTH, YEAR = 30.4375, 365.25


def customers(**given: float) -> SubscriptionCustomers:
    usual = {
        "mrr": 10.0,
        "churn_probability": 0.1,
        "interval_days": MONTH,
        "term_left_days": 12.0,
    }
    return SubscriptionCustomers(**{name: np.array([value]) for name, value in {**usual, **given}.items()})


def movements(*told: tuple[str, float, str, float, float]) -> pl.DataFrame:
    """Subscription, day, kind, change of what runs, days of a term."""
    rows = [("c" + name, "t", name, FIRST + timedelta(days=day), FIRST + timedelta(days=day), kind, runs, term)
            for name, day, kind, runs, term in told]  # fmt: skip
    names = [
        "customer_id",
        "source",
        "subscription_id",
        "happened_at",
        "known_at",
        "kind",
        "running_change",
        "interval_days",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_monthly_subscription_is_worth_what_a_contract_is() -> None:
    stays, leaves, low, high = subscription_value(customers(), HORIZONS, {})
    amount, leaving = np.array([10.0]), np.array([0.1])
    assert [stays, leaves] == [pytest.approx(each) for each in contract_value(amount, leaving, 30, 365, 0.0)]
    assert [low, high] == [pytest.approx(each) for each in contract_interval(amount, leaving, 30, 365, 0.0)]


def test_who_pays_by_the_year_is_there_until_the_year_ends() -> None:
    shares = {365: 0.5}
    known = customers(interval_days=YEAR, term_left_days=100.0, churn_probability=0.9)
    stays, leaves, *_ = subscription_value(known, HORIZONS, shares)
    worth = np.append(np.ones(11), 365 / MONTH - 11)
    months = (np.arange(12) + worth / 2) * MONTH  # their middles
    assert stays == pytest.approx(10 * (worth * np.where(months < 100, 1.0, 0.5)).sum())
    assert leaves == pytest.approx(10 * (worth * (months < 100)).sum())  # the year is paid, and is the last


def test_a_renewal_inside_the_churn_horizon_is_the_models_to_say() -> None:
    near = customers(interval_days=YEAR, term_left_days=20.0, churn_probability=0.9)
    stays, leaves, *_ = subscription_value(near, HORIZONS, {365: 0.5})
    assert leaves == pytest.approx(10)
    assert 0.9 * leaves + 0.1 * stays == pytest.approx(10 * (1 + 0.1 * (365 / MONTH - 1)))


def test_what_stops_is_worth_what_comes_until_then() -> None:
    days = np.array([1.5 * MONTH, 0.0, 365.0, 1_000.0, np.nan])
    shares = share_until(days, 365, 0.0)
    assert shares[:4] == pytest.approx([1.5 / (365 / MONTH), 0.0, 1.0, 1.0])
    assert np.isnan(shares[4])
    assert share_until(np.array([60.0]), 365, 0.5) > share_until(
        np.array([60.0]), 365, 0.0
    )  # later money is worth less


def test_without_a_known_revenue_there_is_no_value() -> None:
    assert all(np.isnan(values).all() for values in subscription_value(customers(mrr=np.nan), HORIZONS, {}))


def test_the_interval_holds_the_value() -> None:
    for left in (1.0, 40.0, 200.0):
        stays, leaves, low, high = subscription_value(
            customers(interval_days=YEAR, term_left_days=left, churn_probability=0.3), HORIZONS, {365: 0.6}
        )
        assert low <= 0.3 * leaves + 0.7 * stays <= high


def test_renewals_are_counted_by_finished_terms() -> None:
    told = movements(
        ("a", 0, "start", 1, MONTH), ("a", 3 * MONTH, "end", -1, MONTH),  # two renewals, and a term that was the last
        ("b", 0, "start", 1, MONTH),  # runs on: 11 finished terms before day 350
    )  # fmt: skip
    shares = renewal_shares(told, FIRST + timedelta(days=350))
    overall = 13 / 14
    assert shares == {30: pytest.approx((13 + PSEUDO_TERMS * overall) / (14 + PSEUDO_TERMS))}


def test_a_rare_interval_relies_on_the_others() -> None:
    told = movements(("a", 0, "start", 1, MONTH), ("y", 0, "start", 1, YEAR), ("y", YEAR, "end", -1, YEAR))
    shares = renewal_shares(told, FIRST + timedelta(days=700))
    overall = 22 / 23
    assert shares[365] == pytest.approx(PSEUDO_TERMS * overall / (1 + PSEUDO_TERMS))


def test_a_trial_and_a_pause_are_no_finished_terms() -> None:
    told = movements(
        ("a", 0, "trial", 1, MONTH), ("a", 10, "end", -1, MONTH),
        ("b", 0, "start", 1, MONTH), ("b", 40, "pause", -1, MONTH),
    )  # fmt: skip
    assert renewal_shares(told, FIRST + timedelta(days=50)) == {30: 1.0}


def test_what_was_known_later_changes_no_share() -> None:
    told = movements(("a", 0, "start", 1, MONTH), ("a", 95, "end", -1, MONTH))
    before = FIRST + timedelta(days=90)
    assert renewal_shares(told, before) == renewal_shares(told.head(1), before)


def test_without_intervals_there_are_no_shares() -> None:
    assert renewal_shares(movements(("a", 0, "start", 1, MONTH)).drop("interval_days"), FIRST) == {}


def test_what_a_trial_will_bring_is_not_known() -> None:
    stood = pl.DataFrame(
        {
            "customer_id": ["trial", "paid", "free"],
            "mrr": [0.0, 30.0, 0.0],
            "in_trial": [True, False, False],
            "interval_days": [MONTH] * 3,
            "term_left_days": [9.0] * 3,
        }
    )
    known = subscriptions_of(stood.select("customer_id"), stood, np.full(3, 0.1))
    assert [None if np.isnan(each) else each for each in known.mrr] == [None, 30.0, 0.0]
