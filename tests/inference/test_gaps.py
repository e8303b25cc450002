"""The horizon follows from how customers come back."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from holdfast.inference.gaps import suggest_horizon


def log(gap: int, customers: int = 100, span: int = 700) -> tuple[pl.Series, pl.Series]:
    start = datetime.fromisoformat("2022-01-01")
    rows = [(f"c{who}", start + timedelta(days=day)) for who in range(customers) for day in range(who % 9, span, gap)]
    return pl.Series([who for who, _ in rows]), pl.Series([when for _, when in rows])


@pytest.mark.parametrize(("gap", "days"), [(5, 7), (20, 30), (55, 60), (85, 90), (150, 180)])
def test_the_horizon_is_the_shortest_usual_one_that_saw_the_returns(gap: int, days: int) -> None:
    assert suggest_horizon(*log(gap)).days == days


def test_a_short_history_shortens_the_horizon_and_says_so() -> None:
    found = suggest_horizon(*log(85, span=300))
    assert found.days == 60
    assert "too short" in found.evidence


def test_a_wrong_date_in_the_far_future_does_not_lengthen_the_history() -> None:
    customers, moments = log(85, span=300)
    far = moments.max().replace(year=2099)  # type: ignore[union-attr,operator]
    found = suggest_horizon(pl.concat([customers, pl.Series(["c1"])]), pl.concat([moments, pl.Series([far])]))
    assert found.days == suggest_horizon(customers, moments).days


def test_the_few_who_buy_daily_do_not_decide() -> None:
    daily, rare = log(1, customers=10), log(80, customers=200)
    together = suggest_horizon(
        pl.concat([pl.Series([f"d{who}" for who in daily[0]]), rare[0]]), pl.concat([daily[1], rare[1]])
    )
    assert together.days == 90


def test_without_returns_the_evidence_is_weak() -> None:
    assert suggest_horizon(*log(2000, span=700)).confidence < 0.75
