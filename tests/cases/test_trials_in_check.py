"""`check` says of whom it counts subscriptions: who has a paid one, and who has a trial."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
from tests.cases.conftest import Begun

from holdfast.quality.readiness.grade import readiness

Begin = Callable[..., Begun]
_TODAY = date(2025, 6, 30)


def test_trials_are_counted_apart_from_paid_subscriptions(begin: Begin) -> None:
    began = [_TODAY - timedelta(days=number * 3 % 700 + 2) for number in range(240)]
    is_trial = [number % 20 == 0 and began[number] > _TODAY - timedelta(days=25) for number in range(240)]
    ended = [day + timedelta(days=90) if number % 3 == 1 else None for number, day in enumerate(began)]
    ended = [day if day is not None and day <= _TODAY else None for day in ended]
    states = [
        "canceled" if day else "trialing" if trial else "active" for day, trial in zip(ended, is_trial, strict=True)
    ]
    frame = pl.DataFrame(
        {
            "subscription_id": [f"S{number}" for number in range(240)],
            "customer_id": [f"C{number}" for number in range(240)],
            "status": states,
            "start_date": began,
            "end_date": ended,
            "trial_end": [
                day + timedelta(days=30) if trial else None for day, trial in zip(began, is_trial, strict=True)
            ],
            "monthly_price": 20.0,
        }
    )
    begun = begin(subscriptions=frame).with_first_answers()
    answer = readiness(begun.cleaned(), begun.settings)
    item = next(each for each in answer.items if each.name == "subscriptions")
    paying, trying = states.count("active"), states.count("trialing")
    assert trying > 0
    assert f"{trying} trial" in item.result
    assert f"{paying} customers with a paid subscription, {trying} more a trial: {paying * 20:,.2f}" in item.sentence
