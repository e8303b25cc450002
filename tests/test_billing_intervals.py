"""Billing intervals in the words of several languages."""

import polars as pl
import pytest

from holdfast.billing_intervals import billing_interval, interval_months


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("month", 1), ("Monthly", 1), ("every 3 months", 3), ("3-month", 3), ("P1Y", 12), ("P3M", 3), ("annually", 12),
        ("Jahr", 12), ("jährlich", 12), ("mensuel", 1), ("anual", 12), ("trimestre", 3), ("half-yearly", 6),
        ("1_month", 1), ("Two year", 24), ("Month-to-month", 1), ("Pro monthly", 1), ("quarterly", 3), ("年額", 12),
        ("12m", 12), ("havi", 1), ("éves", 12), ("čtvrtletně", 3), ("üç aylık", 3), ("kuukausi", 1), ("yıllık", 12),
    ],
)  # fmt: skip
def test_an_interval_is_so_many_months(text: str, months: float) -> None:
    interval = billing_interval(text)
    assert interval is not None
    assert interval.months == months
    assert interval.offset == f"{months}mo"


@pytest.mark.parametrize(
    ("text", "days"), [("week", 7), ("P7D", 7), ("EVERY_30_DAYS", 30), ("14 days", 14), ("fortnightly", 14)]
)
def test_an_interval_of_days_is_so_many_days(text: str, days: float) -> None:
    interval = billing_interval(text)
    assert interval is not None
    assert interval.days == pytest.approx(days)
    assert interval.offset == f"{days}d"


@pytest.mark.parametrize("text", ["", "lifetime", "once", "12", "month or year", "0 months", "active", "EV", "Luna"])
def test_what_names_no_single_interval_is_not_known(text: str) -> None:
    assert billing_interval(text) is None


def test_a_column_of_intervals_is_multiplied_by_its_counts() -> None:
    texts, counts = pl.Series(["month", "year", None, "soon"]), pl.Series([3.0, None, 1.0, 1.0])
    assert interval_months(texts, counts).to_list() == [3.0, 12.0, None, None]
