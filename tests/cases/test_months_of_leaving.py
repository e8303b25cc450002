"""A panel of customers and months that names the month in which each left: their last row is no month that runs."""

from collections.abc import Callable

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]


@pytest.mark.parametrize("name", ["churn_month", "Contract end", "cancelled_on"])
def test_a_customer_has_left_in_the_month_that_names_it(begin: Begin, name: str) -> None:
    rows, running, ended, revenue = [], 0, 0, 0.0
    for number in range(200):
        first, fee = number % 8, (19.9, 29.9, 39.9)[number % 3]
        last = 17 if number % 9 == 0 or number % 4 else first + 2 + number % 7
        has_left = last < 17 or number % 9 == 0
        ended, running = ended + has_left, running + (not has_left)
        revenue += 0.0 if has_left else fee
        left = f"{2024 + last // 12}-{last % 12 + 1:02}" if has_left else ""
        rows += [
            {
                "customer_id": f"T{number:04}",
                "month": f"{2024 + month // 12}-{month % 12 + 1:02}",
                "monthly_charge": fee,
                "data_gb": (number * 7 + month) % 31,
                name: left,
            }
            for month in range(first, last + 1)
        ]
    begun = begin(panel=pl.DataFrame(rows).sort("month"))
    assert not begun.draft.open_questions
    assert begun.settings.tables["subscriptions"].columns["ended_at"].source == name
    assert begun.stood() == ({"ended": ended, "running": running}, round(revenue, 2))
