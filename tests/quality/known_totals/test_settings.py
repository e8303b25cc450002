"""Entries of `known_totals`: which days they are of, and what is refused."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from holdfast.known_total_settings import KnownTotal, KnownTotals


@pytest.mark.parametrize(
    ("period", "first", "last", "words"),
    [
        ("2024-05", date(2024, 5, 1), date(2024, 5, 31), "May 2024"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (2023, date(2023, 1, 1), date(2023, 12, 31), "2023"),
        (date(2024, 5, 31), date(2024, 5, 31), date(2024, 5, 31), "31 May 2024"),
        ("2024-05-01  to 2024-05-15", date(2024, 5, 1), date(2024, 5, 15), "1 May 2024 to 15 May 2024"),
    ],
)
def test_a_period_is_a_year_a_month_a_day_or_two_days(period: Any, first: date, last: date, words: str) -> None:
    total = KnownTotal.model_validate({"in": period, "revenue": 1})
    assert (total.first, total.last, total.in_words) == (first, last, words)


def test_a_figure_that_stands_twice_is_refused() -> None:
    totals = [{"in": "2024-05", "revenue": 1, "orders": 2}, {"in": "2024-05", "orders": 3}]
    with pytest.raises(ValidationError, match="orders of 2024-05 stands twice"):
        TypeAdapter(KnownTotals).validate_python(totals)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"in": "May 2024", "revenue": 1}, "is no period"),
        ({"in": "2024-13", "revenue": 1}, "is no period"),
        ({"in": "2024-02-30", "revenue": 1}, "is no period"),
        ({"in": "2024-05 to 2024-06", "revenue": 1}, "is no period"),
        ({"in": "2024-05-02 to 2024-05-01", "revenue": 1}, "ends before it begins"),
        ({"in": "2024-05"}, "names no figure"),
        ({"revenue": 1}, "needs one of"),
        ({"in": "2024-05", "on": "2024-05-31", "revenue": 1}, "needs one of"),
        ({"in": "2024-05", "running": 10}, "`running` goes with `on: 2024-05-31`"),
        ({"on": "2024-05-31", "revenue": 10}, "`revenue` goes with `in: 2024-05`"),
        ({"in": "2024-05", "orders": -1}, "greater than or equal to 0"),
        ({"in": "2024-05", "orders": 1.5}, "integer"),
        ({"in": "2024-05", "revenue": "much"}, "number"),
        ({"in": "2024-05", "revenue": float("nan")}, "finite"),
        ({"in": "2024-05", "revenue": 1, "within": 5}, "less than or equal to 0.1"),
        ({"in": "2024-05", "turnover": 1}, "turnover"),
    ],
)
def test_nonsense_is_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        KnownTotal.model_validate(entry)
